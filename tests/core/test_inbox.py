"""Mail that comes in: whatever it is made of, it is stored as it came, once, and never makes anything stop."""

from __future__ import annotations

import datetime as dt
import email
import os
import signal
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moothall.core import inbox
from moothall.core.models import IncomingMail
from moothall.core.types import IncomingState

NOW = dt.datetime(2027, 1, 4, 10, tzinfo=dt.UTC)
ROOT = Path(__file__).parents[2]


def real_mail(folder: Path) -> list[Path]:
    return sorted(each for each in (folder / "email").rglob("*") if each.is_file())


@pytest.mark.django_db
def test_every_real_message_is_stored_as_it_came_and_read_without_stopping(shared_data: Path) -> None:
    files = real_mail(shared_data)
    assert len(files) > 90
    states = []
    for file in files:
        raw = file.read_bytes()
        stored = inbox.receive(raw, NOW)
        assert inbox.receive(raw, NOW).id == stored.id
        states.append(inbox.handle(stored.id, NOW))
        stored.refresh_from_db()
        assert bytes(stored.raw) == raw
    assert IncomingMail.objects.count() == len({file.read_bytes() for file in files})
    assert set(states) <= {IncomingState.HELD, IncomingState.AUTOMATIC}
    assert IncomingState.HELD in states


def test_the_sender_and_words_of_real_messages_are_read(shared_data: Path) -> None:
    """Most have a sender and words; those that have neither are the broken ones."""
    letters = [inbox.read(file.read_bytes()) for file in real_mail(shared_data)]
    assert sum(bool(each.sender) for each in letters) > 0.8 * len(letters)
    assert sum(bool(each.text) for each in letters) > 0.7 * len(letters)
    for each in letters:
        assert "\0" not in each.text + each.subject + each.sender
        each.text.encode()


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=2000))
def test_no_bytes_stop_the_reader(raw: bytes) -> None:
    inbox.read(b"From: a@b.example\n" + raw)
    inbox.read(raw)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=300))
def test_words_arrive_as_they_were_written(words: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ines <ines@home.example>", "hello@fenbridge.example", "Idea"
    message.set_content("Begin " + words + " end")
    read = inbox.read(message.as_bytes())
    assert read.sender == "ines@home.example"
    assert read.text.split() == ["Begin", *words.split(), "end"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Yes.\n\nOn Mon, 4 Jan 2027, Moothall wrote:\n> ##- Write above this line -##\n> We have it.\n> More", "Yes."),
        ("Yes.\n> ##- Write above this line -##\n> We have it.", "Yes."),
        ("Moothall wrote:\n> ##- Write above this line -##\n> We have it.\n\nYes, below.", "Yes, below."),
        ("Hello,\n> ##- Write above this line -##\n> We have it.\n\nYes, below.", "Hello,\n\nYes, below."),
        ("Begin\n\n## Background\nAnd more.", "Begin\n\n## Background\nAnd more."),
        ("Yes.\n\n> quoted by hand\n> twice\n", "Yes."),
        ("Yes.\n> no, said he\nAnd more.", "Yes.\n> no, said he\nAnd more."),
        ("##- Write above this line -##\nNothing of their own", ""),
    ],
)
def test_an_answer_is_what_somebody_wrote_without_the_letter_they_answer(written: str, read: str) -> None:
    message = EmailMessage()
    message["From"] = "ines@home.example"
    message.set_content(written)
    assert inbox.read(message.as_bytes()).text == read


@pytest.mark.parametrize(
    "hostile",
    [b"\n" * 1_000_000, b"> " * 500_000, b"<head " * 150_000, b"<" * 1_000_000, b"<!--" * 250_000, b"wrote\n" * 150_000, b"## \n" * 200_000, b"(" * 500_000],
)  # fmt: skip
@pytest.mark.parametrize("kind", [b"text/plain", b"text/html"])
def test_no_message_keeps_the_reader_busy_for_long(hostile: bytes, kind: bytes) -> None:
    """Read in one pass: a second is plenty where anything quadratic would take hours. The rest of the city waits meanwhile."""
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(20)
    try:
        inbox.read(b"From: a@b.example\nContent-Type: " + kind + b"\n\nBegin " + hostile)
        inbox.read(b"From: " + hostile[:200_000].replace(b"\n", b" ") + b"\nSubject: x\n\nHello")
    finally:
        signal.alarm(0)


