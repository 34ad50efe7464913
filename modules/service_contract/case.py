# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What would be free if work was done: visits that nobody planned.

A case stands in for a visit, so that the same candidates and the same engine
answer the call of a customer as decide the report later.
"""
import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from trytond.i18n import gettext
from trytond.modules.maintenance_order.decision import Line, decide
from trytond.pool import Pool
from trytond.tools import timezone as tz
from trytond.transaction import without_check_access

NOON = dt.time(12)
MINUTE = dt.timedelta(minutes=1)
# What a case asks for, in the order in which it is shown.
KINDS = ['work', 'travel', 'call_out', 'distance', 'material', 'expense']


@dataclass(eq=False)
class CaseTask:
    kind: str
    id: int | None = None
    order: object = None


@dataclass(eq=False)
class CaseLine:
    id: int
    kind: str
    the_task: CaseTask
    the_equipment: object = None
    product: object = None
    quantity: float = 1
    unit: object = None
    employees: tuple = ()
    visit: object = None
    start: dt.time | None = None
    end: dt.time | None = None
    duration: dt.timedelta | None = None


@dataclass(eq=False)
class Case:
    id: int
    company: object
    party: object
    site: object
    date: dt.date
    lines: list = field(default_factory=list)
    state: str = 'planned'
    tasks: tuple = ()
    leader: object = None
    arrived_at: dt.datetime | None = None
    planned_start: dt.datetime | None = None
    cause: object = None
    corrects: object = None
    failed_reason: str | None = None
    no_charge_reason: str | None = None


def case_of(number, company, party, site, date, equipments, task_kinds):
    """Return a case with a line for each machine and kind of task and line

    Today it is asked for now, on other days for noon.
    """
    case = Case(-number - 1, company, party, site, date)
    now = dt.datetime.now(tz.get_tzinfo(company.timezone or 'UTC'))
    start = now.time() if now.date() == date else NOON
    end = (dt.datetime.combine(date, start) + MINUTE).time()
    for equipment in equipments or [None]:
        for task_kind in task_kinds:
            task = CaseTask(task_kind)
            for kind in KINDS:
                case.lines.append(CaseLine(
                        -len(case.lines) - 1, kind, task, equipment,
                        visit=case, start=start, end=end))
    return case


@without_check_access
def answers(cases):
    """Return by case and line the shares which the engine would make

    Each line is asked for alone: what is left is left for each of them.
    """
    pool = Pool()
    Visit = pool.get('maintenance.visit')
    candidates = Visit._decision_candidates(cases)
    result = {}
    for case in cases:
        found = {case.id: candidates.get(case.id, [])}
        for line in case.lines:
            result[case.id, line.id] = decide([Line(
                        id=line.id, visit=case.id, kind=line.kind,
                        date=case.date, quantity=Decimal(1),
                        list_price=Decimal(100), customer=-1,
                        task_kind=line.the_task.kind,
                        equipment=(
                            line.the_equipment.id
                            if line.the_equipment else None))], found)
    return result


def is_covered(shares):
    return any(
        s.payer_kind not in {'customer', 'internal'} for s in shares)


def in_words(shares):
    "Return what the customer gets, in a word or two"
    lang = Pool().get('ir.lang').get()
    value = sum((s.value for s in shares), Decimal(0))
    free = sum((
            s.value for s in shares
            if s.payer_kind not in {'customer', 'internal'}
            and not s.amount), Decimal(0))
    agreed = [
        s for s in shares
        if s.payer_kind not in {'customer', 'internal'} and s.amount
        and s.unit_price != s.list_price]
    if agreed:
        return gettext(
            'service_contract.msg_case_agreed',
            price=lang.format_number(agreed[0].unit_price))
    if not free:
        return gettext('service_contract.msg_case_charged')
    if free == value:
        if any(s.payer_kind == 'warranty' for s in shares):
            return gettext('service_contract.msg_case_warranty')
        return gettext('service_contract.msg_case_free')
    return gettext(
        'service_contract.msg_case_part',
        percentage=lang.format_number(
            Decimal(f'{(100 * free / value).normalize():f}')))
