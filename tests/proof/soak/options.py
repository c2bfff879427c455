"""What only some simulated shops have: leaderboards, campaigns for segments, and gifts on birthdays, all with a daily
round; levels by other periods than a rolling year, and those that a person sets by hand; orders that are told again
as the kept customer's once two were merged.

Drawn from a random source of its own, so that a shop without them lives exactly as it did before there were any.
"""

from __future__ import annotations

from random import Random
from typing import Any

from msgspec import UNSET, UnsetType

POINTS = "points"
"""The asset of the programme's own."""

MEASURES = (
    ("spend", "month"),
    ("orders", "week"),
    (POINTS, "month"),
    ("orders", "month"),
    ("spend", "week"),
    (POINTS, "week"),
    ("spend", "quarter"),
    ("orders", "year"),
    ("spend", "all"),
    ("friends", "all"),
)
"""What boards compare, and in which periods: the first six are settled often."""

SEGMENTS = {
    "stars": {"recency": (4, 5), "frequency": (4, 5), "money": (3, 5)},
    "regulars": {"recency": (3, 5), "frequency": (3, 5)},
    "sleepers": {"recency": (1, 2), "money": (2, 5)},
    "spenders": {"money": (4, 5)},
}
"""The segments that some programmes state: some members are in none of them."""

DEFAULTS = {
    "champions": {"recency": (4, 5), "frequency": (4, 5), "money": (4, 5)},
    "loyal": {"recency": (3, 5), "frequency": (4, 5)},
    "new": {"recency": (4, 5), "frequency": (1, 1)},
    "promising": {"recency": (3, 5), "frequency": (1, 3)},
    "at-risk": {"recency": (1, 2), "frequency": (3, 5)},
    "lost": {"recency": (1, 2), "frequency": (1, 2)},
}
"""The segments of a programme that states none, as its documentation has them."""

GIFTS: list[dict[str, Any]] = [
    {"id": "cheers", "give": 12, "of": POINTS, "on": "birthday"},
    {"id": "jubilee", "give": 9, "of": POINTS, "on": "anniversary", "expire_days": 60},
]
"""What members get on their birthdays, and on the anniversaries of their first orders."""

PACES = (160, 300, 480)
"""Bursts in a year: fewer make a longer life of as many operations, with more periods that end while it goes on."""


GRACE_DAYS = (0, 0, 10, 31, 92)
"""For how long a level stays: mostly not at all, for less than a month, and for several."""


