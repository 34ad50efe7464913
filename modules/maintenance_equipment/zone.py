# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import DeactivableMixin, ModelSQL, ModelView, Unique, fields
from trytond.transaction import Transaction


class Zone(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'maintenance.zone'

    name = fields.Char(
        "Name", required=True,
        help="What the zone is called, for example \"Coast north\".")
    code = fields.Char(
        "Code",
        help="A short name for lists and imports.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which drives there.")
    sites = fields.One2Many(
        'maintenance.site', 'zone', "Sites", readonly=True,
        help="The sites in the zone.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('name_unique', Unique(t, t.company, t.name),
                'maintenance_equipment.msg_zone_name_unique'),
            ]
        cls._order = [
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('name', operator, operand),
            ('code', operator, operand),
            ]
