# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.cache import MemoryCache
from trytond.i18n import gettext
from trytond.model import (
    Index, ModelSQL, ModelView, Unique, fields, sequence_ordered)
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction, without_check_access
from trytond.wizard import StateAction, Wizard

from .declaration import Setting
from .exceptions import (
    DocumentReportError, PreviewError, StyleError, TemplateSyntaxError,
    TextError)
from .markup import DocumentTemplate, find_line, read_template
from .stylesheet import check as check_stylesheet
from .wording import unknown_placeholders


class Document(ModelSQL, ModelView):
    __name__ = 'report.html.document'

    company = fields.Many2One(
        'company.company', "Company", required=True, ondelete='CASCADE',
        help="The company whose papers look like this.")
    report = fields.Many2One(
        'ir.action.report', "Report", required=True, ondelete='CASCADE',
        domain=[
            ('html_document', '=', True),
            ],
        states={
            'readonly': Eval('id', -1) >= 0,
            },
        help="The paper that is changed.")
    variant = fields.Selection(
        'get_variants', "Template Variant", translate=False,
        states={
            'invisible': Bool(Eval('template')),
            },
        help="One of the templates that come with the report.\n"
        "Leave empty for the standard one.")
    blocks = fields.One2Many(
        'report.html.document.part', 'document', "Blocks",
        filter=[
            ('kind', '=', 'block'),
            ],
        help="The parts of the page, in the order they are printed.")
    columns = fields.One2Many(
        'report.html.document.part', 'document', "Columns",
        filter=[
            ('kind', '=', 'column'),
            ],
        help="The columns of the tables.")
    texts = fields.One2Many(
        'report.html.document.text', 'document', "Texts",
        help="The words that can be replaced.")
    style = fields.Text(
        "Style Sheet",
        help="CSS added to this paper only.")
    template = fields.Text(
        "Own Template",
        help="The HTML that is printed instead of the template of the "
        "report.\n"
        "A template can execute code: only administrators may change it.")

    _setting_cache = MemoryCache(
        'report.html.document.setting', context=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('company_report_unique', Unique(t, t.company, t.report),
                'report_html.msg_document_unique'),
            ]
        cls._sql_indexes.add(
            Index(t, (t.report, Index.Equality()),
                (t.company, Index.Equality())))
        cls._order = [('report', 'ASC'), ('id', 'ASC')]
        cls._buttons.update({
                'preview': {
                    'icon': 'tryton-print',
                    'readonly': Eval('id', -1) < 0,
                    'depends': ['id'],
                    },
                'edit_template': {
                    'icon': 'tryton-edit',
                    'invisible': Bool(Eval('template')),
                    'depends': ['template'],
                    },
                'reset': {
                    'icon': 'tryton-undo',
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @fields.depends('report')
    def get_variants(self):
        variants = [(None, "")]
        if self.report_class:
            variants += [
                (v.name, gettext(v.label))
                for v in self.report_class.get_variants()]
        return variants

    @fields.depends('report', 'blocks', 'columns', 'texts')
    def on_change_report(self):
        self.variant = None
        self.blocks, self.columns, self.texts = self._get_parts()

    @property
    @fields.depends('report')
    def report_class(self):
        from .report import HTMLReport
        if self.report and self.report.report_name:
            try:
                Report = Pool().get(self.report.report_name, type='report')
            except KeyError:
                return None
            if issubclass(Report, HTMLReport):
                return Report

    def get_rec_name(self, name):
        return f'{self.report.rec_name} - {self.company.rec_name}'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('report.rec_name', *clause[1:])]

    @classmethod
    def validate_fields(cls, documents, field_names):
        super().validate_fields(documents, field_names)
        cls._check_report(documents, field_names)
        cls._check_template(documents, field_names)
        if not field_names or 'style' in field_names:
            for document in documents:
                check_style(document, document.style)

    @classmethod
    def _check_report(cls, documents, field_names):
        if field_names and 'report' not in field_names:
            return
        for document in documents:
            if not document.report_class:
                raise DocumentReportError(gettext(
                        'report_html.msg_document_report',
                        report=document.report.rec_name))

    @classmethod
    def _check_template(cls, documents, field_names):
        if field_names and 'template' not in field_names:
            return
        for document in documents:
            if not document.template:
                continue
            try:
                DocumentTemplate(
                    document.template, f'document-{document.id}',
                    allow_exec=False)
            except Exception as error:
                raise TemplateSyntaxError(gettext(
                        'report_html.msg_document_template_syntax',
                        document=document.rec_name,
                        line=find_line(
                            error, f'document-{document.id}') or '?',
                        error=str(getattr(error, 'msg', error)))) from error

    @classmethod
    def on_modification(cls, mode, documents, field_names=None):
        super().on_modification(mode, documents, field_names=field_names)
        cls.clear_settings()

    @classmethod
    @ModelView.button_action('report_html.wizard_document_preview')
    def preview(cls, documents):
        pass

    @classmethod
    @ModelView.button
    def edit_template(cls, documents):
        "Start from the template that is printed now"
        for document in documents:
            if document.template:
                continue
            path = document.report.report
            for variant in document.report_class.get_variants():
                if variant.name == document.variant:
                    path = variant.template
            document.template = read_template(path)
        cls.save(documents)

    @classmethod
    @ModelView.button
    def reset(cls, documents):
        "Forget every change"
        pool = Pool()
        Part = pool.get('report.html.document.part')
        Text = pool.get('report.html.document.text')
        Part.delete([
                p for d in documents for p in [*d.blocks, *d.columns]])
        Text.delete([t for d in documents for t in d.texts])
        for document in documents:
            document.variant = None
            document.style = None
            if document.template:
                document.template = None
            document.blocks, document.columns, document.texts = (
                document._get_parts())
        cls.save(documents)

    def _get_parts(self):
        pool = Pool()
        Part = pool.get('report.html.document.part')
        Text = pool.get('report.html.document.text')
        Report = self.report_class
        if not Report:
            return [], [], []
        return (
            [Part(kind='block', name=b.name, label=gettext(b.label),
                shown=b.shown, sequence=i * 10)
                for i, b in enumerate(Report.get_blocks(), 1)],
            [Part(kind='column', name=c.name, label=gettext(c.label),
                shown=c.shown, sequence=i * 10)
                for i, c in enumerate(Report.get_columns(), 1)],
            [Text(name=t.name, label=gettext(t.label), shown=True,
                default=Text._get_default(self.report, Report, t.name),
                sequence=i * 10)
                for i, t in enumerate(Report.get_all_texts(), 1)])

    @classmethod
    def clear_settings(cls):
        cls._setting_cache.clear()

    @classmethod
    @without_check_access
    def get_setting(cls, action, company):
        "Return what the company changed in the report"
        key = (action.id, company.id)
        setting = cls._setting_cache.get(key)
        if setting is None:
            documents = cls.search([
                    ('report', '=', action.id),
                    ('company', '=', company.id),
                    ])
            if documents:
                setting = documents[0]._get_setting()
            else:
                setting = Setting()
            cls._setting_cache.set(key, setting)
        return setting

    def _get_setting(self):
        declared = [b.name for b in self.report_class.get_blocks()]
        names = [b.name for b in self.blocks]
        if names == [n for n in declared if n in names]:
            order = {}
        else:
            order = {name: i for i, name in enumerate(names)}
            for i, name in enumerate(declared):
                order.setdefault(name, i)
        return Setting(
            document=self.id,
            variant=self.variant,
            template=self.template or None,
            style=self.style or '',
            blocks={b.name: b.shown for b in self.blocks},
            order=order,
            columns={c.name: c.shown for c in self.columns},
            texts={
                (t.name, t.language.code if t.language else None):
                t.text if t.shown else ''
                for t in self.texts if t.text or not t.shown})


class DocumentPart(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'report.html.document.part'

    document = fields.Many2One(
        'report.html.document', "Document", required=True,
        ondelete='CASCADE',
        help="The paper the part belongs to.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company whose papers look like this."),
        'on_change_with_company', searcher='search_company')
    kind = fields.Selection([
            ('block', "Block"),
            ('column', "Column"),
            ], "Kind", required=True, sort=False,
        states={
            'readonly': Eval('id', -1) >= 0,
            },
        help="What the part is on the page.")
    name = fields.Char(
        "Name", required=True,
        states={
            'readonly': Eval('id', -1) >= 0,
            },
        help="The name of the part in the template.")
    label = fields.Function(
        fields.Char("Part", help="What the part contains."),
        'on_change_with_label')
    shown = fields.Boolean(
        "Printed", help="Whether the part is on the paper.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('document')
        cls._sql_constraints += [
            ('name_unique', Unique(t, t.document, t.kind, t.name),
                'report_html.msg_document_part_unique'),
            ]

    @classmethod
    def default_kind(cls):
        return 'block'

    @classmethod
    def default_shown(cls):
        return True

    @fields.depends('document', '_parent_document.company')
    def on_change_with_company(self, name=None):
        return self.document.company if self.document else None

    @classmethod
    def search_company(cls, name, clause):
        return [('document.' + clause[0], *clause[1:])]

    @fields.depends('document', 'kind', 'name', '_parent_document.report')
    def on_change_with_label(self, name=None):
        Report = self.document.report_class if self.document else None
        if Report:
            declared = {
                'block': Report.get_blocks,
                'column': Report.get_columns,
                }[self.kind]()
            for part in declared:
                if part.name == self.name:
                    return gettext(part.label)
        return self.name

    def get_rec_name(self, name):
        return self.label

    @classmethod
    def on_modification(cls, mode, parts, field_names=None):
        Document = Pool().get('report.html.document')
        super().on_modification(mode, parts, field_names=field_names)
        Document.clear_settings()


class DocumentText(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'report.html.document.text'
    _rec_name = 'label'

    document = fields.Many2One(
        'report.html.document', "Document", required=True,
        ondelete='CASCADE',
        help="The paper the text belongs to.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company whose papers look like this."),
        'on_change_with_company', searcher='search_company')
    name = fields.Selection(
        'get_names', "Text", required=True, translate=False,
        help="Which words of the paper are replaced.")
    label = fields.Function(
        fields.Char("Label", help="Where the text is printed."),
        'on_change_with_label', searcher='search_label')
    language = fields.Many2One(
        'ir.lang', "Language",
        domain=[
            ('translatable', '=', True),
            ],
        help="The language of the papers the text is for.\n"
        "Leave empty for all languages without a text of their own.")
    shown = fields.Boolean(
        "Printed", help="Whether the text is on the paper.")
    default = fields.Function(
        fields.Text(
            "Standard Text",
            help="What is printed when no text is written."),
        'on_change_with_default')
    text = fields.Text(
        "Text",
        help="What is printed instead of the standard text.\n"
        "An empty line starts a paragraph, a hyphen an item of a list and "
        "**two asterisks** enclose bold words.")
    placeholders = fields.Function(
        fields.Char(
            "Placeholders",
            help="The values of the document which the text can contain."),
        'on_change_with_placeholders')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('document')
        cls._sql_constraints += [
            ('name_language_unique', Unique(
                    t, t.document, t.name, t.language),
                'report_html.msg_document_text_unique'),
            ]

    @classmethod
    def default_shown(cls):
        return True

    @fields.depends('document', '_parent_document.company')
    def on_change_with_company(self, name=None):
        return self.document.company if self.document else None

    @classmethod
    def search_company(cls, name, clause):
        return [('document.' + clause[0], *clause[1:])]

    @fields.depends('document', '_parent_document.report')
    def get_names(self):
        Report = self.document.report_class if self.document else None
        if not Report:
            return [('title', gettext('report_html.msg_text_title'))]
        return [
            (t.name, gettext(t.label)) for t in Report.get_all_texts()]

    @fields.depends('name', methods=['get_names'])
    def on_change_with_label(self, name=None):
        return dict(self.get_names()).get(self.name, self.name)

    @classmethod
    def search_label(cls, name, clause):
        return [('name', *clause[1:])]

    @fields.depends('document', 'name', '_parent_document.report')
    def on_change_with_default(self, name=None):
        Report = self.document.report_class if self.document else None
        if not Report:
            return ''
        return self._get_default(self.document.report, Report, self.name)

    @classmethod
    def _get_default(cls, action, Report, name):
        for text in Report.get_all_texts():
            if text.name == name and text.default:
                return gettext(text.default)
        return action.name if name == 'title' else ''

    @fields.depends('document', '_parent_document.report')
    def on_change_with_placeholders(self, name=None):
        return ' '.join(
            '${%s}' % name for name in sorted(self._get_placeholders()))

    @classmethod
    def validate_fields(cls, texts, field_names):
        super().validate_fields(texts, field_names)
        if field_names and not field_names & {'text', 'document', 'name'}:
            return
        for text in texts:
            names = text._get_placeholders()
            unknown = unknown_placeholders(text.text or '', names)
            if unknown:
                raise TextError(gettext(
                        'report_html.msg_document_text_placeholder',
                        text=text.rec_name,
                        document=text.document.rec_name,
                        unknown=', '.join(unknown),
                        names=', '.join(sorted(names))))

    @classmethod
    def on_modification(cls, mode, texts, field_names=None):
        Document = Pool().get('report.html.document')
        super().on_modification(mode, texts, field_names=field_names)
        Document.clear_settings()

    def _get_placeholders(self):
        Report = self.document.report_class if self.document else None
        names = {'company'}
        if Report:
            names.update(Report.get_placeholders())
        return names


class PreviewDocument(Wizard):
    __name__ = 'report.html.document.preview'
    start_state = 'print_'

    print_ = StateAction('report_html.act_document_form')

    def do_print_(self, action):
        pool = Pool()
        Action = pool.get('ir.action')
        document = self.record
        data = {'ids': [], 'model': document.report.model}
        if document.report.model:
            record = self._get_record(document)
            data.update(id=record.id, ids=[record.id])
        return Action.get_action_value(document.report.action), data

    def _get_record(self, document):
        "The latest record the user may read"
        Model = Pool().get(document.report.model)
        domain = []
        if 'company' in Model._fields:
            domain.append(('company', '=', document.company.id))
        records = Model.search(domain, order=[('id', 'DESC')], limit=1)
        if not records:
            raise PreviewError(gettext(
                    'report_html.msg_document_preview',
                    document=document.rec_name,
                    model=Model.__names__()['model']))
        return records[0]


def check_style(record, style):
    faults = check_stylesheet(style) if style else []
    if faults:
        raise StyleError(gettext(
                'report_html.msg_style',
                record=record.rec_name,
                faults='\n'.join(
                    gettext(f'report_html.msg_style_{fault.code}',
                        line=fault.line, detail=fault.detail)
                    for fault in faults)))
