"""Levels that people set by hand, worked out a second time: which one holds on a day, and which of two is better.

Uses nothing of `domain/rewards/progress/`.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from chalicelib.domain.programme.document import Programme
from tests.proof.soak.programmes import GIFTED, LEVELS_AT

FOR_GOOD = 10**9
"""Later than any last day."""


class ByHand(Struct, frozen=True):
    """A level (empty: what was set is taken back) that somebody has at least since a day until another one, by their
    ordinals (0: for good).
    """

    level: str
    until: int
    since: int = 0

    def least(self, programme: Programme, day: date) -> int:
        """From how much the level holds that somebody has by this on a day; -1: none."""
        assert programme.levels
        holds = self.since <= day.toordinal() <= (self.until or FOR_GOOD)
        is_known = self.level in {step.id for step in programme.levels.steps}
        return least(programme, self.level) if is_known and holds else -1

    def set_again(self, level: str, until: int, today: int) -> ByHand:
        """What holds once a level is set today: since before where another one has not ended."""
        goes_on = self.level and level and today <= (self.until or FOR_GOOD)
        return ByHand(level, until, self.since if goes_on else today)

    def rank(self, programme: Programme, day: date) -> tuple[int, int, int]:
        """What is more of the better one of two, on a day: one that there is, the higher one, the longer one."""
        return bool(self.level), self.least(programme, day), self.until or FOR_GOOD


NOTHING = ByHand("", 0)
"""Nobody has set anything."""


def least(programme: Programme, level: str) -> int:
    """From how much a level holds, in what an order adds to it: cents, points or orders."""
    measure = programme.levels.measure if programme.levels else ""
    at = dict(zip(("green", GIFTED, "white"), (0, *LEVELS_AT[measure]), strict=True))[level]
    return at * 100 if measure == "spend" else at
