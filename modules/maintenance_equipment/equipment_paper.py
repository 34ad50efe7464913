# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The papers of machines: for the technician, of a plant, of a customer."""
from collections import Counter, defaultdict
from dataclasses import dataclass

from trytond.i18n import gettext
from trytond.modules.report_html.declaration import Block, Column
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import label_code, label_drawing, warranty_terms

BADGES = {
    'draft': '',
    'in_service': 'good',
    'out_of_service': 'warning',
    'retired': 'bad',
    'cancelled': 'bad',
    }
PLANT_HISTORY = 60
MACHINE_HISTORY = 15
PLANT_PHOTOS = 12


@dataclass(frozen=True)
class Branch:
    "A machine in the tree as it is printed"
    equipment: object
    depth: int


@dataclass(frozen=True)
class DataSheet:
    "What is written down of equal machines"
    equipments: list
    facts: list


@dataclass(frozen=True)
class SitePart:
    "The machines at a place and its points as they are printed"
    site: object
    equipments: list


def may_read(model):
    pool = Pool()
    Access = pool.get('ir.model.access')
    return not Transaction().check_access or Access.check(
        model, 'read', raise_exception=False)


class EquipmentPaper(HTMLReport):
    "What the papers of machines have in common"

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Date = pool.get('ir.date')

        context = super().get_context(records, header, data)
        today = Date.today()
        context['badges'] = BADGES
        context['warranty_until'] = lambda warranty, part: (
            cls._warranty_until(context, warranty, part))
        context['warranty_ended'] = lambda warranty: (
            bool(warranty.end_date) and warranty.end_date < today)
        context['kind_of'] = cls._kind_of
        return context

    @classmethod
    def _warranty_until(cls, context, warranty, part):
        "Return the last day of the part, None when it is not covered"
        if not getattr(warranty, f'{part}_rate'):
            return None
        end = getattr(warranty, f'{part}_end_date')
        return end or gettext('maintenance_equipment.msg_warranty_for_life')

    @classmethod
    def _kind_of(cls, equipment):
        "Return maker and model in one"
        return ' '.join(filter(
                None, [equipment.manufacturer, equipment.model]))

    @classmethod
    def _gone(cls, record):
        "Return the states of components which are no part of it any more"
        # What went out of use with it tells what it was made of.
        if record.state == 'retired':
            return ['cancelled']
        return ['retired', 'cancelled']

    @classmethod
    def get_history(cls, equipments, limit):
        pool = Pool()
        History = pool.get('maintenance.equipment.history')
        return History.search([
                ('equipment', 'in', [e.id for e in equipments]),
                ], limit=limit)


class MachineSheet(EquipmentPaper):
    "What a technician wants to know before he goes to the machine"
    __name__ = 'maintenance.equipment.sheet'

    blocks = [
        Block('access', 'maintenance_equipment.msg_block_access'),
        Block('notes', 'maintenance_equipment.msg_block_notes'),
        Block('data_sheet', 'maintenance_equipment.msg_block_data_sheet'),
        Block('warranties', 'maintenance_equipment.msg_block_warranties'),
        Block('meters', 'maintenance_equipment.msg_block_meters'),
        Block('components', 'maintenance_equipment.msg_block_components'),
        Block('photos', 'maintenance_equipment.msg_block_photos'),
        Block('history', 'maintenance_equipment.msg_block_history'),
        ]
    placeholders = {
        'number': 'number',
        'site': 'site.rec_name',
        }

    @classmethod
    def get_language(cls, record, data):
        "The reader is who prints it"
        pool = Pool()
        Lang = pool.get('ir.lang')
        if data.get('language'):
            return super().get_language(record, data)
        return Lang.get()

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')

        context = super().get_context(records, header, data)
        for record in records:
            places = cls._places(record.site)
            context['places'] = places
            context['facts'] = record.get_data_sheet()
            gone = cls._gone(record)
            context['components'] = [
                c for c in record.children if c.state not in gone]
            context['contacts'] = record.site._roles_at() if places else []
            context['keys'] = [
                key for place in places for key in place.keys
                ] if may_read('maintenance.site.key') else []
            context['history'] = cls.get_history([record], MACHINE_HISTORY)
            context['drawing'] = record.token and label_drawing.draw(
                label_code.address(
                    Configuration(1).get_multivalue(
                        'label_address', company=record.company.id),
                    record.token))
        return context

    @classmethod
    def _places(cls, site):
        "Return the place and what contains it"
        places = []
        while site:
            places.append(site)
            site = site.parent
        return places


