# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Credit an invoice of work and make it anew, in one go."""
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from .exceptions import ReissueError


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def reissue(cls, invoice, reason, party=None, date=None, post=True):
        """Credit the invoice and invoice its work again

        party is who pays it now, in place of who did.  Return the credit
        note and the new invoices.
        """
        pool = Pool()
        Date = pool.get('ir.date')
        Order = pool.get('maintenance.order')
        Share = pool.get('maintenance.visit.share')
        shares = Share.search([
                ('invoice_line', 'in', [l.id for l in invoice.lines]),
                ])
        if (invoice.type != 'out' or invoice.state not in {'posted', 'paid'}
                or not shares or any(s.corrects for s in shares)):
            raise ReissueError(gettext(
                    'maintenance_order.msg_invoice_reissue',
                    invoice=invoice.rec_name))
        with Transaction().set_context(company=invoice.company.id):
            date = date or Date.today()
        refund = invoice.state == 'posted' and not invoice.payment_lines
        with Transaction().set_context(_charge_again=True):
            credit, = cls.credit(
                [invoice], refund=refund, invoice_date=date)
        cls.write([credit], {'description': reason})
        if credit.state == 'draft':
            cls.post([credit])
        replacements = Share.search([
                ('replaces.corrects', 'in', [s.id for s in shares]),
                ('invoice_line', '=', None),
                ])
        if not replacements:
            # What was settled before is not charged again.
            raise ReissueError(gettext(
                    'maintenance_order.msg_invoice_reissue',
                    invoice=invoice.rec_name))
        if party and party != invoice.party:
            Share.write(replacements, {
                    'payer': party.id,
                    'override_reason': reason,
                    })
        # What was closed has something to invoice again.
        tasks = {s.line.the_task for s in replacements}
        Order.do([
                o for o in {t.order for t in tasks if t}
                if o.state == 'closed'])
        Share.invoice_due(
            company=invoice.company, date=date,
            up_to=max(s.visit.date for s in replacements),
            shares=replacements, post=post)
        return credit, cls.search([
                ('lines.origin.id', 'in', [s.id for s in replacements],
                    'maintenance.visit.share'),
                ('id', '!=', credit.id),
                ])


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
