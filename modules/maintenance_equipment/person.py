# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The persons of a customer: parties tied to it, each with own data."""
from collections import defaultdict

from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction
from trytond.wizard import Button, StateTransition, StateView, Wizard

USAGE = 'person'


class RelationType(metaclass=PoolMeta):
    __name__ = 'party.relation.type'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.usages.selection.append((USAGE, "Person of a Customer"))


class Relation(metaclass=PoolMeta):
    __name__ = 'party.relation.all'

    phone = fields.Function(
        fields.Char(
            "Phone",
            help="The phone of whom the relation leads to, "
            "or else the mobile."),
        'on_change_with_phone')
    email = fields.Function(
        fields.Char(
            "E-Mail",
            help="The e-mail address of whom the relation leads to."),
        'on_change_with_email')

    @classmethod
    def default_type(cls):
        pool = Pool()
        Type = pool.get('party.relation.type')

        if Transaction().context.get('relation_usage') != USAGE:
            return
        types = Type.search([
                ('usages', 'in', [USAGE]),
                ], order=[('id', 'ASC')], limit=1)
        return types[0].id if types else None

    @fields.depends('to', '_parent_to.id')
    def on_change_with_phone(self, name=None):
        if self.to:
            return self.to.phone or self.to.mobile

    @fields.depends('to', '_parent_to.id')
    def on_change_with_email(self, name=None):
        if self.to:
            return self.to.email


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    persons = fields.One2Many(
        'party.relation.all', 'from_', "Persons",
        filter=[
            ('type.usages', 'in', [USAGE]),
            ],
        context={
            'relation_usage': USAGE,
            },
        help="Who speaks for the party, each with an own phone and e-mail.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'new_person': {
                    'icon': 'tryton-add',
                    },
                })

    @classmethod
    def copy(cls, parties, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('persons')
        return super().copy(parties, default=default)

    @classmethod
    @ModelView.button_action('maintenance_equipment.wizard_person_create')
    def new_person(cls, parties):
        pass

    def add_person(self, name, type, phone=None, mobile=None, email=None):
        "Make a party of the name and tie it to the party"
        pool = Pool()
        Mechanism = pool.get('party.contact_mechanism')
        Relation = pool.get('party.relation')

        person = self.__class__(name=name, lang=self.lang)
        person.contact_mechanisms = [
            Mechanism(type=kind, value=value) for kind, value in [
                ('phone', phone), ('mobile', mobile), ('email', email)]
            if value]
        person.save()
        Relation(from_=self, to=person, type=type).save()
        return person


class Site(metaclass=PoolMeta):
    __name__ = 'maintenance.site'

    persons = fields.Function(
        fields.Many2Many(
            'party.relation.all', None, None, "Persons",
            help="Who speaks for the customer of the place today."),
        'get_persons')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'new_person': {
                    'icon': 'tryton-add',
                    },
                })

    @classmethod
    def get_persons(cls, sites, name):
        pool = Pool()
        Relation = pool.get('party.relation.all')

        persons = defaultdict(list)
        for relation in Relation.search([
                    ('from_', 'in', list({s.party.id for s in sites})),
                    ('type.usages', 'in', [USAGE]),
                    ], order=[('id', 'ASC')]):
            persons[relation.from_.id].append(relation.id)
        return {s.id: persons[s.party.id] for s in sites}

    @classmethod
    @ModelView.button_action('maintenance_equipment.wizard_person_create')
    def new_person(cls, sites):
        pass


class CreatePerson(Wizard):
    __name__ = 'maintenance.person.create'

    start = StateView(
        'maintenance.person.create.start',
        'maintenance_equipment.person_create_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Create", 'create_', 'tryton-ok', default=True),
            ])
    create_ = StateTransition()

    def default_start(self, fields):
        pool = Pool()
        Relation = pool.get('party.relation.all')

        customer, site = self.record, None
        if self.model.__name__ == 'maintenance.site':
            customer, site = self.record.party, self.record
        with Transaction().set_context(relation_usage=USAGE):
            type = Relation.default_type()
        return {
            'customer': customer.id,
            'site': site.id if site else None,
            'type': type,
            }

    def transition_create_(self):
        pool = Pool()
        Date = pool.get('ir.date')
        SiteParty = pool.get('maintenance.site.party')

        start = self.start
        person = start.customer.add_person(
            start.name, start.type, phone=start.phone, mobile=start.mobile,
            email=start.email)
        if start.site and start.role:
            with Transaction().set_context(company=start.site.company.id):
                today = Date.today()
            SiteParty(
                site=start.site, party=person, role=start.role,
                from_date=today).save()
        return 'end'

    def end(self):
        return 'reload'


class CreatePersonStart(ModelView):
    __name__ = 'maintenance.person.create.start'

    customer = fields.Many2One(
        'party.party', "Customer", readonly=True,
        help="The party for which the person speaks.")
    site = fields.Many2One(
        'maintenance.site', "Site", readonly=True,
        states={
            'invisible': ~Bool(Eval('site')),
            },
        help="The place where the person may have a role.")
    name = fields.Char(
        "Name", required=True,
        help="The name of the person.")
    type = fields.Many2One(
        'party.relation.type', "Relation", required=True,
        domain=[
            ('usages', 'in', [USAGE]),
            ],
        help="What the person is to the customer.")
    phone = fields.Char(
        "Phone",
        help="The own phone of the person.")
    mobile = fields.Char(
        "Mobile",
        help="The own mobile of the person.")
    email = fields.Char(
        "E-Mail",
        help="The own e-mail address of the person.")
    role = fields.Selection(
        'get_roles', "Role at the Site",
        states={
            'invisible': ~Bool(Eval('site')),
            },
        help="What the person is to the site from today on. "
        "Leave empty for nothing.")

    @classmethod
    def get_roles(cls):
        pool = Pool()
        SiteParty = pool.get('maintenance.site.party')
        return [(None, ''), *SiteParty.fields_get(
                ['role'])['role']['selection']]
