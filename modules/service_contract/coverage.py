# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.i18n import gettext
from trytond.model import (
    DeactivableMixin, Index, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .exceptions import RulePercentageError


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
    percentage = fields.Numeric(
        "Covered", digits=(16, 4), required=True,
        help="The part which the contract pays; the customer pays the rest.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls.__access__.add('coverage')
        cls._sql_indexes.add(Index(t, (t.coverage, Index.Equality())))

    @staticmethod
    def default_percentage():
        return 1

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

    @property
    def specificity(self):
        "The rule that names more answers first"
        return sum(1 for value in [
                self.equipment_category, self.product_category,
                self.task_kind, self.line_kind] if value)

    def get_rec_name(self, name):
        return self.coverage.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('coverage.' + clause[0], *clause[1:])]

    @classmethod
    def validate_fields(cls, rules, field_names):
        super().validate_fields(rules, field_names)
        cls.check_percentage(rules, field_names)

    @classmethod
    def check_percentage(cls, rules, field_names=None):
        if field_names and 'percentage' not in field_names:
            return
        for rule in rules:
            if not (0 < rule.percentage <= 1):
                raise RulePercentageError(gettext(
                        'service_contract.msg_rule_percentage',
                        coverage=rule.coverage.rec_name))
