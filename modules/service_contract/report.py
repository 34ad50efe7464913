# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.report_html.declaration import Block, Column, Text
from trytond.modules.report_html.report import HTMLReport


class ContractReport(HTMLReport):
    __name__ = 'service.contract.report'

    blocks = [
        Block('fees', 'service_contract.msg_block_fees'),
        Block('coverage', 'service_contract.msg_block_coverage'),
        Block('equipment', 'service_contract.msg_block_equipment'),
        Block('clauses', 'service_contract.msg_block_clauses'),
        Block('signature', 'service_contract.msg_block_signature'),
        ]
    columns = [
        Column('serial', 'service_contract.msg_column_serial'),
        Column('site', 'service_contract.msg_column_site'),
        ]
    texts = [
        Text('conditions', 'service_contract.msg_text_conditions'),
        ]
    placeholders = {
        'number': 'number',
        'customer': 'party.name',
        }

    @classmethod
    def get_context(cls, records, header, data):
        context = super().get_context(records, header, data)
        context['coverages'] = cls.get_coverages
        context['covered'] = cls.get_covered
        return context

    @classmethod
    def get_coverages(cls, contract):
        "The coverages of the lines, each once"
        return list(dict.fromkeys(
                line.coverage for line in contract.lines if line.coverage))

    @classmethod
    def get_covered(cls, contract):
        "What the lines cover, each once"
        found = {}
        for line in contract.lines:
            for covered in line.equipments:
                key = (covered.equipment, covered.site, covered.category)
                found.setdefault(key, covered)
        return list(found.values())
