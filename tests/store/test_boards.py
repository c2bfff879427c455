"""Rows of leaderboards on moto and on DynamoDB Local: only a newer state of the member replaces one."""

from __future__ import annotations

from itertools import permutations

import pytest

from chalicelib.domain.commands import PublishProgramme
from chalicelib.domain.records import BoardRow, Member, Standing
from chalicelib.engine import Engine
from chalicelib.store import boards, keys
from chalicelib.store.codec import key_of
from tests.world.builders import ANNA, BEN, DAY_S, NOW, order, programme_of
from tests.world.meter import metered

NUMBER = 2026 * 12 + 1


def row(version: int, score: int, member: str = ANNA) -> BoardRow:
    return boards.row_of(Member(member, version=version), Standing("best", NUMBER, score), NOW)


def stored() -> dict[str, tuple[int, int]]:
    """Version and score of each row, by member."""
    return {row.member: (row.version, row.score) for row in boards.rows("best", NUMBER, consistent=True)}


@pytest.mark.parametrize("states", [*permutations([(1, 100), (2, 300), (3, 200)])])
def test_the_latest_state_stays_whatever_comes_when(store: str, states: tuple[tuple[int, int], ...]) -> None:
    for version, score in (*states, *states):
        boards.put(row(version, score))
    assert stored() == {ANNA: (3, 200)}


def test_a_state_is_written_once_unless_it_mends(store: str) -> None:
    assert [boards.put(row(2, 100)), boards.put(row(2, 100))] == [True, False]
    assert not boards.put(row(1, 50), over=1)
    assert boards.put(row(2, 70), over=2)
    assert stored() == {ANNA: (2, 70)}


def test_rows_of_another_period_or_board_are_others(store: str) -> None:
    boards.put(row(1, 100))
    boards.put(boards.row_of(Member(BEN, version=1), Standing("best", NUMBER + 1, 5), NOW))
    boards.put(boards.row_of(Member(BEN, version=1), Standing("other", NUMBER, 5), NOW))
    assert stored() == {ANNA: (1, 100)}


def test_rows_of_a_period_are_collected_some_time_and_those_of_all_time_never(store: str) -> None:
    assert row(1, 100).ttl == NOW + boards.ROW_DAYS * DAY_S
    assert boards.row_of(Member(ANNA, version=1), Standing("ever", 0, 5), NOW).ttl == 0


def test_members_are_spread_over_partitions_which_are_all_read(store: str) -> None:
    names = [f"shop.m{number}" for number in range(40)]
    for name in names:
        boards.put(row(1, 100, name))
    assert len({key_of(row(1, 100, name))[0] for name in names}) == len(keys.board_partitions("best", NUMBER)) == 8
    assert sorted(stored()) == sorted(names)


def test_the_cache_asks_again_after_a_while(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISTOURNE_CACHE_SECONDS", "60")
    cache = boards.BoardCache()
    boards.put(row(1, 100))
    assert cache.of("best", NUMBER, NOW).scores == {ANNA: 100}
    boards.put(row(2, 200))
    assert cache.of("best", NUMBER, NOW + 59).scores == {ANNA: 100}
    assert cache.of("best", NUMBER, NOW + 60).scores == {ANNA: 200}


def test_an_order_costs_what_it_did_and_a_row_one_plain_write(engine: Engine) -> None:
    """What the stream is told of stands in the member's own item."""
    programme = programme_of(boards=[{"id": "best", "per": "month"}])
    engine.execute(PublishProgramme(programme, "", 0, 0, 0), 0)
    engine.execute(order("1", ANNA), NOW)
    with metered() as meter:
        engine.execute(order("2", ANNA), NOW)
    assert (len(meter.writes), meter.write_units, meter.read_round_trips, meter.write_round_trips) == (3, 6, 1, 1)
    with metered() as meter:
        boards.put(row(2, 20_000))
    assert (len(meter.writes), meter.write_units) == (1, 1)
