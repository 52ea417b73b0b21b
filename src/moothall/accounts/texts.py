"""What sign-in says by mail, and on the page afterwards."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Letter = Callable[[str, str, str], tuple[str, str]]
"""(code, city, address of the sign-in page) -> (subject, text)"""


def _with_code(subject: str, use: str, code: str) -> tuple[str, str]:
    end = _(
        "Nobody from Moothall will ever ask you for it. If you did not ask for this, you need do nothing: without the code nobody gets in."
    )
    return subject, f"{use}\n\n    {code}\n\n{end}\n"


def _sign_in(code: str, city: str, address: str) -> tuple[str, str]:
    return _with_code(
        _("Your code to sign in to Moothall %(city)s") % {"city": city},
        _("Type this code on the page where you asked for it. It works for ten minutes, once."),
        code,
    )


def _confirm(code: str, city: str, address: str) -> tuple[str, str]:
    return _with_code(
        _("Confirm your address for Moothall %(city)s") % {"city": city},
        _("Type this code on the page where you gave this address. It works for an hour, once."),
        code,
    )


def _reset(code: str, city: str, address: str) -> tuple[str, str]:
    return _with_code(
        _("Choose a new password for Moothall %(city)s") % {"city": city},
        _(
            "Type this code on the page where you asked for it; then choose a new password. It works for ten minutes, once."
        ),
        code,
    )


def _unknown(code: str, city: str, address: str) -> tuple[str, str]:
    return _("There is no account for this address at Moothall %(city)s") % {"city": city}, _(
        "Somebody, perhaps you, asked to sign in with this address. It has no account. If it was you, try another address of yours, or make an account here:\n\n    %(address)s\n\nIf it was not you, you need do nothing."
    ) % {"address": address} + "\n"


def _exists(code: str, city: str, address: str) -> tuple[str, str]:
    return _("You have an account at Moothall %(city)s already") % {"city": city}, _(
        "Somebody, perhaps you, tried to make an account with this address. It has one already. Sign in here, with your password or with a code by mail:\n\n    %(address)s\n\nIf it was not you, you need do nothing."
    ) % {"address": address} + "\n"


def _changed(subject: str) -> Letter:
    def letter(code: str, city: str, address: str) -> tuple[str, str]:
        return subject % {"city": city}, _(
            "If you did this, you need do nothing. If you did not, sign in with a code by mail, choose a new password and end all other sessions:\n\n    %(address)s"
        ) % {"address": address} + "\n"

    return letter


LETTERS: dict[str, Letter] = {
    "login_code": _sign_in,
    "email_confirmation": _confirm,
    "email_confirmation_signup": _confirm,
    "password_reset_code": _reset,
    "unknown_account": _unknown,
    "account_already_exists": _exists,
    "password_changed": _changed(_("Your password at Moothall %(city)s was changed")),
    "password_set": _changed(_("A password was set for your account at Moothall %(city)s")),
    "password_reset": _changed(_("Your password at Moothall %(city)s was changed")),
    "email_changed": _changed(_("Your address at Moothall %(city)s was changed")),
    "email_confirm": _changed(_("Your address at Moothall %(city)s was confirmed")),
    "email_deleted": _changed(_("An address of your account at Moothall %(city)s was removed")),
}

CHANGED = {
    "password_changed.txt": gettext_lazy("Your password is changed."),
    "password_set.txt": gettext_lazy("Your password is set."),
    "email_confirmed.txt": gettext_lazy("Your address is confirmed."),
    "logged_out.txt": gettext_lazy("You are signed out."),
    "sessions_logged_out.txt": gettext_lazy("All your other sessions are ended."),
}
