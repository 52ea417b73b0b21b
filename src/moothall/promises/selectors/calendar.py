"""The bank holidays of a division."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max

from ..models import BankHoliday


def closed_days(division: str) -> frozenset[dt.date]:
    return frozenset(BankHoliday.objects.filter(division=division).values_list("on", flat=True))


def holidays_end() -> dict[str, dt.date]:
    """The last bank holiday known of each division: working days after it are counted as if there were none."""
    return dict(BankHoliday.objects.values_list("division").annotate(last=Max("on")).order_by("division"))
