# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

import datetime as dt
from collections import defaultdict
from itertools import groupby

from sql import Null

from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import pain001, pain008, target
from .charset import readable_id, transliterate
from .pain import Fault
from .postal import Address
from .reading import row_dicts

_SLICE = 500
_FINANCED = 'FSDD'


class GenerationMixin:
    "Write the files of a remittance and give its receipts to the bank"
    __slots__ = ()

    def _make(self):
        "Write the files, or list all that keeps them from being written"
        pool = Pool()
        RemittanceFault = pool.get('sepa.remittance.fault')
        cls = self.__class__
        cls.lock([self])
        RemittanceFault.delete(list(self.faults))
        now = self._now()
        rows, address, faults = self._debit_rows()
        batches = self._plan_batches(rows, now)
        files = []
        for sequence, part in enumerate(self._split(batches), 1):
            message = self._message(part, sequence, now, address)
            writer = pain008 if self.kind == 'receivable' else pain001
            result = writer.write(message)
            faults.extend(result.faults)
            files.append((message, result, part))
        if faults:
            RemittanceFault.from_engine(self, faults)
            return False
        self._store(files, now)
        return True

    def _debit_rows(self):
        "Return the rows of the file, our own address, and faults"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        Party = pool.get('party.party')
        Mandate = pool.get('account.payment.sepa.mandate')
        Number = pool.get('bank.account.number')
        BankAccount = pool.get('bank.account')
        Bank = pool.get('bank')
        debit, party = Debit.__table__(), Party.__table__()
        mandate, number = Mandate.__table__(), Number.__table__()
        account, bank = BankAccount.__table__(), Bank.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*debit
            .join(party, condition=debit.party == party.id)
            .join(mandate, 'LEFT', condition=debit.mandate == mandate.id)
            .join(number, 'LEFT',
                condition=mandate.account_number == number.id)
            .join(account, 'LEFT', condition=number.account == account.id)
            .join(bank, 'LEFT', condition=account.bank == bank.id)
            .select(
                debit.id, debit.number, debit.end_to_end_id, debit.amount,
                debit.date, debit.concept, debit.iban, debit.party,
                party.name.as_('party_name'),
                mandate.id.as_('mandate'), mandate.identification,
                mandate.signature_date, mandate.state, mandate.blocked,
                mandate.type.as_('mandate_type'), mandate.scheme,
                mandate.sequence_type_rcur, mandate.amendment,
                mandate.address, number.number_compact, bank.bic,
                where=debit.remittance == self.id,
                order_by=[debit.number]))
        rows = row_dicts(cursor)
        faults = []
        for row in rows:
            row['label'] = row['party_name'] or row['end_to_end_id']
            row['record'] = f"{Debit.__name__},{row['id']}"
            row['stored_iban'] = row['iban']
            row['iban'] = row['number_compact'] or row['iban']
        if self.kind == 'receivable':
            faults.extend(_mandate_faults(rows, self.scheme))
        faults.extend(self._paid_faults())
        address = self._fill_addresses(rows)
        self._fill_sequence_types(rows)
        self._fill_amendments(rows)
        return rows, address, faults

    def _paid_faults(self):
        "Receipts that were paid otherwise while they waited"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        Payment = pool.get('account.payment')
        MoveLine = pool.get('account.move.line')
        Party = pool.get('party.party')
        debit, payment = Debit.__table__(), Payment.__table__()
        line, party = MoveLine.__table__(), Party.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*debit
            .join(payment, condition=payment.sepa_debit == debit.id)
            .join(line, condition=payment.line == line.id)
            .join(party, condition=debit.party == party.id)
            .select(debit.id, party.name, payment.reference,
                where=(debit.remittance == self.id)
                & (line.reconciliation != Null)))
        for id_, name, reference in cursor:
            yield Fault(
                'receipt_paid', name or '', f'{Debit.__name__},{id_}',
                'line', reference or '')

    def _fill_addresses(self, rows):
        "Set the address of each row and return the one of the company"
        pool = Pool()
        PartyAddress = pool.get('party.address')
        Country = pool.get('country.country')
        Subdivision = pool.get('country.subdivision')
        address, country = PartyAddress.__table__(), Country.__table__()
        subdivision = Subdivision.__table__()
        cursor = Transaction().connection.cursor()
        by_id, by_party = {}, {}
        query = (address
            .join(country, 'LEFT', condition=address.country == country.id)
            .join(subdivision, 'LEFT',
                condition=address.subdivision == subdivision.id)
            .select(
                address.id, address.party, address.active,
                address.street_name, address.street_unstructured,
                address.building_name,
                address.building_number, address.floor_number,
                address.room_number, address.unit_number, address.post_box,
                address.postal_code, address.city,
                country.code.as_('country'),
                subdivision.name.as_('subdivision'),
                order_by=[address.sequence, address.id]))
        parties = {row['party'] for row in rows}
        parties.add(self.company.party.id)
        for ids in grouped_slice(sorted(parties), _SLICE):
            query.where = address.party.in_(list(ids))
            cursor.execute(*query)
            for row in row_dicts(cursor):
                value = _address(row)
                by_id[row['id']] = value
                if row['active']:
                    by_party.setdefault(row['party'], value)
        for row in rows:
            row['postal'] = (
                by_id.get(row['address']) or by_party.get(row['party']))
        return by_party.get(self.company.party.id)

    def _fill_sequence_types(self, rows):
        "Tell first from later debits, unless all count as recurrent"
        pool = Pool()
        Mandate = pool.get('account.payment.sepa.mandate')
        if self.kind != 'receivable':
            for row in rows:
                row['sequence_type'] = None
            return
        firsts = [
            row['mandate'] for row in rows
            if row['mandate'] and not row['sequence_type_rcur']
            and row['mandate_type'] != 'one-off']
        is_first = {}
        for ids in grouped_slice(sorted(set(firsts)), _SLICE):
            ids = list(ids)
            found = Mandate.get_is_first_payment(Mandate.browse(ids), None)
            is_first.update((id_, found[id_]) for id_ in ids)
        for row in sorted(rows, key=lambda r: (r['date'], r['number'])):
            if row['mandate_type'] == 'one-off':
                row['sequence_type'] = 'OOFF'
            elif is_first.pop(row['mandate'], False):
                row['sequence_type'] = 'FRST'
            else:
                row['sequence_type'] = 'RCUR'

    def _fill_amendments(self, rows):
        "A change of a mandate is told by one debit only"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        mandates = {row['mandate'] for row in rows if row['amendment']}
        told = set()
        for ids in grouped_slice(sorted(mandates), _SLICE):
            told.update(
                debit.mandate.id for debit in Debit.search([
                        ('mandate', 'in', list(ids)),
                        ('amendment', '!=', None),
                        ('state', '=', 'processing'),
                        ]))
        for row in sorted(rows, key=lambda r: (r['date'], r['number'])):
            if row['amendment'] and row['mandate'] in told:
                row['amendment'] = None
            elif row['amendment']:
                told.add(row['mandate'])

    def _plan_batches(self, rows, now):
        "Return [(date, sequence type, rows)] on days the bank can make"
        journal = self.journal
        find = self._date_finder({row['party'] for row in rows})
        cache = {}
        for row in rows:
            date = row['date']
            if date not in cache:
                cache[date] = target.collection_date(
                    date, now, journal.sepa_lead_days or 0,
                    journal.sepa_cut_off)
            row['new_date'] = cache[date]
            if row['new_date'] != date:
                # Too late for this one: the next that suits the debtor.
                row['new_date'] = find(row['party'], date)

        def key(row):
            return row['new_date'], row['sequence_type'] or ''
        return [
            (date, sequence_type or None, list(part))
            for (date, sequence_type), part in groupby(
                sorted(rows, key=lambda r: (*key(r), r['number'])), key=key)]

    def _split(self, batches):
        "Yield the batches of each file, not longer than the bank takes"
        maximum = self.journal.sepa_maximum
        if not maximum:
            yield batches
            return
        part, room = [], maximum
        for date, sequence_type, rows in batches:
            while rows:
                taken, rows = rows[:room], rows[room:]
                part.append((date, sequence_type, taken))
                room -= len(taken)
                if not room:
                    yield part
                    part, room = [], maximum
        if part:
            yield part

    def _identifier(self, *parts):
        attempt = str(self.attempt) if self.attempt > 1 else ''
        return readable_id(self.number, attempt, *parts)

    def _message(self, batches, sequence, now, address):
        journal = self.journal
        moment = f'{now:%Y%m%d}'
        message_id = self._identifier(moment, f'F{sequence}')
        values = {
            'message_id': message_id,
            'created_at': now,
            'initiator': journal.sepa_initiator(),
            'account': journal.sepa_account(),
            'address_policy': journal.sepa_address_policy,
            'refuse_bad_address': bool(journal.sepa_refuse_bad_address),
            'batch_booking': bool(journal.sepa_batch_booking),
            'category_purpose': journal.sepa_category_purpose or '',
            'maximum': journal.sepa_maximum,
            }
        actor = journal.sepa_actor(address)
        if self.kind == 'payable':
            return pain001.Message(
                version=journal.sepa_payable_flavor, debtor=actor,
                batches=tuple(
                    pain001.Batch(
                        self._identifier(f'F{sequence}', f'P{i}'), date,
                        tuple(_transfer(row) for row in rows))
                    for i, (date, _, rows) in enumerate(batches, 1)),
                **values)
        if self.financed:
            values['message_id'] = readable_id(_FINANCED + message_id)
        return pain008.Message(
            version=journal.sepa_receivable_flavor, creditor=actor,
            creditor_id=journal.sepa_creditor_identifier or '',
            vat_number=journal.sepa_vat_number,
            scheme=self.scheme, financed=bool(self.financed),
            batches=tuple(
                pain008.Batch(
                    self._identifier(f'F{sequence}', f'P{i}'), date,
                    sequence_type, tuple(_debit(row) for row in rows))
                for i, (date, sequence_type, rows) in enumerate(batches, 1)),
            **values)

    def _store(self, files, now):
        pool = Pool()
        Batch = pool.get('sepa.remittance.batch')
        Group = pool.get('account.payment.group')
        Message = pool.get('account.payment.sepa.message')
        group = Group(
            company=self.company, journal=self.journal, kind=self.kind,
            sepa_id=files[0][0].message_id)
        group.save()
        messages = Message.create([{
                    'message': result.xml,
                    'type': 'out',
                    'company': self.company.id,
                    'origin': str(group),
                    'sepa_remittance': self.id,
                    'message_identification': message.message_id,
                    'transaction_count': result.count,
                    'file_name': self._file_name(sequence, now),
                    'state': 'waiting',
                    } for sequence, (message, result, _) in enumerate(
                    files, 1)])
        values, parts = [], []
        for record, (message, _, part) in zip(messages, files):
            for engine, (date, sequence_type, rows) in zip(
                    message.batches, part):
                values.append({
                        'remittance': self.id,
                        'company': self.company.id,
                        'payment_info_id': engine.payment_info_id,
                        'message': record.id,
                        'date': date,
                        'sequence_type': sequence_type,
                        })
                parts.append(rows)
        batches = Batch.create(values)
        with Transaction().set_context(_sepa_remittance=True):
            for batch, rows in zip(batches, parts):
                self._give(batch, rows, group)
        self.group = group
        self.generated_at = utc_now()
        self.save()
        self._to_generated([self])

    def _give(self, batch, rows, group):
        "Mark the debits and their payments as being at the bank"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        Payment = pool.get('account.payment')
        payment = Payment.__table__()
        cursor = Transaction().connection.cursor()
        for sub in grouped_slice(rows, _SLICE):
            sub = list(sub)
            by_amendment = defaultdict(list)
            for row in sub:
                by_amendment[row['amendment']].append(row['id'])
            for amendment, ids in by_amendment.items():
                Debit.write(Debit.browse(ids), {
                        'batch': batch.id,
                        'date': batch.date,
                        'sequence_type': batch.sequence_type,
                        'amendment': amendment,
                        })
            self._refresh_ibans(sub)
            cursor.execute(*payment.select(
                    payment.id,
                    where=payment.sepa_debit.in_([r['id'] for r in sub])
                    & (payment.state == 'draft')))
            Payment.write(Payment.browse([id_ for id_, in cursor]), {
                    'group': group.id,
                    'date': batch.date,
                    'sepa_info_id': batch.payment_info_id,
                    'sepa_mandate_sequence_type': batch.sequence_type,
                    'state': 'processing',
                    })

    def _refresh_ibans(self, rows):
        "Follow accounts that changed after the receipts were chosen"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        args = []
        for row in rows:
            if row['iban'] != row['stored_iban']:
                args.extend([[Debit(row['id'])], {'iban': row['iban']}])
        if args:
            Debit.write(*args)

    def _file_name(self, sequence, now):
        pattern = self.journal.sepa_file_name or '{number}-{sequence}.xml'
        for word, value in {
                '{number}': self._identifier(),
                '{date}': f'{now:%Y%m%d}',
                '{scheme}': self.scheme or 'SCT',
                '{journal}': transliterate(self.journal.name),
                '{sequence}': str(sequence),
                }.items():
            pattern = pattern.replace(word, value)
        # Bank portals and file systems alike take only these.
        name = ''.join(
            c if c.isalnum() or c in '.-_' else '_' for c in pattern)
        return name if name.lower().endswith('.xml') else f'{name}.xml'

    @classmethod
    def _stamp(cls, remittances, name):
        cls.write(remittances, {name: utc_now()})

    @classmethod
    def _unmake(cls, remittances):
        "Take back files that were not sent"
        pool = Pool()
        Message = pool.get('account.payment.sepa.message')
        Batch = pool.get('sepa.remittance.batch')
        for remittance in remittances:
            Batch.undo_sent(list(remittance.batches))
            remittance._take_back('draft')
            messages = list(remittance.messages)
            Message.cancel(
                [m for m in messages if m.state in {'draft', 'waiting'}])
            Batch.delete(list(remittance.batches))
            remittance.attempt += 1
            remittance.group = None
        cls.save(remittances)
        cls._new_identifiers(remittances)

    def _take_back(self, state, **values):
        "Move the payments that are at the bank to the state"
        pool = Pool()
        Payment = pool.get('account.payment')
        Debit = pool.get('sepa.remittance.debit')
        payment, debit = Payment.__table__(), Debit.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*payment
            .join(debit, condition=payment.sepa_debit == debit.id)
            .select(payment.id, payment.line,
                where=(debit.remittance == self.id)
                & (payment.state == 'processing')))
        found = cursor.fetchall()
        values['state'] = state
        if state == 'draft':
            values.update({
                    'group': None,
                    'sepa_info_id': None,
                    'sepa_mandate_sequence_type': None,
                    'sepa_line': None,
                    })
        with Transaction().set_context(_sepa_remittance=True):
            for sub in grouped_slice(found, _SLICE):
                Payment.write(
                    Payment.browse([id_ for id_, _ in sub]), values)
        return found

    @classmethod
    def _new_identifiers(cls, remittances):
        "What was once in a file is never told to the bank again"
        pool = Pool()
        Debit = pool.get('sepa.remittance.debit')
        with Transaction().set_context(_sepa_remittance=True):
            for remittance in remittances:
                name = remittance._end_to_end_ids()
                for sub in grouped_slice(remittance.debits, _SLICE):
                    sub = list(sub)
                    for debit in sub:
                        debit.end_to_end_id = name(debit.number)
                        debit.batch = None
                        debit.sequence_type = None
                        debit.amendment = None
                    Debit.save(sub)


