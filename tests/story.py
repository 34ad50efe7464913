# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the stories across modules say in one word."""
import datetime as dt
import io
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from dateutil.relativedelta import relativedelta
from lxml import etree
from proteus import Model, Wizard
from pypdf import PdfReader

from tests import world
from trytond.modules.fire_audit.tests.tools import get_category
from trytond.modules.maintenance_equipment.tests.tools import (
    create_equipment, create_site)
from trytond.modules.maintenance_order.tests.tools import stock_van
from trytond.modules.service_contract.tests.tools import (
    create_contract, create_coverage)


def create_customer(name, serial, email=None, mandate=True):
    "Create a customer with tax number, address, account and mandate"
    BankAccount = Model.get('bank.account')
    Country = Model.get('country.country')
    Mandate = Model.get('account.payment.sepa.mandate')
    Party = Model.get('party.party')
    PaymentTerm = Model.get('account.invoice.payment_term')

    party = Party(name=name)
    party.identifiers.new(
        type='eu_vat', code='ES' + world.tax_number(3200000 + serial))
    address, = party.addresses
    address.street_name = "Passeig Marítim"
    address.building_number = str(serial)
    address.postal_code = '46730'
    address.city = "Gandia"
    address.country, = Country.find([('code', '=', 'ES')])
    if email:
        party.contact_mechanisms.new(type='email', value=email)
    party.customer_payment_term, = PaymentTerm.find([
            ('name', '=', "30 días")])
    party.save()
    if mandate:
        account = BankAccount()
        account.owners.append(Party(party.id))
        account.numbers.new(
            type='iban', number=world.bank_number('2100', serial))
        account.save()
        mandate = Mandate(
            party=party, account_number=account.numbers[0],
            identification=f'LEV-{serial:04d}', type='recurrent',
            scheme='CORE',
            signature_date=dt.date(2025, 3, 1))
        mandate.save()
        mandate.click('request')
        mandate.click('validate_mandate')
    return party


def hotel(config=None):
    """A hotel with a machine, a contract for its labour, and a part in the van

    An extinguisher and a hose reel hang there, whose audit is due.
    """
    Employee = Model.get('company.employee', config=config)
    Product = Model.get('product.product', config=config)
    customer = create_customer("Hotel Miramar S.L.", 1)
    site = create_site(customer, "Hotel Playa")
    machine = create_equipment(site, "Split 101", serial='DX-4471')
    first = dt.datetime.now(dt.timezone.utc).date().replace(day=1)
    fee, = Product.find([('code', '=', 'CUOTA')])
    contract = create_contract(
        customer, fee, [machine],
        create_coverage("Mano de obra", ['work', 'call_out']),
        price='60.00', start_date=first, signed_on=first)
    contract.click('run')
    for name, category, serial in [
            ("Extintor 1", 'EXT', 'E-1'), ("BIE 1", 'BIE', 'B-1')]:
        create_equipment(
            site, name, get_category(category), serial=serial,
            installed_date=first - relativedelta(years=2))
    pau, = Employee.find([('party.name', '=', "Pau Martí")])
    part, = Product.find([('code', '=', 'COMP')])
    stock_van(pau.vehicle, part, 5)


def run_of(wizard, date):
    "Invoice up to the date and return the run"
    Run = Model.get('batch.run')
    wizard = Wizard(wizard)
    wizard.form.date = date
    wizard.form.up_to = date
    wizard.form.post = True
    wizard.execute('run')
    run, = Run.find([], order=[('id', 'DESC')], limit=1)
    return run


def say(pdf):
    "Return the words of a paper"
    return '\n'.join(
        page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@dataclass(frozen=True)
class BankFile:
    name: str
    valid: bool
    count: int
    total: Decimal
    mandates: set
    towns: set


def read_bank_file(remittance):
    "Read the only file of the remittance, and hold it against the schema"
    import sepaxml
    message, = remittance.messages
    root = etree.fromstring(message.message)
    name = etree.QName(root).namespace.rsplit(':', 1)[-1]
    schema = etree.XMLSchema(file=str(
            Path(sepaxml.__file__).parent / 'schemas' / f'{name}.xsd'))

    def all_of(tag):
        return [e.text for e in root.iter(f'{{*}}{tag}')]

    amounts = [Decimal(e.text) for e in root.iter('{*}InstdAmt')]
    header = root.find('.//{*}GrpHdr')
    same = (
        int(header.findtext('{*}NbOfTxs')) == len(amounts)
        and Decimal(header.findtext('{*}CtrlSum')) == sum(amounts))
    return BankFile(
        name, schema.validate(root) and same, len(amounts), sum(amounts),
        set(all_of('MndtId')), {
            e.text for d in root.iter('{*}Dbtr') for e in d.iter('{*}TwnNm')})


def check_balance(lines):
    "Return the entries that do not balance"
    balances = defaultdict(Decimal)
    for line in lines:
        balances[line['Asien']] += line['EuroDebe'] - line['EuroHaber']
    return [number for number, balance in balances.items() if balance]
