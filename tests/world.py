# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The company of the demo, of the stories across modules and of the browser.

`spanish` and `generic` are set-up functions for `activate_modules`: the same
installer, on the Spanish chart of account_es and on the plain one, so that
nothing of ours leans on either. Everything is found again by what a person
would look for: the code of a product, the login of a user, the name of a
party.
"""
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from stdnum import iban as stdnum_iban
from stdnum.es import cif as stdnum_cif
from stdnum.es import dni as stdnum_dni

from trytond.pool import Pool
from trytond.transaction import Transaction, TransactionError

COMPANY = "Instalaciones Levante S.L."
PASSWORD = 'oficio-demo'
MODULES = [
    'batch', 'checklist', 'contaplus_export', 'currency_half_up',
    'fire_audit', 'maintenance_equipment', 'maintenance_order',
    'maintenance_ticket', 'report_html', 'sepa_remittance',
    'service_contract']
SPANISH_MODULES = [*MODULES, 'account_es']


@dataclass(frozen=True)
class Chart:
    "What differs between charts of accounts"
    template: str
    receivable: str
    payable: str
    revenue_services: str
    revenue_goods: str
    expense: str
    bank: str
    bank_fees: str
    tax_account: str


SPANISH = Chart(
    'account_es.pgc_0_pyme', '4300', '4000', '705', '700', '600', '572',
    '626', '477')
GENERIC = Chart(
    'account.account_template_root_en', '1.2.1', '2.1.1', '4.1.2', '4.1.1',
    '5.1.1', '1.1.1', '5.2.2', '6.3.6')


@dataclass(frozen=True)
class Role:
    login: str
    name: str
    language: str
    groups: tuple[str, ...]
    employee: str = ''
    cost: str = '0'
    van: str = ''
    performer: str = ''


TECHNICIAN = ('maintenance_equipment.group_technician',)
ROLES = (
    Role('carmen', "Carmen Ruiz", 'es', (
            'maintenance_equipment.group_dispatcher',
            'stock.group_stock'), "Carmen Ruiz", '19.00'),
    Role('jorge', "Jorge Ferrer", 'es', (
            'maintenance_equipment.group_maintenance_admin',
            'maintenance_equipment.group_sales_view',
            'account.group_account', 'product.group_product_admin',
            'report_html.group_paper'),
        "Jorge Ferrer", '31.00'),
    Role('lucia', "Lucía Gómez", 'es', (
            'maintenance_equipment.group_billing',
            'account.group_account', 'account_payment.group_payment',
            'account_payment.group_payment_approval',
            'party.group_party_admin'), "Lucía Gómez", '20.00'),
    Role('pau', "Pau Martí", 'es', TECHNICIAN, "Pau Martí", '22.50', '1'),
    Role('ana', "Ana Soler", 'es', (
            *TECHNICIAN, 'maintenance_equipment.group_auditor'),
        "Ana Soler", '24.00', '2'),
    Role('luca', "Luca Bianchi", 'it', TECHNICIAN, "Luca Bianchi", '22.50',
        '3'),
    Role('vicent', "Vicent Pons", 'es', TECHNICIAN, "Vicent Pons", '21.00',
        '4'),
    Role('marta', "Marta Ibáñez", 'es', (
            'maintenance_equipment.group_sales_view',), "Marta Ibáñez",
        '20.00'),
    Role('asesoria', "Asesoría Turia", 'es', (
            'contaplus_export.group_adviser',)),
    Role('norte', "Iker Salas", 'es', (
            'maintenance_order.group_subcontractor',),
        performer="Frío Norte S.L."),
    )


@dataclass(frozen=True)
class Article:
    code: str
    name: str
    category: str
    list_price: str
    cost_price: str = '0'
    unit: str = 'u'
    type: str = 'service'


ARTICLES = (
    Article('MO', "Mano de obra oficial", 'service', '42.00', '0', 'h'),
    Article('MO-AY', "Mano de obra ayudante", 'service', '31.00', '0', 'h'),
    Article('VIAJE', "Tiempo de viaje", 'service', '28.00', '0', 'h'),
    Article('SALIDA', "Salida", 'service', '35.00'),
    Article('KM', "Kilometraje", 'service', '0.45'),
    Article('CUOTA', "Cuota de mantenimiento", 'service', '60.00'),
    Article('CUOTA-EXT', "Revisión anual de extintores", 'service', '120.00'),
    Article('EXT6', "Extintor de polvo ABC 6 kg", 'goods', '48.50', '27.10',
        'u', 'goods'),
    Article('RECARGA6', "Recarga de polvo 6 kg", 'goods', '16.80', '6.30',
        'u', 'goods'),
    Article('MANG20', "Manguera BIE 25 mm 20 m", 'goods', '139.00', '84.00',
        'u', 'goods'),
    Article('VALV', "Válvula de expansión", 'goods', '68.40', '39.90', 'u',
        'goods'),
    Article('COMP', "Condensador de arranque 45 µF", 'goods', '23.75',
        '11.20', 'u', 'goods'),
    Article('FILTRO', "Filtro de aire G4", 'goods', '9.30', '4.15', 'u',
        'goods'),
    Article('SIRENA', "Sirena óptico-acústica", 'goods', '57.90', '33.00',
        'u', 'goods'),
    Article('BAT12', "Batería 12 V 7 Ah", 'goods', '24.60', '13.40', 'u',
        'goods'),
    )


# Set-up functions for activate_modules

def spanish(config=None):
    "The company on the Spanish chart"
    _set_up(SPANISH, config)


def generic(config=None):
    "The company on the generic chart"
    _set_up(GENERIC, config)


def _set_up(chart, config):
    from trytond.tests.test_tryton import DB_NAME
    run(DB_NAME, create, chart, locks=LOCKS)
    if config is not None:
        User = Pool(DB_NAME).get('res.user')
        with Transaction().start(DB_NAME, 1):
            config._context = User.get_preferences(context_only=True)


# What create would start again for, twice.
LOCKS = ['account_configuration', 'maintenance_configuration']


def run(database, function, *arguments, context=None, user=1, locks=()):
    """Call the function in a transaction of its own, with the locks it needs

    What it leaves in the queue is done afterwards, as a worker would.
    """
    from trytond.worker import run_task
    extras = {'_lock_tables': list(locks)} if locks else {}
    while True:
        with Transaction().start(
                database, user, context={'_skip_warnings': True, **(
                        context or {})}, **extras) as transaction:
            try:
                result = function(*arguments)
            except TransactionError as error:
                transaction.rollback()
                transaction.tasks.clear()
                error.fix(extras)
                continue
        while transaction.tasks:
            run_task(database, transaction.tasks.pop())
        return result


def create(chart, today=None):
    "Create the company with its books, its people and its articles"
    pool = Pool()
    Date = pool.get('ir.date')
    Lang = pool.get('ir.lang')
    today = today or Date.today()
    Lang.write(
        Lang.search([('code', 'in', ['es', 'it'])]), {'translatable': True})
    company = create_company()
    with Transaction().set_context(
            company=company.id, companies=[company.id]):
        create_chart(company, chart)
        create_fiscalyears(company, today)
        create_categories(company, chart)
        create_articles(company)
        create_payment_terms()
        create_staff(company, today)
        create_bank(company, chart)
        create_settings(company)
    return company


def tax_number(serial, letter='B'):
    """Return a valid Spanish company number (CIF)

    The letter tells what it is: A and B a company, E several owners, F a
    cooperative, H a community of owners, P a town hall.
    """
    number = f'{letter}{serial:07d}'
    digit, character = stdnum_cif.calc_check_digits(number)
    return number + (character if letter == 'P' else digit)


def person_number(serial):
    "Return a valid Spanish personal number (DNI)"
    number = f'{serial:08d}'
    return number + stdnum_dni.calc_check_digit(number)


def bank_number(bank, serial):
    "Return a valid Spanish IBAN of the bank with that number"
    def digit(digits):
        weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
        total = sum(int(d) * w for d, w in zip(
                digits, weights[-len(digits):], strict=True))
        check = 11 - total % 11
        return str({10: 1, 11: 0}.get(check, check))

    branch, account = '0412', f'{serial:010d}'
    number = (
        f'{bank}{branch}{digit(bank + branch)}{digit(account)}{account}')
    check = stdnum_iban.calc_check_digits('ES00' + number)
    return stdnum_iban.validate(f'ES{check}{number}')


def create_company():
    pool = Pool()
    Company = pool.get('company.company')
    Country = pool.get('country.country')
    Currency = pool.get('currency.currency')
    Lang = pool.get('ir.lang')
    Party = pool.get('party.party')
    User = pool.get('res.user')

    euros = Currency.search([('code', '=', 'EUR')])
    euro = euros[0] if euros else Currency(
        name="Euro", symbol='€', code='EUR', numeric_code='978',
        rounding=Decimal('0.01'), digits=2)
    euro.save()
    spain = country('ES', "España")
    country('IT', "Italia")
    Country.save([spain])
    spanish, = Lang.search([('code', '=', 'es')])
    party = Party(name=COMPANY, lang=spanish)
    party.addresses = [_address(
            "Carrer dels Ferrers", '14', '46960', "Aldaia", spain)]
    party.identifiers = [_identifier('ES' + tax_number(9640217))]
    party.contact_mechanisms = [
        _contact('phone', '+34961234567'),
        _contact('email', 'hola@levante.example')]
    party.save()
    company = Company(
        party=party, currency=euro, timezone='Europe/Madrid')
    company.save()
    User.write([User(Transaction().user)], {
            'companies': [('add', [company.id])],
            'company': company.id,
            })
    return company


def country(code, name):
    Country = Pool().get('country.country')
    countries = Country.search([('code', '=', code)])
    if countries:
        return countries[0]
    record = Country(code=code, name=name)
    record.save()
    return record


def _address(street, number, postal_code, city, country):
    Address = Pool().get('party.address')
    return Address(
        street_name=street, building_number=number, postal_code=postal_code,
        city=city, country=country)


def _identifier(code, type='eu_vat'):
    Identifier = Pool().get('party.identifier')
    return Identifier(type=type, code=code)


def _contact(type, value):
    Mechanism = Pool().get('party.contact_mechanism')
    return Mechanism(type=type, value=value)


def create_chart(company, chart):
    pool = Pool()
    AccountTemplate = pool.get('account.account.template')
    CreateChart = pool.get('account.create_chart', type='wizard')
    ModelData = pool.get('ir.model.data')

    session_id, _, _ = CreateChart.create()
    wizard = CreateChart(session_id)
    wizard.account.account_template = AccountTemplate(
        ModelData.get_id(chart.template))
    wizard.account.company = company
    wizard.transition_create_account()
    defaults = wizard.states['properties'].get_defaults(
        wizard, 'properties', list(wizard.properties._fields))
    for name, value in {
            **defaults,
            'company': company.id,
            'account_receivable': account(company, chart.receivable).id,
            'account_payable': account(company, chart.payable).id,
            'category_account_revenue': account(
                company, chart.revenue_services).id,
            'category_account_expense': account(company, chart.expense).id,
            }.items():
        if name in wizard.properties._fields:
            setattr(wizard.properties, name, value)
    wizard.transition_create_properties()
    CreateChart.delete(session_id)
    if chart is GENERIC:
        create_generic_taxes(company, chart)


def account(company, code):
    Account = Pool().get('account.account')
    found, = Account.search([
            ('company', '=', company.id),
            ('code', '=', code),
            ], limit=1)
    return found


def create_generic_taxes(company, chart):
    "The generic chart has none of its own"
    Tax = Pool().get('account.tax')
    tax_account = account(company, chart.tax_account)
    for rate in ['0.21', '0.10']:
        Tax(
            name=f"VAT {Decimal(rate):.0%}",
            description=f"{Decimal(rate):.0%}",
            company=company, type='percentage', rate=Decimal(rate),
            invoice_account=tax_account, credit_note_account=tax_account,
            ).save()


def find_tax(company, rate, goods):
    pool = Pool()
    ModelData = pool.get('ir.model.data')
    Tax = pool.get('account.tax')
    try:
        template = ModelData.get_id(
            'account_es',
            f'iva_rep_{rate}{"" if goods else "_servicios"}_pyme')
    except KeyError:
        clause = ('rate', '=', Decimal(rate) / 100)
    else:
        clause = ('template', '=', template)
    tax, = Tax.search([('company', '=', company.id), clause])
    return tax


def create_fiscalyears(company, today):
    "Two past years, this one and the next, each with its own sequences"
    pool = Pool()
    FiscalYear = pool.get('account.fiscalyear')
    ModelData = pool.get('ir.model.data')
    SequenceStrict = pool.get('ir.sequence.strict')
    InvoiceSequence = pool.get('account.fiscalyear.invoice_sequence')

    def sequence(name, type, prefix=''):
        return SequenceStrict(
            name=name, company=company, prefix=prefix,
            padding=5 if prefix else 0,
            sequence_type=ModelData.get_id(*type.split('.')))

    years = []
    for year in range(today.year - 2, today.year + 2):
        move = sequence(
            f"Asientos {year}", 'account.sequence_type_account_move')
        invoices = {
            'out_invoice_sequence': (f"Facturas {year}", f'F{year}-'),
            'out_credit_note_sequence': (
                f"Facturas rectificativas {year}", f'R{year}-'),
            'in_invoice_sequence': (f"Facturas recibidas {year}", f'C{year}-'),
            'in_credit_note_sequence': (
                f"Abonos recibidos {year}", f'CR{year}-'),
            }
        values = {
            key: sequence(
                name, 'account_invoice.sequence_type_account_invoice', prefix)
            for key, (name, prefix) in invoices.items()}
        SequenceStrict.save([move, *values.values()])
        years.append(FiscalYear(
                name=str(year), company=company,
                start_date=dt.date(year, 1, 1),
                end_date=dt.date(year, 12, 31),
                move_sequence=move,
                invoice_sequences=[
                    InvoiceSequence(company=company, **values)]))
    FiscalYear.save(years)
    FiscalYear.create_period(years)
    return years


def create_categories(company, chart):
    Category = Pool().get('product.category')
    categories = []
    for name, revenue, goods in [
            ("Servicios", chart.revenue_services, False),
            ("Material", chart.revenue_goods, True)]:
        category = Category(
            name=name, code='goods' if goods else 'service', accounting=True)
        category.account_revenue = account(company, revenue)
        category.account_expense = account(company, chart.expense)
        category.customer_taxes = [find_tax(company, '21', goods)]
        categories.append(category)
    Category.save(categories)
    return categories


def create_articles(company):
    pool = Pool()
    Category = pool.get('product.category')
    Template = pool.get('product.template')
    Product = pool.get('product.product')
    Uom = pool.get('product.uom')

    units = {u.symbol: u for u in Uom.search([('symbol', 'in', ['u', 'h'])])}
    categories = {
        c.code: c for c in Category.search([('accounting', '=', True)])}
    templates = []
    for article in ARTICLES:
        template = Template(
            name=article.name, type=article.type,
            default_uom=units[article.unit],
            list_price=Decimal(article.list_price),
            account_category=categories[article.category])
        if article.type == 'goods':
            template.cost_price_method = 'fixed'
        template.products = [Product(
                suffix_code=article.code,
                cost_price=Decimal(article.cost_price))]
        templates.append(template)
    Template.save(templates)
    return templates


def create_payment_terms():
    pool = Pool()
    PaymentTerm = pool.get('account.invoice.payment_term')
    Line = pool.get('account.invoice.payment_term.line')
    Delta = pool.get('account.invoice.payment_term.line.delta')
    terms = []
    for name, days in [("Al contado", 0), ("30 días", 30)]:
        terms.append(PaymentTerm(
                name=name, lines=[Line(
                        type='remainder',
                        relativedeltas=[Delta(days=days)] if days else [])]))
    PaymentTerm.save(terms)
    return terms


def create_staff(company, today):
    """Employees with what they cost, their vans, and a login for each role

    Who works for a subcontractor is none of them.
    """
    pool = Pool()
    Employee = pool.get('company.employee')
    CostPrice = pool.get('company.employee_cost_price')
    Group = pool.get('res.group')
    Lang = pool.get('ir.lang')
    Location = pool.get('stock.location')
    ModelData = pool.get('ir.model.data')
    Party = pool.get('party.party')
    User = pool.get('res.user')

    languages = {
        lang.code: lang
        for lang in Lang.search([('code', 'in', ['es', 'it'])])}
    warehouse, = Location.search([('type', '=', 'warehouse')], limit=1)
    users, costs = [], []
    for role in ROLES:
        user = User(
            name=role.name, login=role.login, password=PASSWORD,
            companies=[company.id], company=company.id,
            language=languages[role.language])
        user.groups = [
            Group(ModelData.get_id(*g.split('.'))) for g in role.groups]
        if role.performer:
            performer = Party(name=role.performer)
            performer.save()
            user.performer = performer
        if role.employee:
            party = Party(name=role.employee)
            party.save()
            employee = Employee(
                party=party, company=company,
                start_date=today - relativedelta(years=3))
            if role.van:
                van = Location(
                    name=f"Furgoneta {role.van} ({role.employee})",
                    code=f'F{role.van}', type='storage',
                    parent=warehouse.storage_location)
                van.save()
                employee.vehicle = van
            employee.save()
            costs.append(CostPrice(
                    employee=employee, cost_price=Decimal(role.cost),
                    date=today - relativedelta(years=3)))
            user.employees = [employee.id]
            user.employee = employee.id
        users.append(user)
    CostPrice.save(costs)
    User.save(users)
    return users


def create_bank(company, chart):
    "The account that receipts are paid into, and the journal that asks them"
    pool = Pool()
    Account = pool.get('bank.account')
    Bank = pool.get('bank')
    Journal = pool.get('account.payment.journal')
    Number = pool.get('bank.account.number')
    Party = pool.get('party.party')

    party = Party(name="Caixa Mediterránea")
    party.save()
    bank = Bank(party=party, bic='CAIXESBBXXX')
    bank.save()
    bank_account = Account(
        bank=bank, owners=[company.party], currency=company.currency,
        numbers=[Number(type='iban', number=bank_number('2100', 200051332))])
    bank_account.save()
    journal = Journal(
        name="Recibos domiciliados", company=company,
        currency=company.currency, process_method='sepa',
        sepa_bank_account_number=bank_account.numbers[0],
        clearing_account=account(company, chart.bank),
        clearing_journal=cash_journal(),
        sepa_payable_flavor='pain.001.001.09',
        sepa_receivable_flavor='pain.008.001.08')
    if 'sepa_fee_account' in Journal._fields:
        journal.sepa_fee_account = account(company, chart.bank_fees)
        journal.sepa_fee_amount = Decimal('4.50')
    journal.save()
    return journal


def cash_journal():
    Journal = Pool().get('account.journal')
    journals = Journal.search([('type', '=', 'cash')], limit=1)
    if journals:
        return journals[0]
    journal = Journal(name="Banco", code='BAN', type='cash')
    journal.save()
    return journal


def product(code):
    Product = Pool().get('product.product')
    found, = Product.search([('code', '=', code)])
    return found


def create_settings(company):
    "What an administrator sets once: services, help desk, norms, adviser"
    pool = Pool()
    Configuration = pool.get('maintenance.configuration')
    Inbox = pool.get('inbound.email.inbox')
    Profile = pool.get('contaplus.profile')
    Programme = pool.get('fire.programme')
    Rule = pool.get('inbound.email.rule')

    configuration = Configuration(1)
    configuration.labour_product = product('MO')
    configuration.travel_product = product('VIAJE')
    configuration.call_out_product = product('SALIDA')
    configuration.distance_product = product('KM')
    configuration.signature_required = True
    configuration.save()
    inbox = Inbox(name="Avisos", rules=[Rule(
                action='maintenance.ticket|from_inbound_email',
                ticket_company=company)])
    inbox.save()
    Inbox.new_identifier([inbox])
    Programme.load_ripci(['EXT', 'BIE'])
    profile = Profile(name="Asesoría Turia", company=company, code_length=8)
    profile.save()
