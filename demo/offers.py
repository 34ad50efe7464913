# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is quoted with one click, and a tariff that knows the night."""
import datetime as dt
from decimal import Decimal

from demo.customers import company
from tests.world import ARTICLES, product
from trytond.pool import Pool

# What an hour costs the company.
HOUR = Decimal('22.50')
# Who quotes, and who buys.
SELLERS = ['jorge', 'lucia', 'marta']
BUYERS = ['carmen', 'jorge', 'lucia']
CONCEPTS = [
    # name, its words, chapter, what is sold, margin, specification, breakdown
    ("Extintor de polvo 6 kg instalado", "extintor polvo",
        "Protección contra incendios",
        'EXT6', '0.35',
        "Extintor de polvo ABC de 6 kg, eficacia 27A 183B, con soporte y "
        "señal fotoluminiscente, colocado y dado de alta en el libro de "
        "mantenimiento.",
        [('EXT6', 1), ('MO', .5)]),
    ("Sustitución de manguera de BIE", "manguera",
        "Protección contra incendios",
        'MANG20', '0.30',
        "Manguera semirrígida de 25 mm y 20 m con racores, con prueba de "
        "estanqueidad.",
        [('MANG20', 1), ('MO', 1)]),
    ("Cambio de filtros de aire", "filtros aire", "Climatización",
        'FILTRO', '0.40',
        "Filtros G4 de impulsión y retorno, con limpieza de los marcos.",
        [('FILTRO', 2), ('MO', .5)]),
    ]


def create():
    "Let people buy, and sell what the company has by concepts and a tariff"
    pool = Pool()
    Group = pool.get('res.group')
    ModelData = pool.get('ir.model.data')
    User = pool.get('res.user')
    for module, logins in [('sale', SELLERS), ('purchase', BUYERS)]:
        group = Group(ModelData.get_id(module, f'group_{module}'))
        for user in User.search([('login', 'in', logins)]):
            user.groups = [*user.groups, group]
            user.save()
    for article in ARTICLES:
        template = product(article.code).template
        template.salable = True
        template.sale_uom = template.default_uom
        template.save()
    create_concepts()
    create_tariff()


def service(code, name, price, **values):
    "Return a new service with the account and the taxes of labour"
    pool = Pool()
    Template = pool.get('product.template')
    labour = product('MO').template
    unit = product('SALIDA').default_uom
    template, = Template.create([{
                'name': name,
                'type': 'service',
                'default_uom': unit.id,
                'sale_uom': unit.id,
                'salable': True,
                'list_price': Decimal(price),
                'account_category': labour.account_category.id,
                'products': [('create', [{'suffix_code': code}])],
                **values,
                }])
    return template.products[0]


def create_concepts():
    pool = Pool()
    Concept = pool.get('service.concept')
    concepts = []
    for name, words, chapter, code, margin, text, parts in CONCEPTS:
        concepts.append({
                'name': name,
                'words': words,
                'company': company().id,
                'chapter': chapter,
                'product': product(code).id,
                'margin': Decimal(margin),
                'specification': text,
                'lines': [('create', [
                            line_values(product(part), quantity)
                            for part, quantity in parts])],
                })
    return Concept.create(concepts)


def line_values(part, quantity):
    return {
        'kind': 'material' if part.type == 'goods' else 'labour',
        'product': part.id,
        'quantity': quantity,
        'unit': part.default_uom.id,
        'unit_cost': part.cost_price if part.type == 'goods' else HOUR,
        'unit_price': part.list_price,
        }


def create_tariff():
    "At night work costs half as much again"
    pool = Pool()
    Band = pool.get('service.time.band')
    Rule = pool.get('service.price.rule')
    night, = Band.create([{
                'name': "Noche",
                'company': company().id,
                'windows': [('create', [{
                                'weekdays': list('0123456'),
                                'start': dt.time(22),
                                'end': dt.time(6),
                                'holidays': 'include',
                                }])],
                }])
    return Rule.create([{
                'name': "Nocturnidad",
                'company': company().id,
                'layer': 'base',
                'line_kind': 'work',
                'band': night.id,
                'basis': 'list',
                'factor': Decimal('1.5'),
                }])
