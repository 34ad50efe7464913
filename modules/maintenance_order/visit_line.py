# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields, sequence_ordered
from trytond.modules.product import price_digits, round_price
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, If, TimeDelta
from trytond.transaction import Transaction

from .exceptions import VisitLineDurationError, VisitPostedError
from .visit_posting import TIME_KINDS, PostingLineMixin

KINDS = [
    ('work', "Work"),
    ('travel', "Travel"),
    ('wait', "Wait"),
    ('remote', "Remote"),
    ('material', "Material"),
    ('call_out', "Call-Out"),
    ('distance', "Distance"),
    ('expense', "Expense"),
    ('fixed', "Fixed"),
    ]


class VisitLine(
        PostingLineMixin, sequence_ordered(), ModelSQL, ModelView):
    """What was done or used on a visit: one table for all kinds

    Time has a duration per person; its quantity is the time of all persons in
    the unit of the product.  Material without product is free text, which the
    office may turn into a product later.
    """
    __name__ = 'maintenance.visit.line'

    _states = {
        'readonly': Bool(Eval('locked')),
        }
    _time_states = {
        'readonly': Bool(Eval('locked')),
        'invisible': ~Eval('kind').in_(TIME_KINDS),
        }

    visit = fields.Many2One(
        'maintenance.visit', "Visit", required=True, ondelete='CASCADE',
        states={
            'readonly': Eval('id', -1) >= 0,
            },
        help="The visit the line belongs to.")
    company = fields.Many2One(
        'company.company', "Company", required=True, readonly=True,
        help="The company which makes the visit.")
    locked = fields.Function(
        fields.Boolean(
            "Locked",
            help="The report is signed or posted and can not change."),
        'on_change_with_locked')
    task = fields.Many2One(
        'maintenance.order.task', "Task", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ('visits', '=', Eval('visit', -1)),
            ],
        states=_states,
        help="The task the line is for, which tells who may pay it.\n"
        "Not needed when the visit has one task only.")
    kind = fields.Selection(
        KINDS, "Kind", required=True, sort=False, states=_states,
        help="What the line is.")
    kind_string = kind.translated('kind')
    product = fields.Many2One(
        'product.product', "Product", ondelete='RESTRICT', states=_states,
        domain=[
            If(Eval('kind') == 'material',
                ('type', 'in', ['goods', 'assets']),
                ('type', '=', 'service')),
            ],
        context={
            'company': Eval('company', -1),
            },
        search_context={
            'locations': If(Bool(Eval('from_location')),
                [Eval('from_location', -1)], []),
            },
        depends={'company'},
        help="What is charged. Leave empty to describe it in words.")
    description = fields.Char(
        "Description",
        states={
            'readonly': Bool(Eval('locked')),
            'required': ~Eval('product'),
            },
        help="What it is in words, as the customer reads it.")
    employees = fields.Many2Many(
        'maintenance.visit.line-company.employee', 'line', 'employee',
        "People", states=_time_states,
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="Who spent the time. Leave empty for the whole team.")
    start = fields.Time(
        "Start", '%H:%M', states=_time_states,
        help="When it began.")
    end = fields.Time(
        "End", '%H:%M', states=_time_states,
        help="When it ended. Before the start means on the next day.")
    pause = fields.TimeDelta(
        "Pause", states=_time_states,
        domain=['OR',
            ('pause', '=', None),
            ('pause', '>=', TimeDelta()),
            ],
        help="The time between start and end which does not count.")
    duration = fields.TimeDelta(
        "Duration",
        states={
            'readonly': Bool(Eval('locked')) | (
                Bool(Eval('start')) & Bool(Eval('end'))),
            'invisible': ~Eval('kind').in_(TIME_KINDS),
            'required': Eval('kind').in_(TIME_KINDS),
            },
        help="The time of each person. "
        "Type it if nobody noted start and end.")
    unit_category = fields.Function(
        fields.Many2One(
            'product.uom.category', "Unit Category",
            help="The category of the unit of the product."),
        'on_change_with_unit_category')
    unit = fields.Many2One(
        'product.uom', "Unit", ondelete='RESTRICT', states={
            'readonly': (
                Bool(Eval('locked')) | Eval('kind').in_(TIME_KINDS)),
            'required': Bool(Eval('product')),
            },
        domain=[
            If(Bool(Eval('unit_category')),
                ('category', '=', Eval('unit_category', -1)),
                ()),
            ],
        help="The unit of the quantity.")
    quantity = fields.Float(
        "Quantity", digits='unit', required=True,
        states={
            'readonly': (
                Bool(Eval('locked')) | Eval('kind').in_(TIME_KINDS)),
            },
        help="How much. For time it is that of all the people together.")
    from_location = fields.Many2One(
        'stock.location', "From", ondelete='RESTRICT',
        domain=[
            ('type', '=', 'storage'),
            ],
        states={
            'readonly': Bool(Eval('locked')),
            'invisible': Eval('kind') != 'material',
            },
        help="Where the material was taken. It is the van of the visit "
        "unless you say otherwise.")
    lot = fields.Many2One(
        'stock.lot', "Lot", ondelete='RESTRICT',
        domain=[
            ('product', '=', Eval('product', -1)),
            ],
        states={
            'readonly': Bool(Eval('locked')),
            'invisible': (Eval('kind') != 'material') | ~Eval('product'),
            },
        search_context={
            'locations': If(Bool(Eval('from_location')),
                [Eval('from_location', -1)], []),
            },
        help="The lot or serial number fitted.")
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="The machine it was for, if other than that of the task.")
    list_price = fields.Numeric(
        "List Price", digits=price_digits, states=_states,
        help="The price of one unit before anybody's coverage.\n"
        "Leave empty to take the one of the product.")
    discount = fields.Numeric(
        "Discount", digits=(5, 4), states=_states,
        domain=['OR',
            ('discount', '=', None),
            [('discount', '>=', 0), ('discount', '<=', 1)],
            ],
        help="The part of the list price which nobody pays.")
    cost = fields.Numeric(
        "Cost", digits=price_digits, states={
            'readonly': Bool(Eval('locked')),
            'invisible': ~Eval('kind').in_(['material', 'expense']),
            },
        help="What it cost us, if bought on the way.")
    paid_by = fields.Selection([
            (None, ""),
            ('company', "Company"),
            ('employee', "Employee"),
            ], "Paid by", sort=False,
        states={
            'readonly': Bool(Eval('locked')),
            'invisible': ~Eval('kind').in_(['material', 'expense']),
            },
        help="Who laid out the money, if bought on the way.")
    receipt = fields.Binary(
        "Receipt", filename='receipt_name', file_id='receipt_file_id',
        store_prefix='maintenance_receipt',
        states={
            'readonly': Bool(Eval('locked')),
            'invisible': ~Eval('kind').in_(['material', 'expense']),
            },
        help="A picture of the receipt.")
    receipt_name = fields.Char(
        "Receipt Name",
        help="The name of the file of the receipt.")
    receipt_file_id = fields.Char(
        "Receipt File", readonly=True,
        help="Where the receipt is kept when files are not in the database.")
    shares = fields.One2Many(
        'maintenance.visit.share', 'line', "Shares", readonly=True,
        help="Who pays the line, and why.")
    moves = fields.One2Many(
        'stock.move', 'origin', "Stock Moves", readonly=True,
        help="How the material left the van.")
    timesheet_lines = fields.One2Many(
        'timesheet.line', 'visit_line', "Timesheet Lines", readonly=True,
        help="The time counted for each person.")
    uuid = fields.Char(
        "UUID", readonly=True, strip=False,
        help="The identifier made on the device of the technician.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('visit')
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.visit, Index.Range())),
                Index(t, (t.task, Index.Range())),
                Index(t, (t.equipment, Index.Range())),
                Index(t, (t.product, Index.Range())),
                })
        cls._buttons.update({
                'change_payer': {
                    'icon': 'maintenance_order-payer',
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_quantity(cls):
        return 1

    @fields.depends('visit', '_parent_visit.state', '_parent_visit.signed_at')
    def on_change_with_locked(self, name=None):
        return bool(
            self.visit and (
                self.visit.signed_at
                or self.visit.state in {'posted', 'failed', 'cancelled'}))

    @fields.depends(
        'kind', 'product', 'unit', 'company', 'visit', 'from_location',
        '_parent_visit.vehicle', '_parent_visit.company',
        '_parent_visit.distance', 'quantity', methods=['on_change_product'])
    def on_change_kind(self):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        company = self.company or (self.visit.company if self.visit else None)
        names = {
            'work': 'labour_product',
            'remote': 'labour_product',
            'wait': 'labour_product',
            'travel': 'travel_product',
            'call_out': 'call_out_product',
            'distance': 'distance_product',
            }
        self.product = None
        if self.kind in names and company:
            self.product = Configuration(1).get_multivalue(
                names[self.kind], company=company.id)
        self.on_change_product()
        if self.kind == 'distance' and self.visit and self.visit.distance:
            self.quantity = self.visit.distance
        self.from_location = None
        if self.kind == 'material' and self.visit and self.visit.vehicle:
            self.from_location = self.visit.vehicle

    @fields.depends('product', 'unit', 'lot')
    def on_change_product(self):
        if self.product:
            if (not self.unit
                    or self.unit.category
                    != self.product.default_uom.category):
                self.unit = self.product.default_uom
        if self.lot and self.lot.product != self.product:
            self.lot = None

    @fields.depends('product')
    def on_change_with_unit_category(self, name=None):
        return self.product.default_uom.category if self.product else None

    @fields.depends('start', 'end', 'pause', 'duration')
    def on_change_with_duration(self):
        if self.start and self.end:
            return _span(self.start, self.end, self.pause)
        return self.duration

    @fields.depends(
        'kind', 'duration', 'employees', 'unit', 'quantity', 'visit',
        '_parent_visit.employees', '_parent_visit.leader',
        methods=['on_change_with_duration'])
    def on_change_with_quantity(self):
        if self.kind not in TIME_KINDS:
            return self.quantity
        duration = self.on_change_with_duration()
        if duration is None:
            return self.quantity
        hours = duration.total_seconds() / 3600
        return self._from_hours(hours * (len(self.people) or 1))

    def _from_hours(self, hours):
        pool = Pool()
        Uom = pool.get('product.uom')
        ModelData = pool.get('ir.model.data')
        hour = Uom(ModelData.get_id('product', 'uom_hour'))
        if self.unit and self.unit.category == hour.category:
            return Uom.compute_qty(hour, hours, self.unit, round=True)
        return round(hours, 2)

    @property
    def people(self):
        "Who spent the time of the line"
        if self.employees:
            return list(self.employees)
        if not self.visit:
            return []
        return list(self.visit.employees or []) or (
            [self.visit.leader] if self.visit.leader else [])

    @property
    def the_task(self):
        "The task of the line, or the first one of the visit"
        return self.task or (self.visit.tasks[0] if self.visit.tasks else None)

    @property
    def the_equipment(self):
        task = self.the_task
        return self.equipment or (task.equipment if task else None)

    def get_rec_name(self, name):
        what = self.product.rec_name if self.product else (
            self.description or self.kind_string)
        return f'{what} @ {self.visit.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        bool_op = 'AND' if operator.startswith(('!', 'not ')) else 'OR'
        return [bool_op,
            ('visit.rec_name', operator, operand),
            ('product.rec_name', operator, operand),
            ('description', operator, operand),
            ]

    @classmethod
    def preprocess_values(cls, mode, values):
        pool = Pool()
        Visit = pool.get('maintenance.visit')
        values = super().preprocess_values(mode, values)
        if mode == 'create' and values.get('visit'):
            visit = Visit(values['visit'])
            values['company'] = visit.company.id
            if (values.get('kind') == 'material'
                    and not values.get('from_location') and visit.vehicle):
                values['from_location'] = visit.vehicle.id
            if (values.get('start') and values.get('end')
                    and values.get('kind') in TIME_KINDS):
                values['duration'] = _span(
                    values['start'], values['end'], values.get('pause'))
        return values

    def compute_fields(self, field_names=None):
        values = super().compute_fields(field_names=field_names)
        if getattr(self, 'kind', None) not in TIME_KINDS:
            return values
        if (field_names is None
                or field_names & {
                    'kind', 'start', 'end', 'pause', 'duration', 'employees',
                    'unit', 'quantity'}):
            for name in ['start', 'end', 'pause', 'duration', 'unit']:
                if not hasattr(self, name):
                    setattr(self, name, None)
            duration = self.on_change_with_duration()
            if duration != self.duration:
                values['duration'] = duration
            quantity = self.on_change_with_quantity()
            if getattr(self, 'quantity', None) != quantity:
                values['quantity'] = quantity
        return values

    @classmethod
    def validate_fields(cls, lines, field_names):
        super().validate_fields(lines, field_names)
        cls.check_duration(lines, field_names)

    @classmethod
    def check_duration(cls, lines, field_names=None):
        if field_names and not (
                field_names & {'start', 'end', 'pause', 'duration'}):
            return
        for line in lines:
            if line.duration is not None and line.duration < dt.timedelta():
                raise VisitLineDurationError(gettext(
                        'maintenance_order.msg_line_duration',
                        line=line.rec_name))

    @classmethod
    def check_modification(cls, mode, lines, values=None, external=False):
        super().check_modification(
            mode, lines, values=values, external=external)
        if mode in {'create', 'delete'} or (
                mode == 'write' and external):
            for line in lines:
                if line.locked:
                    raise VisitPostedError(gettext(
                            'maintenance_order.msg_line_locked',
                            line=line.rec_name,
                            visit=line.visit.rec_name))

    @classmethod
    def copy(cls, lines, default=None):
        default = default.copy() if default is not None else {}
        for name in ['shares', 'moves', 'timesheet_lines', 'uuid']:
            default.setdefault(name)
        return super().copy(lines, default=default)

    @classmethod
    @ModelView.button_action('maintenance_order.wizard_line_change_payer')
    def change_payer(cls, lines):
        pass

    @classmethod
    def update_quantity(cls, lines):
        "Set the quantity of time anew, after the team changed"
        to_write = []
        for line in lines:
            quantity = line.on_change_with_quantity()
            if quantity != line.quantity:
                to_write.extend([[line], {'quantity': quantity}])
        if to_write:
            cls.write(*to_write)

    def get_list_price(self):
        "Return the price of one unit of the line before anybody's coverage"
        pool = Pool()
        Uom = pool.get('product.uom')
        if self.list_price is not None:
            return self.list_price
        if not self.product:
            return None
        price = self.product.list_price_used
        if price is None:
            return None
        return round_price(Uom.compute_price(
                self.product.default_uom, Decimal(price),
                self.unit or self.product.default_uom))


def _span(start, end, pause=None):
    "Return the time from start to end, which may be on the next day"
    day = dt.date(2000, 1, 1)
    start, end = [dt.datetime.combine(day, time) for time in [start, end]]
    if end < start:
        end += dt.timedelta(days=1)
    return end - start - (pause or dt.timedelta())


class VisitLine_Employee(ModelSQL):
    __name__ = 'maintenance.visit.line-company.employee'

    line = fields.Many2One(
        'maintenance.visit.line', "Line", required=True, ondelete='CASCADE',
        help="The line of the visit.")
    employee = fields.Many2One(
        'company.employee', "Employee", required=True, ondelete='RESTRICT',
        help="Who spent the time.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('line')
