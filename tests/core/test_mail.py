"""A message is stored with what caused it and sent until it is gone, through a real mail server."""

from __future__ import annotations

import datetime as dt
import smtplib
import socket
from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from moothall.core import mail
from moothall.core.models import OutgoingMail
from moothall.core.types import MailState

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


class Server:
    """Takes mail, or refuses it as it is told to."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        if self.answer.startswith("250"):
            self.taken.append(envelope.content)
        return self.answer


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    handler = Server()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    yield handler
    controller.stop()


def letter(**more: Any) -> OutgoingMail:
    return mail.post(to="ruth@home.example", subject="Hello", text="A code: 123456\n", now=NOW, **more)


def test_a_message_goes_out_once_however_often_it_is_delivered(server: Server) -> None:
    sent = letter()
    assert mail.deliver(sent.id, NOW) is True
    assert mail.deliver(sent.id, NOW) is False
    (content,) = server.taken
    message = message_from_bytes(content)
    assert (message["To"], message["Subject"], message["Message-ID"]) == (
        "ruth@home.example",
        "Hello",
        f"<{sent.id}@localhost>",
    )
    sent.refresh_from_db()
    assert (sent.state, sent.sent_at, sent.attempts) == (MailState.SENT, NOW, 1)


def test_the_job_is_queued_with_what_causes_it_and_not_without_it() -> None:
    with transaction.atomic():
        letter()
        transaction.set_rollback(True)
    assert ProcrastinateJob.objects.count() == OutgoingMail.objects.count() == 0
    sent = letter()
    assert ProcrastinateJob.objects.get().args == {"mail_id": str(sent.id)}


def test_a_refused_message_is_tried_again_later_and_later_until_a_person_must_look(server: Server) -> None:
    server.answer = "451 try later"
    sent, now = letter(), NOW
    for wait in mail.WAITS:
        assert mail.deliver(sent.id, now) is False
        sent.refresh_from_db()
        assert (sent.state, sent.due_at) == (MailState.WAITING, now + wait)
        assert mail.deliver(sent.id, now) is False, "not before it is due"
        now = sent.due_at
    mail.deliver(sent.id, now)
    sent.refresh_from_db()
    assert sent.state == MailState.STUCK
    assert sent.error == "The mail server answered 451."
    assert [each.id for each in mail.mail_in_trouble()] == [sent.id]
    server.answer = "250 OK"
    assert mail.send_again(sent.id, now)
    assert mail.deliver(sent.id, now)
    assert mail.mail_in_trouble() == []


def test_a_server_that_is_away_loses_nothing(settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )
    sent = letter()
    mail.deliver(sent.id, NOW)
    sent.refresh_from_db()
    assert sent.state == MailState.WAITING
    assert "could not be reached" in sent.error


def test_a_worker_that_died_while_sending_is_followed_by_another(server: Server) -> None:
    sent = letter()
    OutgoingMail.objects.filter(id=sent.id).update(state=MailState.SENDING, claimed_at=NOW)
    assert mail.deliver(sent.id, NOW + dt.timedelta(seconds=30)) is False, "it may still be at it"
    later = NOW + mail.CLAIM + dt.timedelta(seconds=1)
    assert mail.sweep_mail(later) == 1
    assert mail.deliver(sent.id, later) is True


def test_the_text_of_a_code_is_forgotten_when_it_is_sent(server: Server) -> None:
    secret, plain = letter(secret=True), letter()
    for each in (secret, plain):
        mail.deliver(each.id, NOW)
        each.refresh_from_db()
    assert (secret.text, plain.text) == ("", "A code: 123456\n")


def test_a_key_sends_once() -> None:
    assert letter(key="once").id == letter(key="once").id
    assert OutgoingMail.objects.count() == 1


def test_a_line_break_in_a_subject_makes_no_header(server: Server) -> None:
    sent = mail.post(to="ruth@home.example", subject="Hello\r\nBcc: all@home.example", text="x", now=NOW)
    mail.deliver(sent.id, NOW)
    assert message_from_bytes(server.taken[0])["Bcc"] is None


def test_a_reason_repeats_no_address() -> None:
    refused = smtplib.SMTPRecipientsRefused({"ruth@home.example": (550, b"no ruth@home.example here")})
    assert mail.reason(refused) == "The mail server refused the address (550)."


def test_what_was_sent_long_ago_is_forgotten(server: Server) -> None:
    sent = letter()
    mail.deliver(sent.id, NOW)
    mail.sweep_mail(NOW + dt.timedelta(days=29))
    assert OutgoingMail.objects.count() == 1
    mail.sweep_mail(NOW + dt.timedelta(days=31))
    assert OutgoingMail.objects.count() == 0
    assert timezone.is_aware(sent.made_at)
