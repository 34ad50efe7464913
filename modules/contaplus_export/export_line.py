# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What belongs to an export: its files, problems, entries, subaccounts."""
import datetime as dt
import json
import mmap

from sql import Literal
from sql.operators import Equal

from trytond import config
from trytond.i18n import gettext
from trytond.model import (
    ChatMixin, Exclude, Index, ModelSQL, ModelView, fields)
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval, If
from trytond.transaction import Transaction

from .insert import insert_rows
from .profile import KINDS
from .subaccounts import digest

if config.getboolean('contaplus_export', 'filestore', default=False):
    file_id = 'data_id'
    store_prefix = config.get('contaplus_export', 'store_prefix', default=None)
else:
    file_id = store_prefix = None

_DATES = {'date', 'proposed', 'closed'}


class _ExportPart:
    __slots__ = ()

    @classmethod
    def search_company(cls, name, clause):
        return [('export.company', *clause[1:])]


class Export_Journal(ModelSQL):
    __name__ = 'contaplus.export-account.journal'

    export = fields.Many2One(
        'contaplus.export', "Export", required=True, ondelete='CASCADE',
        help="The export that sends the journal.")
    journal = fields.Many2One(
        'account.journal', "Journal", required=True, ondelete='CASCADE',
        help="The journal whose entries are sent.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('export')


class ExportFile(_ExportPart, ModelSQL, ModelView):
    __name__ = 'contaplus.export.file'

    export = fields.Many2One(
        'contaplus.export', "Export", required=True, ondelete='CASCADE',
        readonly=True,
        help="The export that made the file.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company of the export."),
        'on_change_with_company', searcher='search_company')
    name = fields.Char(
        "Name", required=True, readonly=True,
        help="The name under which the file is saved.")
    kind = fields.Selection([
            ('entries', "Entries"),
            ('subaccounts', "Subaccounts"),
            ('vat', "VAT Book"),
            ('receipts', "Pending Receipts"),
            ('workbook', "Workbook"),
            ('control', "Check Sheet"),
            ], "Kind", required=True, readonly=True, sort=False,
        help="What is in the file.")
    data = fields.Binary(
        "File", filename='name', file_id=file_id, store_prefix=store_prefix,
        required=True, readonly=True,
        help="The file to give to the adviser.")
    data_id = fields.Char(
        "File ID", readonly=True,
        help="Where the file is in the store.")
    size = fields.Integer(
        "Size", readonly=True,
        help="The size of the file in bytes.")
    number_of_lines = fields.Integer(
        "Lines", readonly=True,
        help="How many lines the file has.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('export')
        cls._order = [('id', 'ASC')]

    @fields.depends('export', '_parent_export.company')
    def on_change_with_company(self, name=None):
        return self.export.company if self.export else None

    @classmethod
    def keep(cls, export, outputs):
        "Store the files without holding them all in memory"
        for output in outputs:
            size = output.path.stat().st_size
            # Nobody wants the whole file back to see that it is there.
            with open(output.path, 'rb') as file, Transaction().set_context({
                        f'{cls.__name__}.data': 'size'}):
                if file_id:
                    with mmap.mmap(
                            file.fileno(), 0, access=mmap.ACCESS_READ) as map:
                        cls._keep(export, output, map, size)
                else:
                    cls._keep(export, output, file.read(), size)

    @classmethod
    def keep_text(cls, export, name, kind, text):
        "Store a small text"
        data = text.encode(export.profile.encoding, errors='replace')
        cls.create([{
                    'export': export.id,
                    'name': name,
                    'kind': kind,
                    'data': data,
                    'size': len(data),
                    'number_of_lines': text.count('\n'),
                    }])

    @classmethod
    def _keep(cls, export, output, data, size):
        cls.create([{
                    'export': export.id,
                    'name': output.name,
                    'kind': output.kind,
                    'data': data,
                    'size': size,
                    'number_of_lines': output.lines,
                    }])


class ExportProblem(_ExportPart, ModelSQL, ModelView):
    __name__ = 'contaplus.export.problem'

    export = fields.Many2One(
        'contaplus.export', "Export", required=True, ondelete='CASCADE',
        readonly=True,
        help="The export that found the problem.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company of the export."),
        'on_change_with_company', searcher='search_company')
    record = fields.Reference(
        "Record", selection='get_models', readonly=True,
        help="What to open to solve the problem.")
    move = fields.Many2One(
        'account.move', "Entry", readonly=True, ondelete='CASCADE',
        help="The first entry with the problem.")
    number_of_entries = fields.Integer(
        "Entries", readonly=True,
        help="How many entries have the problem.")
    code = fields.Char(
        "Code", required=True, readonly=True,
        help="The fact, for programs.")
    arguments = fields.Text(
        "Arguments", readonly=True,
        help="What the sentence is made with.")
    text = fields.Function(
        fields.Text(
            "Problem",
            help="What is wrong and what to do."),
        'get_text')
    severity = fields.Selection([
            ('error', "Error"),
            ('warning', "Warning"),
            ], "Severity", required=True, readonly=True, sort=False,
        help="An entry with an error is not sent.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('export')
        cls._order = [('severity', 'ASC'), ('id', 'ASC')]

    @fields.depends('export', '_parent_export.company')
    def on_change_with_company(self, name=None):
        return self.export.company if self.export else None

    @classmethod
    def get_models(cls):
        pool = Pool()
        Model = pool.get('ir.model')
        get_name = Model.get_name
        return [(None, "")] + [
            (m, get_name(m)) for m in [
                'account.move', 'account.invoice', 'account.account',
                'account.tax', 'party.party']]

    @classmethod
    def get_text(cls, problems, name):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        texts = {}
        for problem in problems:
            arguments = json.loads(problem.arguments or '{}')
            for key in _DATES & arguments.keys():
                arguments[key] = lang.strftime(
                    dt.date.fromisoformat(arguments[key]))
            texts[problem.id] = gettext(
                f'contaplus_export.msg_problem_{problem.code}', **arguments)
        return texts

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual', If(
                    Eval('severity') == 'error', 'danger', 'warning')),
            ]

    @classmethod
    def of(cls, found):
        "Return new problems of what the engines found"
        return [cls(
                record='%s,%s' % f.problem.record,
                move=f.problem.move,
                number_of_entries=f.entries,
                code=f.problem.code,
                arguments=json.dumps(
                    dict(f.problem.arguments), ensure_ascii=False),
                severity=f.problem.severity) for f in found]


