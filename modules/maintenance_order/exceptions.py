# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.exceptions import UserError, UserWarning
from trytond.model.exceptions import AccessError, ValidationError


class OrderTaskError(UserError):
    pass


class TaskReasonError(UserError):
    pass


class VisitDateError(ValidationError):
    pass


class VisitFailedReasonError(UserError):
    pass


class VisitLineDurationError(ValidationError):
    pass


class VisitPostedError(AccessError):
    pass


class VisitSignatureError(UserError):
    pass


class VisitTaskError(UserError):
    pass


class PlanSiteError(UserError):
    pass


class AbsenceDateError(UserError):
    pass


class VisitCorrectionError(UserError):
    pass


class VisitMailError(UserError):
    pass


class DisputeError(UserError):
    pass


class NoChargeLimitError(AccessError):
    pass


class OrderShipError(UserError):
    pass


class CampaignError(UserError):
    pass


class WorkshopError(UserError):
    pass


class PriceSheetError(UserError):
    pass


class WorkshopBatchError(UserError):
    pass


class ReissueError(UserError):
    pass


class ShareInvoicedError(AccessError):
    pass


class InvoiceChargedError(AccessError):
    pass


class InvoicingDateError(ValidationError):
    pass


class RecommendationQuoteError(UserError):
    pass


class CredentialPackError(UserError):
    pass


class AttemptLetterError(UserError):
    pass


class ReferenceReminderError(UserError):
    pass


class ReferenceReminderWarning(UserWarning):
    pass


class QuoteWithoutPriceWarning(UserWarning):
    pass
