# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What technicians photograph: the work before and after, and receipts."""
from PIL import Image, ImageDraw, ImageFont

from demo.machines import save

WALL, RUST, NEW, SIGN = (
    (221, 218, 208), (122, 74, 48), (190, 30, 34), (22, 140, 72))


def draw_place(text, worn):
    "A pipe, a valve and a sign on a wall, worn or as new"
    image = Image.new('RGB', (640, 480), WALL)
    draw = ImageDraw.Draw(image)
    body = RUST if worn else NEW
    dark = tuple(int(c * .7) for c in body)
    draw.rectangle((0, 400, 640, 480), fill=(150, 148, 140))
    draw.rectangle((60, 170, 580, 210), fill=body, outline=dark, width=3)
    draw.rectangle((290, 90, 350, 400), fill=body, outline=dark, width=3)
    draw.ellipse((255, 125, 385, 255), fill=dark)
    draw.ellipse((285, 155, 355, 225), fill=body)
    draw.ellipse((440, 60, 560, 180), fill='white', outline=dark, width=6)
    draw.line(
        (500, 120, 462 if worn else 530, 142 if worn else 82),
        fill=(20, 20, 20), width=5)
    if worn:
        draw.polygon([(300, 400), (350, 255), (420, 400)], fill=(88, 96, 92))
        for x in range(80, 560, 46):
            draw.ellipse((x, 176, x + 18, 200), fill=dark)
    else:
        draw.rectangle((70, 250, 190, 350), fill=SIGN)
        draw.rectangle((95, 275, 165, 325), fill='white')
    draw.rectangle((0, 0, 640, 40), fill=(40, 44, 48))
    draw.text(
        (14, 6), text, fill='white', font=ImageFont.load_default(24))
    return save(image)


def draw_receipt(shop, date, rows):
    "The slip of a shop with what was bought"
    image = Image.new('RGB', (420, 250 + 34 * len(rows)), (90, 92, 96))
    draw = ImageDraw.Draw(image)
    right, bottom = image.size
    draw.rectangle((30, 16, right - 30, bottom - 16), fill=(250, 249, 244))
    large, small = [ImageFont.load_default(size) for size in (24, 18)]
    draw.text((50, 32), shop, fill='black', font=large)
    draw.text((50, 70), f"{date:%d/%m/%Y}  Tique 00{date:%d%m}",
        fill='black', font=small)
    y = 114
    for text, amount in [*rows, ("TOTAL", sum(a for _, a in rows))]:
        font = large if text == "TOTAL" else small
        draw.text((50, y), text, fill='black', font=font)
        price = f"{amount:.2f}".replace('.', ',')
        draw.text(
            (right - 50 - draw.textlength(price, font), y), price,
            fill='black', font=font)
        y += 34
    draw.text((50, y + 14), "IVA incluido. Gracias.", fill='black', font=small)
    return save(image)
