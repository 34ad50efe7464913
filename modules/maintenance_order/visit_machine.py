# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a visit does to the machines: readings, new components, checks."""
from decimal import Decimal

from trytond.model import fields
from trytond.modules.maintenance_equipment.exceptions import ReadingChainError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If
from trytond.transaction import Transaction, without_check_access

from .visit_signing import REPORTED


class Task(metaclass=PoolMeta):
    __name__ = 'maintenance.order.task'

    checklist = fields.Many2One(
        'checklist.template', "Checklist", ondelete='RESTRICT',
        domain=[
            ('company', 'in', [Eval('company', -1), None]),
            ],
        states={
            'readonly': Eval('state') != 'open',
            },
        help="What is to be checked. "
        "It is there to be filled in when the team arrives.")


class Reading(metaclass=PoolMeta):
    __name__ = 'maintenance.meter.reading'

    @classmethod
    def _get_origins(cls):
        return [*super()._get_origins(), 'maintenance.visit']


class Checklist(metaclass=PoolMeta):
    __name__ = 'checklist.checklist'

    @classmethod
    def _get_subject(cls):
        return [*super()._get_subject(), 'maintenance.visit']


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    machines = fields.Function(
        fields.Many2Many(
            'maintenance.equipment', None, None, "Machines",
            help="The machines of the tasks, with their components."),
        'on_change_with_machines')
    readings = fields.One2Many(
        'maintenance.meter.reading', 'origin', "Meter Readings",
        states=REPORTED,
        domain=[
            If(Eval('state').in_(['planned', 'in_progress', 'done']),
                ('meter.equipment', 'in', Eval('machines', [])),
                ()),
            ],
        help="What the meters of the machines showed.\n"
        "They count when the visit is posted; what can not be stays a draft "
        "for the office.")
    checklists = fields.One2Many(
        'checklist.checklist', 'subject', "Checklists", states=REPORTED,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="What was checked.")

    @fields.depends('tasks')
    def on_change_with_machines(self, name=None):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        machines = [t.equipment.id for t in self.tasks or [] if t.equipment]
        if not machines:
            return []
        return [e.id for e in Equipment.search([
                    ('parent', 'child_of', machines, 'parent'),
                    ])]

    @classmethod
    def copy(cls, visits, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('readings')
        default.setdefault('checklists')
        return super().copy(visits, default=default)

    @classmethod
    def arrive(cls, visits):
        super().arrive(visits)
        for visit in cls.browse(visits):
            if visit.state == 'in_progress' and not visit.checklists:
                visit._start_checklists()

    @without_check_access
    def _start_checklists(self):
        "Lay out what is to be checked: a list for each template"
        pool = Pool()
        Checklist = pool.get('checklist.checklist')
        by_version = {}
        for task in self.tasks:
            version = task.checklist and task.checklist.current_version
            if version:
                machines = by_version.setdefault(version, [])
                if task.equipment and task.equipment not in machines:
                    machines.append(task.equipment)
        for version, machines in by_version.items():
            Checklist.start(
                version, subject=self, equipments=machines, date=self.date)

    @classmethod
    def _post(cls, visits):
        super()._post(visits)
        visits = cls.browse(visits)
        cls._count_readings([
                r for v in visits for r in v.readings if r.state == 'draft'])
        for visit in visits:
            for line in visit.lines:
                if line.component and not line.new_component:
                    line._replace_component()

    @classmethod
    def _count_readings(cls, readings):
        "Let count what can be, the office looks at the rest"
        pool = Pool()
        Reading = pool.get('maintenance.meter.reading')
        readings = sorted(readings, key=lambda r: (r.when, r.id))
        good = []
        for sub_readings in [[readings], [[r] for r in readings]]:
            good = []
            for group in sub_readings:
                try:
                    Reading.check_chains([*good, *group])
                except ReadingChainError:
                    continue
                good.extend(group)
            if len(good) == len(readings):
                break
        # Who posts is not who read: the report shows what is unusual.
        with Transaction().set_context(_skip_warnings=True):
            Reading.confirm(good)


class VisitLine(metaclass=PoolMeta):
    __name__ = 'maintenance.visit.line'

    _component_states = {
        'readonly': Bool(Eval('locked')),
        'invisible': (Eval('kind') != 'material') | ~Eval('product'),
        }
    component = fields.Many2One(
        'maintenance.equipment', "Replaces", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            If(Bool(Eval('locked')),
                (),
                ('kind', 'in', ['component', 'accessory'])),
            ],
        states=_component_states,
        help="The component whose place the part takes.")
    component_fate = fields.Selection([
            (None, ""),
            ('left', "Left with the Customer"),
            ('scrapped', "Scrapped"),
            ('recovered', "Taken Along"),
            ], "Old Part", sort=False,
        states={
            'readonly': Bool(Eval('locked')),
            'invisible': ~Eval('component'),
            'required': Bool(Eval('component')),
            },
        help="What becomes of the component. "
        "What is taken along comes into the van.")
    component_fate_string = component_fate.translated('component_fate')
    new_component = fields.Many2One(
        'maintenance.equipment', "New Component", readonly=True,
        ondelete='SET NULL',
        states={
            'invisible': ~Eval('new_component'),
            },
        help="The component as it is known since the visit was posted.")

    @fields.depends('component', 'component_fate')
    def on_change_component(self):
        if self.component and not self.component_fate:
            self.component_fate = 'scrapped'
        elif not self.component:
            self.component_fate = None

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('new_component')
        return super().copy(lines, default=default)

    def _replace_component(self):
        "Put the new component into the chain of the machine"
        pool = Pool()
        Move = pool.get('stock.move')
        old = self.component
        if old.state in {'retired', 'cancelled'}:
            # By the report which this one corrects, or by hand.
            self.new_component = old.replaced_by
            self.save()
            return
        new = old.copy_for_swap(serial=self.lot.number if self.lot else None)
        new.product = self.product
        new.lot = self.lot
        new.installed_date = self.visit.date
        new.save()
        if old.site:
            old.swap(
                new, self.visit.date, reason=self.visit.number)
        else:
            # Nobody had said where it was: it was here.
            new.parent = old.parent
            new.save()
            new.move([new], self.visit.site, date=self.visit.date)
            new.put_in_service([new])
            old.cancel([old])
        self.new_component = new
        self.save()
        if (self.component_fate == 'recovered' and old.product
                and old.product.type == 'goods' and self.from_location):
            Move.book([self._recovery_values()])

    def _recovery_values(self):
        "Return the move which brings the old part into the van"
        old = self.component
        return {
            **self._move_values(),
            'product': old.product.id,
            'unit': old.product.default_uom.id,
            'quantity': 1,
            'lot': old.lot.id if old.lot else None,
            'from_location': self.visit.party.customer_location.id,
            'to_location': self.from_location.id,
            'unit_price': Decimal(0),
            }
