"""The seeded writer of Fenbridge's bundle: 25 institutions, their people's needs, and what could be given to meet them.

Nothing here is shipped as a file: the same seed writes the same city, and the planner plans it on the spot.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from dateutil.easter import easter

SEED = 20270111
WEEKS, WEEK = 12, 10
BUDGET_SHARE = 0.55
"""Of what meeting every need would cost at its cheapest seat."""

AREAS = {
    "harbour": "Harbour",
    "old-town": "Old Town",
    "marsh-end": "Marsh End",
    "hillside": "Hillside",
    "north-fields": "North Fields",
    "university": "University Quarter",
}
NEIGHBOURS = [
    ("harbour", "old-town"),
    ("old-town", "university"),
    ("old-town", "hillside"),
    ("harbour", "marsh-end"),
    ("hillside", "north-fields"),
    ("university", "north-fields"),
]


@dataclass(frozen=True, slots=True)
class Institution:
    reference: str
    name: str
    kind: str
    people: int
    area: str
    interests: tuple[str, ...]
    """Skills its people need more often than others do."""


INSTITUTIONS = (
    Institution("city-council", "Fenbridge City Council", "council", 1400, "old-town", ("complaints", "plain-words", "data-basics")),
    Institution("hospital-trust", "Fenbridge Hospital NHS Trust", "nhs", 420, "hillside", ("difficult-talks", "data-protection", "presenting")),
    Institution("community-health", "Fenbridge Community Health NHS Trust", "nhs", 190, "marsh-end", ("difficult-talks", "accessibility", "carers")),
    Institution("fen-valley-police", "Fen Valley Police", "police", 160, "old-town", ("social-media", "difficult-talks", "neighbourhoods")),
    Institution("fenbridge-college", "Fenbridge College", "college", 150, "university", ("ai-tools", "inclusive-teaching", "presenting")),
    Institution("university", "University of Fenbridge", "university", 110, "university", ("open-data", "presenting", "ai-tools")),
    Institution("fenbridge-homes", "Fenbridge Homes", "housing", 90, "north-fields", ("complaints", "difficult-talks", "neighbourhoods")),
    Institution("ambulance", "Fen Valley Ambulance Service", "nhs", 70, "north-fields", ("wellbeing", "data-protection")),
    Institution("academy-trust", "Marsh End Academy Trust", "school", 65, "marsh-end", ("inclusive-teaching", "wellbeing", "safe-online")),
    Institution("fire-and-rescue", "Fen Valley Fire and Rescue", "fire", 60, "harbour", ("neighbourhoods", "social-media")),
    Institution("libraries-museums", "Fenbridge Libraries and Museums", "library", 60, "old-town", ("teaching-digital", "social-media", "open-meetings")),
    Institution("sixth-form", "Marsh End Sixth Form College", "college", 45, "marsh-end", ("inclusive-teaching", "ai-tools")),
    Institution("quayside-housing", "Quayside Housing Association", "housing", 40, "harbour", ("complaints", "plain-words")),
    Institution("advice-centre", "Fenbridge Advice Centre", "charity", 24, "old-town", ("plain-words", "difficult-talks", "benefits")),
    Institution("evergreen", "Evergreen Fenbridge", "charity", 18, "hillside", ("teaching-digital", "carers")),
    Institution("night-shelter", "Open Door Night Shelter", "charity", 16, "harbour", ("difficult-talks", "wellbeing", "benefits")),
    Institution("youth-works", "Fenbridge Youth Works", "charity", 15, "north-fields", ("social-media", "video", "safe-online")),
    Institution("carers-network", "Fenbridge Carers’ Network", "charity", 14, "marsh-end", ("carers", "benefits")),
    Institution("family-centre", "Hillside Family Centre", "charity", 12, "hillside", ("wellbeing", "plain-words")),
    Institution("food-share", "Fenbridge Food Share", "charity", 9, "marsh-end", ("volunteers", "social-media")),
    Institution("sight-and-sound", "Sight and Sound Fenbridge", "charity", 8, "university", ("accessibility", "teaching-digital")),
    Institution("welcome", "Fenbridge Welcome", "community", 7, "harbour", ("plain-words", "volunteers", "benefits")),
    Institution("arts-workshop", "Harbour Arts Workshop", "community", 6, "harbour", ("video", "social-media")),
    Institution("river-friends", "Friends of the Fen River", "community", 5, "north-fields", ("volunteers", "open-data")),
    Institution("repair-cafe", "Marsh End Repair Café", "charity", 4, "marsh-end", ("volunteers", "social-media")),
)  # fmt: skip

SKILLS = {
    "plain-words": ("Writing so that everyone understands", 9), "social-media": ("Using social media at work", 10), "complaints": ("Answering complaints well", 7),
    "difficult-talks": ("Talking when feelings run high", 7), "data-basics": ("Reading and questioning figures", 9), "spreadsheets": ("Working with spreadsheets", 8),
    "charts": ("Showing figures in charts", 4), "presenting": ("Speaking to a room", 5), "accessibility": ("Making documents and pages accessible", 5),
    "data-protection": ("Handling personal data", 7), "safe-online": ("Staying safe online", 6), "ai-tools": ("Using AI tools with care", 8),
    "video": ("Making short videos on a phone", 3), "open-meetings": ("Running open meetings", 3), "facilitating": ("Leading a workshop", 4),
    "service-design": ("Seeing a service through its users’ eyes", 4), "listening": ("Asking residents and hearing the answer", 4),
    "volunteers": ("Working with volunteers", 3), "neighbourhoods": ("Knowing a neighbourhood", 3), "managing-people": ("Supporting a team", 5),
    "money": ("Keeping a budget", 4), "projects": ("Running a small project", 5), "wellbeing": ("Looking after yourself and colleagues", 5),
    "carers": ("Recognising and supporting carers", 3), "benefits": ("Pointing people to benefits and help", 3),
    "teaching-digital": ("Helping others to get online", 3), "inclusive-teaching": ("Teaching adults of all kinds", 3), "open-data": ("Finding and publishing open data", 2),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Course:
    reference: str
    name: str
    skills: tuple[str, ...]
    half_days: int
    pattern: str
    group: tuple[int, int, int]
    """Fewest, most in person, most online."""
    run: int
    online: int
    head: float
    prerequisite: str = ""
    in_person: bool = True


COURSES = (
    Course("plain-english", "Plain English", ("plain-words",), 1, "consecutive", (6, 16, 24), 420, 440, 8),
    Course("letters-people-understand", "Letters people understand", ("plain-words", "complaints"), 2, "weekly", (6, 14, 20), 780, 800, 12.5),
    Course("first-steps-social", "First steps in social media", ("social-media",), 1, "consecutive", (6, 16, 26), 400, 430, 6),
    Course("answering-in-public", "Answering the public online", ("social-media", "complaints"), 2, "consecutive", (6, 14, 20), 820, 830, 10, "first-steps-social"),
    Course("complaints-well", "Complaints: hear, answer, learn", ("complaints",), 1, "consecutive", (6, 15, 24), 450, 470, 7.5),
    Course("calm-conversations", "Calm conversations", ("difficult-talks",), 2, "consecutive", (7, 14, 16), 860, 0, 14),
    Course("figures-for-everyone", "Figures for everyone", ("data-basics",), 1, "consecutive", (6, 18, 30), 430, 450, 5),
    Course("spreadsheets-one", "Spreadsheets from the start", ("spreadsheets",), 2, "weekly", (6, 14, 22), 720, 700, 9),
    Course("spreadsheets-two", "Spreadsheets: finding answers", ("spreadsheets", "data-basics"), 3, "weekly", (5, 12, 18), 1080, 1050, 12, "spreadsheets-one"),
    Course("charts-that-speak", "Charts that speak", ("charts",), 1, "consecutive", (5, 14, 22), 460, 450, 8, "figures-for-everyone"),
    Course("speak-up", "Speak up: talking to a room", ("presenting",), 2, "weekly", (6, 12, 12), 760, 0, 8),
    Course("accessible-documents", "Accessible documents in practice", ("accessibility",), 1, "consecutive", (5, 16, 30), 480, 430, 4),
    Course("personal-data", "Personal data, handled well", ("data-protection",), 1, "consecutive", (8, 18, 40), 390, 380, 3),
    Course("safe-online", "Safe online", ("safe-online", "data-protection"), 1, "consecutive", (8, 18, 40), 430, 420, 3.5),
    Course("ai-with-care", "AI tools with care", ("ai-tools",), 2, "consecutive", (6, 16, 24), 840, 820, 15),
    Course("phone-films", "Films from your phone", ("video", "social-media"), 2, "weekly", (5, 12, 12), 880, 0, 18),
    Course("open-meetings", "Meetings the public comes to", ("open-meetings", "facilitating"), 2, "consecutive", (6, 16, 16), 800, 0, 10),
    Course("lead-a-workshop", "Lead a workshop", ("facilitating", "presenting"), 3, "weekly", (6, 12, 12), 1150, 0, 14),
    Course("in-their-shoes", "In their shoes: service design", ("service-design", "listening"), 4, "weekly", (6, 14, 18), 1520, 1450, 20),
    Course("ask-and-listen", "Ask residents and listen", ("listening",), 1, "consecutive", (5, 15, 20), 440, 430, 6),
    Course("with-volunteers", "Working with volunteers", ("volunteers",), 1, "consecutive", (5, 16, 24), 380, 360, 5),
    Course("walk-the-ward", "Walk the ward", ("neighbourhoods", "listening"), 1, "consecutive", (6, 18, 18), 350, 0, 2),
    Course("supporting-a-team", "Supporting a team", ("managing-people", "wellbeing"), 3, "weekly", (6, 14, 16), 1200, 1150, 16),
    Course("budgets", "Budgets without fear", ("money",), 2, "consecutive", (6, 14, 24), 740, 700, 7),
    Course("small-projects", "Small projects that finish", ("projects",), 2, "weekly", (6, 16, 22), 760, 740, 9),
    Course("looking-after", "Looking after each other", ("wellbeing",), 1, "consecutive", (6, 18, 24), 420, 400, 4),
    Course("carers-count", "Carers count", ("carers",), 1, "consecutive", (5, 16, 26), 360, 340, 4),
    Course("help-and-benefits", "Who can help? Benefits and advice", ("benefits",), 1, "consecutive", (5, 16, 30), 380, 360, 4),
    Course("digital-helpers", "Digital helpers", ("teaching-digital",), 2, "consecutive", (5, 14, 18), 640, 620, 8),
    Course("teach-adults", "Teaching adults of all kinds", ("inclusive-teaching", "facilitating"), 4, "weekly", (6, 14, 18), 1480, 1400, 18),
    Course("open-data", "Open data: find it, use it, publish it", ("open-data", "data-basics"), 2, "consecutive", (5, 14, 26), 780, 720, 8),
)  # fmt: skip

VENUES = (
    ("council-chamber", "Committee Room 2, Guildhall", "old-town", 16, 85), ("central-library", "Central Library, Reading Room", "old-town", 20, 60),
    ("museum", "City Museum, Learning Room", "old-town", 14, 55), ("harbour-hall", "Harbour Hall", "harbour", 24, 95),
    ("arts-workshop", "Harbour Arts Workshop", "harbour", 12, 35), ("marsh-end-hub", "Marsh End Community Hub", "marsh-end", 18, 40),
    ("sixth-form-lab", "Sixth Form College, Computer Room", "marsh-end", 16, 70), ("hillside-centre", "Hillside Family Centre", "hillside", 12, 30),
    ("hospital-education", "Hospital Education Centre, Room 4", "hillside", 20, 90), ("north-fields-hall", "North Fields Village Hall", "north-fields", 22, 45),
    ("homes-office", "Fenbridge Homes, Training Room", "north-fields", 14, 50), ("college-101", "Fenbridge College, Room 101", "university", 18, 75),
    ("university-seminar", "University Seminar Room B", "university", 16, 80),
)  # fmt: skip
TRAINERS = 26


def term_start(today: dt.date) -> dt.date:
    """The Monday about six weeks ahead."""
    soon = today + dt.timedelta(weeks=6)
    return soon + dt.timedelta(days=-soon.weekday() % 7)


def bank_holidays(year: int) -> dict[dt.date, str]:
    """Those of England, by rule: what falls on a weekend is kept on the next working day."""
    sunday = easter(year)
    may = dt.date(year, 5, 1)
    named = {
        _kept([dt.date(year, 1, 1)])[0]: "New Year’s Day", sunday - dt.timedelta(days=2): "Good Friday", sunday + dt.timedelta(days=1): "Easter Monday",
        may + dt.timedelta(days=-may.weekday() % 7): "Early May bank holiday",
    }  # fmt: skip
    for after, name in ((dt.date(year, 6, 1), "Spring bank holiday"), (dt.date(year, 9, 1), "Summer bank holiday")):
        named[after - dt.timedelta(days=after.weekday() or 7)] = name  # the last Mondays of May and August
    christmas = _kept([dt.date(year, 12, 25), dt.date(year, 12, 26)])
    return named | dict(zip(christmas, ("Christmas Day", "Boxing Day")))


def closed_days(starts_on: dt.date) -> list[dt.date]:
    """The bank holidays of England in the term, and Founders' Day, the Friday of week six, which only Fenbridge keeps."""
    found = {starts_on + dt.timedelta(days=39), *bank_holidays(starts_on.year), *bank_holidays(starts_on.year + 1)}
    return sorted(day for day in found if starts_on <= day < starts_on + dt.timedelta(weeks=WEEKS))


