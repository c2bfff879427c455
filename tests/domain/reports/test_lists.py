"""What is owed, and the lists of members: what is counted of an account, and who is in a list, in which order."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import PublishCuts
from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.ledger.accounts import Account, HoldPart, Lot
from chalicelib.domain.ledger.transfers import REDEMPTION
from chalicelib.domain.records import Holding, Listed, Member, Outstanding
from chalicelib.domain.reports import lists
from chalicelib.domain.reports.lists import MOST, Ranking, places_of
from chalicelib.domain.reports.outstanding import ENDS, Sums, expiring_soon, owed_in_all, owed_to
from chalicelib.domain.rewards.progress.segments import scored_buyer
from tests.domain.rewards.progress.shops import bought, instant, play, shop
from tests.domain.rewards.progress.test_segments import day
from tests.world.builders import ANNA, BEN, NOW, adjust, line, merge, programme_of, refund
from tests.world.memory import Memory

NEVER, EUR = 0, "EUR/2"


def counted(account: Account) -> Sums:
    sums = Sums()
    sums.add(account, NOW)
    return sums


class TestOwed:
    def test_it_is_available_pending_held_and_debts_apart(self) -> None:
        lots = (Lot(10, 0, NEVER), Lot(5, NOW + 60, NEVER))
        sums = counted(Account(lots, holds=(HoldPart("h", NOW + 60, (Lot(3, 0, NEVER),)),)))
        sums.add(Account(debt=4), NOW)
        assert (sums.available, sums.pending, sums.held, sums.debt, sums.members) == (10, 5, 3, 4, 1)

    def test_time_has_done_its_part_before_anybody_writes_it_down(self) -> None:
        account = Account(
            (Lot(10, 0, NOW), Lot(5, NOW, NEVER)), debt=2, holds=(HoldPart("h", NOW, (Lot(3, 0, NEVER),)),)
        )
        sums = counted(account)
        assert (sums.available, sums.pending, sums.held, sums.debt) == (6, 0, 0, 0)
        assert owed_to(Member(ANNA, accounts={EUR: account}), NOW) == {EUR: 6}

    @pytest.mark.parametrize(
        ("seconds", "place"),
        [(1, 0), (7 * DAY_S, 0), (7 * DAY_S + 1, 1), (30 * DAY_S, 1), (365 * DAY_S, 4), (365 * DAY_S + 1, 5)],
    )
    def test_it_is_divided_by_the_days_until_it_expires(self, seconds: int, place: int) -> None:
        sums = counted(Account((Lot(10, 0, NOW + seconds),)))
        assert [index for index, amount in enumerate(sums.by_end) if amount] == [place]

    def test_what_never_expires_is_apart_unless_its_owner_is_inactive(self) -> None:
        account = Account((Lot(10, 0, NEVER),), holds=(HoldPart("h", NOW + 60, (Lot(3, 0, NEVER),)),))
        assert counted(account).by_end[len(ENDS) + 1] == 13
        assert counted(replace(account, idle=NOW + DAY_S)).by_end[0] == 13

    def test_who_has_nothing_but_a_hold_counts_as_a_member_and_who_has_a_debt_alone_does_not(self) -> None:
        sums = counted(Account(holds=(HoldPart("h", NOW + 60, (Lot(3, 0, NEVER),)),)))
        assert (sums.held, sums.members) == (3, 1)
        sums.add(Account((Lot(5, 0, NEVER),)), NOW)
        assert sums.members == 2

    def test_what_a_member_has_is_named_in_the_order_of_the_assets_and_nothing_is_not_named(self) -> None:
        accounts = {"points": Account((Lot(7, 0, NEVER),)), "leaves": Account(), EUR: Account(debt=4)}
        assert list(owed_to(Member(ANNA, accounts=accounts), NOW).items()) == [(EUR, -4), ("points", 7)]

    def test_what_has_a_price_is_added_up_in_the_programmes_currency(self) -> None:
        programme = programme_of(assets={"points": {"worth": 0.05}, "leaves": {}})
        holdings = {EUR: Holding(100, 20, 3, 50), "points": Holding(41), "leaves": Holding(7), "USD/2": Holding(9)}
        assert owed_in_all(Outstanding("2026-11-26", NOW, NOW, holdings), programme) == {
            EUR: 73 + 205,
            "leaves": 7,
            "USD/2": 9,
        }
        assert owed_in_all(Outstanding("2026-11-26", NOW, NOW), programme) == {EUR: 0}

    def test_what_expires_within_thirty_days_is_added_up_as_far_as_it_has_a_price(self) -> None:
        programme = programme_of(assets={"points": {"worth": 0.05}, "leaves": {}})
        ends = (100, 20, 3, 0, 0, 0, 50)
        holdings = {
            EUR: Holding(173, by_end=ends),
            "points": Holding(41, by_end=(0, 41)),
            "leaves": Holding(7, by_end=(7,)),
        }
        assert expiring_soon(Outstanding("2026-11-26", NOW, NOW, holdings), programme) == 100 + 20 + 205
        assert expiring_soon(Outstanding("2026-11-26", NOW, NOW), programme) == 0


class TestRanking:
    def row(self, name: str) -> Listed:
        return Listed(name, 0, 0, 0, "")

    def full(self) -> Ranking:
        """The last of all that have been added made it too long: it was cut to its first thousand."""
        ranking = Ranking()
        for rank in range(2 * MOST):
            ranking.add(rank, self.row(f"m{rank}"))
            assert len(ranking.rows) < 2 * MOST
        return ranking

    def test_who_cannot_be_in_it_any_more_is_counted_and_not_remembered(self) -> None:
        ranking = self.full()
        assert [row.member for row in ranking.first()] == [f"m{2 * MOST - 1 - place}" for place in range(MOST)]
        ranking.add(MOST - 1, self.row("a"))
        assert (ranking.total, len(ranking.rows)) == (2 * MOST + 1, MOST)

    def test_of_the_same_rank_as_the_last_of_it_one_can_still_be_in_it(self) -> None:
        ranking = self.full()
        ranking.add(MOST, self.row("a"))
        assert [row.member for row in ranking.first()][-2:] == [f"m{MOST + 1}", "a"]

    @pytest.mark.parametrize("rank", [-(2**70), -1, 0])
    def test_no_rank_is_too_low_while_there_is_room(self, rank: int) -> None:
        ranking = Ranking()
        ranking.add(rank, self.row("a"))
        assert [row.member for row in ranking.first()] == ["a"]

    def test_it_keeps_the_first_thousand_of_any_number_in_any_order(self) -> None:
        members = [(number // 3, f"m{number:05d}") for number in range(5000)]
        expected = [name for _, name in sorted(members, key=lambda pair: (-pair[0], pair[1]))][:MOST]
        for seed in range(3):
            random.Random(seed).shuffle(members)  # noqa: S311 (no secret)
            ranking = Ranking()
            for rank, name in members:
                ranking.add(rank, self.row(name))
            assert [row.member for row in ranking.first()] == expected
            assert (ranking.total, len(ranking.rows) <= 2 * MOST) == (5000, True)


PARTS: dict[str, Any] = {"segments": {"best": {"money": [2, 5]}}, "assets": {"points": {"worth": "0.05"}}}
EARN = [{"id": "cashback", "percent": 5}, {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}]


def listed(books: Memory, on: str, member: str = ANNA) -> dict[str, tuple[int, Listed]]:
    programme, today = books.history().numbered(1).programme, date.fromisoformat(on)
    scored = scored_buyer(books.member(member), programme, books.history().cuts_on(today), today)
    rows = places_of(books.member(member), books.entries(member), scored, programme, instant(on), today)
    return {name: (rank, row) for name, rank, row in rows}


def places(books: Memory, on: str, member: str = ANNA) -> dict[str, int]:
    return {name: rank for name, (rank, _) in listed(books, on, member).items()}


CUTS = PublishCuts(day("2026-11-04"), 500, (1,) * 4, (9,) * 4, (999,) * 4, {})


class TestLists:
    def test_owed_is_by_worth_and_recent_by_the_last_order_that_gave_something(self) -> None:
        books = play(
            shop(earn=EARN, **PARTS), bought("1", "2026-11-02", line(net=1000)), bought("2", "2026-11-04", line(net=1))
        )
        assert places(books, "2026-11-05") == {
            lists.OWED: 50 + 50,
            lists.BEST: 1001,
            lists.RECENT: instant("2026-11-02"),
        }

    def test_a_member_without_anything_is_in_none(self) -> None:
        books = play(shop(), bought("1", "2026-11-02", line(net=0)))
        assert places(books, "2026-11-03") == {}

    def test_best_is_of_thirteen_months(self) -> None:
        books = play(shop(), bought("1", "2025-11-02", line(net=1000)))
        assert places(books, "2026-11-30") == {lists.BEST: 1000}
        assert lists.BEST not in places(books, "2026-12-01")

    @pytest.mark.parametrize(
        ("on", "is_in"), [("2026-04-30", False), ("2026-05-01", True), ("2027-02-28", True), ("2027-03-01", False)]
    )
    def test_at_risk_is_who_ordered_twice_and_is_quiet_for_three_to_twelve_months(self, on: str, is_in: bool) -> None:
        books = play(shop(), bought("1", "2026-01-02"), bought("2", "2026-02-03"))
        assert (lists.AT_RISK in places(books, on)) is is_in
        assert lists.AT_RISK not in places(play(shop(), bought("1", "2026-02-03")), on)

    def test_a_segment_has_a_list_while_there_are_cuts(self) -> None:
        books = play(shop(**PARTS), bought("1", "2026-11-02", line(net=1000)))
        assert "segment:best" not in places(books, "2026-11-03")
        books.execute(CUTS, instant("2026-11-03"))
        assert places(books, "2026-11-04")["segment:best"] == 1000

    def test_a_merged_member_is_in_none(self) -> None:
        books = play(shop(), bought("1", "2026-11-02"), bought("2", "2026-11-02", buyer=BEN))
        books.execute(merge(BEN, ANNA), instant("2026-11-03"))
        assert places(books, "2026-11-03", BEN) == {}
        assert places(books, "2026-11-03")[lists.BEST] == 20_000

    def test_a_merged_member_is_in_none_even_if_something_was_booked_on_it(self) -> None:
        """Whatever it has is paid to the survivor with the next command."""
        books = shop()
        merged = Member(BEN, alias=ANNA, accounts={EUR: Account((Lot(100, 0, NEVER),))})
        books.records[merged.ref] = merged
        assert places(books, "2026-11-03", BEN) == {}

    @pytest.mark.parametrize(
        ("has", "rank"),
        [
            ({EUR: 1}, 1),
            ({"leaves": 100}, 0),
            ({"USD/2": 100}, 0),
            ({"pips": 1}, 0),  # worth less than a cent
            ({"leaves": 100, EUR: -500}, 0),
            ({"leaves": 100, EUR: 5}, 5),
            ({EUR: -500}, None),
            ({EUR: -500, "pips": 4000}, None),  # worth 4.00
            ({"leaves": -100}, None),
            ({}, None),
        ],
    )
    def test_who_has_something_is_listed_and_what_has_no_price_comes_last(
        self, has: dict[str, int], rank: int | None
    ) -> None:
        books = shop(assets={"leaves": {}, "pips": {"worth": "0.001"}}, currencies=["USD"])
        accounts = {asset: Account((Lot(n, 0, NEVER),)) if n > 0 else Account(debt=-n) for asset, n in has.items()}
        books.records[Member(ANNA).ref] = Member(ANNA, accounts=accounts)
        assert places(books, "2026-11-03") == ({} if rank is None else {lists.OWED: rank})

    def test_a_cent_that_was_bought_is_enough_to_be_among_the_best(self) -> None:
        assert places(play(shop(), bought("1", "2026-11-02", line(net=1))), "2026-11-03") == {lists.BEST: 1}

    def test_a_row_has_what_was_bought_in_thirteen_months_and_ever_the_last_day_the_scores_and_what_is_owed(
        self,
    ) -> None:
        books = play(
            shop(earn=EARN, **PARTS),
            bought("1", "2025-01-02", line(net=7000)),
            bought("2", "2026-11-02", line(net=1000)),
        )
        row = Listed(ANNA, 1, 1000, 8000, "2026-11-02", (0, 0, 0), {EUR: 350 + 50, "points": 70 + 10})
        assert listed(books, "2026-11-03")[lists.BEST] == (1000, row)
        books.execute(CUTS, instant("2026-11-03"))
        assert listed(books, "2026-11-04")[lists.BEST] == (1000, replace(row, scores=(5, 1, 5)))

    def test_the_row_of_who_has_never_bought_says_so(self) -> None:
        books = shop()
        books.records[Member(ANNA).ref] = Member(ANNA, accounts={EUR: Account((Lot(30, 0, NEVER),))})
        row = Listed(ANNA, orders=0, goods=0, kept=0, last_order="", scores=(0, 0, 0), owed={EUR: 30})
        assert listed(books, "2026-11-03") == {lists.OWED: (30, row)}

    @pytest.mark.parametrize(
        ("on", "last"), [("2026-02-28", "2026-02-03"), ("2026-03-15", "2026-02"), ("2036-03-15", "")]
    )
    def test_the_last_order_is_a_day_for_four_weeks_then_a_month_and_at_last_nothing(self, on: str, last: str) -> None:
        books = play(shop(earn=EARN, **PARTS), bought("1", "2026-01-02"), bought("2", "2026-02-03"))
        rows = listed(books, on)
        assert rows[lists.OWED][1].last_order == last
        assert lists.AT_RISK not in rows

    def test_recent_is_by_the_latest_entry_that_gave_something_for_an_order_wherever_it_stands(self) -> None:
        """Not by what a refund took, a hand gave, or a friend's order: those are no orders of the member."""
        books = play(shop(earn=EARN, **PARTS), bought("1", "2026-11-02"), bought("2", "2026-11-05"))
        books.execute(refund("1", "r", amount=10_000), instant("2026-11-06"))
        books.execute(adjust(100), instant("2026-11-07"))
        assert places(books, "2026-11-08")[lists.RECENT] == instant("2026-11-05")
        entries = books.entries(ANNA)
        first, second = (entries[number].ref for number in (0, 1))
        books.records[first], books.records[second] = (
            replace(books.records[first], at=instant("2026-11-05")),
            replace(books.records[second], at=instant("2026-11-02")),
        )
        assert places(books, "2026-11-08")[lists.RECENT] == instant("2026-11-05")

    def test_an_order_whose_reward_pays_a_debt_by_the_same_entry_is_a_recent_one(self) -> None:
        books = play(shop(earn=EARN, **PARTS), bought("1", "2026-11-02"))
        (entry,) = books.entries(ANNA)
        paid = replace(entry.postings[0], source=f"member:{ANNA}", destination="programme:lapsed")
        books.records[entry.ref] = replace(entry, postings=(*entry.postings, paid))
        assert places(books, "2026-11-03")[lists.RECENT] == instant("2026-11-02")
        given_back = replace(entry.postings[0], source=REDEMPTION)
        to_another = replace(entry.postings[0], destination=f"member:{BEN}")
        for postings in ((paid,), (given_back,), (to_another,)):
            books.records[entry.ref] = replace(entry, postings=postings)
            assert lists.RECENT not in places(books, "2026-11-03")
        books.records[entry.ref] = replace(entry, cause="activity review-1")
        assert lists.RECENT not in places(books, "2026-11-03")

    def test_every_list_says_who_is_in_it(self) -> None:
        rules = lists.lists_of(shop(**PARTS).history().numbered(1).programme)
        assert {name: rules[name] for name in lists.RULES} == lists.RULES
        assert rules["segment:best"] == (
            "members in the segment best, the most kept goods of the last 12 closed months and this one first"
        )
