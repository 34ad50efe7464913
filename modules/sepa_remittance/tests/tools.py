# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from proteus import Model
from stdnum.es import ccc

from trytond.modules.company.tests.tools import create_company, get_company
from trytond.modules.currency.tests.tools import get_currency

__all__ = [
    'camt054_returns', 'create_account', 'create_bank_account',
    'create_debtor', 'create_euro_company', 'create_receipt',
    'create_remittance_journal', 'norma43', 'pain002_rejections',
    'spanish_iban']


def create_euro_company(config=None):
    "Create a Spanish company that keeps its books in euro"
    Party = Model.get('party.party', config=config)
    party = Party(name="Instalaciones Levante, S.L.")
    identifier = party.identifiers.new()
    identifier.type = 'es_vat'
    identifier.code = 'B85626240'
    _address(party, "Calle de la Paz", "7", "46003", "València", config)
    party.save()
    return create_company(
        party=party, currency=get_currency('EUR', config=config),
        config=config)


def _address(party, street, number, postal_code, city, config=None):
    Country = Model.get('country.country', config=config)
    countries = Country.find([('code', '=', 'ES')])
    if countries:
        country, = countries
    else:
        country = Country(name="Spain", code='ES')
        country.save()
    if party.addresses:
        address = party.addresses[0]
    else:
        address = party.addresses.new()
    address.street_name = street
    address.building_number = number
    address.postal_code = postal_code
    address.city = city
    address.country = country
    return address


def spanish_iban(number):
    "Return a valid IBAN for each number"
    digits = f'21000418  {number:010}'.replace('  ', '00')
    check = ccc.calc_check_digits(digits)
    digits = digits[:8] + check + digits[10:]
    return ccc.to_iban(digits)


def create_bank_account(party, number, config=None):
    "Create an account of the party and return its IBAN number record"
    BankAccount = Model.get('bank.account', config=config)
    Party = Model.get('party.party', config=config)
    account = BankAccount()
    account.owners.append(Party(party.id))
    account.numbers.new(type='iban', number=number)
    account.save()
    return account.numbers[0]


def create_remittance_journal(
        name="CaixaBank", config=None, number=1, **values):
    "Create a payment journal that makes remittances"
    Journal = Model.get('account.payment.journal', config=config)
    company = get_company(config=config)
    journal = Journal(name=name, process_method='sepa')
    journal.sepa_bank_account_number = create_bank_account(
        company.party, spanish_iban(9_000_000 + number), config=config)
    for key, value in values.items():
        setattr(journal, key, value)
    journal.save()
    return journal


def create_debtor(
        name, number, config=None, mandate=True, scheme='CORE',
        signed=dt.date(2025, 1, 15), kind='recurrent', iban_=None):
    "Create a customer with address, account and signed mandate"
    Party = Model.get('party.party', config=config)
    Mandate = Model.get('account.payment.sepa.mandate', config=config)
    party = Party(name=name)
    _address(party, "Calle Mayor", str(number), "46001", "València", config)
    party.save()
    account = create_bank_account(
        party, iban_ or spanish_iban(number), config=config)
    if mandate:
        record = Mandate(
            party=party, account_number=account, identification=f'M{number}',
            type=kind, scheme=scheme, signature_date=signed)
        record.address = party.addresses[0]
        record.save()
        record.click('request')
        record.click('validate_mandate')
    return party


def create_receipt(
        party, amount, maturity, account, config=None, type='out', means=()):
    "Post an invoice of one line that is due on the date"
    Invoice = Model.get('account.invoice', config=config)
    PaymentTerm = Model.get('account.invoice.payment_term', config=config)
    terms = PaymentTerm.find([('name', '=', "Direct")])
    if terms:
        term, = terms
    else:
        term = PaymentTerm(name="Direct")
        term.lines.new(type='remainder')
        term.save()
    invoice = Invoice(type=type, party=party, payment_term=term)
    invoice.payment_term_date = maturity
    line = invoice.lines.new()
    line.account = account
    line.quantity = 1
    line.unit_price = Decimal(amount)
    for instrument in means:
        invoice.payment_means.new(instrument=instrument)
    if type == 'in':
        invoice.invoice_date = maturity
        invoice.reference = f'S-{party.id}-{amount}'
    invoice.save()
    invoice.click('post')
    return invoice


