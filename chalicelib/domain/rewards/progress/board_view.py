"""A leaderboard as people read it: its places, where a member is on it, and a name that may be shown.

Pure functions of rows and records; nothing is read. Imports boards and the programme.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from chalicelib.domain.core.calendar import DAY_S, first_day, midnight, period_name, period_number
from chalicelib.domain.core.phrases import ENGLISH, Amount, Phrase, Plural, Span, Value, Wording, written
from chalicelib.domain.programme.boards import FRIENDS, Board
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import BoardPeriod, Member, Place, Profile
from chalicelib.domain.rewards.progress.boards import is_exact, ranked, score_of, top_percent
from chalicelib.domain.rewards.progress.view import BoardView

CONSENT = "leaderboard"
"""The consent in a profile without which a member's name is not shown."""


FRESH_S = 2 * DAY_S
"""What a round has seen longer ago says nothing of a board that may have been out of the programme meanwhile."""


def score_text(score: int, board: Board, programme: Programme) -> str:
    """A score in English: `120.00 EUR`, `3 orders`, `1 friend`."""
    return written(_scored(score, board, programme))


def _scored(score: int, board: Board, programme: Programme) -> Value:
    if asset := board.asset(programme):
        return Amount(score, asset)
    if board.measure == FRIENDS:
        return Plural("%(number)s friend", "%(number)s friends", score)
    return Plural("%(number)s order", "%(number)s orders", score)


def is_complete(board: Board, number: int, programme: Programme, period: BoardPeriod | None, history: History) -> bool:
    """Whether a board's rows are all that is needed without a round: it was in force when the period began, and all
    that changed since has rows. Raises Missing.
    """
    if period is not None or board.per == "all":
        return False
    began = history.at(midnight(first_day(board.per, number), programme.timezone))
    return began is not None and any(other.id == board.id for other in began.programme.boards)


def has_best(scores: Mapping[str, int], board: Board, period: BoardPeriod | None, now: int) -> bool:
    """Whether the best members of a board are sure to be among its rows, by what a daily round has seen lately."""
    if period is None or period.at <= now - FRESH_S:
        return False
    return is_exact(scores.values(), period.sure, board.top)


def places(scores: Mapping[str, int], board: Board) -> list[Place]:
    """The members on a board, the best first, as many as it has places."""
    return ranked(scores)[: board.top]


def of_member(
    member: Member,
    board: Board,
    programme: Programme,
    today: date,
    scores: Mapping[str, int],
    period: BoardPeriod | None,
    wording: Wording = ENGLISH,
) -> BoardView:
    """Where a member is on a board in its running period, by its own record and the others' rows."""
    number = period_number(board.per, today)
    score = score_of(member, board, programme, number)
    ahead = sum(other > score for name, other in scores.items() if name != member.member)
    place = ahead + 1 if score and ahead < board.top and score >= (period.sure if period else 0) else None
    percent = top_percent(period.scores, score) if period and score and place is None else None
    phrase, name = _standing(place, percent, score, _scored(score, board, programme)), period_name(board.per, number)
    if name:
        phrase = Phrase("%(reached)s in %(period)s", {"reached": phrase, "period": Span(board.per, number)})
    text = written(phrase, wording, programme)
    return BoardView(board.id, board.name, name, score, place, percent, text)


def _standing(place: int | None, percent: int | None, score: int, scored: Value) -> Phrase:
    """Where a member is, in words."""
    if not score:
        return Phrase("not on it yet")
    if place:
        return Phrase("place %(place)s, with %(score)s", {"place": place, "score": scored})
    if percent:
        return Phrase("among the top %(percent)s%%, with %(score)s", {"percent": percent, "score": scored})
    return Phrase("on its way, with %(score)s", {"score": scored})


def shown_name(profile: Profile | None) -> str:
    """First name and initial of a member who has agreed to that: `Ada L.`; empty for everybody else."""
    if profile is None or profile.consents.get(CONSENT) is not True:
        return ""
    first, *rest = profile.display_name.split() or [""]
    return f"{first} {rest[-1][0].upper()}." if rest else first
