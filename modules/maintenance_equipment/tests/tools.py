# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from proteus import Model

from trytond.modules.company.tests.tools import get_company

__all__ = [
    'create_customer', 'create_site', 'create_category', 'create_equipment',
    'create_warranty']


def create_customer(name="Customer", config=None):
    "Create a party with an address"
    Party = Model.get('party.party', config=config)
    customer = Party(name=name)
    customer.save()
    return customer


def create_site(
        customer=None, name="Main Site", kind='site', parent=None,
        config=None, **values):
    "Create a site of the customer, or a place inside another"
    Site = Model.get('maintenance.site', config=config)
    if customer is None:
        customer = parent.party if parent else create_customer(config=config)
    site = Site(
        company=get_company(config=config), name=name, kind=kind,
        parent=parent, party=customer, **values)
    site.save()
    return site


def create_category(name="Machine", code=None, parent=None, config=None):
    "Create a category of equipment"
    Category = Model.get('maintenance.equipment.category', config=config)
    category = Category(
        company=get_company(config=config), name=name, code=code,
        parent=parent)
    category.save()
    return category


def create_equipment(
        site=None, name="Machine", category=None,
        installed_date=dt.date(2026, 1, 1), state='in_service', config=None,
        **values):
    "Create an equipment, in service at the site when there is one"
    Equipment = Model.get('maintenance.equipment', config=config)
    equipment = Equipment(
        company=get_company(config=config), name=name, category=category,
        installed_date=installed_date, **values)
    if site:
        equipment.site = site
    if installed_date and not equipment.commissioned_date:
        equipment.commissioned_date = installed_date
    equipment.save()
    if site and state == 'in_service':
        equipment.click('put_in_service')
    return equipment


def create_warranty(
        equipment, start_date=None, labour_end_date=None,
        parts_end_date=None, kind='ours', config=None, **values):
    "Create a warranty which covers labour and parts until their dates"
    Warranty = Model.get('maintenance.warranty', config=config)
    warranty = Warranty(
        equipment=equipment, kind=kind,
        start_date=start_date or equipment.installed_date,
        labour_end_date=labour_end_date, parts_end_date=parts_end_date,
        **values)
    warranty.save()
    return warranty
