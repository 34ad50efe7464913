# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What customers should have done next, kept until somebody answers."""
from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.modules.report_html.workflow import ButtonWorkflow
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, If
from trytond.transaction import Transaction, without_check_access

from .recommending import machine, things
from .searching import FoundByMixin


class Recommendation(FoundByMixin, ButtonWorkflow, ModelSQL, ModelView):
    """One thing that a customer should have done

    Posting a visit makes one of each line of its recommendations.  With the
    module sale it becomes a line of a quote, whose state it follows.
    """
    __name__ = 'maintenance.recommendation'
    _rec_name = 'description'
    _found_by = [
        'visit.rec_name', 'party.rec_name', 'equipment.rec_name',
        'description']

    _states = {
        'readonly': Eval('state') != 'open',
        }

    company = fields.Many2One(
        'company.company', "Company", required=True,
        states={
            'readonly': Eval('id', -1) >= 0,
            },
        help="The company which recommends.")
    visit = fields.Many2One(
        'maintenance.visit', "Visit", readonly=True, ondelete='CASCADE',
        states={
            'invisible': ~Eval('visit'),
            },
        help="The visit on which it was found.")
    date = fields.Date(
        "Date", required=True, states=_states,
        help="When it was found.")
    employee = fields.Many2One(
        'company.employee', "Technician", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="Who recommends it.")
    site = fields.Many2One(
        'maintenance.site', "Site", required=True, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            ],
        states=_states,
        help="Where it is to be done.")
    party = fields.Many2One(
        'party.party', "Customer", required=True, ondelete='RESTRICT',
        states=_states,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who decides about it.")
    equipment = fields.Many2One(
        'maintenance.equipment', "Equipment", ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('company', -1)),
            If(Eval('state') == 'open',
                ('site', '=', Eval('site', -1)),
                ()),
            ],
        states=_states,
        help="The machine it is about.")
    product = fields.Many2One(
        'product.product', "Product", ondelete='RESTRICT', states=_states,
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="What is quoted, with its price.\n"
        "Leave empty to quote the words, and to write the price yourself.")
    quantity = fields.Float(
        "Quantity", required=True, states=_states,
        domain=[
            ('quantity', '>', 0),
            ],
        help="How much of it, in the unit in which it is sold.")
    description = fields.Text(
        "Description", required=True, states=_states,
        help="What should be done, as the customer reads it.")
    tasks = fields.One2Many(
        'maintenance.order.task', 'origin', "Tasks", readonly=True,
        states={
            'invisible': ~Eval('tasks', [0]),
            },
        help="The work that came of it.")
    state = fields.Selection([
            ('open', "Open"),
            ('quoted', "Quoted"),
            ('accepted', "Accepted"),
            ('refused', "Refused"),
            ], "State", readonly=True, required=True, sort=False,
        help="What became of it.")
    state_string = state.translated('state')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.visit, Index.Range())),
                Index(t, (t.party, Index.Range())),
                Index(t, (t.site, Index.Range())),
                Index(t, (t.equipment, Index.Range())),
                Index(
                    t,
                    (t.state, Index.Equality(cardinality='low')),
                    where=t.state.in_(['open', 'quoted'])),
                })
        cls._order = [
            ('date', 'DESC'),
            ('id', 'DESC'),
            ]
        cls._transitions |= {
            ('open', 'refused'),
            ('refused', 'open'),
            }
        cls._buttons.update({
                'refuse': {
                    'invisible': Eval('state') != 'open',
                    'icon': 'tryton-clear',
                    'depends': ['state'],
                    },
                'open': {
                    'invisible': Eval('state') != 'refused',
                    'icon': 'tryton-undo',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_employee(cls):
        return Transaction().context.get('employee')

    @classmethod
    def default_quantity(cls):
        return 1

    @classmethod
    def default_state(cls):
        return 'open'

    @fields.depends('site', 'party')
    def on_change_site(self):
        if self.site and not self.party:
            self.party = self.site.party

    @fields.depends('equipment', 'site', methods=['on_change_site'])
    def on_change_equipment(self):
        if self.equipment and not self.site:
            self.site = self.equipment.site
            self.on_change_site()

    def get_rec_name(self, name):
        return self.description.strip().split('\n')[0][:80]

    @classmethod
    def view_attributes(cls):
        return super().view_attributes() + [
            ('/tree', 'visual',
                If(Eval('state') == 'refused', 'muted',
                    If(Eval('state') == 'accepted', 'success', ''))),
            ]

    @classmethod
    def check_modification(
            cls, mode, recommendations, values=None, external=False):
        super().check_modification(
            mode, recommendations, values=values, external=external)
        if mode == 'delete':
            for recommendation in recommendations:
                if recommendation.state in {'quoted', 'accepted'}:
                    raise AccessError(gettext(
                            'maintenance_order.msg_recommendation_delete',
                            recommendation=recommendation.rec_name))

    @classmethod
    def copy(cls, recommendations, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('visit')
        default.setdefault('tasks')
        default.setdefault('state', 'open')
        return super().copy(recommendations, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('refused')
    def refuse(cls, recommendations):
        pass

    @classmethod
    @ModelView.button
    @Workflow.transition('open')
    def open(cls, recommendations):
        pass


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    recommended = fields.One2Many(
        'maintenance.recommendation', 'visit', "What Became of Them",
        readonly=True,
        states={
            'invisible': ~Eval('recommended', [0]),
            },
        help="The recommendations of the posted visit, one by one.")

    @classmethod
    def copy(cls, visits, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('recommended')
        return super().copy(visits, default=default)

    @classmethod
    def _post(cls, visits):
        super()._post(visits)
        cls._recommend(visits)

    @classmethod
    def _settle_failed(cls, visits):
        super()._settle_failed(visits)
        cls._recommend(visits)

    @classmethod
    @without_check_access
    def _recommend(cls, visits):
        """Keep what the visits recommend

        What a corrected report recommended already stays as it is; what its
        correction leaves out, and nobody answered, goes.
        """
        pool = Pool()
        Recommendation = pool.get('maintenance.recommendation')
        to_create, to_delete = [], []
        for visit in cls.browse(visits):
            if not visit.recommendations and not visit.corrects:
                continue
            found = things(visit.recommendations)
            known = set()
            corrected = visit.corrects
            while corrected:
                for recommendation in corrected.recommended:
                    description = recommendation.description
                    if (description in found
                            or recommendation.state != 'open'):
                        known.add(description)
                    else:
                        to_delete.append(recommendation)
                corrected = corrected.corrects
            to_create.extend(
                visit._recommendation_values(t) for t in found
                if t not in known)
        if to_delete:
            Recommendation.delete(to_delete)
        if to_create:
            Recommendation.create(to_create)

    def _recommendation_values(self, text):
        pool = Pool()
        Date = pool.get('ir.date')
        with Transaction().set_context(company=self.company.id):
            date = self.date or Date.today()
        machines = {
            e.id: [e.name, e.number, e.external_code, e.serial]
            for e in (t.equipment for t in self.tasks)
            if e and e.site == self.site}
        return {
            'company': self.company.id,
            'visit': self.id,
            'date': date,
            'employee': self.leader.id if self.leader else None,
            'site': self.site.id,
            'party': self.party.id,
            'equipment': machine(text, machines),
            'description': text,
            }


class Task(metaclass=PoolMeta):
    __name__ = 'maintenance.order.task'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['maintenance.recommendation']
