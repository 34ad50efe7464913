# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from collections import defaultdict
from contextlib import contextmanager

from trytond.exceptions import UserError, UserWarning
from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import import_values, table_file
from .exceptions import ImportFileError
from .import_profile import ATTRIBUTE
from .import_values import Problem

CHUNK = 500
# Looked up among the records there are.
LINKS = ('customer', 'category', 'product', 'site', 'point', 'parent')


@contextmanager
def savepoint(keep=True):
    "Undo what is done inside when it fails, or always"
    transaction = Transaction()
    cursor = transaction.connection.cursor()
    cursor.execute('SAVEPOINT equipment_import')
    try:
        yield
    except Exception:
        keep = False
        raise
    finally:
        if not keep:
            cursor.execute('ROLLBACK TO SAVEPOINT equipment_import')
            # What was read inside is not there any more.
            for cache in transaction.cache.values():
                cache.clear()
        cursor.execute('RELEASE SAVEPOINT equipment_import')


class TableImporter:
    "Makes records of the rows of a table, as the profile says"

    def __init__(self, profile):
        self.profile = profile
        self.company = profile.company
        self.problems = []
        self.created = self.updated = 0
        # What the rows made or changed.
        self.records = []

    def read(self, content):
        "Return the table, or raise one error for a file that is none"
        columns = self.profile.get_columns()
        try:
            table = table_file.read(content, self.profile.encoding)
            import_values.check_titles(table, columns)
        except table_file.TableError as error:
            code = error.code
            if code == 'encoding' and self.profile.id is not None:
                code = 'encoding_profile'
                error.arguments['profile'] = self.profile.rec_name
            raise ImportFileError(gettext(
                    f'maintenance_equipment.msg_import_{code}',
                    **error.arguments)) from error
        return table

    def _problem(self, record, field, code):
        titles = {c.field: c.title for c in self.profile.columns}
        self.problems.append(Problem(
                record.row, titles.get(field) or '',
                str(record.values.get(field, '')), code))

    def _find(self, model, names, texts, domain=()):
        pool = Pool()
        Model = pool.get(model)
        found = defaultdict(list)
        for chunk in grouped_slice(texts, CHUNK):
            chunk = list(chunk)
            for record in Model.search([
                        *domain, ['OR', *((n, 'in', chunk) for n in names)]]):
                for text in {getattr(record, n) for n in names}:
                    if text:
                        found[text].append(record)
        return found

    def _one(self, record, found, name):
        candidates = found[name].get(record.values[name], [])
        if len(candidates) == 1:
            return candidates[0]
        self._problem(record, name, 'several' if candidates else 'unknown')

    def _refused(self, record, error):
        self.problems.append(
            Problem(record.row, '', '', f'!{error.message or error}'))


