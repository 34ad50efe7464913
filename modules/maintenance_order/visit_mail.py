# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Send the signed report, and the confirmation of a planned visit."""
import datetime as dt
from dataclasses import replace
from email.message import EmailMessage
from email.utils import formataddr

import trytond.config as config
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.sendmail import send_message_transactional
from trytond.tools.email_ import set_from_header

from .calendar_file import Event, calendar_file
from .exceptions import VisitMailError


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    report_email = fields.Char(
        "Send Report to",
        states={
            'readonly': Eval('state').in_(['failed', 'cancelled']),
            },
        help="The e-mail address for the signed report, if other than those "
        "of the parties of the site who receive reports, or of the customer.")
    report_mailed_at = fields.DateTime(
        "Report Sent at", readonly=True,
        states={
            'invisible': ~Eval('report_mailed_at'),
            },
        help="When the signed report was last sent by e-mail.")
    confirmed_at = fields.DateTime(
        "Confirmation Sent at", readonly=True,
        states={
            'invisible': ~Eval('confirmed_at'),
            },
        help="When the customer was last told the time of the visit.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'mail_report': {
                    'invisible': ~Bool(Eval('signed_at')),
                    'icon': 'tryton-email',
                    'depends': ['signed_at'],
                    },
                'confirm': {
                    'invisible': (
                        (Eval('state') != 'planned')
                        | ~Bool(Eval('planned_start'))),
                    'icon': 'tryton-email',
                    'depends': ['state', 'planned_start'],
                    },
                })

    @classmethod
    def copy(cls, visits, default=None):
        default = default.copy() if default is not None else {}
        default.setdefault('report_mailed_at')
        default.setdefault('confirmed_at')
        return super().copy(visits, default=default)

    def _receivers(self, what):
        "Return the parties who receive the papers of the site"
        date = self.date or dt.date.max
        site = self.site
        while site:
            found = [
                r.party for r in site.parties
                if what in (r.receives or ())
                and (r.from_date or dt.date.min) <= date
                and date <= (r.to_date or dt.date.max)]
            if found:
                return list(dict.fromkeys(found))
            site = site.parent
        return [self.party]

    def _addresses(self, what):
        "Return the e-mail addresses of who receives the papers"
        if what == 'reports' and self.report_email:
            return [self.report_email]
        addresses = []
        for party in self._receivers(what):
            mechanism = party.contact_mechanism_get('email')
            if mechanism:
                addresses.append(formataddr(
                        (mechanism.name or party.name, mechanism.email)))
        return addresses

    @classmethod
    def _sign(cls, visits):
        pool = Pool()
        Configuration = pool.get('maintenance.configuration')
        configuration = Configuration(1)
        unsigned = [v for v in cls.browse(visits) if not v.signed_at]
        super()._sign(visits)
        to_mail = [
            v for v in cls.browse(unsigned)
            if configuration.get_multivalue(
                'mail_report', company=v.company.id)
            and v._addresses('reports')]
        if to_mail:
            cls.__queue__.mail_report(to_mail)

    @classmethod
    @ModelView.button
    def mail_report(cls, visits):
        now = _now()
        for visit in visits:
            addresses = visit._addresses('reports')
            if not addresses:
                raise VisitMailError(gettext(
                        'maintenance_order.msg_visit_mail_address',
                        visit=visit.rec_name, party=visit.party.rec_name))
            message = visit._message('report', addresses)
            if visit.report:
                message.add_attachment(
                    bytes(visit.report), maintype='application',
                    subtype='pdf', filename=visit.report_name)
            send_message_transactional(message)
            visit.report_mailed_at = now
        cls.save(visits)

    @classmethod
    @ModelView.button
    def confirm(cls, visits):
        cls.tell_plan(visits)

    @classmethod
    def tell_plan(cls, visits, before=None):
        """Tell the customers when somebody comes

        before has by visit what they were told, if that is no longer so.
        """
        now = _now()
        for visit in visits:
            addresses = visit._addresses('tickets')
            if not addresses:
                raise VisitMailError(gettext(
                        'maintenance_order.msg_visit_confirm_address',
                        visit=visit.rec_name,
                        party=visit._receivers('tickets')[0].rec_name))
            told = (before or {}).get(visit.id)
            if told and told != visit.told():
                message = visit._message('moved', addresses, before=told)
            else:
                message = visit._message('confirmation', addresses)
            visit._attach_event(message, now)
            send_message_transactional(message)
            visit.confirmed_at = now
        cls.save(visits)

    @classmethod
    def tell_cancelled(cls, visits):
        "Tell the customers that nobody comes at the time they were told"
        now = _now()
        for visit in visits:
            addresses = visit._addresses('tickets')
            if not addresses or not visit.planned_start:
                continue
            message = visit._message('cancelled', addresses)
            if visit.confirmed_at:
                visit._attach_event(message, now, cancelled=True)
            send_message_transactional(message)

    def _attach_event(self, message, now, cancelled=False):
        event = replace(self._event(now), cancelled=cancelled)
        message.add_attachment(
            calendar_file(event).encode('utf-8'),
            maintype='text', subtype='calendar',
            filename=f'{self.number}.ics', params={'charset': 'utf-8'})

    def told(self):
        "Return in the words of the customer when he was told, if he was"
        if not self.confirmed_at or not self.planned_start:
            return None
        start, _ = self._window()
        return _when(self._local(start), self._lang)

    def _who(self, lang):
        if not self.leader:
            return ''
        return '\n' + gettext(
            'maintenance_order.msg_mail_who', lang.code,
            technician=self.leader.party.name)

    @property
    def _lang(self):
        pool = Pool()
        Lang = pool.get('ir.lang')
        return self.party.lang or Lang.get()

    def _window(self):
        "Return what the customer was told, or else the plan"
        start = self.promised_from or self.planned_start
        end = self.promised_to or self.planned_end
        return start, max(end or start, start)

    def _event(self, now):
        start, end = self._window()
        address = self.site.get_full_address()
        return Event(
            uid=f'{self.uuid}@oficio',
            summary=gettext(
                'maintenance_order.msg_visit_event',
                self._lang.code,
                company=self.company.party.name, site=self.site.name),
            start=start, end=end, stamp=now,
            # Calendars take what comes later only with a higher number.
            sequence=int((now - self.create_date).total_seconds())
            if self.confirmed_at else 0,
            location=address.full_address.replace('\n', ', ')
            if address else self.site.name)

    def _message(self, what, addresses, **arguments):
        lang = self._lang
        start, end = (None, None)
        if self.planned_start:
            start, end = [self._local(t) for t in self._window()]
        arguments = {
            'visit': self.number,
            'site': self.site.name,
            'date': lang.strftime(
                start.date() if start and what != 'report'
                else self.date) if start or self.date else '',
            'start': start.strftime('%H:%M') if start else '',
            'end': end.strftime('%H:%M') if end else '',
            'who': self._who(lang),
            **arguments,
            }
        return company_message(
            self.company, addresses, what, lang, **arguments)


def company_message(company, addresses, what, lang, **arguments):
    "Return a mail of the company whose words are the messages of that name"
    arguments = {'company': company.party.name, **arguments}
    message = EmailMessage()
    sender = config.get('email', 'from')
    mechanism = company.party.contact_mechanism_get('email')
    set_from_header(
        message, sender,
        formataddr((company.party.name, mechanism.email))
        if mechanism else sender)
    message['To'] = ', '.join(addresses)
    message['Subject'] = gettext(
        f'maintenance_order.msg_mail_{what}_subject',
        lang.code, **arguments)
    message.set_content(gettext(
            f'maintenance_order.msg_mail_{what}',
            lang.code, **arguments))
    return message


def _when(time, lang):
    return f'{lang.strftime(time.date())} {time:%H:%M}'


def _now():
    return dt.datetime.now(dt.timezone.utc).replace(
        tzinfo=None, microsecond=0)
