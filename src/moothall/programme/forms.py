"""What a visitor may ask of the list of runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .selectors import Choices
from .types import RunFilter, Seconds

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


class UploadForm(forms.Form):
    """A city to plan."""

    file = forms.FileField(
        label=gettext_lazy("The city: a zip of a bundle, or an Excel workbook"),
        error_messages={"required": gettext_lazy("Choose the file with the city."), "empty": gettext_lazy("The file is empty. Choose the file with the city.")},
    )  # fmt: skip
    title = forms.CharField(
        label=gettext_lazy("What to call it (you can do without)"), required=False, max_length=150, help_text=gettext_lazy("As “Spring term 2027”; otherwise the file’s name")
    )  # fmt: skip
    organisation = forms.TypedChoiceField(label=gettext_lazy("For whom"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = places  # type: ignore[attr-defined]
        self.fields["organisation"].required = bool(places) and places[0][0] != ""


class StartForm(forms.Form):
    """How long to search, and with which random choices."""

    seconds = forms.ChoiceField(
        label=gettext_lazy("How long to search"),
        choices=Seconds.choices,
        widget=forms.RadioSelect,
        initial=Seconds.MINUTE,
    )
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"), required=False, min_value=0, max_value=2**31 - 1,
        help_text=gettext_lazy("Any number; another one makes other random choices. Leave it empty if it says nothing to you."),
        error_messages={"invalid": gettext_lazy("Write a whole number, or leave it empty."), "min_value": gettext_lazy("Write a number that is not negative."), "max_value": gettext_lazy("Write a smaller number.")},
    )  # fmt: skip

    def clean_seed(self) -> int:
        return self.cleaned_data["seed"] or 0


class CompareForm(forms.Form):
    first = forms.ChoiceField(label=gettext_lazy("One plan"))
    second = forms.ChoiceField(label=gettext_lazy("The other"))

    def __init__(self, *args: Any, plans: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            self.fields[name].choices = plans  # type: ignore[attr-defined]


class PlacesForm(forms.Form):
    organisation = forms.ChoiceField(label=gettext_lazy("Institution"), required=False)
    search = forms.CharField(label=gettext_lazy("Pseudonym or course"), required=False, max_length=100)

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [("", _("All")), *organisations]  # type: ignore[attr-defined]
