"""From tables of text to a Problem, or to the whole list of what is wrong.

Columns are checked by their distinct values: a hundred thousand weights are mostly 10 and 30, so parsing is done
twice, not a hundred thousand times. Rows are looked at one by one only when something is wrong with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import BundleError
from ..problem import FAR, HOME, NEAR, Ints, Problem
from . import cells as parsers
from .cells import PARSERS, Wrong, word_of
from .raw import FAULTED, RawBundle, RawTable
from .tables import BY_NAME, DESCRIBED, SETTINGS, TABLES, Column, Kind

MOST_FEATURES = 60


class Validator:
    """Collects faults table by table. One use: `Validator(raw).problem()`."""

    def __init__(self, raw: RawBundle) -> None:
        self.raw = raw
        self.index: dict[str, dict[str, int]] = {}

    def problem(self) -> Problem:
        """Raises BundleError with every fault of the reading and of the tables."""
        settings = self._settings()
        for table in TABLES:
            if table.optional and table.name not in self.raw.tables:
                continue
            if table.name not in self.raw.tables and table.name not in self.raw.unreadable:
                self.raw.fault(
                    table.name,
                    None,
                    "",
                    "this table is missing.",
                    "Add it; a header alone is enough where there is nothing to list.",
                )
            elif table.name in self.raw.tables and not table.may_be_empty and not len(self.raw.tables[table.name]):
                self.raw.fault(table.name, None, "", "this table has no rows.", "A plan needs at least one.")
        for table in TABLES:
            if len(table.key) == 1:
                self._names(table.name, table.key[0])
        arrays = {table.name: self._columns(table.name, settings) for table in TABLES if table.name in self.raw.tables}
        self._unique_pairs(arrays)
        self._prerequisites(arrays)
        self._groups(arrays)
        self._half_days(arrays, settings)
        self._access(arrays)
        if self.raw.faults:
            order = {table.name: i for i, table in enumerate(TABLES, 1)}
            self.raw.faults.sort(key=lambda f: (order.get(f.table, 0), f.row or 0))
            raise BundleError(self.raw.faults, uncounted=self.raw.uncounted)
        return _assemble(arrays, self.index, settings, self._descriptions())

    def _descriptions(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Columns beside the planner's own, row by row: names and kinds for people to read."""
        out: dict[str, dict[str, tuple[str, ...]]] = {}
        for table in DESCRIBED:
            own = {column.name for column in BY_NAME[table].columns}
            given = self.raw.tables[table].columns
            out[table] = {
                head: tuple(cell.strip() for cell in cells) for head, cells in given.items() if head not in own
            }
        return out

    def _names(self, table: str, column: str) -> None:
        """The index of a table's own names: each once, none empty."""
        names: dict[str, int] = {}
        self.index[table] = names
        if table not in self.raw.tables:
            return
        cells, rows = self.raw.tables[table].columns[column], self.raw.tables[table].rows
        for i, cell in enumerate(cells):
            name = cell.strip()
            if name == FAULTED:
                continue
            if not name:
                self.raw.fault(table, rows[i], column, "the name is missing.", "Give the row a name of its own.")
            elif name in names:
                self.raw.fault(
                    table,
                    rows[i],
                    column,
                    f"{name[:60]!r} stands here a second time.",
                    f"It is already in row {rows[names[name]]}: remove one, or rename it.",
                )
            else:
                names[name] = i

    def _columns(self, name: str, settings: dict[str, Any]) -> dict[str, np.typing.NDArray[Any]]:
        raw = self.raw.tables[name]
        out: dict[str, np.typing.NDArray[Any]] = {}
        for column in BY_NAME[name].columns:
            if column.besides and column.name not in raw.columns:
                continue
            if column.kind is Kind.REFERENCE:
                out[column.name] = self._references(raw, column)
            elif column.kind is Kind.PATTERN:
                out[column.name] = self._patterns(raw, column, settings)
            elif column.kind is Kind.WORD:
                words = {word: i for i, word in enumerate(column.words)}
                out[column.name] = self._parsed(raw, column, word_of(words), np.int64)
            elif column.kind is not Kind.NAME:
                parse, dtype = PARSERS[column.kind]
                out[column.name] = self._parsed(raw, column, parse, dtype)
        return out

    def _parsed(self, raw: RawTable, column: Column, parse: Callable[[str], Any], dtype: Any) -> np.typing.NDArray[Any]:
        cells = raw.columns[column.name]
        values: list[Any] = []
        wrong: dict[str, Wrong] = {}
        nothing = () if column.kind is Kind.WORDS else 0
        for cell in cells.texts:
            try:
                values.append(nothing if cell == FAULTED else parse(cell))
            except Wrong as error:
                values.append(nothing)
                wrong[cell] = error
        self._report(raw, column, wrong)
        return np.fromiter(values, dtype, len(values))[cells.at]

    def _report(self, raw: RawTable, column: Column, wrong: dict[str, Wrong]) -> None:
        """A fault for each row in which one of these texts stands."""
        cells = raw.columns[column.name]
        for i in cells.where(wrong):
            why = wrong[cells[i]]
            self.raw.fault(raw.name, raw.rows[i], column.name, why.problem, why.mend)

    def _references(self, raw: RawTable, column: Column) -> Ints:
        known = self.index[column.to]
        usable = column.to in self.raw.tables
        cells = raw.columns[column.name]
        named = np.zeros(len(cells.texts), np.int64)
        wrong: dict[str, Wrong] = {}
        for k, cell in enumerate(cells.texts):
            name = cell.strip()
            named[k] = known.get(name, -1)
            if named[k] >= 0 or name == FAULTED or (column.optional and not name):
                continue
            if not name:
                wrong[cell] = Wrong("the cell is empty.", f"Name one of the table {column.to}.")
            elif usable:
                wrong[cell] = Wrong(f"{name[:60]!r} is not in the table {column.to}.", "Add it there, or correct the name.")  # fmt: skip
        self._report(raw, column, wrong)
        found: Ints = named[cells.at]
        return found

    def _patterns(self, raw: RawTable, column: Column, settings: dict[str, Any]) -> np.typing.NDArray[np.bool_]:
        """bool[rows, half-days of the term], with the closed days taken out."""
        weeks, week = settings.get("weeks", 0), settings.get("half_days_per_week", 0)
        cells = raw.columns[column.name]
        if not (weeks and week):
            return np.zeros((len(cells), 0), bool)
        term, repeated = weeks * week, []
        wrong: dict[str, Wrong] = {}
        for text in cells.texts:
            cell = text.strip() if text != FAULTED else "0" * term
            if cell.strip("01"):
                wrong[text] = Wrong(f"{cell[:40]!r} has other signs than 0 and 1.", "Write one 0 or 1 a half-day, without spaces.")  # fmt: skip
            elif len(cell) not in (week, term):
                wrong[text] = Wrong(f"the pattern is {len(cell)} long.", f"Give {week} signs (one week, repeated) or {term} (the whole term).")  # fmt: skip
            repeated.append(cell * weeks if len(cell) == week and week != term else cell)
        self._report(raw, column, wrong)
        if wrong:
            return np.zeros((len(cells), term), bool)
        signs = np.frombuffer("".join(repeated).encode(), np.uint8).reshape(len(repeated), term)
        free: np.typing.NDArray[np.bool_] = (signs == ord("1"))[cells.at]
        if len(settings.get("closed_half_days", ())):
            free[:, settings["closed_half_days"]] = False
        return free

    def _unique_pairs(self, arrays: dict[str, dict[str, Any]]) -> None:
        for table in TABLES:
            if len(table.key) != 2 or table.name not in arrays:
                continue
            first, second = (arrays[table.name][column] for column in table.key)
            good = (first >= 0) & (second >= 0)
            codes = np.where(good, first * (second.max(initial=0) + 2) + second, -1 - np.arange(len(first)))
            unique, at = np.unique(codes, return_index=True)
            if len(unique) == len(codes):
                continue
            first_at = dict(zip(unique.tolist(), at.tolist()))
            rows = self.raw.tables[table.name].rows
            for i in sorted(set(range(len(codes))) - set(at.tolist())):
                self.raw.fault(
                    table.name,
                    rows[i],
                    table.key[1],
                    "this pair stands here a second time.",
                    f"It is already in row {rows[first_at[int(codes[i])]]}: remove one.",
                )

    def _prerequisites(self, arrays: dict[str, dict[str, Any]]) -> None:
        if "courses" not in arrays:
            return
        before = arrays["courses"]["prerequisite"]
        names, rows = self.raw.tables["courses"].columns["course"], self.raw.tables["courses"].rows
        reported: set[int] = set()
        for c in range(len(before)):
            seen: list[int] = []
            at = c
            while at >= 0 and at not in seen:
                seen.append(at)
                at = int(before[at])
            if at == c and not reported & set(seen):
                reported.update(seen)
                circle = " needs ".join([*(names[i].strip() for i in seen), names[c].strip()])
                self.raw.fault(
                    "courses",
                    rows[c],
                    "prerequisite",
                    f"courses require each other in a circle: {circle}.",
                    "Remove one of these prerequisites.",
                )

    def _groups(self, arrays: dict[str, dict[str, Any]]) -> None:
        if "courses" not in arrays:
            return
        columns, rows = arrays["courses"], self.raw.tables["courses"].rows
        for offered, most in (("in_person", "max_group"), ("online", "max_group_online")):
            for c in np.nonzero(columns[offered] & (columns[most] < columns["min_group"]))[0].tolist():
                self.raw.fault(
                    "courses",
                    rows[c],
                    most,
                    "the largest group is smaller than min_group.",
                    "Raise it, lower min_group, or do not offer the course this way.",
                )

    def _half_days(self, arrays: dict[str, dict[str, Any]], settings: dict[str, Any]) -> None:
        term = settings.get("weeks", 0) * settings.get("half_days_per_week", 0)
        for table, column in (("pinned", "start"), ("closed_courses", "half_day")):
            for i in np.nonzero(arrays.get(table, {}).get(column, np.zeros(0)) >= term)[0].tolist() if term else ():
                self.raw.fault(
                    table,
                    self.raw.tables[table].rows[i],
                    column,
                    "this half-day is outside the term.",
                    f"Half-days are 0 to {term - 1}.",
                )

    def _access(self, arrays: dict[str, dict[str, Any]]) -> None:
        known = {word for cell in arrays.get("venues", {}).get("features", ()) for word in cell}
        if len(known) > MOST_FEATURES:
            self.raw.fault(
                "venues",
                1,
                "features",
                f"there are {len(known)} different features.",
                f"The most is {MOST_FEATURES}: leave out what nobody needs.",
            )
        needed = arrays.get("people", {}).get("access", ())
        for row, cell in zip(self.raw.tables["people"].rows if len(needed) else (), needed):
            for word in sorted(set(cell) - known):
                self.raw.fault(
                    "people",
                    row,
                    "access",
                    f"no venue has {word[:60]!r} among its features.",
                    "Correct the word, or add it to the venues that have it.",
                )

    def _settings(self) -> dict[str, Any]:
        given, out = self.raw.planning, {}

        def take(name: str, parse: Callable[[Any], Any], default: Any = None) -> None:
            setting = next(each for each in SETTINGS if each.name == name)
            value = given.get(name)
            if value == FAULTED:
                return
            if value is None or value == "" or value == []:
                if setting.required:
                    self.raw.fault("planning", None, name, "this is missing.", setting.note)
                else:
                    out[name] = default
                return
            try:
                out[name] = parse(value)
            except Wrong as error:
                self.raw.fault("planning", None, name, error.problem, error.mend)

        take("version", parsers.version)
        take("weeks", lambda value: parsers.limited(parsers.positive(parsers.scalar(value)), 520))
        take("half_days_per_week", lambda value: parsers.limited(parsers.positive(parsers.scalar(value)), 70))
        take("budget", lambda value: parsers.money(parsers.scalar(value)))
        take("currency", parsers.currency)
        take("cover", parsers.share)
        take("penalty_mode", lambda value: parsers.number(parsers.scalar(value)))
        take("penalty_near", lambda value: parsers.number(parsers.scalar(value)))
        take("held_back", parsers.share, 0.0)
        take("starts_on", parsers.monday)
        take("timezone", parsers.timezone, "")
        take("half_day_times", parsers.times, ())
        take("closed_on", parsers.days, ())
        take("requires", parsers.rules, ())
        if out.get("weeks", 0) * out.get("half_days_per_week", 0) > 4000:
            self.raw.fault("planning", None, "weeks", "the term has more than 4,000 half-days.", "Plan a shorter term.")
            out.pop("weeks")
        if out.get("closed_on"):
            if out.get("starts_on") is None:
                self.raw.fault(
                    "planning",
                    None,
                    "closed_on",
                    "days are closed, but it is not known when the term starts.",
                    "Add starts_on.",
                )
            elif out.get("weeks") and out.get("half_days_per_week"):
                out["closed_half_days"] = _closed(out)
        return out


def _closed(settings: dict[str, Any]) -> Ints:
    """The half-days of the term that fall on closed days. A day has as many half-days as it has times (two without)."""
    week, a_day, out = settings["half_days_per_week"], len(settings.get("half_day_times") or (1, 2)), []
    for day in settings["closed_on"]:
        weeks_in, weekday = divmod((day - settings["starts_on"]).days, 7)
        for each in range(weekday * a_day, min((weekday + 1) * a_day, week)):
            if 0 <= weeks_in < settings["weeks"]:
                out.append(weeks_in * week + each)
    return np.array(out, np.int64)


def _assemble(
    arrays: dict[str, dict[str, Any]],
    index: dict[str, dict[str, int]],
    settings: dict[str, Any],
    descriptions: dict[str, Any],
) -> Problem:
    names: dict[str, Any] = {table: tuple(index[table]) for table in index}
    people, courses, needs = arrays["people"], arrays["courses"], arrays["needs"]
    reach = np.full((len(names["areas"]),) * 2, FAR)
    pairs = arrays["reach"]
    reach[pairs["from_area"], pairs["to_area"]] = np.where(pairs["reach"] == 0, HOME, NEAR)
    closes = np.zeros((len(names["courses"]), len(names["skills"])), bool)
    closes[arrays["course_skills"]["course"], arrays["course_skills"]["skill"]] = True
    done = np.zeros((len(names["people"]), len(names["courses"])), bool)
    done[arrays["done"]["person"], arrays["done"]["course"]] = True
    qualified = np.zeros((len(names["trainers"]), len(names["courses"])), bool)
    qualified[arrays["trainer_courses"]["trainer"], arrays["trainer_courses"]["course"]] = True
    course_free = None
    if len(arrays.get("closed_courses", {}).get("course", ())):
        course_free = np.ones((len(names["courses"]), settings["weeks"] * settings["half_days_per_week"]), bool)
        course_free[arrays["closed_courses"]["course"], arrays["closed_courses"]["half_day"]] = False
    pins = arrays.get("pinned", {})
    pinned = sorted(zip(*(pins[column].tolist() for column in ("course", "start", "venue", "trainer")))) if pins else []
    features: tuple[str, ...] = ()
    person_access = venue_features = None
    if any(people.get("access", ())):
        features = tuple(sorted({word for cell in arrays["venues"]["features"] for word in cell}))
        bit = {word: 1 << i for i, word in enumerate(features)}
        person_access, venue_features = (
            np.array([sum(bit[word] for word in cell) for cell in cells], np.int64)
            for cells in (people["access"], arrays["venues"]["features"])
        )
    own_budget = arrays["organisations"].get("budget")
    if own_budget is not None and not own_budget.any():
        own_budget = None
    in_order = np.lexsort((needs["skill"], needs["person"]))
    sizes = np.bincount(people["team"], minlength=len(names["teams"]))
    return Problem(
        descriptions=descriptions,
        weeks=settings["weeks"], half_days_per_week=settings["half_days_per_week"], budget=settings["budget"],
        currency=settings["currency"], cover=settings["cover"], penalty_mode=settings["penalty_mode"],
        penalty_near=settings["penalty_near"], starts_on=settings["starts_on"], timezone=settings["timezone"],
        half_day_times=settings["half_day_times"], closed_on=settings["closed_on"],
        **names, reach=reach, team_organisation=arrays["teams"]["organisation"],
        person_team=people["team"], person_area=people["area"], person_half_days=people["half_days"],
        person_prefers=people["prefers"], person_free=people["free"],
        **{f"course_{name}": courses[name] for name in courses if name != "pattern"},
        course_weekly=courses["pattern"] == 1, closes=closes, done=done,
        need_person=needs["person"][in_order], need_skill=needs["skill"][in_order], need_weight=needs["weight"][in_order],
        venue_area=arrays["venues"]["area"], venue_capacity=arrays["venues"]["capacity"],
        venue_cost_half_day=arrays["venues"]["cost_half_day"], venue_free=arrays["venues"]["free"],
        trainer_free=arrays["trainers"]["free"], qualified=qualified,
        features=features, person_access=person_access, venue_features=venue_features, course_free=course_free, pinned=tuple(pinned), held_back=settings["held_back"], own_budget=own_budget,
        team_limit=np.maximum(1, (settings["cover"] * sizes + 1e-9).astype(np.int64)),
    )  # fmt: skip
