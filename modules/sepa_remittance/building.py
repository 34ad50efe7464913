# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from zoneinfo import ZoneInfo

from sql import Literal
from sql.aggregate import Max

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import selection, target
from .charset import readable_id
from .exceptions import NothingToRemitError, ReceiptNotReturnedError

_SLICE = 500


class BuildingMixin:
    "Make remittances of what was chosen, in few and large statements"
    __slots__ = ()

    @classmethod
    def create_from_lines(
            cls, journal, lines, kind='receivable', date=None, group=None,
            financed=None, amounts=None, run=None, scheme=None,
            attempts=None, minimum=None):
        """Make remittances of receipts and return them, one for each scheme

        lines are ids or records of move lines, or what choose has chosen.
        Receipts that can not go are left where they are.
        """
        lines = list(lines)
        if lines and isinstance(lines[0], selection.Chosen):
            chosen = lines
        else:
            chosen, refused = cls.choose(
                journal, kind=kind, date=date, lines=lines, amounts=amounts,
                scheme=scheme, minimum=minimum)
            if not chosen:
                raise NothingToRemitError(gettext(
                        'sepa_remittance.msg_nothing_to_remit',
                        reasons='\n'.join(
                            cls.refusal_text(r) for r in refused[:20])))
        schemes = defaultdict(list)
        for item in chosen:
            schemes[item.mandate.scheme if item.mandate else None].append(
                item)
        result = []
        for scheme_, items in sorted(
                schemes.items(), key=lambda pair: pair[0] or ''):
            remittance = cls(
                company=journal.company, kind=kind, journal=journal,
                scheme=scheme_, date=date, run=run,
                financed=bool(
                    journal.sepa_financed if financed is None else financed
                    ) and kind == 'receivable')
            remittance.save()
            remittance._add(items, group=group, attempts=attempts)
            result.append(remittance)
        return result

    @classmethod
    def fill(
            cls, run, journal, chosen, kind='receivable', date=None,
            group=None, financed=None):
        "Add the chosen receipts to the remittances of a batch run"
        found = {
            r.scheme: r for r in cls.search([
                    ('run', '=', run.id),
                    ('state', '=', 'draft'),
                    ])}
        schemes = defaultdict(list)
        for item in chosen:
            schemes[item.mandate.scheme if item.mandate else None].append(
                item)
        result = []
        for scheme, items in schemes.items():
            if remittance := found.get(scheme):
                remittance._add(items, group=group)
            else:
                result.extend(cls.create_from_lines(
                        journal, items, kind=kind, date=date, group=group,
                        financed=financed, run=run))
        return result

    @classmethod
    def refusal_text(cls, refusal):
        "Return in one sentence why a receipt can not go"
        return gettext(
            f'sepa_remittance.msg_refusal_{refusal.code}',
            party=refusal.receipt.party_name,
            receipt=refusal.receipt.reference or str(refusal.receipt.line),
            value=refusal.value)

    @classmethod
    def represent(cls, debits):
        """Present the receipts of returned debits again

        They come into new remittances, which know how often each was
        presented before.
        """
        pool = Pool()
        by_journal = defaultdict(list)
        for debit in debits:
            if debit.state != 'failed':
                raise ReceiptNotReturnedError(gettext(
                        'sepa_remittance.msg_debit_not_returned',
                        debit=debit.rec_name))
            remittance = debit.remittance
            by_journal[remittance.journal, remittance.kind].append(debit)
        result = []
        for (journal, kind), sub in by_journal.items():
            attempts, lines, amounts = {}, [], {}
            for debit in sub:
                for payment in debit.payments:
                    line = payment.open_line
                    if line:
                        attempts[line.id] = (debit.id, debit.attempt + 1)
                        amounts[line.id] = payment.amount
                        lines.append(line.id)
            chosen, refused = cls.choose(
                journal, kind=kind, lines=lines, amounts=amounts,
                minimum=Decimal(0))
            if refused:
                raise NothingToRemitError(gettext(
                        'sepa_remittance.msg_nothing_to_remit',
                        reasons='\n'.join(
                            cls.refusal_text(r) for r in refused[:20])))
            result.extend(cls.create_from_lines(
                    journal, chosen, kind=kind, attempts=attempts,
                    financed=False))
        pool.get('sepa.remittance.debit').write(
            list(debits), {'represented': True})
        pool.get('sepa.return.line').handle_debits(debits)
        return result

    def _now(self):
        "Return the time where the company is"
        pool = Pool()
        Date = pool.get('ir.date')
        zone = self.company.timezone
        now = dt.datetime.now(ZoneInfo(zone) if zone else dt.timezone.utc)
        with Transaction().set_context(company=self.company.id):
            today = Date.today()
        return dt.datetime.combine(today, now.time())

    def _collection_dates(self, items):
        "Return the date of each line the bank can still make"
        find = self._date_finder({i.receipt.party for i in items})
        return {
            i.receipt.line: find(i.receipt.party, i.receipt.maturity)
            for i in items}

    def _date_finder(self, parties):
        """Return a function from party and due date to the collection date

        A wanted date is meant for all; else the payment days of each party
        are respected.
        """
        now, journal, asked = self._now(), self.journal, self.date
        limits = (journal.sepa_lead_days or 0, journal.sepa_cut_off)
        earliest = target.collection_date(None, now, *limits)
        days = {}
        if self.kind == 'receivable' and not self.date:
            days = self._payment_days(self.company, sorted(parties))
        cache = {}

        def find(party, maturity):
            wanted = asked or maturity
            key = wanted, days.get(party)
            if key not in cache:
                if key[1] and wanted:
                    wanted = target.payment_day(
                        max(wanted, earliest), *key[1])
                cache[key] = target.collection_date(wanted, now, *limits)
            return cache[key]
        return find

    def _add(self, chosen, group=None, attempts=None):
        "Add the chosen receipts as debits and return their number"
        pool = Pool()
        Payment = pool.get('account.payment')
        MoveLine = pool.get('account.move.line')
        Debit = pool.get('sepa.remittance.debit')
        Configuration = pool.get('account.configuration')
        if group is None:
            group = bool(self.journal.sepa_group_lines)
        dates = self._collection_dates(chosen)
        parcels = selection.parcels(chosen, dates, group=group)
        sequence = Configuration(1).get_multivalue(
            'payment_sequence', company=self.company.id)
        number = self._last_number()
        name = self._end_to_end_ids()
        # A field is asked for once, not for each of the receipts.
        debit_values = {
            'remittance': self.id,
            'company': self.company.id,
            }
        payment_values = {
            'company': self.company.id,
            'journal': self.journal.id,
            'kind': self.kind,
            'state': 'draft',
            }
        context = Transaction().set_context(
            _sepa_remittance=True, company=self.company.id)
        with context:
            for sub in grouped_slice(parcels, _SLICE):
                sub = list(sub)
                debits = Debit.create([
                        {
                            **debit_values,
                            **self._debit_values(parcel, attempts),
                            'number': number + i,
                            'end_to_end_id': name(number + i),
                            } for i, parcel in enumerate(sub, 1)])
                number += len(sub)
                items = [
                    (debit.id, parcel, item)
                    for debit, parcel in zip(debits, sub)
                    for item in parcel.items]
                numbers = sequence.get_many(len(items))
                Payment.create([
                        {
                            **payment_values,
                            **self._payment_values(*item),
                            'number': payment_number,
                            } for item, payment_number in zip(
                            items, numbers)])
                MoveLine.update_payment_amount(
                    item.receipt.line for _, _, item in items)
        return len(parcels)

    def _last_number(self):
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        debit = Debit.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*debit.select(
                Max(debit.number), where=debit.remittance == self.id))
        number, = cursor.fetchone()
        return number or 0

    def _end_to_end_ids(self):
        "Return a function from the number of a debit to its identifier"
        prefix = [self.number, str(self.attempt) if self.attempt > 1 else '']
        return lambda number: readable_id(*prefix, f'{number:05d}')

    @classmethod
    def _debit_values(cls, parcel, attempts=None):
        represents, attempt = (attempts or {}).get(
            parcel.items[0].receipt.line, (None, 1))
        return {
            'party': parcel.party,
            'mandate': parcel.mandate.id if parcel.mandate else None,
            'iban': parcel.iban,
            'original_date': parcel.original_date,
            'date': parcel.date,
            'amount': parcel.amount,
            'concept': cls._concept(parcel),
            'attempt': attempt,
            'represents': represents,
            }

    @classmethod
    def _concept(cls, parcel):
        return selection.concept(
            item.receipt.reference for item in parcel.items)

    @classmethod
    def _payment_values(cls, debit, parcel, item):
        return {
            'party': parcel.party,
            'date': parcel.date,
            'amount': item.amount,
            'line': item.receipt.line,
            'reference': item.receipt.reference or None,
            'sepa_mandate': parcel.mandate.id if parcel.mandate else None,
            'sepa_debit': debit,
            }

    @classmethod
    def _set_dates(cls, remittances):
        "Follow a change of the wanted date"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        to_write = []
        for remittance in remittances:
            find = remittance._date_finder(
                {d.party.id for d in remittance.debits})
            by_date = defaultdict(list)
            for debit in remittance.debits:
                date = find(debit.party.id, debit.original_date)
                if date != debit.date:
                    by_date[date].append(debit)
            for date, debits in by_date.items():
                to_write.extend([debits, {'date': date}])
        if to_write:
            Debit.write(*to_write)

    @classmethod
    def _free(cls, remittances):
        "Delete the receipts, so that they can be taken again"
        pool = Pool()
        Payment = pool.get('account.payment')
        MoveLine = pool.get('account.move.line')
        payment = Payment.__table__()
        Debit = pool.get('sepa.remittance.debit')
        debit = Debit.__table__()
        cursor = Transaction().connection.cursor()
        for remittance in remittances:
            cursor.execute(*payment
                .join(debit, condition=payment.sepa_debit == debit.id)
                .select(payment.id, payment.line,
                    where=(debit.remittance == remittance.id)
                    & (payment.state == Literal('draft'))))
            rows = cursor.fetchall()
            with Transaction().set_context(_sepa_remittance=True):
                for sub in grouped_slice(rows, _SLICE):
                    Payment.delete(Payment.browse([id_ for id_, _ in sub]))
                MoveLine.update_payment_amount(
                    line for _, line in rows if line)
