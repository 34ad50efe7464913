# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import DeactivableMixin, ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.tools import file_open
from trytond.transaction import Transaction
from trytond.wizard import Button, StateAction, StateView, Wizard

from . import ripci
from .exceptions import ProgrammeDataError, ProgrammePeriodError

RIPCI = 'RIPCI'


class Programme(DeactivableMixin, ModelSQL, ModelView):
    """What a regulation demands, by class of equipment and period"""
    __name__ = 'fire.programme'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="What people call the regulation.")
    code = fields.Char(
        "Code",
        help="A short name, for example RIPCI.")
    company = fields.Many2One(
        'company.company', "Company",
        help="The company which uses the programme.\n"
        "Leave empty to share it between all.")
    regulation = fields.Text(
        "Regulation", translate=True,
        help="The rule as it is cited on the papers.")
    lines = fields.One2Many(
        'fire.programme.line', 'programme', "Operations",
        help="Which checklist is due how often for which equipment.")

    @classmethod
    def __setup__(cls):
        cls.code.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('code_unique', Unique(t, t.company, t.code),
                'fire_audit.msg_programme_code_unique'),
            ]
        cls._order = [
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def search_rec_name(cls, name, clause):
        _, operator, operand = clause[:3]
        if operator.startswith('!') or operator.startswith('not '):
            bool_op = 'AND'
        else:
            bool_op = 'OR'
        return [bool_op,
            ('name', operator, operand),
            ('code', operator, operand),
            ]

    @classmethod
    def copy(cls, programmes, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('code')
        return super().copy(programmes, default=default)

    @classmethod
    def load_ripci(cls, classes=None):
        """Return the programme of the Spanish regulation for the company

        The classes are codes as EXT or BIE, all of them when none is told.
        What is there already is left as it is.
        """
        with file_open(
                'fire_audit/data/ripci_checklists.csv', mode='r',
                encoding='utf-8') as lines:
            sheets, problems = ripci.read(
                lines, frozenset(classes) if classes else None)
        if problems:
            raise ProgrammeDataError(gettext(
                    'fire_audit.msg_programme_data',
                    rows='\n'.join(
                        f'{p.row}: {p.column} "{p.value}"'
                        for p in problems)))
        company_id = Transaction().context.get('company')
        programme = cls._get_ripci(company_id)
        programme._add_sheets(sheets)
        return cls(programme.id)

    @classmethod
    def _get_ripci(cls, company_id):
        programmes = cls.search([
                ('code', '=', RIPCI),
                ('company', '=', company_id),
                ], limit=1)
        if programmes:
            programme, = programmes
            return programme
        with Transaction().set_context(language='en'):
            programme = cls(
                code=RIPCI, company=company_id,
                name=gettext('fire_audit.msg_ripci_name'),
                regulation=gettext('fire_audit.msg_ripci_regulation'))
            programme.save()
        for language in ['es', 'it']:
            with Transaction().set_context(language=language):
                cls.write([cls(programme.id)], {
                        'name': gettext('fire_audit.msg_ripci_name'),
                        'regulation': gettext(
                            'fire_audit.msg_ripci_regulation'),
                        })
        return programme

    def _add_sheets(self, sheets):
        pool = Pool()
        Line = pool.get('fire.programme.line')
        Template = pool.get('checklist.template')

        templates = {
            t.code: t for t in Template.search([
                    ('code', 'in', [f'{self.code}-{s.code}' for s in sheets]),
                    ('company', '=', self.company),
                    ])}
        categories = self._get_categories(sheets)
        missing = [
            s for s in sheets if f'{self.code}-{s.code}' not in templates]
        templates.update(self._create_templates(missing))
        existing = {(l.category.id, l.period) for l in self.lines}
        Line.save([
                Line(
                    programme=self,
                    category=categories[sheet.class_code],
                    period=sheet.period,
                    performer=sheet.performer,
                    template=templates[f'{self.code}-{sheet.code}'])
                for sheet in sheets
                if (categories[sheet.class_code].id, sheet.period)
                not in existing])

    def _get_categories(self, sheets):
        "Return the category of each class, made when missing"
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')

        names = {s.class_code: s.class_name for s in sheets}
        categories = {}
        for category in Category.search([
                    ('code', 'in', list(names)),
                    ('company', 'in', [self.company, None]),
                    ]):
            categories[category.code] = category
        missing = [
            Category(
                code=code, company=self.company,
                name=_category_name(name.en))
            for code, name in names.items() if code not in categories]
        with Transaction().set_context(language='en'):
            Category.save(missing)
        _translate(Category, [
                (c, {'name': {
                            l: _category_name(getattr(names[c.code], l))
                            for l in ['es', 'it']}})
                for c in missing])
        categories.update((c.code, c) for c in missing)
        return categories

    def _create_templates(self, sheets):
        "Return by code the published templates of the sheets"
        pool = Pool()
        Question = pool.get('checklist.question')
        Template = pool.get('checklist.template')
        Version = pool.get('checklist.version')

        if not sheets:
            return {}
        names = {}
        for language in ['en', 'es', 'it']:
            with Transaction().set_context(language=language):
                names[language] = [
                    gettext('fire_audit.msg_template_name',
                        name=(getattr(s.class_name, language)
                            or s.class_name.en),
                        months=s.period)
                    for s in sheets]
        with Transaction().set_context(language='en'):
            templates = Template.create([{
                        'code': f'{self.code}-{sheet.code}',
                        'company': self.company,
                        'name': name,
                        } for sheet, name in zip(sheets, names['en'])])
            versions = Version.create([{
                        'template': template.id,
                        'questions': [('create', [
                                    _question(check, i)
                                    for i, check in enumerate(
                                        sheet.checks, 1)])],
                        } for template, sheet in zip(templates, sheets)])
        # A language which is not loaded answers in English.
        _translate(Template, [
                (t, {'name': {
                            l: names[l][i] for l in ['es', 'it']
                            if names[l][i] != names['en'][i]}})
                for i, t in enumerate(templates)])
        _translate(Question, [
                (question, {'text': {
                            'es': check.text.es, 'it': check.text.it}})
                for version, sheet in zip(versions, sheets)
                for question, check in zip(version.questions, sheet.checks)])
        Version.publish(versions)
        return {t.code: Template(t.id) for t in templates}


def _category_name(name):
    # The slash separates a category from its parent.
    return name.replace(' / ', ', ')


def _question(check, sequence):
    return {
        'sequence': sequence,
        'code': check.code,
        'text': check.text.en,
        'answer_type': check.type,
        'unit': check.unit or None,
        'minimum': check.minimum,
        'maximum': check.maximum,
        'severity': check.severity,
        'source_reference': check.source,
        }


def _translate(Model, records):
    "Store the texts by language, also of languages nobody uses yet"
    pool = Pool()
    Translation = pool.get('ir.translation')

    texts = {}
    for record, fields_ in records:
        for name, by_language in fields_.items():
            for language, text in by_language.items():
                if text:
                    texts.setdefault((name, language), []).append(
                        (record.id, text))
    for (name, language), values in texts.items():
        Translation.set_ids(
            f'{Model.__name__},{name}', 'model', language,
            [id_ for id_, _ in values], [text for _, text in values])


class ProgrammeLine(ModelSQL, ModelView):
    __name__ = 'fire.programme.line'

    programme = fields.Many2One(
        'fire.programme', "Programme", required=True, ondelete='CASCADE',
        help="The programme which demands the operation.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which uses the programme."),
        'on_change_with_company', searcher='search_company')
    category = fields.Many2One(
        'maintenance.equipment.category', "Equipment", required=True,
        ondelete='RESTRICT',
        help="The equipment which is checked, "
        "with the categories below it.")
    period = fields.Integer(
        "Period", required=True,
        help="The longest time between two checks, in months.")
    performer = fields.Selection([
            ('user', "User"),
            ('maintainer', "Maintainer"),
            ('manufacturer', "Manufacturer"),
            ('oca', "Control Body"),
            ], "Performer", required=True, sort=False,
        help="Who may do it, at least.")
    template = fields.Many2One(
        'checklist.template', "Checklist", required=True,
        ondelete='RESTRICT',
        domain=[
            ['OR',
                ('company', '=', None),
                ('company', '=', Eval('company', -1)),
                ],
            ],
        help="What is checked.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('programme')
        cls._sql_constraints += [
            ('operation_unique',
                Unique(t, t.programme, t.category, t.period),
                'fire_audit.msg_programme_line_unique'),
            ]
        cls._order = [
            ('category.name', 'ASC'),
            ('period', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_performer(cls):
        return 'maintainer'

    @fields.depends('programme', '_parent_programme.company')
    def on_change_with_company(self, name=None):
        return self.programme.company if self.programme else None

    @classmethod
    def search_company(cls, name, clause):
        return [('programme.' + clause[0],) + tuple(clause[1:])]

    def get_rec_name(self, name):
        return f'{self.category.rec_name} ({self.period})'

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('category.rec_name',) + tuple(clause[1:])]

    @classmethod
    def validate_fields(cls, lines, field_names):
        super().validate_fields(lines, field_names)
        for line in lines:
            if line.period < 1:
                raise ProgrammePeriodError(gettext(
                        'fire_audit.msg_programme_line_period',
                        line=line.rec_name,
                        programme=line.programme.rec_name))


class LoadProgramme(Wizard):
    __name__ = 'fire.programme.load'

    start = StateView(
        'fire.programme.load.start',
        'fire_audit.programme_load_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Load", 'load', 'tryton-ok', default=True),
            ])
    load = StateAction('fire_audit.act_programme_form')

    def do_load(self, action):
        pool = Pool()
        Programme = pool.get('fire.programme')
        programme = Programme.load_ripci(self.start.classes or None)
        return action, {'res_id': programme.id}


class LoadProgrammeStart(ModelView):
    __name__ = 'fire.programme.load.start'

    classes = fields.MultiSelection(
        'get_classes', "Equipment",
        help="The classes of equipment to load. Empty means all.")

    @classmethod
    def get_classes(cls):
        with file_open(
                'fire_audit/data/ripci_checklists.csv', mode='r',
                encoding='utf-8') as lines:
            sheets, _ = ripci.read(lines)
        language = Transaction().language
        return list({
                s.class_code: (s.class_code,
                    getattr(s.class_name, language, '') or s.class_name.en)
                for s in sheets}.values())
