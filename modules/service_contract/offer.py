# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is offered, without what a contract gives, and with its contracts."""
import io

from pypdf import PdfWriter

from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access


class Concept(metaclass=PoolMeta):
    __name__ = 'service.concept'

    @classmethod
    def _under_contract(cls, party, company):
        pool = Pool()
        Contract = pool.get('service.contract')
        Line = pool.get('service.contract.line')
        today = Contract._today(company.id)
        lines = Line.search([
                ('contract.company', '=', company.id),
                ('contract.party', '=', party.id),
                ('contract.state', '=', 'running'),
                ('product', '!=', None),
                ['OR', ('end_date', '=', None), ('end_date', '>=', today)],
                ])
        return super()._under_contract(party, company) | {
            l.product.id for l in lines
            if not l.contract.last_date or l.contract.last_date >= today}


class OfferReport(metaclass=PoolMeta):
    __name__ = 'service_pricing.offer'

    @classmethod
    def _execute(cls, records, header, data, action):
        pool = Pool()
        ContractReport = pool.get('service.contract.report', type='report')
        if not any(r.contracts for r in records or []):
            return super()._execute(records, header, data, action)
        writer = PdfWriter()
        for sale in records:
            _, paper = super()._execute([sale], header, data, action)
            writer.append(io.BytesIO(paper))
            contracts = [
                c.id for c in sale.contracts if c.state != 'cancelled']
            if contracts:
                # Who prints the offer prints what belongs to it.
                with without_check_access():
                    _, paper, *_ = ContractReport.execute(
                        contracts, {'model': 'service.contract'})
                writer.append(io.BytesIO(paper))
        output = io.BytesIO()
        writer.write(output)
        return 'pdf', output.getvalue()

    @classmethod
    def get_once(cls, sale):
        return [l for l in super().get_once(sale) if not l.of_contract]

    @classmethod
    def get_fees(cls, sale):
        return super().get_fees(sale) + [
            l for l in sale.lines if l.of_contract]
