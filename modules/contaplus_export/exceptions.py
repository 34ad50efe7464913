# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.exceptions import UserError, UserWarning
from trytond.model.exceptions import AccessError, ValidationError


class CodeError(ValidationError):
    pass


class ProfileError(ValidationError):
    pass


class PeriodError(ValidationError):
    pass


class ChartError(UserError):
    pass


class CurrencyError(UserError):
    pass


class ControlError(UserError):
    pass


class CodesFileError(UserError):
    pass


class EmailMissingError(UserError):
    pass


class ExportStateError(AccessError):
    pass


class ExportAgainWarning(UserWarning):
    pass


class ClosedPeriodWarning(UserWarning):
    pass


class QuestionAnswerError(UserError):
    pass
