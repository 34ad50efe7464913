# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.exceptions import UserError
from trytond.model.exceptions import ValidationError


class ConceptMarginError(ValidationError):
    pass


class NegativeError(ValidationError):
    pass


class OfferEmptyError(UserError):
    pass


class OfferProductError(UserError):
    pass


class OfferQuantityError(UserError):
    pass


class RuleDateError(ValidationError):
    pass
