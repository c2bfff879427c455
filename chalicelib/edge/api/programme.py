"""Handlers of the programme: read, publish, compare its versions."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping

from chalicelib import settings
from chalicelib.domain.commands import PublishProgramme
from chalicelib.domain.core.calendar import iso, local_day
from chalicelib.domain.core.phrases import written
from chalicelib.domain.errors import InvalidInput, NotFound, VersionMismatch
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.programme.succession import fixed_of
from chalicelib.domain.programme.warnings import warnings
from chalicelib.domain.records import ProgrammeList, ProgrammeListRef, ProgrammeRef, ProgrammeVersion
from chalicelib.edge.answers import ProgrammeAnswer, Published, VersionAnswer, VersionList
from chalicelib.edge.idempotency import once
from chalicelib.edge.messages import Request
from chalicelib.edge.request_checks import instant
from chalicelib.edge.yaml_document import as_published, check_size, read_new_document
from chalicelib.store.table import load

MAX_VERSIONS = 10_000


def show(request: Request) -> ProgrammeAnswer:
    """A version as it was written: the newest, or `?number=`."""
    versions = _versions()
    newest = len(versions.effective_at)
    if not newest:
        raise NotFound("no programme was published yet")
    number = request.number("number", newest, MAX_VERSIONS)
    version = _read([number])[0]
    return ProgrammeAnswer(number, iso(version.effective_at), version.source, _in_force(versions, request.now), newest)


def publish(request: Request) -> Published:
    """Publish a document (YAML or JSON) as the next version.

    `If-Match`: the number of the newest version that the author has seen (0 or absent for the first).
    `?effective_at=`: from when it holds; by default as soon as every part of the system must know of it.
    """
    check_size(request.body)
    programme = parse(read_new_document(request.body))
    text = request.query.get("effective_at")
    command = PublishProgramme(
        programme=programme,
        source=request.body.decode(),
        expected=_expected(request),
        effective_at=instant("effective_at", text) if text is not None else None,
        lead_s=settings.lead_s(),
    )
    try:
        published = once(request, command)
    except VersionMismatch as error:
        if "if-match" in request.headers:
            raise
        raise VersionMismatch(
            "the newest version is %(newest)s: read it, and send its number as the header If-Match",
            newest=error.values["newest"],
        ) from error
    before = _document(published["number"] - 1)
    day = local_day(max(request.now, published["effective_at"]), programme.timezone)
    doubts = [written(doubt) for doubt in warnings(programme, day, before)]
    return Published(published["number"], iso(published["effective_at"]), doubts)


def _document(number: int) -> Programme | None:
    """A version as it was published; None before the first."""
    return as_published(_read([number])[0].source) if number else None


def fixed_since(newest: Programme) -> Mapping[str, str]:
    """The digests of what cannot change under the ids of all versions, or of the newest one where the list has none."""
    fixed = _versions().fixed
    return fixed_of(newest) if fixed is None else fixed


def versions(request: Request) -> VersionList:
    """The newest 99 versions, oldest first; with `?from=` and `?to=`, both of them, also what changed between two."""
    programme_list = _versions()
    count = len(programme_list.effective_at)
    records = _read(list(range(max(1, count - 98), count + 1)))
    rows = [VersionAnswer(record.number, iso(record.effective_at), iso(record.published_at)) for record in records]
    changes = ""
    if "from" in request.query or "to" in request.query:
        for name, other in (("from", "to"), ("to", "from")):
            if name not in request.query:
                raise InvalidInput(name, "must stand beside `%(other)s`, since two versions are compared", other=other)
        ends = [request.number(name, count, MAX_VERSIONS) for name in ("from", "to")]
        changes = _changes(*_read(ends))
    return VersionList(rows, _in_force(programme_list, request.now), changes)


def _expected(request: Request) -> int:
    expected = request.headers.get("if-match", "0").strip('" ')
    if not re.fullmatch(r"[0-9]{1,6}", expected):
        raise InvalidInput("If-Match", "must be the number of the newest version you have seen, such as 3", expected)
    return int(expected)


def _versions() -> ProgrammeList:
    record = load([ProgrammeListRef()])[ProgrammeListRef()]
    return record if isinstance(record, ProgrammeList) else ProgrammeList()


def _read(numbers: list[int]) -> list[ProgrammeVersion]:
    records = load([ProgrammeRef(number) for number in numbers])
    versions = [records[ProgrammeRef(number)] for number in numbers]
    missing = [
        str(number)
        for number, version in zip(numbers, versions, strict=True)
        if not isinstance(version, ProgrammeVersion)
    ]
    if missing:
        raise NotFound("there is no programme version %(missing)s", missing=tuple(missing))
    return [version for version in versions if isinstance(version, ProgrammeVersion)]


def _in_force(versions: ProgrammeList, now: int) -> int:
    begun = [number for number, instant in enumerate(versions.effective_at, 1) if instant <= now]
    return begun[-1] if begun else 0


def _changes(old: ProgrammeVersion, new: ProgrammeVersion) -> str:
    before, after = (json.dumps(json.loads(record.document), indent=2).splitlines() for record in (old, new))
    names = (f"version {old.number}", f"version {new.number}")
    return "\n".join(difflib.unified_diff(before, after, *names, lineterm=""))
