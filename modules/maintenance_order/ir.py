# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import Pool, PoolMeta


class Rule(metaclass=PoolMeta):
    __name__ = 'ir.rule'

    @classmethod
    def _own_models(cls):
        "Return the names of the models whose rules ask who the user is"
        return {
            'maintenance.order',
            'maintenance.order.task',
            'maintenance.recommendation',
            'maintenance.van.difference',
            'maintenance.visit',
            'maintenance.visit.line',
            'maintenance.visit.payment',
            'maintenance.visit.share',
            }

    @classmethod
    def _get_context(cls, model_name):
        pool = Pool()
        User = pool.get('res.user')
        context = super()._get_context(model_name)
        if model_name in cls._own_models():
            context['employees'] = User.get_employees()
        return context

    @classmethod
    def _get_cache_key(cls, model_names):
        pool = Pool()
        User = pool.get('res.user')
        key = super()._get_cache_key(model_names)
        if cls._own_models() & set(model_names):
            key = (*key, User.get_employees())
        return key


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.extend([
                ('maintenance.reference.reminder|remind_due',
                    "Ask Customers for Order Numbers"),
                ])

    @classmethod
    def _by_company(cls):
        return super()._by_company() | {
            'maintenance.reference.reminder|remind_due',
            }
