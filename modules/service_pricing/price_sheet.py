# This file is part of Oficio.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Tell on the price sheet what each time band costs, and what is the least."""
from dataclasses import dataclass, field
from decimal import Decimal

from trytond.i18n import gettext
from trytond.modules.maintenance_order.price_sheet import Probe
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from .gathering import HOURLY, Circumstances


@dataclass(slots=True)
class BandProbe(Probe):
    "A price in one time band, None for the usual hours"
    band: int | None = None


# It goes with the context, which caches take as a key.
@dataclass(slots=True, eq=False)
class Asked:
    """What the sheet asks of the tariff

    bands tells by line for which hours; measures is answered with the rules
    that round the quantity.
    """
    bands: dict[int, int | None]
    measures: dict[int, object] = field(default_factory=dict)


class Visit(metaclass=PoolMeta):
    __name__ = 'maintenance.visit'

    def _price_probes(self, task):
        pool = Pool()
        Band = pool.get('service.time.band')
        probes = super()._price_probes(task)
        bands = Circumstances(self.company).bands_reached()
        if bands == [None]:
            return probes
        names = {b.id: b.name for b in Band.browse([b for b in bands if b])}
        names[None] = gettext('service_pricing.msg_usual_hours')
        result = []
        for probe in probes:
            if probe.line.kind not in HOURLY:
                result.append(probe)
                continue
            for band in bands:
                line = self.price_probe(
                    probe.line.kind, -len(probes) - len(result) - 1, task)
                result.append(BandProbe(
                        probe.label, line, part=names[band], band=band))
        return result

    def _charged_for(self, probes):
        asked = Asked({
                p.line.id: p.band for p in probes if isinstance(p, BandProbe)})
        with Transaction().set_context(_price_sheet=asked):
            charged = super()._charged_for(probes)
        for probe in probes:
            rule = asked.measures.get(probe.line.id)
            if rule:
                probe.note = _measure_note(rule)
        return charged


def _measure_note(rule):
    "Return how the rule rounds the quantity in words"
    pool = Pool()
    Lang = pool.get('ir.lang')
    lang = Lang.get()
    return ', '.join(
        gettext(
            f'service_pricing.msg_measure_{name}',
            quantity=lang.format_number(
                Decimal(f'{getattr(rule, name).normalize():f}')))
        for name in ['free', 'minimum', 'step'] if getattr(rule, name))
