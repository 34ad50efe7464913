# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from proteus import Model, Wizard

from trytond.modules.account.tests.tools import create_fiscalyear
from trytond.modules.account_invoice.tests.tools import (
    set_fiscalyear_invoice_sequences)
from trytond.modules.company.tests.tools import get_company

__all__ = [
    'create_profile', 'create_spanish_party', 'create_year', 'find_account',
    'find_tax', 'post_invoice', 'read_file', 'receive_money']


def create_year(year=2026, config=None):
    "Create the fiscal year with its months and sequences"
    fiscalyear = set_fiscalyear_invoice_sequences(
        create_fiscalyear(
            None, (dt.date(year, 1, 1), dt.date(year, 12, 31)),
            config=config),
        config=config)
    fiscalyear.click('create_period')
    return fiscalyear


def create_profile(name="Asesoría", config=None, **values):
    "Create a profile for ContaPlus"
    Profile = Model.get('contaplus.profile', config=config)
    profile = Profile(name=name)
    profile.code_length = 8
    for field, value in values.items():
        setattr(profile, field, value)
    profile.save()
    return profile


def create_spanish_party(
        name, code=None, type='eu_vat', config=None, **address):
    "Create a party with its NIF"
    Party = Model.get('party.party', config=config)
    party = Party(name=name)
    if code:
        party.identifiers.new(type=type, code=code)
    if address:
        place, = party.addresses
        for field, value in address.items():
            setattr(place, field, value)
    party.save()
    return party


def find_account(code, company=None, config=None):
    "Return the account of the company with the code"
    Account = Model.get('account.account', config=config)
    company = company or get_company(config=config)
    account, = Account.find([
            ('code', '=', code), ('company', '=', company.id)], limit=1)
    return account


def find_tax(name, kind='sale', company=None, config=None):
    "Return the tax of the company with the name"
    Tax = Model.get('account.tax', config=config)
    company = company or get_company(config=config)
    tax, = Tax.find([
            ('name', '=', name),
            ('company', '=', company.id),
            ('parent', '=', None),
            ['OR', ('group.kind', '=', kind), ('group', '=', None)],
            ], limit=1)
    return tax


def post_invoice(
        party, date, lines, type='out', reference=None, post=True,
        done=None, config=None):
    "Post an invoice of lines (account, amount, taxes) that were done before"
    Invoice = Model.get('account.invoice', config=config)
    Tax = Model.get('account.tax', config=config)
    invoice = Invoice(type=type, party=party)
    invoice.invoice_date = date
    if reference:
        invoice.reference = reference
    for account, amount, taxes in lines:
        line = invoice.lines.new()
        line.account = account
        line.quantity = 1
        line.unit_price = Decimal(amount)
        for tax in list(line.taxes):
            line.taxes.remove(tax)
        for tax in taxes:
            line.taxes.append(Tax(tax.id))
        line.taxes_date = done
    invoice.save()
    if post:
        invoice.click('post')
    return invoice


def receive_money(
        invoice, date, cash, amount=None, description=None, config=None):
    "Book and reconcile the collection of an invoice, return the move"
    Move = Model.get('account.move', config=config)
    Journal = Model.get('account.journal', config=config)
    Line = Model.get('account.move.line', config=config)
    Invoice = Model.get('account.invoice', config=config)
    invoice = Invoice(invoice.id)
    journal, = Journal.find([('type', '=', 'cash')], limit=1)
    amount = amount or invoice.total_amount
    move = Move(journal=journal, date=date)
    bank, person = (
        ('debit', 'credit') if (invoice.type == 'out') == (amount > 0)
        else ('credit', 'debit'))
    line = move.lines.new()
    line.account = cash
    setattr(line, bank, abs(amount))
    line = move.lines.new()
    line.account = invoice.account
    line.party = invoice.party
    line.description = description
    setattr(line, person, abs(amount))
    move.click('post')
    if amount == invoice.total_amount:
        lines = Line.find([
                ('account', '=', invoice.account.id),
                ('move', 'in', [move.id, invoice.move.id])])
        reconcile = Wizard(
            'account.move.reconcile_lines', lines, config=config)
        assert reconcile.state == 'end'
    return move


def read_file(export, kind):
    "Return the lines of a file of the export as the reader sees them"
    from trytond.modules.contaplus_export.layout import layout
    from trytond.modules.contaplus_export.reader import read
    profile = export.profile
    name = (
        profile.layout if kind == 'entries' else profile.subaccount_layout)
    file, = [f for f in export.files if f.kind == kind]
    return [line.values for line in read(file.data, layout(name))]
