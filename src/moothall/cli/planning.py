"""The planner's commands. None of them loads Django."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import planner
from ..planner import PlannerError, Problem, Progress, Stop

SECONDS = 20.0
MOST_SHOWN = 20
LINE_EVERY = 2.0
"""Seconds between progress lines where there is no terminal to redraw one on."""


class BadUse(PlannerError):
    """The command was called with something it cannot do."""


def plan(arguments: Namespace) -> int:
    planner.refuse_bad_target(Path(arguments.out))
    if arguments.floor is not None and (arguments.workers or arguments.scheduler):
        raise BadUse(
            "A floor for every organisation and planning in parts (--workers, --scheduler) do not go together."
        )
    if arguments.workers == 0:
        raise BadUse("Plan by at least one worker, or leave --workers out.")
    if arguments.workers and arguments.scheduler:
        raise BadUse("Plan either by processes of this machine (--workers) or by those of a cluster (--scheduler).")
    workers: planner.Workers | None = None
    if arguments.scheduler:  # before Ctrl-C promises a plan
        workers = planner.Cluster(arguments.scheduler)
    elif arguments.workers:
        workers = planner.Processes(arguments.workers)
    stop = _stop(arguments)
    with _interrupts(stop, "Stopping: the best plan so far is being checked ..."):
        problem = _read(arguments.bundle)
        stop.began = time.monotonic()
        live = _Live()
        live.say(f"Planning for {len(problem.people):,} people of {len(problem.organisations):,} organisations.")
        _say_if_compiling(live)
        if sys.stdin.isatty():
            live.say("Ctrl-C takes the best plan so far.")
        fair = None
        if arguments.floor is None:
            result = _planned(arguments, problem, stop, live, workers)
        else:
            fair = planner.fair(problem, arguments.floor, stop, arguments.seed, live.progress)
            result = fair.result
        live.done()
    about = planner.result_json(result, problem)
    if fair:
        about |= {
            "floor": arguments.floor,
            "price_of_floor": round(fair.price, 6),
            "below_floor": [asdict(each) for each in fair.below],
        }
    planner.write_plan(arguments.out, problem, result.plan, about)
    if arguments.json:
        _print_json(about)
        return 0
    _summary(about, problem)
    print(
        f"No plan can pass a value of {result.bound:,.0f}: this one is at most {result.gap:.2%} below the best ({result.status})."
    )
    if fair:
        _say_floor(fair, arguments.floor)
    if result.lost:
        why = (
            "it was stopped before their part of the city was planned"
            if stop.asked()
            else "every process that tried to plan their part of the city died, perhaps for want of memory"
        )
        print(f"{result.lost:,} people have no places, as {why}.")
    if result.cost:
        print(
            f"The last pound bought {result.price_of_money:.3f} points."
            if problem.currency == "GBP"
            else f"The price of money: {result.price_of_money:.3f} points."
        )
    print(f"Checked against every rule. Written to {arguments.out}")
    return 0


def _planned(
    arguments: Namespace, problem: Problem, stop: Stop, live: _Live, workers: planner.Workers | None
) -> planner.Result:
    if workers and planner.parts(problem) == 1:
        live.say("This city is too small for several parts: it is planned as a whole.")
    if workers is None and len(problem.people) > planner.LARGE:
        workers = planner.Processes()
    if workers is None:
        return planner.solve(problem, stop, arguments.seed, live.progress)
    return planner.in_shards(problem, stop, arguments.seed, live.progress, workers=workers)


def _say_floor(fair: planner.Fair, floor: float) -> None:
    cost = f"costs {fair.price:,.0f} points ({fair.price / max(1.0, fair.without.value):.1%})"
    price = (
        f"Without a floor the value was {fair.without.value:,.0f}: the floor {cost}."
        if fair.price > 0
        else "The floor cost nothing that this search could see."
    )
    if fair.below and fair.result.plan is fair.without.plan:
        price = f"No plan nearer to the floor was found; the value is {fair.without.value:,.0f}."
    if not fair.below:
        print(f"Every organisation has at least {floor:.0%} of its needs met. {price}")
        return
    print(f"{len(fair.below)} of the organisations stay below {floor:.0%} of their needs. {price}")
    for each in fair.below[:MOST_SHOWN]:
        print(f"  {each.organisation}: {each.needs_met} of {each.needs} needs met, {each.asked} asked for")
    if len(fair.below) > MOST_SHOWN:
        print(f"  ... and {len(fair.below) - MOST_SHOWN} more (--json has them all).")


def check(arguments: Namespace) -> int:
    problem = _read(arguments.bundle)
    made, about = planner.read_plan(arguments.plan, problem)
    found = planner.check(problem, made)
    claims = planner.claims_that_differ(about, found, problem)
    good = found.feasible and not claims
    if arguments.json:
        answer = planner.check_json(found, problem)
        _print_json(
            {
                **answer,
                "feasible": good,
                "faults": [*claims, *answer["faults"]],
                "fault_count": len(found.faults) + len(claims),
            }
        )
        return 0 if good else 1
    for fault in [*claims, *found.faults[:100]]:
        print(fault)
    if len(found.faults) > 100:
        print(f"... and {len(found.faults) - 100} more.")
    print("This plan keeps every rule." if good else "This plan does not hold.")
    _summary(planner.check_json(found, problem), problem)
    return 0 if good else 1


def _warn_of_another_city(about: dict[str, Any], problem: Problem) -> None:
    """A plan can be explained and mended beside a city that was changed by hand; whoever took the wrong folder should know."""
    if planner.of_another_city(about, problem):
        print(f"Take care: {planner.ANOTHER_CITY}", file=sys.stderr)


def explain(arguments: Namespace) -> int:
    problem = _read(arguments.bundle)
    made, about = planner.read_plan(arguments.plan, problem)
    _warn_of_another_city(about, problem)
    explainer = planner.Explainer(problem, made)
    if arguments.names:
        said = {name: explainer.words(name) for name in arguments.names}
        if arguments.json:
            _print_json(said)
        else:
            print("\n\n".join("\n".join([name, *(f"  {line}" for line in lines)]) for name, lines in said.items()))
        return 0
    unmet = explainer.unmet()
    tested = planner.stand_alone(problem, made)
    failed = [each for each in tested if each.fails]
    by_reason = {
        str(reason): (sum(u.reason is reason for u in unmet), sum(u.weight for u in unmet if u.reason is reason))
        for reason in planner.Reason
    }
    if arguments.json:
        _print_json(
            {
                "unmet": len(unmet),
                "reasons": {reason: {"needs": n, "weight": weight} for reason, (n, weight) in by_reason.items() if n},
                "stand_alone": [asdict(each) for each in tested if each.fails or each.transfer],
            }
        )
        return 0
    print(f"{len(unmet):,} of {len(problem.need_person):,} needs are not met.")
    for reason, (n, weight) in sorted(by_reason.items(), key=lambda each: -each[1][1]):
        if n:
            print(f"  {reason}: {n:,} needs, {weight:,.0f} points")
    print(
        f"{len(failed):,} of {len(tested):,} organisations' places in a course cost them more than they would without the others."
        if failed
        else "No organisation pays more for its places in any course than it would without the others."
    )
    for each in sorted(failed, key=lambda each: each.alone - each.pays)[:MOST_SHOWN]:
        rest = f", of which {problem.money(each.unmended)} cannot be had from the others" if each.unmended else ""
        print(
            f"  {each.organisation}, {each.course}: {problem.money(each.pays)} for {each.places} places, {problem.money(each.alone)} alone; the others there should give it {problem.money(each.pays - each.alone)}{rest}"
        )
    if len(failed) > MOST_SHOWN:
        print(f"  ... and {len(failed) - MOST_SHOWN} more (--json has them all).")
    return 0


def replan(arguments: Namespace) -> int:
    if not arguments.price and not arguments.out:
        raise BadUse("Say where to write the new plan (--out NEW), or ask only for the price (--price).")
    if not arguments.price:
        planner.refuse_bad_target(Path(arguments.out))
    changes_city = bool(arguments.wish) and not arguments.price
    if changes_city and not arguments.city:
        raise BadUse(
            "Wishes change the city: say where to write it as it is then (--city NEW_CITY), so that the new plan can be checked against it."
        )
    if changes_city and Path(arguments.city).exists():
        raise BadUse(f"{arguments.city} is there already: name a new file or folder for the city as it is then.")
    stop = Stop(seconds=arguments.seconds, steps=arguments.steps)
    with _interrupts(stop, "Stopping ..."):
        problem = _read(arguments.bundle)
        before, about = planner.read_plan(arguments.plan, problem)
        _warn_of_another_city(about, problem)
        worth = _price_of_money(about, problem, before)
        if arguments.price:
            return _price(arguments, problem, before, worth, stop)
        after = planner.granted(problem, before, *arguments.wish)
        live = _Live()
        _say_if_compiling(live)
        began = time.monotonic()
        new = planner.replanned(after.problem, after.plan, worth)
        if arguments.seconds is None and arguments.steps is None:
            answer = _checked(after.problem, new, arguments.seed, began) | {"price_of_money": worth}
        else:
            stop.began = time.monotonic()
            result = planner.solve(after.problem, stop, arguments.seed, live.progress, begin=new)
            live.done()
            new, answer = result.plan, planner.result_json(result, after.problem)
    runs, places = planner.gone(before, new)
    if changes_city:
        planner.write_bundle(arguments.city, after.problem)
    planner.write_plan(arguments.out, after.problem, new, answer)
    if arguments.json:
        _print_json({**answer, "runs_gone": runs, "places_gone": places})
        return 0
    print(
        f"Of {_many(len(before.runs), 'run')} and {_many(before.places(), 'place')}, {_many(runs, 'run')} and {_many(places, 'place')} are not in the new plan."
    )
    _summary(answer, after.problem)
    print(
        f"Checked against every rule. Written to {arguments.out}"
        + (f", the city to {arguments.city}" if changes_city else "")
    )
    return 0


def _price(arguments: Namespace, problem: Problem, before: planner.Plan, worth: float, stop: Stop) -> int:
    if not arguments.wish:
        raise BadUse('Say what to price, as --wish "pin r3".')
    if arguments.seconds is not None:
        raise BadUse("A price is found by equal steps, not by the clock: say --steps, or leave --seconds out.")
    live = _Live()
    _say_if_compiling(live)
    steps = {} if arguments.steps is None else {"steps": arguments.steps}
    found = planner.priced(
        problem,
        before,
        tuple(arguments.wish),
        worth,
        **steps,
        first_seed=arguments.seed,
        stop=stop,
        tell=lambda done, of: live.line(f"{done} of {of} searches"),
    )
    live.done()
    if stop.asked():
        raise BadUse("Stopped before the price was known.")
    if arguments.json:
        _print_json({**asdict(found), "cost": found.cost / 100})
        return 0
    print(
        f"Worth {found.value:+,.0f} points ({found.least:+,.0f} to {found.most:+,.0f}: the noise of the search), {found.needs_met:+,.1f} needs met, {'costs' if found.cost >= 0 else 'saves'} {problem.money(abs(found.cost))}."
    )
    print(
        f"Granted at once, {_many(found.runs_gone, 'run')} and {_many(found.places_gone, 'place')} of the plan would go."
    )
    return 0


def _price_of_money(about: dict[str, Any], problem: Problem, plan: planner.Plan) -> float:
    """Points a pound: as the plan says, otherwise half of what its pounds have bought."""
    said = about.get("price_of_money")
    if isinstance(said, int | float) and said >= 0:
        return float(said)
    return 50 * plan.value(problem) / max(1, plan.cost(problem))


def baseline(arguments: Namespace) -> int:
    planner.refuse_bad_target(Path(arguments.out))
    stop = _stop(arguments)
    with _interrupts(stop, "Stopping ..."):
        problem = _read(arguments.bundle)
        stop.began = began = time.monotonic()
        live = _Live()
        _say_if_compiling(live)
        if arguments.kind == "alone":
            made = planner.alone(
                problem, stop, arguments.seed, lambda done, of: live.line(f"{done} of {of} organisations planned")
            )
        else:
            made = planner.first_come(problem, arguments.seed, stop)
        live.done()
    about = _checked(problem, made, arguments.seed, began) | {"kind": arguments.kind}
    planner.write_plan(arguments.out, problem, made, about)
    if arguments.json:
        _print_json(about)
        return 0
    print("Each organisation alone:" if arguments.kind == "alone" else "First come, first served:")
    _summary(about, problem)
    print(f"Checked against every rule. Written to {arguments.out}")
    return 0


def template(arguments: Namespace) -> int:
    path = Path(arguments.file)
    if path.suffix.lower() != ".xlsx":
        raise BadUse(f"{path}: the name of the workbook must end in .xlsx.")
    if path.exists():
        raise BadUse(f"{path} is there already: name a new file, or move it away first.")
    if not path.parent.is_dir():
        raise BadUse(f"{path.parent} is not a folder: make it first, or name another.")
    planner.write_template(path)
    print(f"An empty city is in {path}. Its first sheet says how to fill it in.")
    return 0


# -- their common parts


def _say_if_compiling(live: _Live) -> None:
    if planner.compiles_first():
        live.say("The planner is used here for the first time: it is compiled meanwhile, which takes about a minute.")


def _read(path: str) -> Problem:
    return planner.read_bundle(path)


def _stop(arguments: Namespace) -> Stop:
    seconds = arguments.seconds if arguments.seconds is not None or arguments.steps is not None else SECONDS
    return Stop(seconds=seconds, steps=arguments.steps)


@contextmanager
def _interrupts(stop: Stop, said: str) -> Iterator[None]:
    """Ctrl-C (and a polite kill) end the search, not the process: what was found is still checked and written.

    The second one ends the process.
    """

    def interrupt(*_: object) -> None:
        if stop.interrupted:
            raise KeyboardInterrupt
        os.write(2, f"\n{said}\n".encode())
        stop.interrupt()

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Live:
    """Progress on standard error: one line that is redrawn on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self.terminal = sys.stderr.isatty()
        self.last = -LINE_EVERY
        self.drawn, self.unsaid = False, ""

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def progress(self, now: Progress) -> None:
        found = f"value {now.value:,.0f}   gap {now.gap:.2%}" if now.value else "no plan yet"
        self.line(f"{found}   bound {now.bound:,.0f}   {now.seconds:.0f} s")

    def line(self, text: str) -> None:
        if self.terminal:
            print(f"\r{text:<76}", end="", file=sys.stderr, flush=True)
            self.drawn = True
        elif time.monotonic() - self.last >= LINE_EVERY:
            self.last, self.unsaid = time.monotonic(), ""
            self.say(text)
        else:
            self.unsaid = text

    def done(self) -> None:
        """What was told last is said, if it was not yet."""
        if self.drawn:
            print(file=sys.stderr)
        if self.unsaid:
            self.say(self.unsaid)
            self.unsaid = ""


