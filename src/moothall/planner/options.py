"""Who could take what: the sparse heart of the problem.

An option is a pair (person, course) that can matter: the course closes one of the person's needs, or opens (as a
prerequisite, perhaps of a prerequisite) one that does; it is offered in some mode that reaches the person, fits the
half-days they can spare with all that must come before it, and its own prerequisite is done or an option too. Everything the search and the bound do
about people runs over options, not over people times courses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .problem import Bools, Floats, Ints, Problem


@dataclass(frozen=True, eq=False)
class Lists:
    """Many short lists of whole numbers in two arrays: list i is `items[start[i]:start[i + 1]]`."""

    start: Ints
    items: Ints

    @classmethod
    def of(cls, keys: Ints, items: Ints, count: int) -> Lists:
        """Items grouped by key (0 to count - 1), in the order given inside each group."""
        order = np.argsort(keys, kind="stable")
        start = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(keys, minlength=count), out=start[1:])
        return cls(start, items[order])

    def __getitem__(self, i: int) -> Ints:
        return self.items[self.start[i] : self.start[i + 1]]

    def at(self, keys: Ints) -> tuple[Ints, Ints]:
        """The lists of several keys, joined: (position in `keys` of each item, items)."""
        counts = self.start[keys + 1] - self.start[keys]
        owner = np.repeat(np.arange(len(keys)), counts)
        ends = np.cumsum(counts)
        offset = np.arange(len(owner)) - np.repeat(ends - counts, counts)
        return owner, self.items[self.start[keys][owner] + offset]


@dataclass(frozen=True, eq=False)
class Options:
    """Options in order of course, then person."""

    person: Ints
    course: Ints
    by_course: Ints
    """[C + 1] options of course c are by_course[c] to by_course[c + 1]."""
    by_person: Lists
    """person -> options, prerequisites before what they open."""
    needs: Lists
    """option -> needs it would close."""
    of_need: Lists
    """need -> options that would close it."""
    requires: Ints
    """[options] the option that must be taken before, or -1."""
    opens: Lists
    """option -> options that require it."""
    worth: Floats
    """[options] weight of all the needs it would close."""

    def __len__(self) -> int:
        return len(self.person)

    def find(self, course: int, people: Ints) -> Ints:
        """The options of these people in a course; -1 for whom it is none."""
        first, last = self.by_course[course], self.by_course[course + 1]
        at = np.minimum(first + np.searchsorted(self.person[first:last], people), max(0, len(self.person) - 1))
        mine = (at < last) & (self.person[at] == people) if last > first else np.zeros(len(people), bool)
        return np.where(mine, at, -1)


def options_of(problem: Problem) -> Options:
    """Every option of the problem, by closing the needs backwards over prerequisites."""
    P, C = len(problem.people), len(problem.courses)
    offered = offered_to(problem)
    wanted = np.zeros((P, C), bool)
    for c in range(C):
        wanted[problem.need_person[problem.closes[c, problem.need_skill]], c] = True
    wanted &= offered
    order = in_order_of_prerequisites(problem)
    takes = np.repeat(problem.course_half_days[None, :].astype(np.int16), P, axis=0)
    for c in order:
        q = problem.course_prerequisite[c]
        if q >= 0:
            takes[:, c] += np.where(problem.done[:, q], 0, takes[:, q])
    wanted &= takes <= problem.person_half_days[:, None]  # with all that must come before
    for c in order[::-1]:
        q = problem.course_prerequisite[c]
        if q >= 0:
            wanted[:, q] |= wanted[:, c] & ~problem.done[:, q] & offered[:, q]
    for c in order:
        q = problem.course_prerequisite[c]
        if q >= 0:
            wanted[:, c] &= problem.done[:, q] | wanted[:, q]
    course, person = np.nonzero(wanted.T)
    index = np.full((P, C), -1)
    index[person, course] = np.arange(len(person))
    by_course = np.searchsorted(course, np.arange(C + 1))

    pairs_option, pairs_need = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for c in range(C):
        need = np.nonzero(problem.closes[c, problem.need_skill])[0]
        option = index[problem.need_person[need], c]
        pairs_option.append(option[option >= 0])
        pairs_need.append(need[option >= 0])
    option, need = np.concatenate(pairs_option), np.concatenate(pairs_need)

    q = problem.course_prerequisite[course]
    must = (q >= 0) & ~problem.done[person, np.maximum(q, 0)]
    requires = np.where(must, index[person, np.maximum(q, 0)], -1)
    later = np.nonzero(must)[0]
    rank = np.empty(C, np.int64)
    rank[order] = np.arange(C)
    ranked = np.argsort(rank[course], kind="stable")
    return Options(
        person=person,
        course=course,
        by_course=by_course,
        by_person=Lists.of(person[ranked], ranked, P),
        needs=Lists.of(option, need, len(person)),
        of_need=Lists.of(need, option, len(problem.need_person)),
        requires=requires,
        opens=Lists.of(requires[later], later, len(person)),
        worth=np.bincount(option, weights=problem.need_weight[need], minlength=len(person)).astype(float),
    )


def offered_to(problem: Problem) -> Bools:
    """[P, C] some place exists that would take the person: online, or a venue in reach, for a course that fits their half-days."""
    staffed: Bools = np.any(problem.qualified, axis=0)
    serves = (problem.group_limits > 0) & staffed[:, None]
    within = problem.penalties < np.inf
    reachable = within.astype(np.float32) @ serves.T.astype(np.float32) > 0
    return reachable[problem.kinds] & (problem.course_half_days <= problem.person_half_days[:, None])


def in_order_of_prerequisites(problem: Problem) -> Ints:
    """Courses, each after its prerequisite. Raises ValueError on a cycle (which `io` refuses)."""
    placed: dict[int, None] = {}
    left = list(range(len(problem.courses)))
    while left:
        ready = [c for c in left if problem.course_prerequisite[c] < 0 or int(problem.course_prerequisite[c]) in placed]
        if not ready:
            raise ValueError("courses require each other in a circle")
        placed.update(dict.fromkeys(ready))
        left = [c for c in left if c not in placed]
    return np.array(list(placed), np.int64)
