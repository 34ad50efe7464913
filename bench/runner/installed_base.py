# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""An installed base of a size that takes hours when made record by record.

The rows go in by one statement a table. Each customer has 10 sites, each site
5 machines, each machine a counter with 10 readings: 2,000 customers have
100,000 machines and 1,000,000 readings.
"""
SITES, MACHINES, READINGS = 10, 5, 10

_STATEMENTS = [
    """
    INSERT INTO maintenance_equipment_category (name, code, active)
        SELECT 'Category ' || n, 'C' || n, true
        FROM generate_series(1, 20) AS n
    """, """
    INSERT INTO maintenance_site
            (name, code, kind, company, party, address, route_order, active)
        SELECT 'Site ' || lpad(number::text, 7, '0'), 'S' || number, 'site',
            {company}, party, address, number, true
        FROM (
            SELECT customer.*, row_number() OVER () AS number
            FROM unnest(%(parties)s::int[], %(addresses)s::int[])
                AS customer(party, address), generate_series(1, {SITES})
            ) AS site
    """, """
    INSERT INTO maintenance_equipment
            (number, name, kind, company, category, serial,
            manufacturer_serial, quantity, installed_date, commissioned_date,
            state, create_uid, create_date)
        SELECT 'E' || number, 'Machine ' || number, 'machine', {company},
            1 + number %% 20, 'SN-' || lpad(number::text, 8, '0'),
            'M' || md5(number::text), 1, CURRENT_DATE - 900,
            CURRENT_DATE - 900, 'in_service', 1, now()
        FROM generate_series(1, {machines}) AS number
    """, """
    INSERT INTO maintenance_equipment_placement
            (equipment, site, role, from_date, to_date)
        SELECT machine.id, site.id, 'own', stay.from_date, stay.to_date
        FROM (
            SELECT id, row_number() OVER (ORDER BY id) AS number
            FROM maintenance_equipment) AS machine
        JOIN (
            SELECT id, row_number() OVER (ORDER BY id) AS number
            FROM maintenance_site) AS site
            ON site.number = 1 + (machine.number - 1) / {MACHINES},
            (VALUES (CURRENT_DATE - 900, CURRENT_DATE - 300),
                (CURRENT_DATE - 300, NULL)) AS stay(from_date, to_date)
    """, """
    INSERT INTO maintenance_meter (equipment, name, kind, active)
        SELECT id, 'Copies', 'counter', true FROM maintenance_equipment
    """, """
    INSERT INTO maintenance_meter_reading
            (uuid, meter, "when", value, source, state)
        SELECT gen_random_uuid()::text, meter.id,
            CURRENT_DATE - number * 30 + TIME '12:00',
            (100 - number) * 250, 'technician', 'valid'
        FROM maintenance_meter AS meter,
            generate_series(1, {READINGS}) AS number
    """,
    ]


def fill(world):
    "Give the customers of the world sites, machines and readings"
    machines = len(world.customers) * SITES * MACHINES
    with world.transaction() as transaction:
        cursor = transaction.connection.cursor()
        for statement in _STATEMENTS:
            cursor.execute(
                statement.format(
                    company=world.company, machines=machines, SITES=SITES,
                    MACHINES=MACHINES, READINGS=READINGS), {
                    'parties': [p for p, _ in world.customers],
                    'addresses': [a for _, a in world.customers],
                    })
    return machines


def serial(number):
    return f'SN-{number:08d}'
