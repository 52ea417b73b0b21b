"""The house's rules, each checked on the code itself (docs/architecture.md). A rule that nobody checks is dropped."""

from __future__ import annotations

import ast
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from moothall.core.access import access_of

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "moothall"
ORDER = [
    "core",
    "accounts",
    "directory",
    "promises",
    "appeals",
    "skills",
    "places",
    "events",
    "voice",
    "programme",
    "conversations",
    "pledges",
    "insight",
    "web",
    "cli",
]
AREAS = [area for area in ORDER if (SOURCE / area).is_dir() and area not in ("core", "web", "cli")]


def modules(*, migrations: bool = False) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if migrations or "migrations" not in path.parts:
            yield path, ast.parse(path.read_text())


def kind(path: Path) -> str:
    """The file an area's module belongs to: services for services.py and services/booking.py alike."""
    inside = path.relative_to(SOURCE).parts
    return inside[1].removesuffix(".py") if len(inside) > 1 else inside[0].removesuffix(".py")


def area(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0]


def test_imports_keep_to_the_layers() -> None:
    done = subprocess.run([str(Path(sys.executable).with_name("lint-imports")), "--no-cache"], cwd=ROOT, capture_output=True, text=True,
                          env={"PYTHONPATH": "src", "PATH": "/usr/bin:/bin"}, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


# What a file of one kind may import of a lower area's files.
MAY = {
    "types": {"types"},
    "models": {"types", "models"},
    "policies": {"types", "models", "policies"},
    "selectors": {"types", "models", "policies", "selectors", "ports", "terms"},
    "services": {"types", "models", "policies", "selectors", "services", "ports", "terms"},
    "forms": {"types", "selectors"},
    "tasks": {"types", "services"},
    "views": {"types", "models", "forms", "selectors", "services", "gate"},
}


def imported(tree: ast.Module, depth: int = 1) -> Iterator[str]:
    """Every module of ours that a file names, however it is written: `from moothall.x import y` names moothall.x.y too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level > depth:
            yield f"relative.{node.module}"


def wrong_imports(path: Path, tree: ast.Module) -> list[str]:
    wrong = []
    for name in imported(tree, len(path.relative_to(SOURCE).parts) - 1):
        parts = name.split(".")
        if parts[0] == "relative":
            wrong.append(f"{path.name} reaches into another area by a relative import")
        elif (
            parts[0] == "moothall"
            and len(parts) > 2
            and parts[1] in AREAS
            and parts[1] != area(path)
            and parts[2] not in MAY[kind(path)]
        ):
            wrong.append(f"{path.name} imports {name}")
    return wrong


def test_a_file_imports_only_its_own_kinds_of_lower_areas() -> None:
    assert [
        each
        for path, tree in modules()
        if area(path) in AREAS and kind(path) in MAY
        for each in wrong_imports(path, tree)
    ] == []


@pytest.mark.parametrize(
    "line",
    [
        "from moothall.directory import services",
        "import moothall.directory.services",
        "from moothall.directory.services import x",
        "from ..directory import services",
    ],
)
def test_the_rule_on_imports_sees_every_way_of_writing_one(line: str) -> None:
    assert wrong_imports(SOURCE / "programme" / "selectors.py", ast.parse(line))


READS = {"objects"}
WRITES = {
    "save",
    "create",
    "acreate",
    "bulk_create",
    "bulk_update",
    "update",
    "aupdate",
    "delete",
    "adelete",
    "get_or_create",
    "update_or_create",
}
PURE = {"package", "calendars", "charts"}
"""Files that turn rows into bytes: `update` there is a dict's."""
MECHANISMS = {"audit", "files", "imports", "inbox", "jobs", "mail", "personal", "work"}
"""Files of core that are each one mechanism with its own few reads and writes."""


def test_queries_stand_in_selectors_and_services_only_and_writes_in_services_only() -> None:
    reads, writes = [], []
    for path, tree in modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute):
                continue
            if area(path) == "core" and kind(path) in MECHANISMS:
                continue
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            if node.attr in READS and kind(path) not in ("selectors", "services"):
                reads.append(where)
            if node.attr == "all" and area(path) in [*AREAS, "web"] and kind(path) not in ("selectors", "services"):
                reads.append(where)
            if node.attr in WRITES and area(path) in [*AREAS, "web"] and kind(path) not in {"services", *PURE}:
                writes.append(where)
    assert reads == []
    assert writes == []