def _kept(days: list[dt.date]) -> list[dt.date]:
    """Holidays that fall on a weekend are kept on the next working day."""
    kept: list[dt.date] = []
    for day in days:
        while day.weekday() > 4 or day in kept:
            day += dt.timedelta(days=1)
        kept.append(day)
    return kept


def bundle(
    starts_on: dt.date, *, scale: float = 1.0, seed: int = SEED
) -> tuple[dict[str, dict[str, list[Any]]], dict[str, Any]]:
    """Tables (table -> column -> cells) and planning settings. `scale` shrinks the institutions, for tests."""
    rng = np.random.default_rng(seed)
    people, teams = _people(rng, scale)
    skill_ids = list(SKILLS)
    popularity = np.array([weight for _, weight in SKILLS.values()], float)
    interests = {i.reference: np.array([3.0 if s in i.interests else 1.0 for s in skill_ids]) for i in INSTITUTIONS}
    needs: dict[str, list[Any]] = {"person": [], "skill": [], "weight": []}
    done: dict[str, list[Any]] = {"person": [], "course": []}
    team_institution = dict(zip(teams["team"], teams["organisation"]))
    for person, team in zip(people["person"], people["team"]):
        chance = popularity * interests[team_institution[team]]
        count = int(rng.choice([1, 2, 3, 4, 5], p=[0.25, 0.3, 0.25, 0.13, 0.07]))
        for skill in sorted(rng.choice(len(skill_ids), count, replace=False, p=chance / chance.sum()).tolist()):
            needs["person"].append(person)
            needs["skill"].append(skill_ids[skill])
            needs["weight"].append(30 if rng.random() < 0.35 else 10)
        for course in ("first-steps-social", "spreadsheets-one", "figures-for-everyone"):
            if rng.random() < 0.45:
                done["person"].append(person)
                done["course"].append(course)
    trainers, trainer_courses = _trainers(rng)
    both_ways = NEIGHBOURS + [(b, a) for a, b in NEIGHBOURS]
    tables: dict[str, dict[str, list[Any]]] = {
        "areas": {"area": list(AREAS), "name": list(AREAS.values())},
        "reach": {"from_area": [*AREAS, *(a for a, _ in both_ways)], "to_area": [*AREAS, *(b for _, b in both_ways)],
                  "reach": ["home"] * len(AREAS) + ["near"] * len(both_ways)},
        "organisations": {"organisation": [i.reference for i in INSTITUTIONS], "name": [i.name for i in INSTITUTIONS], "kind": [i.kind for i in INSTITUTIONS]},
        "teams": teams,
        "people": people,
        "skills": {"skill": skill_ids, "name": [name for name, _ in SKILLS.values()]},
        "courses": {
            "course": [c.reference for c in COURSES], "half_days": [c.half_days for c in COURSES], "pattern": [c.pattern for c in COURSES],
            "min_group": [c.group[0] for c in COURSES], "max_group": [c.group[1] for c in COURSES], "max_group_online": [c.group[2] for c in COURSES],
            "in_person": [int(c.in_person) for c in COURSES], "online": [int(c.online > 0) for c in COURSES], "cost_run": [c.run for c in COURSES],
            "cost_run_online": [c.online for c in COURSES], "cost_head": [f"{c.head:.2f}" for c in COURSES],
            "prerequisite": [c.prerequisite for c in COURSES], "name": [c.name for c in COURSES],
        },
        "course_skills": {"course": [c.reference for c in COURSES for _ in c.skills], "skill": [s for c in COURSES for s in c.skills]},
        "done": done,
        "needs": needs,
        "venues": {"venue": [v[0] for v in VENUES], "area": [v[2] for v in VENUES], "capacity": [v[3] for v in VENUES],
                   "cost_half_day": [v[4] for v in VENUES], "free": [_week(rng, 0.75) for _ in VENUES], "name": [v[1] for v in VENUES]},
        "trainers": trainers,
        "trainer_courses": trainer_courses,
    }  # fmt: skip
    planning = {
        "version": 1, "weeks": WEEKS, "half_days_per_week": WEEK, "budget": _budget(needs), "currency": "GBP", "cover": 0.3,
        "penalty_mode": 1, "penalty_near": 2, "starts_on": starts_on.isoformat(), "timezone": "Europe/London",
        "half_day_times": [["09:30", "12:30"], ["13:30", "16:30"]],
        "closed_on": [day.isoformat() for day in closed_days(starts_on)],
    }  # fmt: skip
    return tables, planning


