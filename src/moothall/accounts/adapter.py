"""Where allauth meets this house: our mail, our names, and limits that slow an attacker and never lock out the owner.

A wrong password counts against the address it came from and against the pair of address and account. Against the account as a whole
it counts only for devices that never signed in to it: when that is used up, such devices are asked for an emailed code instead of a
password. The owner's own devices, and the code, go on working whatever an attacker does.
"""

from __future__ import annotations

import hashlib
from typing import Any

import allauth.account.internal.flows  # noqa: F401  loaded first: it and allauth.account.stages import each other
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import EmailVerificationStage
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy

from moothall.core import mail

from .models import User
from .texts import CHANGED, LETTERS
from .types import new_sign_in_name

KNOWN = "moothall_known"
KNOWN_FOR = 180 * 24 * 3600
MOST_KNOWN = 6
LIMITS = {
    "address": "100/m/ip",
    "pair": "5/5m/key",
    "account": "50/h/key",
    "device": "10/5m/key",
}


class AccountAdapter(DefaultAccountAdapter):
    """Registered as ACCOUNT_ADAPTER."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": gettext_lazy("The address or the password is not right. Try again, or ask for a code by mail."),
        "username_password_mismatch": gettext_lazy("The name or the password is not right. Try again, or ask for a code by mail."),
        "too_many_login_attempts": gettext_lazy("Too many wrong passwords from here. Wait five minutes, or ask for a code by mail."),
        "code_only": gettext_lazy("Somebody has tried many passwords for this account. Ask for a code by mail instead; it works at once."),
        "incorrect_code": gettext_lazy("That is not the code. Look at the newest mail, and type the code as it stands there."),
        "incorrect_password": gettext_lazy("That is not your password. Try again."),
        "email_taken": gettext_lazy("This address cannot be used. Choose another."),
        "rate_limited": gettext_lazy("That was too often in a short time. Wait a minute and try again."),
    }  # fmt: skip

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        login = (credentials.get("email") or credentials.get("username") or "").strip().lower()
        self._login = login
        self._used: list[ratelimit.RateLimitUsage] = []
        account = hashlib.sha256(login.encode()).hexdigest()
        if known := _is_known(request, login):
            self._use(request, "device", f"{known}:{account}", "too_many_login_attempts")
            return
        self._use(request, "address", None, "too_many_login_attempts")
        self._use(request, "pair", f"{ratelimit.get_ip(request)}:{account}", "too_many_login_attempts")
        self._use(request, "account", account, "code_only")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            request.signed_in_as = self._login  # type: ignore[attr-defined]
        return user

    def _use(self, request: HttpRequest, limit: str, key: str | None, refusal: str) -> None:
        used = ratelimit.consume(
            request, app="moothall", action=f"sign-in-{limit}", config={f"sign-in-{limit}": LIMITS[limit]}, key=key
        )
        if used is None:
            raise ValidationError(self.error_messages[refusal], code=refusal)
        self._used.append(used)

    def _rollback_login_failed_rl_usage(self) -> None:
        for used in self._used:
            used.rollback()

    def new_user(self, request: HttpRequest) -> User:
        return User(joined_at=timezone.now())

    def generate_unique_username(self, txts: list[str | None], regex: str | None = None) -> str:
        """Nothing of a person's name or address is in it."""
        return new_sign_in_name()

    def get_client_ip(self, request: HttpRequest) -> str:
        """The nearest address that is not a proxy of ours: only what our own proxies added is believed."""
        proxies: int = settings.TRUSTED_PROXIES
        forwarded = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",") if each.strip()]
        if proxies and len(forwarded) >= proxies:
            return forwarded[-proxies]
        return request.META.get("REMOTE_ADDR") or "127.0.0.1"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        subject, text = LETTERS[template_prefix.rpartition("/")[2]](
            context.get("code", ""), settings.CITY_NAME, self._address()
        )
        mail.post(to=email, subject=subject, text=text, now=timezone.now(), secret="code" in context)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: Any = None, email: str | None = None
    ) -> None:
        to = email or user.email
        if to:
            self.send_mail(template_prefix, to, {})

    def _address(self) -> str:
        return self.request.build_absolute_uri(reverse("account_login")) if self.request else ""

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        name = (message_template or "").rpartition("/")[2]
        if name in CHANGED:
            messages.success(request, CHANGED[name])
        elif kwargs.get("message") and level >= messages.WARNING:
            messages.error(request, kwargs["message"])

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("me")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Of whoever has a password, before what is theirs is changed."""
        user = self.request.user if self.request else None
        return bool(user and user.is_authenticated and user.has_usable_password())

    def get_login_stages(self) -> list[str]:
        ours = f"{EmailIfAny.__module__}.{EmailIfAny.__name__}"
        return [ours if stage.endswith(".EmailVerificationStage") else stage for stage in super().get_login_stages()]

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        names = {getattr(request, "signed_in_as", ""), user.email.lower(), user.sign_in_name.lower()} - {""}
        _remember(request, response, names)
        return response


class EmailIfAny(EmailVerificationStage):
    """A mail address must be proven; people without one have none to prove."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if user is not None and not user.email:
            return None, True
        found: tuple[HttpResponse | None, bool] = super().handle()
        return found


def _mark(login: str) -> str:
    return salted_hmac("moothall.known-device", login).hexdigest()[:24]


def _marks(request: HttpRequest) -> list[str]:
    try:
        found = signing.loads(request.COOKIES.get(KNOWN, ""), salt=KNOWN, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return []
    return [str(each) for each in found] if isinstance(found, list) else []


def _is_known(request: HttpRequest, login: str) -> str:
    """A key for this device, where somebody signed in to this account with it before; otherwise nothing."""
    mark = _mark(login)
    marks = _marks(request)
    return hashlib.sha256(request.COOKIES[KNOWN].encode()).hexdigest()[:24] if mark in marks else ""


def _remember(request: HttpRequest, response: HttpResponse, logins: set[str]) -> None:
    new = [_mark(login) for login in sorted(logins)]
    marks = [*new, *(each for each in _marks(request) if each not in new)][:MOST_KNOWN]
    response.set_cookie(
        KNOWN, signing.dumps(marks, salt=KNOWN), max_age=KNOWN_FOR, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
