"""What a visitor may ask of the list of runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .selectors import Choices
from .types import RunFilter

ONLINE = "online"


class RunFilterForm(forms.Form):
    """Narrows the list by week, course and place. What is not among the choices is ignored, as an old link may name it."""

    week = forms.TypedChoiceField(label=gettext_lazy("Week"), required=False, coerce=int, empty_value=None)
    course = forms.ChoiceField(label=gettext_lazy("Course"), required=False)
    place = forms.ChoiceField(label=gettext_lazy("Place"), required=False)

    def __init__(self, data: Mapping[str, Any], choices: Choices, week_names: dict[int, str]) -> None:
        super().__init__(data)
        self.fields["week"].choices = [("", _("Any week")), *((week, week_names[week]) for week in choices.weeks)]  # type: ignore[attr-defined]
        self.fields["course"].choices = [("", _("Any course")), *choices.courses]  # type: ignore[attr-defined]
        online = [(ONLINE, _("Online"))] if choices.online else []
        self.fields["place"].choices = [("", _("Anywhere")), *online, *((area, area) for area in choices.areas)]  # type: ignore[attr-defined]

    def wanted(self) -> RunFilter:
        self.is_valid()
        place = self.cleaned_data.get("place") or None
        return RunFilter(
            week=self.cleaned_data.get("week"),
            course=self.cleaned_data.get("course") or None,
            area=None if place == ONLINE else place,
            online=True if place == ONLINE else None,
        )
