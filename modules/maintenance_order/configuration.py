# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.modules.product import price_digits
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval, Id


def _sequence(string, type_, help):
    return fields.Many2One(
        'ir.sequence', string, required=True,
        domain=[
            ('company', 'in', [
                    Eval('context', {}).get('company', -1), None]),
            ('sequence_type', '=', Id('maintenance_order', type_)),
            ],
        help=help)


def _product(string, help):
    return fields.Many2One(
        'product.product', string, ondelete='RESTRICT',
        domain=[
            ('type', '=', 'service'),
            ],
        context={
            'company': Eval('context', {}).get('company', -1),
            },
        help=help)


_order_sequence = _sequence(
    "Order Sequence", 'sequence_type_order',
    "Used to generate the number of the orders.")
_visit_sequence = _sequence(
    "Visit Sequence", 'sequence_type_visit',
    "Used to generate the number of the visits.")
_labour_product = _product(
    "Labour",
    "The service for hours of work, with its price. Its unit must be a time.")
_travel_product = _product(
    "Travel Time",
    "The service for hours on the road. Its unit must be a time.")
_call_out_product = _product(
    "Call-Out",
    "The service charged once for coming.")
_distance_product = _product(
    "Distance",
    "The service for kilometres driven.")
_signature_required = fields.Boolean(
    "Signature Required",
    help="Check to refuse the posting of visits which nobody signed. "
    "Each site may say otherwise.")
_post_signed = fields.Boolean(
    "Post when Signed",
    help="Check to post a visit as soon as the customer signs, "
    "if nothing is left to decide.")

_failed_charge = fields.Selection([
        ('never', "Never"),
        ('second', "From the Second Time"),
        ('always', "Always"),
        ], "Charge Failed Visits", sort=False,
    help="Whether the customer pays the way there when nobody was at home or "
    "nobody let us in.")
_free_return_days = fields.Integer(
    "Free Return Days",
    domain=['OR',
        ('free_return_days', '=', None),
        ('free_return_days', '>=', 0),
        ],
    help="A second repair of a machine by the same cause within these days "
    "is not charged. Leave empty to charge it.")
_no_charge_limit = fields.Numeric(
    "No Charge Limit", digits=price_digits,
    domain=['OR',
        ('no_charge_limit', '=', None),
        ('no_charge_limit', '>=', 0),
        ],
    help="The value up to which dispatchers may give a visit away. "
    "Service managers have no limit.")
_mail_report = fields.Boolean(
    "Send Report when Signed",
    help="Check to send the signed report by e-mail to who receives reports.")

_invoice_minimum = fields.Numeric(
    "Smallest Invoice", digits=price_digits,
    domain=['OR',
        ('invoice_minimum', '=', None),
        ('invoice_minimum', '>=', 0),
        ],
    help="What a customer has to pay for work waits for more below this "
    "amount without taxes, unless it is invoiced on its own.")
_invoice_minimum_months = fields.Integer(
    "Months to Wait",
    domain=['OR',
        ('invoice_minimum_months', '=', None),
        ('invoice_minimum_months', '>=', 0),
        ],
    help="What is older than these months is invoiced even if it is little.")

_letter_attempts = fields.Integer(
    "Letter after Attempts",
    domain=['OR',
        ('letter_attempts', '=', None),
        ('letter_attempts', '>=', 1),
        ],
    help="After how many visits on which nobody was at home or let us in a "
    "letter to the customer is proposed. Leave empty for no letters.")
_reference_reminder_days = fields.Integer(
    "Ask for Order Numbers Every",
    domain=['OR',
        ('reference_reminder_days', '=', None),
        ('reference_reminder_days', '>=', 1),
        ],
    help="After how many days customers are asked again by mail for the order "
    "numbers which they insist on.\n"
    "Leave empty to ask by hand only.")


def _tax_rule(string, help):
    return fields.Many2One(
        'account.tax.rule', string, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('context', {}).get('company', -1)),
            ('kind', 'in', ['sale', 'both']),
            ],
        help=help)


_reduced_tax_rule = _tax_rule(
    "Reduced Tax",
    "The tax rule for repairs of dwellings at the reduced rate.")
_reverse_tax_rule = _tax_rule(
    "Reverse Charge",
    "The tax rule for subcontracted building work under reverse charge.")


def _payment_method(string, help):
    return fields.Many2One(
        'account.invoice.payment.method', string, ondelete='RESTRICT',
        domain=[
            ('company', '=', Eval('context', {}).get('company', -1)),
            ],
        help=help)


_cash_method = _payment_method(
    "Cash Taken",
    "How cash taken on site is booked when it is handed in. "
    "Leave empty to book it by hand.")
_card_method = _payment_method(
    "Cards Taken",
    "How what was paid by card on site is booked when it is handed in. "
    "Leave empty to book it by hand.")
_transfer_method = _payment_method(
    "Transfers Taken",
    "How instant transfers are booked when they are handed in. "
    "Leave empty to book them with the statement of the bank.")
