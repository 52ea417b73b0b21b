"""The planner: a library without Django. `solve(problem, stop, seed) -> Result`; docs/planning.md has the formulation.

problem = read_bundle("city/")
result = solve(problem, Stop(seconds=20), seed=1)
write_plan("plan/", problem, result.plan, result_json(result, problem))
"""

from .baseline import alone, first_come
from .calendar import NoCalendar, meeting_times
from .check import Check, check
from .cluster import Cluster
from .errors import BundleError, Fault, PlannerError
from .explain import Change, Explainer, Reason, Unmet, WhyRun
from .fair import Below, Fair, fair
from .io import (
    ANOTHER_CITY,
    CannotWritePlan,
    bundle_files,
    check_json,
    claims_that_differ,
    files_of,
    of_another_city,
    plan_files,
    read_bundle,
    read_plan,
    refuse_bad_target,
    result_json,
    write_bundle,
    write_plan,
    write_template,
    zipped,
)
from .kernels import compiles_first
from .plan import Plan, Result, Run, Status, gap
from .problem import ONLINE, Problem
from .replan import Price, gone, priced, replanned
from .shards import LARGE, in_shards, parts
from .share import Share, StandAlone, shares, stand_alone
from .solve import Progress, solve
from .stop import Stop
from .wishes import Granted, WishError, granted
from .workers import Processes, Workers

__all__ = [
    "ANOTHER_CITY",
    "LARGE",
    "ONLINE",
    "Below",
    "BundleError",
    "CannotWritePlan",
    "Change",
    "Check",
    "Cluster",
    "Explainer",
    "Fair",
    "Fault",
    "Granted",
    "NoCalendar",
    "Plan",
    "PlannerError",
    "Price",
    "Problem",
    "Processes",
    "Progress",
    "Reason",
    "Result",
    "Run",
    "Share",
    "StandAlone",
    "Status",
    "Stop",
    "Unmet",
    "WhyRun",
    "WishError",
    "Workers",
    "alone",
    "bundle_files",
    "check",
    "check_json",
    "claims_that_differ",
    "compiles_first",
    "fair",
    "files_of",
    "first_come",
    "gap",
    "gone",
    "granted",
    "in_shards",
    "meeting_times",
    "of_another_city",
    "parts",
    "plan_files",
    "priced",
    "read_bundle",
    "read_plan",
    "refuse_bad_target",
    "replanned",
    "result_json",
    "shares",
    "solve",
    "stand_alone",
    "write_bundle",
    "write_plan",
    "write_template",
    "zipped",
]