def test_an_empty_first_part_does_not_hide_the_words_of_the_second() -> None:
    parts = b"--x\nContent-Type: text/plain\n\n \n\t\n--x\nContent-Type: text/plain\n\nThe lamp is out.\n--x--\n"
    raw = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n" + parts
    assert inbox.read(raw).text == "The lamp is out."


def test_what_is_attached_is_named() -> None:
    message = EmailMessage()
    message["From"] = "ines@home.example"
    message.set_content("See the plan.")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")
    read = inbox.read(message.as_bytes())
    assert (read.text, read.attachments) == ("See the plan.", ("plan.pdf",))


@pytest.mark.parametrize(
    "header", ["Precedence: bulk", "List-Id: <x.example>", "List-Unsubscribe: <https://x.example>"]
)
def test_what_came_through_a_list_may_be_somebody_s_all_the_same(header: str) -> None:
    read = inbox.read(f"From: a@b.example\n{header}\n\nAn idea".encode())
    assert (read.listed, read.automatic) == (True, False)


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "X-Autoreply: yes",
        "Subject: Automatic reply: Your idea",
        "Precedence: auto_reply",
    ],
)
def test_what_a_program_wrote_is_known(header: str) -> None:
    assert inbox.read(f"From: a@b.example\n{header}\n\nAway".encode()).automatic
    assert not inbox.read(b"From: a@b.example\nAuto-Submitted: no\n\nHello").automatic
    assert inbox.read(b"From: MAILER-DAEMON@b.example\n\nUndeliverable").automatic


@override_settings(MAIL_IN="hello@fenbridge.example")
def test_tokens_are_found_in_the_envelope_and_in_the_headers_of_our_address_only() -> None:
    raw = b"From: a@b.example\nTo: hello+holder-1-2-3-abc@fenbridge.example\n\nYes"
    assert inbox.token_in(inbox.read(raw)) == "holder-1-2-3-abc"
    assert (
        inbox.token_in(inbox.read(b"From: a@b.example\nTo: x@y.example\n\nYes", "hello+t-1@fenbridge.example")) == "t-1"
    )
    assert inbox.token_in(inbox.read(b"From: a@b.example\nTo: hello+t-1@elsewhere.example\n\nYes")) == ""


def piped(raw: bytes, database: str) -> subprocess.CompletedProcess[bytes]:
    environment = {
        "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "moothall.settings.test", "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "PATH": os.environ["PATH"],
    }  # fmt: skip
    return subprocess.run([sys.executable, "-m", "moothall", "receive-mail", "--to", "hello@fenbridge.example"], input=raw, env=environment, capture_output=True, check=False)  # fmt: skip


@pytest.mark.usefixtures("committed")
def test_the_pipe_stores_or_tells_the_mail_server_to_try_again() -> None:
    raw = b"From: ines@home.example\nTo: hello@fenbridge.example\n\nHello"
    where = connection.settings_dict
    url = f"postgresql://{where['USER']}:{where['PASSWORD']}@/{where['NAME']}?host={where['HOST']}"
    done = piped(raw, url)
    assert (done.returncode, done.stderr) == (0, b"")
    assert bytes(IncomingMail.objects.get().raw) == raw
    assert piped(raw, "postgresql://nobody:x@127.0.0.1:1/nothing").returncode == 75


def test_the_standard_parser_agrees_on_plain_mail() -> None:
    raw = b"From: Ines <ines@home.example>\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n\r\nHello\r\n"
    assert inbox.read(raw).subject == "café"
    assert email.message_from_bytes(raw)["From"] == "Ines <ines@home.example>"
