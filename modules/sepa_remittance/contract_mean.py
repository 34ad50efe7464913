# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A contract may be paid from another account than the rest."""
from collections import defaultdict
from dataclasses import asdict

from sql import Null

from trytond.model import fields
from trytond.modules.service_contract.invoice_period import ApartHeading
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

DIRECT_DEBIT = 'party.party.reception_direct_debit'
_payer = If(
    Bool(Eval('invoice_party')), Eval('invoice_party', -1), Eval('party', -1))


class Contract(metaclass=PoolMeta):
    __name__ = 'service.contract'

    payment_mean = fields.Reference(
        "Payment Mean", 'get_payment_means',
        domain={
            'bank.account': [
                ('owners.id', '=', Eval('payee', -1)),
                ],
            DIRECT_DEBIT: [
                ('party', '=', _payer),
                ('company', '=', Eval('company', -1)),
                ],
            },
        states={
            'readonly': Eval('state').in_(['closed', 'cancelled']),
            },
        help="How the contract is paid: by direct debit from an account of "
        "the customer, or into an account of ours.\n"
        "Leave empty for what is usual with the customer.")
    payee = fields.Function(fields.Many2One(
            'party.party', "Payee",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="The party of our company, which owns its accounts."),
        'on_change_with_payee')

    @fields.depends('company')
    def on_change_with_payee(self, name=None):
        return self.company.party if self.company else None

    @classmethod
    def get_payment_means(cls):
        pool = Pool()
        Mean = pool.get('account.invoice.payment.mean')
        return [(None, ""), *Mean.get_instruments()]

    @fields.depends('payment_mean', 'invoice_party', 'party')
    def _on_change_payer(self):
        super()._on_change_payer()
        if not self.suits_payer(self.invoice_party or self.party):
            self.payment_mean = None

    def suits_payer(self, party):
        "Whether the party can pay by the mean of the contract"
        mean = self.payment_mean
        if not mean or mean.id < 0:
            return False
        return mean.__name__ != DIRECT_DEBIT or mean.party == party


class Period(metaclass=PoolMeta):
    __name__ = 'service.contract.period'

    def _invoicing_heading(self, billing):
        heading = super()._invoicing_heading(billing)
        contract = self.contract
        payer = self.payer or self.line.invoice_party_used
        if heading is None or not contract.suits_payer(payer):
            return heading
        return ApartHeading(
            **asdict(heading), apart=str(contract.payment_mean))


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def set_payment_means(cls, invoices):
        "What contracts say comes before what is usual with the party"
        pool = Pool()
        Mean = pool.get('account.invoice.payment.mean')
        means = cls._means_of_contracts([
                i for i in invoices
                if i.type == 'out' and not i.payment_means])
        Mean.save([
                Mean(invoice=invoice, instrument=mean)
                for invoice, mean in means.items()])
        super().set_payment_means([i for i in invoices if i not in means])

    @classmethod
    def _means_of_contracts(cls, invoices):
        pool = Pool()
        Contract = pool.get('service.contract')
        Line = pool.get('account.invoice.line')
        Period = pool.get('service.contract.period')
        period = Period.__table__()
        line, contract = Line.__table__(), Contract.__table__()
        cursor = Transaction().connection.cursor()
        found = defaultdict(set)
        for sub in grouped_slice(invoices, 500):
            cursor.execute(*period
                .join(line, condition=period.invoice_line == line.id)
                .join(contract, condition=period.contract == contract.id)
                .select(
                    line.invoice, contract.id,
                    where=fields.SQL_OPERATORS['in'](
                        line.invoice, [i.id for i in sub])
                    & (contract.payment_mean != Null),
                    group_by=[line.invoice, contract.id]))
            for invoice, id_ in cursor:
                found[invoice].add(id_)
        result = {}
        for invoice in invoices:
            means = {
                c.payment_mean for c in Contract.browse(found[invoice.id])
                if c.suits_payer(invoice.party)}
            if len(means) == 1:
                result[invoice], = means
        return result