def _people(rng: np.random.Generator, scale: float) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    people: dict[str, list[Any]] = {"person": [], "team": [], "area": [], "half_days": [], "prefers": [], "free": []}
    teams: dict[str, list[Any]] = {"team": [], "organisation": [], "name": []}
    areas = list(AREAS)
    for institution in INSTITUTIONS:
        left = max(min(4, institution.people), round(institution.people * scale))
        number = 0
        while left:
            size = min(left, int(rng.integers(4, 22)))
            if 0 < left - size < 3:
                size = left
            number += 1
            team = f"{institution.reference}-{number}"
            teams["team"].append(team)
            teams["organisation"].append(institution.reference)
            teams["name"].append(f"Team {number}")
            for _ in range(size):
                part_time = rng.random() < 0.25
                people["person"].append(f"p{len(people['person']) + 1:04}")
                people["team"].append(team)
                people["area"].append(institution.area if rng.random() < 0.7 else areas[int(rng.integers(len(areas)))])
                people["half_days"].append(int(rng.choice([2, 3, 4, 5, 6, 8], p=[0.1, 0.2, 0.3, 0.2, 0.15, 0.05])))
                people["prefers"].append(str(rng.choice(["any", "in_person", "online"], p=[0.4, 0.35, 0.25])))
                people["free"].append(_week(rng, 0.4 if part_time else 0.68))
            left -= size
    return people, teams


