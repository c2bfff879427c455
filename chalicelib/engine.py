"""execute(command): read the facts, decide, write; again when somebody else was faster.

Between two commands an engine remembers of the table the programme's versions and the cuts of segments (until a restore
takes them back, since they are immutable; the list of both for a short while), and the shares of budgets with nothing
left.
Knows neither HTTP nor DynamoDB. Imports the domain and the store.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from chalicelib import settings
from chalicelib.domain.commands import Command, Idempotency
from chalicelib.domain.decide import decide
from chalicelib.domain.errors import Busy, NotFound
from chalicelib.domain.events import Event
from chalicelib.domain.facts import Decision, Exhausted, Facts
from chalicelib.domain.programme.document import Programme, Version, published
from chalicelib.domain.programme.history import History, history_of
from chalicelib.domain.records import (
    BoardCuts,
    BoardCutsRef,
    Cuts,
    CutsRef,
    Missing,
    ProgrammeList,
    ProgrammeListRef,
    ProgrammeRef,
    ProgrammeVersion,
    Record,
    Ref,
)
from chalicelib.store import table
from chalicelib.store.table import Stale

T = TypeVar("T")

IMMUTABLE = frozenset({ProgrammeRef, CutsRef})
"""References of what an engine keeps once it has read it, until the table is put back to an earlier state."""

Load = Callable[[Collection[Ref]], dict[Ref, Record | None]]

MAX_ATTEMPTS = 8
PATIENCE_S = 3.0
"""After so long a command is not tried again: whoever waits for the answer has little more."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.4


class Engine:
    """Executes commands against the table. What it uses of the world are arguments, for a simulation to replace."""

    def __init__(
        self,
        publish: Callable[[Event], object] = lambda _: None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        load: Load = table.load,
        commit: Callable[[Sequence[Record]], None] = table.commit,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._versions = HistoryCache(load)
        self._exhausted = ExhaustedShares()
        self._load = load
        self._commit = commit
        self._jitter = jitter
        self._publish = publish
        self._sleep = sleep
        self._clock = clock

    def execute(self, command: Command, now: int, idempotency: Idempotency | None = None) -> Any:
        """Do what a command says and return its answer as plain data (None, mappings, lists, text, integers).

        `now`: seconds since 1970. Raises a Rejection; then nothing was written. Raises Busy after MAX_ATTEMPTS lost
        races, or PATIENCE_S of them, and Unavailable: where a reply was lost, these two cannot know, and asking again
        is safe.
        """
        until = self._clock() + PATIENCE_S
        for attempt in range(MAX_ATTEMPTS):
            decision = self._decide(command, now, idempotency, {})
            try:
                if decision.changes:
                    self._commit(decision.changes)
            except Stale:
                if self._clock() > until:
                    break
                self._sleep(self._jitter(0, longest_pause_s(attempt)))
                continue
            if decision.exhausted:
                self._exhausted.remember(decision.exhausted, now)
            for event in decision.events:
                self._publish(event)
            return msgspec.to_builtins(decision.answer)
        raise Busy("others are writing the same records; ask again, with the same Idempotency-Key if there was one")

    def preview(self, command: Command, now: int, known: dict[Ref, Record | None] | None = None) -> Decision:
        """What a command would do as the table is now; nothing is written or published. Raises a Rejection.

        `known`: records that are not read, such as those that another previewed command would leave; what is read is
        put there too, for the next preview.
        """
        return self._decide(command, now, None, {} if known is None else known)

    def history(self, now: int) -> History:
        """The programme's versions as this process sees them; the one in force at `now` is read."""
        return self._versions.history(now)

    def programme(self, now: int) -> Programme | None:
        """The programme in force at `now`, None before the first."""
        version = self._versions.history(now).at(now)
        return version.programme if version else None

    def programme_in_force(self, now: int) -> Programme:
        """The programme in force at `now`. Raises NotFound before the first."""
        programme = self.programme(now)
        if programme is None:
            raise NotFound("no programme is in force; publish one first")
        return programme

    def of_history(self, question: Callable[[History], T], now: int) -> T:
        """What a function makes of the programme's versions; those that it misses are read."""
        self._versions.history(now)
        while True:
            try:
                return question(self._versions.known)
            except Missing as missing:
                self._versions.add(self._load(missing.refs))

    def _decide(
        self, command: Command, now: int, idempotency: Idempotency | None, records: dict[Ref, Record | None]
    ) -> Decision:
        self._versions.history(now)
        exhausted = self._exhausted.known(now) if self._exhausted.seen_at else ()
        while True:
            try:
                return decide(command, Facts(records, self._versions.known, exhausted), now, idempotency)
            except Missing as missing:
                loaded = self._load(missing.refs)
                if not IMMUTABLE.isdisjoint(map(type, loaded)):
                    self._versions.add(loaded)
                records |= loaded


def longest_pause_s(attempt: int) -> float:
    """How long to wait at the most before the next attempt; a random part of it, so that racing writers part."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**attempt)


class HistoryCache:
    """A cache of the history. An empty history is never cached: the first programme holds at once."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self.known = History()
        self._read_at = self._restored = 0

    def history(self, now: int) -> History:
        """The history, its list at most `settings.cache_s()` old, with the version in force at `now` read at least."""
        if not self.known.effective_at or now - self._read_at >= settings.cache_s():
            records = self._load([ProgrammeListRef(), BoardCutsRef()])
            stored, scores = records[ProgrammeListRef()], records[BoardCutsRef()]
            listed = stored if isinstance(stored, ProgrammeList) else ProgrammeList()
            board_cuts = scores if isinstance(scores, BoardCuts) else None
            if listed.restored != self._restored:
                self.known, self._restored = History(), listed.restored
            self.known = history_of(self.known.read.values(), listed, self.known.cuts_read.values(), board_cuts)
            self._read_at = now
        number = self.known.number_at(now)
        if number and number not in self.known.read:
            self.add(self._load([ProgrammeRef(number)]))
        return self.known

    def add(self, records: Mapping[Ref, Record | None]) -> None:
        """Keep the versions and the cuts that are among records which were read."""
        new = {ref.number: record for ref, record in records.items() if isinstance(ref, ProgrammeRef) and ref.number}
        if new:
            read = {**self.known.read, **{number: _version(record) for number, record in new.items()}}
            self.known = replace(self.known, read=read)
        cuts = {record.number: record for record in records.values() if isinstance(record, Cuts)}
        if cuts:
            self.known = replace(self.known, cuts_read={**self.known.cuts_read, **cuts})


class ExhaustedShares:
    """Shares of budgets that had nothing left, each for `settings.cache_s()` from when that was seen, so that orders
    after the end of a budget do not read them again. A refund that gives to one of them is missed for so long.
    """

    def __init__(self) -> None:
        self.seen_at: dict[Exhausted, int] = {}

    def known(self, now: int) -> Collection[Exhausted]:
        """The shares that were seen exhausted within that time before `now` (seconds since 1970)."""
        kept_s = settings.cache_s()
        self.seen_at = {share: at for share, at in self.seen_at.items() if now - at < kept_s}
        return self.seen_at.keys()

    def remember(self, shares: Iterable[Exhausted], now: int) -> None:
        """Shares that a decision has seen exhausted. One that is known was not read, and stays known no longer."""
        for share in shares:
            self.seen_at.setdefault(share, now)


def _version(record: Record | None) -> Version:
    assert isinstance(record, ProgrammeVersion)
    return Version(record.number, record.effective_at, published(record.document))