class Options:
    """What one shop has; `plain`: nothing of it. Versions of its programme draw from `random`, their levels from
    `level_random`.
    """

    def __init__(
        self,
        seed: int,
        *,
        boards: int,
        segments: bool,
        gifts: bool,
        levels: bool = False,
        levels_by_hand: bool = False,
        merges_told: bool = False,
    ) -> None:
        self.random = Random(f"programme of {seed}")  # noqa: S311 - it must be repeatable, not secret
        often, seldom = list(MEASURES[:6]), list(MEASURES[6:])
        self.level_random = Random(f"levels of the programme of {seed}")  # noqa: S311
        self.boards = [*self.random.sample(often, min(boards, 2)), *self.random.sample(seldom, max(boards - 2, 0))]
        self.segments, self.gifts = segments, gifts
        self.levels, self.levels_by_hand = levels, levels_by_hand
        self.merges_told = merges_told
        self.own_segments = self.random.random() < 0.5
        self.pace = self.random.choice(PACES)
        self.is_first = True

    @property
    def plain(self) -> bool:
        """Whether there is nothing of all this."""
        return not (self.has_rounds or self.levels or self.merges_told)

    @property
    def has_rounds(self) -> bool:
        """Whether there is anything that a daily round does."""
        return bool(self.boards or self.segments or self.gifts)

    @classmethod
    def none(cls) -> Options:
        """Those of a shop from before there were any."""
        return cls(0, boards=0, segments=False, gifts=False)

    @classmethod
    def full(cls, seed: int) -> Options:
        """All of it."""
        return cls(seed, boards=4, segments=True, gifts=True, levels=True, levels_by_hand=True, merges_told=True)

    @classmethod
    def drawn(cls, seed: int, *, rolling: bool = False, by_hand: bool = True, merges_told: bool = True) -> Options:
        """What the shop of a seed has: four in five have no daily round, since one for each day takes most of the time.

        `rolling`: its levels are by a rolling year, as those of all shops once were; without `by_hand` nobody sets one,
        without `merges_told` no order is told again once its customer was merged.
        """
        random = Random(f"options of {seed}")  # noqa: S311
        levels = not rolling and Random(f"levels of {seed}").random() < 0.7  # noqa: S311
        hand = levels and by_hand and Random(f"levels by hand of {seed}").random() < 0.7  # noqa: S311
        boards, segments, gifts = 0, False, False
        if random.random() >= 0.8:
            boards = random.choice([0, 2, 3, 4])
            segments, gifts = random.random() < 0.6, random.random() < 0.5
        told = merges_told and Random(f"merges of {seed}").random() < 0.5  # noqa: S311
        parts = {"levels": levels, "levels_by_hand": hand, "merges_told": told}
        return cls(seed, boards=boards, segments=segments, gifts=gifts, **parts)

    def levels_of_version(self) -> dict[str, Any]:
        """What the levels of the next version count, and when."""
        if not self.levels:
            return {"measure": "spend", "per": "rolling", "counts": "at_once"}
        choice = self.level_random.choice
        levels: dict[str, Any] = {
            "measure": choice(["spend", "spend", "orders", POINTS]),
            "per": choice(["rolling", "year", "lifetime"]),
            "counts": choice(["at_once", "next_month"]),
        }
        return levels if levels["per"] == "lifetime" else levels | {"grace_days": choice(GRACE_DAYS)}

    def of_version(self) -> dict[str, Any]:
        """The parts of the next version of the programme; what was counted for a board stays as it was."""
        parts: dict[str, Any] = {}
        boards = [self._board(*measure) for measure in self.boards if self.is_first or self.random.random() < 0.85]
        self.is_first = False
        if boards:
            parts["boards"] = boards
        if self.segments and self.own_segments:
            parts["segments"] = SEGMENTS
        return parts

    def audience(self) -> list[str]:
        """The segments that the next version's campaign is for."""
        names = list(SEGMENTS if self.own_segments else DEFAULTS)
        return self.random.sample(names, 2)

    def profile_of(self, member: str) -> dict[str, Any]:
        """The consents and the birthday that a member's profile is told with, always the same."""
        number = int(member.removeprefix("shop.m"))
        consents = {"leaderboard": number % 3 > 0} if self.boards else {}
        return {"consents": consents, "birthday": self.birthday_of(member)}

    def birthday_of(self, member: str) -> str | UnsetType:
        """A month and a day; some are born on the 29th of February."""
        number = int(member.removeprefix("shop.m"))
        if not self.gifts:
            return UNSET
        return "02-29" if number % 20 == 7 else f"{number % 12 + 1:02d}-{number * 7 % 28 + 1:02d}"

    def _board(self, measure: str, per: str) -> dict[str, Any]:
        """A board of a version: any number of places, and prizes for some of them."""
        top = self.random.choice([1, 2, 3, 5, 10])
        prizes = [self._prize(place) for place in range(self.random.randint(0, min(top, 4)))]
        return {
            "id": f"{measure}-{per}",
            "measure": measure,
            "per": per,
            "top": top,
            "prizes": [] if per == "all" else prizes,
            "settle_days": self.random.choice([0, 1, 3, 7, 14]),
        }

    def _prize(self, place: int) -> dict[str, Any]:
        """Of points or money, so odd that it can hardly be divided."""
        if self.random.random() < 0.5:
            return {"give": 101 - 13 * place, "of": POINTS}
        return {"amount": 7 - place, "expire_days": 45}
