# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Change running contracts from a date on, each change with its record."""
import datetime as dt

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.product import price_digits, round_price
from trytond.pool import Pool
from trytond.pyson import Equal, Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .contract_check import refuse
from .exceptions import AmendmentError


class AmendingMixin:
    __slots__ = ()

    @classmethod
    def amend(cls, contracts, date, description=None, reason='amendment'):
        "Return by contract the record of a change from the date on"
        pool = Pool()
        Amendment = pool.get('service.contract.amendment')
        refuse(
            AmendmentError(gettext(
                    'service_contract.msg_contract_amend',
                    contract=contract.rec_name))
            for contract in contracts
            if contract.state != 'running' or date < contract.start_date)
        amendments = Amendment.create([{
                    'contract': contract.id,
                    'date': date,
                    'reason': reason,
                    'description': description,
                    } for contract in contracts])
        return {a.contract.id: a for a in amendments}

    @classmethod
    def amend_terms(cls, lines, date, change, description=None):
        """Give the lines new terms from the date on

        change takes the terms in force and returns the values which change.
        Terms which start later change as well.
        """
        pool = Pool()
        Term = pool.get('service.contract.line.term')
        amendments = cls.amend(
            list(dict.fromkeys(l.contract for l in lines)), date,
            description=description)
        in_force = Term.in_force(lines, date)
        to_create, to_write = [], []
        for line in lines:
            amendment = amendments[line.contract.id]
            term = in_force.get(line.id)
            if term and (term.from_date or dt.date.min) < date:
                to_create.append({
                        'line': line.id,
                        'from_date': date,
                        'quantity': term.quantity,
                        'unit_price': term.unit_price,
                        'discount': term.discount,
                        'payer': term.payer.id if term.payer else None,
                        **change(term),
                        'amendment': amendment.id,
                        })
            for later in line.terms:
                if (later.from_date or dt.date.min) >= date:
                    to_write.extend(([later], {
                                **change(later), 'amendment': amendment.id}))
        if to_write:
            Term.write(*to_write)
        Term.create(to_create)
        return list(amendments.values())

    @classmethod
    def amend_price(
            cls, lines, date, percentage=None, unit_price=None,
            description=None):
        "Raise the prices of the lines by a part, or set them"
        if unit_price is None and percentage < -1:
            refuse(
                AmendmentError(gettext(
                        'service_contract.msg_amend_price',
                        line=line.rec_name))
                for line in lines)

        def change(term):
            if unit_price is not None:
                return {'unit_price': unit_price}
            return {
                'unit_price': round_price(term.unit_price * (1 + percentage)),
                }
        return cls.amend_terms(lines, date, change, description=description)

    @classmethod
    def amend_payer(cls, lines, date, payer, description=None):
        "Let somebody else pay the lines; what is invoiced stays as it is"
        return cls.amend_terms(
            lines, date, lambda term: {'payer': payer.id},
            description=description)

    @classmethod
    def amend_equipment(
            cls, line, date, add=(), remove=(), description=None):
        "Cover machines from the date on, and others no more"
        pool = Pool()
        LineEquipment = pool.get('service.contract.line.equipment')
        amendment, = cls.amend(
            [line.contract], date, description=description).values()
        cls._end_covers([
                c for c in line.equipments
                if c.equipment in remove
                and (not c.to_date or c.to_date >= date)],
            date, amendment)
        LineEquipment.write(
            line.add_equipment(add, from_date=date),
            {'amendment': amendment.id})
        return [amendment]

    @classmethod
    def end_covers(cls, covers, date, description=None):
        "Cover from the date on no more what one contract covers"
        contract, = {c.line.contract for c in covers}
        amendment, = cls.amend(
            [contract], date, description=description).values()
        cls._end_covers(covers, date, amendment)
        return [amendment]

    @classmethod
    def _end_covers(cls, covers, date, amendment):
        pool = Pool()
        LineEquipment = pool.get('service.contract.line.equipment')
        # What had not begun was never covered.
        begun = [
            c for c in covers
            if (c.from_date or c.line.start_date
                or c.line.contract.start_date) < date]
        LineEquipment.write(begun, {
                'to_date': date - dt.timedelta(days=1),
                'amendment': amendment.id,
                })
        LineEquipment.delete([c for c in covers if c not in begun])

    @classmethod
    def amend_suspension(
            cls, contracts, from_date, to_date=None, reason='request',
            credits=True, keeps_coverage=False, description=None):
        "Let the contracts rest"
        pool = Pool()
        Suspension = pool.get('service.contract.suspension')
        amendments = cls.amend(contracts, from_date, description=description)
        Suspension.create([{
                    'contract': contract.id,
                    'from_date': from_date,
                    'to_date': to_date,
                    'reason': reason,
                    'credits': credits,
                    'keeps_coverage': keeps_coverage,
                    'amendment': amendments[contract.id].id,
                    } for contract in contracts])
        return list(amendments.values())


