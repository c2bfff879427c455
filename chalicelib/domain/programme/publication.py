"""A programme version is published: numbered, immutable, and in force from an instant that no cache can miss."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from chalicelib.domain.commands import PublishProgramme
from chalicelib.domain.core.calendar import iso
from chalicelib.domain.core.phrases import Instant
from chalicelib.domain.errors import InvalidInput, InvalidProgramme, VersionMismatch
from chalicelib.domain.events import ProgrammePublished
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.programme import history
from chalicelib.domain.programme.document import published
from chalicelib.domain.programme.sale import lifetime_problems
from chalicelib.domain.programme.succession import fixed_of, succession_problems
from chalicelib.domain.records import ProgrammeList, ProgrammeListRef, ProgrammeRef, ProgrammeVersion


class Publication(Struct, frozen=True):
    """The number of the new version, and from when it holds (seconds)."""

    number: int
    effective_at: int


def publish(command: PublishProgramme, facts: Facts, now: int) -> Decision:
    """The next version. Raises VersionMismatch when another was published since the caller looked, InvalidProgramme
    when a reward would be gone before it can be spent, or what members hold or are on their way to would change.
    """
    versions = facts.find(ProgrammeListRef(), ProgrammeList) or ProgrammeList()
    newest = len(versions.effective_at)
    if command.expected != newest:
        raise VersionMismatch(
            "the newest version is %(newest)s, not %(expected)s; read it and publish again",
            newest=newest,
            expected=command.expected,
        )
    effective_at = _effective_at(command, versions, now)
    shares, fixed = _settled(versions, facts)
    problems = [
        *_unlike_before(command, newest, fixed, facts),
        *lifetime_problems(command.programme, effective_at, now),
    ]
    if problems:
        raise InvalidProgramme(problems)
    document = msgspec.json.encode(command.programme).decode()
    version = ProgrammeVersion(newest + 1, effective_at, now, document, command.source)
    listed = msgspec.structs.replace(
        versions,
        effective_at=(*versions.effective_at, effective_at),
        shares=history.shares_after(shares, command.programme),
        fixed={**fixed, **fixed_of(command.programme)},
    )
    event = ProgrammePublished(version.number, effective_at)
    return Decision((listed, version), (event,), Publication(version.number, effective_at))


def _unlike_before(
    command: PublishProgramme, newest: int, fixed: Mapping[str, str], facts: Facts
) -> list[InvalidInput]:
    """What the new version may not change of the newest one, which has the assets of all before it, or of any."""
    if not newest:
        return []
    return list(succession_problems(facts.history.numbered(newest).programme, command.programme, fixed))


def _settled(versions: ProgrammeList, facts: Facts) -> tuple[Mapping[str, int], Mapping[str, str]]:
    """Into how many shares budgets are split, and what is fixed; for a list of an earlier release, which says neither,
    the versions are looked at.
    """
    if versions.shares is not None and versions.fixed is not None:
        return versions.shares, versions.fixed
    refs = [ProgrammeRef(number) for number in range(1, len(versions.effective_at) + 1)]
    facts.need(*refs)
    stored = (facts.find(ref, ProgrammeVersion) for ref in refs)
    programmes = [published(version.document) for version in stored if version]
    fixed: dict[str, str] = {}
    for programme in programmes:
        fixed |= fixed_of(programme)
    return history.shares_before_list(programmes) if versions.shares is None else versions.shares, fixed


def _effective_at(command: PublishProgramme, versions: ProgrammeList, now: int) -> int:
    """The first version may hold from any instant; a later one only from when every reader must know of it.

    It may hold from before an earlier version that has not begun: that one then never does.
    """
    first = not versions.effective_at
    earliest = now if first else now + command.lead_s
    if command.effective_at is None:
        return earliest
    if command.effective_at < earliest and not first:
        raise InvalidInput(
            "effective_at", "must be %(earliest)s or later", iso(command.effective_at), earliest=Instant(earliest)
        )
    return command.effective_at
