# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.modules.report_html.declaration import Text
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool
from trytond.transaction import Transaction, without_check_access

from .exceptions import ProformaError


class ProformaReport(HTMLReport):
    "What the next invoice of a contract will be"
    __name__ = 'service.contract.proforma'

    texts = [
        Text('conditions', 'service_contract.msg_text_conditions'),
        ]
    placeholders = {
        'number': 'number',
        'customer': 'party.name',
        }

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['drafts'] = {r.id: cls.get_drafts(r) for r in records}
        return context

    @classmethod
    @without_check_access
    def get_drafts(cls, contract):
        "Return the invoices as the job would make them, with their texts"
        pool = Pool()
        Address = pool.get('party.address')
        Contract = pool.get('service.contract')
        Currency = pool.get('currency.currency')
        Party = pool.get('party.party')
        Period = pool.get('service.contract.period')
        Run = pool.get('batch.run')
        Tax = pool.get('account.tax')
        company = contract.company
        today = Contract._today(company.id)
        up_to = max(today, contract.next_invoice_date or today)
        with Transaction().set_context(company=company.id):
            drafts, problems = Run._jobs()['service_contract.invoice']() \
                .preview(company, {
                        'date': today,
                        'up_to': up_to,
                        'parties': None,
                        'contracts': [contract.id],
                        'post': False,
                        }, notices=False)
        if problems and not drafts:
            problem = problems[0]
            raise ProformaError(gettext(problem.code, **problem.arguments))
        if not drafts:
            raise ProformaError(gettext(
                    'service_contract.msg_proforma_nothing',
                    contract=contract.rec_name))
        result = []
        for draft in drafts:
            heading = draft.heading
            lines = []
            for line in draft.lines:
                period = Period(int(line.origin.split(',')[1]))
                lines.append({
                        'product': period.line.product,
                        'text': period.invoicing_text(heading.language),
                        'amount': period.amount,
                        })
            result.append({
                    'party': Party(heading.party),
                    'address': Address(heading.address),
                    'currency': Currency(heading.currency),
                    'reference': heading.reference,
                    'date': up_to,
                    'lines': lines,
                    'taxes': [{
                            'description': Tax(tax.tax).description,
                            'base': tax.base,
                            'amount': tax.amount,
                            } for tax in draft.taxes],
                    'untaxed': draft.untaxed_amount,
                    'total': draft.total_amount,
                    })
        return result
