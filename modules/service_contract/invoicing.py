# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""From the periods of contracts to invoices, and back by credit notes."""
from collections import defaultdict
from decimal import Decimal

from sql import Null
from sql.aggregate import Max, Min
from sql.conditionals import Coalesce

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.maintenance_order.exceptions import InvoiceChargedError
from trytond.modules.maintenance_order.invoicing_generation import generated
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction


class Period(metaclass=PoolMeta):
    __name__ = 'service.contract.period'

    @classmethod
    def due_domain(
            cls, company, up_to, parties=None, contracts=None, periods=None):
        "Return the domain of what can be invoiced"
        domain = [
            ('state', '=', 'pending'),
            ('company', '=', company.id),
            ('contract.state', 'in', ['running', 'closed']),
            ('invoice_date', '<=', up_to),
            ('amount', '!=', 0),
            ]
        if parties is not None:
            domain.append(('party', 'in', parties))
        if contracts is not None:
            domain.append(('contract', 'in', contracts))
        if periods is not None:
            domain.append(('id', 'in', periods))
        return domain

    @classmethod
    def due_parties(cls, company, up_to, **filters):
        "Return the ids of who has periods to pay, who waits longest first"
        pool = Pool()
        Contract = pool.get('service.contract')
        Line = pool.get('service.contract.line')
        period = cls.__table__()
        line = Line.__table__()
        contract = Contract.__table__()
        cursor = Transaction().connection.cursor()
        query = cls.search(
            cls.due_domain(company, up_to, **filters), query=True)
        payer = Coalesce(
            period.payer, line.invoice_party, contract.invoice_party,
            contract.party)
        oldest = Min(period.invoice_date)
        cursor.execute(*period
            .join(line, condition=period.line == line.id)
            .join(contract, condition=period.contract == contract.id)
            .select(
                payer.as_('party'), oldest.as_('date'),
                where=period.id.in_(query),
                group_by=payer,
                order_by=[oldest.asc, payer.asc]))
        return [party for party, _ in cursor]

    @classmethod
    def due_periods(cls, company, up_to, **filters):
        return cls.search(
            cls.due_domain(company, up_to, **filters),
            order=[
                ('contract', 'ASC'), ('invoice_date', 'ASC'),
                ('from_date', 'ASC'), ('id', 'ASC')])

    @classmethod
    def gather(cls, billing, periods):
        "Add the periods to the billing, the bad ones to its problems"
        for period in periods:
            heading = period._invoicing_heading(billing)
            if heading is None:
                continue
            line = period.line
            contract = period.contract
            billing.item(
                period, heading, line.product,
                Decimal(str(period.quantity)), period.unit_price,
                period.amount,
                taxes_date=period.to_date,
                unit=line.unit,
                description=period.invoicing_text(heading.language),
                group=(
                    contract.id if contract.grouping == 'contract' else None),
                order=(contract.id, line.id, period.from_date, period.id),
                values=period._invoice_values(billing.date))

    def _invoice_values(self, date):
        "Return what the line of an invoice of the date has besides"
        return {}

    def _invoicing_heading(self, billing):
        contract = self.contract
        payer = self.payer or self.line.invoice_party_used
        address = contract.invoice_address
        if address and address.party != payer:
            # The line is paid by somebody else.
            address = None
        return billing.heading(
            payer, contract.currency, address=address,
            payment_term=contract.payment_term,
            reference=contract.reference)

    def invoicing_text(self, language=None):
        "Return how the line of an invoice speaks of the period"
        pool = Pool()
        Lang = pool.get('ir.lang')
        lang = Lang.get(language)
        code = 'period' if self.kind == 'regular' else self.kind
        text = gettext(
            f'service_contract.msg_invoice_line_{code}',
            language or Transaction().language,
            contract=self.contract.number,
            from_date=lang.strftime(self.from_date),
            to_date=lang.strftime(self.to_date))
        return '\n'.join(filter(None, [self.line.description, text]))

    @classmethod
    def _validate(cls, records, field_names=None):
        # What a generation links was built from the periods themselves.
        if not generated() or field_names != {'invoice_line'}:
            super()._validate(records, field_names=field_names)

    @classmethod
    def settle(cls, lines):
        "Mark the periods which the lines, by origin, charge"
        args = []
        for period in cls.browse([
                    int(origin.split(',')[1]) for origin in lines
                    if origin.startswith('service.contract.period,')]):
            args.extend(([period], {'invoice_line': lines[str(period)].id}))
        if args:
            cls.write(*args)

    @classmethod
    def invoice_due(
            cls, company=None, date=None, up_to=None, parties=None,
            contracts=None, post=True, periods=None):
        """Invoice what is due here and now and return the run

        For scripts; people have the wizard.
        """
        pool = Pool()
        Company = pool.get('company.company')
        Date = pool.get('ir.date')
        Run = pool.get('batch.run')
        if company is None:
            company = Company(Transaction().context['company'])
        with Transaction().set_context(company=company.id):
            date = date or Date.today()
        run = Run.prepare('service_contract.invoice', params={
                'date': date,
                'up_to': up_to or date,
                'parties': None if parties is None else [
                    int(p) for p in parties],
                'contracts': None if contracts is None else [
                    int(c) for c in contracts],
                'periods': None if periods is None else [
                    int(p) for p in periods],
                'post': post,
                }, company=company)
        return Run.execute(run)

    @classmethod
    def invoice_automatically(cls):
        "Invoice what is due, by the scheduler, if the company wants it"
        pool = Pool()
        Company = pool.get('company.company')
        Configuration = pool.get('service.contract.configuration')
        Contract = pool.get('service.contract')
        Run = pool.get('batch.run')
        company = Company(Transaction().context['company'])
        how = Configuration(1).get_multivalue(
            'invoice_automatically', company=company.id)
        if not how:
            return
        today = Contract._today(company.id)
        params = {
            'date': today,
            'up_to': today,
            'parties': None,
            'contracts': None,
            'post': how == 'posted',
            }
        # A run each day that finds nothing would only hide the others.
        if Run._jobs()['service_contract.invoice']().due(company, params):
            Run.start(
                'service_contract.invoice', params=params, company=company)

    # Back from the invoice

    @classmethod
    def of_lines(cls, lines):
        "Return the periods which the invoice lines charge, by line"
        by_line = defaultdict(list)
        for period in cls.search([
                    ('invoice_line', 'in', [l.id for l in lines]),
                    ]):
            by_line[period.invoice_line].append(period)
        return by_line

    @classmethod
    def release_lines(cls, lines):
        "What the lines charged is to invoice again"
        periods = [p for found in cls.of_lines(lines).values() for p in found]
        credits = [p for p in periods if p.kind == 'credit' and p.corrects]
        if credits:
            # A credit note that is cancelled was never given.
            cls.write([p.corrects for p in credits], {'live': True})
        if periods:
            cls.write(periods, {'invoice_line': None})
        if credits:
            cls.delete(credits)

    @classmethod
    def take_lines(cls, lines):
        "The lines charge again what they did before they were released"
        args = []
        for line in lines:
            period = line.origin
            if not isinstance(period, cls) or period.invoice_line == line:
                continue
            if period.invoice_line:
                raise InvoiceChargedError(gettext(
                        'maintenance_order.msg_invoice_charged_again',
                        invoice=line.invoice.rec_name,
                        record=period.rec_name,
                        other=period.invoice_line.invoice.rec_name))
            args.extend(([period], {'invoice_line': line.id}))
        if args:
            cls.write(*args)

    @classmethod
    def credit_lines(cls, lines):
        """Make the credit periods of credit lines

        To charge again what was credited as a whole neither the period nor
        its credit counts any more: the ledger proposes the period once more.
        Of a part it proposes the difference.  What is settled counts as
        invoiced, and its credit does not.
        """
        done = cls.of_lines(lines)
        credited = cls.of_lines([l.origin for l in lines if l not in done])
        to_create = []
        to_end = []
        sequences = cls._last_sequences([
                p.line.id for found in credited.values() for p in found])
        for line in lines:
            if line in done:
                continue
            for period in credited.get(line.origin, []):
                whole = -line.amount == period.amount
                if line.charge_again and whole:
                    to_end.append(period)
                key = period.line.id, period.from_date
                sequences[key] += 1
                to_create.append({
                        'contract': period.contract.id,
                        'line': period.line.id,
                        'company': period.company.id,
                        'kind': 'credit',
                        'corrects': period.id,
                        'from_date': period.from_date,
                        'to_date': period.to_date,
                        'sequence': sequences[key],
                        'invoice_date': line.invoice.invoice_date,
                        'fraction': period.fraction,
                        'quantity': -period.quantity,
                        'unit_price': period.unit_price,
                        'payer': period.payer.id if period.payer else None,
                        'amount': line.amount,
                        'expected_amount': period.amount + line.amount,
                        'invoiced_amount': period.amount,
                        'live': bool(line.charge_again and not whole),
                        'invoice_line': line.id,
                        })
        if to_end:
            cls.write(to_end, {'live': False})
        if to_create:
            cls.create(to_create)

    @classmethod
    def _last_sequences(cls, lines):
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        sequences = defaultdict(int)
        if lines:
            cursor.execute(*table.select(
                    table.line, table.from_date, Max(table.sequence),
                    where=fields.SQL_OPERATORS['in'](table.line, lines),
                    group_by=[table.line, table.from_date]))
            for line, from_date, sequence in cursor:
                sequences[line, from_date] = sequence
        return sequences


