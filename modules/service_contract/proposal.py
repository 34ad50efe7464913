# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Gather lines and periods for the ledger and store what it proposes."""
from collections import defaultdict
from decimal import Decimal
from itertools import groupby

from sql import Literal

from trytond.model import fields
from trytond.modules.product import round_price
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access

from . import ledger
from .recurrence import DAY

FRACTION = Decimal('1e-10')


class ProposalMixin:
    __slots__ = ()

    @classmethod
    @without_check_access
    def propose(cls, contracts, until):
        """Make the pending periods of the contracts what the ledger says

        Return pairs of line and problem. Takes a fixed number of queries for
        each thousand contracts.
        """
        pool = Pool()
        Contract = pool.get('service.contract')
        Line = pool.get('service.contract.line')
        problems = []
        contracts = sorted(contracts, key=lambda c: (c.company.id, c.id))
        for company, company_contracts in groupby(
                contracts, key=lambda c: c.company):
            today = Contract._today(company.id)
            for sub_contracts in grouped_slice(list(company_contracts), 500):
                ids = [c.id for c in sub_contracts]
                lines = cls._ledger_lines(ids, company)
                entries = cls._ledger_entries(ids)
                changes = []
                for contract, currency, line in lines:
                    change = ledger.update(
                        line, entries.get(line.id, []), until, today,
                        rounding=rounding_of(currency))
                    changes.append((contract, line.id, change))
                    problems += [(Line(line.id), p) for p in change.problems]
                cls._apply(company, changes)
        return problems

    @classmethod
    def _apply(cls, company, changes):
        to_create, to_write, to_delete = [], [], []
        for contract, line, change in changes:
            for proposal, sequence in change.create:
                values = _values(proposal)
                values.update(
                    contract=contract, line=line, company=company.id,
                    sequence=sequence)
                to_create.append(values)
            for id_, proposal in change.write:
                to_write.extend(([cls(id_)], _values(proposal)))
            to_delete.extend(change.delete)
        if to_delete:
            cls.delete(cls.browse(to_delete))
        if to_write:
            cls.write(*to_write)
        if to_create:
            cls.create(to_create)

    @classmethod
    def _ledger_lines(cls, contracts, company):
        "Return contract, currency and ledger line of the contracts"
        pool = Pool()
        Contract = pool.get('service.contract')
        Currency = pool.get('currency.currency')
        Line = pool.get('service.contract.line')
        LineEquipment = pool.get('service.contract.line.equipment')
        Month = pool.get('ir.calendar.month')
        contract = Contract.__table__()
        line = Line.__table__()
        month = Month.__table__()
        count_month = Month.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*line
            .join(contract, condition=line.contract == contract.id)
            .join(month, 'LEFT', condition=line.anchor_month == month.id)
            .join(count_month, 'LEFT',
                condition=line.count_month == count_month.id)
            .select(
                line.id, line.contract, line.kind, line.months,
                line.anchor_day, month.index, line.moment, line.offset,
                line.first_stub, line.last_stub, line.start_date,
                line.end_date, line.invoiced_until, line.quantity_source,
                contract.start_date, contract.end_date, contract.tacit,
                contract.terminated_on, contract.currency,
                count_month.index,
                where=fields.SQL_OPERATORS['in'](contract.id, contracts)
                & (contract.company == company.id),
                order_by=[contract.id, line.id]))
        rows = cursor.fetchall()
        terms = cls._ledger_terms(contracts)
        counted = LineEquipment.counted(
            company, [r[0] for r in rows if r[13] == 'equipment'])
        counted.update(cls._ledger_counts(
                [r[0] for r in rows if r[13] == 'count']))
        suspensions = cls._ledger_suspensions(contracts)
        result = []
        for (id_, contract_id, kind, months, anchor_day, anchor_month, moment,
                offset, first_stub, last_stub, start, end, invoiced_until,
                source, contract_start, contract_end, tacit, terminated_on,
                currency, count_month_) in rows:
            if tacit and not terminated_on:
                contract_end = None
            result.append((contract_id, Currency(currency), ledger.Line(
                        id=id_,
                        start=start or contract_start,
                        end=min(
                            (d for d in [end, contract_end] if d),
                            default=None),
                        terms=tuple(terms.get(id_, [])),
                        months=None if kind == 'one_shot' else months or 0,
                        anchor_day=anchor_day,
                        anchor_month=anchor_month,
                        moment=moment,
                        offset=offset,
                        first_stub=first_stub,
                        last_stub=last_stub,
                        counted=tuple(counted.get(id_, []))
                        if source != 'fixed' else None,
                        count_month=count_month_,
                        suspensions=tuple(suspensions.get(contract_id, [])),
                        invoiced_until=invoiced_until)))
        return result

    @classmethod
    def _ledger_terms(cls, contracts):
        pool = Pool()
        Line = pool.get('service.contract.line')
        Term = pool.get('service.contract.line.term')
        line = Line.__table__()
        term = Term.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*term
            .join(line, condition=term.line == line.id)
            .select(
                term.line, term.from_date, term.quantity, term.unit_price,
                term.discount, term.payer,
                where=fields.SQL_OPERATORS['in'](line.contract, contracts)))
        terms = defaultdict(list)
        for (line_id, from_date, quantity, unit_price, discount,
                payer) in cursor:
            terms[line_id].append(ledger.Term(
                    from_date, Decimal(str(quantity)),
                    round_price(unit_price * (1 - discount)), payer=payer))
        return terms

    @classmethod
    def _ledger_suspensions(cls, contracts):
        pool = Pool()
        Suspension = pool.get('service.contract.suspension')
        suspension = Suspension.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*suspension.select(
                suspension.contract, suspension.from_date,
                suspension.to_date,
                where=fields.SQL_OPERATORS['in'](
                    suspension.contract, contracts)
                & (suspension.credits == Literal(True))))
        suspensions = defaultdict(list)
        for contract, from_date, to_date in cursor:
            suspensions[contract].append(
                ledger.Suspension(from_date, to_date))
        return suspensions

    @classmethod
    def _ledger_counts(cls, lines):
        "Return what was counted, each count until the next one"
        pool = Pool()
        Count = pool.get('service.contract.line.count')
        count = Count.__table__()
        cursor = Transaction().connection.cursor()
        counted = defaultdict(list)
        if not lines:
            return counted
        cursor.execute(*count.select(
                count.line, count.date, count.quantity,
                where=fields.SQL_OPERATORS['in'](count.line, lines),
                order_by=[count.line, count.date]))
        for line_id, rows in groupby(cursor.fetchall(), key=lambda r: r[0]):
            rows = list(rows)
            for number, (_, date, quantity) in enumerate(rows):
                last = number + 1 == len(rows)
                counted[line_id].append(ledger.Counted(
                        Decimal(str(quantity)),
                        # The first one holds for what was before it too.
                        date if number else None,
                        None if last else rows[number + 1][1] - DAY))
        return counted

    @classmethod
    def _ledger_entries(cls, contracts):
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.line, table.id, table.kind, table.from_date,
                table.to_date, table.invoice_date, table.amount,
                table.sequence, table.invoice_line, table.skipped,
                table.live, table.corrects, table.fraction, table.quantity,
                table.unit_price, table.payer,
                where=fields.SQL_OPERATORS['in'](table.contract, contracts)))
        entries = defaultdict(list)
        for (line_id, id_, kind, from_date, to_date, invoice_date, amount,
                sequence, invoice_line, skipped, live, corrects, fraction,
                quantity, unit_price, payer) in cursor:
            entries[line_id].append(ledger.Entry(
                    id_, kind, from_date, to_date, invoice_date, amount,
                    sequence=sequence,
                    settled=bool(
                        kind == 'external' or invoice_line or skipped
                        or not live),
                    skipped=bool(skipped and not invoice_line),
                    live=bool(live),
                    corrects=corrects,
                    fraction=fraction,
                    quantity=Decimal(str(quantity)),
                    unit_price=unit_price,
                    payer=payer))
        return entries


def rounding_of(currency):
    return lambda amount: currency.round(ledger.to_decimal(amount))


def _values(proposal):
    return {
        'kind': proposal.kind,
        'from_date': proposal.from_date,
        'to_date': proposal.to_date,
        'invoice_date': proposal.invoice_date,
        'fraction': ledger.to_decimal(proposal.fraction).quantize(FRACTION),
        'quantity': float(proposal.quantity),
        'unit_price': proposal.unit_price,
        'amount': proposal.amount,
        'corrects': proposal.corrects,
        'expected_amount': proposal.expected,
        'invoiced_amount': proposal.invoiced,
        'payer': proposal.payer,
        }
