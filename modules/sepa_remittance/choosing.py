# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import json
from collections import defaultdict
from decimal import Decimal

from sql import Cast, Literal, Null
from sql.aggregate import Max, Sum
from sql.conditionals import Case, Coalesce

from trytond import backend
from trytond.pool import Pool
from trytond.tools import grouped_slice, sqlite_apply_types
from trytond.transaction import Transaction

from . import selection
from .reading import row_dicts

_MEAN = 'party.party.reception_direct_debit,'
_SLICE = 500


class ChoosingMixin:
    "Gather what is due in a few queries and let the engine choose"
    __slots__ = ()

    @classmethod
    def choose(
            cls, journal, until=None, kind='receivable', date=None,
            parties=None, lines=None, amounts=None, scheme=None,
            minimum=None, maximum=None, means=None, since=None):
        """Return the receipts that can be remitted and those that can not

        lines and parties are ids or records; amounts are by line id; means
        are records or names of the instruments on invoices.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        journal.check_sepa(kind)
        company = journal.company
        with Transaction().set_context(company=company.id):
            today = Date.today()
        receipts, invoices = cls._receipts(
            company, kind, since=since, until=until, parties=parties,
            lines=lines)
        if means:
            receipts = cls._with_means(receipts, invoices, means)
        party_ids = sorted({r.party for r in receipts})
        terms = selection.Terms(
            date=date or today, currency=journal.currency.code,
            scheme=scheme if kind == 'receivable' else None,
            minimum=(minimum if minimum is not None
                else journal.sepa_minimum_amount or Decimal(0)),
            maximum=maximum)
        mandates, accounts = {}, None
        if kind == 'receivable':
            mandates = cls._mandates(company, party_ids)
        else:
            accounts = cls._accounts(party_ids)
        return selection.choose(
            receipts, mandates, terms,
            balances=cls._balances(company, kind, party_ids),
            accounts=accounts, amounts=amounts)

    @classmethod
    def _receipts(
            cls, company, kind, since=None, until=None, parties=None,
            lines=None):
        "Return the receipts and the invoice of each line"
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Account = pool.get('account.account')
        AccountType = pool.get('account.account.type')
        Party = pool.get('party.party')
        Invoice = pool.get('account.invoice')
        Currency = pool.get('currency.currency')
        line, move = Line.__table__(), Move.__table__()
        account, type_ = Account.__table__(), AccountType.__table__()
        party, invoice = Party.__table__(), Invoice.__table__()
        currency = Currency.__table__()
        cursor = Transaction().connection.cursor()

        flag = type_.receivable if kind == 'receivable' else type_.payable
        tables = (line
            .join(move, condition=line.move == move.id)
            .join(account, condition=line.account == account.id)
            .join(type_, condition=account.type == type_.id)
            .join(party, condition=line.party == party.id)
            .join(invoice, 'LEFT', condition=invoice.move == move.id)
            .join(currency, 'LEFT',
                condition=line.second_currency == currency.id))
        # SQLite keeps decimals as bytes, which are more than any number.
        debit, credit = (
            Cast(column, Line.debit.sql_type().base)
            for column in [line.debit, line.credit])
        if kind == 'receivable':
            side = (debit > 0) | (credit < 0)
        else:
            side = (credit > 0) | (debit < 0)
        where = (
            (move.company == company.id) & (move.state == 'posted')
            & flag & side & (line.reconciliation == Null)
            # What stands against a receipt collected in part is none.
            & ~((line.maturity_date == Null)
                & Coalesce(move.origin, '').like('sepa.remittance,%')))
        if lines is None and until:
            where &= (
                (line.maturity_date <= until) | (line.maturity_date == Null))
        if lines is None and since:
            where &= line.maturity_date >= since
        query = tables.select(
            line.id, line.party, party.name.as_('party_name'),
            line.debit, line.credit,
            line.amount_second_currency, currency.code,
            line.payment_amount_cache, line.maturity_date,
            line.payment_blocked, line.guarantee_retention,
            invoice.id.as_('invoice'), invoice.number, move.number.as_(
                'move_number'), invoice.reference, line.description,
            order_by=[line.maturity_date, line.id])
        rows = []
        for condition in _slices(line, lines, parties):
            query.where = where & condition
            cursor.execute(*query)
            rows.extend(row_dicts(cursor))
        rows.sort(key=lambda r: (str(r['maturity_date'] or ''), r['id']))
        return cls._build_receipts(company, kind, rows)

    @classmethod
    def _build_receipts(cls, company, kind, rows):
        line_ids = [r['id'] for r in rows]
        invoices = {r['id']: r['invoice'] for r in rows if r['invoice']}
        stopped = cls._stopped(company) if kind == 'receivable' else set()
        pending = cls._pending(
            [r['id'] for r in rows if r['payment_amount_cache']])
        disputed = cls._disputed_lines(line_ids)
        preferred = {}
        if kind == 'receivable':
            preferred = cls._preferred(
                company, invoices, {r['party'] for r in rows})
        otherwise = cls._paid_otherwise({
                invoices[r['id']] for r in rows if r['id'] in invoices
                and ('party', r['party']) in preferred})
        receipts = []
        for row in rows:
            if row['code']:
                amount = abs(row['amount_second_currency'])
            else:
                amount = abs(row['debit'] - row['credit'])
            amount -= row['payment_amount_cache'] or Decimal(0)
            receipts.append(selection.Receipt(
                    line=row['id'],
                    party=row['party'],
                    party_name=row['party_name'] or '',
                    amount=amount,
                    maturity=row['maturity_date'],
                    reference=(row['number'] or row['description']
                        or row['move_number'] or ''),
                    currency=row['code'] or company.currency.code,
                    blocked=bool(row['payment_blocked']),
                    disputed=row['id'] in disputed,
                    in_remittance=(
                        pending.get(row['id'], '') if amount <= 0 else ''),
                    suspended=row['party'] in stopped,
                    retention=bool(row['guarantee_retention']),
                    paid_otherwise=invoices.get(row['id']) in otherwise,
                    preferred=preferred.get(row['id']) or preferred.get(
                        ('party', row['party']))))
        return receipts, invoices

    @classmethod
    def _pending(cls, line_ids):
        "Return the number of the remittance that has each of the lines"
        pool = Pool()
        Payment = pool.get('account.payment')
        Debit = pool.get('sepa.remittance.debit')
        payment, debit = Payment.__table__(), Debit.__table__()
        remittance = cls.__table__()
        cursor = Transaction().connection.cursor()
        result = {}
        for ids in grouped_slice(line_ids, _SLICE):
            cursor.execute(*payment
                .join(debit, 'LEFT',
                    condition=payment.sepa_debit == debit.id)
                .join(remittance, 'LEFT',
                    condition=debit.remittance == remittance.id)
                .select(
                    payment.line, remittance.number, payment.number,
                    where=payment.line.in_(list(ids))
                    & (payment.state != 'failed')))
            for line, remittance_number, number in cursor:
                result[line] = remittance_number or number
        return result

    @classmethod
    def _disputed_lines(cls, line_ids):
        "Return the ids of the lines that customers do not agree with"
        return set()

    @classmethod
    def _stopped(cls, company):
        pool = Pool()
        Setting = pool.get('party.party.direct_debit')
        setting = Setting.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*setting.select(
                setting.party,
                where=(setting.company == company.id)
                & (setting.direct_debit_stopped == Literal(True))))
        return {party for party, in cursor}

    @classmethod
    def _preferred(cls, company, invoices, parties):
        "Return the mandate wanted by line, and by ('party', id)"
        pool = Pool()
        Reception = pool.get('party.party.reception_direct_debit')
        Journal = pool.get('account.payment.journal')
        Mean = pool.get('account.invoice.payment.mean')
        reception, journal = Reception.__table__(), Journal.__table__()
        mean = Mean.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*reception
            .join(journal, condition=reception.journal == journal.id)
            .select(
                reception.id, reception.party, reception.sepa_mandate,
                where=(journal.company == company.id)
                & (reception.sepa_mandate != Null),
                order_by=[reception.sequence.desc, reception.id.desc]))
        result, mandates = {}, {}
        for id_, party, mandate in cursor:
            mandates[id_] = mandate
            if party in parties:
                result['party', party] = mandate
        if not mandates:
            return result
        by_invoice = defaultdict(set)
        for ids in grouped_slice(set(invoices.values()), _SLICE):
            cursor.execute(*mean.select(
                    mean.invoice, mean.instrument,
                    where=mean.invoice.in_(list(ids))
                    & mean.instrument.like(_MEAN + '%')))
            for invoice, instrument in cursor:
                reception_id = int(instrument.split(',')[1])
                if reception_id in mandates:
                    by_invoice[invoice].add(reception_id)
        # The standard puts all that the party has on an invoice: the first.
        rank = {id_: i for i, id_ in enumerate(mandates)}
        for line, invoice in invoices.items():
            if invoice in by_invoice:
                result[line] = mandates[
                    max(by_invoice[invoice], key=rank.get)]
        return result

    @classmethod
    def _paid_otherwise(cls, invoices):
        "Return which of the invoices say that no direct debit pays them"
        pool = Pool()
        Mean = pool.get('account.invoice.payment.mean')
        mean = Mean.__table__()
        cursor = Transaction().connection.cursor()
        debited, others = set(), set()
        for ids in grouped_slice(invoices, _SLICE):
            cursor.execute(*mean.select(
                    mean.invoice, mean.instrument,
                    where=mean.invoice.in_(list(ids))))
            for invoice, instrument in cursor:
                (debited if instrument.startswith(_MEAN) else others).add(
                    invoice)
        return others - debited

    @classmethod
    def _with_means(cls, receipts, invoices, means):
        "Keep the receipts whose invoice is paid by one of the means"
        pool = Pool()
        Mean = pool.get('account.invoice.payment.mean')
        mean = Mean.__table__()
        cursor = Transaction().connection.cursor()
        names = {str(m) for m in means}
        found = set()
        for ids in grouped_slice(set(invoices.values()), _SLICE):
            cursor.execute(*mean.select(
                    mean.invoice, mean.instrument,
                    where=mean.invoice.in_(list(ids))))
            found.update(
                invoice for invoice, instrument in cursor
                if instrument in names
                or instrument.split(',')[0] in names)
        return [r for r in receipts if invoices.get(r.line) in found]

    @classmethod
    def _mandates(cls, company, party_ids):
        "Return the mandates of each of the parties"
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        Number = pool.get('bank.account.number')
        BankAccount = pool.get('bank.account')
        Payment = pool.get('account.payment')
        mandate, number = Mandate.__table__(), Number.__table__()
        account, payment = BankAccount.__table__(), Payment.__table__()
        cursor = Transaction().connection.cursor()
        result = defaultdict(list)
        for ids in grouped_slice(party_ids, _SLICE):
            ids = list(ids)
            where = (
                (mandate.company == company.id) & mandate.party.in_(ids))
            usage = mandate.join(
                payment, condition=payment.sepa_mandate == mandate.id
                ).select(
                    mandate.id.as_('mandate'),
                    Max(Case((payment.state != 'draft', payment.date),
                            else_=Null)).as_('date'),
                    where=where & Mandate.sql_presented(payment),
                    group_by=mandate.id)
            if backend.name == 'sqlite':
                sqlite_apply_types(usage, [None, 'DATE'])
            cursor.execute(*usage)
            used = dict(cursor)
            cursor.execute(*mandate
                .join(number, 'LEFT',
                    condition=mandate.account_number == number.id)
                .join(account, 'LEFT',
                    condition=number.account == account.id)
                .select(
                    mandate.id, mandate.party, mandate.identification,
                    number.number_compact, mandate.state,
                    mandate.type, mandate.scheme, mandate.signature_date,
                    mandate.blocked, number.active, account.active,
                    where=where, order_by=[mandate.id]))
            for (id_, party, identification, iban, state, type_, scheme,
                    signed, blocked, active, account_active) in cursor:
                result[party].append(selection.Mandate(
                        id=id_, party=party,
                        identification=identification or f'({id_})',
                        iban=iban or '', state=state, kind=type_,
                        scheme=scheme, signed=signed,
                        last_used=used.get(id_), used=id_ in used,
                        account_active=bool(
                            not iban or (active and account_active)),
                        suspended=bool(blocked)))
        return result

    @classmethod
    def _accounts(cls, party_ids):
        "Return the IBAN to which each of the parties is paid"
        pool = Pool()
        Owner = pool.get('bank.account-party.party')
        BankAccount = pool.get('bank.account')
        Number = pool.get('bank.account.number')
        owner, account = Owner.__table__(), BankAccount.__table__()
        number = Number.__table__()
        cursor = Transaction().connection.cursor()
        result = {}
        for ids in grouped_slice(party_ids, _SLICE):
            cursor.execute(*owner
                .join(account, condition=owner.account == account.id)
                .join(number, condition=number.account == account.id)
                .select(
                    owner.owner, number.number_compact,
                    where=owner.owner.in_(list(ids))
                    & (number.type == 'iban')
                    & (number.active == Literal(True))
                    & (account.active == Literal(True)),
                    order_by=[
                        account.owners_sequence.asc.nulls_last
                        if backend.name != 'sqlite'
                        else Coalesce(account.owners_sequence, 1 << 30),
                        account.id]))
            for party, iban in cursor:
                result.setdefault(party, iban)
        return result

    @classmethod
    def _balances(cls, company, kind, party_ids):
        "Return what each of the parties owes, or is owed, over all"
        pool = Pool()
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Account = pool.get('account.account')
        AccountType = pool.get('account.account.type')
        line, move = Line.__table__(), Move.__table__()
        account, type_ = Account.__table__(), AccountType.__table__()
        cursor = Transaction().connection.cursor()
        flag = type_.receivable if kind == 'receivable' else type_.payable
        sign = 1 if kind == 'receivable' else -1
        result = {}
        for ids in grouped_slice(party_ids, _SLICE):
            query = (line
                .join(move, condition=line.move == move.id)
                .join(account, condition=line.account == account.id)
                .join(type_, condition=account.type == type_.id)
                .select(
                    line.party.as_('party'),
                    Sum(line.debit - line.credit).as_('balance'),
                    where=line.party.in_(list(ids))
                    & (line.reconciliation == Null)
                    & (move.company == company.id)
                    & (move.state == 'posted') & flag,
                    group_by=line.party))
            if backend.name == 'sqlite':
                sqlite_apply_types(query, [None, 'NUMERIC'])
            cursor.execute(*query)
            result.update(
                (party, sign * Decimal(balance or 0))
                for party, balance in cursor)
        return result

    @classmethod
    def _payment_days(cls, company, party_ids):
        "Return the days and closed months of the parties that have any"
        pool = Pool()
        Setting = pool.get('party.party.direct_debit')
        setting = Setting.__table__()
        cursor = Transaction().connection.cursor()
        result = {}
        for ids in grouped_slice(party_ids, _SLICE):
            cursor.execute(*setting.select(
                    setting.party, setting.direct_debit_days,
                    setting.direct_debit_closed_months,
                    where=setting.party.in_(list(ids))
                    & (setting.company == company.id)))
            for party, days, months in cursor:
                if isinstance(months, str):
                    months = json.loads(months)
                days = tuple(
                    int(day) for day in (days or '').replace(
                        ',', ' ').split() if day.isdigit())
                months = frozenset(map(int, months or []))
                if days or months:
                    result[party] = (days, months)
        return result


def _slices(line, lines, parties):
    "Yield conditions that keep each query within the backend's limits"
    if lines is not None:
        for ids in grouped_slice(sorted(map(int, lines)), _SLICE):
            yield line.id.in_(list(ids))
    elif parties is not None:
        for ids in grouped_slice(sorted(map(int, parties)), _SLICE):
            yield line.party.in_(list(ids))
    else:
        yield Literal(True)
