# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Covered, not covered or blocked, where somebody answers the phone."""
from collections import defaultdict

from sql import Literal, Null

from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access

from .case import KINDS, answers, case_of, in_words, is_covered

ALERTS = [
    ('covered', "Covered"),
    ('not_covered', "Not Covered"),
    ('blocked', "Blocked"),
    ]


def _icon(alert):
    return f'service_contract-{alert.replace("_", "-")}' if alert else None


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    contract_alert = fields.Function(fields.Selection(
            [(None, "")] + ALERTS, "Contract", sort=False,
            help="Whether a contract is in force today. Blocked: the "
            "contracts rest and pay nothing."),
        'get_contract_alert')
    contract_alert_icon = fields.Function(fields.Char(
            "Contract Icon",
            help="The colour of it."),
        'on_change_with_contract_alert_icon')

    @classmethod
    @without_check_access
    def get_contract_alert(cls, parties, name):
        pool = Pool()
        Contract = pool.get('service.contract')
        Line = pool.get('service.contract.line')
        Suspension = pool.get('service.contract.suspension')
        company = Transaction().context.get('company')
        result = {p.id: None for p in parties}
        if not company:
            return result
        today = Contract._today(company)
        contract = Contract.__table__()
        line = Line.__table__()
        suspension = Suspension.__table__()
        resting = suspension.select(
            suspension.contract,
            where=(suspension.from_date <= today)
            & ((suspension.to_date == Null) | (suspension.to_date >= today))
            & (suspension.keeps_coverage == Literal(False)))
        cursor = Transaction().connection.cursor()
        found = defaultdict(set)
        for sub_parties in grouped_slice(parties, 500):
            ids = [p.id for p in sub_parties]
            result.update(dict.fromkeys(ids, 'not_covered'))
            cursor.execute(*contract
                .join(line, condition=line.contract == contract.id)
                .join(resting, 'LEFT',
                    condition=resting.contract == contract.id)
                .select(
                    contract.party, resting.contract != Null,
                    where=fields.SQL_OPERATORS['in'](contract.party, ids)
                    & (contract.company == company)
                    & (contract.state == 'running')
                    & (line.coverage != Null)
                    & (contract.start_date <= today)
                    & ((contract.end_date == Null)
                        | (contract.end_date >= today)
                        | ((contract.tacit == Literal(True))
                            & (contract.terminated_on == Null)))))
            for party, rests in cursor:
                found[party].add(bool(rests))
        for party, rests in found.items():
            result[party] = 'covered' if False in rests else 'blocked'
        return result

    @fields.depends('contract_alert')
    def on_change_with_contract_alert_icon(self, name=None):
        return _icon(self.contract_alert)


class Ticket(metaclass=PoolMeta):
    __name__ = 'maintenance.ticket'

    coverage_alert = fields.Function(fields.Selection(
            [(None, "")] + ALERTS, "Coverage", sort=False,
            help="Whether work on the machines of the ticket would be paid "
            "by a contract or a warranty, if it was done today."),
        'get_coverage')
    coverage_icon = fields.Function(fields.Char(
            "Coverage Icon",
            help="The colour of it."),
        'on_change_with_coverage_icon')
    coverage = fields.Function(fields.Text(
            "Coverage in Words",
            help="What the customer would get, if it was done today."),
        'get_coverage')

    @fields.depends('coverage_alert')
    def on_change_with_coverage_icon(self, name=None):
        return _icon(self.coverage_alert)

    @classmethod
    def get_coverage(cls, tickets, names):
        result = {n: dict.fromkeys([t.id for t in tickets]) for n in names}
        pool = Pool()
        Contract = pool.get('service.contract')
        Line = pool.get('maintenance.visit.line')
        cases = {}
        with without_check_access():
            for ticket in tickets:
                if not ticket.party:
                    continue
                cases[ticket.id] = case_of(
                    len(cases), ticket.company, ticket.party, ticket.site,
                    Contract._today(ticket.company.id), ticket.equipments,
                    [ticket.type.order_kind or 'corrective'])
        shares = answers(list(cases.values()))
        kinds = dict(Line.fields_get(['kind'])['kind']['selection'])
        alerts = {}
        if 'coverage_alert' in names:
            with without_check_access():
                for ticket in tickets:
                    alerts[ticket.id] = (
                        ticket.party.contract_alert if ticket.party else None)
        for id_, case in cases.items():
            if 'coverage_alert' in names:
                covered = all(
                    is_covered(shares[case.id, line.id])
                    for line in case.lines if line.kind == 'work')
                result['coverage_alert'][id_] = (
                    'covered' if covered
                    else 'blocked' if alerts[id_] == 'blocked'
                    else 'not_covered')
            if 'coverage' in names:
                result['coverage'][id_] = _sentences(case, shares, kinds)
        return result


def _sentences(case, shares, kinds):
    "A line for each machine if they differ, otherwise one for all"
    by_machine = {}
    for number in range(0, len(case.lines), len(KINDS)):
        lines = case.lines[number:number + len(KINDS)]
        text = ', '.join(
            f'{kinds[line.kind]}: {in_words(shares[case.id, line.id])}'
            for line in lines)
        by_machine[lines[0].the_equipment] = text
    if len(set(by_machine.values())) == 1:
        return next(iter(by_machine.values()))
    return '\n'.join(
        f'{machine.rec_name}: {text}' if machine else text
        for machine, text in by_machine.items())
