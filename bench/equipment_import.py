# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Import a list of 10 machines a customer, once its rows are checked."""
modules = ['maintenance_equipment', 'account_invoice', 'account_product']

MACHINES = 10
COLUMNS = [
    ('serial', "Serial"), ('name', "Name"), ('customer', "Customer"),
    ('site', "Site"), ('manufacturer', "Maker"),
    ('installed_date', "Installed")]


def prepare(world):
    world.rows = world.size * MACHINES
    world.content = '\n'.join([
            ';'.join(title for _, title in COLUMNS),
            *(f'S{i:07d};Extinguisher {i};Customer {i // MACHINES:06d};'
                'Main;Maker;01/02/2026' for i in range(world.rows)),
            ]).encode()
    with world.transaction():
        Profile = world.pool.get('maintenance.import.profile')
        profile, = Profile.create([{
                    'name': "List",
                    'create_sites': True,
                    'columns': [('create', [
                                {'field': field, 'title': title}
                                for field, title in COLUMNS])],
                    }])
        world.start = {
            'start': {'profile': profile.id, 'file': world.content}}
    Wizard = world.pool.get('maintenance.equipment.import', type='wizard')
    with world.transaction():
        world.session, _, _ = Wizard.create()
    with world.transaction():
        answer = Wizard.execute(world.session, world.start, 'preview')
        world.preview = answer['view']['defaults']


def run(world):
    "The second step of the wizard: its first has checked all rows"
    Wizard = world.pool.get('maintenance.equipment.import', type='wizard')
    with world.transaction():
        Wizard.execute(world.session, world.start, 'import_')
    return world.rows


def check(world, records):
    with world.transaction():
        Equipment = world.pool.get('maintenance.equipment')
        made = Equipment.search([('state', '=', 'in_service')], count=True)
        if not (records == made == world.preview['created']):
            raise RuntimeError("Machines are missing")