_CAMT = '''<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08">
<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>{message}</MsgId>
<CreDtTm>{date}T08:00:00</CreDtTm></GrpHdr>
<Ntfctn><Id>1</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>
{entries}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>'''
_ENTRY = '''<Ntry><Amt Ccy="EUR">{total}</Amt><CdtDbtInd>{side}</CdtDbtInd>
<Sts><Cd>BOOK</Cd></Sts><ValDt><Dt>{date}</Dt></ValDt>
<NtryDtls><TxDtls><Refs><InstrId>NOTPROVIDED</InstrId>
<EndToEndId>{id}</EndToEndId></Refs>
<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>
<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">{fee}</TtlChrgsAndTaxAmt></Chrgs>
<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>'''


def camt054_returns(iban, date, rows, message='CAMT-1', side='DBIT'):
    "Return the file in which a bank tells returns: (id, amount, reason, fee)"
    entries = ''.join(
        _ENTRY.format(
            total=Decimal(amount) + Decimal(fee), date=date, id=id_,
            amount=amount, fee=fee, reason=reason, side=side)
        for id_, amount, reason, fee in rows)
    return _CAMT.format(
        message=message, date=date, iban=iban.replace(' ', ''),
        entries=entries).encode()


def norma43(iban, date, rows):
    "Return the extract of an account: (amount, words) of each movement"
    day = f'{date:%y%m%d}'
    bank, branch, account = iban[4:8], iban[8:12], iban[14:24]
    amounts = [int(Decimal(amount) * 100) for amount, _ in rows]
    debits = [-a for a in amounts if a < 0]
    credits = [a for a in amounts if a > 0]
    balance = sum(amounts)
    lines = [f'11{bank}{branch}{account}{day}{day}2{0:014}9783EMPRESA']
    for amount, (_, words) in zip(amounts, rows):
        lines += [
            f'22    {branch}{day}{day}17001{2 if amount > 0 else 1}'
            f'{abs(amount):014}{0:010}',
            f'2301{words}']
    lines += [
        f'33{bank}{branch}{account}{len(debits):05}{sum(debits):014}'
        f'{len(credits):05}{sum(credits):014}{2 if balance >= 0 else 1}'
        f'{abs(balance):014}978',
        f'88{9:9<18}{len(lines) + 1:06}']
    return '\r\n'.join(line.ljust(80) for line in lines).encode('latin-1')


_PAIN002 = '''<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">
<CstmrPmtStsRpt><GrpHdr><MsgId>{message}</MsgId>
<CreDtTm>{date}T08:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{original}</OrgnlMsgId>{status}
</OrgnlGrpInfAndSts>{rows}</CstmrPmtStsRpt></Document>'''
_REJECTION = '''<OrgnlPmtInfAndSts><OrgnlPmtInfId>X</OrgnlPmtInfId>
<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf></TxInfAndSts>
</OrgnlPmtInfAndSts>'''


def pain002_rejections(date, original, rows=(), message='STATUS-1'):
    """Return the file in which a bank tells what it refused: (id, reason)

    Without rows it refuses the whole file.
    """
    return _PAIN002.format(
        message=message, date=date, original=original,
        status='' if rows else '<GrpSts>RJCT</GrpSts>',
        rows=''.join(
            _REJECTION.format(id=id_, reason=reason)
            for id_, reason in rows)).encode()


def create_account(name, parent, config=None, reconcile=True, party=False):
    "Create an account beside another one"
    Account = Model.get('account.account', config=config)
    account = Account(name=name, parent=parent.parent, type=parent.type)
    account.reconcile = reconcile
    account.party_required = party
    account.save()
    return account
