"""The city's taxonomy of services and the regimes complaints follow: data that comes with Moothall."""

from __future__ import annotations

import csv
import datetime as dt
from importlib import resources

from django.db import transaction
from django.utils.translation import gettext as _

from moothall.core import audit
from moothall.core.actor import Actor
from moothall.core.errors import Forbidden

from ..models import Regime, ServiceType
from ..policies import can_keep_directory
from .organisations import unused
from .searching import index_all


@transaction.atomic
def load_taxonomy(*, actor: Actor, now: dt.datetime) -> int:
    """Brings in what comes with this version; regimes that are there already stay as somebody may have changed them.

    Answers how many types there are. Raises Forbidden.
    """
    if not can_keep_directory(actor):
        raise Forbidden(_("You may not change the directory."))
    Regime.objects.bulk_create([Regime(**row) for row in _rows("regimes.csv")], ignore_conflicts=True)
    regimes = {each.key: each for each in Regime.objects.all()}
    types = [
        ServiceType(
            key=row["key"], name=row["name"], group=row["group"], about=row["about"], synonyms=row["synonyms"].split("|"),
            delivered_by=row["delivered_by"].split("|"), regime=regimes[row["regime"]], urgent=row["urgent"],
        )
        for row in _rows("service_types.csv")
    ]  # fmt: skip
    keys = [each.key for each in types]  # a key that is no longer shipped stays: services may be of that kind
    before = {each.key: _words(each) for each in ServiceType.objects.filter(key__in=keys)}
    if before == {each.key: _words(each) for each in types}:
        return len(types)
    ServiceType.objects.bulk_create(
        types, update_conflicts=True, unique_fields=["key"],
        update_fields=["name", "group", "about", "synonyms", "delivered_by", "regime", "urgent"],
    )  # fmt: skip
    index_all()
    first = ServiceType.objects.order_by("pk").first()
    if first is not None:
        audit.record(actor=actor, now=now, verb="load-taxonomy", subject=first)
    return len(types)


@transaction.atomic
def save_regime(*, actor: Actor, now: dt.datetime, regime: Regime | None, **said: str) -> Regime:
    """A regime as the city's steward words it; a new one has a key made from its name. Raises Forbidden."""
    if not can_keep_directory(actor):
        raise Forbidden(_("You may not change the directory."))
    if regime is None:
        taken = set(Regime.objects.values_list("key", flat=True))
        regime = Regime(key=unused(said["name"], taken, 38, "regime"))
    for name, words in said.items():
        setattr(regime, name, words.strip())
    regime.save()
    audit.record(actor=actor, now=now, verb="save-regime", subject=regime)
    return regime


def _words(each: ServiceType) -> tuple[object, ...]:
    return each.name, each.group, each.about, each.synonyms, each.delivered_by, each.regime_id, each.urgent


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("moothall.directory").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
