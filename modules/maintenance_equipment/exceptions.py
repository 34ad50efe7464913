# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.exceptions import UserError, UserWarning
from trytond.model.exceptions import AccessError, ValidationError


class PlacementDateError(ValidationError):
    pass


class PlacementOverlapError(ValidationError):
    pass


class PlacementPointWarning(UserWarning):
    pass


class SiteDateError(ValidationError):
    pass


class SitePositionError(UserError):
    pass


class SiteHolderError(UserError):
    pass


class SitePointsError(UserError):
    pass


class SiteCompanyError(UserError):
    pass


class ReadingChainError(ValidationError):
    pass


class ReadingStateError(AccessError):
    pass


class ReadingOutlierWarning(UserWarning):
    pass


class EquipmentSwapError(UserError):
    pass


class ImportFileError(UserError):
    pass


class AttributeDefaultError(ValidationError):
    pass


class EquipmentAttributeError(ValidationError):
    pass


class WarrantyTermError(ValidationError):
    pass


class EquipmentSerialError(ValidationError):
    pass


class EquipmentTwinWarning(UserWarning):
    pass


class EquipmentQuantityError(ValidationError):
    pass


class EquipmentSiteError(UserError):
    pass


class EquipmentMoveError(AccessError):
    pass


class EquipmentRetireWarning(UserWarning):
    pass


class DowntimeDateError(ValidationError):
    pass


class LabelAddressError(ValidationError):
    pass


class LabelNoneError(UserError):
    pass


class LabelUnknownError(UserError):
    pass