def _week(rng: np.random.Generator, share: float) -> str:
    free = rng.random(WEEK) < share
    free[int(rng.integers(WEEK))] = True
    return "".join("1" if each else "0" for each in free)


def _trainers(rng: np.random.Generator) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Each course has at least two trainers, and each trainer three courses or more."""
    trainers = {
        "trainer": [f"t{i + 1:02}" for i in range(TRAINERS)],
        "free": [_week(rng, 0.6) for _ in range(TRAINERS)],
    }
    pairs = {
        (f"t{(2 * c + k) % TRAINERS + 1:02}", course.reference) for c, course in enumerate(COURSES) for k in (0, 1)
    }
    for trainer in trainers["trainer"]:
        for c in rng.choice(len(COURSES), int(rng.integers(2, 6)), replace=False).tolist():
            pairs.add((trainer, COURSES[c].reference))
    ordered = sorted(pairs)
    return trainers, {"trainer": [t for t, _ in ordered], "course": [c for _, c in ordered]}


def _budget(needs: dict[str, list[Any]]) -> int:
    cheapest = {
        skill: min(
            min(c.run / c.group[1] if c.in_person else 1e9, c.online / c.group[2] if c.online else 1e9) + c.head
            for c in COURSES
            if skill in c.skills
        )
        for skill in SKILLS
    }
    return round(BUDGET_SHARE * sum(cheapest[skill] for skill in needs["skill"]) / 1000) * 1000
