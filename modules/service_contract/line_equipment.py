# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict

from sql import Null

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.tools import grouped_slice
from trytond.transaction import without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import LineEquipmentDateError
from .line_park import ParkMixin
from .refresh import RefreshMixin


class LineEquipment(ParkMixin, RefreshMixin, ModelSQL, ModelView):
    __name__ = 'service.contract.line.equipment'
    _refresh_fields = frozenset([
            'line', 'equipment', 'site', 'category', 'from_date', 'to_date'])

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
    coverage = fields.Function(fields.Many2One(
            'service.contract.coverage', "Coverage",
            help="Which work on the machines the contract pays."),
        'on_change_with_coverage', searcher='search_contract')
    contract_state = fields.Function(fields.Selection(
            'get_contract_states', "Contract State",
            help="The state of the contract."),
        'on_change_with_contract_state')
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

    @classmethod
    def covering(cls, date):
        "Return the domain of what is covered on the date"
        return [
            ['OR', ('from_date', '=', None), ('from_date', '<=', date)],
            ['OR', ('to_date', '=', None), ('to_date', '>=', date)],
            ['OR',
                ('line.start_date', '=', None),
                ('line.start_date', '<=', date),
                ],
            ['OR',
                ('line.end_date', '=', None),
                ('line.end_date', '>=', date),
                ],
            ('line.contract.start_date', '<=', date),
            ['OR',
                ('line.contract.end_date', '=', None),
                ('line.contract.end_date', '>=', date), [
                    # It is renewed unless somebody gives notice.
                    ('line.contract.tacit', '=', True),
                    ('line.contract.terminated_on', '=', None),
                    ]],
            ]

    @classmethod
    def overlaps(cls, contracts):
        """Return what is covered by the contracts and by running ones at once

        As pairs of the cover and the one of the other contract.
        """
        equipments = defaultdict(list)
        for sub_contracts in grouped_slice(contracts, 500):
            for covered in cls.search([
                        ('line.contract', 'in', [c.id for c in sub_contracts]),
                        ('line.coverage', '!=', None),
                        ('equipment', '!=', None),
                        ]):
                equipments[covered.equipment.id].append(covered)
        found = {}
        for sub_ids in grouped_slice(list(equipments), 500):
            for other in cls.search([
                        ('equipment', 'in', list(sub_ids)),
                        ('line.contract.state', '=', 'running'),
                        ('line.coverage', '!=', None),
                        ]):
                for covered in equipments[other.equipment.id]:
                    if (covered.line.contract != other.line.contract
                            and covered._meets(other)):
                        key = tuple(sorted([
                                    covered.line.id, other.line.id]))
                        found.setdefault(
                            (*key, other.equipment.id), (covered, other))
        return list(found.values())

    @classmethod
    @without_check_access
    def hand_over(cls, old, new, date):
        "From the date on the new machine is covered in place of the old one"
        pool = Pool()
        Contract = pool.get('service.contract')
        covers = cls.search([
                ('equipment', '=', old.id),
                ('line.contract.state', 'in', [
                        'draft', 'quotation', 'running']),
                ['OR', ('to_date', '=', None), ('to_date', '>=', date)],
                ])
        to_write = []
        for covered in covers:
            contract = covered.line.contract
            if (contract.state == 'running'
                    and contract.start_date <= date
                    and covered.days[0] < date):
                Contract.amend_equipment(
                    covered.line, date, add=[new], remove=[old],
                    description=gettext(
                        'service_contract.msg_amendment_swap',
                        old=old.rec_name, new=new.rec_name))
            else:
                to_write.append(covered)
        cls.write(to_write, {'equipment': new.id})

    @property
    def the_contract(self):
        return self.line.contract

    @property
    def days(self):
        "The first and the last day of the cover"
        line, contract = self.line, self.line.contract
        from_dates = [self.from_date, line.start_date, contract.start_date]
        to_dates = [self.to_date, line.end_date, contract.last_date]
        return (
            max((d for d in from_dates if d), default=dt.date.min),
            min((d for d in to_dates if d), default=dt.date.max))

    def _meets(self, other):
        from_date, to_date = self.days
        other_from, other_to = other.days
        return from_date <= other_to and other_from <= to_date

    @fields.depends('line', '_parent_line.contract')
    def on_change_with_contract(self, name=None):
        return self.line.contract if self.line else None

    @classmethod
    def search_contract(cls, name, clause):
        return [('line.' + clause[0], *clause[1:])]

    @fields.depends('line', '_parent_line.coverage')
    def on_change_with_coverage(self, name=None):
        return self.line.coverage if self.line else None

    @classmethod
    def get_contract_states(cls):
        pool = Pool()
        ContractLine = pool.get('service.contract.line')
        return ContractLine.get_contract_states()

    @fields.depends('line', '_parent_line.contract_state')
    def on_change_with_contract_state(self, name=None):
        return self.line.contract_state if self.line else None

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


class AddEquipment(Wizard):
    __name__ = 'service.contract.add_equipment'

    start = StateView(
        'service.contract.add_equipment.start',
        'service_contract.contract_add_equipment_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Add", 'add', 'tryton-ok', default=True),
            ])
    add = StateTransition()

    def default_start(self, fields):
        lines = [
            line for line in self.record.lines
            if line.coverage or line.quantity_source == 'equipment'
            ] or self.record.lines
        return {
            'contract': self.record.id,
            'company': self.record.company.id,
            'line': lines[0].id if len(lines) == 1 else None,
            'from_date': Pool().get('ir.date').today()
            if self.record.state == 'running' else None,
            }

    def transition_add(self):
        pool = Pool()
        Lang = pool.get('ir.lang')
        line, from_date = self.start.line, self.start.from_date
        last = min(filter(
                None, [line.end_date, self.record.last_date]), default=None)
        if from_date and last and from_date > last:
            raise LineEquipmentDateError(gettext(
                    'service_contract.msg_cover_after_end',
                    line=line.rec_name,
                    date=Lang.get().strftime(last)))
        self.start.line.add_equipment(
            self.start.equipments, from_date=self.start.from_date)
        return 'end'


class AddEquipmentStart(ModelView):
    __name__ = 'service.contract.add_equipment.start'

    contract = fields.Many2One(
        'service.contract', "Contract", readonly=True,
        help="The contract which will cover the machines.")
    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company of the contract.")
    line = fields.Many2One(
        'service.contract.line', "Line", required=True,
        domain=[
            ('contract', '=', Eval('contract', -1)),
            ],
        help="The line of the contract which will cover the machines.")
    equipments = fields.Many2Many(
        'maintenance.equipment', None, None, "Equipment", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ('state', 'not in', ['retired', 'cancelled']),
            ],
        help="The machines to add.")
    from_date = fields.Date(
        "From",
        help="The first day of the cover. "
        "Leave empty for the start of the line.")
