# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.model import (
    DeactivableMixin, ModelSQL, ModelView, fields, sequence_ordered)
from trytond.transaction import Transaction

from . import time_split

WEEKDAYS = [
    ('0', "Monday"),
    ('1', "Tuesday"),
    ('2', "Wednesday"),
    ('3', "Thursday"),
    ('4', "Friday"),
    ('5', "Saturday"),
    ('6', "Sunday"),
    ]


class Band(sequence_ordered(), DeactivableMixin, ModelSQL, ModelView):
    __name__ = 'service.time.band'

    name = fields.Char(
        "Name", required=True, translate=True,
        help="How the hours are called, for example Night.")
    company = fields.Many2One(
        'company.company', "Company", required=True,
        help="The company which charges by these hours.")
    windows = fields.One2Many(
        'service.time.band.window', 'band', "Hours",
        help="The days and hours of the band.")

    @classmethod
    def default_company(cls):
        return Transaction().context.get('company')

    @classmethod
    def windows_of(cls, company):
        "Return the hours of the bands of the company, the first has them"
        bands = cls.search([('company', '=', company.id)])
        return [
            window.to_engine() for band in bands for window in band.windows]


class Window(ModelSQL, ModelView):
    __name__ = 'service.time.band.window'

    band = fields.Many2One(
        'service.time.band', "Band", required=True, ondelete='CASCADE',
        help="The band which has these hours.")
    company = fields.Function(fields.Many2One(
            'company.company', "Company",
            help="The company of the band."),
        'on_change_with_company', searcher='search_company')
    weekdays = fields.MultiSelection(
        WEEKDAYS, "Weekdays", required=True, sort=False,
        help="The days on which the hours begin.")
    start = fields.Time(
        "Start", '%H:%M', required=True,
        help="When the hours begin.")
    end = fields.Time(
        "End", '%H:%M', required=True,
        help="When they end; not after the start means on the next day.")
    holidays = fields.Selection([
            ('exclude', "Not on Holidays"),
            ('include', "On Holidays Too"),
            ('only', "Only on Holidays"),
            ], "Holidays", required=True, sort=False,
        help="Whether the hours count on holidays.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.__access__.add('band')

    @staticmethod
    def default_start():
        return dt.time()

    @staticmethod
    def default_end():
        return dt.time()

    @staticmethod
    def default_weekdays():
        return ['0', '1', '2', '3', '4']

    @staticmethod
    def default_holidays():
        return 'exclude'

    @fields.depends('band', '_parent_band.company')
    def on_change_with_company(self, name=None):
        return self.band.company if self.band else None

    @classmethod
    def search_company(cls, name, clause):
        return [('band.' + clause[0], *clause[1:])]

    def get_rec_name(self, name):
        return f'{self.band.rec_name} {self.start:%H:%M}-{self.end:%H:%M}'

    def to_engine(self):
        return time_split.Window(
            self.band.id, frozenset(int(d) for d in self.weekdays),
            self.start, self.end, self.holidays)
