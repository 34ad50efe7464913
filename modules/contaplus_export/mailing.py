# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The files of an export as they go to the adviser by e-mail."""
import io
import zipfile

from trytond.pool import Pool

# What the servers of most offices still take, encoded.
LIMIT = 8 * 1024 * 1024


def attachments(export):
    """Return name and data of what is attached

    Lines of fixed width are mostly spaces: what is too big for a mail is
    packed into one file.
    """
    sheet = check_sheet(export)
    if sum(f.size for f in export.files) <= LIMIT:
        return [
            *((f.name, bytes(f.data)) for f in export.files), sheet]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
        for file in export.files:
            archive.writestr(file.name, file.data)
    return [('FILES.ZIP', packed.getvalue()), sheet]


def check_sheet(export):
    "Return the name and the data of the check sheet on paper"
    pool = Pool()
    Report = pool.get('contaplus.export.control_sheet', type='report')
    extension, data, _, _ = Report.execute(
        [export.id], {'model': export.__name__})
    return f'CONTROL.{extension.upper()}', bytes(data)
