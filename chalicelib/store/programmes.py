"""The programme's versions, as every Lambda sees them: immutable ones for ever, the list of them for a short while."""

from __future__ import annotations

from collections.abc import Callable, Collection

from chalicelib import settings
from chalicelib.domain.programme.document import History, Version, published
from chalicelib.domain.records import ProgrammeList, ProgrammeRef, ProgrammeVersion, Record, Ref
from chalicelib.store.reader import load


class Programmes:
    """A cache of the history. An empty history is never cached: the first programme holds at once."""

    def __init__(self, load: Callable[[Collection[Ref]], dict[Ref, Record | None]] = load) -> None:
        self._load = load
        self._history = History()
        self._read_at = 0

    def history(self, now: int) -> History:
        """All versions, at most `settings.cache_s()` old."""
        if not self._history.versions or now - self._read_at >= settings.cache_s():
            self._history = self._read()
            self._read_at = now
        return self._history

    def _read(self) -> History:
        listed = self._load([ProgrammeRef()])[ProgrammeRef()]
        count = len(listed.effective_at) if isinstance(listed, ProgrammeList) else 0
        known = self._history.versions
        new = self._load([ProgrammeRef(number) for number in range(len(known) + 1, count + 1)])
        return History(
            (*known, *(_version(new[ref]) for ref in sorted(new, key=lambda ref: getattr(ref, "number", 0))))
        )


def _version(record: object) -> Version:
    assert isinstance(record, ProgrammeVersion)
    return Version(record.number, record.effective_at, published(record.document))
