"""Every write to accounts that allauth does not do itself."""

from __future__ import annotations

import datetime as dt
import uuid

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from moothall.core.errors import DomainError

from .models import User
from .types import new_sign_in_name


class CannotMakeAccount(DomainError):
    """The password is too weak, or the address is somebody's already; the message says which."""


@transaction.atomic
def make_account(*, now: dt.datetime, email: str = "", password: str | None = None) -> User:
    """A user, with a proven address or with none. Raises CannotMakeAccount."""
    email = email.strip().lower()
    if password is not None:
        refuse_weak(password)
    if email and User.objects.filter(email__iexact=email).exists():
        raise CannotMakeAccount(
            _("This address has an account already. Sign in with it first, then use the code again.")
        )
    name = new_sign_in_name()
    while User.objects.filter(sign_in_name=name).exists():
        name = new_sign_in_name()
    user = User(email=email, sign_in_name=name, joined_at=now)
    user.set_password(password)
    user.save()
    if email:
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def refuse_weak(password: str) -> None:
    """Raises CannotMakeAccount with what is wrong with a password."""
    try:
        validate_password(password)
    except ValidationError as error:
        raise CannotMakeAccount(" ".join(error.messages)) from error


@transaction.atomic
def set_password(*, user_id: int, password: str) -> None:
    """A new password ends every session that was opened with the old one. Raises CannotMakeAccount."""
    refuse_weak(password)
    user = User.objects.select_for_update().get(id=user_id)
    user.set_password(password)
    user.save(update_fields=["password"])


@transaction.atomic
def replace_password(*, user_id: int, password: str) -> User:
    """A new password for somebody without mail, whose institution vouches for them; every session ends. Raises CannotMakeAccount."""
    set_password(user_id=user_id, password=password)
    end_other_sessions(user_id=user_id)
    return User.objects.get(id=user_id)


@transaction.atomic
def end_session(*, user_id: int, number: int) -> str | None:
    """Ends one of somebody's own sessions. Answers its key, or None where there is no such one."""
    found = UserSession.objects.filter(id=number, user_id=user_id).first()
    if found is None:
        return None
    Session.objects.filter(session_key=found.session_key).delete()
    found.delete()
    return str(found.session_key)


@transaction.atomic
def end_other_sessions(*, user_id: int, key: str = "") -> None:
    """All but the one under this key; without a key, all."""
    others = UserSession.objects.filter(user_id=user_id).exclude(session_key=key)
    Session.objects.filter(session_key__in=list(others.values_list("session_key", flat=True))).delete()
    others.delete()


@transaction.atomic
def erase_account(*, user_id: int) -> None:
    """The credentials go, and with them every session. What the directory holds is the directory's."""
    end_other_sessions(user_id=user_id)
    EmailAddress.objects.filter(user_id=user_id).delete()
    User.objects.filter(id=user_id).update(
        email="", password="!erased", is_active=False, sign_in_name=f"erased-{uuid.uuid4().hex[:24]}", last_login=None
    )


def clear_old_sessions(now: dt.datetime) -> int:
    """Sessions whose time is over, and what was noted about them."""
    gone: int = Session.objects.filter(expire_date__lt=now).delete()[0]
    alive = Session.objects.filter(expire_date__gte=now).values("session_key")
    return gone + int(
        UserSession.objects.exclude(session_key__in=alive).filter(created_at__lt=now - dt.timedelta(days=1)).delete()[0]
    )
