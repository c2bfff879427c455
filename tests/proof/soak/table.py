"""The simulated table as the engine sees it: `load` and `commit`, each taking virtual time and failing by chance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import Record, Ref
from chalicelib.store.commit import Stale
from chalicelib.store.keys import key_of
from tests.proof.soak import faults
from tests.proof.soak.faults import Faults
from tests.proof.soak.hub import Died, Hub
from tests.proof.soak.shelf import Shelf

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
        fault = self._faults.draw(faults.READS)
        self._wait()
        if fault == faults.CRASH_BEFORE_READ:
            raise Died
        if fault in (faults.READ_TIME_OUT, faults.READ_THROTTLED):
            raise Unavailable(fault)
        found = self._torn(refs) if fault == faults.TORN_READ else self._read(refs)
        if fault == faults.CRASH_AFTER_READ:
            raise Died
        return found

    def commit(self, changes: Sequence[Record]) -> None:
        """All or nothing; the caller may not learn which."""
        fault = self._faults.draw(faults.WRITES)
        self._wait()
        if fault == faults.CRASH_BEFORE_COMMIT:
            raise Died
        if fault in (faults.FAIL_BEFORE_COMMIT, faults.THROTTLED):
            raise Unavailable(fault)
        if fault == faults.CONFLICT:
            raise Stale
        self._apply(changes)
        if fault == faults.CRASH_AFTER_COMMIT:
            raise Died
        if fault == faults.LOST_REPLY:
            raise Unavailable(fault)
        if fault == faults.STALE_REPLY:
            raise Stale

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
        found = self._read(ordered[:border])
        self._wait()
        return found | self._read(ordered[border:])

    def _wait(self) -> None:
        self._hub.pause(self._hub.random.random() * LATENCY_S)
