# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Build the demo world: the company of tests.world and a year of its work.

Every step is a transaction of its own. All numbers come from fixed seeds, so
that the same size on the same day gives the same world.
"""
import datetime as dt
import gc
import os
from pathlib import Path

from dateutil.relativedelta import relativedelta

from demo import (
    contracts, customers, field, leaks, logins, machines, offers, office,
    repairs, rosters, stories, work)
from demo.clock import months
from tests import world as company_world
from trytond import backend, config
from trytond.cache import Cache
from trytond.pool import Pool

ROOT = Path(__file__).parents[1]
BATCH = 100


def build(database_name, size=40, say=print):
    "Fill the database, which has all the modules and nothing else"
    pool = start(database_name)
    try:
        World(database_name, size, say).build()
    finally:
        # A database that somebody uses can not be renamed, and on PostgreSQL
        # the cache listens on a connection of its own.
        Cache.drop(database_name)
        pool.stop(database_name)
        backend.Database(database_name).close()
        # On SQLite each transaction had a connection, closed with its object.
        gc.collect()


def start(database_name):
    os.environ.setdefault('TRYTOND_DATABASE_NAMES', database_name)
    config.update_etc(str(ROOT / 'trytond.conf'))
    Pool.start()
    pool = Pool(database_name)
    pool.init()
    return pool


class World:

    def __init__(self, database_name, size, say):
        self.database = database_name
        self.size = size
        self.say = say
        self.today = None
        self.context = {'language': 'es'}

    def run(self, function, *arguments, locks=()):
        return company_world.run(
            self.database, function, *arguments, context=self.context,
            locks=locks)

    def build(self):
        company = self.run(create_company, locks=company_world.LOCKS)
        self.context.update(company=company, companies=[company])
        self.today = self.run(today_of_company)
        self.run(logins.open_at_login)
        self.create_customers()
        self.live()

    def create_customers(self):
        size, today = self.size, self.today
        self.say(f"{max(size, 12)} customers, their places and machines")
        self.run(customers.create_banks)
        self.run(customers.create_categories)
        for start_ in range(0, max(size, 12), BATCH):
            self.run(customers.create_customers, size, start_, BATCH)
        self.run(customers.create_sites, size)
        self.run(customers.create_persons, size)
        self.run(customers.manage_communities, size, today)
        self.run(customers.create_equipment, size, today)
        self.run(contracts.create_types)
        self.run(contracts.create_contracts, size, today)
        self.run(offers.create)
        self.run(leaks.ended_contract, size, today)
        self.run(work.stock_vans, today)

    def live(self):
        for month in months(self.today):
            self.say(f"the work of {month:%m/%Y}")
            self.live_month(month)
        self.run(machines.read_meters, self.today)
        self.run(machines.stand_still, self.today)
        self.run(machines.assemble, self.today)
        self.run(machines.photograph, self.today)
        self.say("what the last weeks left open, and the workshop")
        self.run(rosters.write, self.size, self.today)
        self.run(field.fill, self.size, self.today)
        self.run(repairs.fill, self.size, self.today)
        self.say(f"{len(leaks.LEAKS)} leaks of money")
        self.run(leaks.make, self.size, self.today)

    def live_month(self, month):
        size, today = self.size, self.today
        end = month.replace(day=28)
        while (end + dt.timedelta(days=1)).month == month.month:
            end += dt.timedelta(days=1)
        fifth = month.replace(day=5)
        self.run(office.collect, min(month, today))
        self.run(office.invoice_contracts, month)
        if fifth <= today:
            self.run(office.remit, fifth)
        self.run(stories.tell, size, month, today)
        self.run(work.do_month, size, month, today)
        if end < today:
            self.run(office.receive_transfers, end)
            self.run(office.invoice_work, end)
            if month >= (today - relativedelta(months=3)).replace(day=1):
                self.run(office.hand_over, month, today)
        else:
            # What is left of this month the office has still to do.
            self.run(office.collect, today)


def today_of_company():
    return Pool().get('ir.date').today()


def create_company():
    return company_world.create(company_world.SPANISH).id
