"""The environment, read once and typed. Everything a deployment may set is a field here; docs/operations.md lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

POOL_SIZE = 8
"""Connections each web process may hold. Processes times this, and the jobs', must stay below max_connections."""


class BadEnvironment(Exception):
    """A setting is missing or cannot be used. The message names every one of them, with the mend."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """Where mail goes out. No host: it is printed instead of sent, which production does only if told so."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    tls: bool = False
    starttls: bool = False
    printed: bool = False


@dataclass(frozen=True, slots=True)
class Imap:
    """Where mail comes in. No host: it is not fetched."""

    host: str = ""
    port: int = 993
    user: str = ""
    password: str = ""
    tls: bool = True
    folder: str = "INBOX"


@dataclass(frozen=True, slots=True)
class Env:
    """What the environment says. Empty strings where it says nothing."""

    secret_key: str
    hosts: tuple[str, ...]
    database_url: str
    database_owner_url: str
    static_folder: str
    city: str
    https: bool
    proxies: int
    smtp: Smtp
    mail_from: str
    mail_in: str
    imap: Imap
    url: str
    fetch_trusted: frozenset[str]


def read(environ: Mapping[str, str]) -> Env:
    """Raises BadEnvironment where a value cannot be understood."""
    return Env(
        secret_key=environ.get("MOOTHALL_SECRET_KEY", ""),
        hosts=tuple(host for host in environ.get("MOOTHALL_HOSTS", "").replace(",", " ").split() if host),
        database_url=environ.get("DATABASE_URL", ""),
        database_owner_url=environ.get("DATABASE_OWNER_URL", ""),
        static_folder=environ.get("MOOTHALL_STATIC", ""),
        city=environ.get("MOOTHALL_CITY", "").strip() or "The city",
        https=_yes(environ, "MOOTHALL_HTTPS", default=True),
        proxies=_proxies(environ.get("MOOTHALL_PROXIES", "")),
        smtp=_smtp(environ.get("MOOTHALL_SMTP", "")),
        mail_from=environ.get("MOOTHALL_MAIL_FROM", "").strip(),
        mail_in=environ.get("MOOTHALL_MAIL_IN", "").strip(),
        imap=_imap(environ.get("MOOTHALL_IMAP", "").strip()),
        url=environ.get("MOOTHALL_URL", "").strip().rstrip("/"),
        fetch_trusted=frozenset(environ.get("MOOTHALL_FETCH_TRUSTED", "").replace(",", " ").split()),
    )


def required(env: Env) -> Env:
    """`env` itself, where it is enough to run in production. Raises BadEnvironment with all that is missing."""
    wrong = []
    if len(env.secret_key) < 50:
        wrong.append(
            "MOOTHALL_SECRET_KEY must be a secret of at least 50 characters: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    if not env.hosts:
        wrong.append("MOOTHALL_HOSTS must name the site, as moothall.example.org")
    if not env.database_url:
        wrong.append(
            "DATABASE_URL must be a PostgreSQL address, as postgresql://moothall_app:secret@db.example.org/moothall"
        )
    if not env.static_folder:
        wrong.append("MOOTHALL_STATIC must name the folder for static files, as /srv/moothall/static")
    if not env.smtp.host and not env.smtp.printed:
        wrong.append(
            "MOOTHALL_SMTP must be the mail server, as smtp+starttls://user:password@mail.example.org:587, or the word print"
        )
    if "@" not in env.mail_from:
        wrong.append("MOOTHALL_MAIL_FROM must be the address mail comes from, as moothall@example.org")
    if wrong:
        raise BadEnvironment("Moothall cannot start:\n  " + "\n  ".join(wrong))
    return env


def _yes(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name, "").strip().lower()
    if text in {"", "1", "yes", "true", "on", "0", "no", "false", "off"}:
        return default if not text else text in {"1", "yes", "true", "on"}
    raise BadEnvironment(f"{name} is {text!r}: write yes or no")


def _proxies(text: str) -> int:
    """How many proxies of one's own stand before the web processes: so many entries of X-Forwarded-For are believed."""
    text = text.strip() or "0"
    if not (text.isascii() and text.isdecimal() and int(text) <= 5):
        raise BadEnvironment(f"MOOTHALL_PROXIES is {text!r}: write how many proxies stand before Moothall, as 1")
    return int(text)


def _smtp(url: str) -> Smtp:
    """smtp://, smtp+starttls:// or smtps://, with user, password and port where they are needed."""
    if url in {"", "print"}:
        return Smtp(printed=url == "print")
    parts = urlsplit(url)
    ports = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
    try:
        port = parts.port or ports[parts.scheme]
    except (KeyError, ValueError):
        port = 0
    if not port or not parts.hostname:
        raise BadEnvironment("MOOTHALL_SMTP must look like smtp+starttls://user:password@mail.example.org:587")
    return Smtp(
        parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""),
        tls=parts.scheme == "smtps", starttls=parts.scheme == "smtp+starttls",
    )  # fmt: skip


def _imap(url: str) -> Imap:
    """imaps:// (or imap:// on one's own machine), with user, password, port and folder."""
    if not url:
        return Imap()
    parts = urlsplit(url)
    ports = {"imaps": 993, "imap": 143}
    try:
        port = parts.port or ports[parts.scheme]
    except (KeyError, ValueError):
        port = 0
    if not port or not parts.hostname or not parts.username:
        raise BadEnvironment("MOOTHALL_IMAP must look like imaps://user:password@mail.example.org/INBOX")
    return Imap(
        parts.hostname, port, unquote(parts.username), unquote(parts.password or ""), parts.scheme == "imaps",
        unquote(parts.path.strip("/")) or "INBOX",
    )  # fmt: skip


def databases(env: Env) -> dict[str, dict[str, Any]]:
    """Django's DATABASES: `default` is the app's role, `owner` the one that migrates (the same role where none is given)."""
    app = database(env.database_url)
    app["OPTIONS"]["pool"] = {"min_size": 1, "max_size": POOL_SIZE, "timeout": 10}
    owner = database(env.database_owner_url or env.database_url)
    return {"default": app, "owner": owner}


def database(url: str) -> dict[str, Any]:
    """One PostgreSQL address as Django wants it. An empty one gives settings that connect nowhere.

    Raises BadEnvironment for an address that is not PostgreSQL's.
    """
    parts = urlsplit(url)
    if url and (parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/")):
        raise BadEnvironment("DATABASE_URL must look like postgresql://user:password@host:5432/name")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")) or "moothall",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or options.pop("host", ""),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }
