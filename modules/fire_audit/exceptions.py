# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.exceptions import UserError, UserWarning
from trytond.model.exceptions import AccessError, ValidationError


class ProgrammeDataError(UserError):
    pass


class ProgrammePeriodError(ValidationError):
    pass


class AuditPreparationError(UserError):
    pass


class AuditSignatureError(UserError):
    pass


class AuditIssuedError(AccessError):
    pass


class AuditUnfavourableWarning(UserWarning):
    pass


class FindingProposedError(UserError):
    pass
