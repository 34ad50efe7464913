# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from trytond.exceptions import UserError
from trytond.model.exceptions import ValidationError


class ColorError(ValidationError):
    pass


class DocumentReportError(ValidationError):
    pass


class PreviewError(UserError):
    pass


class StyleError(ValidationError):
    pass


class TemplateRenderError(UserError):
    pass


class TemplateSyntaxError(ValidationError):
    pass


class TextError(ValidationError):
    pass
