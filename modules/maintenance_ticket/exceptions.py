# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.exceptions import UserError
from trytond.model.exceptions import ValidationError


class TicketCustomerError(ValidationError):
    pass


class TicketSiteError(UserError):
    pass


class TicketWorkError(UserError):
    pass


class RuleCompanyError(ValidationError):
    pass
