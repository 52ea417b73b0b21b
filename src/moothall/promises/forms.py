"""Forms about promises."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """Why it is released."""

    reason = forms.CharField(
        label=_("The reason"), help_text=_("The person it is owed to is sent these words."), widget=forms.Textarea, max_length=4000,
        error_messages={"required": _("Give the reason: the person it is owed to is told it.")},
    )  # fmt: skip


class ExtendForm(ReasonForm):
    """How much more time, and why."""

    by = forms.IntegerField(label=_("How much more"), min_value=1, max_value=60)


class HolidaysForm(forms.Form):
    file = forms.FileField(
        label=_("The file"), help_text=_("As gov.uk publishes it: bank-holidays.json."),
        error_messages={"required": _("Choose the file.")},
    )  # fmt: skip