class Importer(TableImporter):
    "Makes equipment of the rows of a table"

    def __init__(self, profile):
        super().__init__(profile)
        self.keys = set()
        self.places = {}

    def run(self, table):
        "Save what is right; the problems tell what is not"
        records, self.problems = import_values.understand(
            table, self.profile.get_columns(), self.profile.get_style())
        records = self._without_doubles(records)
        found = self._find_all(records)
        self.places = {}
        self._create_sites(records, found)
        new, old = [], []
        for record in records:
            values = self._values(record, found)
            if values is None:
                continue
            equipment = self._existing(record, found)
            others = found['code'].get(values.get('external_code'), [])
            if any(o != equipment for o in others):
                self._problem(record, 'external_code', 'taken')
                continue
            if equipment:
                if self._check_site(record, equipment, values):
                    old.append((record, equipment, values))
            else:
                new.append((record, values))
        made = []
        for chunk in grouped_slice(new, CHUNK):
            made += self._create(list(chunk))
        self._update(old)
        self._set_parents([*made, *((r, e) for r, e, _ in old)])
        self._remark_points(made)
        self.problems.sort(key=lambda p: p.row)

    def _without_doubles(self, records):
        "Leave out rows of a unit which came before in the file"
        names = ['external_code']
        if self.profile.update_by == 'serial':
            names.insert(0, 'serial')
        seen, single = set(), []
        for record in records:
            keys = {(n, record.values.get(n)) for n in names}
            keys = {(n, v) for n, v in keys if v}
            doubles = [n for n in names
                if (n, record.values.get(n)) in keys & seen]
            if doubles:
                self._problem(record, doubles[0], 'twice')
                continue
            seen |= keys
            single.append(record)
        return single

    def _find_all(self, records):
        "Return by field and text the records that the cells name"
        texts = {
            name: sorted({
                    r.values[name] for r in records if r.values.get(name)})
            for name in [*LINKS, 'serial', 'external_code']}
        mine = [('company', '=', self.company.id)]
        shared = [('company', 'in', [self.company.id, None])]
        equipment = 'maintenance.equipment'
        found = {
            'customer': self._find(
                'party.party', ['code', 'name'], texts['customer']),
            'category': self._find(
                'maintenance.equipment.category', ['code', 'name'],
                texts['category'], shared),
            'product': self._find(
                'product.product', ['code'], texts['product']),
            'site': self._find(
                'maintenance.site', ['code', 'name'], texts['site'], mine),
            'point': self._find(
                'maintenance.site', ['code', 'name'], texts['point'],
                [*mine, ('kind', '=', 'point')]),
            'parent': self._find(
                equipment, ['external_code', 'serial', 'number'],
                texts['parent'], mine),
            }
        found['code'] = self._find(
            equipment, ['external_code'], texts['external_code'], mine)
        if key := self.profile.update_by:
            found[key] = self._find(equipment, [key], texts[key], [
                    *mine, ('state', 'not in', ['cancelled', 'retired'])])
        self.keys = {
            r.values.get(n) for r in records
            for n in ['serial', 'external_code']}
        return found

    def _values(self, record, found):
        "Return the values to save, None if the row is bad"
        values = dict(record.values)
        links = {name: values.pop(name, None) for name in LINKS}
        before = len(self.problems)
        for name in ['category', 'product']:
            if links[name]:
                values[name] = self._one(record, found, name)
        customer = None
        if links['customer']:
            customer = self._one(record, found, 'customer')
        if links['site'] and len(self.problems) == before:
            values['site'] = self._site(record, found, customer)
        # What it is part of may come in the same file.
        if links['parent'] and links['parent'] not in self.keys:
            self._one(record, found, 'parent')
        if len(self.problems) > before:
            return None
        if not values.get('name') and not self._existing(record, found):
            source = found['category'].get(links['category']) or found[
                'product'].get(links['product'])
            if source:
                values['name'] = source[0].name
            else:
                self._problem(record, 'name', 'required')
                return None
        values['company'] = self.company.id
        attributes = {
            n[len(ATTRIBUTE):]: values.pop(n)
            for n in list(values) if n.startswith(ATTRIBUTE)}
        if attributes:
            values['attributes'] = attributes
        return {
            n: v.id if hasattr(v, 'id') else v for n, v in values.items()}

    def _create_sites(self, records, found):
        """Make the sites which are not there yet, all at once

        One by one they take longer than the equipment. What can not be made
        is tried again with its row, to say why.
        """
        pool = Pool()
        Site = pool.get('maintenance.site')
        if not self.profile.create_sites:
            return
        missing = {}
        for record in records:
            text = record.values.get('site')
            customers = found['customer'].get(record.values.get('customer'))
            if text and customers and self._is_known(record, found):
                customer, *_ = customers
                if not self._candidates(found, text, customer):
                    missing[text, customer.id] = customer
        for chunk in grouped_slice(missing.items(), CHUNK):
            sites = [self._new_site(text, customer)
                for (text, _), customer in chunk]
            try:
                with savepoint():
                    Site.save(sites)
            except UserError:
                continue
            for site in sites:
                self._add_place(found, 'site', site)

    def _is_known(self, record, found):
        "Return whether each cell names one record, or one of the file"
        return all(
            len(found[n].get(text, [])) == 1
            for n in LINKS
            if n not in {'site', 'point'} and (text := record.values.get(n))
            and not (n == 'parent' and text in self.keys))

    def _new_site(self, text, party, parent=None):
        pool = Pool()
        Site = pool.get('maintenance.site')
        return Site(
            name=text, kind='point' if parent else 'site', party=party,
            company=self.company, parent=parent)

    def _add_place(self, found, name, place):
        found[name][place.name].append(place)
        self.places.pop(place.name, None)

    def _candidates(self, found, text, customer):
        "Return the sites of the name, which many customers may have"
        if text not in self.places:
            by_party = self.places[text] = defaultdict(list)
            for site in found['site'].get(text, []):
                by_party[site.party.id].append(site)
                by_party[None].append(site)
        return self.places[text].get(customer.id if customer else None, [])

    def _site(self, record, found, customer):
        "Return the site, or the point in it, made when it may be"
        site = self._place(
            record, found, 'site',
            self._candidates(found, record.values['site'], customer),
            customer)
        if site and (text := record.values.get('point')):
            return self._place(
                record, found, 'point', [
                    p for p in found['point'].get(text, [])
                    if self._inside(p, site)],
                site.party, site)
        return site

    def _inside(self, place, site):
        while place and place != site:
            place = place.parent
        return bool(place)

    def _place(self, record, found, name, candidates, party, parent=None):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            self._problem(record, name, 'several')
        elif not self.profile.create_sites or not party:
            self._problem(record, name, 'unknown')
        else:
            place = self._new_site(record.values[name], party, parent)
            try:
                with savepoint():
                    place.save()
            except UserError as error:
                self._refused(record, error)
                return None
            self._add_place(found, name, place)
            return place

    def _existing(self, record, found):
        key = self.profile.update_by
        candidates = key and found[key].get(record.values.get(key))
        return candidates[0] if candidates else None

    def _check_site(self, record, equipment, values):
        site = values.pop('site', None)
        values.pop('company')
        if site and (not equipment.site or equipment.site.id != site):
            self._problem(record, 'site', 'moved')
            return False
        return True

    def _create(self, rows):
        "Save the rows, the bad ones apart; return them with what they made"
        pool = Pool()
        Date = pool.get('ir.date')
        Equipment = pool.get('maintenance.equipment')
        if not rows:
            return []
        if self.profile.put_in_service:
            # What is known from the start is not written apart.
            with Transaction().set_context(company=self.company.id):
                today = Date.today()
            for _, values in rows:
                if values.get('site'):
                    values.setdefault('commissioned_date', today)
        try:
            # What comes to a point of another is told when all are there.
            with savepoint(), Transaction().set_context(_points_checked=True):
                equipments = Equipment.create([v.copy() for _, v in rows])
                if self.profile.put_in_service:
                    Equipment.put_in_service(
                        [e for e in equipments if e.site])
        except (UserError, UserWarning) as error:
            if len(rows) == 1:
                self._refused(rows[0][0], error)
                return []
            half = len(rows) // 2
            return self._create(rows[:half]) + self._create(rows[half:])
        self.created += len(rows)
        self.records += equipments
        return [(r, e) for (r, _), e in zip(rows, equipments)]

    def _update(self, rows):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        for record, equipment, values in rows:
            if 'attributes' in values:
                # What the file does not tell stays.
                values['attributes'] = {
                    **(equipment.attributes or {}), **values['attributes']}
            try:
                with savepoint():
                    Equipment.write([equipment], values)
            except (UserError, UserWarning) as error:
                self._refused(record, error)
            else:
                self.updated += 1
                self.records.append(equipment)

    def _set_parents(self, rows):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        rows = [(r, e) for r, e in rows if r.values.get('parent')]
        found = self._find(
            'maintenance.equipment', ['external_code', 'serial', 'number'],
            sorted({r.values['parent'] for r, _ in rows}),
            [('company', '=', self.company.id)])
        by_parent = defaultdict(list)
        for record, equipment in rows:
            parent = self._one(record, {'parent': found}, 'parent')
            if parent:
                by_parent[parent].append((record, equipment))
        for parent, children in by_parent.items():
            try:
                with savepoint():
                    Equipment.write(
                        [e for _, e in children], {'parent': parent.id})
            except UserError as error:
                for record, _ in children:
                    self._refused(record, error)

    def _remark_points(self, rows):
        "Tell which came to a point where another unit is"
        pool = Pool()
        Placement = pool.get('maintenance.equipment.placement')
        titles = {c.field: c.title for c in self.profile.columns}
        records = {e.id: r for r, e in rows if r.values.get('site')}
        placements = Placement.search([
                ('equipment', 'in', list(records)),
                ], order=[('id', 'ASC')])
        for placement, other in Placement.find_shared(placements):
            record = records[placement.equipment.id]
            name = 'point' if record.values.get('point') else 'site'
            self.problems.append(Problem(
                    record.row, titles.get(name) or '',
                    str(record.values[name]), '!' + gettext(
                        'maintenance_equipment.msg_import_remark_point',
                        site=placement.site.rec_name,
                        other=other.equipment.rec_name),
                    remark=True))
