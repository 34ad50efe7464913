# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval

from .exceptions import LineEquipmentDateError


class LineEquipment(ModelSQL, ModelView):
    __name__ = 'service.contract.line.equipment'

    line = fields.Many2One(
        'service.contract.line', "Line", required=True, ondelete='CASCADE',
        help="The line of the contract which covers the machines.")
    contract = fields.Function(fields.Many2One(
            'service.contract', "Contract",
            help="The contract which covers the machines."),
        'on_change_with_contract', searcher='search_contract')
    company = fields.Function(fields.Many2One(
            'company.company', "Company",
            help="The company of the contract."),
        'on_change_with_company', searcher='search_company')
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'required': ~Eval('site') & ~Eval('category'),
            },
        help="The machine which is covered. "
        "Leave empty for all machines of the site or category.")
    site = fields.Many2One(
        'maintenance.site', "Site", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states={
            'invisible': Bool(Eval('equipment')),
            },
        help="Covers every machine which hangs there or in a part of it.")
    category = fields.Many2One(
        'maintenance.equipment.category', "Category", ondelete='RESTRICT',
        states={
            'invisible': Bool(Eval('equipment')),
            },
        help="Covers only machines of this category or of one below it.")
    from_date = fields.Date(
        "From",
        help="The first day of the cover. "
        "Leave empty for the start of the line.")
    to_date = fields.Date(
        "To",
        help="The last day of the cover. "
        "Leave empty for the end of the line.")
    amendment = fields.Many2One(
        'service.contract.amendment', "Amendment", ondelete='RESTRICT',
        domain=[
            ('contract', '=', Eval('contract', -1)),
            ],
        help="Why the machine was added or taken out.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('line')
        cls._sql_indexes.update({
                Index(t, (t.line, Index.Equality())),
                Index(t, (t.equipment, Index.Equality())),
                Index(
                    t, (t.site, Index.Equality()), where=t.site != Null),
                })
        cls._order = [
            ('line', 'ASC'),
            ('from_date', 'ASC NULLS FIRST'),
            ('id', 'ASC'),
            ]

    @fields.depends('line', '_parent_line.contract')
    def on_change_with_contract(self, name=None):
        return self.line.contract if self.line else None

    @classmethod
    def search_contract(cls, name, clause):
        return [('line.' + clause[0], *clause[1:])]

    @fields.depends('line', '_parent_line.contract')
    def on_change_with_company(self, name=None):
        if self.line and self.line.contract:
            return self.line.contract.company

    @classmethod
    def search_company(cls, name, clause):
        return [('line.contract.' + clause[0], *clause[1:])]

    def get_rec_name(self, name):
        covered = self.equipment or self.site or self.category
        return f'{covered.rec_name} ({self.line.contract.rec_name})'

    @classmethod
    def search_rec_name(cls, name, clause):
        operator = clause[1]
        bool_op = (
            'AND' if operator.startswith('!') or operator.startswith('not')
            else 'OR')
        return [
            bool_op,
            ('equipment.rec_name', *clause[1:]),
            ('site.rec_name', *clause[1:]),
            ('category.rec_name', *clause[1:]),
            ]

    @classmethod
    def validate_fields(cls, records, field_names):
        super().validate_fields(records, field_names)
        cls.check_dates(records, field_names)

    @classmethod
    def check_dates(cls, records, field_names=None):
        if field_names and not (field_names & {'from_date', 'to_date'}):
            return
        for record in records:
            if (record.from_date and record.to_date
                    and record.to_date < record.from_date):
                raise LineEquipmentDateError(gettext(
                        'service_contract.msg_line_equipment_dates',
                        equipment=record.rec_name))

    @classmethod
    def on_modification(cls, mode, records, field_names=None):
        pool = Pool()
        Contract = pool.get('service.contract')
        super().on_modification(mode, records, field_names=field_names)
        if mode in {'create', 'write'}:
            running = {
                r.line.contract for r in records
                if r.equipment and r.line.contract.state == 'running'}
            Contract.check_overlaps(list(running))
