# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, fields
from trytond.pyson import Eval


class RemittanceFault(ModelSQL, ModelView):
    "What keeps the file of a remittance from being made"
    __name__ = 'sepa.remittance.fault'
    _rec_name = 'code'

    remittance = fields.Many2One(
        'sepa.remittance', "Remittance", required=True, ondelete='CASCADE',
        help="The remittance that can not be made.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company of the remittance.")
    debit = fields.Many2One(
        'sepa.remittance.debit', "Debit", ondelete='CASCADE',
        help="The debit that has to be mended or removed.")
    party = fields.Function(
        fields.Many2One(
            'party.party', "Party",
            context={
                'company': Eval('company', -1),
                },
            depends={'company'},
            help="The party whose data is not right."),
        'on_change_with_party')
    code = fields.Char(
        "Code", required=True,
        help="The name of the rule.")
    label = fields.Char(
        "Record",
        help="What the fault is about.")
    field = fields.Char(
        "Field",
        help="The part of the record that is not right.")
    value = fields.Char(
        "Value",
        help="What was found.")
    text = fields.Function(
        fields.Char(
            "Fault",
            help="What is wrong and how it is mended."),
        'get_text')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('id', 'ASC')]
        cls.__access__.add('remittance')

    @fields.depends('debit', '_parent_debit.party')
    def on_change_with_party(self, name=None):
        return self.debit.party if self.debit else None

    def get_text(self, name):
        return gettext(
            f'sepa_remittance.msg_fault_{self.code}',
            record=self.label or self.remittance.rec_name,
            value=self.value or '', field=self.field or '')

    def get_rec_name(self, name):
        return self.text

    @classmethod
    def from_engine(cls, remittance, faults):
        to_create = []
        for fault in faults:
            _, _, id_ = fault.record.partition(',')
            to_create.append({
                    'remittance': remittance.id,
                    'company': remittance.company.id,
                    'debit': int(id_) if id_ else None,
                    'code': fault.code,
                    'label': fault.label,
                    'field': fault.field,
                    'value': fault.value,
                    })
        return cls.create(to_create)
