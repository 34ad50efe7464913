# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Drive Sao as a person would: by what is written on the screen."""
import re
import time

from playwright.sync_api import TimeoutError


class Sao:

    def __init__(self, page):
        self.page = page
        self.errors = []
        page.on('pageerror', lambda e: self.errors.append(str(e)))
        self._open = set()
        page.on('request', self._begin)
        page.on('requestfinished', self._end)
        page.on('requestfailed', self._end)

    def login(self, url, database, user, password):
        page = self.page
        page.goto(f'{url}#{database}')
        field = page.locator('input[type=password]:visible')
        for patience in [5_000, 10_000, 30_000]:
            # The page is there before Sao listens to it.
            page.fill('#login', user)
            page.keyboard.press('Enter')
            try:
                field.wait_for(timeout=patience)
                break
            except TimeoutError:
                continue
        field.fill(password)
        page.keyboard.press('Enter')
        page.locator('#menu').wait_for()
        self.settle()

    def _begin(self, request):
        # The bus is asked all the time.
        if not request.url.endswith('/bus'):
            self._open.add(request)

    def _end(self, request):
        self._open.discard(request)

    def settle(self, quiet=250, patience=30):
        "Wait until Sao has asked all that it wants to know"
        limit = time.monotonic() + patience
        calm = 0
        while calm < quiet:
            self.page.wait_for_timeout(50)
            calm = 0 if self._open else calm + 50
            if time.monotonic() > limit:
                raise TimeoutError(
                    f"Sao still waits for {[r.url for r in self._open]}")

    @property
    def front(self):
        "What is looked at: the dialog, else the tab"
        dialogs = self.page.locator('.modal.in')
        if dialogs.count():
            return dialogs.last
        return self.page.locator('#tabcontent > .tab-pane.active')

    def open(self, model, record=None, mode=('tree', 'form')):
        "Open the records of a model in a tab"
        self.page.evaluate(
            '([model, id, mode]) => Sao.Tab.create('
            '{model: model, res_id: id, mode: mode})',
            [model, record, list(mode)])
        self.settle()

    def menu(self, *names):
        "Open the entry of the menu under its parents"
        menu = self.page.locator('#menu')

        def entry(number):
            # A child may be called as its parent.
            name = names[number]
            return menu.get_by_text(name, exact=True).nth(
                names[:number].count(name))

        for number, name in enumerate(names[:-1]):
            entry(number).wait_for()
            child = entry(number + 1)
            if not child.count() or not child.is_visible():
                menu.locator('tr').filter(has=self.page.get_by_text(
                        name, exact=True)).first.locator(
                            '.expander').first.click()
                child.wait_for()
            self.settle()
        entry(len(names) - 1).click()
        self.settle(quiet=500)

    def button(self, name):
        "Press the button that is shown last: that of the dialog, if any"
        self.front.get_by_role('button', name=name, exact=True).locator(
            'visible=true').last.click()
        self.settle()

    def accept(self):
        "Press the main button of the dialog and see it go"
        dialog = self.page.locator('.modal.in').last.element_handle()
        dialog.query_selector('.modal-footer .btn-primary').click()
        dialog.wait_for_element_state('hidden')
        self.settle()

    def accept_warnings(self):
        "Go on in spite of what Tryton warns of"
        self.page.wait_for_timeout(500)
        while self.page.locator('.modal.in').count():
            self.accept()
            self.page.wait_for_timeout(500)

    def add(self, blank):
        """Begin a record of the list within the form

        Until the choice named blank is so, the dialog shows the last record.
        """
        self.front.locator('.form-one2many button[title="Nuevo"]').locator(
            'visible=true').last.click()
        self.page.locator('.modal.in .modal-footer').wait_for()
        limit = time.monotonic() + 30
        self.settle()
        while self.chosen(blank):
            assert time.monotonic() < limit, self.chosen(blank)
            self.settle()

    def chosen(self, name):
        "Return the label of what is selected"
        return self.field(name).evaluate(
            'e => e.selectedOptions.length ? e.selectedOptions[0].text : ""')

    def select(self, name, label):
        for _ in range(5):
            # What Sao shows afresh meanwhile takes the choice away.
            self.field(name).select_option(label=label)
            self.settle()
            if self.chosen(name) == label:
                return
        raise TimeoutError(f"Sao forgets the {label} of {name}")

    def page_of(self, name):
        "Turn to the page of a notebook, or of a list"
        # A list says how many there are.
        self.front.get_by_role('tab').filter(
            has_text=re.compile(rf'^\s*{re.escape(name)}\s*\d*\s*$')).locator(
                'visible=true').last.click()
        self.settle()

    def field(self, name):
        return self.front.locator(
            f'input[name="{name}"], textarea[name="{name}"], '
            f'select[name="{name}"]').locator('visible=true').last

    def type(self, name, value):
        "Type into the field and leave it"
        for _ in range(5):
            field = self.field(name)
            field.click()
            field.fill(value)
            field.press('Tab')
            self.settle()
            if field.input_value():
                return
        raise TimeoutError(f"Sao forgets the {value} of {name}")

    def choose(self, name, text):
        "Type into a relation and take what is proposed"
        field = self.field(name)
        proposal = self.page.locator('ul.dropdown-completion a').filter(
            has_text=text).locator('visible=true').first
        for patience in [3_000, 6_000, 20_000]:
            # What Sao shows afresh meanwhile takes the typed text away.
            field.click()
            field.fill('')
            field.press_sequentially(text)
            try:
                proposal.click(timeout=patience)
                break
            except TimeoutError:
                continue
        else:
            raise TimeoutError(f"Sao proposes no {text} for {name}")
        self.settle()

    def value(self, name):
        return self.field(name).input_value()

    def expect(self, name, value, patience=30):
        "Wait until the field shows the value"
        limit = time.monotonic() + patience
        found = None
        while found != value:
            assert time.monotonic() < limit, (name, found, value)
            self.page.wait_for_timeout(100)
            try:
                found = self.field(name).input_value(timeout=1_000)
            except TimeoutError:
                # A dialog goes or comes.
                continue

    def tool(self, name):
        "Press the button of the toolbar: new, save, switch, reload…"
        self.front.locator(f'button#{name}').locator(
            'visible=true').last.click()
        self.settle()

    def draw(self):
        "Sign on the pad"
        pad = self.page.locator('canvas.form-signature')
        box = pad.locator('visible=true').last.bounding_box()
        mouse = self.page.mouse
        left, top = box['x'] + 40, box['y'] + box['height'] / 2
        mouse.move(left, top)
        mouse.down()
        for step in range(12):
            mouse.move(left + 12 * step, top + (-20 if step % 2 else 20))
        mouse.up()
        self.settle()

    def find_row(self, text):
        "Wait for the row of the list that says so and return it"
        row = self.front.locator('tbody tr').filter(
            has_text=text).locator('visible=true').last
        row.wait_for()
        return row

    def row(self, text):
        "Open the record of the list that says so"
        row = self.find_row(text)
        shown = row.element_handle()
        # A link would open what it names instead.
        cell = row.locator('td:not(.selection-state):not(.optional)').filter(
            has_not=self.page.locator('a, button')).locator(
                'visible=true').first
        cell.dblclick()
        try:
            # The buttons of the list are not those of the form.
            shown.wait_for_element_state('hidden', timeout=5_000)
        except TimeoutError:
            pass
        self.settle()

    def check(self, text):
        "Check the row of the list that says so"
        self.find_row(text).locator('.selection-state input').click()
        self.settle()

    def edit(self, text, column):
        "Begin to change a value within the list"
        cell = self.find_row(text).locator(f'td[data-title^="{column}"]')
        editor = cell.locator('select, input').locator('visible=true').first
        for _ in range(3):
            # The first click chooses the row.
            cell.click()
            self.settle()
            if editor.count():
                break
        return editor

    def screenshot(self, path):
        self.page.screenshot(path=str(path))
