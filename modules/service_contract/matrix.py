# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.transaction import Transaction
from trytond.wizard import Button, StateView, Wizard

from .case import answers, case_of, in_words


class CoverageMatrix(Wizard):
    __name__ = 'service.contract.coverage.matrix'
    start_state = 'matrix'

    matrix = StateView(
        'service.contract.coverage.matrix.view',
        'service_contract.coverage_matrix_view_form', [
            Button("Close", 'end', 'tryton-ok', default=True),
            ])

    def default_matrix(self, fields):
        pool = Pool()
        Date = pool.get('ir.date')
        View = pool.get('service.contract.coverage.matrix.view')
        equipment = self.record
        with Transaction().set_context(company=equipment.company.id):
            date = Date.today()
        return {
            'equipment': equipment.id,
            'date': date,
            'rows': View.get_rows(equipment, date),
            'conditions': equipment.contract_conditions,
            }


class CoverageMatrixView(ModelView):
    __name__ = 'service.contract.coverage.matrix.view'

    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", readonly=True,
        help="The machine which is asked about.")
    date = fields.Date(
        "Date", required=True,
        help="The day on which the work would be done.")
    rows = fields.One2Many(
        'service.contract.coverage.matrix.row', None, "What is Free",
        readonly=True,
        help="What the customer would get, by kind of task and of line.")
    conditions = fields.Text(
        "Conditions", readonly=True,
        help="What was agreed for the machine, in words.")

    @fields.depends('equipment', 'date', 'rows')
    def on_change_date(self):
        pool = Pool()
        Row = pool.get('service.contract.coverage.matrix.row')
        if self.equipment and self.date:
            self.rows = [
                Row(**values)
                for values in self.get_rows(self.equipment, self.date)]

    @classmethod
    def get_rows(cls, equipment, date):
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        selection = Task.fields_get(['kind'])['kind']['selection']
        if isinstance(selection, str):
            selection = getattr(Task, selection)()
        kinds = [(k, v) for k, v in selection if k]
        site = equipment.site
        case = case_of(
            0, equipment.company, site.party if site else equipment.customer,
            site, date, [equipment], [k for k, _ in kinds])
        shares = answers([case])
        rows = {}
        for line in case.lines:
            row = rows.setdefault(line.the_task.kind, {})
            row[line.kind] = in_words(shares[case.id, line.id])
        return [{'task_kind': name, **rows[kind]} for kind, name in kinds]


class CoverageMatrixRow(ModelView):
    __name__ = 'service.contract.coverage.matrix.row'

    task_kind = fields.Char(
        "Task", readonly=True,
        help="What would be done.")
    work = fields.Char(
        "Work", readonly=True,
        help="What the customer would get of the time of work.")
    travel = fields.Char(
        "Travel", readonly=True,
        help="What the customer would get of the time on the road.")
    call_out = fields.Char(
        "Call-Out", readonly=True,
        help="What the customer would get of the call-out.")
    distance = fields.Char(
        "Distance", readonly=True,
        help="What the customer would get of the kilometres.")
    material = fields.Char(
        "Material", readonly=True,
        help="What the customer would get of the material.")
    expense = fields.Char(
        "Expense", readonly=True,
        help="What the customer would get of the expenses.")
