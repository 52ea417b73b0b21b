"""Every read of accounts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from .models import User


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One place where somebody is signed in. `device` is what their browser calls itself, shortened."""

    number: int
    since: dt.datetime
    ip: str
    device: str
    current: bool


def user_of(user_id: int) -> User | None:
    return User.objects.filter(id=user_id).first()


def addresses_of(user_id: int) -> tuple[str, ...]:
    """Every mail address that an account has proven."""
    return tuple(EmailAddress.objects.filter(user_id=user_id, verified=True).values_list("email", flat=True))


def sessions_of(user_id: int, current_key: str) -> list[SessionRow]:
    """Newest first."""
    live = Session.objects.filter(session_key=OuterRef("session_key"))
    rows = UserSession.objects.filter(Exists(live), user_id=user_id).order_by("-created_at")
    return [
        SessionRow(row.pk, row.created_at, row.ip, device(row.user_agent), row.session_key == current_key)
        for row in rows
    ]


def device(agent: str) -> str:
    """ "Firefox on Windows", as far as a browser says."""
    browser = next(
        (
            name
            for mark, name in (
                ("Edg", "Edge"),
                ("OPR", "Opera"),
                ("Firefox", "Firefox"),
                ("Chrome", "Chrome"),
                ("Safari", "Safari"),
            )
            if mark in agent
        ),
        "",
    )
    system = next(
        (
            name
            for mark, name in (
                ("Android", "Android"),
                ("iPhone", "iPhone"),
                ("iPad", "iPad"),
                ("Windows", "Windows"),
                ("Mac OS", "Mac"),
                ("Linux", "Linux"),
            )
            if mark in agent
        ),
        "",
    )
    return " on ".join(filter(None, (browser, system))) or "an unknown device"
