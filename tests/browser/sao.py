# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Drive Sao as a person would: by what is written on the screen."""
import time


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
        page.fill('#login', user)
        page.keyboard.press('Enter')
        field = page.locator('input[type=password]:visible')
        field.wait_for()
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

    def open(self, model, record=None, mode=('tree', 'form')):
        "Open the records of a model in a tab"
        self.page.evaluate(
            '([model, id, mode]) => Sao.Tab.create('
            '{model: model, res_id: id, mode: mode})',
            [model, record, list(mode)])
        self.settle()

    def menu(self, *names):
        "Open the entry of the menu under its parents"
        for name in names[:-1]:
            row = self.page.locator('#menu tr', has_text=name).first
            row.locator('.expander').click()
            self.settle()
        self.page.locator('#menu').get_by_text(
            names[-1], exact=True).first.dblclick()
        self.settle()

    def button(self, name):
        self.page.get_by_role('button', name=name, exact=True).locator(
            'visible=true').last.click()
        self.settle()

    def field(self, label):
        return self.page.get_by_label(label, exact=True).locator(
            'visible=true').last

    def type(self, label, value):
        "Type into the field with the label, and leave it"
        field = self.field(label)
        field.click()
        field.fill(value)
        field.press('Tab')
        self.settle()

    def save(self):
        self.page.keyboard.press('Control+s')
        self.settle()

    def screenshot(self, path):
        self.page.screenshot(path=str(path))
