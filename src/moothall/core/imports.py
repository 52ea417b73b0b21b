"""Imports: a file is kept as it came, its columns are named, every row is judged before anything is stored; what is right is taken
only if asked, and the rest comes back as a file with reasons.

An area brings its columns, a judge and a taker; this module brings everything else. Taking is long work, whatever the file's size.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from . import work
from .errors import DomainError
from .files import CSV, XLSX, store
from .jobs import Job
from .models import Import, Work
from .tables import Table, written
from .types import ImportState, WorkState

logger = logging.getLogger(__name__)

KEPT = dt.timedelta(days=30)


Taker = Callable[[Import, dt.datetime, work.Tell], None]
"""Takes the import it is given, locked, in the transaction it is called in; `asked` on it says for whom, and whether only what is right.

Raises DomainError where it cannot be taken as it is.
"""
TAKERS: dict[str, Taker] = {}
"""By kind of import; areas register theirs."""


class CannotImport(DomainError):
    """The import cannot go on like this; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Column:
    """What an import can take. `known_as` are other names people give the same thing, in lower case."""

    name: str
    label: str | Promise
    hint: str | Promise = ""
    required: bool = False
    known_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one row is not taken, and what would mend it."""

    row: int
    column: str
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{self.column}: {self.problem} {self.mend}" if self.column else f"{self.problem} {self.mend}"


def open_import(
    *, kind: str, content: bytes, name: str, now: dt.datetime, owner: int | None, organisation: int | None
) -> Import:
    """Keeps the file for a month, whatever is in it. Raises CannotTakeFile."""
    file = store(content=content, name=name, now=now, wanted=(CSV, XLSX), owner=owner, keep=KEPT, most=20_000_000)
    return Import.objects.create(kind=kind, organisation_id=organisation, owner_id=owner, file=file, made_at=now)


def import_of(import_id: uuid.UUID, *, kind: str, organisation: int | None) -> Import | None:
    mine = Import.objects.filter(id=import_id, kind=kind, organisation_id=organisation)
    return mine.select_related("file", "rest").first()


def guess(columns: Sequence[Column], header: Sequence[str]) -> dict[str, str]:
    """Which of the file's columns is which, by their names: {column name: header}."""
    simple = {_simple(head): head for head in reversed(header) if head}
    found: dict[str, str] = {}
    for column in columns:
        for name in (column.name, str(column.label), *column.known_as):
            head = simple.get(_simple(name))
            if head and head not in found.values():
                found[column.name] = head
                break
    return found


def _simple(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def named(table: Table, columns: Sequence[Column], mapping: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """The rows by column name, with their numbers. Raises CannotImport where a column is missing or named twice."""
    missing = [str(column.label) for column in columns if column.required and not mapping.get(column.name)]
    if missing:
        raise CannotImport(_("Choose the column for: %(what)s.") % {"what": ", ".join(missing)})
    used = [head for head in mapping.values() if head]
    doubled = [head for head in used if used.count(head) > 1]
    if doubled:
        raise CannotImport(_("The column %(name)s is chosen twice. Choose it once.") % {"name": doubled[0]})
    at = {name: table.header.index(head) for name, head in mapping.items() if head in table.header}
    return [(number, {name: row[i] for name, i in at.items()}) for number, row in zip(table.numbers, table.rows)]


def remember(mapping: Mapping[str, str], *, about: Import) -> None:
    """Which column is which, for whoever looks at it again; what is being taken keeps the names it was asked for with."""
    with transaction.atomic():
        about = Import.objects.select_for_update(of=("self",)).get(pk=about.pk)
        if about.state == ImportState.OPEN and not work.is_open(taking_of(about)):
            Import.objects.filter(pk=about.pk).update(mapping=dict(mapping))


def close(
    *, about: Import, header: Sequence[str], rest: Sequence[tuple[Sequence[object], str]], taken: int, now: dt.datetime
) -> Import:
    """Notes what was taken, and keeps the `rest` (each row with why) as a file. Called in the taking transaction."""
    file = None
    if rest:
        content = written([*header, _("Why this row was not taken")], [[*cells, why] for cells, why in rest])
        file = store(content=content, name="rest.csv", now=now, wanted=(CSV,), owner=about.owner_id, keep=KEPT)
    Import.objects.filter(id=about.id).update(
        state=ImportState.TAKEN, taken_at=now, taken=taken, refused=len(rest), rest=file
    )
    about.refresh_from_db()
    return about


def reasons(faults: Sequence[Fault]) -> dict[int, str]:
    """All that is wrong with each row, in words."""
    why: dict[int, list[str]] = {}
    for fault in faults:
        why.setdefault(fault.row, []).append(str(fault))
    return {row: " ".join(said) for row, said in why.items()}


def start_taking(
    *, now: dt.datetime, about: Import, actor: int | None, only_right: bool, mapping: Mapping[str, str] | None = None
) -> Work:
    """Queues the taking, with its columns named so. Started twice, it is one, as it was asked for first.

    Raises CannotImport for one that is taken.
    """
    with transaction.atomic():
        about = Import.objects.select_for_update(of=("self",)).get(pk=about.pk)
        if about.state == ImportState.TAKEN:
            raise CannotImport(_("This file is taken already."))
        if not work.is_open(taking_of(about)):
            about.asked = {"actor": actor, "only_right": only_right}
            about.mapping = about.mapping if mapping is None else dict(mapping)
            about.save(update_fields=["asked", "mapping"])
        return work.start(now=now, job=Job.TAKE_IMPORT, key=_key(about))


def _key(about: Import) -> str:
    return f"import:{about.pk}"


def taking_of(about: Import) -> Work | None:
    """The last work that takes it, or took it."""
    return Work.objects.filter(key=_key(about)).order_by("-made_at").first()


def why_not_taken(work: Work | None) -> str:
    """What is said of the last try when it took nothing: its own words, or that it was stopped; nothing otherwise."""
    if work is None or work.state not in (WorkState.FAILED, WorkState.STOPPED):
        return ""
    return work.error or _("It was stopped; nothing was taken.")


def ask_stop(*, about: Import, now: dt.datetime) -> None:
    """What is open stops within seconds, and takes nothing."""
    found = taking_of(about)
    if found is not None:
        work.ask_stop(found.pk, now)


def carry_out(work_id: uuid.UUID, clock: Callable[[], dt.datetime]) -> None:
    """The worker's part: all of it in one transaction. What goes wrong in words ends the work with them; anything else is tried again."""
    held = work.lease(work_id, clock())
    if held is not None:
        with suppress(work.LeaseLost):
            _take(held, clock)


def _take(held: work.Lease, clock: Callable[[], dt.datetime]) -> None:
    pk = Work.objects.get(pk=held.work_id).key.partition(":")[2]
    try:
        with work.beside(held, clock) as tell, transaction.atomic():
            about = Import.objects.select_for_update(of=("self",)).select_related("file").get(pk=pk)
            if about.state != ImportState.TAKEN:
                TAKERS[about.kind](about, clock(), tell)
            work.finish(held, clock(), WorkState.DONE)
    except work.Stopped:
        work.finish(held, clock(), WorkState.STOPPED)
    except DomainError as error:
        work.finish(held, clock(), WorkState.FAILED, str(error))
    except work.LeaseLost:
        raise
    except Exception as error:
        logger.exception("import %s failed", pk)
        work.failed(held, clock(), _("It failed on our side (%(what)s).") % {"what": type(error).__name__})
