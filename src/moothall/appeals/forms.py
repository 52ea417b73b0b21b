"""What people fill in about appeals."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def _words(label: Any, missing: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, widget=forms.Textarea, max_length=10_000, error_messages={"required": missing})  # fmt: skip


def _no_name() -> forms.BooleanField:
    """Shown where a name may stand in what everybody reads."""
    return forms.BooleanField(label=_("It is nobody’s name"), required=False)


class WordsForm(forms.Form):
    text = _words(_("What you want to say"), _("Write what you want to say."))


class DecideForm(forms.Form):
    """A decision: for both sides in full, for everybody without names."""

    uphold = forms.ChoiceField(
        label=_("Your decision"), choices=[("yes", _("Upheld: what was refused should be given")), ("no", _("Not upheld"))], widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )  # fmt: skip
    reason = _words(_("The reason, for both sides"), _("Give the reason: both sides are sent your words."))
    no_name = _no_name()
    public_text = _words(_("The decision in public"), _("Say in public what you decided and why, without names."), _("What you decided and why, so that others learn from it. No names, nothing by which somebody would be known."))  # fmt: skip


class AnswerForm(forms.Form):
    """To comply with a decision, or explain."""

    comply = forms.ChoiceField(
        label=_("What you do"), choices=[("yes", _("We comply: what was refused is given now")), ("no", _("We do not, and explain why"))], widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )  # fmt: skip
    no_name = _no_name()
    public_text = _words(_("In public"), _("Say it in public, without names: what you do, or why you do not."), _("Everybody reads these words. No names."))  # fmt: skip


class PassOnForm(forms.Form):
    to = forms.CharField(label=_("To whose board contact?"), max_length=200, help_text=_("The name of an institution"), error_messages={"required": _("Say to whom.")})  # fmt: skip
    reason = _words(_("The reason"), _("Say why you pass it on."), _("Your interest in it. Both sides read this."))


class RemitForm(forms.Form):
    covered = forms.MultipleChoiceField(
        label=_("It may decide alone"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["covered"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = kinds