def test_what_is_not_in_this_house() -> None:
    forbidden_imports = {"django.dispatch", "django.db.models.signals", "django.contrib.admin", "unittest.mock"}
    forbidden_names = {"ModelForm", "GenericForeignKey", "get_model", "receiver"}
    wrong = []
    for path, tree in modules():
        for node in ast.walk(tree):
            names: set[str] = set()
            if isinstance(node, ast.ImportFrom):
                names = {
                    node.module or "",
                    *(f"{node.module}.{alias.name}" for alias in node.names),
                    *(alias.name for alias in node.names),
                }
            elif isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
            elif isinstance(node, ast.Attribute):
                names = {node.attr}
            found = names & (forbidden_imports | forbidden_names)
            if found:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {found}")
            if isinstance(node, ast.ClassDef) and node.name.endswith(("Manager", "Helper", "Utils")):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: class {node.name}")
    assert wrong == []


def test_imports_stand_at_the_top_of_their_file() -> None:
    """Only what is heavy and seldom used is loaded late, with its reason beside it, and only in the planner's files
    and at the command line's edge."""
    wrong = []
    for path, tree in modules():
        late = {
            SOURCE / "cli" / "__main__.py",
            *(SOURCE / "planner" / f"{name}.py" for name in ("solve", "replan", "own", "shards", "workers", "cluster")),
        }
        if path.is_relative_to(SOURCE / "planner" / "io") or path in late:
            continue
        if path.name == "apps.py" or area(path) == "processes":  # models are there only when Django is set up
            continue
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                wrong += [
                    f"{path.relative_to(ROOT)}:{node.lineno}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.Import | ast.ImportFrom)
                ]
    assert wrong == []


def test_the_environment_is_read_in_few_places() -> None:
    allowed = {
        "settings/base.py",
        "core/embedded_postgres.py",
        "cli/__main__.py",
        "cli/serving.py",
        "processes/backup.py",
        "processes/supervisor.py",
        "programme/services/planning.py",
    }
    found = {
        str(path.relative_to(SOURCE))
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert found <= allowed


def test_files_stay_small_enough_to_be_read() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path, _ in modules()}
    assert {name: lines for name, lines in long.items() if lines > 450} == {}


def test_migrations_import_nothing_of_ours() -> None:
    for path, tree in modules(migrations=True):
        if "migrations" in path.parts:
            for node in ast.walk(tree):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
                assert not [name for name in names if name.startswith("moothall")], path


@pytest.mark.django_db(databases=["default", "owner"])
def test_models_and_migrations_agree() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("moothall.")]


def test_foreign_keys_go_down_and_leave_no_name_behind() -> None:
    wrong = []
    for model in our_models():
        for field in model._meta.get_fields():
            if not isinstance(field, models.ForeignKey | models.OneToOneField | models.ManyToManyField):
                continue
            own, other = model._meta.app_label, field.related_model._meta.app_label
            if own != other and (ORDER.index(other) >= ORDER.index(own) or field.remote_field.related_name != "+"):
                wrong.append(f"{model.__name__}.{field.name} -> {other}")
    assert wrong == []


def test_models_have_no_ordering_of_their_own_and_no_save_with_side_effects() -> None:
    assert [model.__name__ for model in our_models() if model._meta.ordering] == []
    assert [model.__name__ for model in our_models() if "save" in model.__dict__ or "delete" in model.__dict__] == []


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route, pattern


def test_every_view_says_who_may_call_it() -> None:
    assert [route for route, pattern in routes() if access_of(pattern.callback) is None] == []


def test_addresses_are_the_reviewed_ones() -> None:
    """Kebab case, typed, and every change is seen in review: edit urls.txt by hand."""
    found = sorted(f"/{route}  {access_of(pattern.callback)}" for route, pattern in routes())
    assert found == (Path(__file__).parent / "urls.txt").read_text().splitlines()
    for line in found:
        for part in line.split()[0].strip("/").split("/"):
            if part.startswith("<"):
                assert part.partition(":")[0] in {"<uuid", "<int", "<slug"}, line
            else:
                assert part == part.lower(), line
                assert "_" not in part or line.startswith("/open/directory/api/"), (
                    line
                )  # there, Open Referral names them


def test_vendored_files_are_as_they_were_vendored() -> None:
    folder = SOURCE / "web" / "static" / "vendor"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_nothing_of_gov_uk_s_own_branding_is_shipped() -> None:
    css = (SOURCE / "web" / "static" / "vendor" / "govuk-frontend.css").read_text()
    assert "GDS Transport" not in css
    assert "crest" not in css
    assert "url(" not in css


def test_no_committed_file_names_an_index_or_a_machine_s_path() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\0") if listed.returncode == 0 else []
    for name in filter(None, names):
        content = (ROOT / name).read_bytes()
        for trace in (b"--index" + b"-url", b"--find" + b"-links", b"/work" + b"/main", b"file:/" + b"//opt"):
            assert trace not in content, name
