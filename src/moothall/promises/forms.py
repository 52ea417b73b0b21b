"""Forms about promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .ports import Kind
from .types import Term


class ReasonForm(forms.Form):
    """Why it is released."""

    reason = forms.CharField(
        label=_("The reason"), help_text=_("The person it is owed to is sent these words."), widget=forms.Textarea, max_length=4000,
        error_messages={"required": _("Give the reason: the person it is owed to is told it.")},
    )  # fmt: skip


class ExtendForm(ReasonForm):
    """How much more time, and why."""

    by = forms.IntegerField(
        label=_("How many more"), min_value=1, max_value=60,
        error_messages={"required": _("Say how many."), "min_value": _("Take at least one."), "invalid": _("Write a number.")},
    )  # fmt: skip


class TermsForm(forms.Form):
    """A number for each kind that an institution may set for itself."""

    def __init__(self, *args: Any, terms: Sequence[tuple[Kind, Term]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, term in terms:
            self.fields[kind.key] = forms.IntegerField(
                error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), kind.possible),
                label=str(kind.label), min_value=1, max_value=kind.longest, initial=term.count,
                help_text=gettext("In %(unit)s; %(most)d at most. Others take %(usual)d.") % {"unit": str(term.unit.label), "most": kind.longest, "usual": kind.term.count},
            )  # fmt: skip


class HolidaysForm(forms.Form):
    file = forms.FileField(
        label=_("The file"), help_text=_("As gov.uk publishes it: bank-holidays.json."),
        error_messages={"required": _("Choose the file.")},
    )  # fmt: skip
