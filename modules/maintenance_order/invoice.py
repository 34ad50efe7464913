# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from decimal import Decimal

from trytond.model import ModelView, Workflow, dualmethod, fields
from trytond.modules.batch.savepoint import lock_now
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import (
    Transaction, TransactionError, without_check_access)

from .invoicing import Line, line_bases, round_amounts
from .invoicing_generation import generated, plain_money

_TOTALS = ['untaxed_amount', 'tax_amount', 'total_amount']


class _GeneratedMixin:
    "Values which the generation made are not validated a second time"
    __slots__ = ()

    @classmethod
    def _validate(cls, records, field_names=None):
        value = generated()
        if value and (value.storing or value.invoices.issuperset(
                    cls._invoice_ids(records))):
            return
        super()._validate(records, field_names=field_names)

    @classmethod
    def _invoice_ids(cls, records):
        "Return the ids of the invoices to which the records belong"
        raise NotImplementedError


class Invoice(_GeneratedMixin, metaclass=PoolMeta):
    __name__ = 'account.invoice'

    visits = fields.Function(
        fields.Many2Many(
            'maintenance.visit', None, None, "Visits",
            help="The visits whose work is charged."),
        'get_visits', searcher='search_visits')

    @classmethod
    @without_check_access
    def get_visits(cls, invoices, name):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        visits = {}
        for invoice in cls.browse(invoices):
            visits[invoice.id] = list(dict.fromkeys(
                    l.origin.visit.id for l in invoice.lines
                    if isinstance(l.origin, Share) and l.origin.id >= 0))
        return visits

    @classmethod
    def search_visits(cls, name, clause):
        return [
            ('lines.origin.visit' + clause[0][len(name):],
                *clause[1:3], 'maintenance.visit.share', *clause[3:])]

    @classmethod
    def _invoice_ids(cls, invoices):
        return {i.id for i in invoices}

    def _round_taxes(self, taxes):
        # The standard looks for ever for a tax to take the rounding from where
        # each of them is less than half a cent.
        if not self.currency:
            return
        rounded = round_amounts(
            [t.amount for t in taxes.values()], plain_money(self.currency))
        for tax, amount in zip(taxes.values(), rounded):
            tax.amount = amount

    @dualmethod
    def update_taxes(cls, invoices, exception=False):
        value = generated()
        if value:
            if value.storing:
                return
            invoices = [i for i in invoices if i.id not in value.invoices]
        if invoices:
            super().update_taxes(invoices, exception=exception)

    @dualmethod
    def save(cls, invoices):
        value = generated(invoices)
        if value and value.holding:
            return
        super().save(invoices)

    @classmethod
    def get_amount(cls, invoices, names):
        value = generated(invoices)
        if not value or value.storing:
            return super().get_amount(invoices, names)
        # Posting asks again and again for what it does not change.
        missing = [i for i in invoices if i.id not in value.totals]
        if missing:
            found = super().get_amount(missing, _TOTALS)
            for invoice in missing:
                value.totals[invoice.id] = {
                    name: found[name][invoice.id] for name in _TOTALS}
        return {
            name: {i.id: value.totals[i.id][name] for i in invoices}
            for name in names}

    @property
    def _sequence_type(self):
        # Only below zero the lines make a difference.
        if self.total_amount >= 0:
            return 'invoice'
        return super()._sequence_type

    @classmethod
    def set_number(cls, invoices):
        pool = Pool()
        Move = pool.get('account.move')
        Sequence = pool.get('ir.sequence.strict')
        value = generated(invoices)
        if not value:
            return super().set_number(invoices)
        # The entries come first: the locks of the sequences are then held
        # for the last writes only.
        cls._create_journal_periods(invoices)
        moves = []
        for invoice in invoices:
            if not invoice.move:
                invoice.move = invoice.get_move()
                moves.append(invoice.move)
        if moves:
            with value.store():
                Move.save(moves)
            value.moves.update(m.id for m in moves)
        sequences = {m.period.move_sequence_used for m in moves}
        sequences.update(i._number_sequence()[0] for i in invoices)
        _lock(Sequence, sorted(sequences))
        with value.hold():
            super().set_number(invoices)
        # What depends on the number would be written after the state, when
        # nothing may be changed any more.
        for invoice in invoices:
            for name, stored in invoice.compute_fields({'number'}).items():
                setattr(invoice, name, stored)

    @classmethod
    def _create_journal_periods(cls, invoices):
        "The standard creates them under way and starts all over again"
        pool = Pool()
        JournalPeriod = pool.get('account.journal.period')
        Period = pool.get('account.period')
        needed = {(
                i.journal, Period.find(
                    i.company, date=i.accounting_date or i.invoice_date))
            for i in invoices}
        for journal, period in needed:
            domain = [
                ('journal', '=', journal.id),
                ('period', '=', period.id),
                ]
            if JournalPeriod.search(domain, limit=1):
                continue
            _lock(JournalPeriod)
            if not JournalPeriod.search(domain, limit=1):
                JournalPeriod.create([{
                            'journal': journal.id,
                            'period': period.id,
                            }])

    def compute_fields(self, field_names=None):
        values = super().compute_fields(field_names=field_names)
        value = generated()
        if value and (value.storing or value.has([self])):
            values = {
                n: v for n, v in values.items() if getattr(self, n) != v}
        return values

    def _number_sequence(self, pattern=None):
        value = generated([self])
        if not value:
            return super()._number_sequence(pattern=pattern)
        key = (
            self.company, self.type, self.sequence_type, self.journal,
            self.accounting_date, self.invoice_date,
            frozenset((pattern or {}).items()))
        return value.sequence(
            key, lambda: super(Invoice, self)._number_sequence(
                pattern=pattern))

    @classmethod
    def _store_cache(cls, invoices):
        invoices = list(invoices)
        if generated(invoices):
            # They go with the one write at the end of posting.
            for invoice in invoices:
                invoice.untaxed_amount_cache = invoice.untaxed_amount
                invoice.tax_amount_cache = invoice.tax_amount
                invoice.total_amount_cache = invoice.total_amount
        else:
            super()._store_cache(invoices)

    @classmethod
    def _post(cls, invoices):
        pool = Pool()
        Line = pool.get('account.invoice.line')
        super()._post(invoices)
        # Who keeps the books need not know the reports and contracts.
        with without_check_access():
            Line.settle_credits(Line.browse([
                        l for i in invoices for l in i.lines
                        if isinstance(l.origin, Line)]))

    @classmethod
    def post_generated(cls, invoices):
        """Post the invoices of a generation

        What the standard asks by warnings was asked by the generation.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        value = generated()
        if value:
            value.invoices.update(i.id for i in invoices)
        employee = Transaction().context.get('employee')
        today = Date.today()
        for invoice in invoices:
            if not invoice.payment_term_date:
                invoice.payment_term_date = invoice.invoice_date or today
            invoice.posted_by = employee
        cls._post(invoices)

    @classmethod
    @ModelView.button
    @Workflow.transition('draft')
    def draft(cls, invoices):
        pool = Pool()
        Line = pool.get('account.invoice.line')
        with without_check_access():
            Line.take_again(Line.browse([
                        l for i in invoices if i.state == 'cancelled'
                        for l in i.lines]))
        return super().draft(invoices)

    @classmethod
    def cancel(cls, invoices):
        pool = Pool()
        Line = pool.get('account.invoice.line')
        # What a credit note refunds was answered for by its own lines.
        refunded = {i.id for i in invoices if i.cancel_move}
        super().cancel(invoices)
        with without_check_access():
            Line.release(Line.browse([
                        l for i in invoices if i.id not in refunded
                        for l in i.lines]))


class InvoiceLine(_GeneratedMixin, metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    charge_again = fields.Boolean(
        "Charge Again",
        states={
            'readonly': Eval('invoice_state') != 'draft',
            'invisible': ~Eval('origin'),
            },
        help="What the line gives back is to invoice once more. "
        "Otherwise it is settled.")

    @classmethod
    def default_charge_again(cls):
        return False

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('charge_again', False)
        return super().copy(lines, default=default)

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['maintenance.visit.share']

    def get_amount(self, name):
        value = generated()
        if (not value or value.storing or not self.invoice
                or self.invoice.id not in value.invoices):
            return super().get_amount(name)
        if self.id not in value.amounts:
            value.amounts[self.id] = super().get_amount(name)
        return value.amounts[self.id]

    @classmethod
    def _invoice_ids(cls, lines):
        return {l.invoice.id if l.invoice else None for l in lines}

    def _compute_taxes(self):
        pool = Pool()
        Currency = pool.get('currency.currency')
        TaxLine = pool.get('account.tax.line')
        value = generated([self.invoice]) if self.invoice else None
        if not value or self.type != 'line' or self.invoice_type == 'in':
            return super()._compute_taxes()
        invoice = self.invoice
        line = Line(
            origin='', quantity=Decimal(str(self.quantity)),
            unit_price=self.unit_price, amount=self.amount,
            account=self.account.id,
            taxes=tuple(sorted(t.id for t in self.taxes)),
            taxes_date=self.taxes_date)
        tax_lines = []
        for base in line_bases(
                line, value.taxes(self.taxes), value.money(invoice.currency),
                invoice.tax_date):
            amount = base.base
            if invoice.currency != invoice.company.currency:
                with Transaction().set_context(date=invoice.currency_date):
                    amount = Currency.compute(
                        invoice.currency, amount, invoice.company.currency)
            tax_lines.append(
                TaxLine(amount=amount, type='base', tax=base.tax))
        return tax_lines

    @classmethod
    def release(cls, lines):
        """What the lines of a cancelled invoice charged is to invoice again

        Modules which charge something else free it as well.
        """
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        Share.release_lines(lines)

    @classmethod
    def take_again(cls, lines):
        "The lines of a cancelled invoice charge again what they did"
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        Share.take_lines(lines)

    @classmethod
    def settle_credits(cls, lines):
        "What the lines of posted credit notes give back gets its outcome"
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        Share.credit_lines(lines)

    def _credit(self):
        line = super()._credit()
        line.charge_again = Transaction().context.get('_charge_again', False)
        return line


class CreditInvoiceStart(metaclass=PoolMeta):
    __name__ = 'account.invoice.credit.start'

    charge_again = fields.Boolean(
        "Charge Again",
        help="Check to invoice the same work and periods once more, "
        "for instance to correct and reissue.\n"
        "Otherwise they are settled: nobody is charged for them.")

    @classmethod
    def default_charge_again(cls):
        return False


class CreditInvoice(metaclass=PoolMeta):
    __name__ = 'account.invoice.credit'

    def do_credit(self, action):
        with Transaction().set_context(
                _charge_again=bool(self.start.charge_again)):
            return super().do_credit(action)


class InvoiceLineTax(_GeneratedMixin, metaclass=PoolMeta):
    __name__ = 'account.invoice.line-account.tax'

    @classmethod
    def _invoice_ids(cls, links):
        return {
            l.line.invoice.id if l.line.invoice else None for l in links}


class InvoiceTax(_GeneratedMixin, metaclass=PoolMeta):
    __name__ = 'account.invoice.tax'

    @classmethod
    def _invoice_ids(cls, taxes):
        return {t.invoice.id for t in taxes}


class Move(_GeneratedMixin, metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _validate(cls, records, field_names=None):
        value = generated()
        if value and value.moves.issuperset(r.id for r in records):
            return
        super()._validate(records, field_names=field_names)

    @classmethod
    def _invoice_ids(cls, moves):
        return {_invoice_of(m) for m in moves}


class MoveLine(_GeneratedMixin, metaclass=PoolMeta):
    __name__ = 'account.move.line'

    @classmethod
    def create(cls, vlist):
        value = generated()
        if value and value.storing:
            vlist = cls._same_columns(vlist)
        return super().create(vlist)

    @classmethod
    def _same_columns(cls, vlist):
        "Name the same columns in all rows: these are inserted together"
        names = {
            n for values in vlist for n in values
            if not hasattr(cls._fields[n], 'set')}
        missing = {n for n in names if any(n not in v for v in vlist)}
        default = dict.fromkeys(missing)
        default.update(cls._clean_defaults(
                cls.default_get(list(missing), with_rec_name=False)))
        return [{**default, **values} for values in vlist]

    @classmethod
    def _invoice_ids(cls, lines):
        return {_invoice_of(l.move) for l in lines}


class TaxLine(_GeneratedMixin, metaclass=PoolMeta):
    __name__ = 'account.tax.line'

    @classmethod
    def _invoice_ids(cls, lines):
        return {_invoice_of(l.move_line.move) for l in lines}


def _invoice_of(move):
    pool = Pool()
    Invoice = pool.get('account.invoice')
    return move.origin.id if isinstance(move.origin, Invoice) else None


def _lock(Model, records=None):
    "Lock now what the standard would start the transaction again with"
    try:
        Model.lock(records)
    except TransactionError as error:
        if not lock_now(error):
            raise


class Queue(metaclass=PoolMeta):
    __name__ = 'ir.queue'

    @classmethod
    def push(cls, name, data, scheduled_at=None, expected_at=None):
        value = generated()
        if (value
                and data['model'] == 'account.invoice'
                and data['method'] == 'print_invoice'
                and value.invoices.issuperset(data['instances'])):
            # A generated invoice is printed when somebody looks at it: the
            # paper takes longer than everything else together.
            return None
        return super().push(
            name, data, scheduled_at=scheduled_at, expected_at=expected_at)
