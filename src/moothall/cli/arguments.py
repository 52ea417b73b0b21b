"""The command line, said once: every command with its help, its arguments and the function that runs it."""

from __future__ import annotations

import argparse
import math

from ..planner import LARGE
from . import planning, serving

EPILOG = "Exit codes: 0 done; 1 the plan was checked and breaks a rule; 2 bad input or use."


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="moothall", description="Plan a city's training together, and run its site.", epilog=EPILOG
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".", epilog=EPILOG)
        sub.set_defaults(run=run)
        return sub

    plan = command(
        "plan", planning.plan, "make the best plan it can for a city, with a proven bound; Ctrl-C takes the best so far"
    )
    _bundle(plan)
    plan.add_argument("--out", required=True, metavar="PLAN", help="the folder to write the plan to")
    plan.add_argument("--seconds", type=_seconds, help="how long to search (20 unless --steps is given)")
    plan.add_argument(
        "--steps", type=_whole, help="stop after so many steps of the search: same city, seed and steps, same plan"
    )
    plan.add_argument(
        "--floor",
        type=_share,
        help="meet at least this share of every organisation's needs, as 0.4, and say what that costs (no floor)",
    )
    plan.add_argument("--seed", type=_whole, default=0, help="which random choices to make (0)")
    plan.add_argument(
        "--workers",
        type=_whole,
        help=f"plan in parts by so many processes (one for each processor above {LARGE:,} people, otherwise not at all)",
    )
    plan.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="plan in parts by the workers of the Dask cluster whose scheduler is there, as tcp://10.0.0.1:8786",
    )
    _json(plan)

    check = command("check", planning.check, "check a plan against its city, rule by rule")
    _bundle(check)
    _plan(check)
    _json(check)

    explain = command(
        "explain",
        planning.explain,
        "say why a plan is as it is: a person's needs, a run, one need, or all needs unmet by reason",
    )
    _bundle(explain)
    _plan(explain)
    explain.add_argument(
        "names",
        nargs="*",
        metavar="PERSON|RUN|NEED",
        help="as p007, r12 or p007/writing-plainly; none: all needs unmet, by reason",
    )
    _json(explain)

    replan = command(
        "replan",
        planning.replan,
        "change a plan as little as can be after something changed, or see what a wish would cost first",
    )
    _bundle(replan)
    _plan(replan)
    replan.add_argument(
        "--wish",
        action="append",
        default=[],
        metavar="WISH",
        help='"pin r3", "move r3 to 14 at library-1 with t05", "cancel r3", "excuse p7 r3", "forbid venue library-1 17" (or trainer, course, all), "budget +500" (so much more; "budget 20000" sets it), "add venue '
        'NAME in AREA for 16 at 60", "add trainer NAME for COURSES"; several are granted in their order',
    )
    replan.add_argument(
        "--price", action="store_true", help="only say what the wishes would change, all together, and how sure that is"
    )
    replan.add_argument("--out", metavar="NEW", help="the folder to write the new plan to")
    replan.add_argument(
        "--city", metavar="NEW_CITY", help="where to write the city as it is then: a folder, .zip or .xlsx"
    )
    replan.add_argument("--seconds", type=_seconds, help="then search so long for a better plan (not at all)")
    replan.add_argument(
        "--steps", type=_whole, help="then search so many steps; with --price, how many for each comparison (60)"
    )
    replan.add_argument("--seed", type=_whole, default=0, help="which random choices to make, with --price first (0)")
    _json(replan)

    baseline = command("baseline", planning.baseline, "plan as it is done without pooling, to compare with")
    _bundle(baseline)
    baseline.add_argument(
        "--kind",
        required=True,
        choices=("alone", "first-come"),
        help="each organisation alone, or first come first served",
    )
    baseline.add_argument("--out", required=True, metavar="PLAN", help="the folder to write the plan to")
    baseline.add_argument(
        "--seconds",
        type=_seconds,
        help="for alone: how long all organisations together may search (20 unless --steps is given)",
    )
    baseline.add_argument(
        "--steps", type=_whole, help="for alone: steps for each organisation, for a plan that can be repeated"
    )
    baseline.add_argument("--seed", type=_whole, default=0, help="which random choices to make (0)")
    _json(baseline)

    template = command("template", planning.template, "write an empty workbook to fill in, with notes and examples")
    template.add_argument("file", metavar="FILE", help="where to write it; the name ends in .xlsx")

    serve = command(
        "serve", serving.serve, "run a city: database, pages, worker and sweep; whatever dies is started again"
    )
    _home(serve)
    serve.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT", help="where to listen (127.0.0.1:8000)")
    serve.add_argument("--workers", type=_whole, default=2, help="how many web processes (2)")
    _home(command("stop", serving.stop, "stop a city that runs from this folder"))
    _home(command("doctor", serving.doctor, "say what is wrong with an installation, and how to mend it"))
    backup = command("backup", serving.backup, "write everything to one file, with a fingerprint of every table")
    backup.add_argument("file", metavar="FILE", help="where to write it")
    _home(backup)
    restore = command("restore", serving.restore, "fill an empty database from a backup, and compare every table")
    restore.add_argument("file", metavar="FILE", help="the backup")
    _home(restore)
    steward = command("steward", serving.steward, "name the city's steward, who confirms institutions and gives roles")
    steward.add_argument("email", metavar="EMAIL", help="their mail address")
    steward.add_argument("--name", required=True, help="what they are called")
    _home(steward)
    receive = command(
        "receive-mail",
        serving.receive_mail,
        "store one message from standard input, for a mail server's pipe (75: try again)",
    )
    receive.add_argument(
        "--to", default="", metavar="ADDRESS", help="the envelope's recipient, where the server knows it"
    )
    _home(receive)
    return top


def _home(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--home", default="var/moothall", metavar="FOLDER", help="the city's folder (var/moothall)")


def _bundle(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("bundle", metavar="FOLDER", help="the city: a bundle's folder, a zip of it, or an .xlsx workbook")


def _plan(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("plan", metavar="PLAN", help="the folder of the plan")


def _json(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--json", action="store_true", help="answer in JSON")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds: write for example 20")
    return value


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1: write for example 0.4")
    return value


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 0 or more")
    return int(text)
