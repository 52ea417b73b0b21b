"""What people type about an organisation's public record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Membership, Organisation, Post, Regime, Service, ServiceType
from ..types import Duty, Level, Reach, Relation
from .people import Text, day_field

Find = Callable[[str], Organisation | None]


def long_text(label: Any, *, required: bool = True, help_text: Any = "", most: int = 4000) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=most, widget=forms.Textarea, help_text=help_text,
        error_messages={"required": gettext_lazy("This is needed.")},
    )  # fmt: skip


def _offer(form: forms.Form, name: str, choices: Sequence[tuple[Any, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


class ServiceForm(forms.Form):
    """A service: what it is, which kind, and which post answers for it."""

    name = Text(gettext_lazy("Name"), help_text=gettext_lazy("As people who need it would call it"), missing=gettext_lazy("Give the service a name."))  # fmt: skip
    about = long_text(gettext_lazy("What it does (you can do without)"), required=False)
    service_type = forms.ChoiceField(label=gettext_lazy("What kind of service"), required=False, help_text=gettext_lazy("It is found by everyday words for its kind."))  # fmt: skip
    post = forms.TypedChoiceField(label=gettext_lazy("The post that answers for it"), required=False, coerce=int, empty_value=None)  # fmt: skip
    regime = forms.ChoiceField(label=gettext_lazy("How complaints are dealt with"), required=False, help_text=gettext_lazy("Only where it differs from what is usual for its kind."))  # fmt: skip
    fees = Text(gettext_lazy("What it costs people (you can do without)"), most=300, required=False)
    eligibility = Text(gettext_lazy("Who can have it (you can do without)"), most=500, required=False)

    def __init__(
        self, *args: Any, posts: Sequence[Post], types: Mapping[str, Sequence[ServiceType]], regimes: Sequence[Regime], **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        every = [each for group in types.values() for each in group]
        _offer(
            self,
            "service_type",
            [("", _("None of these")), *((each.key, each.name) for each in sorted(every, key=lambda each: each.name))],
        )
        _offer(self, "post", [("", _("No post yet")), *((each.pk, each.title) for each in posts)])
        _offer(self, "regime", [("", _("As usual for its kind")), *((each.key, each.name) for each in regimes)])


class OtherForm(forms.Form):
    """About another organisation, named as people name it."""

    other = Text(gettext_lazy("Which organisation"), help_text=gettext_lazy("Its name, as the directory has it"), missing=gettext_lazy("Name the organisation."))  # fmt: skip
    from_on = day_field(gettext_lazy("Since (you can do without)"), required=False)

    def __init__(self, *args: Any, find: Find, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.find = find

    def clean_other(self) -> Organisation:
        found = self.find(self.cleaned_data["other"])
        if found is None:
            raise forms.ValidationError(_("The directory has no organisation of this name. Write it as its page does."))
        return found


class DutyForm(OtherForm):
    duty = forms.ChoiceField(label=gettext_lazy("What it does"), choices=Duty.choices)
    field_order = ("duty", "other", "from_on")


class RelationForm(OtherForm):
    relation = forms.ChoiceField(label=gettext_lazy("This organisation"), choices=Relation.choices)
    field_order = ("relation", "other", "from_on")


class ContactForm(forms.Form):
    about = forms.ChoiceField(label=gettext_lazy("About"), required=False)
    reach = forms.ChoiceField(label=gettext_lazy("How"), choices=Reach.choices)
    value = Text(
        gettext_lazy("The number or address"),
        most=500,
        help_text=gettext_lazy("Of the service or the post, not somebody’s own"),
        missing=gettext_lazy("Give the number or address."),
    )
    note = Text(gettext_lazy("When, and whom to ask for (you can do without)"), most=300, required=False)

    def __init__(self, *args: Any, services: Sequence[Service], posts: Sequence[Post], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [
            *((f"service-{each.pk}", each.name) for each in services),
            *((f"post-{each.pk}", each.title) for each in posts),
        ]
        _offer(self, "about", [("", _("Anything")), *named])


class IdentifierForm(forms.Form):
    scheme = forms.RegexField(
        r"^\s*[A-Za-z]{2,3}-[A-Za-z0-9]{2,10}\s*$", label=gettext_lazy("Register"), help_text=gettext_lazy("As org-id.guide calls it: GB-CHC for charities, GB-COH for companies, GB-LAE for councils in England, GB-NHS for NHS bodies"),
        error_messages={"required": gettext_lazy("Name the register."), "invalid": gettext_lazy("Write it as GB-CHC.")},
    )  # fmt: skip
    value = Text(gettext_lazy("Number there"), most=80, missing=gettext_lazy("Give the number."))


class DelegationForm(forms.Form):
    minute = Text(gettext_lazy("Minute"), help_text=gettext_lazy("Where it was resolved: Board, 14 May 2026, item 6"), missing=gettext_lazy("Name the minute."))  # fmt: skip
    scope = long_text(
        gettext_lazy("What the board contact may decide alone"), help_text=gettext_lazy("In the words of the minute")
    )
    adopted_on = day_field(gettext_lazy("Adopted on"))


class PostForm(forms.Form):
    title = Text(gettext_lazy("Title"), missing=gettext_lazy("Give the post a title."))
    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=Level.choices, help_text=gettext_lazy("For ladders and for counting; it never decides what somebody may learn, attend or say."))  # fmt: skip
    listed = forms.BooleanField(label=gettext_lazy("Show this post on the public page"), required=False)
    names = forms.MultipleChoiceField(label=gettext_lazy("Whose name is public"), required=False, widget=forms.CheckboxSelectMultiple)  # fmt: skip
    mails = forms.MultipleChoiceField(label=gettext_lazy("Whose mail address is public, besides the name"), required=False, widget=forms.CheckboxSelectMultiple)  # fmt: skip

    def __init__(self, *args: Any, holders: Sequence[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("names", "mails"):
            if holders:
                _offer(self, name, [(str(each.person_id), each.person.name) for each in holders])
            else:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        return {"names": [], "mails": []} | data


class RegimeForm(forms.Form):
    """How complaints of one kind are dealt with."""

    name = Text(gettext_lazy("Name"), most=120, missing=gettext_lazy("Give it a name."))
    acknowledged = Text(gettext_lazy("Acknowledged by when (you can do without)"), most=80, required=False)
    answered = Text(gettext_lazy("Answered by when (you can do without)"), most=120, required=False)
    second = Text(gettext_lazy("The second stage (you can do without)"), most=160, required=False)
    afterwards = long_text(gettext_lazy("What to do if no answer comes, or not a fair one"))
    afterwards_url = forms.URLField(
        label=gettext_lazy("Where that is done (you can do without)"), required=False, max_length=200, assume_scheme="https",
        error_messages={"invalid": gettext_lazy("That is not a web address: write it as https://www.example.org.")},
    )  # fmt: skip
    source = Text(gettext_lazy("The law or code that says so"), missing=gettext_lazy("Name where this is laid down."))


class DirectoryFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("The file"), error_messages={"required": gettext_lazy("Choose the file.")},
        help_text=gettext_lazy("Open Referral (HSDS 3 or UK 3) as JSON, or a zip of its pages or tables; or a list of organisations as CSV, TSV, Excel or JSON."),
    )  # fmt: skip
