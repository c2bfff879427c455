"""The records of a simulated table with the indexes that checks need: every question costs what it returns.

Commits as `store/table.py` does: all or nothing, each record asserting the version it was read at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from chalicelib.domain.commands import Command
from chalicelib.domain.decide import decide
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import Conversion, Entry, Group, ProgrammeVersion, Record, Ref
from chalicelib.store.table import MAX_OPERATIONS, Stale
from tests.world.memory import Memory

T = TypeVar("T")


class WholeTable(Facts, frozen=True):
    """Facts of a table of which all was read: nothing that a decision asks for is missing."""

    def need(self, *refs: Ref) -> None:
        """Nothing has to be read."""

    def find(self, ref: Ref, kind: type[T]) -> T | None:
        """The record, or None if there is none."""
        return self.seen(ref, kind)


class Shelf(Memory):
    """A Memory that stays fast with many records."""

    asserts_versions = True

    def __init__(self) -> None:
        super().__init__()
        self._kinds: dict[type[Any], dict[Ref, Any]] = {}
        self._entries: dict[str, list[Entry]] = {}
        self._conversions: dict[str, dict[str, Conversion]] = {}
        self._groups: dict[str, dict[int, Group]] = {}
        self._history: History | None = None

    def commit(self, changes: Sequence[Record]) -> None:
        """All or nothing. Raises the store's Stale."""
        named = {change.ref: change for change in changes}
        assert len(named) == len(changes), "a transaction takes each item once"
        assert 0 < len(named) <= MAX_OPERATIONS
        if self.asserts_versions and any(self._version(name) != record.version for name, record in named.items()):
            raise Stale
        for name, change in named.items():
            self.put(name, replace(change, version=change.version + 1))

    def told(self, command: Command, now: int) -> Decision:
        """What a command would do to the records as they are now, decided once: no reading has to be tried out."""
        return decide(command, WholeTable(self.records, self.history()), now)

    def put(self, name: Ref, record: Record) -> None:
        """Store a record as it is."""
        self.records[name] = record
        self._kinds.setdefault(type(record), {})[name] = record
        match record:
            case Entry():
                self._entries.setdefault(record.member, []).append(record)
            case Conversion():
                self._conversions.setdefault(record.referrer, {})[record.friend] = record
            case Group():
                self._groups.setdefault(record.referrer, {})[record.number] = record
            case ProgrammeVersion():
                self._history = None

    def history(self) -> History:
        """The programme's versions, decoded once."""
        if self._history is None:
            self._history = super().history()
        return self._history

    def all(self, kind: type[T]) -> list[T]:
        """Every record of a kind."""
        return list(self._kinds.get(kind, {}).values())

    def entries(self, member: str) -> list[Entry]:
        """In the order in which they were written."""
        return self._entries.get(member, [])

    def conversions(self, referrer: str) -> dict[str, Conversion]:
        return self._conversions.get(referrer, {})

    def groups(self, referrer: str) -> list[Group]:
        groups = self._groups.get(referrer, {})
        return [groups[number] for number in sorted(groups)]

    def digest(self) -> str:
        """A fingerprint of all records, whatever the order in which they were written."""
        lines = sorted(
            f"{type(record).__name__} {name!r} ".encode() + msgspec.json.encode(record)
            for name, record in self.records.items()
        )
        return hashlib.sha256(b"\n".join(lines)).hexdigest()
