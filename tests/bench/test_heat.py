"""A small sale stays within what DynamoDB gives a key, and friends who buy at once lose nothing. Counts, no times."""

from __future__ import annotations

import os
from functools import partial
from random import Random

import pytest
from msgspec.structs import replace

from app import app
from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.records import Member
from tests.bench.flat.books import code_of, member, statement
from tests.bench.flat.cost import Cost
from tests.bench.heat.beside import Clicked, clicked, hottest_counter, programme_units
from tests.bench.heat.clock import Clock
from tests.bench.heat.rush import Rushed, rush
from tests.bench.heat.sale import Outcome, Sale, play
from tests.bench.heat.stream import BATCH, Source
from tests.bench.heat.study import (
    BUDGETED,
    CACHE_S,
    CLICKS,
    CONVERSIONS,
    WHOLE,
    budget_rows,
    hottest,
    hottest_rows,
    influencers_a_second,
    link_rows,
    rush_rows,
    sale_rows,
    whole_rows,
)
from tests.bench.heat.table import PROCESSES, Load, Table, peaks
from tests.bench.shop import RULES, TABLE, shop
from tests.world.builders import NOW, issue
from tests.world.memory import Stale

SMALL = Sale(orders_a_second=2_000, seconds=1, members=20_000, source=Source(window_s=0))
CLICKED = Clicked(first=Cost(1, 1, 1, 1), later=Cost(0, 0, 1, 1))
FRIENDS_ORDER = statement(2, 2, NOW, code_of(1))


@pytest.fixture(scope="module")
def sale() -> Outcome:
    return play(SMALL)


@pytest.fixture
def table() -> Table:
    """One member with a code, nothing charged yet."""
    made = Table(RULES)
    made.execute(issue(member(1), code_of(1)), NOW)
    made.forget()
    return made


def test_a_small_sale_stays_within_every_limit(sale: Outcome) -> None:
    assert [row.name for row in sale_rows(sale) if not row.met] == []


def test_a_sale_ends_with_every_order_recorded_and_every_friend_settled(sale: Outcome) -> None:
    orders = sum(type(record).__name__ == "Order" for record in sale.table.records.values())
    conversions = sum(type(record).__name__ == "Conversion" for record in sale.table.records.values())
    assert (orders, sale.refused) == (2_000, 0)
    assert conversions == sale.conversions == sale.settled > 100
    assert sale.deliveries > sale.orders


def test_under_a_programme_of_every_kind_only_candidates_of_its_leaderboard_have_rows_written() -> None:
    small = replace(SMALL, orders_a_second=500, rules=WHOLE)
    known, unknown = play(small), play(replace(small, candidates=0))
    assert [row.name for row in whole_rows(known, unknown) if not row.met] == []
    member_of = [record for record in unknown.table.all(Member) if record.standings]
    assert len(member_of) > 300
    assert hottest_rows(unknown) > 10 * hottest_rows(known)


def test_the_same_sale_gives_the_same_figures(sale: Outcome) -> None:
    assert hottest(play(SMALL)) == hottest(sale)


def test_the_ten_hottest_keys_are_named(sale: Outcome) -> None:
    keys = hottest(sale)
    assert [len(loads) for loads in keys.values()] == [10, 10, 10]
    assert next(iter(keys["The hottest partition keys: write units a second"])) == "MEMBER#influencer"
    assert next(iter(keys["The hottest partition keys: read units a second"])) == "CODE#influencer's"


def test_a_buyer_who_is_everywhere_is_too_hot() -> None:
    crowded = play(replace(SMALL, orders_a_second=400, members=50, exponent=2))
    missed = [row.name for row in sale_rows(crowded) if not row.met]
    assert "transactions a second on the hottest item" in missed


def test_orders_of_a_budget_meet_at_its_shares() -> None:
    demand = Sale(
        orders_a_second=320, seconds=1, friends=0, twice=0, read_s=0, commit_s=0, rules=BUDGETED, source=SMALL.source
    )
    shares = {name: units for name, units in peaks(play(demand).table.updated).items() if "BUDGET" in name}
    assert sum(shares.values()) == 320
    assert 150 < len(shares) <= 256


def test_a_budget_ends_without_being_overrun_and_costs_no_write_afterwards() -> None:
    end = Sale(orders_a_second=1_000, seconds=1, friends=0, twice=0, rules=BUDGETED, source=SMALL.source, rest=300_000)
    ending, ended = play(end), play(replace(end, rest=0))
    by_name = {row.name: row for row in budget_rows(ending, ending, ending, ended)}
    assert [name for name, row in by_name.items() if not row.met] == []
    assert by_name["given beyond the budget"].value == 0
    assert by_name["read round trips of an order at the end"].value == 2
    assert not [name for name in peaks(ended.table.updated) if "BUDGET" in name]