def _mandate_faults(rows, scheme):
    "What happened to the mandates since the receipts were chosen"
    for row in rows:
        if not row['mandate']:
            continue
        if row['state'] != 'validated':
            code = 'mandate_cancelled'
        elif row['blocked']:
            code = 'mandate_blocked'
        elif row['scheme'] != scheme:
            code = 'mandate_scheme'
        else:
            continue
        yield Fault(
            code, row['label'], row['record'], 'mandate',
            row['identification'] or '')


def _address(row):
    number = row['building_number'] or ''
    if row['unit_number']:
        number = ' '.join(filter(None, [number, row['unit_number']]))
    return Address(
        street=row['street_name'] or '',
        building_number=number,
        building_name=row['building_name'] or '',
        floor=row['floor_number'] or '',
        room=row['room_number'] or '',
        post_box=row['post_box'] or '',
        postal_code=row['postal_code'] or '',
        town=row['city'] or '',
        subdivision=row['subdivision'] or '',
        country=row['country'] or '',
        lines=tuple(filter(
                None, (row['street_unstructured'] or '').splitlines())))


def _debit(row):
    return pain008.Debit(
        end_to_end_id=row['end_to_end_id'],
        amount=row['amount'],
        mandate=row['identification'] or '',
        signature_date=row['signature_date'],
        name=row['party_name'] or '',
        iban=row['iban'] or '',
        bic=row['bic'] or '',
        address=row['postal'],
        concept=row['concept'] or '',
        amendment=(
            pain008.Amendment(account=True)
            if row['amendment'] == 'account' else None),
        label=row['label'],
        record=row['record'])


def _transfer(row):
    return pain001.Transfer(
        end_to_end_id=row['end_to_end_id'],
        amount=row['amount'],
        name=row['party_name'] or '',
        iban=row['iban'] or '',
        bic=row['bic'] or '',
        address=row['postal'],
        concept=row['concept'] or '',
        label=row['label'],
        record=row['record'])


def utc_now():
    return dt.datetime.now(dt.timezone.utc).replace(
        microsecond=0, tzinfo=None)
