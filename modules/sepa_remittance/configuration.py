# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, Id


def _sequence(company):
    return fields.Many2One(
        'ir.sequence', "SEPA Remittance Sequence",
        domain=[
            ('sequence_type', '=',
                Id('sepa_remittance', 'sequence_type_remittance')),
            ('company', 'in', [company, None]),
            ],
        help="Used to number the remittances.")


def _return_sequence(company):
    return fields.Many2One(
        'ir.sequence', "SEPA Return Sequence",
        domain=[
            ('sequence_type', '=',
                Id('sepa_remittance', 'sequence_type_return')),
            ('company', 'in', [company, None]),
            ],
        help="Used to number the returns.")


class Configuration(metaclass=PoolMeta):
    __name__ = 'account.configuration'

    sepa_remittance_sequence = fields.MultiValue(
        _sequence(Eval('context', {}).get('company', -1)))
    sepa_return_sequence = fields.MultiValue(
        _return_sequence(Eval('context', {}).get('company', -1)))
    sepa_notice = fields.MultiValue(fields.Selection([
                ('never', "Never"),
                ('changed', "When amount or day changes"),
                ('always', "Always"),
                ], "Pre-notification",
            help="When customers are told by e-mail what will be collected."))
    sepa_notice_days = fields.MultiValue(fields.Integer(
            "Notice Days",
            help="How many days before the collection customers are told, "
            "unless their mandate says otherwise."))

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field in {
                'sepa_remittance_sequence', 'sepa_return_sequence',
                'sepa_notice', 'sepa_notice_days'}:
            return pool.get('account.configuration.sepa_remittance')
        return super().multivalue_model(field)

    @classmethod
    def default_sepa_remittance_sequence(cls, **pattern):
        return cls.multivalue_model(
            'sepa_remittance_sequence').default_sepa_remittance_sequence()

    @classmethod
    def default_sepa_return_sequence(cls, **pattern):
        return cls.multivalue_model(
            'sepa_return_sequence').default_sepa_return_sequence()

    @classmethod
    def default_sepa_notice(cls, **pattern):
        return 'never'

    @classmethod
    def default_sepa_notice_days(cls, **pattern):
        return 14


class ConfigurationRemittance(ModelSQL, CompanyValueMixin):
    __name__ = 'account.configuration.sepa_remittance'

    sepa_remittance_sequence = _sequence(Eval('company', -1))
    sepa_return_sequence = _return_sequence(Eval('company', -1))
    sepa_notice = fields.Selection([
            ('never', "Never"),
            ('changed', "When amount or day changes"),
            ('always', "Always"),
            ], "Pre-notification",
        help="When customers are told by e-mail what will be collected.")
    sepa_notice_days = fields.Integer(
        "Notice Days",
        help="How many days before the collection customers are told.")

    @classmethod
    def default_sepa_remittance_sequence(cls):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        try:
            return ModelData.get_id('sepa_remittance', 'sequence_remittance')
        except KeyError:
            return None

    @classmethod
    def default_sepa_return_sequence(cls):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        try:
            return ModelData.get_id('sepa_remittance', 'sequence_return')
        except KeyError:
            return None

    @classmethod
    def default_sepa_notice(cls):
        return 'never'

    @classmethod
    def default_sepa_notice_days(cls):
        return 14
