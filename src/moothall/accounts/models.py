"""Users: who can prove that they are the same as last time."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone


class User(AbstractBaseUser):
    """Somebody who can prove who they are. Knows no organisation and no name.

    With a mail address one signs in by it, with a password or a code sent there; without one, by `sign_in_name` and a password.
    """

    email = models.EmailField(blank=True)
    sign_in_name = models.CharField(max_length=40, unique=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = BaseUserManager()

    USERNAME_FIELD = "sign_in_name"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_once_in_any_case"),
            models.CheckConstraint(condition=~Q(sign_in_name=""), name="user_has_a_sign_in_name"),
        ]
