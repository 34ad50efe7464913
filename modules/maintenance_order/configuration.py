# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
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

SEQUENCES = ['order_sequence', 'visit_sequence']
SETTINGS = [
    'labour_product', 'travel_product', 'call_out_product',
    'distance_product', 'signature_required', 'post_signed']


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

    @classmethod
    def default_order_sequence(cls, **pattern):
        return cls.multivalue_model('order_sequence').default_order_sequence()

    @classmethod
    def default_visit_sequence(cls, **pattern):
        return cls.multivalue_model('visit_sequence').default_visit_sequence()

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
