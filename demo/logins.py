# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Tell who can log in to the demo, from where, and how."""
import sys
from urllib.parse import urlsplit

from tests.world import PASSWORD, ROLES
from trytond.pool import Pool

DATABASE = 'demo'
# What each of the people of tests.world.ROLES does, in the words of the trade.
WORK = {
    'carmen': "dispatcher: tickets, orders, visits",
    'jorge': "owner and service manager: everything, configuration, margins",
    'lucia': "office: invoices, receipts, remittances",
    'pau': "technician, van 1",
    'ana': "technician and fire auditor, van 2",
    'luca': "technician, van 3 (in Italian)",
    'vicent': "technician, van 4",
    'marta': "sales: quotes, reads customers, equipment and contracts",
    'asesoria': "tax adviser outside: export for ContaPlus",
    'norte': "subcontractor outside: the jobs given to Frío Norte",
    'admin': "administrator of the system",
    }
# What opens when they log in: their work of the day.
HOME = {
    'carmen': (
        'maintenance_ticket.act_ticket_form',
        'maintenance_order.act_visit_calendar'),
    'jorge': (
        'maintenance_order.act_share_form',
        'service_contract.act_contract_form'),
    'lucia': (
        'service_contract.act_contract_period_form',
        'sepa_remittance.act_remittance_form'),
    **dict.fromkeys(
        ['pau', 'ana', 'luca', 'vicent'],
        ('maintenance_order.act_visit_my',)),
    'marta': (
        'maintenance_equipment.act_equipment_form',
        'service_contract.act_contract_form'),
    'asesoria': ('contaplus_export.act_export_adviser',),
    'norte': ('maintenance_order.act_visit_subcontractor',),
    }


def open_at_login():
    "Let the work of the day open for everybody in HOME"
    pool = Pool()
    ActWindow = pool.get('ir.action.act_window')
    Item = pool.get('ir.module.config_wizard.item')
    ModelData = pool.get('ir.model.data')
    User = pool.get('res.user')
    users = {u.login: u for u in User.search([('login', 'in', list(HOME))])}
    for login, names in HOME.items():
        windows = ActWindow.browse([
                ModelData.get_id(*name.split('.')) for name in names])
        users[login].actions = [w.action for w in windows]
    User.save(list(users.values()))
    # All is configured: the administrator is not asked about it.
    items = Item.search([('state', '=', 'open')])
    Item.write(items, {'state': 'done'})


def text(url):
    "Return the table of logins and the three ways in"
    address = urlsplit(url)
    host = address.hostname or 'localhost'
    port = address.port or 80
    names = {r.login: r.name for r in ROLES} | {'admin': "Administrator"}
    rows = [
        f"  {login:<10}{names[login]:<18}{work}"
        for login, work in WORK.items()]
    return '\n'.join([
            "",
            f"Open {url} and choose the database {DATABASE}.",
            f"The password of everybody is {PASSWORD}.",
            "",
            f"  {'login':<10}{'name':<18}work",
            *rows,
            "",
            "Desktop client (Tryton 8.0):",
            f"  host {host}:{port}, database {DATABASE}, user name as above",
            "proteus:",
            "  from proteus import config",
            f"  config.set_xmlrpc('http://carmen:{PASSWORD}"
            f"@{host}:{port}/{DATABASE}/rpc/')",
            "",
            ]) + '\n'


def main(url):
    sys.stdout.write(text(url))


if __name__ == '__main__':
    main(*sys.argv[1:])
