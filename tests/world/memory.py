"""The engine's protocol over a dictionary: read what a decision misses, decide, write with version checks.

For tests that need whole commands and no table. `decide` and `commit` are separate too, so that a test can let two
decisions race. Every commit goes through the limits that a transaction has.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from chalicelib.domain.commands import Command, Idempotency, PublishProgramme
from chalicelib.domain.decide import decide
from chalicelib.domain.events import Event
from chalicelib.domain.facts import Decision, Exhausted, Facts
from chalicelib.domain.ledger.accounts import Account, Balance
from chalicelib.domain.programme.document import Programme, Version, published
from chalicelib.domain.programme.history import History, history_of
from chalicelib.domain.records import (
    BoardCuts,
    BoardCutsRef,
    Conversion,
    Cuts,
    Entry,
    Group,
    Member,
    MemberRef,
    Missing,
    Order,
    OrderRef,
    ProgrammeList,
    ProgrammeListRef,
    ProgrammeVersion,
    Record,
    Ref,
)
from tests.world.builders import CONNECTION, NOW

T = TypeVar("T")

MAX_OPERATIONS = 100

parsed = lru_cache(64)(published)
"""Versions are immutable, and every decision asks for them."""


class Stale(Exception):
    """Somebody else wrote one of the records since they were read."""


class Memory:
    def __init__(self, *programmes: Programme) -> None:
        self.records: dict[Ref, Record] = {}
        self.events: list[Event] = []
        self.round_trips = 0
        self.exhausted: Collection[Exhausted] = ()
        self.written: tuple[Record, ...] = ()
        for programme in programmes:
            self.publish(programme)

    def publish(self, programme: Programme, effective_at: int | None = 0, now: int = 0) -> Any:
        number = self.history().newest
        return self.execute(PublishProgramme(programme, "", number, effective_at, lead_s=0), now)

    def execute(self, command: Command, now: int = NOW, idempotency: Idempotency | None = None) -> Any:
        decision = self.decide(command, now, idempotency)
        self.commit(decision.changes)
        self.events += decision.events
        return msgspec.to_builtins(decision.answer)

    def decide(self, command: Command, now: int = NOW, idempotency: Idempotency | None = None) -> Decision:
        """What the command would do to the records as they are now. `read` then holds all that it asked for."""
        self.read: dict[Ref, Record | None] = {}
        history, self.round_trips = self.history(), 0
        while True:
            try:
                return decide(command, Facts(self.read, history, self.exhausted), now, idempotency)
            except Missing as missing:
                self.read |= {ref: self.records.get(ref) for ref in missing.refs}
                self.round_trips += 1

    def asked(self, command: Command) -> set[Ref]:
        """All that a decision on the command wants to read."""
        self.decide(command)
        return set(self.read)

    def commit(self, changes: Sequence[Record]) -> None:
        """All or nothing. Raises Stale."""
        named = {change.ref: change for change in changes}
        assert len(named) == len(changes), "a transaction takes each item once"
        assert len(named) <= MAX_OPERATIONS
        if any(self._version(name) != change.version for name, change in named.items()):
            raise Stale
        self.written = tuple(changes)
        self.records |= {name: replace(change, version=change.version + 1) for name, change in named.items()}

    def history(self) -> History:
        stored = sorted(self.all(ProgrammeVersion), key=lambda version: version.number)
        versions = (Version(record.number, record.effective_at, parsed(record.document)) for record in stored)
        listed = self.records.get(ProgrammeListRef())
        scores = self.records.get(BoardCutsRef())
        return history_of(
            versions,
            listed if isinstance(listed, ProgrammeList) else None,
            self.all(Cuts),
            scores if isinstance(scores, BoardCuts) else None,
        )

    def all(self, kind: type[T]) -> list[T]:
        return [record for record in self.records.values() if isinstance(record, kind)]

    def find(self, ref: Ref, kind: type[T]) -> T:
        record = self.records[ref]
        assert isinstance(record, kind)
        return record

    def member(self, member: str) -> Member:
        return self.find(MemberRef(member), Member)

    def order(self, order: str) -> Order:
        return self.find(OrderRef(CONNECTION, order), Order)

    def balance(self, member: str, asset: str = "EUR/2", now: int = NOW) -> Balance:
        record = self.records.get(MemberRef(member), Member(member))
        assert isinstance(record, Member)
        return record.accounts.get(asset, Account()).balance(now)

    def available(self, member: str, asset: str = "EUR/2", now: int = NOW) -> int:
        return self.balance(member, asset, now).available

    def entries(self, member: str) -> list[Entry]:
        entries = [entry for entry in self.all(Entry) if entry.member == member]
        return sorted(entries, key=lambda entry: entry.number)

    def conversions(self, referrer: str) -> dict[str, Conversion]:
        return {conversion.friend: conversion for conversion in self.all(Conversion) if conversion.referrer == referrer}

    def groups(self, referrer: str) -> list[Group]:
        groups = [group for group in self.all(Group) if group.referrer == referrer]
        return sorted(groups, key=lambda group: group.number)

    def _version(self, name: Ref) -> int:
        return self.records[name].version if name in self.records else 0
