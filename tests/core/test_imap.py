"""A mailbox is fetched from a real IMAP server: what comes is stored before it is marked there, each message once."""

from __future__ import annotations

import datetime as dt
import imaplib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from moothall.core import imap
from moothall.core.models import IncomingMail
from moothall.settings.env import Imap

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
USER, PASSWORD = "town", "hall"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        str(Path(sys.executable).parent / "pymap"), "--host", "127.0.0.1", "--port", str(port), "--no-tls", "--no-service", "managesieve", "--no-service", "admin",
        "dict", "--demo-user", USER, "--demo-password", PASSWORD,
    ]  # fmt: skip
    log = tmp_path_factory.mktemp("imap") / "log"
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out) as running:
        for _ in range(100):
            if running.poll() is not None:
                pytest.fail(log.read_text())
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
        running.kill()


def mailbox(port: int) -> Imap:
    return Imap("127.0.0.1", port, USER, PASSWORD, False, "INBOX")


def append(port: int, *messages: bytes) -> None:
    with imaplib.IMAP4("127.0.0.1", port, timeout=20) as box:
        box.login(USER, PASSWORD)
        for raw in messages:
            assert box.append("INBOX", "", imaplib.Time2Internaldate(timezone.now()), raw)[0] == "OK"


def message(number: int, text: str = "An idea.") -> bytes:
    return f"From: ines@home.example\r\nTo: hello@fenbridge.example\r\nSubject: Number {number}\r\nMessage-ID: <{number}@home.example>\r\n\r\n{text}\r\n".encode()


@pytest.mark.django_db
def test_what_is_new_is_stored_as_it_came_and_once(server: int) -> None:
    sent = [message(1), message(2, "Zwölf Lampen. " * 5000), message(3, "8-bit: \u00e9")]
    append(server, *sent)
    assert imap.fetch(mailbox(server), lambda: NOW) == 3
    assert sorted(bytes(each.raw) for each in IncomingMail.objects.all()) == sorted(sent)
    assert imap.fetch(mailbox(server), lambda: NOW) == 0
    append(server, message(4))
    assert imap.fetch(mailbox(server), lambda: NOW) == 1


@pytest.mark.django_db
def test_whoever_dies_between_storing_and_marking_fetches_it_again_and_stores_it_once(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(server, message(5), message(6))
    stored = imap.receive

    def dies(raw: bytes, now: dt.datetime) -> IncomingMail:
        stored(raw, now)
        raise ConnectionResetError

    monkeypatch.setattr(imap, "receive", dies)
    with pytest.raises(ConnectionResetError):
        imap.fetch(mailbox(server), lambda: NOW)
    monkeypatch.undo()
    assert imap.fetch(mailbox(server), lambda: NOW) == 2
    assert IncomingMail.objects.count() == 2


@pytest.mark.django_db
def test_a_wrong_password_and_a_folder_that_is_not_there_are_errors_in_words(server: int) -> None:
    right = mailbox(server)
    for wrong, said in (
        (Imap(right.host, right.port, USER, "wrong", False, "INBOX"), "AUTHENTICATIONFAILED"),
        (Imap(right.host, right.port, USER, PASSWORD, False, "Nowhere"), "no folder Nowhere"),
    ):
        with pytest.raises(imaplib.IMAP4.error, match=said):
            imap.fetch(wrong, lambda: NOW)


@pytest.mark.django_db
def test_every_real_message_comes_through_a_mailbox_as_it_was(server: int, shared_data: Path) -> None:
    files = sorted(each for each in (shared_data / "email").rglob("*") if each.is_file() and 0 < each.stat().st_size < 1_000_000)[:120]  # fmt: skip
    # What hands messages over here writes every end of line as the protocol wants it.
    contents = {re.sub(rb"\r\n|\r|\n", b"\r\n", each.read_bytes()) for each in files}
    append(server, *contents)
    while imap.fetch(mailbox(server), lambda: NOW):
        pass
    assert {bytes(each.raw) for each in IncomingMail.objects.all()} == contents
    assert len(contents) > 50
