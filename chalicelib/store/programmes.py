"""The programme's versions, as every Lambda sees them: immutable ones for ever, the list of them for a short while."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import msgspec

from chalicelib import settings
from chalicelib.domain.programme.document import Version, published
from chalicelib.domain.programme.history import History, history_of
from chalicelib.domain.records import (
    BoardCuts,
    BoardCutsRef,
    ProgrammeList,
    ProgrammeListRef,
    ProgrammeRef,
    ProgrammeVersion,
    Record,
    Ref,
)
from chalicelib.store.reader import load


class Programmes:
    """A cache of the history. An empty history is never cached: the first programme holds at once."""

    def __init__(self, load: Callable[[Collection[Ref]], dict[Ref, Record | None]] = load) -> None:
        self._load = load
        self.known = History()
        self._read_at = 0

    def history(self, now: int) -> History:
        """The history, its list at most `settings.cache_s()` old, with the version in force at `now` read at least."""
        if not self.known.newest or now - self._read_at >= settings.cache_s():
            records = self._load([ProgrammeListRef(), BoardCutsRef()])
            listed, cuts = _list(records[ProgrammeListRef()]), records[BoardCutsRef()]
            self.known = history_of(self.known.read.values(), listed, cuts if isinstance(cuts, BoardCuts) else None)
            self._read_at = now
        number = self.known.number_at(now)
        if number and number not in self.known.read:
            self.add(self._load([ProgrammeRef(number)]))
        return self.known

    def add(self, records: Mapping[Ref, Record | None]) -> None:
        """Keep the versions that are among records which were read."""
        new = {ref.number: record for ref, record in records.items() if isinstance(ref, ProgrammeRef) and ref.number}
        if new:
            read = {**self.known.read, **{number: _version(record) for number, record in new.items()}}
            self.known = msgspec.structs.replace(self.known, read=read)


def _list(record: Record | None) -> ProgrammeList:
    return record if isinstance(record, ProgrammeList) else ProgrammeList()


def _version(record: Record | None) -> Version:
    assert isinstance(record, ProgrammeVersion)
    return Version(record.number, record.effective_at, published(record.document))
