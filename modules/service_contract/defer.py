# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Fees of longer periods are earned month by month.

Only what belongs to the month of the invoice and later is deferred: what is
older is earned at once, and its accounting periods may be closed.
"""
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.batch.job import Job
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import DeferredCancelError
from .recurrence import add_months


class ContractLine(metaclass=PoolMeta):
    __name__ = 'service.contract.line'

    defer = fields.Boolean(
        "Defer Revenue",
        states={
            'readonly': Eval('contract_state').in_(['closed', 'cancelled']),
            'invisible': Eval('kind') == 'one_shot',
            },
        help="Check to spread what is invoiced over the months of the "
        "period, if it lasts more than one.")


class Period(metaclass=PoolMeta):
    __name__ = 'service.contract.period'

    def _invoice_values(self, date):
        values = super()._invoice_values(date)
        coming = max(self.from_date, date.replace(day=1))
        if self.line.defer and self.to_date >= add_months(coming, 1):
            values['defer_from'] = self.from_date
            values['defer_to'] = self.to_date
        return values


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def _post(cls, invoices):
        pool = Pool()
        Line = pool.get('account.invoice.line')
        over = []
        for invoice in invoices:
            date = invoice.accounting_date or invoice.invoice_date
            for line in invoice.lines:
                if (not invoice.move and line.defer_to and date
                        and line.of_contract
                        and line.defer_to <= date.replace(day=1)):
                    # What is credited is earned already.
                    over.append(line)
        if over:
            Line.write(over, {'defer_from': None, 'defer_to': None})
        super()._post(invoices)

    @classmethod
    def cancel(cls, invoices):
        pool = Pool()
        Deferred = pool.get('account.invoice.deferred')
        # What a credit note refunds is deferred back by its own lines.
        cancelled = [
            i for i in invoices if i.state == 'posted' and not i.cancel_move]
        deferred = []
        for sub_invoices in grouped_slice(cancelled, 500):
            deferred += Deferred.search([
                    ('invoice_line.invoice', 'in', [
                            i.id for i in sub_invoices]),
                    Deferred.of_contracts(),
                    ])
        for deferral in deferred:
            if deferral.state != 'draft':
                invoice = deferral.invoice_line.invoice
                raise DeferredCancelError(gettext(
                        'service_contract.msg_deferred_cancel',
                        invoice=invoice.rec_name))
        Deferred.delete(deferred)
        super().cancel(invoices)


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @property
    def of_contract(self):
        "Whether the line charges or gives back a period of a contract"
        pool = Pool()
        Period = pool.get('service.contract.period')
        origin = self.origin
        while isinstance(origin, self.__class__):
            origin = origin.origin
        return isinstance(origin, Period)

    def _credit(self):
        line = super()._credit()
        if self.of_contract:
            line.defer_from = self.defer_from
            line.defer_to = self.defer_to
        return line


class InvoiceDeferred(metaclass=PoolMeta):
    __name__ = 'account.invoice.deferred'

    @fields.depends('end_date')
    def on_change_invoice_line(self):
        super().on_change_invoice_line()
        line = self.invoice_line
        if not (line and self.company and self.amount is not None
                and self.start_date and self.end_date
                and line.of_contract):
            return
        move = line.invoice.move
        if move and self.start_date < move.period.start_date:
            days = (self.end_date - self.start_date).days + 1
            self.start_date = move.period.start_date
            coming = (self.end_date - self.start_date).days + 1
            self.amount = self.company.currency.round(
                self.amount * coming / days)

    @classmethod
    def of_contracts(cls):
        "Return the domain of what is deferred of contracts"
        return ['OR',
            ('invoice_line.origin.id', '>=', 0, 'service.contract.period'),
            # A credit note gives back what another line charged.
            ('invoice_line.origin.origin.id', '>=', 0,
                'account.invoice.line', 'service.contract.period'),
            ]

    @classmethod
    def due_ids(cls, company):
        "Return what has moves to make"
        pool = Pool()
        Period = pool.get('account.period')
        Move = pool.get('account.move')
        deferrals = cls.search([
                ('company', '=', company.id),
                ('state', 'in', ['draft', 'running']),
                cls.of_contracts(),
                ], order=[('start_date', 'ASC'), ('id', 'ASC')])
        periods = Period.search([
                ('company', '=', company.id),
                ('type', '=', 'standard'),
                ])
        move = Move.__table__()
        cursor = Transaction().connection.cursor()
        done = set()
        for sub_deferrals in grouped_slice(
                [d for d in deferrals if d.state == 'running'], 500):
            cursor.execute(*move.select(
                    move.origin, move.period,
                    where=fields.SQL_OPERATORS['in'](
                        move.origin, [str(d) for d in sub_deferrals])))
            done.update(cursor)
        return [
            d.id for d in deferrals
            if d.state == 'draft' or any(
                p.start_date <= d.end_date and p.end_date >= d.start_date
                and (str(d), p.id) not in done
                for p in periods)]

    @classmethod
    def make_moves(cls, deferrals):
        "Spread the amounts over the accounting periods that there are"
        drafts = [d for d in deferrals if d.state == 'draft']
        running = [d for d in deferrals if d.state == 'running']
        if drafts:
            cls.run(drafts)
        if running:
            cls.create_moves(running)
            cls.close_try(running)

    @classmethod
    def defer_contracts(cls):
        "Spread what is deferred, by the scheduler"
        pool = Pool()
        Company = pool.get('company.company')
        Run = pool.get('batch.run')
        company = Company(Transaction().context['company'])
        if cls.due_ids(company):
            Run.start('service_contract.defer', company=company)


class DeferRevenue(Job):
    model = 'account.invoice.deferred'
    chunk = 20
    # The moves are numbered one after the other.
    serial = ('work',)

    def plan(self, run):
        pool = Pool()
        Deferred = pool.get('account.invoice.deferred')
        return Deferred.due_ids(run.company)

    def work(self, run, keys):
        pool = Pool()
        Deferred = pool.get('account.invoice.deferred')
        Deferred.make_moves(Deferred.search([
                    ('id', 'in', keys),
                    ('state', 'in', ['draft', 'running']),
                    ], order=[('start_date', 'ASC'), ('id', 'ASC')]))


class Run(metaclass=PoolMeta):
    __name__ = 'batch.run'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.job.selection.append(
            ('service_contract.defer', "Spread Deferred Revenue"))

    @classmethod
    def _jobs(cls):
        return {**super()._jobs(), 'service_contract.defer': DeferRevenue}


class SpreadRevenue(Wizard):
    __name__ = 'service.contract.defer'

    start = StateView(
        'service.contract.defer.start',
        'service_contract.defer_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Spread", 'run', 'tryton-ok', default=True),
            ])
    run = StateAction('batch.act_run_form')

    def default_start(self, fields):
        return {'company': Transaction().context.get('company')}

    def do_run(self, action):
        pool = Pool()
        Run = pool.get('batch.run')
        run = Run.start('service_contract.defer', company=self.start.company)
        action['views'].reverse()
        return action, {'res_id': [run.id]}


class SpreadRevenueStart(ModelView):
    __name__ = 'service.contract.defer.start'

    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company whose deferred revenue is spread.")


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.append(
            ('account.invoice.deferred|defer_contracts',
                "Spread Deferred Revenue of Contracts"))

    @classmethod
    def _by_company(cls):
        return super()._by_company() | {
            'account.invoice.deferred|defer_contracts'}
