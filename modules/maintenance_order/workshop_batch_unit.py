# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The units of a batch, each with its result."""
from trytond.i18n import gettext
from trytond.model import Index, ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, If
from trytond.transaction import without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .exceptions import WorkshopBatchError


class WorkshopUnit(metaclass=PoolMeta):
    __name__ = 'maintenance.workshop.unit'

    _result_states = {
        'readonly': (
            (Eval('state') != 'received')
            | ~Eval('batch_state').in_(['draft', 'collected'])),
        'invisible': ~Eval('batch'),
        }

    batch = fields.Many2One(
        'maintenance.workshop.batch', "Batch", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('batch'),
            },
        help="The units which are tested together.")
    batch_state = fields.Function(
        fields.Selection(
            'get_batch_states', "State of the Batch",
            help="How far the batch has come."),
        'on_change_with_batch_state')
    result = fields.Selection([
            (None, ""),
            ('passed', "Passed"),
            ('failed', "Failed"),
            ('scrapped', "Scrapped"),
            ], "Result", sort=False, states=_result_states,
        help="Passed goes back, failed waits to be repaired, "
        "scrapped is retired.")
    result_string = result.translated('result')
    result_reason = fields.Char(
        "Reason",
        states={
            **_result_states,
            'required': (
                Eval('result').in_(['failed', 'scrapped'])
                & ~Bool(Eval('batch_state') == 'draft')),
            },
        help="Why it did not pass, as the customer reads it.")
    charged = fields.Boolean(
        "Charged", states=_result_states,
        help="Uncheck to test it for nothing.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.add(Index(t, (t.batch, Index.Range())))

    @classmethod
    def default_charged(cls):
        return True

    @classmethod
    def get_batch_states(cls):
        pool = Pool()
        Batch = pool.get('maintenance.workshop.batch')
        return [
            (None, ""),
            *Batch.fields_get(['state'])['state']['selection']]

    @fields.depends('batch', '_parent_batch.state')
    def on_change_with_batch_state(self, name=None):
        return self.batch.state if self.batch else None

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree/field[@name="result"]', 'visual',
                If(Eval('result') == 'scrapped', 'danger',
                    If(Eval('result') == 'failed', 'warning', ''))),
            ]

    @classmethod
    def on_modification(cls, mode, units, field_names=None):
        pool = Pool()
        Batch = pool.get('maintenance.workshop.batch')
        super().on_modification(mode, units, field_names=field_names)
        if mode == 'write' and 'state' in field_names:
            batches = {u.batch.id for u in units if u.batch}
            if batches:
                Batch.update_state(list(batches))

    @property
    def result_text(self):
        "The result in words"
        text = f'{self.what}: {self.result_string}'
        if self.result_reason:
            text += f' ({self.result_reason})'
        return text

    @classmethod
    def copy(cls, units, default=None):
        default = default.copy() if default is not None else {}
        for name in ['batch', 'result', 'result_reason']:
            default.setdefault(name)
        return super().copy(units, default=default)

    @classmethod
    @without_check_access
    def repair_failed(cls, units):
        """Keep what failed here until somebody answers the estimate

        It gets an order of its own: the price agreed for the repair is not
        that of the test.
        """
        pool = Pool()
        Order = pool.get('maintenance.order')
        orders = Order.create([{
                    'company': unit.company.id,
                    'kind': 'workshop',
                    'party': unit.order.party.id,
                    'invoice_party': (
                        unit.order.invoice_party.id
                        if unit.order.invoice_party else None),
                    'site': unit.order.site.id,
                    'date': unit.batch.tested_on,
                    'description': gettext(
                        'maintenance_order.msg_workshop_batch_repair',
                        batch=unit.batch.number),
                    'tasks': [('create', [{
                                    'kind': 'repair',
                                    'equipment': unit.equipment.id,
                                    'description': unit.result_reason,
                                    }])],
                    } for unit in units])
        for unit, order in zip(units, orders):
            unit.order = order
        cls.save(units)


class AddUnits(Wizard):
    "Add the machines of several customers to a batch"
    __name__ = 'maintenance.workshop.batch.add'

    start = StateView(
        'maintenance.workshop.batch.add.start',
        'maintenance_order.workshop_batch_add_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Add", 'add', 'tryton-ok', default=True),
            ])
    add = StateTransition()

    def default_start(self, fields):
        return {'company': self.record.company.id}

    def transition_add(self):
        if self.record.state != 'draft':
            raise WorkshopBatchError(gettext(
                    'maintenance_order.msg_workshop_batch_closed',
                    batch=self.record.rec_name))
        self.record.take_in(self.start.equipments, self.start.loans)
        return 'end'

    def end(self):
        return 'reload'


class AddUnitsStart(ModelView):
    __name__ = 'maintenance.workshop.batch.add.start'

    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company which tests the units.")
    equipments = fields.Many2Many(
        'maintenance.equipment', None, None, "Units", required=True,
        domain=[
            ('company', '=', Eval('company', -1)),
            ('state', 'in', ['in_service', 'out_of_service']),
            ('placement_role', '=', 'own'),
            ],
        help="What is taken along, of whichever customers.")
    loans = fields.Many2Many(
        'maintenance.equipment', None, None, "Loan Units",
        domain=[
            ('company', '=', Eval('company', -1)),
            ('id', 'not in', Eval('equipments', [])),
            ('state', 'in', ['in_service', 'out_of_service', 'draft']),
            ],
        help="Our units to be left there meanwhile: each takes the place of a "
        "unit of its category.")
