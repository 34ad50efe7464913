# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from sql.aggregate import Sum
from sql.conditionals import Coalesce

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from .exceptions import JournalSettingError, PaymentInRemittanceError
from .pain import VARIANTS


def in_batch():
    "Tell if a remittance writes its payments, which it has checked"
    return Transaction().context.get('_sepa_remittance')


class Payment(metaclass=PoolMeta):
    __name__ = 'account.payment'

    sepa_debit = fields.Many2One(
        'sepa.remittance.debit', "Debit", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('sepa_debit'),
            },
        help="The debit of a remittance that carries the payment.")
    sepa_remittance = fields.Function(
        fields.Many2One(
            'sepa.remittance', "Remittance",
            states={
                'invisible': ~Eval('sepa_remittance'),
                },
            help="The remittance that carries the payment."),
        'on_change_with_sepa_remittance', searcher='search_sepa_remittance')

    sepa_line = fields.Many2One(
        'account.move.line', "Collected Line", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('sepa_line'),
            },
        help="The line that stands against the receipt since it was sent or "
        "collected.")

    sepa_returned_line = fields.Many2One(
        'account.move.line', "Returned Line", readonly=True,
        ondelete='RESTRICT',
        states={
            'invisible': ~Eval('sepa_returned_line'),
            },
        help="The line on which the receipt is owed since it came back.")

    @property
    def open_line(self):
        "Return the line on which the receipt is owed now"
        return self.sepa_returned_line or self.line

    @fields.depends('sepa_debit', '_parent_sepa_debit.remittance')
    def on_change_with_sepa_remittance(self, name=None):
        return self.sepa_debit.remittance if self.sepa_debit else None

    @classmethod
    def search_sepa_remittance(cls, name, clause):
        nested = clause[0][len(name):]
        return [('sepa_debit.remittance' + nested, *clause[1:])]

    def get_sepa_end_to_end_id(self, name):
        if self.sepa_debit:
            return self.sepa_debit.end_to_end_id
        return super().get_sepa_end_to_end_id(name)

    get_sepa_instruction_id = get_sepa_end_to_end_id

    @classmethod
    def search_end_to_end_id(cls, name, domain):
        _, operator, value = domain
        return ['OR',
            ('sepa_debit.end_to_end_id', operator, value),
            [
                ('sepa_debit', '=', None),
                super().search_end_to_end_id(name, domain),
                ],
            ]

    search_sepa_instruction_id = search_end_to_end_id

    @classmethod
    def copy(cls, payments, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('sepa_debit')
        default.setdefault('sepa_line')
        default.setdefault('sepa_returned_line')
        return super().copy(payments, default=default)

    @classmethod
    def _validate(cls, records, field_names=None):
        if not in_batch():
            super()._validate(records, field_names=field_names)

    @classmethod
    def check_modification(cls, mode, payments, values=None, external=False):
        super().check_modification(
            mode, payments, values=values, external=external)
        context = Transaction().context
        if context.get('_sepa_remittance_free') or in_batch():
            return
        if mode == 'delete' or (
                mode == 'write' and external and values
                and values.keys() & {
                    'amount', 'line', 'journal', 'party', 'date',
                    'sepa_mandate', 'company', 'kind'}):
            for payment in payments:
                if payment.sepa_debit:
                    raise PaymentInRemittanceError(gettext(
                            'sepa_remittance.msg_payment_in_remittance',
                            payment=payment.rec_name,
                            remittance=payment.sepa_remittance.rec_name))

    @classmethod
    def on_modification(cls, mode, payments, field_names=None):
        # A batch updates the lines itself, all at once.
        if not in_batch():
            super().on_modification(mode, payments, field_names=field_names)

    @classmethod
    def on_write(cls, payments, values):
        if in_batch():
            return []
        return super().on_write(payments, values)

    @classmethod
    def on_delete(cls, payments):
        if in_batch():
            return []
        return super().on_delete(payments)

    @classmethod
    def submit(cls, payments):
        cls._check_remittance(payments)
        super().submit(payments)

    @classmethod
    def process(cls, payments, group=None):
        cls._check_remittance(payments)
        return super().process(payments, group=group)

    @classmethod
    def succeed(cls, payments):
        pool = Pool()
        Batch = pool.get('sepa.remittance.batch')
        remitted = [p for p in payments if p.sepa_debit]
        others = [p for p in payments if not p.sepa_debit]
        if others:
            super().succeed(others)
        if remitted:
            Batch.collect(
                remitted, date=Transaction().context.get('clearing_date'))

    @classmethod
    def fail(cls, payments):
        pool = Pool()
        Return = pool.get('sepa.return')
        remitted = [p for p in payments if p.sepa_debit]
        others = [p for p in payments if not p.sepa_debit]
        if others:
            super().fail(others)
        if remitted:
            Return.create_from_debits(
                {p.sepa_debit for p in remitted},
                date=Transaction().context.get('clearing_date'))

    @classmethod
    def _check_remittance(cls, payments):
        for payment in payments:
            if payment.sepa_debit:
                raise PaymentInRemittanceError(gettext(
                        'sepa_remittance.msg_payment_process_remittance',
                        payment=payment.rec_name,
                        remittance=payment.sepa_remittance.rec_name))


class Group(metaclass=PoolMeta):
    __name__ = 'account.payment.group'

    sepa_remittances = fields.One2Many(
        'sepa.remittance', 'group', "Remittances", readonly=True,
        states={
            'invisible': ~Eval('sepa_remittances'),
            },
        help="The remittance that the group was made for.")

    @classmethod
    def sepa_versions(cls):
        "Return the names of the messages that a remittance can write"
        return list(VARIANTS)

    def get_sepa_template(self):
        version = (self.journal.sepa_receivable_flavor
            if self.kind == 'receivable'
            else self.journal.sepa_payable_flavor)
        if version in {'pain.008.001.08', 'pain.001.001.09'}:
            raise JournalSettingError(gettext(
                    'sepa_remittance.msg_group_version',
                    group=self.rec_name, version=version,
                    journal=self.journal.rec_name))
        return super().get_sepa_template()


class Move(metaclass=PoolMeta):
    __name__ = 'account.move'

    @classmethod
    def _get_origin(cls):
        return super()._get_origin() + ['sepa.remittance', 'sepa.return']


class MoveLine(metaclass=PoolMeta):
    __name__ = 'account.move.line'

    guarantee_retention = fields.Boolean(
        "Guarantee Retention",
        states={
            'invisible': ~Eval('payment_kind'),
            },
        help="Check if the customer keeps the amount as a guarantee: it is "
        "not collected by remittance.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._check_modify_exclude.add('guarantee_retention')

    @classmethod
    def default_guarantee_retention(cls):
        return False

    @classmethod
    def update_payment_amount(cls, line_ids):
        "Store what is in payment, as the standard does, without browsing"
        pool = Pool()
        Payment = pool.get('account.payment')
        payment, table = Payment.__table__(), cls.__table__()
        cursor = Transaction().connection.cursor()
        for ids in grouped_slice(sorted(set(line_ids)), 500):
            ids = list(ids)
            cursor.execute(*table.update(
                    [table.payment_amount_cache],
                    [payment.select(
                            Sum(Coalesce(payment.amount, 0)),
                            where=(payment.line == table.id)
                            & (payment.state != 'failed'))],
                    where=table.id.in_(ids)))
            # Who has read the lines must read them again.
            transaction = Transaction()
            transaction.counter += 1
            for cache in transaction.cache.values():
                if cls.__name__ in cache:
                    for id_ in ids:
                        cache[cls.__name__].pop(id_, None)


class Message(metaclass=PoolMeta):
    __name__ = 'account.payment.sepa.message'

    sepa_remittance = fields.Many2One(
        'sepa.remittance', "Remittance", readonly=True, ondelete='RESTRICT',
        states={
            'invisible': ~Eval('sepa_remittance'),
            },
        help="The remittance that the file was made from.")
    message_identification = fields.Char(
        "Message ID", size=35, readonly=True,
        help="The identification of the file at the bank.")
    file_name = fields.Char(
        "File Name", readonly=True,
        help="The name under which the file is downloaded.")
    transaction_count = fields.Integer(
        "Transactions", readonly=True,
        help="The number of transactions in the file.")

    def get_filename(self, name):
        if self.file_name:
            return self.file_name
        return super().get_filename(name)
