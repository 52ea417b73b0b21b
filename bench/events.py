"""The list of 200 events with live free places: queries, CPU a request and bytes, for visitors and for somebody who has signed in.

usage: scripts/bench events [--events 200] [--rounds 200]

Beside it, in the same run: an empty view through the same middleware (the floor), and the same rows on a plain page of Django's own
template engine. Prints JSON.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Callable
from typing import Any

from .own_database import measured

PLAIN = """<!DOCTYPE html><html lang="en"><head><title>What is on</title></head><body><h1>What is on</h1>
{% regroup rows by day as days %}{% for day in days %}<h2>{{ day.grouper }}</h2><ul>{% for row in day.list %}<li><p><a href="{{ row.url }}">{{ row.title }}</a></p>
<p>{{ row.starts_at|time:"H:i" }}; {{ row.venue }}; {{ row.organisation }}; {% if row.free is None %}room for everybody{% elif row.free %}{{ row.free }} places free{% else %}full, {{ row.waiting }} wait{% endif %}</p></li>{% endfor %}</ul>{% endfor %}</body></html>"""  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench events")
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    measured(lambda: measure(options.events, options.rounds))


def measure(events: int, rounds: int) -> dict[str, Any]:
    from django.conf import settings
    from django.core.management import call_command
    from django.http import HttpResponse
    from django.template import Context, Engine
    from django.test import Client
    from django.urls import path, reverse
    from django.utils import timezone

    from moothall.accounts.services import make_account
    from moothall.core.access import public
    from moothall.core.actor import VISITOR, Actor, ActorKind
    from moothall.directory.services import introduce
    from moothall.events import selectors
    from moothall.events.types import Wanted
    from moothall.web import urls

    call_command("collectstatic", verbosity=0, interactive=False)
    settings.ALLOWED_HOSTS.append("testserver")
    make(events)
    template = Engine().from_string(PLAIN)

    def plain(request: Any) -> HttpResponse:
        rows = [
            {"title": row.title, "url": reverse("event", args=[row.reference]), "day": row.starts_at.date(), "starts_at": row.starts_at, "venue": row.venue, "organisation": row.organisation, "free": row.free, "waiting": row.waiting}
            for row in selectors.events(VISITOR, Wanted(), timezone.now())
        ]  # fmt: skip
        return HttpResponse(template.render(Context({"rows": rows})))

    urls.urlpatterns += [path("empty/", public(lambda request: HttpResponse(b""))), path("plain/", public(plain))]
    visitor, somebody = Client(headers={"accept-encoding": "gzip"}), Client(headers={"accept-encoding": "gzip"})
    user = make_account(now=timezone.now(), email="ruth@home.example")
    introduce(actor=Actor(ActorKind.PERSON, user=user.pk), now=timezone.now(), name="Ruth", email=user.email)
    somebody.force_login(user)
    found = {
        "empty_view": cost(visitor, "/empty/", rounds), "plain_django_template": cost(visitor, "/plain/", rounds), "visitor": cost(visitor, "/events/", rounds),
        "signed_in": cost(somebody, "/events/", rounds),
    }  # fmt: skip
    floor = found["empty_view"]["cpu_ms"]
    for each in found.values():
        each["times_the_empty_view"] = round(each["cpu_ms"] / floor, 1)
    return {"events": events, "rounds": rounds, **found}


def make(events: int) -> None:
    """Twenty institutions; a third has no limit, a third some places taken."""
    import datetime as dt

    from django.utils import timezone

    from moothall.core.actor import system
    from moothall.directory.models import Organisation
    from moothall.directory.types import Permission
    from moothall.events.services import put_up
    from moothall.events.types import NewEvent, Topic
    from moothall.places.models import Occasion

    now, actor = timezone.now(), system("bench", *Permission)
    bodies = [Organisation.objects.create(slug=f"body-{number}", name=f"Institution number {number}", kind="council", confirmed_at=now) for number in range(20)]  # fmt: skip
    topics = list(Topic.values)
    for number in range(events):
        starts = now + dt.timedelta(days=1 + number // 4, hours=number % 4)
        new = NewEvent(f"An evening about matter {number}", "For everybody who cares about it.", starts, starts + dt.timedelta(hours=2), f"Room {number}, Quay Lane", topics=(topics[number % len(topics)],), capacity=None if number % 3 == 0 else 40)  # fmt: skip
        put_up(actor=actor, now=now, organisation=bodies[number % 20], new=new)
    Occasion.objects.filter(capacity__isnull=False).update(taken=17)


def cost(client: Any, address: str, rounds: int) -> dict[str, Any]:
    from django.db import connection

    for _ in range(20):
        answer = client.get(address)
    asked: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        client.get(address)
    began = time.process_time()
    for _ in range(rounds):
        client.get(address)
    spent = time.process_time() - began
    content = gzip.decompress(answer.content) if answer.headers.get("Content-Encoding") == "gzip" else answer.content
    return {"queries": len(asked), "cpu_ms": round(1000 * spent / rounds, 2), "bytes": len(content), "bytes_packed": len(answer.content)}  # fmt: skip


if __name__ == "__main__":
    main()
