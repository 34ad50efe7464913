# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Two who post the same visit, or book the same money, at once.

Run as a program in a process of its own, like coverage_jobs.

    python -m tests.posting_jobs DATABASE build null
    python -m tests.posting_jobs DATABASE post VISIT
    python -m tests.posting_jobs DATABASE hand_in PAYMENT

What they say at the end is what the database has of it.
"""
import datetime as dt
import json
import sys
from decimal import Decimal

from trytond.pool import Pool
from trytond.transaction import Transaction


def say(value):
    sys.stdout.write(json.dumps(value) + '\n')
    sys.stdout.flush()


def build(database, _):
    "Make a signed visit with hours, a part and money that was taken"
    from tests import database as layers
    layers.install()

    from proteus import Model

    from trytond.modules.account.tests.tools import get_accounts
    from trytond.modules.company.tests.tools import create_company
    from trytond.modules.maintenance_equipment.tests.tools import create_site
    from trytond.modules.maintenance_order.tests.tools import (
        add_line, create_order, create_part, create_technician, create_van,
        create_visit, sign_visit, stock_van)
    from trytond.modules.maintenance_order.tests.tools_invoicing import (
        create_books)

    layers.activate_modules(
        ['maintenance_order'], create_company, create_books)
    cash = get_accounts()['cash']
    Journal = Model.get('account.journal')
    Method = Model.get('account.invoice.payment.method')
    method = Method(name="Safe", debit_account=cash, credit_account=cash)
    method.journal, = Journal.find([('type', '=', 'cash')])
    method.save()
    Configuration = Model.get('maintenance.configuration')
    configuration = Configuration(1)
    configuration.post_signed = False
    configuration.cash_method = method
    configuration.save()
    van = create_van()
    part = create_part()
    stock_van(van, part, 5)
    visit = create_visit(
        create_order(create_site()), create_technician("Ana", vehicle=van),
        state='in_progress')
    add_line(visit, 'work', duration=dt.timedelta(hours=1))
    add_line(visit, 'material', product=part, quantity=2)
    money = visit.payments.new()
    money.amount = Decimal(20)
    money.date = dt.date(2026, 3, 10)
    visit.save()
    visit = sign_visit(visit)
    assert visit.state == 'done' and visit.signed_at, visit.state
    say([visit.id, visit.payments[0].id])


def post(database, visit):
    "Post the visit as the dispatcher of requests does"
    def function():
        Visit = Pool().get('maintenance.visit')
        yield Visit(visit).state
        Visit.post([Visit(visit)])
        yield
        Move = Pool().get('stock.move')
        lines = [str(l) for l in Visit(visit).lines]
        yield {
            'state': Visit(visit).state,
            'moves': [
                m.quantity for m in Move.search([('origin', 'in', lines)])],
            'hours': [
                t.hours for l in Visit(visit).lines
                for t in l.timesheet_lines],
            'shares': sorted(
                str(s.amount) for l in Visit(visit).lines for s in l.shares),
            }
    run(database, function)


def hand_in(database, payment):
    "Hand in the money as the dispatcher of requests does"
    def function():
        Payment = Pool().get('maintenance.visit.payment')
        yield Payment(payment).state
        Payment.hand_in([Payment(payment)])
        yield
        Move = Pool().get('account.move')
        yield {
            'state': Payment(payment).state,
            'entries': Move.search(
                [('origin', '=', str(Payment(payment)))], count=True),
            }
    run(database, function)


def run(database, function):
    "Stop where the test wants it, and try again as a request does"
    from tests.batch_jobs import attempt
    Pool.start()
    with Transaction().start(database, 0, readonly=True):
        Pool(database).init()
    with Transaction().start(database, 0, readonly=True):
        User = Pool().get('res.user')
        with Transaction().set_user(1):
            context = User.get_preferences(context_only=True)
    began = 0
    posted = False

    def step_by_step():
        nonlocal began, posted
        steps = function()
        next(steps)
        began += 1
        if began == 1:
            say('began')
            sys.stdin.readline()
        next(steps)
        if not posted:
            posted = True
            say('posted')
            sys.stdin.readline()
        return next(steps)

    result = attempt(database, step_by_step, **context)
    say([began, result])


def main():
    database, command, argument = sys.argv[1:]
    globals()[command](database, json.loads(argument))


if __name__ == '__main__':
    main()
