"""Budgets through decide(): where a reward comes from, what is left of it, and what goes back to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from decimal import Decimal
from random import Random
from typing import Any
from zlib import crc32

import pytest
from msgspec.structs import replace

from chalicelib.domain.core.usage import of_buckets
from chalicelib.domain.decide import decide
from chalicelib.domain.facts import Decision, Exhausted, Facts
from chalicelib.domain.programme.history import FEWEST_SHARES, History
from chalicelib.domain.records import (
    Allowed,
    Budget,
    BudgetRef,
    MemberRef,
    Missing,
    Order,
    ProgrammeList,
    ProgrammeListRef,
    Record,
    Ref,
)
from chalicelib.domain.rewards.budgets import MOST_HELD, MOST_OTHERS, MOST_READ, Budgets
from tests.domain.rewards.limited import allowed, limited, per, shop_of
from tests.world.builders import (
    ANNA,
    BEN,
    CONNECTION,
    NOW,
    PAID_AT,
    line,
    order,
    programme_of,
    refund,
    snapshot,
    states,
    void,
)
from tests.world.memory import Memory, Stale


def number_of_own(order_id: str, shares: int = FEWEST_SHARES) -> int:
    return crc32(f"{CONNECTION}/{order_id}".encode()) % shares


def given_by_share(shop: Memory) -> dict[int, int]:
    return {share.share: share.given for share in shop.all(Budget)}


def put(shop: Memory, shares: dict[int, int]) -> None:
    """Let shares have given so much."""
    for number, amount in shares.items():
        shop.records[BudgetRef("cashback", "EUR/2", number)] = Budget("cashback", "EUR/2", number, 1, amount)


def taken(shop: Memory, order_id: str) -> tuple[tuple[int, int], ...]:
    (grant,) = shop.order(order_id).terms.allowed
    return grant.taken


class TestReserving:
    """A budget of 16 shares: of 160.00 each share is 10.00."""

    def test_an_order_takes_from_the_share_of_its_id(self) -> None:
        shop = limited(earn={"budget": 160})
        shop.execute(order("1", ANNA))
        assert given_by_share(shop) == {number_of_own("1"): 500}
        assert taken(shop, "1") == ((number_of_own("1"), 500),)
        assert (shop.round_trips, len(shop.written)) == (1, 4)

    def test_without_a_budget_there_is_no_share(self) -> None:
        shop = limited(per("day"))
        shop.execute(order("1", ANNA))
        assert (taken(shop, "1"), shop.all(Budget)) == ((), [])
        assert not any(isinstance(ref, BudgetRef) for ref in shop.read)

    def test_exactly_enough_is_enough(self) -> None:
        shop = limited(earn={"budget": 80})
        shop.execute(order("1", ANNA))
        assert given_by_share(shop) == {number_of_own("1"): 500}
        assert shop.round_trips == 1
        assert allowed(shop, "1") == (500, 500, "")

    def test_what_its_share_lacks_comes_from_one_that_has_all_of_it(self) -> None:
        shop, own = limited(earn={"budget": 160}), number_of_own("1")
        enough = (own + 3) % 16
        put(shop, dict.fromkeys(range(16), 600) | {own: 501, enough: 599})
        shop.execute(order("1", ANNA, line(net=18_000)))
        assert shop.round_trips == 2
        assert taken(shop, "1") == ((own, 499), (enough, 401))

    def test_where_none_has_all_of_it_the_fullest_give_and_at_most_four_shares(self) -> None:
        shop, own = limited(earn={"budget": 160}), number_of_own("1")
        fullest = [(own + 3) % 16, (own + 5) % 16, (own + 7) % 16]
        put(shop, dict.fromkeys(range(16), 950) | {own: 999})
        put(shop, dict(zip(fullest, (900, 910, 920), strict=True)))
        shop.execute(order("1", ANNA))
        assert taken(shop, "1") == ((own, 1), *zip(fullest, (100, 90, 80), strict=True))
        assert allowed(shop, "1") == (500, 271, "budget")
        assert (shop.round_trips, len(shop.written)) == (2, 3 + MOST_HELD)

    def test_orders_that_need_another_share_do_not_all_take_from_the_fullest(self) -> None:
        shop = limited(earn={"budget": 160})
        fullest = 7
        for number in range(40):
            put(shop, dict.fromkeys(range(16), 400) | {fullest: 0, number_of_own(str(number)): 1000})
            shop.execute(order(str(number), ANNA))
        others = Counter(share for number in range(40) for share, _ in taken(shop, str(number)))
        assert others[fullest] < 10
        assert len(others) > 10

    def test_of_an_exhausted_own_share_nothing_is_taken_and_four_others_may_give(self) -> None:
        shop, own = limited(earn={"budget": 160}), number_of_own("1")
        put(shop, dict.fromkeys(range(16), 990) | {own: 1000})
        shop.execute(order("1", ANNA))
        assert [amount for _, amount in taken(shop, "1")] == [10] * MOST_HELD
        assert own not in dict(taken(shop, "1"))

    def test_at_the_end_an_order_gets_what_there_is_in_two_reads_and_the_statement_says_so(self) -> None:
        shop, own = limited(earn={"budget": 160}), number_of_own("1")
        put(shop, dict.fromkeys(range(16), 1000) | {(own + 1) % 16: 600})
        shop.execute(order("1", ANNA))
        assert allowed(shop, "1") == (500, 400, "budget")
        assert (shop.round_trips, shop.available(ANNA)) == (2, 400)
        assert shop.entries(ANNA)[0].postings[0].why.limit == "budget"
        answer = shop.execute(order("2", ANNA))
        assert answer["nothing_due"] == "the limit of the rule cashback is reached: the budget for all members"
        assert shop.round_trips == 2

    def test_an_odd_budget_loses_no_cent(self) -> None:
        shop = limited(earn={"budget": Decimal("0.17")})
        for number in range(40):
            shop.execute(order(str(number), ANNA))
        assert sum(given_by_share(shop).values()) == shop.available(ANNA) == 17

    def test_a_members_limit_beside_it_takes_no_more_of_it_than_is_given(self) -> None:
        shop = limited(per("day", 3), earn={"budget": 160})
        shop.execute(order("1", ANNA))
        assert given_by_share(shop) == {number_of_own("1"): 300}
        assert allowed(shop, "1") == (500, 300, "day")

    def test_the_tighter_of_both_is_named(self) -> None:
        shop = limited(per("day", 3), earn={"budget": 2})
        shop.execute(order("1", ANNA))
        assert allowed(shop, "1") == (500, 200, "budget")

    def test_members_share_it(self) -> None:
        shop = limited(earn={"budget": 16})
        for number in range(40):
            shop.execute(order(str(number), f"shop.m{number}"))
        assert sum(shop.available(f"shop.m{number}") for number in range(40)) == 1600

    def test_an_edit_upward_stays_with_its_share_and_asks_the_others_for_the_rest(self) -> None:
        shop = limited(earn={"budget": 160})
        shop.execute(order("1", ANNA))
        shop.execute(order("1", ANNA, line(net=40_000), stamp_ms=2))
        assert allowed(shop, "1") == (2000, 2000, "")
        own, other = (share for share, _ in taken(shop, "1"))
        assert own == number_of_own("1")
        assert given_by_share(shop) == {own: 1000, other: 1000}

    @pytest.mark.parametrize(("net", "cashback"), [(1_000, 50), (2_500, 125), (32_000, 1_600), (40_000, 1_600)])
    def test_an_order_that_is_given_more_than_a_share_has_may_take_all(self, net: int, cashback: int) -> None:
        shop = limited(earn={"budget": 16})
        shop.execute(order("1", ANNA, line(net=net)))
        assert shop.available(ANNA) == cashback

    def test_however_often_an_order_grows_it_takes_what_its_budget_has(self) -> None:
        shop = limited(earn={"budget": 16})
        for stamp_ms in range(2, 8):
            shop.execute(order("1", ANNA, line(net=5000 * stamp_ms), stamp_ms=stamp_ms))
        assert given_by_share(shop) == dict(taken(shop, "1"))
        assert allowed(shop, "1") == (1750, 1600, "budget")

    def test_an_order_that_grows_while_another_rule_releases_takes_from_all_that_it_reads(self) -> None:
        rules = [{"id": name, "percent": 5, "budget": Decimal("0.16")} for name in ("a", "b")]
        shop = Memory(programme_of(earn=rules[:1]))
        shop.publish(programme_of(earn=rules), PAID_AT - 60)
        shop.execute(order("1", ANNA, line(net=80)))
        shop.execute(order("1", ANNA, line(net=400), at=PAID_AT - 120, stamp_ms=2))
        (grant,) = shop.order("1").terms.allowed
        assert (grant.rule, grant.wanted, len(grant.taken)) == ("a", 20, MOST_READ + 1)

    def test_an_order_that_grows_takes_first_from_the_shares_that_it_has_taken_from(self) -> None:
        shop, own = limited(earn={"budget": 160}), number_of_own("1")
        put(shop, dict.fromkeys(range(16), 400) | {own: 1000})
        shop.execute(order("1", ANNA))
        ((other, _),) = taken(shop, "1")
        shop.execute(order("1", ANNA, line(net=16_000), stamp_ms=2))
        assert taken(shop, "1")[0] == (other, 600)
        assert [amount for _, amount in taken(shop, "1")] == [600, 200]

    def test_an_order_that_grows_takes_no_more_from_those_than_it_lacks(self) -> None:
        shop, own = limited(earn={"budget": 160}), number_of_own("1")
        put(shop, dict.fromkeys(range(16), 400) | {own: 1000})
        shop.execute(order("1", ANNA))
        ((other, _),) = taken(shop, "1")
        put(shop, {own: 900, other: 700})
        shop.execute(order("1", ANNA, line(net=16_000), stamp_ms=2))
        assert dict(taken(shop, "1")) == {own: 100, other: 500 + 200}
        assert given_by_share(shop)[other] == 900

    @pytest.mark.parametrize(("wanted", "granted"), [(999, 400), (1000, 400), (1001, 1001)])
    def test_an_order_may_take_from_more_than_four_where_it_is_given_more_than_a_share_has(
        self, wanted: int, granted: int
    ) -> None:
        """A share is 10.00; of each other one 1.00 is left."""
        shop, own = limited(earn={"budget": 160}), number_of_own("1")
        put(shop, dict.fromkeys(range(16), 900) | {own: 1000})
        shop.execute(order("1", ANNA, line(net=20 * wanted)))
        assert allowed(shop, "1")[:2] == (wanted, granted)

    def test_an_order_that_grows_takes_from_no_more_than_four_in_all(self) -> None:
        shop = limited(earn={"budget": 160})
        put(shop, dict.fromkeys(range(16), 999))
        shop.execute(order("1", ANNA))
        shop.execute(order("1", ANNA, line(net=20_000), stamp_ms=2))
        assert (allowed(shop, "1"), len(taken(shop, "1"))) == ((1000, MOST_HELD, "budget"), MOST_HELD)

    def test_a_rule_takes_nothing_from_the_budget_of_another_one(self) -> None:
        shop = Memory(programme_of(earn=[{"id": name, "percent": 5, "budget": 160} for name in ("a", "b")]))
        for number in range(16):
            shop.records[BudgetRef("b", "EUR/2", number)] = Budget("b", "EUR/2", number, 1, 1000)
        shop.execute(order("1", ANNA))
        assert {grant.rule: grant.amount for grant in shop.order("1").terms.allowed} == {"a": 500, "b": 0}

    def test_an_order_without_a_buyer_or_of_another_currency_asks_nothing(self) -> None:
        shop = limited(earn={"budget": 16})
        shop.execute(order("1", ""))
        shop.execute(order("2", ANNA, currency="CHF"))
        assert shop.all(Budget) == []

    def test_another_currency_has_a_budget_of_its_own(self) -> None:
        shop = limited(earn={"budget": {"EUR": 160, "USD": 16}}, currencies=["USD"])
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA, currency="USD"))
        assert (shop.available(ANNA), shop.available(ANNA, "USD/2")) == (500, 500)


class TestReleasing:
    def test_a_refund_gives_back_to_the_share_that_it_came_from(self) -> None:
        shop = limited(earn={"budget": 160})
        shop.execute(order("1", ANNA))
        shop.execute(refund("1", amount=4000))
        assert given_by_share(shop) == {number_of_own("1"): 300}
        assert shop.round_trips == 2  # whose order it is, its record says
        shop.execute(void("1", ANNA))
        assert given_by_share(shop) == {number_of_own("1"): 0}

    def test_the_shares_that_were_asked_last_get_theirs_back_first_and_all_in_two_reads(self) -> None:
        shop = limited(earn={"budget": 16})
        shop.execute(order("1", ANNA, line(net=8000)))
        own, first, second, third = (share for share, _ in taken(shop, "1"))
        shop.execute(refund("1", amount=3000))
        assert shop.round_trips == 2
        assert taken(shop, "1") == ((own, 100), (first, 100), (second, 50))
        assert given_by_share(shop) == {own: 100, first: 100, second: 50, third: 0}
        shop.execute(void("1", ANNA))
        assert not any(given_by_share(shop).values())

    def test_the_shares_that_it_gives_back_to_are_read_at_once(self) -> None:
        shop = limited(earn={"budget": 16})
        shop.execute(order("1", ANNA, line(net=8000)))
        asked = shop.asked(refund("1", amount=8000))
        assert (sum(isinstance(ref, BudgetRef) for ref in asked), shop.round_trips) == (4, 2)

    def test_another_rule_may_take_from_as_many_shares_as_if_nothing_had_been_given_back(self) -> None:
        """One rule gives back its shares beside its own, so that those count no more among the most of the order."""
        rules = [{"id": name, "percent": 5, "budget": Decimal("0.16")} for name in ("a", "b")]
        shop = Memory(programme_of(earn=rules[:1]))
        shop.publish(programme_of(earn=[rules[1]]), PAID_AT - 60)
        shop.execute(order("1", ANNA, line(net=80), at=PAID_AT))
        (before,) = shop.order("1").terms.allowed
        shop.execute(order("1", ANNA, line(net=80), at=PAID_AT - 120, stamp_ms=2))
        (after,) = shop.order("1").terms.allowed
        assert [(grant.rule, grant.amount, len(grant.taken)) for grant in (before, after)] == [("b", 4, 4), ("a", 4, 4)]
        assert sum(share.given for share in shop.all(Budget) if share.rule == "b") == 0

    def test_what_was_given_back_is_there_for_the_next_order(self) -> None:
        shop = limited(earn={"budget": Decimal("0.16")})
        for number in range(40):
            shop.execute(order(str(number), ANNA))
        first = next(stored for stored in shop.all(Order) if stored.terms.allowed[0].amount == 16)
        shop.execute(void(first.order, ANNA))
        shop.execute(order("later", BEN))
        assert (shop.available(ANNA), shop.available(BEN)) == (0, 16)


class TestExhaustedShares:
    """What is known to have nothing left is not read; a decision says which shares these are."""

    def decided(self, shop: Memory, order_id: str, exhausted: Collection[Exhausted] = ()) -> tuple[Decision, set[Ref]]:
        """The decision on an order, and all that it has read."""
        read: dict[Ref, Record | None] = {}
        while True:
            try:
                return decide(order(order_id, ANNA), Facts(read, shop.history(), exhausted), NOW), set(read)
            except Missing as missing:
                read |= {ref: shop.records.get(ref) for ref in missing.refs}

    def test_a_decision_says_which_it_has_seen_or_made_exhausted(self) -> None:
        shop, own = limited(earn={"budget": 160}), number_of_own("1")
        put(shop, dict.fromkeys(range(16), 1000) | {own: 500, (own + 1) % 16: 999})
        decision, _ = self.decided(shop, "1")
        assert decision.exhausted == ((BudgetRef("cashback", "EUR/2", own), 16_000),)
        put(shop, {own: 501})
        decision, _ = self.decided(shop, "1")
        assert {ref.share for ref, budget in decision.exhausted if budget == 16_000} == set(range(16))

    def test_with_something_left_it_says_none(self) -> None:
        assert self.decided(limited(earn={"budget": 160}), "1")[0].exhausted == ()

    def test_where_all_are_known_no_share_is_read(self) -> None:
        shop = limited(earn={"budget": 160})
        put(shop, dict.fromkeys(range(16), 1000))
        before, _ = self.decided(shop, "1")
        decision, read = self.decided(shop, "1", before.exhausted)
        assert not [ref for ref in read if isinstance(ref, BudgetRef)]
        assert (decision.changes, decision.answer) == (before.changes, before.answer)

    def test_where_some_are_known_only_the_others_are_read(self) -> None:
        shop, own = limited(earn={"budget": 160}), number_of_own("1")
        put(shop, dict.fromkeys(range(16), 1000) | {(own + 1) % 16: 0})
        known = [(BudgetRef("cashback", "EUR/2", number), 16_000) for number in range(16) if number != (own + 1) % 16]
        decision, read = self.decided(shop, "1", known)
        assert [ref for ref in read if isinstance(ref, BudgetRef)] == [BudgetRef("cashback", "EUR/2", (own + 1) % 16)]
        assert [record.given for record in decision.changes if isinstance(record, Budget)] == [500]

    @pytest.mark.parametrize("order_id", list("12345678"))
    def test_of_many_shares_the_one_that_is_not_known_is_looked_at(self, order_id: str) -> None:
        """Of 25 shares an order looks at 15 beside its own."""
        shop = limited(earn={"budget": 5000})
        unknown = BudgetRef("cashback", "EUR/2", (number_of_own(order_id, 25) + 1) % 25)
        refs = [BudgetRef("cashback", "EUR/2", number) for number in range(25)]
        put(shop, dict.fromkeys(range(25), 20_000) | {unknown.share: 0})
        decision, _ = self.decided(shop, order_id, [(ref, 500_000) for ref in refs if ref != unknown])
        assert [record.given for record in decision.changes if isinstance(record, Budget)] == [500]

    def test_what_is_known_of_a_smaller_budget_does_not_hold_for_a_larger_one(self) -> None:
        shop = limited(earn={"budget": 160})
        put(shop, dict.fromkeys(range(16), 100))
        known = [(BudgetRef("cashback", "EUR/2", number), 1_600) for number in range(16)]
        decision, _ = self.decided(shop, "1", known)
        assert [record.given for record in decision.changes if isinstance(record, Budget)] == [600]

    def test_what_an_order_itself_gives_back_is_there_whatever_is_known(self) -> None:
        shop = limited(earn={"budget": 160})
        shop.execute(order("1", ANNA))
        put(shop, {number_of_own("1"): 1000})
        known = [(BudgetRef("cashback", "EUR/2", number), 16_000) for number in range(16)]
        read: dict[Ref, Record | None] = dict(shop.records)
        read[MemberRef(BEN)] = None
        decision = decide(order("1", BEN, stamp_ms=2), Facts(read, shop.history(), known), NOW)
        assert [record.terms.allowed[0].taken for record in decision.changes if isinstance(record, Order)] == [
            ((number_of_own("1"), 500),)
        ]


class TestNumberOfShares:
    """It follows from the size that a budget begins with, and never changes."""

    @pytest.mark.parametrize(
        ("budget", "shares"),
        [(1, 16), (3399, 16), (3400, 17), (5000, 25), (50_000, 250), (51_200, 256), (10**9, 256)],
    )
    def test_it_is_one_for_each_two_hundred_between_two_bounds(self, budget: int, shares: int) -> None:
        shop = limited(earn={"budget": budget})
        assert shop.find(ProgrammeListRef(), ProgrammeList).shares == {"cashback EUR/2": shares}
        shop.execute(order("1", ANNA, line(net=20)))
        assert given_by_share(shop) == {number_of_own("1", shares): 1}

    @pytest.mark.parametrize("budget", [1000, 100_000])
    def test_a_budget_that_changes_keeps_its_number(self, budget: int) -> None:
        shop = limited(earn={"budget": 5000})
        shop.publish(programme_of(earn=[{"id": "cashback", "percent": 5, "budget": budget}]), NOW)
        shop.publish(programme_of(), NOW + 1)
        shop.publish(programme_of(earn=[{"id": "cashback", "percent": 5, "budget": budget}]), NOW + 2)
        assert shop.find(ProgrammeListRef(), ProgrammeList).shares == {"cashback EUR/2": 25}

    def test_each_currency_has_its_own(self) -> None:
        shop = limited(earn={"budget": {"EUR": 5000, "USD": 10_000, "JPY": 400_000}}, currencies=["USD", "JPY"])
        assert shop.history().shares == {"cashback EUR/2": 25, "cashback USD/2": 50, "cashback JPY/0": 20}

    def test_a_budget_of_an_earlier_release_stays_at_sixteen(self) -> None:
        shop = limited(earn={"budget": 50_000})
        shop.records[ProgrammeListRef()] = ProgrammeList(1, (0,))
        shop.execute(order("1", ANNA))
        assert given_by_share(shop) == {number_of_own("1"): 500}
        rules = [{"id": name, "percent": 1, "budget": 50_000} for name in ("cashback", "later")]
        shop.publish(programme_of(earn=rules), NOW)
        assert shop.history().shares == {"cashback EUR/2": 16, "later EUR/2": 250}

    def test_what_an_earlier_release_took_from_sixteen_shares_goes_back_to_them(self) -> None:
        shop = limited(earn={"budget": 16})
        shop.execute(order("1", ANNA, line(net=32_000)))
        (grant,) = shop.order("1").terms.allowed
        parts = tuple((number, 100) for number in range(16))
        ref = shop.order("1").ref
        shop.records[ref] = shop.order("1").under(allowed=(replace(grant, amount=1600, limit="", taken=parts),))
        put(shop, dict.fromkeys(range(16), 100))
        shop.execute(refund("1", amount=2000))
        assert given_by_share(shop) == dict.fromkeys(range(15), 100) | {15: 0}
        shop.execute(void("1", ANNA))
        assert set(given_by_share(shop).values()) == {0}
        assert shop.round_trips == 2


class TestTheEnd:
    """256 shares, of which nearly nothing is left."""

    @pytest.fixture
    def shop(self) -> Memory:
        shop = limited(earn={"budget": 256_000})
        put(shop, dict.fromkeys(range(256), 99_997))
        return shop

    def test_an_order_reads_twice_and_at_most_fifteen_others(self, shop: Memory) -> None:
        asked = shop.asked(order("1", ANNA))
        assert (sum(isinstance(ref, BudgetRef) for ref in asked), shop.round_trips) == (1 + MOST_READ, 2)

    def test_an_order_is_granted_a_part(self, shop: Memory) -> None:
        shop.execute(order("1", ANNA))
        assert allowed(shop, "1") == (500, MOST_HELD * 3, "budget")

    def test_orders_read_other_shares_than_each_other(self, shop: Memory) -> None:
        """A thousand orders read a share 62 or 63 times, if they spread well."""
        asked = Counter(ref for number in range(1000) for ref in shop.asked(order(str(number), ANNA)))
        reads = [count for ref, count in asked.items() if isinstance(ref, BudgetRef)]
        assert (len(reads), sum(reads)) == (256, 1000 * (1 + MOST_READ))
        assert max(reads) < 2 * 62


MANY = [{"id": f"r{number}", "percent": 1, "budget": Decimal("0.16")} for number in range(20)]
"""The most rules that a programme can have, each with a budget of one cent a share."""


def shares_of(changes: Collection[Record]) -> int:
    return sum(isinstance(change, Budget) for change in changes)


class TestManyBudgets:
    def test_one_request_reads_all_that_an_order_asks_and_its_transaction_stays_small(self) -> None:
        shop = Memory(programme_of(earn=MANY))
        asked = shop.asked(order("1", ANNA))
        assert shop.round_trips == 2
        assert sum(isinstance(ref, BudgetRef) for ref in asked) == 20 * (1 + 96 // 20)
        shop.execute(order("1", ANNA))
        assert shares_of(shop.written) == 20 + MOST_OTHERS

    def test_what_changes_currency_is_twice_as_much_and_no_more(self) -> None:
        both = [rule | {"budget": {"EUR": "0.16", "USD": "0.16"}} for rule in MANY]
        shop = Memory(programme_of(earn=both, currencies=["USD"]))
        shop.execute(order("1", ANNA))
        shop.execute(order("1", ANNA, currency="USD", stamp_ms=2))
        assert shares_of(shop.written) == 2 * (20 + MOST_OTHERS)
        assert sum(share.given for share in shop.all(Budget) if share.asset == "EUR/2") == 0

    def test_six_rules_read_as_many_others_as_one(self) -> None:
        rules = [rule | {"budget": 51_200} for rule in MANY[:6]]
        shop = Memory(programme_of(earn=rules))
        for rule in rules:
            for number in range(256):
                shop.records[BudgetRef(str(rule["id"]), "EUR/2", number)] = Budget(
                    str(rule["id"]), "EUR/2", number, 1, 20_000
                )
        asked = shop.asked(order("1", ANNA))
        assert sum(isinstance(ref, BudgetRef) for ref in asked) == 6 * (1 + MOST_READ)


@pytest.mark.parametrize("seed", range(5))
def test_orders_at_once_never_overrun_a_budget(seed: int) -> None:
    """Orders, edits and refunds decide on what they read, and write in another order; who is late decides again."""
    random = Random(seed)  # noqa: S311 (no secret)
    shop = limited(earn={"budget": 40})
    waiting = [order(str(number), f"shop.m{number}", line(net=random.choice([900, 4000]))) for number in range(60)]
    waiting += [refund(str(number), amount=500) for number in range(0, 60, 3)]
    random.shuffle(waiting)
    lost = 0
    while waiting:
        decided = [(command, shop.decide(command)) for command in waiting[:8]]
        del waiting[:8]
        random.shuffle(decided)
        for command, decision in decided:
            try:
                shop.commit(decision.changes)
            except Stale:
                lost += 1
                waiting.append(command)
            given = sum(share.given for share in shop.all(Budget))
            assert given <= 4000
            assert given == sum(grant.amount for stored in shop.all(Order) for grant in stored.terms.allowed)
    assert lost > 5
    assert sum(share.given for share in shop.all(Budget)) > 3500


def test_an_order_that_changes_hands_takes_its_part_of_the_budget_along() -> None:
    shop = shop_of({"amount": 100, "per": "member"}, budget=1000)
    shop.execute(order("1", ANNA))
    shop.execute(order("1", BEN, stamp_ms=2))
    assert (shop.available(ANNA), shop.available(BEN)) == (0, 500)
    assert (shop.member(ANNA).used, shop.member(BEN).used) == ({}, of_buckets({"a EUR/2 member": 500}))
    assert not [record for record in shop.written if isinstance(record, Budget)]
    assert sum(budget.given for budget in shop.all(Budget)) == 500


@pytest.mark.parametrize(("rule", "count"), [({}, 0), ({"budget": 1000}, 1)])
def test_only_a_rule_with_a_budget_asks_for_its_share(rule: dict[str, Any], count: int) -> None:
    shop, read = shop_of(**rule), dict[Ref, Any]()
    with pytest.raises(Missing) as missing:
        decide(order("1", ANNA), Facts(read, shop.history()), NOW)
    assert sum(isinstance(ref, BudgetRef) for ref in missing.value.refs) == count


def test_an_order_in_a_currency_that_nobody_knows_is_recorded() -> None:
    shop = shop_of(budget=1000)
    assert shop.execute(order("1", ANNA, currency="XXX"))["nothing_due"] == "the programme does not name XXX"


def test_an_order_that_comes_again_reads_no_share_but_the_one_that_it_asks_first() -> None:
    """It has got four cents, one from each of four shares."""
    shop = shop_of(budget={"EUR": "0.16"})
    shop.execute(order("1", ANNA))
    assert sum(isinstance(ref, BudgetRef) for ref in shop.asked(order("1", ANNA))) == 1


class TestGivingBackAndAskingAgain:
    """Within one decision: an order has taken from shares of two rules' budgets, each of 16 shares with 10.00."""

    OWN = number_of_own("1")
    FIRST, SECOND = (OWN + 5) % 16, (OWN + 9) % 16
    BUDGET = 16_000

    def budgets(self) -> tuple[Budgets, Allowed, Allowed]:
        empty = {BudgetRef(rule, "EUR/2", number): 0 for rule in ("a", "b") for number in range(16)}
        given = empty | {BudgetRef(rule, "EUR/2", self.OWN): 1000 for rule in ("a", "b")}
        given |= {BudgetRef("a", "EUR/2", self.FIRST): 300, BudgetRef("b", "EUR/2", self.SECOND): 200}
        records: dict[Ref, Record | None] = {
            ref: Budget(ref.rule, ref.asset, ref.share, 1, amount) for ref, amount in given.items()
        }
        grant = Allowed(ANNA, "a", "EUR/2", 500, 500, "", (), ((self.OWN, 200), (self.FIRST, 300)))
        other = Allowed(ANNA, "b", "EUR/2", 400, 400, "", (), ((self.OWN, 200), (self.SECOND, 200)))
        subject = Order(CONNECTION, "1", states(snapshot())).under(allowed=(grant, other))
        return Budgets(subject, Facts(records, History())), grant, other

    def test_what_another_rule_takes_more_comes_from_the_shares_that_it_has_already(self) -> None:
        budgets, grant, other = self.budgets()
        assert budgets.release(grant, 500) == ()
        assert budgets.reserve(other, self.BUDGET, 100, rules=2) == ((self.SECOND, 100),)

    def test_a_share_that_was_given_back_a_part_is_asked_again_before_others(self) -> None:
        budgets, grant, _ = self.budgets()
        assert budgets.release(grant, 100) == ((self.OWN, 200), (self.FIRST, 200))
        assert budgets.reserve(grant, self.BUDGET, 150, rules=2) == ((self.FIRST, 150),)

    def test_a_share_that_was_given_back_all_is_none_of_those_that_it_has(self) -> None:
        """Its own has nothing left: the next one is any, as for an order that asks for the first time."""
        budgets, grant, _ = self.budgets()
        assert budgets.release(grant, 300) == ((self.OWN, 200),)
        ((share, amount),) = budgets.reserve(grant, self.BUDGET, 150, rules=2)
        assert (share in (self.OWN, self.FIRST), amount) == (False, 150)
