# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.exceptions import UserError
from trytond.model.exceptions import AccessError, ValidationError


class VersionPublishedError(AccessError):
    pass


class VersionEmptyError(UserError):
    pass


class QuestionLimitError(ValidationError):
    pass


class QuestionConditionError(ValidationError):
    pass


class AnswerValueError(ValidationError):
    pass


class ChecklistCompletedError(AccessError):
    pass


class ChecklistIncompleteError(UserError):
    pass
