"""The tables of a bundle, said once: the reader, the writers, the template and the documentation all follow this list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a cell may hold."""

    NAME = "name"  # the table's own key, or half of it
    REFERENCE = "reference"
    COUNT = "count"  # a whole number, 0 or more
    POSITIVE = "positive"  # a whole number, 1 or more
    MONEY = "money"  # 0 or more, at most two decimals
    POINTS = "points"  # a number, 0 or more
    FLAG = "flag"  # 0 or 1
    WORD = "word"  # one of a few words
    PATTERN = "pattern"  # one 0 or 1 a half-day
    WORDS = "words"  # any words, with spaces between them


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind
    note: str
    example: str
    to: str = ""
    """The table whose key a reference names."""
    words: tuple[str, ...] = ()
    optional: bool = False
    """The cell may be empty."""
    besides: bool = False
    """The whole column may be absent, and is written only where it says anything."""


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    note: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    may_be_empty: bool = False
    optional: bool = False
    """The whole table may be absent, and is written only where it has rows."""


def _column(name: str, kind: Kind, note: str, example: str, **more: object) -> Column:
    return Column(name, kind, note, example, **more)  # type: ignore[arg-type]


def _reference(name: str, to: str, note: str, example: str, *, optional: bool = False) -> Column:
    return Column(name, Kind.REFERENCE, note, example, to=to, optional=optional)


FREE = "One 0 or 1 for each half-day, 1 meaning free: for one week (repeated) or for the whole term. Keep the cell as text."

TABLES: tuple[Table, ...] = (
    Table("areas", "Parts of the city that people and venues are in.",
          (_column("area", Kind.NAME, "A short name of your choice.", "harbour"),), ("area",)),
    Table("reach", "From which area people can get to which. A pair that is not listed is out of reach, also an area to itself.",
          (_reference("from_area", "areas", "Where the person is.", "harbour"),
           _reference("to_area", "areas", "Where the venue is.", "harbour"),
           _column("reach", Kind.WORD, "home, or near (costs a few points a place).", "home", words=("home", "near"))),
          ("from_area", "to_area"), may_be_empty=True),
    Table("organisations", "Who takes part.",
          (_column("organisation", Kind.NAME, "A short name or code.", "city-council"),
           _column("budget", Kind.MONEY, "Its own money besides the common budget, for places of its own people only. May be left out.", "0", besides=True)),
          ("organisation",)),
    Table("teams", "Teams that must not be emptied by training.",
          (_column("team", Kind.NAME, "A short name or code.", "council-front-desk"),
           _reference("organisation", "organisations", "The organisation it belongs to.", "city-council")), ("team",)),
    Table("people", "Everybody who may be trained. Use pseudonyms: never a name, a mail address or a date of birth.",
          (_column("person", Kind.NAME, "A pseudonym.", "p001"),
           _reference("team", "teams", "The person's team.", "council-front-desk"),
           _reference("area", "areas", "Where the person is.", "harbour"),
           _column("half_days", Kind.COUNT, "Half-days to spare in the term.", "4"),
           _column("prefers", Kind.WORD, "any, in_person or online.", "any", words=("any", "in_person", "online")),
           _column("free", Kind.PATTERN, FREE, "1111101111"),
           _column("access", Kind.WORDS, "What a venue must have for this person, as step-free hearing-loop. May be left out.", "", optional=True, besides=True)),
          ("person",)),
    Table("skills", "What people need.",
          (_column("skill", Kind.NAME, "A short name.", "writing-plainly"),), ("skill",), may_be_empty=True),
    Table("courses", "What could be given.",
          (_column("course", Kind.NAME, "A short name.", "plain-english"),
           _column("half_days", Kind.POSITIVE, "How many half-days a run lasts.", "2"),
           _column("pattern", Kind.WORD, "consecutive (inside one week) or weekly (the same half-day each week).", "consecutive",
                   words=("consecutive", "weekly")),
           _column("min_group", Kind.COUNT, "The fewest places a run may have.", "6"),
           _column("max_group", Kind.COUNT, "The most places in person.", "16"),
           _column("max_group_online", Kind.COUNT, "The most places online.", "30"),
           _column("in_person", Kind.FLAG, "1 if offered in person, otherwise 0.", "1"),
           _column("online", Kind.FLAG, "1 if offered online, otherwise 0.", "1"),
           _column("cost_run", Kind.MONEY, "What a run in person costs, without the venue.", "700"),
           _column("cost_run_online", Kind.MONEY, "What a run online costs.", "820"),
           _column("cost_head", Kind.MONEY, "What each place adds.", "12.50"),
           _reference("prerequisite", "courses", "A course to be taken before, or empty.", "", optional=True)), ("course",)),
    Table("course_skills", "Which needs a course closes.",
          (_reference("course", "courses", "The course.", "plain-english"),
           _reference("skill", "skills", "A skill whose need it closes.", "writing-plainly")), ("course", "skill"),
          may_be_empty=True),
    Table("done", "Courses already taken: they open what requires them.",
          (_reference("person", "people", "Who.", "p001"), _reference("course", "courses", "What.", "plain-english")),
          ("person", "course"), may_be_empty=True),
    Table("needs", "Who needs what, and how much it matters.",
          (_reference("person", "people", "Who.", "p001"),
           _reference("skill", "skills", "What.", "writing-plainly"),
           _column("weight", Kind.POINTS, "30 for essential, 10 for desirable, unless you choose otherwise.", "30")),
          ("person", "skill"), may_be_empty=True),
    Table("venues", "Rooms.",
          (_column("venue", Kind.NAME, "A short name.", "library-room-1"),
           _reference("area", "areas", "Where it is.", "harbour"),
           _column("capacity", Kind.COUNT, "Seats.", "16"),
           _column("cost_half_day", Kind.MONEY, "Hire for a half-day.", "60"),
           _column("free", Kind.PATTERN, FREE, "1111111111"),
           _column("features", Kind.WORDS, "What it has, as step-free hearing-loop. May be left out.", "step-free", optional=True, besides=True)),
          ("venue",), may_be_empty=True),
    Table("trainers", "Who can give courses.",
          (_column("trainer", Kind.NAME, "A pseudonym.", "t01"),
           _column("free", Kind.PATTERN, FREE, "1100110011")), ("trainer",), may_be_empty=True),
    Table("trainer_courses", "Who can give what.",
          (_reference("trainer", "trainers", "Who.", "t01"), _reference("course", "courses", "What.", "plain-english")),
          ("trainer", "course"), may_be_empty=True),
    Table("pinned", "Runs that must take place. May be left out.",
          (_reference("course", "courses", "The course.", "plain-english"),
           _column("start", Kind.COUNT, "The half-day in which it starts, counted from 0.", "12"),
           _reference("venue", "venues", "Where; empty is online.", "library-room-1", optional=True),
           _reference("trainer", "trainers", "By whom.", "t01")), ("start", "trainer"), may_be_empty=True, optional=True),
    Table("closed_courses", "Half-days in which a course may not meet. May be left out.",
          (_reference("course", "courses", "The course.", "plain-english"),
           _column("half_day", Kind.COUNT, "The half-day, counted from 0.", "17")), ("course", "half_day"), may_be_empty=True, optional=True),
)  # fmt: skip

