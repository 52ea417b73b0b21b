"""What people fill in about events."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moothall.core import times
from moothall.core.forms import time_field

from .models import Event
from .types import NewEvent, Topic, Wanted


def _words(label: Any, missing: Any = "", *, most: int = 4000, required: bool = True, help_text: Any = "") -> forms.CharField:  # fmt: skip
    return forms.CharField(
        label=label, help_text=help_text, widget=forms.Textarea, max_length=most, required=required,
        error_messages={"required": missing, "max_length": _("Use at most %(limit_value)d characters.")},
    )  # fmt: skip


def _line(label: Any, missing: Any = "", *, most: int = 200, required: bool = True, help_text: Any = "") -> forms.CharField:  # fmt: skip
    return forms.CharField(
        label=label, help_text=help_text, max_length=most, required=required, error_messages={"required": missing, "max_length": _("Use at most %(limit_value)d characters.")}
    )  # fmt: skip


def _mail(label: Any, help_text: Any = "", *, required: bool = False) -> forms.EmailField:
    return forms.EmailField(
        label=label, help_text=help_text, required=required, max_length=320,
        error_messages={"required": _("Give your mail address: we send you your place there."), "invalid": _("That is not a mail address: write it as name@example.org.")},
    )  # fmt: skip


def _url(label: Any, help_text: Any = "") -> forms.URLField:
    return forms.URLField(
        label=label, help_text=help_text, required=False, max_length=500, assume_scheme="https",
        error_messages={"invalid": _("That is not an address on the web: write it as https://example.org/page.")},
    )  # fmt: skip


class EventForm(forms.Form):
    """An event, in three minutes: what comes first is needed, the rest can be left."""

    title = _line(_("What is it called?"), _("Give it a title."))
    about = _words(_("What is it, and for whom?"), _("Say in a few words what it is."), most=10_000)
    day = forms.DateField(label=_("On which day?"), error_messages={name: _("Write the day as 2027-01-31.") for name in ("required", "invalid")})  # fmt: skip
    last_day = forms.DateField(label=_("Until which day? (if it lasts several)"), required=False, error_messages={"invalid": _("Write the day as 2027-01-31.")})  # fmt: skip
    from_time = time_field(_("From"))
    to_time = time_field(_("Until"))
    venue = _line(_("Where?"), most=300, required=False, help_text=_("The room and the address, so that a stranger finds it"))  # fmt: skip
    online_url = _url(
        _("Where does one join from afar?"), _("A video link or a stream. Only those who are going see it.")
    )
    topics = forms.MultipleChoiceField(label=_("What is it about?"), choices=Topic.choices, required=False, widget=forms.CheckboxSelectMultiple)  # fmt: skip
    capacity = forms.IntegerField(
        label=_("How many places?"), required=False, min_value=1, max_value=1_000_000, help_text=_("Leave it empty if there is no limit. When all are taken, others wait in line."),
        error_messages={name: _("Write how many, at least 1, or leave it empty.") for name in ("invalid", "min_value", "max_value")},
    )  # fmt: skip
    afar = _words(_("How else can one take part from afar?"), most=2000, required=False, help_text=_("By phone, by sending questions before, by watching it later"))  # fmt: skip
    access = _words(_("What is there for people with different needs?"), most=2000, required=False, help_text=_("Steps, hearing loop, interpreters, breaks, quiet space, help with the fare"))  # fmt: skip
    closed_reason = _words(_("If not everybody may go: why?"), most=2000, required=False, help_text=_("Leave it empty, and anyone may go. A reason stands in public, and anyone may challenge it."))  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (data.get("venue") or data.get("online_url")) and not self.errors:
            self.add_error("venue", _("Say where it is: a place, an address on the web, or both."))
        if not data.get("last_day") and data.get("from_time") and data.get("to_time") and data["from_time"] == data["to_time"]:  # fmt: skip
            self.add_error("to_time", _("It must end after it starts."))
        return data

    def event(self) -> NewEvent:
        """Its times in the city's zone; until a time before the start is on the next day."""
        data = self.cleaned_data
        starts = dt.datetime.combine(data["day"], data["from_time"], times.zone())
        ends = dt.datetime.combine(data.get("last_day") or data["day"], data["to_time"], times.zone())
        if ends <= starts and not data.get("last_day"):
            ends = dt.datetime.combine(data["day"] + dt.timedelta(days=1), data["to_time"], times.zone())
        return NewEvent(
            data["title"], data["about"], starts, ends, data["venue"], data["online_url"], data["afar"], data["access"], tuple(data["topics"]), data["capacity"],
            closed_reason=data["closed_reason"],
        )  # fmt: skip


def initial_of(event: Event) -> dict[str, Any]:
    """An event as its form shows it."""
    occasion = event.occasion
    starts, ends = (timezone.localtime(each) for each in (occasion.starts_at, occasion.ends_at))
    return {
        "title": occasion.title, "about": event.about, "day": starts.date().isoformat(), "last_day": ends.date().isoformat() if (ends - starts).days else "", "from_time": f"{starts:%H:%M}", "to_time": f"{ends:%H:%M}",
        "venue": occasion.venue, "online_url": occasion.online_url, "topics": event.topics, "capacity": occasion.capacity, "afar": event.afar,
        "access": event.access, "closed_reason": event.closed_reason,
    }  # fmt: skip


