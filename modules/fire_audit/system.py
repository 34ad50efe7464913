# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import DeactivableMixin, Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction


class System(DeactivableMixin, ModelSQL, ModelView):
    """The equipment of one class at a site, as the papers speak of it"""
    __name__ = 'fire.system'

    name = fields.Char(
        "Name", required=True,
        help="What the system is called on the papers.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which attends the system.")
    site = fields.Many2One(
        'maintenance.site', "Site", required=True, ondelete='CASCADE',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Where the system is.")
    category = fields.Many2One(
        'maintenance.equipment.category', "Class", required=True,
        ondelete='RESTRICT',
        domain=[
            ('company', 'in', [Eval('company', -1), None]),
            ],
        help="What the system is made of.")
    commissioned_date = fields.Date(
        "Commissioned",
        help="When the system was put into service.")
    rule_date = fields.Date(
        "Rule Date",
        help="The day which decides under which design rules it stands.")
    notes = fields.Text(
        "Notes",
        help="What is particular about the system.")
    equipments = fields.Function(
        fields.Many2Many(
            'maintenance.equipment', None, None, "Equipment",
            help="What the system consists of today."),
        'get_equipments')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(
            Index(t, (t.site, Index.Range()), (t.category, Index.Range())))
        cls._order = [
            ('site', 'ASC'),
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @fields.depends('name', 'category')
    def on_change_category(self):
        if not self.name and self.category:
            self.name = self.category.name

    def get_equipments(self, name):
        return [e.id for e in self.find_equipments(self.site, self.category)]

    @classmethod
    def find_equipments(cls, site, category, date=None):
        "Return what of the category stood in service at the site"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        # What is retired since then still counts on a day before.
        with Transaction().set_context(
                Equipment.at(date) if date else {}):
            return Equipment.search([
                    ('company', '=', site.company.id),
                    ('state', 'in', [
                            'in_service', 'out_of_service', 'retired']),
                    ('site', 'child_of', [site.id], 'parent'),
                    ('category', 'child_of', [category.id], 'parent'),
                    ])
