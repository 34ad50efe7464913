# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The label of a machine, whose code leads to its record."""
from collections import defaultdict
from types import SimpleNamespace

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.modules.report_html.declaration import Block
from trytond.modules.report_html.report import HTMLReport, write_pdf
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval, PYSONEncoder
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import Button, StateAction, StateReport, StateView, Wizard

from . import label_code, label_drawing, label_sheet
from .exceptions import LabelAddressError, LabelNoneError, LabelUnknownError

CHUNK = 500
FORMATS = [
    ('roll_62x29', "Roll, 62 × 29 mm"),
    ('a4_70x37', "A4 with 24, 70 × 37 mm"),
    ('a4_99x38', "A4 with 14, 99 × 38 mm"),
    ('a4_38x21', "A4 with 65, 38 × 21 mm"),
    ]

_label_address = fields.Char(
    "Address of Labels",
    help="What stands before the code in the QR code of a label, for example "
    "https://service.example.com/m. Leave empty to print the code alone.")
_label_format = fields.Selection(
    FORMATS, "Format of Labels", required=True, sort=False,
    help="The labels on which codes are usually printed.")
SETTINGS = {'label_address', 'label_format'}


class Configuration(metaclass=PoolMeta):
    __name__ = 'maintenance.configuration'

    label_address = fields.MultiValue(_label_address)
    label_format = fields.MultiValue(_label_format)

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field in SETTINGS:
            return pool.get('maintenance.configuration.label')
        return super().multivalue_model(field)

    @classmethod
    def default_label_format(cls, **pattern):
        return cls.multivalue_model('label_format').default_label_format()


class ConfigurationLabel(ModelSQL, CompanyValueMixin):
    __name__ = 'maintenance.configuration.label'

    label_address = _label_address
    label_format = _label_format

    @classmethod
    def default_label_format(cls):
        return 'roll_62x29'

    @classmethod
    def validate_fields(cls, values, field_names):
        super().validate_fields(values, field_names)
        for value in values:
            if value.label_address and not label_code.is_address(
                    value.label_address):
                raise LabelAddressError(gettext(
                        'maintenance_equipment.msg_label_address',
                        address=value.label_address))


class Equipment(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment'

    token = fields.Char(
        "Label Code", readonly=True,
        help="What the QR code on its label carries. Revoke it when the label "
        "is lost or gets into wrong hands.")

    @classmethod
    def __setup__(cls):
        cls.token.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('token_unique', Unique(t, t.token),
                'maintenance_equipment.msg_equipment_token_unique'),
            ]
        cls._buttons.update({
                'renew_token': {
                    'icon': 'tryton-refresh',
                    },
                'revoke_token': {
                    'invisible': ~Bool(Eval('token')),
                    'icon': 'tryton-clear',
                    'depends': ['token'],
                    },
                })

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator in {'=', 'like', 'ilike'} and isinstance(operand, str):
            code = label_code.find(operand)
            found = code and cls.search([('token', '=', code)], order=[])
            if found:
                return [('id', 'in', [e.id for e in found])]
        return super().search_rec_name(name, clause)

    @classmethod
    def copy(cls, equipments, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('token')
        return super().copy(equipments, default=default)

    @classmethod
    @ModelView.button
    def renew_token(cls, equipments):
        "Give new codes: labels with the old ones lead nowhere"
        for equipment in equipments:
            equipment.token = label_code.make()
        for chunk in grouped_slice(equipments, CHUNK):
            cls.save(list(chunk))

    @classmethod
    @ModelView.button
    def revoke_token(cls, equipments):
        cls.write(equipments, {'token': None})

    @classmethod
    def set_token(cls, equipments):
        "Give a code to those which have none"
        cls.renew_token([e for e in equipments if not e.token])


class PrintLabels(Wizard):
    __name__ = 'maintenance.equipment.label.print'

    start = StateView(
        'maintenance.equipment.label.print.start',
        'maintenance_equipment.equipment_label_print_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Print", 'print_', 'tryton-print', default=True),
            ])
    print_ = StateReport('maintenance.equipment.label')

    def default_start(self, fields):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        equipments = self._equipments(components=False)
        company = (
            equipments[0].company.id if equipments
            else Transaction().context.get('company'))
        return {
            'format': Configuration(1).get_multivalue(
                'label_format', company=company),
            'first': 1,
            'number': len(equipments),
            }

    def _equipments(self, components):
        "Return the selected machines, or those of the selected sites"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        if self.model.__name__ != 'maintenance.site':
            equipments = list(self.records)
            if components:
                equipments = self._with_components(equipments)
            return equipments
        domain = [
            ('site', 'child_of', [s.id for s in self.records], 'parent'),
            ]
        if not components:
            domain.append(('kind', 'in', ['plant', 'machine']))

        def on_the_way(equipment):
            site = equipment.site
            return (
                site.parent.rec_name if site.parent else '',
                site.route_order or 0, site.rec_name, equipment.id)
        return sorted(Equipment.search(domain), key=on_the_way)

    def _with_components(self, equipments):
        "Return them, each followed by what it is made of"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        found = Equipment.search([
                ('parent', 'child_of', [e.id for e in equipments], 'parent'),
                ('state', 'not in', ['retired', 'cancelled']),
                ])
        children = defaultdict(list)
        for equipment in found:
            children[equipment.parent].append(equipment)
        result = []

        def add(equipment):
            if equipment not in result:
                result.append(equipment)
                for child in children[equipment]:
                    add(child)
        for equipment in equipments:
            add(equipment)
        return result

    def do_print_(self, action):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        equipments = self._equipments(self.start.components)
        if not equipments:
            raise LabelNoneError(gettext(
                    'maintenance_equipment.msg_label_none'))
        # Who may print labels may give codes, not new ones.
        with without_check_access():
            Equipment.set_token(Equipment.browse(equipments))
        return action, {
            'ids': [e.id for e in equipments],
            'format': self.start.format,
            'first': self.start.first,
            }


