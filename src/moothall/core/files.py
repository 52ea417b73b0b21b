"""Files that people give or are given: judged by their content, limited in size, kept until a day that is said."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
import zipfile
from io import BytesIO

from django.utils.translation import gettext as _

from .errors import DomainError
from .models import StoredFile

CSV, XLSX, ZIP, JSON, ICS, HTML = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/zip",
    "application/json",
    "text/calendar",
    "text/html",
)
MOST_BYTES = 50_000_000


class CannotTakeFile(DomainError):
    """The file is too large, empty, or not of a kind that is wanted; the message says which and what to do."""


def kind_of(content: bytes) -> str:
    """The media type by the bytes themselves; `application/octet-stream` where they are nothing that is wanted here."""
    if content.startswith(b"PK\x03\x04"):
        try:
            names = zipfile.ZipFile(BytesIO(content)).namelist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            return "application/octet-stream"
        return XLSX if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names) else ZIP
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "application/octet-stream"
    start = content[:2000].removeprefix(b"\xef\xbb\xbf").lstrip()[:15].lower()
    if start.startswith(b"begin:vcalendar"):
        return ICS
    return JSON if start[:1] in (b"{", b"[") else HTML if start[:1] == b"<" else CSV


def safe_name(name: str) -> str:
    """A name that is a name and nothing else: no folder, no control characters, none that could be taken for another."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFKC", name))[-1]
    kept = "".join(c for c in last if unicodedata.category(c)[0] not in "CZ" or c == " ")
    return re.sub(r"[^\w .()+-]", "_", kept).strip(" .")[:120] or "file"


def store(
    *, content: bytes, name: str, now: dt.datetime, wanted: tuple[str, ...], owner: int | None, keep: dt.timedelta | None, most: int = MOST_BYTES
) -> StoredFile:  # fmt: skip
    """Keeps a file. Raises CannotTakeFile for one that is empty, larger than `most` bytes, or of no wanted kind."""
    if not content:
        raise CannotTakeFile(_("The file is empty. Choose the file with the data in it."))
    if len(content) > most:
        raise CannotTakeFile(
            _("The file is larger than %(most)d MB. Split it, or leave out what is not needed.")
            % {"most": most // 1_000_000}
        )
    kind = kind_of(content)
    if kind not in wanted:
        raise CannotTakeFile(_("This kind of file cannot be used here. Give %(kinds)s.") % {"kinds": _names(wanted)})
    return StoredFile.objects.create(
        name=safe_name(name), media_type=kind, size=len(content), sha256=hashlib.sha256(content).hexdigest(), content=content,
        owner_id=owner, made_at=now, kept_until=now + keep if keep else None,
    )  # fmt: skip


def _names(kinds: tuple[str, ...]) -> str:
    words = {
        CSV: _("a CSV file"),
        XLSX: _("an Excel workbook (.xlsx)"),
        ZIP: _("a zip file"),
        JSON: _("a JSON file"),
        ICS: _("an iCalendar file (.ics)"),
        HTML: _("a web page"),
    }
    return _(" or ").join(words.get(kind, kind) for kind in kinds)


def sweep_files(now: dt.datetime) -> int:
    """Files whose time is over, with the imports they were brought for. What must outlast that is kept without an end."""
    return StoredFile.objects.filter(kept_until__lt=now).delete()[0]
