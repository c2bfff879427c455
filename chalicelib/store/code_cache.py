"""A cache of referral codes that exist, so that a popular link does not read the table for each click.

A cached entry cannot become wrong: a code that was issued never ends. An unknown code is not cached, since it may be
issued the next moment.
"""

from __future__ import annotations

from chalicelib import settings
from chalicelib.domain.records import CodeRef
from chalicelib.store.table import load

MAX_CODES = 1000
"""The cache's size in codes; the one that was read first is evicted first."""


class CodeCache:
    """A cache of codes that exist, each for `settings.cache_s()`, at most MAX_CODES of them."""

    def __init__(self) -> None:
        self._read_at: dict[str, int] = {}

    def has(self, code: str, now: int) -> bool:
        """Whether a code was issued. Raises Unavailable."""
        read_at = self._read_at.get(code)
        if read_at is not None and now - read_at < settings.cache_s():
            return True
        self._read_at.pop(code, None)
        exists = load([CodeRef(code)])[CodeRef(code)] is not None
        if exists:
            self._remember(code, now)
        return exists

    def _remember(self, code: str, now: int) -> None:
        if len(self._read_at) >= MAX_CODES:
            del self._read_at[next(iter(self._read_at))]
        self._read_at[code] = now
