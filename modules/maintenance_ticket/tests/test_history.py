# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The history of a machine, with its visits and tickets."""
import datetime as dt
import unittest

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import (
    create_company, create_employee, set_company)
from trytond.modules.maintenance_order.tests.test_module import (
    Acting, create_order, create_user, create_visits)
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


class HistoryTestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        activate_module('maintenance_ticket')
        super().setUpClass()

    @with_transaction()
    def test_history(self):
        "Test visits and tickets are told, and only to who may see them"
        pool = Pool()
        Downtime = pool.get('maintenance.downtime')
        Equipment = pool.get('maintenance.equipment')
        Task = pool.get('maintenance.order.task')
        Ticket = pool.get('maintenance.ticket')
        TicketEquipment = pool.get('maintenance.ticket-maintenance.equipment')
        Visit = pool.get('maintenance.visit')

        company = create_company()
        with set_company(company):
            ana, luis, eva = [
                create_employee(company, name=n)
                for n in ["Ana", "Luis", "Eva"]]
            mine, other, coming = orders = [
                create_order(f"Customer {i}") for i in range(3)]
            machine, twin = Equipment.create([{
                        'name': name,
                        'site': mine.site.id,
                        'installed_date': dt.date(2025, 1, 1),
                        } for name in ["Lift", "Twin"]])
            Task.write(
                [t for o in orders for t in o.tasks],
                {'equipment': machine.id})
            visits = [
                visit for order, employee in [(mine, ana), (other, luis)]
                for visit in create_visits(
                    [order], employee, state='in_progress',
                    work_done=f"Work of {employee.party.name}")]
            create_visits([coming], ana)
            tickets = Ticket.create([{
                        'subject': subject,
                        'party': mine.party.id,
                        'employee': employee.id,
                        'equipments': [('add', [machine.id, twin.id])],
                        } for subject, employee in [
                        ("Door", ana), ("Noise", luis)]])
            stopped = Downtime(
                equipment=machine, start=dt.datetime(2026, 3, 1),
                origin=tickets[0], reason="Door")
            stopped.save()
            technician = create_user('ana', 'group_technician', ana)
            dispatcher = create_user('eva', 'group_dispatcher', eva)

        def told(equipment):
            row, = Equipment.read(
                [equipment.id], ['history.detail', 'history.record'])
            return {
                (h['record'].split(',')[0].split('.')[-1], h['detail'])
                for h in row['history.']}

        placed = ('placement', "Customer 0")
        own = {
            placed, ('downtime', "Door"), ('ticket', "Door"),
            ('visit', "Work of Ana")}
        with Acting(technician):
            # He says which machine it was, on his own tickets only.
            Ticket.write([Ticket(tickets[0].id)], {
                    'equipments': [('remove', [machine.id])]})
            Ticket.write([Ticket(tickets[0].id)], {
                    'equipments': [('add', [machine.id])]})
            with self.assertRaises(AccessError):
                TicketEquipment.create([{
                            'ticket': tickets[1].id,
                            'equipment': machine.id}])
            with self.assertRaises(AccessError):
                Task.write(list(mine.tasks), {'origin': str(tickets[1])})
            self.assertEqual(told(machine), own)
            self.assertEqual(told(twin), {placed, ('ticket', "Door")})
        with Acting(dispatcher):
            self.assertEqual(
                told(machine),
                own | {('ticket', "Noise"), ('visit', "Work of Luis")})
            lines = Equipment(machine.id).history
            self.assertEqual(len({h.id for h in lines}), len(lines))
            self.assertLessEqual(
                {*visits, *tickets}, {h.record for h in lines})
        Visit.cancel(Visit.search([('state', '=', 'planned')]))
