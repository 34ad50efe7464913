# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a template calls to write values in the words of the reader."""
import datetime as dt
import logging
from decimal import Decimal

from genshi.core import Markup

from trytond.pool import Pool
from trytond.report import Report
from trytond.tools import timezone

from . import chart
from .picture import PictureError, to_data, to_picture

logger = logging.getLogger(__name__)

NO_BREAK_SPACE = '\u00a0'


class Formatter:
    "Writes values for one company in one language"

    def __init__(self, company, lang):
        self.company = company
        self.lang = lang

    @property
    def helpers(self):
        return {name: getattr(self, name) for name in [
                'address', 'barcode', 'bars', 'date', 'datetime', 'donut',
                'duration', 'image', 'lines', 'money', 'number', 'percent',
                'qrcode', 'quantity', 'selection', 'svg', 'time', 'value']}

    def money(self, amount, currency=None, digits=None, symbol=True):
        "An amount with the symbol of its currency, else of the company's"
        if amount is None:
            return ''
        if currency is None and self.company:
            currency = self.company.currency
        if currency is None:
            return self.number(amount, digits)
        return self.lang.currency(
            amount, currency, symbol=symbol, grouping=True, digits=digits)

    def number(self, number, digits=None):
        "A number with the separators of the language"
        if number is None:
            return ''
        if digits is None:
            digits = _decimals(number)
        return self.lang.format_number(number, digits=digits, grouping=True)

    def quantity(self, quantity, unit=None):
        "A quantity without idle zeros, with the symbol of its unit"
        if quantity is None:
            return ''
        limit = unit.digits if unit else 4
        text = self.number(quantity, min(_decimals(quantity), limit))
        if unit:
            text += NO_BREAK_SPACE + unit.symbol
        return text

    def percent(self, ratio, digits=None):
        "A ratio as percentage: 0.21 is 21 %"
        if ratio is None:
            return ''
        percentage = Decimal(str(ratio)) * 100
        return self.number(
            percentage,
            _decimals(percentage) if digits is None else digits
            ) + NO_BREAK_SPACE + '%'

    def date(self, value):
        if value is None:
            return ''
        if isinstance(value, dt.datetime):
            value = self._local(value).date()
        return self.lang.strftime(value)

    def datetime(self, value):
        "A timestamp in the time zone of the company"
        if value is None:
            return ''
        return f'{self.date(value)} {self.time(value)}'

    def time(self, value):
        if value is None:
            return ''
        if isinstance(value, dt.datetime):
            value = self._local(value)
        return value.strftime('%H:%M')

    def duration(self, value):
        "A time span in hours and minutes"
        if value is None:
            return ''
        minutes = round(value.total_seconds() / 60)
        sign, minutes = ('-' if minutes < 0 else ''), abs(minutes)
        hours, minutes = divmod(minutes, 60)
        parts = []
        if hours:
            parts.append(f'{hours}{NO_BREAK_SPACE}h')
        if minutes or not hours:
            parts.append(f'{minutes}{NO_BREAK_SPACE}min')
        return sign + ' '.join(parts)

    def selection(self, record, name):
        "The translated label of a selection field"
        cls = record.__class__
        label = cls._fields[name].translated(name).__get__(record, cls)
        return label or ''

    def lines(self, text):
        "A text with its line breaks"
        return Markup('<br/>').join((text or '').splitlines())

    def address(self, address):
        "The lines of an address"
        return self.lines(address.full_address if address else '')

    def image(self, content, width=80, height=60):
        "A picture as address for src, no larger than needed in millimetres"
        if not content:
            return ''
        try:
            return to_picture(content, width, height)
        except PictureError:
            logger.warning("a picture can not be printed", exc_info=True)
            return ''

    def svg(self, source):
        "A drawing as address for src"
        if isinstance(source, str):
            source = source.encode('utf-8')
        return to_data(source, 'image/svg+xml')

    def bars(self, slices, width=480):
        "Bars of (label, number, color), as address for src"
        return self.svg(chart.bars(self._get_slices(slices), width=width))

    def donut(self, slices, text='', note=''):
        "A ring of (label, number, color), as address for src"
        return self.svg(chart.donut(
                self._get_slices(slices), text=str(text), note=str(note)))

    def _get_slices(self, slices):
        return [
            chart.Slice(label, float(number), color, self.number(number))
            for label, number, color in slices]

    def qrcode(self, code, border=0):
        "A QR code as address for src"
        image, *_ = Report.qrcode(code, border=border)
        return to_data(image.getvalue(), 'image/svg+xml')

    def barcode(self, name, code, **options):
        "A bar code as address for src"
        image, *_ = Report.barcode(name, code, **options)
        return to_data(image.getvalue(), 'image/svg+xml')

    def value(self, value):
        "Any value as its kind is written"
        if value is None:
            return ''
        elif isinstance(value, bool):
            return '✓' if value else ''
        elif isinstance(value, dt.datetime):
            return self.datetime(value)
        elif isinstance(value, dt.date):
            return self.date(value)
        elif isinstance(value, dt.time):
            return self.time(value)
        elif isinstance(value, dt.timedelta):
            return self.duration(value)
        elif isinstance(value, int | float | Decimal):
            return self.number(value)
        return getattr(value, 'rec_name', None) or str(value)

    def _local(self, value):
        if value.tzinfo is None:
            value = value.replace(tzinfo=timezone.UTC)
        if self.company and self.company.timezone:
            value = value.astimezone(
                timezone.get_tzinfo(self.company.timezone))
        return value


def get_language(company=None, party=None):
    "The language of the party, else of the company, else of the user"
    Lang = Pool().get('ir.lang')
    for reader in [party, company and company.party]:
        if reader and reader.lang:
            return reader.lang
    return Lang.get()


def _decimals(number):
    "How many decimals the number needs, at most 6"
    exponent = round(
        Decimal(str(number)), 6).normalize().as_tuple().exponent
    return max(-exponent, 0)