class Contract(metaclass=PoolMeta):
    __name__ = 'service.contract'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'invoice_periods': {
                    'invisible': ~Eval('state').in_(['running', 'closed']),
                    'icon': 'maintenance_order-invoice',
                    'depends': ['state'],
                    },
                })

    @classmethod
    @ModelView.button_action('service_contract.wizard_invoice_contracts')
    def invoice_periods(cls, contracts):
        pass


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    contracts = fields.Function(
        fields.Many2Many(
            'service.contract', None, None, "Contracts",
            help="The contracts whose periods are charged."),
        'get_contracts', searcher='search_contracts')

    @classmethod
    def get_contracts(cls, invoices, name):
        pool = Pool()
        Period = pool.get('service.contract.period')
        contracts = {}
        for invoice in invoices:
            contracts[invoice.id] = list(dict.fromkeys(
                    l.origin.contract.id for l in invoice.lines
                    if isinstance(l.origin, Period) and l.origin.id >= 0))
        return contracts

    @classmethod
    def search_contracts(cls, name, clause):
        return [
            ('lines.origin.contract' + clause[0][len(name):],
                *clause[1:3], 'service.contract.period', *clause[3:])]


class InvoiceLine(metaclass=PoolMeta):
    __name__ = 'account.invoice.line'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['service.contract.period']

    @classmethod
    def release(cls, lines):
        pool = Pool()
        Period = pool.get('service.contract.period')
        super().release(lines)
        Period.release_lines(lines)

    @classmethod
    def take_again(cls, lines):
        pool = Pool()
        Period = pool.get('service.contract.period')
        super().take_again(lines)
        Period.take_lines(lines)

    @classmethod
    def settle_credits(cls, lines):
        pool = Pool()
        Period = pool.get('service.contract.period')
        super().settle_credits(lines)
        Period.credit_lines(lines)


class InvoicingDifference(metaclass=PoolMeta):
    __name__ = 'maintenance.invoicing.difference'

    @classmethod
    def _marks(cls):
        pool = Pool()
        Period = pool.get('service.contract.period')
        period = Period.__table__()
        return super()._marks() + [period.select(
                period.invoice_line.as_('line'),
                period.amount.as_('amount'),
                where=period.invoice_line != Null)]

    @classmethod
    def _origins(cls):
        return super()._origins() + ['service.contract.period']
