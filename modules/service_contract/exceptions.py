# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.exceptions import UserError, UserWarning
from trytond.model.exceptions import ValidationError


class AmendmentError(UserError):
    pass


class ContractCloseError(UserError):
    pass


class ContractDateError(ValidationError):
    pass


class ContractMonthsError(ValidationError):
    pass


class ContractLineMissingError(UserError):
    pass


class ContractNoticeWarning(UserWarning):
    pass


class ContractProductError(UserError):
    pass


class ContractRenewError(UserError):
    pass


class ContractStopError(UserError):
    pass


class CoverageOverlapError(UserError):
    pass


class DeferredCancelError(UserError):
    pass


class CountQuantityError(ValidationError):
    pass


class LineAnchorError(ValidationError):
    pass


class LineDateError(ValidationError):
    pass


class LineEquipmentCountError(UserError):
    pass


class LineEquipmentDateError(ValidationError):
    pass


class LineMonthsError(ValidationError):
    pass


class PeriodInvoicedError(UserError):
    pass


class ProformaError(UserError):
    pass


class RuleLimitError(ValidationError):
    pass


class RulePercentageError(ValidationError):
    pass


class RulePriceError(ValidationError):
    pass


class SaleMonthsError(UserError):
    pass


class TermDateError(ValidationError):
    pass


class TermDiscountError(ValidationError):
    pass


class TermQuantityError(ValidationError):
    pass


class SuspensionDateError(ValidationError):
    pass
