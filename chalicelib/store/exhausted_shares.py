"""Shares of budgets that had nothing left, so that the orders after the end of a budget do not read them again.

What is remembered can become wrong for as long as it is remembered: a refund that gives to a share is missed then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from chalicelib import settings
from chalicelib.domain.facts import Exhausted


class ExhaustedShares:
    """Remembers shares for `settings.cache_s()` from when they were seen exhausted."""

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
