# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Pictures made small enough for paper and put into the page."""
from base64 import b64encode
from io import BytesIO

from PIL import Image, ImageOps

__all__ = ['PictureError', 'to_data', 'to_picture']

DPI = 200


class PictureError(ValueError):
    "The bytes are not a picture that can be printed"


def to_data(content: bytes, type_: str) -> str:
    "Return the content as data: URL"
    return f'data:{type_};base64,{b64encode(content).decode()}'


def to_picture(
        content: bytes, width: float, height: float, dpi: int = DPI) -> str:
    """Return the picture as data: URL

    It is turned upright and has no more points than fit into width and height,
    in millimetres.
    """
    box = (
        max(round(width / 25.4 * dpi), 1),
        max(round(height / 25.4 * dpi), 1))
    try:
        with Image.open(BytesIO(content)) as source:
            # Lets JPEG be read at a fraction of its size.
            source.draft('RGB', box)
            picture = ImageOps.exif_transpose(source) or source
            picture.load()
            has_alpha = picture.has_transparency_data
            picture = picture.convert('RGBA' if has_alpha else 'RGB')
    except (OSError, ValueError, SyntaxError,
            Image.DecompressionBombError) as error:
        raise PictureError(str(error)) from error
    picture.thumbnail(box)
    output = BytesIO()
    if has_alpha:
        picture.save(output, format='PNG', optimize=True)
        type_ = 'image/png'
    else:
        picture.save(output, format='JPEG', quality=85, optimize=True)
        type_ = 'image/jpeg'
    return to_data(output.getvalue(), type_)
