# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.exceptions import UserError
from trytond.model.exceptions import AccessError


class RunCompanyError(UserError):
    pass


class RunCompanyAccessError(AccessError):
    pass


class RunModificationError(AccessError):
    pass


class RunDeleteError(AccessError):
    pass


class RunUserError(AccessError):
    pass


class RunCreatedError(UserError):
    pass