class Amend(Wizard):
    __name__ = 'service.contract.amend'

    start = StateView(
        'service.contract.amend.start',
        'service_contract.contract_amend_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Change", 'amend', 'tryton-ok', default=True),
            ])
    amend = StateTransition()

    def default_start(self, fields):
        lines = self.record.lines
        return {
            'contract': self.record.id,
            'company': self.record.company.id,
            'line': lines[0].id if len(lines) == 1 else None,
            }

    def transition_amend(self):
        Contract = self.model
        start = self.start
        lines = [start.line] if start.line else [
            line for line in self.record.lines if line.kind != 'one_shot']
        self._check(lines)
        if start.change == 'price':
            Contract.amend_price(
                lines, start.date, percentage=start.percentage,
                unit_price=start.unit_price, description=start.description)
        elif start.change == 'payer':
            Contract.amend_payer(
                lines, start.date, start.payer,
                description=start.description)
        elif start.change == 'equipment':
            Contract.amend_equipment(
                start.line, start.date, start.add, start.remove,
                description=start.description)
        elif start.change == 'suspension':
            Contract.amend_suspension(
                [self.record], start.date, start.to_date,
                reason=start.reason, credits=start.credits,
                keeps_coverage=start.keeps_coverage,
                description=start.description)
        return 'end'

    def _check(self, lines):
        "Refuse what would change nothing"
        pool = Pool()
        Lang = pool.get('ir.lang')
        start, contract = self.start, self.record
        if contract.last_date and start.date > contract.last_date:
            raise AmendmentError(gettext(
                    'service_contract.msg_amend_after_end',
                    contract=contract.rec_name,
                    date=Lang.get().strftime(contract.last_date)))
        if start.change == 'equipment' and not (start.add or start.remove):
            raise AmendmentError(gettext(
                    'service_contract.msg_amend_equipment',
                    line=start.line.rec_name))
        if start.change in {'price', 'payer'} and not lines:
            raise AmendmentError(gettext(
                    'service_contract.msg_amend_one_shot',
                    contract=contract.rec_name))


class AmendStart(ModelView):
    __name__ = 'service.contract.amend.start'

    _price = {
        'invisible': Eval('change') != 'price',
        }
    _equipment = {
        'invisible': Eval('change') != 'equipment',
        }
    _suspension = {
        'invisible': Eval('change') != 'suspension',
        }

    contract = fields.Many2One(
        'service.contract', "Contract", readonly=True,
        help="The contract which is changed.")
    company = fields.Many2One(
        'company.company', "Company", readonly=True,
        help="The company of the contract.")
    date = fields.Date(
        "From", required=True,
        help="The first day on which the change counts. If these days are "
        "already invoiced, the difference is proposed as one adjustment.")
    change = fields.Selection([
            ('price', "Price"),
            ('equipment', "Covered Equipment"),
            ('payer', "Payer"),
            ('suspension', "Suspension"),
            ], "Change", required=True, sort=False,
        help="What is changed.")
    line = fields.Many2One(
        'service.contract.line', "Line",
        domain=[
            ('contract', '=', Eval('contract', -1)),
            ],
        states={
            'invisible': Eval('change') == 'suspension',
            'required': Eval('change') == 'equipment',
            },
        help="The line which is changed. Leave empty for all of them.")
    percentage = fields.Numeric(
        "Rise", digits=(16, 4),
        states={
            'invisible': (
                _price['invisible']
                | ~Equal(Eval('unit_price', None), None)),
            'required': (
                (Eval('change') == 'price')
                & Equal(Eval('unit_price', None), None)),
            },
        depends=['unit_price'],
        help="By which part of it the price rises; negative if it falls.")
    unit_price = fields.Numeric(
        "New Price", digits=price_digits,
        states={
            'invisible': _price['invisible'] | ~Eval('line'),
            },
        help="The price of one unit from then on. "
        "Leave empty to raise it by a part.")
    add = fields.Many2Many(
        'maintenance.equipment', None, None, "Add",
        domain=[
            ('company', '=', Eval('company', -1)),
            ('state', 'not in', ['retired', 'cancelled']),
            ],
        states=_equipment,
        help="The machines covered from then on.")
    remove = fields.Many2Many(
        'maintenance.equipment', None, None, "Take Out",
        domain=[
            ('contract_covers.line', '=', Eval('line', -1)),
            ],
        states=_equipment,
        help="The machines not covered any more from then on.")
    payer = fields.Many2One(
        'party.party', "Payer",
        states={
            'invisible': Eval('change') != 'payer',
            'required': Eval('change') == 'payer',
            },
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who pays from then on.")
    to_date = fields.Date(
        "To", states=_suspension,
        help="The last day without service. "
        "Leave empty as long as nobody knows.")
    reason = fields.Selection(
        'get_reasons', "Reason",
        states={
            'invisible': Eval('change') != 'suspension',
            'required': Eval('change') == 'suspension',
            },
        help="Why the contract rests.")
    credits = fields.Boolean(
        "Costs Nothing", states=_suspension,
        help="Check to charge nothing for these days, and to give back what "
        "was already invoiced for them.")
    keeps_coverage = fields.Boolean(
        "Keeps the Coverage", states=_suspension,
        help="Check to let the contract pay the work of these days.")
    description = fields.Text(
        "Description",
        help="What is changed and why, in words.")

    @classmethod
    def default_date(cls):
        return Pool().get('ir.date').today()

    @classmethod
    def default_change(cls):
        return 'price'

    @classmethod
    def default_reason(cls):
        return 'request'

    @classmethod
    def default_credits(cls):
        return True

    @classmethod
    def get_reasons(cls):
        pool = Pool()
        Suspension = pool.get('service.contract.suspension')
        return Suspension.fields_get(['reason'])['reason']['selection']