class ExportEntry(_ExportPart, ChatMixin, ModelSQL, ModelView):
    __name__ = 'contaplus.export.entry'

    export = fields.Many2One(
        'contaplus.export', "Export", required=True, ondelete='CASCADE',
        readonly=True,
        help="The export that sent the entry.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company of the export."),
        'on_change_with_company', searcher='search_company')
    profile = fields.Many2One(
        'contaplus.profile', "Profile", required=True, readonly=True,
        ondelete='RESTRICT',
        help="The profile of the export.")
    move = fields.Many2One(
        'account.move', "Move", required=True, readonly=True,
        ondelete='RESTRICT',
        help="The entry as it is in the books here.")
    fiscalyear = fields.Many2One(
        'account.fiscalyear', "Fiscal Year", required=True, readonly=True,
        ondelete='RESTRICT',
        help="The year that the number counts in.")
    number = fields.Integer(
        "Number", required=True, readonly=True,
        help="The number of the entry in the file.")
    date = fields.Date(
        "Date", required=True, readonly=True,
        help="The date of the entry in the file.")
    kind = fields.Selection(
        KINDS, "Kind", required=True, readonly=True, sort=False,
        help="What the entry is about.")
    amount = Monetary(
        "Amount", currency='currency', digits='currency', readonly=True,
        help="The sum of the debits of the entry in the file.")
    currency = fields.Function(
        fields.Many2One(
            'currency.currency', "Currency",
            help="The currency of the company."),
        'on_change_with_currency')
    again = fields.Boolean(
        "Sent Again", readonly=True,
        help="The entry had been sent before.")
    live = fields.Boolean(
        "Live", readonly=True,
        help="The export has not been cancelled.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('export')
        t = cls.__table__()
        cls._order = [
            ('export', 'DESC'), ('fiscalyear', 'ASC'), ('number', 'ASC'),
            ('id', 'ASC')]
        cls._sql_constraints += [
            ('move_exclude', Exclude(t,
                    (t.profile, Equal), (t.move, Equal),
                    where=(t.live == Literal(True))
                    & (t.again == Literal(False))),
                'contaplus_export.msg_entry_move_unique'),
            ('number_exclude', Exclude(t,
                    (t.profile, Equal), (t.fiscalyear, Equal),
                    (t.number, Equal)),
                'contaplus_export.msg_entry_number_unique'),
            ]
        cls._sql_indexes.update({
                Index(t, (t.move, Index.Equality())),
                Index(t, (t.export, Index.Equality())),
                })

    @fields.depends('export', '_parent_export.company')
    def on_change_with_company(self, name=None):
        return self.export.company if self.export else None

    @fields.depends('export', '_parent_export.company')
    def on_change_with_currency(self, name=None):
        return self.export.company.currency if self.export else None

    def get_rec_name(self, name):
        return f'{self.number} ({self.move.rec_name})'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('move.rec_name', *clause[1:])]

    @classmethod
    def insert(cls, export, entries):
        """Store the entries of an export

        They come by the ten thousand and have nothing to validate.
        """
        table = cls.__table__()
        same = [export.id, export.profile.id, True]
        insert_rows(table, [
                table.export, table.profile, table.live, table.move,
                table.fiscalyear, table.number, table.date, table.kind,
                table.amount, table.again,
                ], ([*same, *e] for e in entries))


