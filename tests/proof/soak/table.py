"""The simulated table as the engine sees it: `load` and `commit`, each taking virtual time and failing by chance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from greenlet import getcurrent

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import Record, Ref
from chalicelib.store.codec import key_of
from chalicelib.store.table import Stale
from tests.proof.soak import faults
from tests.proof.soak.faults import Faults
from tests.proof.soak.hub import Died, Hub
from tests.proof.soak.shelf import Shelf

T = TypeVar("T")

LATENCY_S = 0.05

Watcher = Callable[[Sequence[Record]], Callable[[], None]]
"""Looks at the records that a commit will write, and gives what to do once they are written."""


class Table:
    def __init__(self, hub: Hub, shelf: Shelf, faults: Faults, watch: Watcher) -> None:
        self._hub = hub
        self._shelf = shelf
        self._faults = faults
        self._watch = watch

    def load(self, refs: Collection[Ref]) -> dict[Ref, Record | None]:
        """Each item as it is when it is read: a batch is no snapshot."""
        return self.read(lambda: self._read(refs), lambda: self._torn(refs))

    def commit(self, changes: Sequence[Record]) -> None:
        """All or nothing; the caller may not learn which."""
        self.write(lambda: self._apply(changes))

    def read(self, whole: Callable[[], T], torn: Callable[[], T]) -> T:
        """What a read comes back with, unless it fails; `torn` is read while others write."""
        fault = self._faults.draw(faults.READS, _rarity())
        self.wait()
        if fault == faults.CRASH_BEFORE_READ:
            raise Died
        if fault in (faults.READ_TIME_OUT, faults.READ_THROTTLED):
            raise Unavailable(fault)
        records = torn() if fault == faults.TORN_READ else whole()
        if fault == faults.CRASH_AFTER_READ:
            raise Died
        return records

    def write(self, apply: Callable[[], None]) -> None:
        """Do a write, or not, or do it and say that it failed."""
        fault = self._faults.draw(faults.WRITES, _rarity())
        self.wait()
        if fault == faults.CRASH_BEFORE_COMMIT:
            raise Died
        if fault in (faults.FAIL_BEFORE_COMMIT, faults.THROTTLED):
            raise Unavailable(fault)
        if fault == faults.CONFLICT:
            raise Stale
        apply()
        if fault == faults.CRASH_AFTER_COMMIT:
            raise Died
        if fault == faults.LOST_REPLY:
            raise Unavailable(fault)
        if fault == faults.STALE_REPLY:
            raise Stale

    def wait(self) -> None:
        """Let the time of a call pass."""
        self._hub.pause(self._hub.random.random() * LATENCY_S)

    def _apply(self, changes: Sequence[Record]) -> None:
        seen = self._watch(changes)
        try:
            self._shelf.commit(changes)
        except Stale:
            self._faults.note("lost race")
            raise
        seen()

    def _read(self, refs: Collection[Ref]) -> dict[Ref, Record | None]:
        return {ref: self._shelf.records.get(ref) for ref in refs}

    def _torn(self, refs: Collection[Ref]) -> dict[Ref, Record | None]:
        """Others write between the first items and the last."""
        ordered = sorted(refs, key=key_of)
        border = self._hub.random.randint(0, len(ordered))
        records = self._read(ordered[:border])
        self.wait()
        return records | self._read(ordered[border:])


def _rarity() -> int:
    """How many times as seldom as usual calls of the process that runs now fail: a round makes very many."""
    return getattr(getcurrent(), "rarity", 1)