class PlantSheet(EquipmentPaper):
    "All that a plant is made of, with its meters and its history"
    __name__ = 'maintenance.equipment.plant_sheet'

    blocks = [
        Block('notes', 'maintenance_equipment.msg_block_notes'),
        Block('tree', 'maintenance_equipment.msg_block_tree'),
        Block('data_sheet', 'maintenance_equipment.msg_block_data_sheets'),
        Block('meters', 'maintenance_equipment.msg_block_meters'),
        Block('warranties', 'maintenance_equipment.msg_block_warranties'),
        Block('photos', 'maintenance_equipment.msg_block_photos'),
        Block('history', 'maintenance_equipment.msg_block_history'),
        ]
    columns = [
        Column('category', 'maintenance_equipment.msg_column_category'),
        Column('serial', 'maintenance_equipment.msg_column_serial'),
        Column('place', 'maintenance_equipment.msg_column_place'),
        Column(
            'installed', 'maintenance_equipment.msg_column_installed'),
        Column('state', 'maintenance_equipment.msg_column_state'),
        ]
    placeholders = {
        'number': 'number',
        'site': 'site.rec_name',
        }

    @classmethod
    def get_party(cls, record, data):
        return record.customer if record else None

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        for record in records:
            tree = cls.get_tree(record)
            equipments = [b.equipment for b in tree]
            context['tree'] = tree
            context['machines'] = equipments
            context['total'] = sum(e.quantity for e in equipments)
            context['sheets'] = cls._data_sheets(equipments)
            context['meters'] = [m for e in equipments for m in e.meters]
            context['warranties'] = [
                w for e in equipments for w in e.warranties]
            context['photos'] = [
                p for e in equipments for p in e.photos][:PLANT_PHOTOS]
            context['history'] = cls.get_history(equipments, PLANT_HISTORY)
        return context

    @classmethod
    def _data_sheets(cls, equipments):
        "Return the data sheets, once for the machines which have the same"
        sheets = {}
        for equipment in equipments:
            if facts := equipment.get_data_sheet():
                key = (equipment.category, *facts)
                sheets.setdefault(key, DataSheet([], facts)).equipments.append(
                    equipment)
        return list(sheets.values())

    @classmethod
    def get_tree(cls, record):
        "Return the machine and all its components, each below its own"
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        found = Equipment.search([
                ('parent', 'child_of', [record.id], 'parent'),
                ['OR',
                    ('id', '=', record.id),
                    ('state', 'not in', cls._gone(record)),
                    ],
                ])
        children = defaultdict(list)
        for equipment in found:
            children[equipment.parent and equipment.parent.id].append(
                equipment)
        branches, todo = [], [
            Branch(e, 0) for e in found if e.id == record.id]
        while todo:
            branch = todo.pop()
            branches.append(branch)
            todo += [
                Branch(e, branch.depth + 1)
                for e in reversed(children[branch.equipment.id])]
        return branches


class CustomerList(EquipmentPaper):
    "The machines of a customer, place by place"
    __name__ = 'maintenance.equipment.customer_list'

    blocks = [
        Block('summary', 'maintenance_equipment.msg_block_summary'),
        Block('machines', 'maintenance_equipment.msg_block_machines'),
        ]
    columns = [
        Column('place', 'maintenance_equipment.msg_column_place'),
        Column('category', 'maintenance_equipment.msg_column_category'),
        Column('model', 'maintenance_equipment.msg_column_model'),
        Column('serial', 'maintenance_equipment.msg_column_serial'),
        Column(
            'installed', 'maintenance_equipment.msg_column_installed'),
        Column('warranty', 'maintenance_equipment.msg_column_warranty'),
        Column('state', 'maintenance_equipment.msg_column_state'),
        ]

    @classmethod
    def get_party(cls, record, data):
        return record

    @classmethod
    def get_context(cls, records, header, data):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')

        context = super().get_context(records, header, data)
        for record in records:
            equipments = Equipment.search([
                    ('company', '=', Transaction().context.get('company')),
                    ('customer', '=', record.id),
                    ])
            context['sites'] = cls._by_site(equipments)
            context['number'] = sum(e.quantity for e in equipments)
            context['categories'] = cls._by_category(equipments)
            context['warranty_ends'] = cls._warranty_ends(equipments)
        return context

    @classmethod
    def _by_site(cls, equipments):
        by_site = defaultdict(list)
        for equipment in equipments:
            site = equipment.site
            if site.kind == 'point' and site.parent:
                site = site.parent
            by_site[site].append(equipment)

        def on_the_way(equipment):
            site = equipment.site
            return (
                site.kind == 'point', site.route_order or 0, site.name,
                equipment.id)
        return [
            SitePart(site, sorted(by_site[site], key=on_the_way))
            for site in sorted(by_site, key=lambda s: (s.rec_name, s.id))]

    @classmethod
    def _by_category(cls, equipments):
        numbers = Counter()
        for equipment in equipments:
            numbers[equipment.category] += equipment.quantity
        return sorted(
            ((c.rec_name if c else '', n) for c, n in numbers.items()),
            key=lambda row: (not row[0], row[0]))

    @classmethod
    def _warranty_ends(cls, equipments):
        "Return by machine when the last of our warranties ends"
        ends = {}
        for equipment in equipments:
            days = [
                warranty_terms.last_day(w._terms())
                for w in equipment.warranties]
            if None in days:
                ends[equipment.id] = gettext(
                    'maintenance_equipment.msg_warranty_for_life')
            elif days:
                ends[equipment.id] = max(days)
        return ends
