"""What people type about themselves, their institution and its people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moothall.core.imports import Column

from ..selectors import TeamRow
from ..types import ROLES, Channel, Division, Level, NewPerson, OrganisationKind, Role, Scope


class Text(forms.CharField):
    """One line of text, without what cannot be stored or seen."""

    def __init__(
        self, label: Any, *, most: int = 200, required: bool = True, help_text: Any = "", missing: Any = ""
    ) -> None:
        super().__init__(label=label, max_length=most, required=required, help_text=help_text, error_messages={
            "required": missing or gettext_lazy("This is needed."), "max_length": gettext_lazy("Use at most %(limit_value)d characters."),
        })  # fmt: skip


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=help_text, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"],
        error_messages={"required": gettext_lazy("Give a day."), "invalid": gettext_lazy("That is not a day: write it as 2026-11-30.")},
    )  # fmt: skip


class NameForm(forms.Form):
    name = Text(gettext_lazy("Your name"), missing=gettext_lazy("Say what you are called."))


class JoinForm(forms.Form):
    code = Text(gettext_lazy("Your code"), most=40, help_text=gettext_lazy("Twelve letters and digits. Capitals and hyphens make no difference."), missing=gettext_lazy("Type the code."))  # fmt: skip


class JoinPasswordForm(forms.Form):
    code = forms.CharField(widget=forms.HiddenInput, max_length=40)
    password = forms.CharField(
        label=gettext_lazy("Choose a password"), widget=forms.PasswordInput, max_length=200, required=False
    )

    def __init__(self, *args: Any, needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = needed


class InstitutionForm(forms.Form):
    name = Text(
        gettext_lazy("Name"),
        help_text=gettext_lazy("As people know it"),
        missing=gettext_lazy("Give the institution's name."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=OrganisationKind.choices)
    about = forms.CharField(
        label=gettext_lazy("What it does (you can do without)"), required=False, max_length=2000, widget=forms.Textarea, help_text=gettext_lazy("Two or three sentences for residents"),
    )  # fmt: skip


class DetailsForm(InstitutionForm):
    website = forms.URLField(
        label=gettext_lazy("Website (you can do without)"), required=False, max_length=200, assume_scheme="https",
        error_messages={"invalid": gettext_lazy("That is not a web address: write it as https://www.example.org.")},
    )  # fmt: skip
    division = forms.ChoiceField(label=gettext_lazy("Whose bank holidays it keeps"), choices=Division.choices, help_text=gettext_lazy("Days by which it owes answers are counted without them."))  # fmt: skip


class TeamForm(forms.Form):
    name = Text(gettext_lazy("Name of the team"), missing=gettext_lazy("Give the team's name."))


class PersonForm(forms.Form):
    """Somebody typed in."""

    name = Text(gettext_lazy("Name"), missing=gettext_lazy("Give the person's name."))
    email = forms.EmailField(
        label=gettext_lazy("Work address"), required=False, help_text=gettext_lazy("Leave it empty for people without mail: they join with a code on paper."),
        error_messages={"invalid": gettext_lazy("That is not a mail address: write it as name@example.org.")},
    )  # fmt: skip
    reference = Text(gettext_lazy("Staff number"), most=60, required=False)
    team = Text(gettext_lazy("Team"), required=False, help_text=gettext_lazy("Made if it is not there yet"))
    post = Text(gettext_lazy("Post"), required=False, help_text=gettext_lazy("As front-desk officer"))
    level = forms.ChoiceField(label=gettext_lazy("Level of the post"), choices=Level.choices, required=False)
    starts_on = day_field(
        gettext_lazy("Works there since"), required=False, help_text=gettext_lazy("Today, if you leave it empty")
    )

    def person(self) -> NewPerson:
        data = self.cleaned_data
        return NewPerson(
            data["name"],
            data["email"].lower(),
            data["reference"],
            data["team"],
            data["post"],
            Level(data["level"] or Level.NONE),
            data["starts_on"],
        )


class MoveForm(forms.Form):
    team = Text(gettext_lazy("Team"), required=False)
    post = Text(gettext_lazy("Post"), required=False)
    level = forms.ChoiceField(
        label=gettext_lazy("Level of the post, if it is new"), choices=Level.choices, required=False
    )


class LeftForm(forms.Form):
    last_day = day_field(gettext_lazy("Last day of work"))


Find = Callable[[str], list[int]]
"""Who is meant by a name, a staff number or a mail address."""


class ColleagueField(Text):
    """Somebody of the same institution, by name, staff number or mail address: a list of eight thousand is no help to anyone."""

    def __init__(self, label: Any, *, find: Find, required: bool, help_text: Any) -> None:
        super().__init__(label, required=required, help_text=help_text, missing=gettext_lazy("Say who."))
        self.find = find

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        found = self.find(text)
        if not found:
            raise forms.ValidationError(
                _(
                    "Nobody of this name, staff number or address works here. Check how it is written in the list of people."
                )
            )
        if len(found) > 1:
            raise forms.ValidationError(
                _("Several people here are called that. Give the staff number or the mail address.")
            )
        return found[0]


class AwayForm(forms.Form):
    from_on = day_field(gettext_lazy("First day away"))
    to_on = day_field(gettext_lazy("Last day away"))

    def __init__(self, *args: Any, find: Find, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deputy"] = ColleagueField(
            gettext_lazy("Who stands in (you can do without)"), find=find, required=False,
            help_text=gettext_lazy("Name, staff number or mail address. They have this person's roles on these days."),
        )  # fmt: skip


class InviteForm(forms.Form):
    channel = forms.ChoiceField(
        label=gettext_lazy("How should the invitation reach them?"),
        choices=Channel.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one.")},
    )

    def __init__(self, *args: Any, find: Find, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["through"] = ColleagueField(
            gettext_lazy("Which colleague brings it?"), find=find, required=False,
            help_text=gettext_lazy("Only for an invitation through a colleague: name, staff number or mail address"),
        )  # fmt: skip


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty. Choose the file with the data in it."),
        },
    )


class MappingForm(forms.Form):
    """Which column of the file is which."""

    def __init__(self, *args: Any, columns: Sequence[Column], header: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column in columns:
            none = _("Choose a column") if column.required else _("Not in the file")
            self.fields[column.name] = forms.ChoiceField(
                label=str(column.label),
                help_text=str(column.hint),
                required=False,
                choices=[("", none), *((head, head) for head in header if head)],
            )

    def mapping(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}


class RoleForm(forms.Form):
    """Who gets which role in an institution."""

    role = forms.ChoiceField(label=gettext_lazy("Role"))
    team = forms.TypedChoiceField(
        label=gettext_lazy("Of which team"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=gettext_lazy("Only for a line manager"),
    )

    def __init__(self, *args: Any, find: Find, teams: Sequence[TeamRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = [(role.value, role.label) for role in Role if {Scope.ORGANISATION, Scope.TEAM} & {*ROLES[role].scopes}]
        self.fields["person"] = ColleagueField(
            gettext_lazy("Who"), find=find, required=True, help_text=gettext_lazy("Name, staff number or mail address")
        )
        self.order_fields(["person", "role", "team"])
        self.fields["role"].choices = here  # type: ignore[attr-defined]
        self.fields["team"].choices = [("", _("Not for one team")), *((team.id, team.name) for team in teams)]  # type: ignore[attr-defined]


class CityRoleForm(forms.Form):
    """Who gets which role in the city."""

    email = forms.EmailField(
        label=gettext_lazy("Mail address"),
        help_text=gettext_lazy("Of somebody who has an account"),
        error_messages={
            "required": gettext_lazy("Give the address."),
            "invalid": gettext_lazy("That is not a mail address: write it as name@example.org."),
        },
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[(role.value, role.label) for role in Role if Scope.CITY in ROLES[role].scopes],
    )


class AdministratorForm(forms.Form):
    name = Text(gettext_lazy("Name"), missing=gettext_lazy("Give the person's name."))
    email = forms.EmailField(
        label=gettext_lazy("Mail address"),
        error_messages={
            "required": gettext_lazy("Give the address."),
            "invalid": gettext_lazy("That is not a mail address: write it as name@example.org."),
        },
    )


class AgreementForm(forms.Form):
    reference = Text(
        gettext_lazy("Which agreement"),
        help_text=gettext_lazy(
            "Its title and where it was adopted, as “Data sharing for city training, board minute 14 of 3 November”"
        ),
        missing=gettext_lazy("Say which agreement it is."),
    )
    purpose = forms.CharField(
        label=gettext_lazy("What names may be used for"),
        max_length=1000,
        widget=forms.Textarea,
        error_messages={"required": gettext_lazy("Say what names may be used for.")},
    )
    from_on = day_field(gettext_lazy("From"))
    to_on = day_field(gettext_lazy("Until (you can do without)"), required=False)


class ErasureForm(forms.Form):
    decision = forms.ChoiceField(
        label=gettext_lazy("What do you decide?"),
        widget=forms.RadioSelect,
        choices=[("erase", gettext_lazy("Erase")), ("refuse", gettext_lazy("Refuse, with a reason"))],
        error_messages={"required": gettext_lazy("Choose one.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason, if you refuse"),
        required=False,
        max_length=2000,
        widget=forms.Textarea,
        help_text=gettext_lazy("The person is told it."),
    )


class SearchForm(forms.Form):
    search = forms.CharField(label=gettext_lazy("Name, address or staff number"), required=False, max_length=100)
    team = forms.TypedChoiceField(label=gettext_lazy("Team"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, teams: Sequence[TeamRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [("", _("All teams")), *((team.id, team.name) for team in teams)]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=1000, widget=forms.Textarea, help_text=gettext_lazy("Those who set it up are told it."),
        error_messages={"required": gettext_lazy("Give the reason.")},
    )  # fmt: skip
