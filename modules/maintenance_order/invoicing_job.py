# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.batch.job import Created, Job, Then
from trytond.pool import Pool, PoolMeta

from .invoicing_billing import Billing
from .invoicing_generation import generation

# Who asks for something by name does not wait for more.
FILTERS = ['parties', 'visits', 'orders', 'shares']


class InvoiceJob(Job):
    """Invoices what is due, party by party

    Drafts are made in the first phase.  Posting is a phase of its own, one
    chunk at a time and in order, because the numbers follow each other without
    gap.
    """
    model = 'party.party'
    chunk = 50
    phases = ('work', 'post')
    serial = ('post',)
    # The numbers are locked after the entries, which take longer.
    courtesy = 0
    # One lane posts while the others make drafts.
    overlap = True

    def plan(self, run):
        params = run.parameters
        Billing.check_date(run.company, params['date'], post=params['post'])
        return self.due(run.company, params)

    def due(self, company, params):
        "Return the ids of the parties to invoice, by one select"
        raise NotImplementedError

    def gather(self, billing, parties, params):
        "Add to the billing what is still due by the parties"
        raise NotImplementedError

    def settle(self, lines):
        "Mark the origins of the lines as invoiced"
        raise NotImplementedError

    def work(self, run, parties):
        params = run.parameters
        with generation() as value:
            billing = Billing(run.company, params['date'], value)
            self.gather(billing, parties, params)
            invoices, lines = billing.store(billing.drafts())
            self.settle(lines)
        yield from billing.problems
        yield Created(invoices)
        if params['post'] and invoices:
            yield Then('post', [str(i) for i in invoices])

    def record(self, key):
        # Parties in the first phase, invoices in the second.
        return key if isinstance(key, str) else super().record(key)

    def post(self, run, keys):
        pool = Pool()
        Invoice = pool.get('account.invoice')
        invoices = Invoice.search([
                ('id', 'in', [int(key.split(',')[1]) for key in keys]),
                ('state', '=', 'draft'),
                ],
            order=[('id', 'ASC')])
        with generation():
            Invoice.post_generated(invoices)

    def preview(self, company, params):
        "Return what would be invoiced, as drafts and problems"
        with generation() as value:
            billing = Billing(company, params['date'], value)
            self.gather(billing, self.due(company, params), params)
            return billing.drafts(), billing.problems


class InvoiceWork(InvoiceJob):

    def due(self, company, params):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        return Share.due_parties(company, **_filters(params))

    def gather(self, billing, parties, params):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        Share.gather(
            billing,
            Share.due_shares(
                billing.company, **{**_filters(params), 'parties': parties}),
            grouping=params.get('grouping'),
            wait=not any(params.get(n) for n in FILTERS))

    def settle(self, lines):
        pool = Pool()
        Share = pool.get('maintenance.visit.share')
        Share.settle(lines)


def _filters(params):
    return {
        name: params.get(name)
        for name in ['up_to', *FILTERS]}


class Run(metaclass=PoolMeta):
    __name__ = 'batch.run'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.job.selection.append(
            ('maintenance_order.invoice_work', "Invoice Work"))

    @classmethod
    def _jobs(cls):
        return {
            **super()._jobs(),
            'maintenance_order.invoice_work': InvoiceWork,
            }
