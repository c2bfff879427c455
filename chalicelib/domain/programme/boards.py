"""Leaderboards as the programme states them: what is compared, in which period, how many places, which prizes.

Scores, places and prizes are worked out in `rewards/progress/`. Imports awards, series and the parts of rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from msgspec import field

from chalicelib.domain.core import series
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.assets import name_problems
from chalicelib.domain.programme.awards import COUNTED_ALWAYS, Award, award_problems, counter_problems
from chalicelib.domain.programme.rules import Document, id_problems, range_problems

if TYPE_CHECKING:
    from chalicelib.domain.programme.document import Programme

MAX_BOARDS, MAX_TOP, MAX_PRIZES, MAX_SETTLE_DAYS = 5, 100, 20, 60

FRIENDS = "friends"
"""The measure of a referrer's live friends, which are counted in all and not by period."""


class Board(Document, frozen=True, kw_only=True):
    """A leaderboard: the members with the most of what it measures in a period, in `top` places.

    `measure`: kept goods in the programme's currency (`spend`), live `orders`, live `friends` (in all only), or an
    asset of the programme: what orders earned of it. `prizes`: the first is for place 1, and so on; they are given
    once, `settle_days` after the period's end, by the version in force at that end.
    """

    id: str
    measure: str = "spend"
    per: Literal["week", "month", "quarter", "year", "all"] = "month"
    top: int = 10
    prizes: tuple[Award, ...] = ()
    settle_days: int = 14
    name: dict[str, str] = field(default_factory=dict)

    @cached_property
    def has_own_counter(self) -> bool:
        """Whether orders count for the board alone, since the version that first stated it."""
        if self.measure == FRIENDS:
            return False
        return self.measure not in ("spend", "orders") or self.per not in COUNTED_ALWAYS

    @cached_property
    def series(self) -> str:
        """The name of the counter that belongs to the board alone."""
        return f"{self.id}/{series.LETTERS[self.per]}"

    def asset(self, programme: Programme) -> str:
        """The asset that scores are amounts of; empty where they are numbers of orders or friends."""
        if self.measure in ("orders", FRIENDS):
            return ""
        return programme.asset_named(programme.currency if self.measure == "spend" else self.measure)


def board_problems(programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with the boards of a document, each naming the path, the rule and the value."""
    yield from range_problems("boards", len(programme.boards), 0, MAX_BOARDS)
    known = {rule.id for rule in programme.rules} | {card.id for card in programme.cards}
    known |= {goal.id for goal in programme.goals}
    known |= {step.id for step in programme.levels.steps} if programme.levels else set()
    for index, board in enumerate(programme.boards):
        path = f"boards[{index}]"
        yield from id_problems(f"{path}.id", board.id)
        if board.id in known:
            yield InvalidInput(f"{path}.id", "must be unique among rules, cards, goals, levels and boards", board.id)
        known.add(board.id)
        yield from _own_problems(path, board, programme)


def prizes_of(programme: Programme) -> dict[str, Award]:
    """Every prize that the document states, by its path in it."""
    return {
        f"boards[{index}].prizes[{place}]": prize
        for index, board in enumerate(programme.boards)
        for place, prize in enumerate(board.prizes)
    }


def _own_problems(path: str, board: Board, programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with a board, whatever else the document has."""
    measures = ["spend", "orders", FRIENDS, *programme.assets]
    if board.measure not in measures:
        yield InvalidInput(f"{path}.measure", "must be one of %(names)s", board.measure, names=tuple(measures))
    if board.measure == FRIENDS and board.per != "all":
        yield InvalidInput(
            f"{path}.per", "must be all beside measure: friends, who are not counted by period", board.per
        )
    if board.has_own_counter:
        yield from counter_problems(path, "board", board.series, programme)
    yield from range_problems(f"{path}.top", board.top, 1, MAX_TOP)
    yield from range_problems(f"{path}.settle_days", board.settle_days, 0, MAX_SETTLE_DAYS)
    yield from name_problems(f"{path}.name", board.name)
    if board.prizes and board.per == "all":
        yield InvalidInput(f"{path}.prizes", "must not stand beside per: all, a period that never ends")
    most = min(board.top, MAX_PRIZES)
    if len(board.prizes) > most:
        yield InvalidInput(f"{path}.prizes", "must be at most %(most)s, one for a place", len(board.prizes), most=most)
    for place, prize in enumerate(board.prizes):
        yield from award_problems(f"{path}.prizes[{place}]", prize, programme)
