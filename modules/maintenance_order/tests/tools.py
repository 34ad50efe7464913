# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from base64 import b64decode
from decimal import Decimal

from proteus import Model, Wizard

from trytond.modules.company.tests.tools import get_company

__all__ = [
    'SIGNATURE', 'create_service', 'create_part', 'create_work_products',
    'create_technician', 'create_van', 'stock_van', 'create_order',
    'create_visit', 'add_line', 'sign_visit']

# A picture of a stroke of the pen.
SIGNATURE = b64decode(
    'iVBORw0KGgoAAAANSUhEUgAAAKAAAAA8CAAAAADEAO7JAAABSklEQVR42u3YSQ6DMAwF'
    'UB/C978qlaoiheI4Hn4Qi59VVYL70syW4+VFCCSQQAIJJJBAAgkkEFD0W14L1LOkX3oG'
    'qFoQBt8QkO/6IdUm3Q0cfyIsPGFLoUB9YeFQbSGUWLioz69rv+QLJTxcYr6Q8N4orQP9'
    'wWx8GwKuw0SBqs58s9VLoVFh3kUSXEGsvWIWdSGcdYUWgLcZGhrcFeAl+FhDMoN5/Be9'
    'BcwVOtPNGkuSa6s7JHvAyXyUymBZ7lDOw8Waeoss1b5YTK7Ck+wsbh3vasMzC2zt0Kig'
    'ssd31FagBLB9fldQq2XPHzhdAlBAwP3H3HFRlybE/cwCom51mAtk5aQYBh4bgLWoss13'
    'i4MCAjMEf4c1TGYBmcG4Xkj7qY9K/iIqVCAQmfr5xWuElXQ254G0Ej67Vb1VvwHY7Rem'
    'gAkkkEACCeyVD/VayZHvgs6yAAAAAElFTkSuQmCC')


def _unit(name, config=None):
    ProductUom = Model.get('product.uom', config=config)
    unit, = ProductUom.find([('name', '=', name)], limit=1)
    return unit


def _create_product(name, type_, unit, list_price, category, config, **values):
    Template = Model.get('product.template', config=config)
    template = Template(
        name=name, type=type_, default_uom=_unit(unit, config),
        list_price=Decimal(list_price), account_category=category, **values)
    template.save()
    product, = template.products
    return product


def create_service(
        name="Labour", list_price='45.00', unit='Hour', category=None,
        config=None):
    "Create a service, by the hour unless told otherwise"
    return _create_product(
        name, 'service', unit, list_price, category, config)


def create_part(
        name="Valve", list_price='80.00', cost_price='50.00', category=None,
        config=None):
    "Create a part which is kept on stock"
    product = _create_product(
        name, 'goods', 'Unit', list_price, category, config)
    product.cost_price = Decimal(cost_price)
    product.save()
    return product


def create_work_products(category=None, config=None):
    "Create labour, travel, call-out and distance and configure them"
    Configuration = Model.get('maintenance.configuration', config=config)
    configuration = Configuration(1)
    configuration.labour_product = create_service(
        "Labour", '45.00', category=category, config=config)
    configuration.travel_product = create_service(
        "Travel Time", '40.00', category=category, config=config)
    configuration.call_out_product = create_service(
        "Call-Out", '30.00', unit='Unit', category=category, config=config)
    configuration.distance_product = create_service(
        "Distance", '0.50', unit='Kilometer', category=category,
        config=config)
    configuration.save()
    return configuration


def create_technician(
        name="Technician", vehicle=None, cost_price='20.00', config=None):
    "Create an employee with the cost of his hour and perhaps a van"
    Employee = Model.get('company.employee', config=config)
    Party = Model.get('party.party', config=config)
    party = Party(name=name)
    party.save()
    employee = Employee(
        party=party, company=get_company(config=config), vehicle=vehicle)
    price = employee.cost_prices.new()
    price.date = dt.date(2020, 1, 1)
    price.cost_price = Decimal(cost_price)
    employee.save()
    return employee


def create_van(name="Van", config=None):
    "Create a stock location for a van, inside the warehouse's storage"
    Location = Model.get('stock.location', config=config)
    storage, = Location.find([('code', '=', 'STO')], limit=1)
    van = Location(name=name, type='storage', parent=storage)
    van.save()
    return van


def stock_van(van, product, quantity, lot=None, config=None):
    "Put the product into the van"
    Location = Model.get('stock.location', config=config)
    Move = Model.get('stock.move', config=config)
    company = get_company(config=config)
    supplier, = Location.find([('code', '=', 'SUP')], limit=1)
    move = Move(
        company=company, product=product, unit=product.default_uom,
        quantity=quantity, from_location=supplier, to_location=van,
        unit_price=product.cost_price, currency=company.currency,
        effective_date=dt.date(2026, 1, 1))
    if lot:
        move.lot = lot
    move.save()
    move.click('do')
    return move


def create_order(
        site, kind='corrective', equipments=(), description="Repair",
        date=dt.date(2026, 3, 9), config=None, **values):
    "Create an order of the site's customer with a task for each machine"
    Order = Model.get('maintenance.order', config=config)
    order = Order(
        company=get_company(config=config), site=site, kind=kind,
        description=description, date=date, **values)
    for equipment in equipments or [None]:
        task = order.tasks.new()
        task.equipment = equipment
        task.description = description
    order.save()
    return order


def create_visit(
        order, leader, start=dt.datetime(2026, 3, 10, 8, 0), hours=2,
        employees=(), state='planned', config=None):
    "Plan a visit for the open tasks of the order, and begin it if told so"
    Visit = Model.get('maintenance.visit', config=config)
    wizard = Wizard('maintenance.order.plan_visit', [order], config=config)
    wizard.form.leader = leader
    wizard.form.employees.extend(employees)
    wizard.form.planned_start = start
    wizard.form.planned_end = start + dt.timedelta(hours=hours)
    wizard.execute('plan')
    order.reload()
    visit = Visit(max(v.id for v in order.visits))
    if state == 'in_progress':
        visit.arrived_at = start
        visit.click('arrive')
    return visit


def add_line(visit, kind, product=None, config=None, **values):
    "Add a line to the visit and save it"
    line = visit.lines.new()
    line.kind = kind
    if product:
        line.product = product
    for name, value in values.items():
        setattr(line, name, value)
    visit.save()
    return visit.lines[-1]


def sign_visit(visit, signer="Ana Roca", config=None):
    "Finish the visit if needed and have it signed"
    if visit.state == 'in_progress':
        visit.finished_at = visit.finished_at or (
            visit.arrived_at + dt.timedelta(hours=2))
        visit.click('finish')
    visit.signer = signer
    visit.signature = SIGNATURE
    visit.click('sign')
    return visit
