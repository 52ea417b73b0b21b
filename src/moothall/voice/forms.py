"""What people write, and what is written back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moothall.directory.selectors import Choice

from .types import DECISIONS, CameBy, CaseKind


def words(label: Any, *, missing: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, widget=forms.Textarea, max_length=20_000, error_messages={
        "required": missing, "max_length": gettext_lazy("Use at most %(limit_value)d characters."),
    })  # fmt: skip


def address(label: Any, help_text: Any) -> forms.EmailField:
    return forms.EmailField(
        label=label, help_text=help_text, required=False, max_length=320,
        error_messages={"invalid": gettext_lazy("That is not a mail address: write it as name@example.org.")},
    )  # fmt: skip


class SendForm(forms.Form):
    """Something to send, and where to answer."""

    text = words(
        gettext_lazy("What do you want to say?"), missing=gettext_lazy("Write what you want to say."),
        help_text=gettext_lazy("In your own words. What could be better, and why? Leave out what is private about others."),
    )  # fmt: skip
    name = forms.CharField(label=gettext_lazy("Your name (you can do without)"), required=False, max_length=200)
    email = address(gettext_lazy("Your mail address (you can do without)"), gettext_lazy("We tell you of every change. Without it you get a receipt with which you can look."))  # fmt: skip
    kind = forms.ChoiceField(choices=CaseKind.choices, widget=forms.HiddenInput)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    service = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**60)
    organisation = forms.SlugField(widget=forms.HiddenInput, required=False, max_length=80)


class DeskForm(SendForm):
    """The same, written down for somebody."""

    came_by = forms.ChoiceField(
        label=gettext_lazy("How did they come?"), widget=forms.RadioSelect, choices=[(each.value, each.label) for each in (CameBy.IN_PERSON, CameBy.PHONE, CameBy.LETTER)],
        error_messages={"required": gettext_lazy("Choose how they came.")},
    )  # fmt: skip
    desk = forms.TypedChoiceField(label=gettext_lazy("At which desk?"), coerce=int)
    field_order = ("came_by", "text", "name", "email")

    def __init__(self, *args: Any, desks: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(desks) > 1:
            self.fields["desk"].choices = list(desks.items())  # type: ignore[attr-defined]
        else:
            del self.fields["desk"]
        self.fields["text"].label = _("What do they say?")
        self.fields["text"].help_text = _("In their words. Read it back to them.")
        self.fields["name"].label = _("Their name (they can do without)")
        self.fields["email"].label = _("Their mail address (they can do without)")
        self.fields["email"].help_text = _(
            "They are told of every change. Without it they look with the receipt, or ask here."
        )


class ReceiptForm(forms.Form):
    receipt = forms.CharField(
        label=gettext_lazy("Your receipt"), help_text=gettext_lazy("Twenty letters and digits, as they are printed. Capitals and hyphens make no difference."), max_length=60,
        error_messages={"required": gettext_lazy("Type what is printed on your receipt.")},
    )  # fmt: skip


class WordsForm(forms.Form):
    text = words(gettext_lazy("Your words"), missing=gettext_lazy("Write what you want to say."))


class DecideForm(forms.Form):
    decision = forms.ChoiceField(
        label=gettext_lazy("Your decision"), widget=forms.RadioSelect, choices=[(each.value, each.label) for each in DECISIONS],
        error_messages={"required": gettext_lazy("Choose one.")},
    )  # fmt: skip
    text = words(gettext_lazy("The reason"), missing=gettext_lazy("Write the reason: it is sent in your words."))


class WhomForm(forms.Form):
    """Another owner, by name, with a reason where one is owed."""

    to = forms.CharField(
        label=gettext_lazy("Who is in charge?"), max_length=200, help_text=gettext_lazy("The name of an organisation or of a service, or what it is about in plain words"),
        error_messages={"required": gettext_lazy("Say who.")},
    )  # fmt: skip
    choice = forms.ChoiceField(label=gettext_lazy("Which of these?"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args: Any, choices: list[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if choices:
            field = self.fields["choice"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(each.key, each.label) for each in choices]
        else:
            del self.fields["choice"]


class HandOverForm(WhomForm):
    text = words(gettext_lazy("The reason"), missing=gettext_lazy("Write the reason: it is sent in your words."))


class PutAsideForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Why it asks for nothing"), max_length=300, error_messages={"required": gettext_lazy("Say why.")})  # fmt: skip
