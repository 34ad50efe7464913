# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Sao in headless Chromium on a copy of the demo company."""
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIRED = os.environ.get('OFICIO_REQUIRE_BROWSER') == '1'
# Chromium must not call out: this machine may have no network at all.
ARGUMENTS = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update',
    '--disable-sync']


def missing(reason):
    if REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope='session')
def server(tmp_path_factory):
    "Return the address of a server with the Spanish demo company"
    sao = ROOT / 'var' / 'sao'
    if not (sao / 'index.html').exists():
        missing("Sao is not there: run demo/fetch-sao")
    folder = tmp_path_factory.mktemp('browser')
    make_database(folder / 'db')
    with socket.socket() as probe:
        probe.bind(('localhost', 0))
        port = probe.getsockname()[1]
    url = f'http://localhost:{port}/'
    with open(folder / 'server.log', 'w') as log:
        process = subprocess.Popen([
                sys.executable, '-m', 'oficio.server',
                '-c', str(ROOT / 'trytond.conf'), '-d', 'browser',
                '--listen', f'localhost:{port}'],
            stdout=log, stderr=subprocess.STDOUT, cwd=ROOT, env={
                **os.environ,
                'TRYTOND_DATABASE__URI': 'sqlite://',
                'TRYTOND_DATABASE__PATH': str(folder / 'db'),
                'TRYTOND_WEB__ROOT': str(sao),
                'TRYTOND_EMAIL__URI': f'file://{folder}',
                })
    try:
        wait_for(url, process, folder / 'server.log')
        yield url
    finally:
        process.terminate()
        process.wait(30)


def make_database(folder):
    "In a process of its own: the tests' database stays as it is"
    folder.mkdir()
    subprocess.run([
            sys.executable, '-m', 'tests.browser.database',
            str(folder / 'browser.sqlite')],
        cwd=ROOT, check=True)


def wait_for(url, process, log, patience=120):
    limit = time.monotonic() + patience
    while time.monotonic() < limit:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    pytest.fail(f"The server did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope='session')
def chromium():
    sync_api = pytest.importorskip('playwright.sync_api')
    path = next((p for p in map(shutil.which, [
                    'chromium', 'chromium-browser', 'google-chrome'])
            if p), None)
    if not path:
        missing("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def sao(server, chromium):
    "Return a function that logs a user in and gives the page"
    from tests.browser.sao import Sao
    from tests.world import PASSWORD
    contexts = []

    def login(user, password=PASSWORD, width=1280, height=850):
        context = chromium.new_context(
            viewport={'width': width, 'height': height}, locale='es-ES',
            accept_downloads=True)
        contexts.append(context)
        page = Sao(context.new_page())
        page.login(server, 'browser', user, password)
        return page

    yield login
    pictures = ROOT / 'var' / 'browser'
    for number, context in enumerate(contexts, 1):
        # What a failure looked like.
        pictures.mkdir(parents=True, exist_ok=True)
        context.pages[0].screenshot(path=str(pictures / f'{number}.png'))
        context.close()
