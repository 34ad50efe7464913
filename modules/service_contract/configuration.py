# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelSingleton, ModelSQL, ModelView, fields
from trytond.modules.company.model import (
    CompanyMultiValueMixin, CompanyValueMixin)
from trytond.pool import Pool
from trytond.pyson import Eval, Id

_contract_sequence = fields.Many2One(
    'ir.sequence', "Contract Sequence", required=True,
    domain=[
        ('company', 'in', [
                Eval('context', {}).get('company', -1), None]),
        ('sequence_type', '=',
            Id('service_contract', 'sequence_type_contract')),
        ],
    help="Used to generate the contract number.")

_event_email = fields.Char(
    "Tell By Mail",
    help="The address which is told about coming notice days, renewals and "
    "ends. Leave empty to tell nobody.")
_event_days = fields.Integer(
    "Days Before", required=True,
    help="How many days before it happens the mail is sent.")

_invoice_automatically = fields.Selection([
        (None, "No"),
        ('draft', "As Drafts"),
        ('posted', "Posted"),
        ], "Invoice Each Day", sort=False,
    help="What the scheduler does each day with the periods that are due. "
    "If it does nothing, somebody starts the invoicing.")

DUE = ['event_email', 'event_days']


class Configuration(
        ModelSingleton, CompanyMultiValueMixin, ModelSQL, ModelView):
    __name__ = 'service.contract.configuration'

    contract_sequence = fields.MultiValue(_contract_sequence)
    event_email = fields.MultiValue(_event_email)
    event_days = fields.MultiValue(_event_days)
    invoice_automatically = fields.MultiValue(_invoice_automatically)

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field in DUE:
            return pool.get('service.contract.configuration.event')
        if field == 'invoice_automatically':
            return pool.get('service.contract.configuration.invoicing')
        if field == 'contract_sequence':
            return pool.get('service.contract.configuration.sequence')
        return super().multivalue_model(field)

    @classmethod
    def default_contract_sequence(cls, **pattern):
        return cls.multivalue_model(
            'contract_sequence').default_contract_sequence()

    @classmethod
    def default_event_days(cls, **pattern):
        return cls.multivalue_model('event_days').default_event_days()


class ConfigurationEvent(CompanyValueMixin, ModelSQL):
    __name__ = 'service.contract.configuration.event'

    event_email = _event_email
    event_days = _event_days

    @classmethod
    def default_event_days(cls):
        return 30


class ConfigurationInvoicing(CompanyValueMixin, ModelSQL):
    __name__ = 'service.contract.configuration.invoicing'

    invoice_automatically = _invoice_automatically


class ConfigurationSequence(CompanyValueMixin, ModelSQL):
    __name__ = 'service.contract.configuration.sequence'

    contract_sequence = _contract_sequence

    @classmethod
    def default_contract_sequence(cls):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        try:
            return ModelData.get_id('service_contract', 'sequence_contract')
        except KeyError:
            return None