class PrintLabelsStart(ModelView):
    __name__ = 'maintenance.equipment.label.print.start'

    format = fields.Selection(
        FORMATS, "Format", required=True, sort=False,
        help="The labels in the printer.")
    places = fields.Function(
        fields.Integer(
            "Labels on a Sheet",
            help="How many labels a sheet has."),
        'on_change_with_places')
    first = fields.Integer(
        "Begin at Label", required=True,
        domain=[
            ('first', '>=', 1),
            ('first', '<=', Eval('places', 1)),
            ],
        states={
            'invisible': Eval('places', 1) <= 1,
            },
        help="The first free label of a sheet that was used in part, counted "
        "by rows from the top left.")
    components = fields.Boolean(
        "With Components",
        help="Check to print also labels of what the machines are made of.")
    number = fields.Integer(
        "Machines", readonly=True,
        help="How many machines get a label, without their components.")

    @fields.depends('format')
    def on_change_with_places(self, name=None):
        return label_sheet.FORMATS[self.format].number if self.format else 1

    @fields.depends('first', methods=['on_change_with_places'])
    def on_change_format(self):
        self.places = self.on_change_with_places()
        if self.places == 1 or not self.first:
            self.first = 1


class LabelReport(HTMLReport):
    "The labels of machines, as many on a sheet as it has"
    __name__ = 'maintenance.equipment.label'

    blocks = [
        Block('company', 'maintenance_equipment.msg_block_label_company'),
        Block('serial', 'maintenance_equipment.msg_block_label_serial'),
        Block('place', 'maintenance_equipment.msg_block_label_place'),
        ]

    @classmethod
    def get_company(cls, record, data):
        pool = Pool()
        Company = pool.get('company.company')
        if company := data.get('company'):
            return Company(company)
        return super().get_company(record, data)

    @classmethod
    def _execute(cls, records, header, data, action):
        by_company = defaultdict(list)
        for record in records:
            by_company[record.company.id].append(record.id)
        pages = [
            cls._make_page(None, header, {
                    **data, 'company': company, 'equipments': ids}, action)
            for company, ids in by_company.items()]
        return 'pdf', write_pdf(pages, cls.__name__)

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        Equipment = pool.get('maintenance.equipment')

        context = super().get_context(records, header, data)
        config = Configuration(1)
        company = data.get('company')
        name = data.get('format') or config.get_multivalue(
            'label_format', company=company)
        format_ = label_sheet.FORMATS[name]
        base = config.get_multivalue('label_address', company=company)
        labels = [
            SimpleNamespace(
                equipment=equipment,
                place=cls._place(equipment.site),
                drawing=equipment.token and label_drawing.draw(
                    label_code.address(base, equipment.token)))
            for equipment in Equipment.browse(data.get('equipments', []))]
        context['format'] = format_
        context['sheets'] = list(label_sheet.sheets(
                format_, labels, data.get('first') or 1))
        return context

    @classmethod
    def _place(cls, site):
        "Return the name of the place and of the site in which it is"
        if not site:
            return ''
        top = site
        while top.parent:
            top = top.parent
        return ' · '.join(dict.fromkeys([site.name, top.name]))


class ScanLabel(Wizard):
    "Open the machine whose label is scanned"
    __name__ = 'maintenance.equipment.scan'

    start = StateView(
        'maintenance.equipment.scan.start',
        'maintenance_equipment.equipment_scan_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Open", 'open_', 'tryton-open', default=True),
            ])
    open_ = StateAction('maintenance_equipment.act_equipment_scan')

    def do_open_(self, action):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        text = self.start.text.strip()
        found = Equipment.search([('rec_name', 'ilike', text)])
        if not found:
            raise LabelUnknownError(gettext(
                    'maintenance_equipment.msg_label_unknown',
                    text=text))
        ids = [e.id for e in found]
        action['pyson_domain'] = PYSONEncoder().encode([('id', 'in', ids)])
        if len(ids) == 1:
            action['views'].reverse()
            return action, {'res_id': ids}
        return action, {}


class ScanLabelStart(ModelView):
    __name__ = 'maintenance.equipment.scan.start'

    text = fields.Char(
        "Label", required=True,
        help="Scan the QR code of the label, or type the number or serial.")
