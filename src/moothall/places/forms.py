"""What people fill in about places."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import dates
from django.utils.translation import gettext_lazy as _

from moothall.core.forms import time_field

from .types import NewCover, State, Stated


class WordsForm(forms.Form):
    """An appeal, in one's own words."""

    text = forms.CharField(
        label=_("Why is it not right?"), help_text=_("In your own words. The board contact reads it, and whoever objected."), widget=forms.Textarea, max_length=10_000,
        error_messages={"required": _("Say why it is not right.")},
    )  # fmt: skip


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("The code that is shown there"), max_length=20, error_messages={"required": _("Type the code that is shown there.")}
    )  # fmt: skip


def _number(label: Any, help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, help_text=help_text, min_value=0, max_value=1000, required=False,
        error_messages={name: _("Write a number from 0 on.") for name in ("invalid", "min_value", "max_value")},
    )  # fmt: skip


class ObjectForm(forms.Form):
    """An objection: in writing, with what no record here knows."""

    text = forms.CharField(
        label=_("Why they cannot go"), help_text=_("They are sent your words."), widget=forms.Textarea, max_length=4000,
        error_messages={"required": _("Write why: they are sent your words.")},
    )  # fmt: skip
    away = _number(_("How many more are away then?"), _("Sick, for example. Those on leave here, and those who go elsewhere in work time, are counted already. It can be appealed."))  # fmt: skip
    needed = _number(
        _("How many more than usual are needed then?"), _("For an inspection, for example. It can be appealed.")
    )

    def stated(self) -> Stated:
        return Stated(self.cleaned_data["away"] or 0, self.cleaned_data["needed"] or 0)


class CoverForm(forms.Form):
    """A cover rule of one team."""

    team = forms.TypedChoiceField(label=_("Team"), coerce=int, error_messages={"required": _("Choose the team.")})
    minimum = forms.IntegerField(
        label=_("How many must stay"), min_value=1, max_value=1000,
        error_messages={name: _("Write how many, at least 1.") for name in ("required", "invalid", "min_value", "max_value")},
    )  # fmt: skip
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On which days"), coerce=int, choices=list(dates.WEEKDAYS.items()), widget=forms.CheckboxSelectMultiple, initial=[0, 1, 2, 3, 4],
        error_messages={"required": _("Choose the days.")},
    )  # fmt: skip
    from_time = time_field(_("From"), "09:00")
    to_time = time_field(_("Until"), "17:00")

    def __init__(self, *args: Any, teams: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = teams

    def rule(self) -> NewCover:
        data = self.cleaned_data
        return NewCover(data["minimum"], tuple(data["weekdays"]), data["from_time"], data["to_time"])


class NoticeForm(forms.Form):
    days = forms.IntegerField(
        label=_("Working days in which a manager may object"), min_value=1, max_value=10,
        error_messages={name: _("Choose from 1 to 10 working days.") for name in ("required", "invalid", "min_value", "max_value")},
    )  # fmt: skip


class DoorForm(forms.Form):
    """Somebody who came without having said so before."""

    name = forms.CharField(label=_("Name"), max_length=200, error_messages={"required": _("Write a name.")})
    email = forms.EmailField(label=_("Mail address (they can do without)"), required=False, max_length=320, error_messages={"invalid": _("That is not a mail address: write it as name@example.org.")})  # fmt: skip


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("Mail address"), max_length=320, error_messages={"required": _("Write the address to which the invitation goes."), "invalid": _("That is not a mail address: write it as name@example.org.")})  # fmt: skip
    name = forms.CharField(label=_("Name (you can do without)"), required=False, max_length=200)


MARKS = (State.ATTENDED, State.ATTENDED_PART, State.ABSENT)


def marks_in(posted: Any) -> dict[int, State]:
    """What is ticked on the list at the door, by place: fields "mark-17". What is nonsense is left out."""
    found = {}
    for name, value in posted.items():
        number = name.removeprefix("mark-")
        if name.startswith("mark-") and number.isascii() and number.isdecimal() and len(number) < 18 and value in MARKS:
            found[int(number)] = State(value)
    return found
