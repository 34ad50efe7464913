# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt

from trytond.model import DeactivableMixin, Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction


class SiteKey(DeactivableMixin, ModelSQL, ModelView):
    """A key, card or code of a place

    The code is kept in ``secret``, which nobody reads through a client;
    ``code`` gives it to those who need it this week.
    """
    __name__ = 'maintenance.site.key'
    _rec_name = 'label'

    site = fields.Many2One(
        'maintenance.site', "Site", required=True, ondelete='CASCADE',
        help="The place that it opens.")
    company = fields.Function(
        fields.Many2One(
            'company.company', "Company",
            help="The company which attends the site."),
        'on_change_with_company', searcher='search_company')
    label = fields.Char(
        "Label", required=True,
        help="What is written on it, for example \"Boiler room\".")
    kind = fields.Selection([
            ('key', "Key"),
            ('card', "Card"),
            ('remote', "Remote Control"),
            ('code', "Code"),
            ], "Kind", required=True, sort=False,
        help="What opens the place.")
    kept_where = fields.Char(
        "Kept Where",
        help="Where it is when nobody has it, for example \"Cabinet 2, "
        "hook 14\".")
    holder = fields.Many2One(
        'party.party', "Holder", ondelete='RESTRICT',
        context={
            'company': Eval('company', -1),
            },
        depends={'company'},
        help="Who has it now. Empty means it is where it is kept.")
    code = fields.Function(
        fields.Char(
            "Code",
            states={
                'readonly': Bool(Eval('code_hidden')),
                },
            help="Shown only to people with a visit to the place this week, "
            "and to the service manager."),
        'get_code', setter='set_code')
    code_hidden = fields.Function(
        fields.Boolean(
            "Code Hidden",
            help="There is a code, but you have no visit to the place this "
            "week."),
        'get_code')
    secret = fields.Char(
        "Secret", readonly=True,
        help="The code as it is stored. Nobody reads it here.")
    entries = fields.One2Many(
        'maintenance.site.key.log', 'key', "Log", readonly=True,
        help="Who had it, and who changed the code.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        # Not the access to the site: who reads that need not know of keys.
        cls._sql_indexes.add(Index(t, (t.site, Index.Range())))
        cls._order = [
            ('site', 'ASC'),
            ('label', 'ASC'),
            ('id', 'ASC'),
            ]

    @classmethod
    def default_kind(cls):
        return 'key'

    @classmethod
    def default_code_hidden(cls):
        return False

    @fields.depends('site', '_parent_site.company')
    def on_change_with_company(self, name=None):
        return self.site.company if self.site else None

    @classmethod
    def search_company(cls, name, clause):
        return [('site.' + clause[0],) + tuple(clause[1:])]

    @classmethod
    def get_code(cls, keys, names):
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        ids = [k.id for k in keys]
        result = {
            'code': dict.fromkeys(ids),
            'code_hidden': dict.fromkeys(ids, False),
            }
        open_sites = cls.sites_open_to_user({k.site for k in keys})
        site_of = {k.id: k.site.id for k in keys}
        cursor.execute(*table.select(
                table.id, table.secret,
                where=fields.SQL_OPERATORS['in'](table.id, ids)))
        for id_, secret in cursor:
            if not secret:
                continue
            if site_of[id_] in open_sites:
                result['code'][id_] = secret
            else:
                result['code_hidden'][id_] = True
        return {name: result[name] for name in names}

    @classmethod
    def sites_open_to_user(cls, sites):
        """Return the ids of the sites whose codes the user may see

        Here these are all for the service manager and none for anybody else:
        the module of the visits adds those who have one this week.
        """
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        User = pool.get('res.user')

        if not Transaction().user:
            return {s.id for s in sites}
        manager = ModelData.get_id(
            'maintenance_equipment', 'group_service_manager')
        if manager in User.get_groups():
            return {s.id for s in sites}
        return set()

    @classmethod
    def set_code(cls, keys, name, value):
        pool = Pool()
        Log = pool.get('maintenance.site.key.log')

        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.id, table.secret,
                where=fields.SQL_OPERATORS['in'](
                    table.id, [k.id for k in keys])))
        secrets = dict(cursor)
        changed = [
            k for k in keys if (secrets.get(k.id) or '') != (value or '')]
        if changed:
            cursor.execute(*table.update(
                    [table.secret], [value or None],
                    where=fields.SQL_OPERATORS['in'](
                        table.id, [k.id for k in changed])))
            Log.add(changed, 'code_changed')

    @classmethod
    def on_modification(cls, mode, keys, field_names=None):
        pool = Pool()
        Log = pool.get('maintenance.site.key.log')

        super().on_modification(mode, keys, field_names=field_names)
        if mode == 'create':
            handed = [k for k in keys if k.holder]
        elif mode == 'write' and 'holder' in (field_names or ()):
            handed = keys
        else:
            return
        Log.add([k for k in handed if k.holder], 'handed_over')
        Log.add([k for k in handed if not k.holder], 'put_back')

    @classmethod
    def copy(cls, keys, default=None):
        default = default.copy() if default is not None else {}
        for name in ['holder', 'secret', 'code', 'entries']:
            default.setdefault(name)
        return super().copy(keys, default=default)


class SiteKeyLog(ModelSQL, ModelView):
    __name__ = 'maintenance.site.key.log'

    key = fields.Many2One(
        'maintenance.site.key', "Key", required=True, ondelete='CASCADE',
        help="What was handed over.")
    at = fields.Timestamp(
        "At", required=True,
        help="When it happened.")
    action = fields.Selection([
            ('handed_over', "Handed Over"),
            ('put_back', "Put Back"),
            ('code_changed', "Code Changed"),
            ], "Action", required=True, sort=False,
        help="What happened.")
    party = fields.Many2One(
        'party.party', "Party", ondelete='RESTRICT',
        help="Who has it from then on.")
    user = fields.Many2One(
        'res.user', "User", ondelete='RESTRICT',
        help="Who wrote it down.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # Not the access to the key: who may change that may not rewrite what
        # was done with it.
        cls._order = [
            ('at', 'DESC'),
            ('id', 'DESC'),
            ]

    def get_rec_name(self, name):
        return self.key.rec_name

    @classmethod
    def search_rec_name(cls, name, clause):
        return [('key.rec_name',) + tuple(clause[1:])]

    @classmethod
    def add(cls, keys, action):
        "Write down what happened to the keys"
        now = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
        cls.create([{
                    'key': key.id,
                    'at': now,
                    'action': action,
                    'party': (
                        key.holder.id if action == 'handed_over' else None),
                    'user': Transaction().user or None,
                    } for key in keys])
