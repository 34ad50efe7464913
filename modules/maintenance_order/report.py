# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.report import Report


class WorkReport(Report):
    __name__ = 'maintenance.visit.work_report'
