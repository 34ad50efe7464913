# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a contract must have before it is quoted or runs."""
from trytond.i18n import gettext
from trytond.modules.account_product.exceptions import AccountError
from trytond.pool import Pool
from trytond.transaction import Transaction

from .exceptions import (
    ContractDateError, ContractLineMissingError, ContractMonthsError,
    ContractProductError, CoverageOverlapError, LineEquipmentCountError)


class CheckMixin:
    __slots__ = ()

    @classmethod
    def check_dates(cls, contracts, field_names=None):
        if field_names and not (field_names & {'start_date', 'end_date'}):
            return
        for contract in contracts:
            if (contract.start_date and contract.end_date
                    and contract.end_date < contract.start_date):
                raise ContractDateError(gettext(
                        'service_contract.msg_contract_dates',
                        contract=contract.rec_name))

    @classmethod
    def check_months(cls, contracts, field_names=None):
        names = {'initial_months', 'renewal_months', 'notice_days', 'tacit'}
        if field_names and not (field_names & names):
            return
        for contract in contracts:
            for name, minimum in [
                    ('initial_months', 1), ('renewal_months', 1),
                    ('notice_days', 0)]:
                value = getattr(contract, name)
                if value is not None and value < minimum:
                    raise ContractMonthsError(gettext(
                            'service_contract.msg_contract_months',
                            contract=contract.rec_name,
                            minimum=minimum,
                            **cls.__names__(name)))
            if contract.tacit and not contract.renewal_months:
                raise ContractMonthsError(gettext(
                        'service_contract.msg_contract_tacit',
                        contract=contract.rec_name))

    @classmethod
    def check_complete(cls, contracts):
        for contract in contracts:
            if not contract.start_date:
                raise ContractDateError(gettext(
                        'service_contract.msg_contract_start_missing',
                        contract=contract.rec_name))
            if not contract.lines:
                raise ContractLineMissingError(gettext(
                        'service_contract.msg_contract_lines_missing',
                        contract=contract.rec_name))

    @classmethod
    def check_products(cls, contracts):
        "What costs something needs a product with a revenue account"
        for contract in contracts:
            with Transaction().set_context(company=contract.company.id):
                contract = cls(contract.id)
                for line in contract.lines:
                    if not any(t.unit_price for t in line.terms):
                        continue
                    if not line.product:
                        raise ContractProductError(gettext(
                                'service_contract.msg_line_product_missing',
                                line=line.rec_name))
                    try:
                        account = line.product.account_revenue_used
                    except AccountError:
                        account = None
                    if not account:
                        raise ContractProductError(gettext(
                                'service_contract.msg_line_account_missing',
                                line=line.rec_name,
                                product=line.product.rec_name))
                    cls.check_counted(line)

    @classmethod
    def check_counted(cls, line):
        "What is counted must be told"
        if line.quantity_source == 'count' and not line.counts:
            raise LineEquipmentCountError(gettext(
                    'service_contract.msg_line_count_missing',
                    line=line.rec_name))
        if line.quantity_source == 'equipment' and not line.equipments:
            raise LineEquipmentCountError(gettext(
                    'service_contract.msg_line_equipment_count',
                    line=line.rec_name))

    @classmethod
    def check_end(cls, contracts, field_names=None):
        "What runs longer may meet another contract, what is stopped may not"
        if (field_names and 'end_date' in field_names
                and 'terminated_on' not in field_names):
            running = [c for c in contracts if c.state == 'running']
            if running:
                cls.check_overlaps(running)

    @classmethod
    def check_overlaps(cls, contracts):
        """Refuse two running contracts that pay the same work on a machine

        Unless the priority of their rules tells which of them answers first.
        """
        pool = Pool()
        LineEquipment = pool.get('service.contract.line.equipment')
        for covered, other in LineEquipment.overlaps(contracts):
            for rule in covered.line.coverage.rules:
                if any(rule.is_ambiguous(r)
                        for r in other.line.coverage.rules):
                    raise CoverageOverlapError(gettext(
                            'service_contract.msg_coverage_overlap',
                            equipment=covered.equipment.rec_name,
                            contract=covered.line.contract.rec_name,
                            other=other.line.contract.rec_name,
                            rule=rule.in_words()))