class ExportAccount(_ExportPart, ModelSQL, ModelView):
    __name__ = 'contaplus.export.account'

    export = fields.Many2One(
        'contaplus.export', "Export", required=True, ondelete='CASCADE',
        readonly=True,
        help="The export that sent the subaccount.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company of the export."),
        'on_change_with_company', searcher='search_company')
    code = fields.Char(
        "Subaccount", required=True, readonly=True,
        help="The subaccount in the adviser's plan.")
    name = fields.Char(
        "Name", readonly=True,
        help="The name that was sent.")
    party = fields.Many2One(
        'party.party', "Party", readonly=True, ondelete='SET NULL',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Whose subaccount it is.")
    digest = fields.Char(
        "Digest", required=True, readonly=True,
        help="Tells whether anything changed since.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('export')
        t = cls.__table__()
        cls._order = [('export', 'DESC'), ('code', 'ASC'), ('id', 'ASC')]
        cls._sql_indexes.add(Index(t, (t.export, Index.Equality())))

    @fields.depends('export', '_parent_export.company')
    def on_change_with_company(self, name=None):
        return self.export.company if self.export else None

    @classmethod
    def insert(cls, export, accounts):
        table = cls.__table__()
        id = export.id
        insert_rows(table, [
                table.export, table.code, table.name, table.party,
                table.digest,
                ], (
                [id, a.code, a.name, a.party.id if a.party else None,
                    digest(a)] for a in accounts))

    @classmethod
    def last_sent(cls, profile):
        "Return mark and party of each subaccount as it was last sent"
        pool = Pool()
        Export = pool.get('contaplus.export')
        table = cls.__table__()
        export = Export.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table
            .join(export, condition=table.export == export.id)
            .select(
                table.code, table.digest, table.party,
                where=(export.profile == profile.id)
                & (export.state == 'done'),
                order_by=[table.id]))
        return {code: (digest, party) for code, digest, party in cursor}
