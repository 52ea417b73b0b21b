"""The environment, typed: what is missing or wrong is said at once, and production is safe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from moothall.settings import env

ROOT = Path(__file__).parents[2]
GOOD = {
    "MOOTHALL_SECRET_KEY": "not-a-secret-" + "abcdefgh" * 6, "MOOTHALL_HOSTS": "moothall.example.org, www.example.org", "MOOTHALL_STATIC": "/srv/static",
    "DATABASE_URL": "postgresql://app:p%40ss@db.example.org:5433/moothall?sslmode=require",
    "MOOTHALL_SMTP": "smtp+starttls://moothall:s%3Acret@mail.example.org", "MOOTHALL_MAIL_FROM": "moothall@example.org",
}  # fmt: skip


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(env.BadEnvironment) as caught:
        env.required(env.read({}))
    for name in GOOD:
        assert name in str(caught.value)


def test_a_database_address_becomes_django_s_settings() -> None:
    read = env.required(env.read(GOOD))
    assert read.hosts == ("moothall.example.org", "www.example.org")
    found = env.databases(read)
    app = found["default"]
    assert (app["HOST"], app["PORT"], app["NAME"], app["USER"], app["PASSWORD"]) == (
        "db.example.org",
        "5433",
        "moothall",
        "app",
        "p@ss",
    )
    assert app["OPTIONS"]["sslmode"] == "require"
    assert found["owner"]["USER"] == "app"
    assert env.database("postgresql://o@/x?host=%2Ftmp%2Fa+b")["HOST"] == "/tmp/a b"


@pytest.mark.parametrize("url", ["mysql://a/b", "postgresql://host", "/tmp/x", "sqlite:///x.db"])
def test_an_address_that_is_not_postgresql_s_is_refused(url: str) -> None:
    with pytest.raises(env.BadEnvironment, match="must look like postgresql://"):
        env.database(url)


def test_yes_and_no_are_understood_and_nothing_else() -> None:
    assert env.read({"MOOTHALL_HTTPS": "No"}).https is False
    assert env.read({}).https is True
    with pytest.raises(env.BadEnvironment, match="MOOTHALL_HTTPS is 'maybe': write yes or no"):
        env.read({"MOOTHALL_HTTPS": "maybe"})


def test_production_passes_django_s_own_deployment_checks() -> None:
    environment = GOOD | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "moothall.settings.production",
    }
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_production_without_its_settings_says_what_is_missing() -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "moothall.settings.production",
    }
    done = subprocess.run(
        [sys.executable, "-m", "django", "check"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "MOOTHALL_SECRET_KEY must be a secret" in done.stderr


def test_a_mail_server_is_read_from_one_address() -> None:
    read = env.read(GOOD).smtp
    assert (read.host, read.port, read.user, read.password, read.starttls, read.tls) == (
        "mail.example.org", 587, "moothall", "s:cret", True, False,
    )  # fmt: skip
    assert env.read({"MOOTHALL_SMTP": "smtps://mail.example.org"}).smtp.port == 465
    with pytest.raises(env.BadEnvironment, match="MOOTHALL_SMTP must look like"):
        env.read({"MOOTHALL_SMTP": "mail.example.org:25"})
    with pytest.raises(env.BadEnvironment, match="MOOTHALL_PROXIES is 'two'"):
        env.read({"MOOTHALL_PROXIES": "two"})


def test_demo_people_and_their_pages_cannot_exist_in_production() -> None:
    """One click makes one anybody: only where the address tree is the demo's, which no other settings name."""
    settings = (ROOT / "src" / "moothall" / "settings").glob("*.py")
    assert [path.name for path in settings if "demo.urls" in path.read_text()] == ["demo.py"]
    shipped = [
        path
        for path in (ROOT / "src").rglob("*.py")
        if "import demo" in path.read_text() or "from demo" in path.read_text()
    ]
    assert shipped == []
