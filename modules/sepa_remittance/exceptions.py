# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.exceptions import UserError
from trytond.model.exceptions import AccessError, ValidationError


class JournalSettingError(UserError):
    pass


class NothingToRemitError(UserError):
    pass


class RemittanceModificationError(AccessError):
    pass


class RemittanceDeleteError(AccessError):
    pass


class RemittanceSequenceError(UserError):
    pass


class RemittanceEmptyError(UserError):
    pass


class RemittanceCollectedError(UserError):
    pass


class RemittanceFileError(UserError):
    pass


class PaymentInRemittanceError(AccessError):
    pass


class DebitSentError(AccessError):
    pass


class DebitMandateError(ValidationError):
    pass


class ReceiptNotReturnedError(UserError):
    pass


class MandateAmendmentError(UserError):
    pass


class BankMessageFormatError(UserError):
    pass


class BankMessageSizeError(UserError):
    pass


class BankMessageTwiceError(UserError):
    pass


class BankMessageDeleteError(AccessError):
    pass


class ReturnPostedError(AccessError):
    pass


class ReturnDebitError(UserError):
    pass


class FeeAccountError(UserError):
    pass


class ContractSuspensionError(UserError):
    pass
