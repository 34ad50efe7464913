# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a machine asks of who works on it, and the proof for the gate."""
import datetime as dt
import io

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.report_html.declaration import Text
from trytond.modules.report_html.picture import PictureError, to_picture
from trytond.modules.report_html.report import HTMLReport
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import without_check_access

from .exceptions import CredentialPackError
from .roster import CREDENTIALS

DAY = dt.timedelta(days=1)


class Category(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment.category'

    credentials = fields.MultiSelection(
        CREDENTIALS, "Credentials Required", sort=False,
        help="What who works on such equipment, or on what is a kind of it, "
        "must be allowed.")

    @property
    def credentials_required(self):
        required = set()
        category = self
        while category:
            required.update(category.credentials or ())
            category = category.parent
        return frozenset(required)


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'print_credentials': {
                    'invisible': ~Eval('state').in_([
                            'planned', 'in_progress']),
                    'icon': 'tryton-print',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def credentials_for(cls, site, tasks):
        "Return what must be allowed who does the tasks at the site"
        required = set(site.credentials_required)
        for task in tasks:
            equipment = task.equipment
            if equipment and equipment.category:
                required |= equipment.category.credentials_required
        return frozenset(required)

    @property
    def credentials_required(self):
        return self.credentials_for(self.site, self.tasks)

    @classmethod
    @ModelView.button_action('maintenance_order.report_credential_pack')
    def print_credentials(cls, visits):
        pass


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'print_credentials': {
                    'icon': 'tryton-print',
                    },
                })

    @classmethod
    @ModelView.button_action('maintenance_order.report_site_credential_pack')
    def print_credentials(cls, sites):
        pass

    @without_check_access
    def next_visits(self):
        "Return the visits of the next day on which somebody comes"
        pool = Pool()
        Date = pool.get('ir.date')
        Visit = pool.get('maintenance.visit')
        today = Date.today()
        found, day = [], None
        for visit in Visit.search([
                    ('company', '=', self.company.id),
                    ('site', 'child_of', [self.id], 'parent'),
                    ('state', 'in', ['planned', 'in_progress']),
                    ('planned_start', '>=', dt.datetime.combine(
                            today - DAY, dt.time())),
                    ], order=[('planned_start', 'ASC'), ('id', 'ASC')]):
            start = visit._local(visit.planned_start).date()
            if start < today:
                continue
            day = day or start
            if start > day:
                break
            found.append(visit)
        return found


class CredentialPack(HTMLReport):
    """What the people of a visit are allowed to do, with the proof

    The documents attached to the credentials follow, so that the customer has
    all that the gate asks for in one file.
    """
    __name__ = 'maintenance.visit.credential_pack'

    texts = [
        Text('title', 'maintenance_order.msg_text_title',
            'maintenance_order.msg_pack_title_default'),
        Text('conditions', 'maintenance_order.msg_text_conditions',
            'maintenance_order.msg_pack_conditions_default'),
        ]
    placeholders = {
        'customer': 'party.name',
        }

    @classmethod
    def _visits(cls, record):
        "Return the visits whose people the paper is about"
        return [record]

    @classmethod
    def _execute(cls, records, header, data, action):
        writer = PdfWriter()
        for record in records or []:
            paper = super()._execute([record], header, data, action)[1]
            writer.append(io.BytesIO(paper))
            with without_check_access():
                for scan in cls._scans(_needed(cls._visits(record))):
                    if reader := _read_pdf(scan):
                        writer.append(reader)
        output = io.BytesIO()
        writer.write(output)
        return 'pdf', output.getvalue()

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        with without_check_access():
            context['packs'] = {
                r.id: cls._pack(r, cls._visits(r)) for r in records or []}
        return context

    @classmethod
    def _pack(cls, record, visits):
        "Return what is told on the cover"
        if not visits:
            raise CredentialPackError(gettext(
                    'maintenance_order.msg_credential_pack_visit',
                    site=record.rec_name))
        people = _needed(visits)
        performers = list(dict.fromkeys(
                v.performer.name for v in visits if v.performer))
        if not people and not performers:
            raise CredentialPackError(gettext(
                    'maintenance_order.msg_credential_pack_team',
                    visit=visits[0].rec_name))
        first = visits[0]
        pictures, unreadable = [], []
        scans = cls._scans(people)
        for scan in scans:
            if _read_pdf(scan):
                continue
            try:
                picture = to_picture(bytes(scan.data), 170, 220)
                pictures.append((scan.resource.rec_name, picture))
            except PictureError:
                unreadable.append(scan.name)
        return {
            'site': first.site if len(visits) == 1 else record,
            'day': _day(first),
            'number': ', '.join(v.number for v in visits),
            'people': [(e.party.name, found) for e, found in people.items()],
            'performers': performers,
            'proofs': bool(scans),
            'pictures': pictures,
            'unreadable': unreadable,
            }

    @classmethod
    def _scans(cls, people):
        "Return the documents attached to the credentials of the people"
        pool = Pool()
        Attachment = pool.get('ir.attachment')
        credentials = [c for found in people.values() for c in found]
        scans = {str(c): [] for c in credentials}
        for scan in Attachment.search([
                    ('resource', 'in', list(scans)),
                    ('type', '=', 'data'),
                    ], order=[('name', 'ASC'), ('id', 'ASC')]):
            if scan.data:
                scans[str(scan.resource)].append(scan)
        return [s for found in scans.values() for s in found]


class SiteCredentialPack(CredentialPack):
    "The people who come to a site on the next day on which somebody comes"
    __name__ = 'maintenance.site.credential_pack'

    @classmethod
    def _visits(cls, record):
        return record.next_visits()


def _needed(visits):
    """Return by employee of the visits the credentials which count there

    They are those which site and machines ask for, or all if they ask for
    none.
    """
    pool = Pool()
    Credential = pool.get('maintenance.credential')
    people = {e: [] for v in visits for e in v.team}
    credentials = Credential.search([
            ('employee', 'in', [e.id for e in people]),
            ], order=[('kind', 'ASC'), ('id', 'ASC')])
    for visit in visits:
        required = visit.credentials_required
        for credential in credentials:
            found = people[credential.employee]
            if (credential.employee in visit.team
                    and credential not in found
                    and (not required or credential.kind in required)
                    and credential.holds(visit.site, _day(visit))):
                found.append(credential)
    return people


def _day(visit):
    "Return the day for which the visit is planned, or on which it is"
    if visit.planned_start:
        return visit._local(visit.planned_start).date()
    return visit.date or Pool().get('ir.date').today()


def _read_pdf(scan):
    "Return a reader of the document if it is a PDF that can be read"
    content = bytes(scan.data)
    if not content.startswith(b'%PDF'):
        return None
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(''):
            return None
        len(reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError):
        return None
    return reader
