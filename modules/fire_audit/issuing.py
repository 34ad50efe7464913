# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import hashlib

from trytond.i18n import gettext
from trytond.model import ModelView, Workflow, fields
from trytond.modules.company.model import employee_field, set_employee
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval

from .audit import now
from .exceptions import AuditSignatureError, AuditUnfavourableWarning

PAPERS = ['certificate', 'findings_report']


def _paper(name, string, help):
    return fields.Binary(
        string, filename=f'{name}_name', file_id=f'{name}_id',
        store_prefix='fire_audit', readonly=True,
        states={
            'invisible': ~Eval(name),
            },
        help=help)


class Audit(metaclass=PoolMeta):
    """The papers of an audit, kept as they were issued"""
    __name__ = 'fire.audit'

    certificate = _paper(
        'certificate', "Certificate",
        "The certificate as it was issued.")
    certificate_id = fields.Char(
        "Certificate ID", readonly=True, help="Where the file is stored.")
    certificate_name = fields.Function(
        fields.Char("Certificate Name", help="The name of the file."),
        'get_paper_name')
    certificate_digest = fields.Char(
        "Certificate Digest", readonly=True,
        help="The SHA-256 of the file, to prove that it is the one issued.")
    findings_report = _paper(
        'findings_report', "Findings Report",
        "The findings report as it was issued.")
    findings_report_id = fields.Char(
        "Findings Report ID", readonly=True,
        help="Where the file is stored.")
    findings_report_name = fields.Function(
        fields.Char("Findings Report Name", help="The name of the file."),
        'get_paper_name')
    findings_report_digest = fields.Char(
        "Findings Report Digest", readonly=True,
        help="The SHA-256 of the file, to prove that it is the one issued.")
    issued_at = fields.Timestamp(
        "Issued at", readonly=True, help="When the papers were made.")
    issued_by = employee_field(
        "Issued by", states=[
            'draft', 'in_progress', 'completed', 'issued', 'superseded'])

    @classmethod
    def __setup__(cls):
        cls.issued_by.help = "Who issued the papers."
        super().__setup__()
        cls._buttons.update({
                'issue': {
                    'invisible': Eval('state') != 'completed',
                    'icon': 'tryton-print',
                    'depends': ['state'],
                    },
                'correct': {
                    'invisible': Eval('state') != 'issued',
                    'icon': 'tryton-copy',
                    'depends': ['state'],
                    },
                })

    def get_paper_name(self, name):
        field = name.removesuffix('_name')
        if getattr(self, f'{field}_id'):
            number = (self.number or str(self.id)).replace('/', '-')
            return f'{number}_{field}.pdf'

    @classmethod
    def _issued_fields(cls):
        return super()._issued_fields() | {'issued_by'}

    @classmethod
    def copy(cls, audits, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('issued_at')
        default.setdefault('issued_by')
        for name in PAPERS:
            default.setdefault(name)
            default.setdefault(f'{name}_id')
            default.setdefault(f'{name}_digest')
        return super().copy(audits, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('issued')
    @set_employee('issued_by', when='before')
    def issue(cls, audits):
        "Print the papers and keep them as they are"
        pool = Pool()
        Certificate = pool.get('fire.audit.certificate', type='report')
        Report = pool.get('fire.audit.findings_report', type='report')
        Warning = pool.get('res.user.warning')

        cls.lock(audits)
        for audit in audits:
            if not audit.technical_manager:
                raise AuditSignatureError(gettext(
                        'fire_audit.msg_audit_manager',
                        audit=audit.rec_name))
            if audit.result == 'unfavourable':
                key = Warning.format('issue_unfavourable', [audit])
                if Warning.check(key):
                    raise AuditUnfavourableWarning(
                        key, gettext(
                            'fire_audit.msg_audit_unfavourable',
                            audit=audit.rec_name))
        issued_at = now()
        for audit in audits:
            audit.issued_at = issued_at
        cls.save(audits)
        for audit in audits:
            for name, Paper in [
                    ('certificate', Certificate), ('findings_report', Report)]:
                _, content, _, _ = Paper.execute([audit.id], {})
                content = bytes(content)
                setattr(audit, name, content)
                setattr(audit, f'{name}_digest',
                    hashlib.sha256(content).hexdigest())
        cls.save(audits)
        cls.supersede([a.corrects for a in audits if a.corrects])

    @classmethod
    @Workflow.transition('superseded')
    def supersede(cls, audits):
        pass

    @classmethod
    @ModelView.button_action('fire_audit.act_audit_form')
    def correct(cls, audits):
        "Make an audit whose papers will replace those issued"
        copies = []
        for audit in audits:
            copies += cls.copy([audit], default={
                    'state': 'draft',
                    'corrects': audit.id,
                    })
        return {'res_id': [c.id for c in copies]}
