# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Two who post at once visits that one contract includes.

Run as a program in a process of its own, like batch_jobs.

    python -m tests.coverage_jobs DATABASE build INCLUDED
    python -m tests.coverage_jobs DATABASE post VISIT

Who posts says "began" when he has seen the database as it is, goes on at a
line of input, says "posted", and commits at another one. What he says at the
end is who pays the visit.
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


def build(database, included):
    "Make a contract that includes so many visits, and two signed visits"
    from tests import database as layers
    layers.install()

    from proteus import Model

    from trytond.modules.account.tests.tools import create_chart
    from trytond.modules.company.tests.tools import create_company
    from trytond.modules.maintenance_equipment.tests.tools import (
        create_customer, create_equipment, create_site)
    from trytond.modules.maintenance_order.tests.tools import (
        add_line, create_order, create_technician, create_van, create_visit,
        create_work_products, sign_visit)
    from trytond.modules.service_contract.tests.tools import create_contract

    layers.activate_modules(
        ['service_contract'], create_company, create_chart,
        create_work_products)
    Configuration = Model.get('maintenance.configuration')
    configuration = Configuration(1)
    configuration.post_signed = False
    configuration.save()
    Coverage = Model.get('service.contract.coverage')
    coverage = Coverage(name="Included visits")
    rule = coverage.rules.new()
    rule.line_kind = 'work'
    rule.limit = Decimal(included)
    coverage.save()
    school = create_customer("School")
    sites = [create_site(school, name=n) for n in ["North", "South"]]
    boilers = [create_equipment(s, name="Boiler") for s in sites]
    contract = create_contract(
        school, None, boilers, coverage, price='0',
        start_date=dt.date(2025, 7, 1))
    contract.click('run')
    visits = []
    for name, site, boiler in zip(["Ana", "Eva"], sites, boilers):
        day = dt.date(2026, 3, 9)
        technician = create_technician(name, vehicle=create_van())
        order = create_order(site, equipments=[boiler], date=day)
        visit = create_visit(
            order, technician, start=dt.datetime.combine(day, dt.time(8)),
            state='in_progress')
        add_line(visit, 'work', duration=dt.timedelta(hours=1))
        visit.work_done = "Looked at it."
        visit = sign_visit(visit)
        assert visit.state == 'done' and visit.signed_at, visit.state
        visits.append(visit.id)
    say(visits)


def post(database, visit):
    "Post the visit as the dispatcher of requests does"
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

    def function():
        nonlocal began, posted
        Visit = Pool().get('maintenance.visit')
        began += 1
        assert Visit(visit).state == 'done'
        if began == 1:
            say('began')
            sys.stdin.readline()
        Visit.post([Visit(visit)])
        if not posted:
            posted = True
            say('posted')
            sys.stdin.readline()
        return sorted(
            s.payer_kind for l in Visit(visit).lines for s in l.shares
            if s.quantity)

    payers = attempt(database, function, **context)
    say(payers)


def main():
    database, command, argument = sys.argv[1:]
    globals()[command](database, json.loads(argument))


if __name__ == '__main__':
    main()
