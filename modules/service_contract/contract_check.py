# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a contract must have before it is quoted or runs."""
from itertools import chain, islice

from trytond.i18n import gettext
from trytond.modules.account_product.exceptions import AccountError
from trytond.pool import Pool
from trytond.transaction import Transaction

from .exceptions import (
    ContractDateError, ContractLineMissingError, ContractMonthsError,
    ContractProductError, CoverageOverlapError, LineEquipmentCountError)

# Who reads more than these at once mends nothing.
SHOWN = 20


def refuse(errors):
    "Raise what is wrong, all of it in one message"
    errors = list(islice(errors, SHOWN))
    if errors:
        raise errors[0].__class__('\n'.join(e.message for e in errors))


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
        refuse(cls._incomplete(contracts))

    @classmethod
    def _incomplete(cls, contracts):
        for contract in contracts:
            if not contract.start_date:
                yield ContractDateError(gettext(
                        'service_contract.msg_contract_start_missing',
                        contract=contract.rec_name))
            if not contract.lines:
                yield ContractLineMissingError(gettext(
                        'service_contract.msg_contract_lines_missing',
                        contract=contract.rec_name))

    @classmethod
    def check_ready(cls, contracts):
        "Refuse to run what is not complete or covers what another one does"
        refuse(chain(
                cls._incomplete(contracts), cls._without_account(contracts),
                cls._overlapping(contracts)))

    @classmethod
    def _without_account(cls, contracts):
        "What costs something needs a product with a revenue account"
        for contract in contracts:
            with Transaction().set_context(company=contract.company.id):
                contract = cls(contract.id)
                for line in contract.lines:
                    if not line.terms:
                        yield ContractProductError(gettext(
                                'service_contract.msg_line_terms_missing',
                                line=line.rec_name))
                    if not any(t.unit_price for t in line.terms):
                        continue
                    yield from cls._uncounted(line)
                    if not line.product:
                        yield ContractProductError(gettext(
                                'service_contract.msg_line_product_missing',
                                line=line.rec_name))
                        continue
                    try:
                        account = line.product.account_revenue_used
                    except AccountError:
                        account = None
                    if not account:
                        yield ContractProductError(gettext(
                                'service_contract.msg_line_account_missing',
                                line=line.rec_name,
                                product=line.product.rec_name))

    @classmethod
    def _uncounted(cls, line):
        "What is counted must be told"
        if line.quantity_source == 'count' and not line.counts:
            yield LineEquipmentCountError(gettext(
                    'service_contract.msg_line_count_missing',
                    line=line.rec_name))
        if line.quantity_source == 'equipment' and not line.equipments:
            yield LineEquipmentCountError(gettext(
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
        refuse(cls._overlapping(contracts))

    @classmethod
    def _overlapping(cls, contracts):
        pool = Pool()
        LineEquipment = pool.get('service.contract.line.equipment')
        for covered, other in LineEquipment.overlaps(contracts):
            for rule in covered.line.coverage.rules:
                if any(rule.is_ambiguous(r)
                        for r in other.line.coverage.rules):
                    yield CoverageOverlapError(gettext(
                            'service_contract.msg_coverage_overlap',
                            equipment=covered.equipment.rec_name,
                            contract=covered.line.contract.rec_name,
                            other=other.line.contract.rec_name,
                            rule=rule.in_words()))
                    break