def _checked(problem: Problem, plan: planner.Plan, seed: int, began: float) -> dict[str, Any]:
    """What is written beside a plan that no search made."""
    found = planner.check(problem, plan)
    if not found.feasible:
        raise AssertionError(found.faults[0])
    about = planner.check_json(found, problem)
    del about["faults"], about["fault_count"]
    seconds = round(time.monotonic() - began, 3)
    return about | {"status": "feasible", "seed": seed, "seconds": seconds, "input": problem.input_hash}


def _summary(about: dict[str, Any], problem: Problem) -> None:
    met, needs, runs, places = (about[name] for name in ("needs_met", "needs", "runs", "places"))
    print(f"{met:,} of {needs:,} needs met in {_many(runs, 'run')} with {_many(places, 'place')}.")
    cost, budget = (problem.money(100 * about[name]) for name in ("cost", "budget"))
    if "own_money" in about:
        paid, there = (problem.money(100 * about[name]) for name in ("own_money", "own_budget"))
        common = problem.money(100 * (about["cost"] - about["own_money"]))
        cost = f"{cost}, of which organisations pay {paid} for their own people (they have {there}) and the common budget {common}"
    print(f"Cost: {cost} of {budget}. Value {about['value']:,.0f}.")


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _print_json(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, indent=1))
