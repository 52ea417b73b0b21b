"""Judging a list of people before any of it is stored: what each row would do, and why some cannot be taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moothall.core.imports import Column, Fault

from ..models import Membership, Organisation
from ..types import Judged, Level, NewPerson
from .actors import not_ended

COLUMNS = (
    Column("name", gettext_lazy("Name"), required=True, known_as=("full name", "employee", "employee name", "staff name", "person", "display name")),
    Column("email", gettext_lazy("Work address"), gettext_lazy("for the invitation; leave it out for people without mail"), known_as=("email", "e-mail", "mail", "email address", "work email", "e-mail address")),
    Column("reference", gettext_lazy("Staff number"), gettext_lazy("tells two people of one name apart, and finds them again next time"), known_as=("staff id", "employee number", "employee id", "payroll number", "number", "id", "reference", "personnel number")),
    Column("team", gettext_lazy("Team"), gettext_lazy("made where it does not exist yet"), known_as=("department", "service", "unit", "section", "group")),
    Column("post", gettext_lazy("Post"), known_as=("job title", "job", "position", "role", "title", "post title")),
    Column("level", gettext_lazy("Level of the post"), gettext_lazy("none, lead, middle, senior or board"), known_as=("level", "management level", "grade level")),
    Column("starts_on", gettext_lazy("Works there since"), gettext_lazy("a day, as 2026-09-01 or 1/9/2026; today where it is empty"), known_as=("start date", "start", "since", "from", "started", "hire date")),
)  # fmt: skip

LONGEST = 200
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y")


def judged(
    organisation: Organisation, rows: Sequence[tuple[int, dict[str, str]]], today: dt.date
) -> tuple[list[Judged], list[Fault]]:
    """What each row would do, in order, and what is wrong with the others. Nothing is stored."""
    members = list(
        Membership.objects.filter(not_ended(today), organisation=organisation).select_related("person", "team", "post")
    )
    by_reference = {m.reference: m for m in members if m.reference}
    by_email = {m.person.email.lower(): m for m in members if m.person.email}
    by_name: dict[str, list[Membership]] = {}
    for member in members:
        by_name.setdefault(member.person.name.casefold(), []).append(member)
    good: list[Judged] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in rows:
        person, wrong = _person(number, row, today)
        for kind, value in (("reference", person.reference), ("email", person.email)):
            first = seen.setdefault((kind, value), number) if value else number
            if first != number:
                wrong.append(Fault(number, _label(kind), _("it stands in row %(row)d already.") % {"row": first}, _("Keep one of the two rows, or correct it.")))  # fmt: skip
        known = by_reference.get(person.reference) or by_email.get(person.email)
        if known is None and not wrong:
            namesakes = by_name.get(person.name.casefold(), [])
            first = seen.setdefault(("name", person.name.casefold()), number)
            if first != number and not (person.reference or person.email):
                wrong.append(Fault(number, _label("name"), _("somebody of this name stands in row %(row)d already.") % {"row": first}, _("Give a staff number or an address, so that they can be told apart.")))  # fmt: skip
            if namesakes and not (person.reference or person.email):
                wrong.append(Fault(number, _label("name"), _("somebody of this name works here already."), _("Give a staff number or an address, so that they can be told apart.")))  # fmt: skip
        by_mail = by_email.get(person.email)
        if known is not None and by_mail is not None and by_mail.person_id != known.person_id:
            wrong.append(
                Fault(
                    number,
                    _label("email"),
                    _("another person here has this address."),
                    _("Correct the address or the staff number."),
                )
            )
        if wrong:
            faults += wrong
        else:
            good.append(Judged(number, person, _effect(person, known), known))
    return good, faults


def _effect(person: NewPerson, known: Membership | None) -> str:
    if known is None:
        return "new"
    team = known.team.name if known.team else ""
    post = known.post.title if known.post else ""
    if (person.team and person.team.casefold() != team.casefold()) or (
        person.post and person.post.casefold() != post.casefold()
    ):
        return "moved"
    changed = (
        (person.name != known.person.name)
        or (person.email and person.email != known.person.email.lower())
        or (person.reference and person.reference != known.reference)
    )
    return "changed" if changed else "same"


def _person(number: int, row: dict[str, str], today: dt.date) -> tuple[NewPerson, list[Fault]]:
    wrong: list[Fault] = []

    def fault(column: str, problem: str, mend: str) -> None:
        wrong.append(Fault(number, _label(column), problem, mend))

    name = " ".join(row.get("name", "").split())
    if not name:
        fault("name", _("it is empty."), _("Give the person's name."))
    email = row.get("email", "").strip().lower()
    if email:
        try:
            validate_email(email)
        except ValidationError:
            fault(
                "email",
                _("%(what)s is not a mail address.") % {"what": email[:60]},
                _("Write it as name@example.org, or leave it empty."),
            )
    for column in ("name", "team", "post"):
        if len(row.get(column, "")) > LONGEST:
            fault(column, _("it is longer than %(most)d characters.") % {"most": LONGEST}, _("Shorten it."))
    reference = row.get("reference", "").strip()
    if len(reference) > 60:
        fault("reference", _("it is longer than 60 characters."), _("Shorten it."))
    level = _level(row.get("level", ""))
    if level is None:
        fault(
            "level",
            _("%(what)s is not a level.") % {"what": row["level"][:60]},
            _("Write none, lead, middle, senior or board."),
        )
    starts_on = _day(row.get("starts_on", ""))
    if row.get("starts_on") and starts_on is None:
        fault("starts_on", _("%(what)s is not a day.") % {"what": row["starts_on"][:60]}, _("Write it as 2026-09-01."))
    elif starts_on is not None and not dt.date(1940, 1, 1) <= starts_on <= today + dt.timedelta(days=366):
        fault(
            "starts_on",
            _("%(day)s is too far away.") % {"day": starts_on.isoformat()},
            _("Give the day the person began or will begin, at most a year ahead."),
        )
    person = NewPerson(
        name,
        email,
        reference,
        " ".join(row.get("team", "").split()),
        " ".join(row.get("post", "").split()),
        level or Level.NONE,
        starts_on,
    )
    return person, wrong


def _label(name: str) -> str:
    return next(str(column.label) for column in COLUMNS if column.name == name)


def _level(text: str) -> Level | None:
    text = text.strip().casefold()
    if not text:
        return Level.NONE
    return next((level for level in Level if text in (level.value, str(level.label).casefold())), None)


def _day(text: str) -> dt.date | None:
    text = text.strip().split("T")[0]
    if not text:
        return None
    for form in DAYS:
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    return None
