# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Gather the machines which lines of contracts cover, to count them."""
from collections import defaultdict
from decimal import Decimal

from sql.conditionals import Case

from trytond.model import fields
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .counting import Cover, Machine, Park, Stay
from .recurrence import DAY

PARTS = {'component', 'accessory'}


class ParkMixin:
    __slots__ = ()

    @classmethod
    def counted(cls, company, lines):
        """Return by line the machines it covers, for the ledger

        Takes a fixed number of queries for any number of lines.
        """
        covers = cls._covers_of(company, lines)
        if not covers:
            return {}
        sites = {s for found in covers.values() for c in found
            for s in c.sites}
        stays = list(cls._stays_at(company, sites))
        machines = {s.machine for s in stays} | {
            c.machine for found in covers.values() for c in found
            if c.machine is not None}
        park = Park(cls._machines(machines), stays)
        return {line: park.counted(found) for line, found in covers.items()}

    @classmethod
    def _covers_of(cls, company, lines):
        pool = Pool()
        Category = pool.get('maintenance.equipment.category')
        Contract = pool.get('service.contract')
        Contract_Site = pool.get('service.contract-maintenance.site')
        Line = pool.get('service.contract.line')
        Site = pool.get('maintenance.site')
        covered = cls.__table__()
        line = Line.__table__()
        contract = Contract.__table__()
        contract_site = Contract_Site.__table__()
        cursor = Transaction().connection.cursor()
        rows = []
        for sub_lines in grouped_slice(lines, 500):
            cursor.execute(*covered
                .join(line, condition=covered.line == line.id)
                .join(contract, condition=line.contract == contract.id)
                .select(
                    covered.line, covered.equipment, covered.site,
                    covered.category, covered.from_date, covered.to_date,
                    line.contract, contract.party,
                    where=fields.SQL_OPERATORS['in'](
                        covered.line, list(sub_lines)),
                    order_by=covered.id))
            rows += cursor.fetchall()
        # A category without place is of the customer's machines.
        anywhere = {r[6]: r[7] for r in rows if r[1] is None and not r[2]}
        limits = defaultdict(set)
        for sub_contracts in grouped_slice(list(anywhere), 500):
            cursor.execute(*contract_site.select(
                    contract_site.contract, contract_site.site,
                    where=fields.SQL_OPERATORS['in'](
                        contract_site.contract, list(sub_contracts))))
            for contract_id, site in cursor:
                limits[contract_id].add(site)
        sites = _Tree(Site, company, {r[2] for r in rows if r[2]} | {
                s for found in limits.values() for s in found})
        categories = _Tree(
            Category, None, {r[3] for r in rows if r[3]})
        theirs = _sites_of(company, set(anywhere.values()))
        covers = defaultdict(list)
        for (line_id, equipment, site, category, from_date, to_date,
                contract_id, party) in rows:
            places = set()
            if equipment is None:
                if site:
                    places = sites.below(site)
                else:
                    places = theirs[party]
                    if limits[contract_id]:
                        places = places & {
                            below for s in limits[contract_id]
                            for below in sites.below(s)}
            covers[line_id].append(Cover(
                    equipment, frozenset(places),
                    frozenset(categories.below(category))
                    if category else None, from_date, to_date))
        return covers

    @classmethod
    def _stays_at(cls, company, sites):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        Placement = pool.get('maintenance.equipment.placement')
        equipment = Equipment.__table__()
        placement = Placement.__table__()
        home = Case(
            (placement.role == 'own', placement.site), else_=placement.home)
        cursor = Transaction().connection.cursor()
        for sub_sites in grouped_slice(sorted(sites), 500):
            cursor.execute(*placement
                .join(equipment,
                    condition=placement.equipment == equipment.id)
                .select(
                    placement.equipment, home, placement.from_date,
                    placement.to_date,
                    where=fields.SQL_OPERATORS['in'](home, list(sub_sites))
                    & (equipment.company == company.id)
                    & (equipment.state != 'cancelled')))
            for machine, site, from_date, to_date in cursor:
                # On its last day it stands elsewhere already.
                if to_date is None or to_date > from_date:
                    yield Stay(
                        machine, site, from_date,
                        to_date - DAY if to_date else None)

    @classmethod
    def _machines(cls, ids):
        pool = Pool()
        Equipment = pool.get('maintenance.equipment')
        equipment = Equipment.__table__()
        cursor = Transaction().connection.cursor()
        for sub_ids in grouped_slice(sorted(ids), 500):
            cursor.execute(*equipment.select(
                    equipment.id, equipment.quantity, equipment.category,
                    equipment.kind, equipment.retired_date,
                    where=fields.SQL_OPERATORS['in'](
                        equipment.id, list(sub_ids))))
            for id_, quantity, category, kind, retired in cursor:
                yield Machine(
                    id_, Decimal(1 if quantity is None else quantity),
                    category, kind in PARTS,
                    retired - DAY if retired else None)


class _Tree:
    "What is below some records of a model, read at once"

    def __init__(self, Model, company, ids):
        self._below = {id_: {id_} for id_ in ids}
        if not ids:
            return
        domain = [('parent', 'child_of', sorted(ids), 'parent')]
        if company:
            domain.append(('company', '=', company.id))
        with Transaction().set_context(active_test=False):
            records = Model.search(domain)
        parents = {r.id: r.parent.id if r.parent else None for r in records}
        for id_ in parents:
            above = id_
            while above is not None:
                if above in self._below:
                    self._below[above].add(id_)
                above = parents.get(above)

    def below(self, id_):
        return self._below[id_]


def _sites_of(company, parties):
    pool = Pool()
    Site = pool.get('maintenance.site')
    site = Site.__table__()
    cursor = Transaction().connection.cursor()
    result = defaultdict(set)
    for sub_parties in grouped_slice(sorted(parties), 500):
        cursor.execute(*site.select(
                site.party, site.id,
                where=fields.SQL_OPERATORS['in'](
                    site.party, list(sub_parties))
                & (site.company == company.id)))
        for party, id_ in cursor:
            result[party].add(id_)
    return result
