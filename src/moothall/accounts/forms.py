"""Allauth's forms where ours must be otherwise."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm, SignupForm


class SignInForm(LoginForm):
    """Always with a password: signing in by code has a page of its own."""

    def _setup_password_field(self) -> None:
        """Allauth takes the field away where accounts are made without a password."""


class MakeAccountForm(SignupForm):
    """An address and nothing else. A password is chosen once the address is proven: chosen before, it would be whoever typed the
    address first who holds it, and not whoever the address belongs to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password1", None)