class GoForm(forms.Form):
    """“I’m going”, by whoever has not signed in."""

    email = _mail(
        _("Your mail address"), _("We send you your place, and a calendar entry that stays right."), required=True
    )
    name = _line(_("Your name (you can do without)"), required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)


class GoAsForm(forms.Form):
    """In whose time somebody goes who has signed in."""

    time = forms.ChoiceField(label=_("In whose time?"), widget=forms.RadioSelect, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(self, *args: Any, employers: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if employers:
            field = self.fields["time"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [*((str(pk), _("In working time at %(name)s") % {"name": name}) for pk, name in employers), ("own", _("In my own time"))]  # fmt: skip
        else:
            del self.fields["time"]


class QuestionForm(forms.Form):
    text = _words(
        _("Your question"), _("Write your question."), help_text=_("It is shown with its answer, without your name.")
    )
    email = _mail(_("Your mail address (you can do without)"), _("We tell you when it is answered."))
    about = forms.CharField(widget=forms.HiddenInput, max_length=10, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)


class SourceForm(forms.Form):
    """Another calendar: at an address, or as a file."""

    url = _url(_("The address of the calendar"), _("An iCalendar feed (.ics), or a page that says its events to machines. It is asked every hour."))  # fmt: skip
    file = forms.FileField(label=_("Or a file"), required=False, help_text=_("An iCalendar file, or events as JSON"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and bool(data.get("url")) == bool(data.get("file")):
            self.add_error("url", _("Give the address or the file: one of the two."))
        return data


class WarnForm(forms.Form):
    text = _words(_("What happened, and what you ask of them"), _("Write what happened: they are sent your words."), help_text=_("They are sent your words. Say what they did, not what they are."))  # fmt: skip


class HearForm(forms.Form):
    """What whoever decides does: hears them, limits in time, lifts it, or ends it."""

    step = forms.ChoiceField(
        label=_("What now?"), widget=forms.RadioSelect, error_messages={"required": _("Choose one.")}
    )
    days = forms.IntegerField(label=_("For how many days? (if they may not come for a time)"), required=False, min_value=1, max_value=182, error_messages={name: _("Choose from 1 to 182 days.") for name in ("invalid", "min_value", "max_value")})  # fmt: skip
    text = _words(_("Your words to them"), _("Give the reason: they are sent your words."))

    def __init__(self, *args: Any, steps: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["step"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = steps


class SideForm(forms.Form):
    text = _words(_("How you see it"), _("Write how you see it."), help_text=_("Whoever decides reads it. They are not the one who warned you."))  # fmt: skip


class AnswerForm(forms.Form):
    text = _words(_("The answer"), _("Write the answer."), help_text=_("Everybody reads it."))


class HideForm(forms.Form):
    reason = _line(_("Why are its words not shown?"), _("Say why: it stands in place of the words."), most=300)


class CallOffForm(forms.Form):
    why = _words(_("Why is it called off?"), _("Say why it is called off: everybody who was going is sent your words."), most=500, help_text=_("It stands on its page, and in the letter to everybody who was going."))  # fmt: skip


class AfterForm(forms.Form):
    """What who was not there can read and see."""

    notes = _words(_("Notes"), most=50_000, required=False)
    slides_url = _url(_("Slides"))
    recording_url = _url(_("Recording"))


class InterestForm(forms.Form):
    topics = forms.MultipleChoiceField(label=_("What about?"), choices=Topic.choices, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None means: everything."))  # fmt: skip
    near = _line(_("Only in this place (you can do without)"), most=100, required=False, help_text=_("A word of its address: a street, a part of the city"))  # fmt: skip
    email = _mail(_("Your mail address"), required=True)

    def __init__(self, *args: Any, known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:
            del self.fields["email"]


class RateForm(forms.Form):
    worth = forms.TypedChoiceField(
        label=_("Was it worth coming?"), coerce=int, widget=forms.RadioSelect, error_messages={"required": _("Choose one.")},
        choices=[(5, _("Very much")), (4, _("Yes")), (3, _("Half and half")), (2, _("Not really")), (1, _("No"))],
    )  # fmt: skip
    text = _words(_("What should be different next time? (you can do without)"), required=False)


def wanted_in(query: Any) -> Wanted:
    """What a list is asked for by its address. What is nonsense is left out."""

    def day(name: str) -> dt.date | None:
        try:
            found = dt.date.fromisoformat(str(query.get(name, "")))
        except ValueError:
            return None
        return found if 2000 <= found.year <= 2200 else None

    topic = str(query.get("topic", ""))
    return Wanted(
        str(query.get("words", ""))[:100].replace("\0", ""), topic if topic in Topic.values else "", str(query.get("organiser", ""))[:80].replace("\0", ""),
        day("from"), day("to"), query.get("online") == "on", query.get("mine") == "on",
    )  # fmt: skip
