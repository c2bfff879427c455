"""Referral codes that are known to exist, so that a link which everybody follows at once is not read for each click.

What is remembered cannot become wrong: a code that was issued never ends.
"""

from __future__ import annotations

from chalicelib import settings
from chalicelib.domain.records import CodeRef
from chalicelib.store.reader import load

MOST = 1000
"""Codes that are remembered; those that were read first are forgotten first."""


class Codebook:
    """Tells whether a code exists. One that does is remembered for `settings.cache_s()`; one that does not may be
    issued the next moment.
    """

    def __init__(self) -> None:
        self._read_at: dict[str, int] = {}

    def has(self, code: str, now: int) -> bool:
        """Whether a code was issued. Raises Unavailable."""
        read_at = self._read_at.get(code)
        if read_at is not None and now - read_at < settings.cache_s():
            return True
        self._read_at.pop(code, None)
        found = load([CodeRef(code)])[CodeRef(code)] is not None
        if found:
            self._remember(code, now)
        return found

    def _remember(self, code: str, now: int) -> None:
        if len(self._read_at) >= MOST:
            del self._read_at[next(iter(self._read_at))]
        self._read_at[code] = now
