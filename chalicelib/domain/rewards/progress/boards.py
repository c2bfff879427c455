"""Leaderboards: a member's scores, the places that scores make, and from which score on a member is a candidate.

A score is a function of the member's record, so it can be worked out again at any time. Only candidates have rows: a
change that concerns one stands in the member's own item (`Member.standings`), from which the stream writes the row.
Imports counters, the programme and records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from msgspec.structs import replace

from chalicelib.domain.core import series
from chalicelib.domain.core.calendar import local_day, period_number
from chalicelib.domain.core.series import Series
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.programme.boards import FRIENDS, Board
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Member, Place, Record, Standing
from chalicelib.domain.rewards.progress.counters import ORDERS, amount_in

CANDIDATES = 10
"""So many times as many members as a board has places are its candidates, so that many may fall and it stays exact."""

FINE = 16
"""Bins of scores are exact below this, and a sixteenth of a power of two wide above."""


def score_of(member: Member, board: Board, programme: Programme, number: int) -> int:
    """A member's score on a board in a period; 0 for one that was merged into another member."""
    if member.alias:
        return 0
    if board.measure == FRIENDS:
        return max(member.live, 0)
    always = ORDERS if board.measure == "orders" else programme.currency
    return max(amount_in(member, board.series if board.has_own_counter else always, board.per, number), 0)


def open_numbers(board: Board, today: date) -> range:
    """The periods of a board that are not settled on a local day, and that orders heard then can count in."""
    first = period_number(board.per, today - timedelta(days=board.settle_days))
    # An order whose storefront is ahead of our clock counts tomorrow.
    return range(first, period_number(board.per, today + timedelta(days=1)) + 1)


def cut_name(board: str, number: int) -> str:
    """The name of a board's period among the cuts: `month 24310`."""
    return f"{board} {number}"


def with_standings(decision: Decision, facts: Facts, programme: Programme, now: int) -> Decision:
    """The decision with the changed scores of candidates in the records of its members.

    Whatever a record said of an earlier change is replaced.
    """

    def marked(record: Record) -> Record:
        if not isinstance(record, Member):
            return record
        before = facts.seen(record.ref, Member) or Member(record.member)
        return replace(record, standings=tuple(_changed(before, record, programme, facts.history.board_cuts, now)))

    return replace(decision, changes=tuple(map(marked, decision.changes)))


def _changed(
    before: Member, after: Member, programme: Programme, cuts: Mapping[str, int], now: int
) -> Iterator[Standing]:
    """The scores that differ between two states of a member, where one of the two is a candidate's."""
    today = local_day(now, programme.timezone)
    for board in programme.boards:
        for number in open_numbers(board, today):
            was, score = (score_of(member, board, programme, number) for member in (before, after))
            if was != score and max(was, score) >= cuts.get(cut_name(board.id, number), 0):
                yield Standing(board.id, number, score)


def ranked(scores: Mapping[str, int]) -> list[Place]:
    """Members by score, the best first, those with nothing left out; tied ones share the better place: 1, 1, 3."""
    ordered = sorted((-score, member) for member, score in scores.items() if score > 0)
    places: list[Place] = []
    for index, (below, member) in enumerate(ordered):
        score = -below
        is_tied = bool(places) and places[-1].score == score
        places.append(Place(member, places[-1].place if is_tied else index + 1, score))
    return places


def is_exact(scores: Iterable[int], sure: int, wanted: int) -> bool:
    """Whether rows with these scores are sure to have the best `wanted` members: every member with at least `sure` has
    a row.
    """
    return not sure or sum(score >= sure for score in scores) >= wanted


def bin_of(score: int) -> int:
    """The bin of a score, which is at least 1; higher scores are in the same bin or a higher one."""
    shift = max(score.bit_length() - FINE.bit_length(), 0)
    return shift * FINE + (score >> shift)


def least_of(number: int) -> int:
    """The least score that is in a bin."""
    shift = max(number // FINE - 1, 0)
    return (number - shift * FINE) << shift


def with_score(scores: Series, score: int) -> Series:
    """Packed numbers of members by the bins of their scores, with one member more; one with nothing is not counted."""
    return series.added(scores, bin_of(score), 1, 0) if score > 0 else scores


def cut_of(scores: Series, wanted: int) -> int:
    """The greatest least score of a bin that at least `wanted` members reach; 0 where there are fewer."""
    reached = 0
    for number, count in sorted(series.unpacked(scores).items(), reverse=True):
        reached += count
        if reached >= wanted:
            return least_of(number)
    return 0


def candidates_of(board: Board) -> int:
    """How many candidates a board has at least, where so many members have a score."""
    return CANDIDATES * board.top


def top_percent(scores: Series, score: int) -> int | None:
    """Among the best how many percent of the members with a score one is, rounded up, by the bins of the last round;
    None where nobody was counted.
    """
    counts = series.unpacked(scores)
    total = sum(counts.values())
    if not total:
        return None
    as_good = sum(count for number, count in counts.items() if number >= bin_of(score))
    return max(-(-100 * as_good // total), 1)
