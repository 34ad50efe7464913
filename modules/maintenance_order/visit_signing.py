# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the customer signs, and the paper which is kept of it."""
import datetime as dt
import hashlib

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval, PYSONEncoder

from .exceptions import VisitPostedError, VisitSignatureError

CLOSED = ['posted', 'failed', 'cancelled']
READONLY = Eval('state').in_(CLOSED) | Bool(Eval('signed_at'))
# The states of what is planned and of what the team reports.
PLANNED = {
    'readonly': READONLY,
    }
REPORTED = {
    'readonly': READONLY,
    'invisible': Eval('state') == 'planned',
    }
SIGNER = {
    'readonly': READONLY,
    'invisible': (
        (Eval('state') == 'planned') | (Eval('signature_kind') == 'none')),
    }


class SignedMixin:
    __slots__ = ()

    signature_kind = fields.Selection([
            (None, ""),
            ('glass', "On the Screen"),
            ('link', "By Link"),
            ('paper', "On Paper"),
            ('none', "Nobody Signed"),
            ], "Signature Kind", sort=False, states=REPORTED,
        help="How the customer signed.")
    signer = fields.Char(
        "Signer",
        states=SIGNER,
        help="The name of who signed for the customer.")
    signer_identifier = fields.Char(
        "Signer Identifier",
        states=SIGNER,
        help="The identity number of who signed.")
    signature = fields.Binary(
        "Signature",
        states=SIGNER,
        help="The signature as a picture. "
        "In the web client draw it with the finger or the mouse.")
    unsigned_reason = fields.Char(
        "Reason without Signature",
        states={
            'readonly': READONLY,
            'invisible': Eval('signature_kind') != 'none',
            'required': (
                (Eval('signature_kind') == 'none')
                & Eval('state').in_(['done', 'posted'])),
            },
        help="Why nobody signed.")
    signed_at = fields.DateTime(
        "Signed at", readonly=True,
        states={
            'invisible': ~Eval('signed_at'),
            },
        help="When the report was signed and its paper stored.")
    report = fields.Binary(
        "Work Report", filename='report_name', readonly=True,
        file_id='report_file_id', store_prefix='maintenance_visit',
        states={
            'invisible': ~Eval('report'),
            },
        help="The paper as it was signed.")
    report_name = fields.Function(
        fields.Char(
            "Work Report Name",
            help="The name of the file of the paper."),
        'on_change_with_report_name')
    report_file_id = fields.Char(
        "Work Report File", readonly=True,
        help="Where the paper is kept when files are not in the database.")
    report_sha256 = fields.Char(
        "Work Report SHA-256", readonly=True,
        states={
            'invisible': ~Eval('report_sha256'),
            },
        help="The fingerprint of the paper: another paper has another one.")

    @fields.depends('signature', 'signature_kind')
    def on_change_signature(self):
        if self.signature and self.signature_kind in {None, 'none'}:
            self.signature_kind = 'glass'

    @fields.depends('number')
    def on_change_with_report_name(self, name=None):
        return f"{self.number or ''}.pdf"

    @classmethod
    def _reported_fields(cls):
        "Return the names of the fields which the signature closes"
        # The lines answer for themselves.
        encode = PYSONEncoder().encode
        signed = encode(Bool(Eval('signed_at')))
        return {
            name for name, field in cls._fields.items()
            if field._type != 'one2many'
            and signed in encode(field.states.get('readonly', False))}

    @classmethod
    def check_modification(cls, mode, visits, values=None, external=False):
        super().check_modification(
            mode, visits, values=values, external=external)
        if mode == 'write' and external:
            changed = values.keys() & cls._reported_fields()
            for visit in visits:
                if changed and (visit.signed_at or visit.state in CLOSED):
                    raise VisitPostedError(gettext(
                            'maintenance_order.msg_visit_reported',
                            visit=visit.rec_name,
                            **cls.__names__(min(changed))))

    @property
    def signature_required(self):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        if self.site.signature_required:
            return self.site.signature_required == 'yes'
        return Configuration(1).get_multivalue(
            'signature_required', company=self.company.id)

    def _check_signature(self, required):
        if self.signed_at or not required:
            return
        signed = (
            self.signature or self.signature_kind == 'paper'
            or (self.signature_kind == 'none' and self.unsigned_reason))
        if not signed:
            raise VisitSignatureError(gettext(
                    'maintenance_order.msg_visit_signature',
                    visit=self.rec_name))

    @classmethod
    def _sign(cls, visits):
        "Stamp the visits and store their paper"
        now = dt.datetime.now(dt.timezone.utc).replace(
            tzinfo=None, microsecond=0)
        visits = [v for v in cls.browse(visits) if not v.signed_at]
        for visit in visits:
            visit.signed_at = now
            if not visit.signature_kind:
                visit.signature_kind = 'glass' if visit.signature else 'none'
        cls.save(visits)
        cls._store_paper(visits)

    @classmethod
    def _store_paper(cls, visits):
        "Keep the paper as it was signed"
        pool = Pool()
        Report = pool.get('maintenance.visit.work_report', type='report')
        for visit in visits:
            _, content, _, _ = Report.execute([visit.id], {})
            visit.report = content
            visit.report_sha256 = hashlib.sha256(content).hexdigest()
        cls.save(visits)
