# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Credit an invoice and make it anew, in one go."""
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import ReissueError
from .invoicing_billing import Billing
from .invoicing_generation import Generation


class VisitShare(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.share'

    @classmethod
    def due_again(cls, shares, invoice):
        """Return whether something is left to invoice without the invoice

        Modules which charge something else answer the same for it.
        """
        return any(s.amount for s in shares)

    @classmethod
    def recharge(cls, shares, payer, date, reason):
        """Put what was credited of the shares on drafts and return the run

        payer is who pays it now.
        """
        pool = Pool()
        Order = pool.get('maintenance.order')
        again = cls.search([
                ('replaces.corrects', 'in', [s.id for s in shares]),
                ('invoice_line', '=', None),
                ])
        moved = [s for s in again if s.payer != payer]
        if moved:
            cls.write(moved, {
                    'payer': payer.id,
                    'override_reason': reason,
                    })
        # What was closed has something to invoice again.
        tasks = {s.line.the_task for s in again}
        Order.do([
                o for o in {t.order for t in tasks if t}
                if o.state == 'closed'])
        return cls.invoice_due(
            company=shares[0].company, date=date,
            up_to=max(s.visit.date for s in shares),
            shares=again, post=False)


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    @without_check_access
    def reissue(cls, invoice, reason, party=None, date=None, post=True):
        """Credit the invoice and make it again

        What charges something is freed and invoiced as it stands now, all
        other lines are copied as they were.  party is who pays it now, in
        place of who did.  Return the credit note and the new invoices.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        party = party or invoice.party
        with Transaction().set_context(company=invoice.company.id):
            date = date or Date.today()
            charges, others = cls._charges(invoice)
            cls._check_reissue(invoice, charges, others, date)
            credit = cls._credit_to_reissue(invoice, reason, date)
            invoices = []
            for Model, records in charges:
                invoices.extend(cls._drafts(
                        Model.recharge(records, party, date, reason)))
            if others:
                cls._copy_lines(invoice, others, party, date, invoices)
            if post:
                cls.post(invoices)
        return credit, invoices

    @classmethod
    def _charges(cls, invoice):
        "Return what the lines charge, by model, and the lines which do not"
        pool = Pool()
        Difference = pool.get('maintenance.invoicing.difference')
        charges, charging = [], set()
        for name in Difference._origins():
            Model = pool.get(name)
            by_line = Model.of_lines(invoice.lines)
            if by_line:
                charges.append(
                    (Model, [r for found in by_line.values() for r in found]))
                charging.update(by_line)
        return charges, [l for l in invoice.lines if l not in charging]

    @classmethod
    def _check_reissue(cls, invoice, charges, others, date):
        "Ask before anything is posted what would make it impossible"
        pool = Pool()
        Line = pool.get('account.invoice.line')
        if (invoice.type != 'out' or invoice.state not in {'posted', 'paid'}
                or any(isinstance(l.origin, Line) for l in invoice.lines)):
            raise ReissueError(gettext(
                    'maintenance_order.msg_invoice_reissue',
                    invoice=invoice.rec_name))
        credited = Line.search([
                ('origin', 'in', [str(l) for l in invoice.lines]),
                ('invoice.state', '!=', 'cancelled'),
                ], limit=1)
        if credited:
            line, = credited
            raise ReissueError(gettext(
                    'maintenance_order.msg_invoice_reissue_credited',
                    invoice=invoice.rec_name,
                    credit=line.invoice.rec_name))
        Billing.check_date(invoice.company, date)
        due = [
            Model.due_again(records, invoice) for Model, records in charges]
        if not any(due) and not any(l.type == 'line' for l in others):
            raise ReissueError(gettext(
                    'maintenance_order.msg_invoice_reissue_nothing',
                    invoice=invoice.rec_name))

    @classmethod
    def _credit_to_reissue(cls, invoice, reason, date):
        "Return the posted credit note, which frees what was charged"
        refund = invoice.state == 'posted' and not invoice.payment_lines
        with Transaction().set_context(_charge_again=True):
            credit, = cls.credit([invoice], refund=refund, invoice_date=date)
        cls.write([credit], {'description': reason})
        if credit.state == 'draft':
            cls.post([credit])
        return credit

    @classmethod
    def _drafts(cls, run):
        "Return the invoices of the run, which must have left nothing out"
        errors = [p for p in run.problems if p.severity == 'error']
        if errors:
            raise ReissueError(errors[0].message)
        return cls.browse([
                int(record.split(',')[1]) for record in run.created()
                if record.startswith(f'{cls.__name__},')])

    @classmethod
    def _copy_lines(cls, invoice, lines, party, date, invoices):
        """Copy the lines to the draft of the party among the invoices

        They get an invoice of their own if there is none.
        """
        pool = Pool()
        Line = pool.get('account.invoice.line')
        Tax = pool.get('account.invoice.tax')
        draft = next((
                i for i in invoices
                if i.party == party and i.currency == invoice.currency), None)
        if draft is None:
            draft = cls._copy_heading(invoice, party, date)
            invoices.append(draft)
        # What they came from counts the credited lines already.
        Line.copy(lines, default={'invoice': draft.id})
        manual = [t for t in invoice.taxes if t.manual]
        if manual:
            Tax.copy(manual, default={'invoice': draft.id})
        cls.update_taxes([draft])

    @classmethod
    def _copy_heading(cls, invoice, party, date):
        "Return a draft without lines for the party"
        billing = Billing(invoice.company, date, Generation())
        same = party == invoice.party
        heading = billing.heading(
            party, invoice.currency,
            address=invoice.invoice_address if same else None,
            payment_term=invoice.payment_term if same else None,
            reference=invoice.reference if same else None,
            description=invoice.description)
        if heading is None:
            problem = billing.problems[0]
            raise ReissueError(gettext(problem.code, **problem.arguments))
        draft, = cls.create([billing.invoice_values(heading)])
        return draft


class ReissueInvoice(Wizard):
    __name__ = 'account.invoice.reissue'

    start = StateView(
        'account.invoice.reissue.start',
        'maintenance_order.invoice_reissue_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Correct and Reissue", 'reissue', 'tryton-ok',
                default=True),
            ])
    reissue = StateAction('account_invoice.act_invoice_form')

    def default_start(self, fields):
        return {
            'company': self.record.company.id,
            'party': self.record.party.id,
            }

    def do_reissue(self, action):
        credit, invoices = self.model.reissue(
            self.record, self.start.reason, party=self.start.party,
            date=self.start.date, post=self.start.post)
        return action, {'res_id': [credit.id, *(i.id for i in invoices)]}


class ReissueInvoiceStart(ModelView):
    __name__ = 'account.invoice.reissue.start'

    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company which invoices.")
    party = fields.Many2One(
        'party.party', "Customer", required=True,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who gets the new invoice.")
    date = fields.Date(
        "Date", required=True,
        help="The date of the credit note and of the new invoice.")
    reason = fields.Char(
        "Reason", required=True,
        help="Why the invoice is corrected, printed on the credit note.")
    post = fields.Boolean(
        "Post",
        help="Check to post the new invoice, otherwise it stays a draft.")

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_post(cls):
        return True
