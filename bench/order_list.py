# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Open the list of open orders among N over HTTP, as a dispatcher."""
import base64
import gzip
import http.client
import json
import threading

# That of contract_invoicing, so that one database serves both.
modules = ['service_contract', 'currency_half_up']
# What the orders are of, whatever their number.
customers = 2000

# One open order in so many, and the rows of a page of the client.
OPEN = 20
ROWS = 80
TIMES = 50
LOGIN, PASSWORD = 'dispatcher', 'Seventeen pumps'
state = {}


def prepare(world):
    from trytond.transaction import Transaction

    get = world.pool.get
    ModelData = get('ir.model.data')
    Site = get('maintenance.site')
    with world.transaction():
        Site.create([{
                    'company': world.company,
                    'name': "Site",
                    'party': party,
                    'address': address,
                    } for party, address in world.customers])
    with world.transaction():
        cursor = Transaction().connection.cursor()
        for statement in FILL:
            cursor.execute(statement, {
                    'company': world.company,
                    'size': world.size,
                    'open': OPEN,
                    })
    with world.transaction():
        User = get('res.user')
        group = ModelData.get_id('maintenance_equipment', 'group_dispatcher')
        User.create([{
                    'name': "Dispatcher",
                    'login': LOGIN,
                    'password': PASSWORD,
                    'companies': [('add', [world.company])],
                    'company': world.company,
                    'groups': [('add', [group])],
                    }])
    _open(world)


# Three lines for each order: too many for the models to make.
FILL = ["""
    INSERT INTO maintenance_order (
        number, kind, company, party, site, description, date, on_hold,
        state, create_date, create_uid)
    SELECT 'O' || i, 'corrective', %(company)s, s.party, s.id,
        'Repair ' || i, current_date - i %% 700, i %% 90 = 0,
        CASE WHEN i %% %(open)s = 0 THEN
            (ARRAY['draft', 'planned', 'in_progress', 'done'])[
                1 + i / %(open)s %% 4]
        ELSE 'closed' END, now(), 1
    FROM generate_series(1, %(size)s) i
    JOIN (SELECT id, party, row_number() OVER (ORDER BY id) - 1 AS n,
            count(*) OVER () AS c FROM maintenance_site) s
        ON s.n = i %% s.c
    """, """
    INSERT INTO maintenance_order_task (
        "order", company, kind, description, state, create_date, create_uid)
    SELECT id, company, kind, description,
        CASE WHEN state = 'closed' THEN 'done' ELSE 'open' END, now(), 1
    FROM maintenance_order
    """, """
    INSERT INTO maintenance_visit (
        company, number, site, party, date, planned_start, uuid, state,
        create_date, create_uid)
    SELECT company, 'V' || id, site, party, date, date + time '08:00',
        gen_random_uuid()::text,
        CASE WHEN state = 'closed' THEN 'posted'
            WHEN state = 'done' THEN 'done'
            WHEN state = 'in_progress' THEN 'in_progress'
            ELSE 'planned' END, now(), 1
    FROM maintenance_order WHERE state != 'draft'
    """, """
    INSERT INTO "maintenance_visit-maintenance_order_task" (
        visit, task, create_date, create_uid)
    SELECT v.id, t.id, now(), 1
    FROM maintenance_visit v
    JOIN maintenance_order_task t ON 'V' || t."order" = v.number
    """, """
    INSERT INTO maintenance_visit_line (
        visit, company, kind, description, quantity, create_date, create_uid)
    SELECT v.id, v.company, k, k, 1, now(), 1
    FROM maintenance_visit v, unnest(ARRAY['call_out', 'fixed', 'expense']) k
    """]


def _open(world):
    "Log in and learn what the list shows, as once a day"
    client = Client(*_serve(), world.database)
    view = client.call(
        'model.maintenance.order.fields_view_get', None, 'tree')
    state['names'] = [
        *view['fields'], 'rec_name', '_timestamp', '_write', '_delete',
        *(f'{name}.rec_name' for name, field in view['fields'].items()
            if field['type'] == 'many2one')]
    state['client'] = client
    _list()


def _list():
    client = state['client']
    domain = [['state', 'in', ['draft', 'planned', 'in_progress', 'done']]]
    ids = client.call(
        'model.maintenance.order.search', domain, 0, ROWS, None)
    rows = client.call('model.maintenance.order.read', ids, state['names'])
    number = client.call(
        'model.maintenance.order.search_count', domain, 0, 1000)
    return len(rows), number


def run(world):
    state['lists'] = [_list() for _ in range(TIMES)]
    return TIMES


def _serve():
    "Start the server in a thread, so that its statements are counted"
    from werkzeug.serving import WSGIRequestHandler, make_server

    from trytond.wsgi import app

    class Handler(WSGIRequestHandler):
        # Browsers keep their connection.
        protocol_version = 'HTTP/1.1'

        def log_request(self, *args):
            pass

    server = make_server(
        'localhost', 0, app, threaded=True, request_handler=Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[:2]


class Client:
    "A client which keeps its connection, as browsers do"

    def __init__(self, host, port, database):
        self.connection = http.client.HTTPConnection(host, port)
        self.database = database
        self.headers = {
            'Content-Type': 'application/json',
            'Accept-Encoding': 'gzip',
            }
        user, session, *_ = self._send(
            'common.db.login', LOGIN, {'password': PASSWORD})
        token = f'{LOGIN}:{user}:{session}'.encode()
        self.headers['Authorization'] = (
            'Session ' + base64.b64encode(token).decode())
        self.context = self._send(
            'model.res.user.get_preferences', True, {})

    def call(self, method, *args):
        return self._send(method, *args, self.context)

    def _send(self, method, *params):
        self.connection.request(
            'POST', f'/{self.database}/rpc/', headers=self.headers,
            body=json.dumps({'id': 0, 'method': method, 'params': params}))
        response = self.connection.getresponse()
        body = response.read()
        if response.getheader('Content-Encoding') == 'gzip':
            body = gzip.decompress(body)
        answer = json.loads(body)
        if isinstance(answer, dict):
            if answer.get('error'):
                raise RuntimeError(answer['error'])
            answer = answer['result']
        return answer


def check(world, records):
    expected = ROWS, min(world.size // OPEN, 1000)
    for found in state['lists']:
        if found != expected:
            raise RuntimeError(f"{found} rows and open orders")
