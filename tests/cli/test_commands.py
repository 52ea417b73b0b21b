"""The command line as a coordinator meets it: a real process, real files, real signals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from moothall.cli.arguments import parser
from tests.factories.bundles import small_city, write_city, write_town

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")}


def moothall(*words: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "moothall", *map(str, words)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        cwd=cwd,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("my town") / "a city")


@pytest.fixture(scope="module")
def plan(town: Path) -> Path:
    done = moothall("plan", town, "--out", town.parent / "plan", "--steps", 3, "--seed", 7)
    assert done.returncode == 0, done.stderr
    assert "Checked against every rule" in done.stdout
    assert "bound" in done.stderr
    return town.parent / "plan"


def test_whoever_takes_the_plan_of_another_city_is_told_first(town: Path, plan: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(plan, other)
    about = json.loads((other / "plan.json").read_text())
    (other / "plan.json").write_text(json.dumps(about | {"input": "0" * 64}))
    done = moothall("check", town, other)
    assert done.returncode == 1
    assert "another city's" in done.stdout.splitlines()[0]
    assert "another city's" in moothall("explain", town, other).stderr
    assert "another city's" in moothall("replan", town, other, "--wish", "pin r0", "--price", "--steps", 1).stderr
    assert "another city's" not in moothall("explain", town, plan).stderr


def test_a_plan_is_written_and_its_figures_are_what_the_checker_finds(town: Path, plan: Path) -> None:
    about = json.loads((plan / "plan.json").read_text())
    assert set(about) >= {
        "value",
        "bound",
        "gap",
        "status",
        "cost",
        "needs_met",
        "needs",
        "seconds",
        "steps",
        "seed",
        "price_of_money",
    }
    assert about["steps"] == 3
    assert about["seed"] == 7
    done = moothall("check", town, plan, "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["feasible"] is True
    assert (found["value"], found["cost"], found["needs_met"]) == (about["value"], about["cost"], about["needs_met"])


def test_the_same_steps_and_seed_write_the_same_files(town: Path, plan: Path, tmp_path: Path) -> None:
    moothall("plan", town, "--out", tmp_path / "again", "--steps", 3, "--seed", 7)
    for name in ("runs.csv", "places.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (plan / name).read_bytes()


def test_json_is_the_only_thing_on_standard_output(town: Path, tmp_path: Path) -> None:
    done = moothall("plan", town, "--out", tmp_path / "p", "--seconds", 0.5, "--json")
    assert json.loads(done.stdout)["status"] in ("feasible", "optimal")


@pytest.mark.parametrize("kind", ["alone", "first-come"])
def test_a_baseline_is_a_plan_that_keeps_every_rule(kind: str, town: Path, tmp_path: Path) -> None:
    done = moothall("baseline", town, "--kind", kind, "--out", tmp_path / kind, "--steps", 2, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kind"] == kind
    assert moothall("check", town, tmp_path / kind).returncode == 0


def test_a_plan_that_breaks_a_rule_is_named_and_answers_1(town: Path, plan: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt"
    spoilt.mkdir()
    (spoilt / "runs.csv").write_text((plan / "runs.csv").read_text())
    header, first, *rest = (plan / "places.csv").read_text().splitlines()
    (spoilt / "places.csv").write_text("\n".join([header, first, first, *rest]) + "\n")
    done = moothall("check", town, spoilt)
    assert done.returncode == 1
    assert "takes the course twice" in done.stdout
    lying = json.loads((plan / "plan.json").read_text()) | {"value": 10**6, "bound": 1}
    (spoilt / "plan.json").write_text(json.dumps(lying))
    (spoilt / "places.csv").write_text((plan / "places.csv").read_text())
    done = moothall("check", town, spoilt, "--json")
    assert done.returncode == 1
    assert any("plan.json says value 1000000" in fault for fault in json.loads(done.stdout)["faults"])
    assert any("bound 1 is below" in fault for fault in json.loads(done.stdout)["faults"])


def test_a_plan_of_another_city_is_refused_in_words(plan: Path, tmp_path: Path) -> None:
    said = refused(moothall("check", write_city(tmp_path / "other"), plan))
    assert "runs.csv, row 2, column course" in said
    assert "Check that this plan was made for this bundle" in said


def test_ctrl_c_ends_the_search_and_keeps_the_best_plan(town: Path, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-m", "moothall", "plan", str(town), "--out", str(tmp_path / "p"), "--seconds", "120"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, cwd=ROOT)  # fmt: skip
    assert process.stderr is not None
    while "value" not in (line := process.stderr.readline()):
        assert line, "the search ended by itself"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "being checked" in err
    assert "Traceback" not in err
    assert json.loads((tmp_path / "p" / "plan.json").read_text())["status"] == "stopped"
    assert "Checked against every rule" in out
    assert moothall("check", town, tmp_path / "p").returncode == 0


def test_bad_input_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    tables = small_city()
    tables["needs"][0]["weight"] = "NaN"
    city = write_city(tmp_path / "city", tables)
    said = refused(moothall("plan", city, "--out", tmp_path / "out"))
    assert "needs, row 2, column weight: NaN is not a number. Write the number, 0 if none." in said
    assert sorted(each.name for each in tmp_path.iterdir()) == ["city"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan", "CITY"], "--out"),
        (["plan", "CITY", "--out", "x", "--seconds", "soon"], "'soon' is not a number of seconds"),
        (["plan", "CITY", "--out", "x", "--seconds", "nan"], "is not a number of seconds"),
        (["plan", "CITY", "--out", "x", "--seed", "-1"], "'-1' is not a whole number"),
        (["plan", "CITY", "--out", "x", "--steps", "1.5"], "'1.5' is not a whole number"),
        (["plan", "nowhere", "--out", "x"], "there is no such file or folder"),
        (["plan", "CITY", "--out", "CITY"], "holds other files"),
        (["plan", "CITY", "--out", "CITY/people.csv"], "is a file: name a folder"),
        (["check", "CITY", "nowhere"], "runs.csv: the file could not be read"),
        (["baseline", "CITY", "--out", "x"], "--kind"),
        (["baseline", "CITY", "--kind", "best", "--out", "x"], "invalid choice"),
        (["template", "city.csv"], "must end in .xlsx"),
        (["template", "nowhere/city.xlsx"], "is not a folder"),
        (["fly"], "invalid choice"),
        ([], "required"),
    ],
)
def test_wrong_use_is_said_in_words(words: list[str], said: str, tmp_path: Path) -> None:
    city = write_city(tmp_path / "city")
    assert said in refused(moothall(*(word.replace("CITY", str(city)) for word in words), cwd=tmp_path))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["city"]


def test_a_plan_is_written_over_an_older_plan_but_over_nothing_else(tmp_path: Path) -> None:
    city = write_city(tmp_path / "city")
    for seed in (1, 2):
        assert moothall("plan", city, "--out", tmp_path / "p", "--steps", 1, "--seed", seed).returncode == 0
        assert json.loads((tmp_path / "p" / "plan.json").read_text())["seed"] == seed
    (tmp_path / "p" / "diary.txt").write_text("dear diary")
    assert "diary.txt" in refused(moothall("plan", city, "--out", tmp_path / "p", "--steps", 1))
    assert (tmp_path / "p" / "diary.txt").read_text() == "dear diary"


def test_the_template_is_written_once(tmp_path: Path) -> None:
    assert moothall("template", tmp_path / "city.xlsx").returncode == 0
    before = (tmp_path / "city.xlsx").read_bytes()
    assert "is there already" in refused(moothall("template", tmp_path / "city.xlsx"))
    assert (tmp_path / "city.xlsx").read_bytes() == before


def test_a_full_disk_leaves_no_half_plan(tmp_path: Path) -> None:
    """/dev/full cannot hold a folder; a file-size limit of the shell is the nearest a test can come."""
    city = write_city(tmp_path / "city")
    command = (
        f"ulimit -f 0; trap '' XFSZ; exec '{sys.executable}' -m moothall plan '{city}' --out '{tmp_path}/p' --steps 1"
    )
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        env=ENVIRONMENT | {"PYTHONDONTWRITEBYTECODE": "1"},
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "the plan could not be written" in done.stderr
    assert not (tmp_path / "p").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["city"]


def test_a_reader_that_hangs_up_is_no_failure(town: Path, plan: Path) -> None:
    command = (
        f"'{sys.executable}' -m moothall check '{town}' '{plan}' --json | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=ENVIRONMENT, cwd=ROOT, check=False
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_every_command_has_help_and_stands_in_the_documentation() -> None:
    documentation = "".join((ROOT / "docs" / name).read_text() for name in ("planning.md", "operations.md"))
    choices = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert choices
    for name, command in choices.items():  # type: ignore[union-attr,attr-defined]
        assert command.description
        assert f"moothall {name}" in documentation
        for action in command._actions:
            assert action.help, (name, action.dest)


def test_the_planner_s_commands_load_no_django(town: Path, plan: Path) -> None:
    script = "import sys; from moothall.cli.__main__ import main; main(sys.argv[1:]); sys.exit('django' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script, "check", str(town), str(plan)],
        capture_output=True,
        env=ENVIRONMENT,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0
