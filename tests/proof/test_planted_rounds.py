"""The simulator can fail: each of these bugs of leaderboards, segments, reports and gifts is put into the real code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import date, timedelta
from typing import Any
from unittest import mock

import pytest
from msgspec.structs import replace

from chalicelib.domain.programme.history import History
from chalicelib.domain.records import Member, Place
from chalicelib.domain.reports import days, lists
from chalicelib.domain.rewards import campaigns, occasions
from chalicelib.domain.rewards.progress import boards, cuts, prizes
from chalicelib.edge.jobs import board_rounds, rounds
from tests.proof.soak.epoch import Epoch
from tests.proof.soak.options import Options
from tests.proof.soak.round_table import RoundTable

OPERATIONS, SEED, LIVES = 1200, 13, 4

Plant = AbstractContextManager[Any]


def prizes_go_to_second_place() -> Plant:
    """Who is first gets what the second should, and the other way round."""
    honest = prizes.places_of

    def places_of(*asked: Any) -> tuple[Place, ...]:
        places = honest(*asked)
        if len(places) < 2:
            return places
        first, second, *others = places
        return replace(first, prizes=second.prizes), replace(second, prizes=first.prizes), *others

    return mock.patch.object(prizes, "places_of", places_of)


def tied_members_all_get_the_prize() -> Plant:
    """Nothing is shared."""
    honest = prizes._with_prizes

    def with_prizes(tied: Any, *rest: Any) -> Iterable[Place]:
        return [replace(place, prizes=next(iter(honest([place], *rest))).prizes) for place in tied]

    return mock.patch.object(prizes, "_with_prizes", with_prizes)


def a_row_is_lost() -> Plant:
    """The rows of a board lack a member when it is settled."""
    honest = boards.ranked
    return mock.patch.object(prizes, "ranked", lambda scores: honest(dict(sorted(scores.items())[1:])))


def rows_are_never_mended() -> Plant:
    """What the stream has not written stays away."""
    return mock.patch.object(board_rounds.BoardRound, "_mended", return_value=())


def old_rows_replace_newer_ones() -> Plant:
    """A late record of the stream wins, and the round does not look."""
    honest = RoundTable.put

    def put(table: RoundTable, row: Any, over: int | None = None) -> bool:
        return honest(table, row, 10**9)

    return _together(mock.patch.object(RoundTable, "put", put), rows_are_never_mended())


def boards_are_settled_too_early() -> Plant:
    """The days in which late orders count are left out."""
    honest = boards.open_numbers

    def open_numbers(board: Any, today: Any) -> range:
        return honest(replace(board, settle_days=0), today)

    return _together(
        mock.patch.object(prizes, "open_numbers", open_numbers),
        mock.patch.object(board_rounds, "open_numbers", open_numbers),
    )


def boards_are_settled_by_the_version_of_now() -> Plant:
    """The prizes are those of the newest document."""
    return mock.patch.object(prizes, "ended_under", lambda _board, _number, version, _history: version)


def prizes_are_given_again() -> Plant:
    """What was given is not remembered."""
    honest = replace

    def forgetful(record: Any, **parts: Any) -> Any:
        return honest(record, **{name: part for name, part in parts.items() if name != "posted"})

    return mock.patch.object(prizes, "replace", forgetful)


def cuts_are_of_last_week() -> Plant:
    """A process goes by the cuts of a week before."""
    honest = History.cuts_on
    return mock.patch.object(History, "cuts_on", lambda history, day: honest(history, day - timedelta(days=7)))


def cuts_hold_at_once() -> Plant:
    """What a round has counted is in force on the same day."""
    honest = cuts.cuts_of
    return mock.patch.object(rounds, "cuts_of", lambda tally, day: honest(tally, day - 1))


def fifths_are_quarters() -> Plant:
    """The cuts are a member too low."""
    honest = cuts._cuts

    def lowered(counts: Mapping[int, int]) -> tuple[int, ...]:
        total = sum(counts.values())
        return honest({**counts, 0: counts.get(0, 0) + total // 20})

    return mock.patch.object(cuts, "_cuts", lowered)


def everybody_is_in_the_segment() -> Plant:
    """A campaign for a segment holds for all."""
    honest = campaigns._is_for

    def is_for(campaign: Any, buyer: Any) -> bool:
        return honest(replace(campaign, audience=replace(campaign.audience, segments=())), buyer)

    return mock.patch.object(campaigns, "_is_for", is_for)


def reports_forget_what_was_taken_back() -> Plant:
    """A report has what rules gave only."""
    honest = days.flows_of
    return mock.patch.object(days, "flows_of", lambda entry: (f for f in honest(entry) if f.what != "taken_back"))


def rounds_count_what_they_have_counted() -> Plant:
    """A call that goes on counts from the beginning of the table again, on top of what was saved."""
    honest = RoundTable.pages
    return mock.patch.object(RoundTable, "pages", lambda table, _place: honest(table, None))


def lists_are_cut() -> Plant:
    """The best member is left out."""
    honest = lists.Ranking.first
    return mock.patch.object(lists.Ranking, "first", lambda ranking: honest(ranking)[1:])


def birthdays_are_late() -> Plant:
    """Nobody looks at the last of the days on which a gift can be given."""
    return mock.patch.object(occasions, "LATE_DAYS", 3)


def birthdays_come_early() -> Plant:
    """A gift is given the day before."""
    honest = occasions.due

    def due(member: Member, profile: Any, known: Any, programme: Any, today: date) -> Any:
        return honest(member, profile, known, programme, today + timedelta(days=1))

    return mock.patch.object(occasions, "due", due)


def _together(*plants: Plant) -> Plant:
    """All of some plants."""
    stack = ExitStack()
    for plant in plants:
        stack.enter_context(plant)
    return stack


PLANTS: tuple[Callable[[], Plant], ...] = (
    prizes_go_to_second_place,
    tied_members_all_get_the_prize,
    a_row_is_lost,
    rows_are_never_mended,
    old_rows_replace_newer_ones,
    boards_are_settled_too_early,
    boards_are_settled_by_the_version_of_now,
    prizes_are_given_again,
    cuts_are_of_last_week,
    cuts_hold_at_once,
    fifths_are_quarters,
    everybody_is_in_the_segment,
    reports_forget_what_was_taken_back,
    rounds_count_what_they_have_counted,
    lists_are_cut,
    birthdays_are_late,
    birthdays_come_early,
)


def test_nothing_is_found_where_nothing_was_planted() -> None:
    epoch = Epoch(SEED, OPERATIONS, Options.full(SEED))
    assert epoch.run().violation == ""
    assert [name for name, times in epoch.journal.exact.items() if not times] == []


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_found(plant: Callable[[], Plant]) -> None:
    """In the first life that meets it: a rare one needs more than one."""
    with plant():
        lives = (Epoch(seed, OPERATIONS, Options.full(seed)).run() for seed in range(SEED, SEED + LIVES))
        assert any("Violation" in life.violation for life in lives)
