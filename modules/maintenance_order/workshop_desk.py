# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The desk of the workshop: units without an order, and their work."""
from trytond.i18n import gettext
from trytond.model import ModelView
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction
from trytond.wizard import StateAction, Wizard

from .exceptions import WorkshopError
from .workshop import HERE, state_button


class WorkshopUnit(metaclass=PoolMeta):
    __name__ = 'maintenance.workshop.unit'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'print_receipt': state_button(HERE, 'tryton-print'),
                'report_work': state_button(
                    HERE, 'maintenance_order-visit'),
                })

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Order = pool.get('maintenance.order')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and not values.get('order'):
            company = values.get('company') or cls.default_company()
            if company:
                order, = Order.create([cls._order_values(company, values)])
                values['order'] = order.id
        return values

    @classmethod
    def _order_values(cls, company, values):
        "Return the order of a unit which came to the counter without one"
        unit = cls(**{
                name: values.get(name)
                for name in [
                    'order', 'party', 'home', 'equipment', 'description',
                    'condition', 'received_on']})
        home = unit._get_home() or unit.home
        party = unit.party or (home.party if home else None)
        site = home or cls._get_workshop(company)
        what = unit.what or ''
        if not party:
            raise WorkshopError(gettext(
                    'maintenance_order.msg_workshop_party', unit=what))
        if not site:
            raise WorkshopError(gettext(
                    'maintenance_order.msg_workshop_home',
                    unit=what, party=party.rec_name))
        complaint, *_ = (unit.condition or '').strip().splitlines() or ['']
        return {
            'company': company,
            'kind': 'workshop',
            'party': party.id,
            'site': site.id,
            'date': unit.received_on or cls.default_received_on(),
            'description': complaint or unit.description,
            'tasks': [('create', [{
                            'kind': 'repair',
                            'equipment': (
                                unit.equipment.id if unit.equipment
                                else None),
                            'description': complaint or unit.description,
                            }])],
            }

    @classmethod
    @ModelView.button_action('maintenance_order.report_workshop_receipt')
    def print_receipt(cls, units):
        pass

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_workshop_report_work')
    def report_work(cls, units):
        pass

    def get_visit(self):
        "Return the visit on which the work is being reported, or start one"
        pool = Pool()
        Employee = pool.get('company.employee')
        Visit = pool.get('maintenance.visit')
        under_way = [
            v for v in self.order.visits if v.state == 'in_progress']
        if under_way:
            return under_way[-1]
        tasks = [
            t for t in self.order.tasks
            if t.state == 'open' and t.equipment == self.equipment]
        if not tasks:
            raise WorkshopError(gettext(
                    'maintenance_order.msg_workshop_task',
                    unit=self.rec_name,
                    order=self.order.rec_name))
        employee = Transaction().context.get('employee')
        employee = Employee(employee) if employee else self.received_by
        visit = Visit(
            company=self.company, site=self.order.site,
            party=self.order.party, leader=employee,
            employees=[employee] if employee else [], tasks=tasks,
            signature_kind='none',
            unsigned_reason=gettext(
                'maintenance_order.msg_workshop_unsigned'))
        visit.save()
        Visit.arrive([visit])
        return visit


class ReportWork(Wizard):
    "Open the report of what is done to the unit"
    __name__ = 'maintenance.workshop.unit.report_work'

    start = StateAction('maintenance_order.act_visit_form')

    def do_start(self, action):
        visit = self.record.get_visit()
        action['views'].sort(key=lambda view: view[1] != 'form')
        return action, {'res_id': [visit.id]}
