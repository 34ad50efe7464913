# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the office does with the work of a month: invoices and receipts."""
from collections import defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from demo.clock import at, living, stamp, working_day
from demo.customers import company
from tests.world import cash_journal
from trytond.pool import Pool


def invoice_contracts(date):
    "Invoice the periods that are due"
    Period = Pool().get('service.contract.period')
    with living(date):
        run = Period.invoice_due(company=company(), date=date)
        return _created(run)


def invoice_work(date):
    "Invoice the work done until the date"
    Share = Pool().get('maintenance.visit.share')
    with living(date):
        run = Share.invoice_due(company=company(), date=date)
        return _created(run)


def _created(run):
    return len(Pool().get('batch.run')(run.id).created())


def journal():
    Journal = Pool().get('account.payment.journal')
    found, = Journal.search([
            ('process_method', '=', 'sepa'),
            ('company', '=', company().id),
            ])
    return found


def remit(date, send=True):
    "Give the bank the receipts that are due until the end of the month"
    Remittance = Pool().get('sepa.remittance')
    until = date + relativedelta(day=31)
    with living(date):
        chosen, _ = Remittance.choose(journal(), until=until)
        if not chosen:
            return 0
        remittances = Remittance.create_from_lines(journal(), chosen)
        if send:
            Remittance.process(remittances)
            faulty = [r for r in remittances if r.faults]
            if faulty:
                raise RuntimeError('\n'.join(
                        f.rec_name for f in faulty[0].faults))
            Remittance.send(remittances)
            stamp(Remittance, [(r, {
                            'generated_at': at(date, 11),
                            'sent_at': at(date, 11, 20),
                            }) for r in remittances])
        return len(chosen)


def collect(until):
    "Note what the bank has collected, on the day it has"
    pool = Pool()
    Batch = pool.get('sepa.remittance.batch')
    Remittance = pool.get('sepa.remittance')
    by_date = defaultdict(set)
    for batch in Batch.search([
                ('remittance.state', '=', 'sent'),
                ('date', '<=', until),
                ]):
        by_date[batch.date].add(batch.remittance.id)
    for date in sorted(by_date):
        with living(date):
            Remittance.settle(
                Remittance.browse(sorted(by_date[date])), date=date)


def hand_over(month, today):
    "Make the files of the month for the adviser, who asks one thing"
    pool = Pool()
    Export = pool.get('contaplus.export')
    Profile = pool.get('contaplus.profile')
    Question = pool.get('contaplus.question')
    User = pool.get('res.user')
    profiles = Profile.search([('company', '=', company().id)], limit=1)
    if not profiles:
        profiles = Profile.create([{
                    'company': company().id,
                    'name': "Asesoría Fiscal Turia",
                    'adviser': _adviser(),
                    }])
    end = month + relativedelta(day=31)
    handed_over = min(working_day(end + relativedelta(days=3)), today)
    with living(handed_over):
        export = Export.make(profiles[0], month, end)
        stamp(Export, [(export, {
                        'done_at': at(handed_over, 10),
                        'sent_at': at(handed_over, 10, 5),
                        })])
    adviser, = User.search([('login', '=', 'asesoria')])
    credits = [e.move for e in export.entries if _is_credit_note(e.move)]
    if credits:
        Question.create([{
                    'company': company().id,
                    'move': credits[0].id,
                    'text': "¿De qué factura es este abono?",
                    'asked_by': adviser.id,
                    'asked_at': at(handed_over, 12),
                    }])


def _adviser():
    Party = Pool().get('party.party')
    party, = Party.create([{
                'name': "Asesoría Fiscal Turia S.L.",
                'contact_mechanisms': [('create', [{
                                'type': 'email',
                                'value': 'libros@turia.example',
                                }])],
                }])
    return party.id


def _is_credit_note(move):
    Invoice = Pool().get('account.invoice')
    return isinstance(move.origin, Invoice) and move.origin.total_amount < 0


def receive_transfers(date):
    """Book and reconcile what customers without mandate have paid

    They pay ten days late, and one in eight forgets.
    """
    pool = Pool()
    Invoice = pool.get('account.invoice')
    Journal = pool.get('account.payment.journal')
    Line = pool.get('account.move.line')
    Mandate = pool.get('account.payment.sepa.mandate')
    Move = pool.get('account.move')
    Period = pool.get('account.period')
    debtors = {m.party.id for m in Mandate.search([
                ('state', '=', 'validated')])}
    invoices = [
        i for i in Invoice.search([
                ('type', '=', 'out'),
                ('state', '=', 'posted'),
                ('company', '=', company().id),
                ('invoice_date', '<=', date - relativedelta(days=40)),
                ], order=[('id', 'ASC')])
        if i.party.id not in debtors and i.id % 8 and i.total_amount > 0]
    bank = Journal(journal().id).clearing_account
    period = Period.find(company(), date=date)
    with living(date):
        moves, paid = [], []
        for invoice in invoices:
            lines = [
                line for line in invoice.move.lines
                if line.account == invoice.account
                and not line.reconciliation]
            if not lines:
                continue
            paid.append(lines)
            amount = sum((x.debit - x.credit for x in lines), Decimal(0))
            moves.append({
                    'company': company().id,
                    'journal': cash_journal().id,
                    'period': period.id,
                    'date': date,
                    'description': f"Transferencia {invoice.number}",
                    'lines': [('create', [
                                {'account': bank.id, 'debit': amount},
                                {
                                    'account': invoice.account.id,
                                    'party': invoice.party.id,
                                    'credit': amount,
                                    'description': invoice.number,
                                    }])],
                    })
        moves = Move.create(moves)
        Move.post(moves)
        Line.reconcile(*[
                [*lines, *(
                        x for x in move.lines
                        if x.account == lines[0].account)]
                for lines, move in zip(paid, moves, strict=True)])
    return len(moves)
