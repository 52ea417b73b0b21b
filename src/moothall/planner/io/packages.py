"""Where a bundle comes from: a folder with a datapackage.json, a zip of one, or a workbook; each opened with distrust."""

from __future__ import annotations

import json
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from ..errors import BundleError, Fault
from .raw import MOST_TABLE_BYTES, RawBundle, read_csv, read_parquet
from .sheets import read_workbook
from .tables import BY_NAME

MOST_UNPACKED = 256_000_000
MOST_RATIO = 60
MOST_JSON = 4 << 20

UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)
"""What a file may raise that is missing, forbidden, damaged, or packed in a way Python does not know."""

Open = Callable[[str], BinaryIO]


def read_raw(path: Path) -> RawBundle:
    """A folder with a datapackage.json, a zip of one, or an .xlsx workbook. Raises BundleError where nothing can be read."""
    if path.is_dir():
        return _read_package(lambda name: _open_inside(path, name), where=str(path))
    if not path.exists():
        raise BundleError(
            [Fault(str(path), None, "", "there is no such file or folder.", "Check the spelling of the path.")]
        )
    neither = Fault(path.name, None, "", "this is neither a folder, a zip nor an .xlsx workbook.",
                    "Give the folder that holds datapackage.json, a zip of it, or a workbook made from `moothall template`.")  # fmt: skip
    if not path.is_file():
        raise BundleError([neither])
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise BundleError(
            [Fault(path.name, None, "", f"the file could not be read ({_reason(error)}).", "Allow it to be read.")]
        ) from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BundleError([neither]) from error
    with archive:
        _refuse_bad_archive(archive, path.name)
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return read_workbook(path)
        roots = sorted(
            (name for name in names if PurePosixPath(name).name == "datapackage.json"), key=lambda name: name.count("/")
        )
        if not roots:
            raise BundleError(
                [
                    Fault(
                        path.name,
                        None,
                        "",
                        "there is no datapackage.json in this zip.",
                        "Zip the folder that holds it.",
                    )
                ]
            )
        root = str(PurePosixPath(roots[0]).parent)

        def open_member(name: str) -> BinaryIO:
            member = name if root == "." else f"{root}/{name}"
            if member not in names:
                raise FileNotFoundError(name)
            return archive.open(member)  # type: ignore[return-value]

        return _read_package(open_member, where=path.name)