_cheque_method = _payment_method(
    "Cheques Taken",
    "How cheques taken on site are booked when they are handed in. "
    "Leave empty to book them by hand.")

SEQUENCES = ['order_sequence', 'visit_sequence']
SETTINGS = [
    'labour_product', 'travel_product', 'call_out_product',
    'distance_product', 'signature_required', 'post_signed', 'failed_charge',
    'free_return_days', 'no_charge_limit', 'mail_report', 'invoice_minimum',
    'invoice_minimum_months', 'reduced_tax_rule', 'reverse_tax_rule',
    'cash_method', 'card_method', 'transfer_method', 'cheque_method',
    'letter_attempts', 'reference_reminder_days']


class Configuration(metaclass=PoolMeta):
    __name__ = 'maintenance.configuration'

    order_sequence = fields.MultiValue(_order_sequence)
    visit_sequence = fields.MultiValue(_visit_sequence)
    labour_product = fields.MultiValue(_labour_product)
    travel_product = fields.MultiValue(_travel_product)
    call_out_product = fields.MultiValue(_call_out_product)
    distance_product = fields.MultiValue(_distance_product)
    signature_required = fields.MultiValue(_signature_required)
    post_signed = fields.MultiValue(_post_signed)
    failed_charge = fields.MultiValue(_failed_charge)
    free_return_days = fields.MultiValue(_free_return_days)
    no_charge_limit = fields.MultiValue(_no_charge_limit)
    mail_report = fields.MultiValue(_mail_report)
    invoice_minimum = fields.MultiValue(_invoice_minimum)
    invoice_minimum_months = fields.MultiValue(_invoice_minimum_months)
    reduced_tax_rule = fields.MultiValue(_reduced_tax_rule)
    reverse_tax_rule = fields.MultiValue(_reverse_tax_rule)
    cash_method = fields.MultiValue(_cash_method)
    card_method = fields.MultiValue(_card_method)
    transfer_method = fields.MultiValue(_transfer_method)
    cheque_method = fields.MultiValue(_cheque_method)
    letter_attempts = fields.MultiValue(_letter_attempts)
    reference_reminder_days = fields.MultiValue(_reference_reminder_days)

    @classmethod
    def default_order_sequence(cls, **pattern):
        return cls.multivalue_model('order_sequence').default_order_sequence()

    @classmethod
    def default_visit_sequence(cls, **pattern):
        return cls.multivalue_model('visit_sequence').default_visit_sequence()

    @classmethod
    def default_failed_charge(cls, **pattern):
        return cls.multivalue_model('failed_charge').default_failed_charge()

    @classmethod
    def default_invoice_minimum_months(cls, **pattern):
        return cls.multivalue_model(
            'invoice_minimum_months').default_invoice_minimum_months()

    @classmethod
    def default_letter_attempts(cls, **pattern):
        return cls.multivalue_model(
            'letter_attempts').default_letter_attempts()

    @classmethod
    def multivalue_model(cls, field):
        pool = Pool()
        if field in SEQUENCES:
            return pool.get('maintenance.configuration.sequence')
        if field in SETTINGS:
            return pool.get('maintenance.configuration.order')
        return super().multivalue_model(field)


class ConfigurationSequence(metaclass=PoolMeta):
    __name__ = 'maintenance.configuration.sequence'

    order_sequence = _order_sequence
    visit_sequence = _visit_sequence

    @classmethod
    def default_order_sequence(cls):
        return cls._default_order_sequence('sequence_order')

    @classmethod
    def default_visit_sequence(cls):
        return cls._default_order_sequence('sequence_visit')

    @classmethod
    def _default_order_sequence(cls, fs_id):
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        try:
            return ModelData.get_id('maintenance_order', fs_id)
        except KeyError:
            return None


class ConfigurationOrder(ModelSQL, CompanyValueMixin):
    __name__ = 'maintenance.configuration.order'

    labour_product = _labour_product
    travel_product = _travel_product
    call_out_product = _call_out_product
    distance_product = _distance_product
    signature_required = _signature_required
    post_signed = _post_signed
    failed_charge = _failed_charge
    free_return_days = _free_return_days
    no_charge_limit = _no_charge_limit
    mail_report = _mail_report
    invoice_minimum = _invoice_minimum
    invoice_minimum_months = _invoice_minimum_months
    reduced_tax_rule = _reduced_tax_rule
    reverse_tax_rule = _reverse_tax_rule
    cash_method = _cash_method
    card_method = _card_method
    transfer_method = _transfer_method
    cheque_method = _cheque_method
    letter_attempts = _letter_attempts
    reference_reminder_days = _reference_reminder_days

    @classmethod
    def default_failed_charge(cls):
        return 'never'

    @classmethod
    def default_invoice_minimum_months(cls):
        return 3

    @classmethod
    def default_letter_attempts(cls):
        return 3
