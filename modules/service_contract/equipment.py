# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access

from .case import Case, CaseLine, CaseTask


class Equipment(metaclass=PoolMeta):
    __name__ = 'maintenance.equipment'

    contract_covers = fields.One2Many(
        'service.contract.line.equipment', 'equipment', "Contracts",
        readonly=True,
        help="The contracts which cover the machine by name.")
    contract_conditions = fields.Function(fields.Text(
            "Agreed Conditions",
            help="What was agreed with the customer for the machine, as of "
            "today."),
        'get_contract_conditions')

    @classmethod
    def copy(cls, equipments, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('contract_covers')
        return super().copy(equipments, default=default)

    def swap(
            self, new, date, site=None, role='in_workshop', new_role='own',
            **values):
        pool = Pool()
        LineEquipment = pool.get('service.contract.line.equipment')
        result = super().swap(
            new, date, site=site, role=role, new_role=new_role, **values)
        if new_role == 'own':
            # What is lent stands in for a machine that comes back.
            LineEquipment.hand_over(self, new, date)
        return result

    @classmethod
    @without_check_access
    def get_contract_conditions(cls, equipments, name):
        "Return what the contracts of today say about the machines"
        pool = Pool()
        Contract = pool.get('service.contract')
        Lang = pool.get('ir.lang')
        Visit = pool.get('maintenance.visit')
        lang = Lang.get()
        cases = []
        for number, equipment in enumerate(equipments):
            site = equipment.site
            case = Case(
                -number - 1, equipment.company,
                site.party if site else equipment.customer, site,
                Contract._today(equipment.company.id))
            case.lines.append(CaseLine(
                    -1, 'work', CaseTask('corrective'), equipment,
                    visit=case))
            cases.append(case)
        covers = Visit._covers(cases)
        result = {}
        for equipment, case in zip(equipments, cases):
            texts = []
            seen = set()
            for covered, _ in covers.of(case):
                line = covered.line
                if line in seen or not covers.concerns(
                        covered, equipment.id):
                    continue
                seen.add(line)
                from_date, to_date = covered.days
                if not from_date <= case.date <= to_date:
                    continue
                texts.append(gettext(
                        'service_contract.msg_conditions',
                        contract=line.contract.rec_name,
                        from_date=lang.strftime(from_date),
                        coverage=line.coverage.name))
                texts.append(line.coverage.in_words())
                texts += [
                    gettext(
                        'service_contract.msg_conditions_left',
                        left=lang.format_number(counter.left),
                        rule=counter.rule.limit_text)
                    for counter in line.counters
                    if counter.left is not None]
                if covers.rests(line.contract, case.date):
                    texts.append(gettext(
                            'service_contract.msg_conditions_resting'))
            result[equipment.id] = '\n'.join(texts) or None
        return result