def _refuse_bad_archive(archive: zipfile.ZipFile, where: str) -> None:
    """Refuses by the central directory alone, before a byte is unpacked: bombs, links, and paths that leave the zip.

    zipfile never yields more bytes of a member than its entry declares, so the declared sizes may be trusted as limits.
    """
    faults = []
    for info in archive.infolist():
        file = f"{where}, file {info.filename}"
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename[:3]:
            faults.append(
                Fault(
                    file,
                    None,
                    "",
                    "this path leaves the zip.",
                    "Zip the folder itself, without absolute or parent paths.",
                )
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            faults.append(Fault(file, None, "", "this is a link, not a file.", "Put the file itself into the zip."))
        if info.flag_bits & 1:
            faults.append(Fault(file, None, "", "this file is encrypted.", "Zip it without a password."))
        if info.file_size > 1 << 20 and info.file_size > MOST_RATIO * max(1, info.compress_size):
            faults.append(Fault(file, None, "", f"it unpacks to {info.file_size / 1e6:,.0f} MB, more than {MOST_RATIO} times its packed size.",
                                "Zip only the bundle's tables; give a very large bundle as a folder."))  # fmt: skip
    total = sum(info.file_size for info in archive.infolist())
    if total > MOST_UNPACKED:
        faults.append(
            Fault(
                where,
                None,
                "",
                f"it unpacks to {total / 1e6:,.0f} MB; the most is {MOST_UNPACKED / 1e6:,.0f} MB.",
                "Give the bundle as a folder.",
            )
        )
    if faults:
        raise BundleError(faults)


def _open_inside(folder: Path, name: str) -> BinaryIO:
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise PermissionError(name)
    return target.open("rb")


def _read_package(open_file: Open, where: str) -> RawBundle:
    raw = RawBundle()
    try:
        with open_file("datapackage.json") as handle:
            content = handle.read(MOST_JSON + 1)
    except UNREADABLE as error:
        raise BundleError([Fault(where, None, "", f"datapackage.json could not be read ({_reason(error)}).",
                                 "Give the folder (or a zip of the folder) that holds datapackage.json and the tables.")]) from error  # fmt: skip
    package = _parse_package(content)
    planning = package.get("planning")
    if isinstance(planning, dict):
        raw.planning = planning
    else:
        raw.fault(
            "datapackage.json",
            None,
            "planning",
            "the planning object is missing.",
            "Add it, with version, weeks, budget and the rest (docs/planning.md).",
        )
    resources = package.get("resources")
    if not isinstance(resources, list):
        raw.fault(
            "datapackage.json",
            None,
            "resources",
            "the list of resources is missing.",
            "List each table with its name and path.",
        )
        resources = []
    seen: set[str] = set()
    for number, resource in enumerate(resources, 1):
        name, path = (resource.get("name"), resource.get("path")) if isinstance(resource, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(path, str):
            raw.fault(
                "datapackage.json",
                None,
                "resources",
                f"resource {number} has no name or no path.",
                'Write {"name": "people", "path": "people.csv"}.',
            )
            continue
        if name in seen:
            raw.fault("datapackage.json", None, "resources", f"the table {name} is listed twice.", "List it once.")
            continue
        seen.add(name)
        if name in BY_NAME:
            _read_resource(raw, name, path, open_file)
    return raw


def _parse_package(content: bytes) -> dict[str, Any]:
    table = "datapackage.json"
    if len(content) > MOST_JSON:
        raise BundleError(
            [
                Fault(
                    table,
                    None,
                    "",
                    "the file is larger than 4 MB.",
                    "It should hold names and settings only; the tables have their own files.",
                )
            ]
        )
    try:
        package = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BundleError([Fault(table, None, "", f"byte {error.start} is not UTF-8.", "Save it as UTF-8.")]) from error
    except json.JSONDecodeError as error:
        raise BundleError(
            [
                Fault(
                    table,
                    error.lineno,
                    "",
                    f"this is not JSON ({error.msg}, character {error.colno}).",
                    "Mend the brackets, quotes or commas there.",
                )
            ]
        ) from error
    except ValueError as error:  # a number of thousands of digits
        raise BundleError(
            [Fault(table, None, "", f"this is not usable JSON ({error}).", "Write plain numbers.")]
        ) from error
    except RecursionError as error:
        raise BundleError(
            [Fault(table, None, "", "the JSON is nested too deeply.", "It should hold names and settings only.")]
        ) from error
    if not isinstance(package, dict):
        raise BundleError(
            [
                Fault(
                    table,
                    None,
                    "",
                    "this is not a JSON object.",
                    "Start it with { and name its resources and planning.",
                )
            ]
        )
    return package


def _read_resource(raw: RawBundle, name: str, path: str, open_file: Open) -> None:
    pure = PurePosixPath(path.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts:
        raw.unreadable.add(name)
        raw.fault(
            name,
            None,
            "",
            f"its path {path!r} leaves the bundle.",
            "Put the file beside datapackage.json and name it from there.",
        )
        return
    try:
        with open_file(path) as handle:
            if pure.suffix.lower() == ".parquet":
                read_parquet(raw, name, handle)
            else:
                content = handle.read(MOST_TABLE_BYTES + 1)
                if len(content) > MOST_TABLE_BYTES:
                    raise ValueError(f"it is larger than {MOST_TABLE_BYTES / 1e6:,.0f} MB")
                read_csv(raw, name, content)
    except UNREADABLE as error:
        raw.unreadable.add(name)
        raw.fault(
            name,
            None,
            "",
            f"the file {path} could not be read ({_reason(error)}).",
            "Add it, or correct its path in datapackage.json.",
        )


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    if isinstance(error, PermissionError):
        return "it may not be read, or lies outside the bundle"
    return getattr(error, "strerror", None) or str(error)