DESCRIBED = ("areas", "organisations", "teams", "skills", "courses", "venues")
"""Tables whose further columns (a name, a kind) are kept and handed on. The planner does not read them."""

PERSONAL = frozenset({"name", "full_name", "first_name", "last_name", "surname", "email", "e-mail", "mail", "phone",
                      "telephone", "birth_date", "birthday", "date_of_birth", "dob", "address", "postcode"})  # fmt: skip
"""Columns that may not stand in the tables of people and trainers: a bundle carries pseudonyms only."""

BY_NAME = {table.name: table for table in TABLES}

SUPPORTED_RULES: frozenset[str] = frozenset({"access", "own_budgets"})
"""Optional hard rules that this planner knows: a bundle that `requires` another is refused."""


@dataclass(frozen=True, slots=True)
class Setting:
    """An entry of the `planning` object, or a row of a workbook's planning sheet."""

    name: str
    note: str
    example: str
    required: bool = True


SETTINGS: tuple[Setting, ...] = (
    Setting("version", "The version of this format: 1.", "1"),
    Setting("weeks", "Weeks in the term.", "12"),
    Setting("half_days_per_week", "Half-days in a week: 10 for Monday to Friday, mornings and afternoons.", "10"),
    Setting("budget", "Money for the whole term.", "25000"),
    Setting("currency", "Three letters.", "GBP"),
    Setting("cover", "Share of a team that may be away in one half-day, 0 to 1 (always at least one person).", "0.3"),
    Setting("penalty_mode", "Points lost for a place in a mode the person dislikes.", "1"),
    Setting("penalty_near", "Points lost for a place in a near area, not the home area.", "2"),
    Setting("starts_on", "The Monday on which the term starts, as 2027-01-11. Needed for calendar entries.", "2027-01-11", False),
    Setting("timezone", "As Europe/London. Needed for calendar entries.", "Europe/London", False),
    Setting("half_day_times", "Clock times of the half-days of a day, as 09:30-12:30 13:30-16:30. Needed for calendar entries.",
            "09:30-12:30 13:30-16:30", False),
    Setting("closed_on", "Days on which nobody, no venue and no trainer is free, as 2027-03-26 2027-03-29.", "", False),
    Setting("held_back", "Share of each run's seats that is kept for free booking, 0 to 1: the plan leaves them empty.", "", False),
    Setting("requires", "Names of optional hard rules in use (access, own_budgets), so that no other program overlooks them. May be left empty.", "", False),
)  # fmt: skip
