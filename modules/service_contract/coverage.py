# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, Index, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.modules.product import price_digits
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .contract_check import refuse
from .exceptions import RuleLimitError, RulePercentageError, RulePriceError

# The hours of which no rule says more.
ALL = 0


class Coverage(DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'service.contract.coverage'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="How the coverage is called, as customers read it.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which uses the coverage.")
    description = fields.Text(
        "Description", translate=True,
        help="The coverage in words, as it is printed on the contract.")
    rules = fields.One2Many(
        'service.contract.coverage.rule', 'coverage', "Rules",
        help="What the contract pays; what no rule names is charged.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [
            ('name', 'ASC'),
            ('id', 'ASC'),
            ]

    def in_words(self):
        "What the coverage pays, a line for each rule"
        return '\n'.join(
            rule.in_words()
            for rule in sorted(self.rules, key=lambda r: r.rank))

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def copy(cls, coverages, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault(
            'name', lambda data: gettext(
                'service_contract.msg_copy_name', name=data['name']))
        return super().copy(coverages, default=default)


class CoverageRule(sequence_ordered(), ModelSQL, ModelView):
    __name__ = 'service.contract.coverage.rule'

    coverage = fields.Many2One(
        'service.contract.coverage', "Coverage", required=True,
        ondelete='CASCADE',
        help="The coverage to which the rule belongs.")
    company = fields.Function(fields.Many2One(
            'company.company', "Company",
            help="The company of the coverage."),
        'on_change_with_company', searcher='search_company')
    task_kind = fields.Selection(
        'get_task_kinds', "Task Kind",
        help="The rule is for tasks of this kind. Leave empty for all.")
    line_kind = fields.Selection(
        'get_line_kinds', "Line Kind",
        help="The rule is for work, material, travel… of this kind. "
        "Leave empty for all.")
    equipment_category = fields.Many2One(
        'maintenance.equipment.category', "Equipment Category",
        ondelete='RESTRICT',
        help="The rule is for machines of this category or one below it. "
        "Leave empty for all.")
    product_category = fields.Many2One(
        'product.category', "Product Category", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="The rule is for products of this category or one below it. "
        "Leave empty for all.")
    site = fields.Many2One(
        'maintenance.site', "Site", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        help="The rule is for work there or in a part of it. "
        "Leave empty for all.")
    priority = fields.Integer(
        "Priority", required=True,
        domain=[
            ('priority', '>=', 0),
            ('priority', '<=', 9),
            ],
        help="From 0 to 9: of the rules for the same work that with the "
        "lowest number answers first, then that which names most.")
    percentage = fields.Numeric(
        "Covered", digits=(16, 4), required=True,
        help="The part which the contract pays; the customer pays the rest.")
    price_source = fields.Selection([
            ('free', "Free"),
            ('fixed', "Agreed Price"),
            ], "Price Source", required=True, sort=False,
        help="What the customer is charged for the covered part.")
    unit_price = fields.Numeric(
        "Unit Price", digits=price_digits,
        states={
            'invisible': Eval('price_source') != 'fixed',
            'required': Eval('price_source') == 'fixed',
            },
        help="The price agreed for one unit of the covered part.")
    limit = fields.Numeric(
        "Limit", digits=(16, 2),
        help="How much is covered in each period. "
        "Leave empty for all of it.")
    limit_measure = fields.Selection([
            ('count', "Visits"),
            ('hours', "Hours or Units"),
            ('amount', "Amount at List Price"),
            ], "Limit Of", required=True, sort=False,
        states={
            'invisible': ~Eval('limit', 0),
            },
        help="What the limit counts.")
    limit_measure_string = limit_measure.translated('limit_measure')
    limit_period = fields.Selection([
            ('calendar_year', "Calendar Year"),
            ('contract_year', "Contract Year"),
            ('month', "Month"),
            ('rolling', "Last 12 Months"),
            ('contract', "Whole Contract"),
            ], "Limit For Each", required=True, sort=False,
        states={
            'invisible': ~Eval('limit', 0),
            },
        help="The time for which the limit holds.")
    limit_period_string = limit_period.translated('limit_period')
    limit_carry_over = fields.Boolean(
        "Carry Over",
        states={
            'invisible': (
                ~Eval('limit', 0)
                | Eval('limit_period').in_(['rolling', 'contract'])),
            },
        help="Check to add what is left of a period to the next one, "
        "but no further.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('coverage')
        cls._sql_indexes.add(Index(t, (t.coverage, Index.Equality())))

    @fields.depends('coverage', '_parent_coverage.company')
    def on_change_with_company(self, name=None):
        return self.coverage.company if self.coverage else None

    @classmethod
    def search_company(cls, name, clause):
        return [('coverage.' + clause[0], *clause[1:])]

    @classmethod
    def get_task_kinds(cls):
        pool = Pool()
        Task = pool.get('maintenance.order.task')
        return cls._with_any(Task, 'kind')

    @classmethod
    def get_line_kinds(cls):
        pool = Pool()
        VisitLine = pool.get('maintenance.visit.line')
        return cls._with_any(VisitLine, 'kind')

    @classmethod
    def _with_any(cls, Model, name):
        selection = Model.fields_get([name])[name]['selection']
        if isinstance(selection, str):
            selection = getattr(Model, selection)()
        return [(None, "")] + [(k, v) for k, v in selection if k]

    @staticmethod
    def default_percentage():
        return 1

    @staticmethod
    def default_priority():
        return 5

    @staticmethod
    def default_price_source():
        return 'free'

    @staticmethod
    def default_limit_measure():
        return 'count'

    @staticmethod
    def default_limit_period():
        return 'calendar_year'

    @staticmethod
    def default_limit_carry_over():
        return False

    @classmethod
    def _matching(cls):
        "Return the names of the fields which say what a rule is for"
        return [
            'task_kind', 'line_kind', 'equipment_category',
            'product_category', 'site']

    @property
    def specificity(self):
        "The rule that names more answers first"
        return sum(
            1 for name in self._matching() if getattr(self, name))

    @property
    def rank(self):
        return (
            self.priority, -self.specificity,
            self.sequence is not None, self.sequence or 0, self.id)

    def is_ambiguous(self, other):
        "Whether nothing tells which of the rules answers first"
        return self.priority == other.priority and all(
            not getattr(self, name) or not getattr(other, name)
            or getattr(self, name) == getattr(other, name)
            for name in self._matching())

    @property
    def limit_text(self):
        "The limit in words"
        pool = Pool()
        Lang = pool.get('ir.lang')
        if self.limit is None:
            return ''
        return gettext(
            'service_contract.msg_limit',
            limit=Lang.get().format_number(
                Decimal(f'{self.limit.normalize():f}')),
            measure=self.limit_measure_string.lower(),
            period=self.limit_period_string.lower())

    def in_words(self):
        "What the contract pays by the rule, as one reads it out"
        what = [
            dict(kinds).get(value) for value, kinds in [
                (self.task_kind, self.get_task_kinds()),
                (self.line_kind, self.get_line_kinds()),
                ] if value]
        what += [
            getattr(self, name).rec_name for name in self._matching()
            if name not in {'task_kind', 'line_kind'} and getattr(self, name)]
        text = ', '.join(filter(None, what)) or gettext(
            'service_contract.msg_rule_everything')
        return f'{text}: ' + ', '.join(
            filter(None, [self.paid_in_words(), self.limit_text]))

    def paid_in_words(self):
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get()
        if self.price_source == 'fixed':
            return gettext(
                'service_contract.msg_rule_fixed',
                price=lang.currency(
                    self.unit_price, self.coverage.company.currency))
        if self.percentage != 1:
            return gettext(
                'service_contract.msg_rule_part',
                percentage=lang.format_number(
                    Decimal(f'{(self.percentage * 100).normalize():f}')))
        return gettext('service_contract.msg_rule_free')

    @classmethod
    def hours_of(cls, rules, visit, line, gathered):
        """Return the hours which the rules tell apart, as parts of the line

        gathered keeps what was read for the lines before.
        """
        return {ALL: Decimal(1)}

    def hours_within(self, hours):
        "Return those of the hours of which the rule speaks"
        return dict(hours)

    def answer(self, candidate, visit, line, gathered):
        "Return the candidate as it is for the line, None if it is not for it"
        return candidate

    def get_rec_name(self, name):
        return self.coverage.rec_name

    @classmethod
    def on_modification(cls, mode, rules, field_names=None):
        pool = Pool()
        Counter = pool.get('service.contract.line.counter')
        Line = pool.get('service.contract.line')
        super().on_modification(mode, rules, field_names=field_names)
        if mode == 'create' or (
                mode == 'write' and field_names & {'limit', 'coverage'}):
            coverages = {r.coverage.id for r in rules if r.limit is not None}
            if coverages:
                Counter.sync(Line.search([
                            ('coverage', 'in', list(coverages)),
                            ]))

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('coverage.' + clause[0], *clause[1:])]

    @classmethod
    def validate_fields(cls, rules, field_names):
        super().validate_fields(rules, field_names)
        cls.check_percentage(rules, field_names)
        cls.check_limit(rules, field_names)
        cls.check_price(rules, field_names)

    @classmethod
    def check_percentage(cls, rules, field_names=None):
        if field_names and 'percentage' not in field_names:
            return
        refuse(
            RulePercentageError(gettext(
                    'service_contract.msg_rule_percentage',
                    coverage=rule.coverage.rec_name))
            for rule in rules if not (0 < rule.percentage <= 1))

    @classmethod
    def check_limit(cls, rules, field_names=None):
        if field_names and 'limit' not in field_names:
            return
        refuse(
            RuleLimitError(gettext(
                    'service_contract.msg_rule_limit',
                    coverage=rule.coverage.rec_name))
            for rule in rules if rule.limit is not None and rule.limit <= 0)

    @classmethod
    def check_price(cls, rules, field_names=None):
        if field_names and 'unit_price' not in field_names:
            return
        refuse(
            RulePriceError(gettext(
                    'service_contract.msg_rule_price',
                    coverage=rule.coverage.rec_name))
            for rule in rules
            if rule.unit_price is not None and rule.unit_price < 0)
