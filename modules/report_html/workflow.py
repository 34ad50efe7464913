# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Documents whose state only their buttons change."""
from trytond.i18n import gettext
from trytond.model import Workflow
from trytond.model.exceptions import AccessError


class ButtonWorkflow(Workflow):
    """Workflow which no client passes by

    A field that is read-only on the form can still be written by a script.
    What the buttons check, book and send would be left out.
    """
    __slots__ = ()

    @classmethod
    def check_modification(cls, mode, records, values=None, external=False):
        super().check_modification(
            mode, records, values=values, external=external)
        if not external:
            return
        name = cls._transition_state
        if mode == 'create':
            initial = cls._initial_states()
            wrong = [r for r in records if getattr(r, name) not in initial]
        elif mode == 'write' and name in values:
            wrong = [r for r in records if getattr(r, name) != values[name]]
        else:
            return
        for record in wrong:
            raise AccessError(gettext(
                    'report_html.msg_workflow_state',
                    record=record.rec_name,
                    **cls.__names__(name)))

    @classmethod
    def _initial_states(cls):
        "Return the states in which a client may create a record"
        return {cls._defaults[cls._transition_state]()}
