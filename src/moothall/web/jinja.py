"""The template engine: where templates are, and the few functions and filters they may use."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined

from moothall.core import links, money, times
from moothall.core.actor import Actor, ActorKind
from moothall.directory.types import Permission


@dataclass(frozen=True, slots=True)
class Tool:
    """A page that is some people's daily work; `address` is its name."""

    section: str
    words: str | Promise
    about: str | Promise
    address: str
    permission: Permission


TOOLS = (
    Tool("planning", gettext_lazy("Planning"), gettext_lazy("Cities, plans and comparisons: one programme for everybody’s staff."), "programme:planning", Permission.PLAN),
    Tool("desk", gettext_lazy("Front desk"), gettext_lazy("Write down what somebody says at the desk, on the phone or in a letter."), "desk", Permission.RECORD_FOR_OTHERS),
    Tool(
        "running", gettext_lazy("Running"), gettext_lazy("Mail that did not go out, long work, institutions to confirm, whole directories, roles of the city."), "running",
        Permission.RUN_THE_SITE,
    ),
)  # fmt: skip

AREAS = ("web", "accounts", "directory", "promises", "appeals", "places", "events", "voice", "programme")


def tools_of(actor: Actor | None) -> list[Tool]:
    """The work pages that somebody may use somewhere."""
    if actor is None or actor.kind is not ActorKind.PERSON:
        return []
    return [tool for tool in TOOLS if actor.may_somewhere(tool.permission)]


def environment(**options: Any) -> Environment:
    """Called by Django's Jinja2 backend. Printing an unknown name is an error, not an empty string."""
    options |= {
        "loader": ChoiceLoader(
            [
                *(PackageLoader(f"moothall.{area}", "templates") for area in AREAS),
                FileSystemLoader(settings.MORE_TEMPLATES),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        "undefined": GovukUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    made = Environment(extensions=["jinja2.ext.i18n"], **options)
    made.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "static": static,
        "url": url,
        "city": settings.CITY_NAME,
        "language": translation.get_language,
        "flashes": flashes,
        "site": links.site,
        "tools_of": tools_of,
        "demo_personas": settings.DEMO_PERSONAS,
    }
    made.filters |= {
        "money": money.written,
        "number": number,
        "day": times.day,
        "last_day": times.last_day,
        "clock": times.clock,
        "hours": times.hours,
        "clock_span": clock_span,
        "moment": times.moment,
        "span": times.span,
        "until": times.until,
        "percent": percent,
    }
    return made


class GovukUndefined(StrictUndefined):
    """Cannot be printed or looped over, but may be asked for: GOV.UK's macros test parameters they were not given."""

    def __bool__(self) -> bool:  # type: ignore[override]
        return False

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return isinstance(other, type(self))

    def __ne__(self, other: object) -> bool:  # type: ignore[override]
        return not self == other

    def __hash__(self) -> int:  # type: ignore[override]
        return id(type(self))


def flashes(request: HttpRequest) -> list[tuple[bool, str]]:
    """What the last action said: (it worked, what). Costs nothing where there is no session."""
    if not hasattr(request, "_messages"):
        return []
    return [(each.level < messages.WARNING, str(each)) for each in get_messages(request)]


def url(name: str, *args: object) -> str:
    return reverse(name, args=args)


def number(value: float) -> str:
    return f"{value:,.0f}"


def percent(share: float, decimals: int = 0) -> str:
    return f"{100 * share:.{decimals}f}%"


def clock_span(meeting: tuple[dt.datetime, dt.datetime], zone: str | None = None) -> str:
    return f"{times.clock(meeting[0], zone)} to {times.clock(meeting[1], zone)}"