@pytest.mark.parametrize(
    ("order", "reads", "writes"),
    [(statement(3, 3, NOW), 3, 8), (FRIENDS_ORDER, 4, 10)],
    ids=["an order", "a friend's order"],
)
def test_the_table_charges_what_the_meter_does(table: Table, order: RecordOrder, reads: int, writes: int) -> None:
    """The meter's figures on DynamoDB Local stand in test_flat.py."""
    table.execute(order, NOW)
    assert (table.read_units.total(), table.write_units.total()) == (reads, writes)


def test_an_attempt_that_fails_is_charged_too(table: Table) -> None:
    first, second = (table.decide(statement(number, 3, NOW), NOW) for number in (3, 4))
    table.commit(first.changes)
    with pytest.raises(Stale):
        table.commit(second.changes)
    assert table.updated[0, f"MEMBER#{member(3)} MEMBER"] == 2
    assert table.write_units.total() == 16


def test_commands_that_overlap_race_and_run_again(table: Table) -> None:
    clock = Clock(table, Random(1), read_s=0.005, commit_s=0.015)  # noqa: S311 (no secret)
    done: list[object] = []
    for number, at_s in ((3, 0.0), (4, 0.01), (5, 2.5)):
        clock.at(at_s, partial(clock.execute, statement(number, 3, NOW), done.append))
    clock.run()
    assert (len(done), clock.lost, clock.busy, table.second) == (3, 1, 0, 2)
    assert len(table.entries(member(3))) == 3


def test_a_peak_is_the_most_in_one_second() -> None:
    assert peaks(Load({(0, "a"): 3, (1, "a"): 5, (0, "b"): 1})) == {"a": 5, "b": 1}


def test_the_stream_is_read_in_batches_of_the_handlers_size() -> None:
    assert [getattr(source, "batch_size", 0) for source in app.event_sources if source.name == "settle"] == [BATCH]


@pytest.mark.parametrize(("versions", "units"), [(1, 3), (100, 3)])
def test_a_process_that_starts_reads_the_list_the_boards_cuts_and_the_version_in_force(
    versions: int, units: int
) -> None:
    assert programme_units(versions) == (units, 2)


def test_what_a_rush_has_lost_is_a_missed_row() -> None:
    lost = Rushed({200: CONVERSIONS - 1, 503: 1}, CONVERSIONS - 1, 1, 249, bonus=1, expected=2)
    assert [row.met for row in rush_rows(lost)] == [False] * 5
    whole = Rushed({200: CONVERSIONS}, CONVERSIONS, 0, CONVERSIONS // 2, bonus=2, expected=2)
    assert [row.met for row in rush_rows(whole)] == [True] * 5


def test_clicks_are_counted_by_the_friends_who_buy(sale: Outcome) -> None:
    friends = influencers_a_second(sale)
    clicks, written, at_work, at_once = (row.value for row in link_rows(sale, CLICKED))
    assert (clicks, at_work, at_once) == (CLICKS * friends, friends + -(-PROCESSES // CACHE_S), friends + PROCESSES)
    assert written == hottest_counter(code_of(1), clicks)
    assert 30 < friends < 100


def test_clicks_meet_at_sixteen_counters() -> None:
    assert 6_000 / 16 < hottest_counter(code_of(1), 6_000) < 2 * 6_000 / 16


@pytest.mark.xdist_group("dynamodb-local")
def test_friends_who_buy_at_once_lose_nothing(dynamodb_endpoint: str) -> None:
    with shop(dynamodb_endpoint) as opened:
        assert rush(opened, orders=50, threads=8) == Rushed({200: 50}, 50, 0, 25, bonus=25 * 25_10, expected=25 * 25_10)


@pytest.mark.xdist_group("dynamodb-local")
def test_a_process_reads_a_links_code_once(dynamodb_endpoint: str) -> None:
    with shop(dynamodb_endpoint) as opened:
        opened.engine.execute(issue(member(1), code_of(1)), opened.now)
        assert clicked(opened) == CLICKED


@pytest.mark.xdist_group("dynamodb-local")
def test_what_a_shop_states_for_the_program_is_taken_back(dynamodb_endpoint: str) -> None:
    before = dict(os.environ)
    with shop(dynamodb_endpoint):
        assert os.environ["RISTOURNE_TABLE"] == TABLE
    assert dict(os.environ) == before
