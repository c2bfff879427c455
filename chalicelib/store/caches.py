"""What an engine remembers of the table between two commands: the programme's versions and the cuts of segments (for
ever, since they are immutable; the list of both for a short while), and the shares of budgets with nothing left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec

from chalicelib import settings
from chalicelib.domain.facts import Exhausted
from chalicelib.domain.programme.document import Version, published
from chalicelib.domain.programme.history import History, history_of
from chalicelib.domain.records import (
    BoardCuts,
    BoardCutsRef,
    Cuts,
    ProgrammeList,
    ProgrammeListRef,
    ProgrammeRef,
    ProgrammeVersion,
    Record,
    Ref,
)
from chalicelib.store.table import load


class Programmes:
    """A cache of the history. An empty history is never cached: the first programme holds at once."""

    def __init__(self, load: Callable[[Collection[Ref]], dict[Ref, Record | None]] = load) -> None:
        self._load = load
        self.known = History()
        self._read_at = 0

    def history(self, now: int) -> History:
        """The history, its list at most `settings.cache_s()` old, with the version in force at `now` read at least."""
        if not self.known.effective_at or now - self._read_at >= settings.cache_s():
            records = self._load([ProgrammeListRef(), BoardCutsRef()])
            listed, scores = _list(records[ProgrammeListRef()]), records[BoardCutsRef()]
            board_cuts = scores if isinstance(scores, BoardCuts) else None
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
            self.known = msgspec.structs.replace(self.known, read=read)
        cuts = {record.number: record for record in records.values() if isinstance(record, Cuts)}
        if cuts:
            self.known = msgspec.structs.replace(self.known, cuts_read={**self.known.cuts_read, **cuts})


class ExhaustedShares:
    """Shares of budgets that had nothing left, each for `settings.cache_s()` from when that was seen, so that orders
    after the end of a budget do not read them again. A refund that gives to one of them is missed for so long.
    """

    def __init__(self) -> None:
        self._seen_at: dict[Exhausted, int] = {}

    def known(self, now: int) -> Collection[Exhausted]:
        """Those seen within that time before `now` (seconds since 1970)."""
        if self._seen_at:
            kept_s = settings.cache_s()
            self._seen_at = {share: at for share, at in self._seen_at.items() if now - at < kept_s}
        return self._seen_at.keys()

    def remember(self, shares: Iterable[Exhausted], now: int) -> None:
        """Shares that a decision has seen exhausted. One that is known was not read, and stays known no longer."""
        for share in shares:
            self._seen_at.setdefault(share, now)


def _list(record: Record | None) -> ProgrammeList:
    return record if isinstance(record, ProgrammeList) else ProgrammeList()


def _version(record: Record | None) -> Version:
    assert isinstance(record, ProgrammeVersion)
    return Version(record.number, record.effective_at, published(record.document))
