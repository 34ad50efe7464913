# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Wizards that read a file of the adviser's own program."""
from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

from .layout import layout
from .sample import compare, look


class CheckSample(Wizard):
    __name__ = 'contaplus.profile.check_sample'

    start = StateView(
        'contaplus.profile.check_sample.start',
        'contaplus_export.check_sample_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Check", 'check', 'tryton-ok', default=True),
            ])
    check = StateTransition()
    result = StateView(
        'contaplus.profile.check_sample.result',
        'contaplus_export.check_sample_result_view_form', [
            Button("Another File", 'start', 'tryton-back'),
            Button("Close", 'end', 'tryton-ok', default=True),
            ])

    def transition_check(self):
        return 'result'

    def default_result(self, fields):
        return {'text': check_sample(
                self.record, self.start.data, self.start.table)}


def check_sample(profile, data, table='xdiario'):
    "Say what the file looks like and where the profile differs"
    sample = look(data, table)
    name = (
        profile.layout if table == 'xdiario' else profile.subaccount_layout)

    def say(message, **arguments):
        return gettext(f'contaplus_export.msg_sample_{message}', **arguments)

    lines = [
        say('form_' + sample.form, lines=sample.lines,
            lengths=', '.join(map(str, sample.lengths))),
        say('encoding', encoding=sample.encoding),
        ]
    if sample.code_lengths:
        lines.append(say(
                'codes', lengths=', '.join(map(str, sample.code_lengths))))
    if sample.layouts:
        lines.append(say('layouts', layouts=', '.join(sample.layouts)))
    else:
        lines.append(say('no_layout'))
        if sample.last_field:
            number, field = sample.last_field
            lines.append(say('last_field', number=number, field=field))
    if not name:
        return '\n'.join(lines)
    differences = compare(
        sample, layout(name), profile.code_length, profile.encoding,
        profile.line_end, profile.logical_used)
    lines.append('')
    if differences:
        lines.append(say('differences', profile=profile.rec_name))
        lines.extend('- ' + say(
                f'differ_{d.code}', expected=d.expected, found=d.found)
            for d in differences)
    else:
        lines.append(say('equal', profile=profile.rec_name))
    return '\n'.join(lines)


class CheckSampleStart(ModelView):
    __name__ = 'contaplus.profile.check_sample.start'

    table = fields.Selection([
            ('xdiario', "Entries (XDIARIO)"),
            ('xsubcta', "Subaccounts (XSUBCTA)"),
            ], "Kind", required=True, sort=False,
        help="What the file has.")
    data = fields.Binary(
        "File", required=True,
        help="A file that the adviser's own program made, with one entry "
        "at least.")

    @classmethod
    def default_table(cls):
        return 'xdiario'


class CheckSampleResult(ModelView):
    __name__ = 'contaplus.profile.check_sample.result'

    text = fields.Text(
        "Result", readonly=True,
        help="What the file looks like and where the profile differs.")


class ImportCodes(Wizard):
    __name__ = 'contaplus.account_code.import'

    start = StateView(
        'contaplus.account_code.import.start',
        'contaplus_export.import_codes_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Import", 'import_', 'tryton-ok', default=True),
            ])
    import_ = StateTransition()
    result = StateView(
        'contaplus.account_code.import.result',
        'contaplus_export.import_codes_result_view_form', [
            Button("Close", 'end', 'tryton-ok', default=True),
            ])

    def transition_import_(self):
        pool = Pool()
        AccountCode = pool.get('contaplus.account_code')
        outcome = AccountCode.import_file(self.start.profile, self.start.data)
        self.result.number = len(outcome.matches)
        self.result.text = '\n'.join(
            gettext(
                f'contaplus_export.msg_import_{kind}', code=row.code,
                name=row.name, tax_id=row.tax_id)
            for kind in ['wrong_length', 'twice', 'taken', 'unknown']
            for row in getattr(outcome, kind))
        return 'result'

    def default_result(self, fields):
        return {'number': self.result.number, 'text': self.result.text}


class ImportCodesStart(ModelView):
    __name__ = 'contaplus.account_code.import.start'

    profile = fields.Many2One(
        'contaplus.profile', "Profile", required=True,
        domain=[
            ('company', '=', Eval('context', {}).get('company', -1)),
            ],
        help="The profile whose adviser has the subaccounts.")
    data = fields.Binary(
        "File", required=True,
        help="XSUBCTA of the adviser's program, or a CSV file with "
        "subaccount, name and NIF.")

    @classmethod
    def default_profile(cls):
        pool = Pool()
        Start = pool.get('contaplus.export.make.start')
        return Start.default_profile()


class ImportCodesResult(ModelView):
    __name__ = 'contaplus.account_code.import.result'

    number = fields.Integer(
        "Imported", readonly=True,
        help="How many subaccounts were imported.")
    text = fields.Text(
        "Not Imported", readonly=True,
        help="The subaccounts that were left, and why.")
