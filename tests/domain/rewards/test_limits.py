"""Limits and budgets through decide(): what they leave of a reward, what they name, and what goes back to them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.decide import decide
from chalicelib.domain.facts import Facts, Missing
from chalicelib.domain.ledger.transfers import CASHBACK, Due, Posted, Why
from chalicelib.domain.records import Allowed, Budget, BudgetRef, Order, Ref
from chalicelib.domain.rewards.limits import KEPT_PERIODS, KEPT_VERSIONS, SHARES, cut, named
from tests.builders import ANNA, BEN, CONNECTION, DAY_S, NOW, PAID_AT, line, order, programme, refund, void
from tests.memory import Memory

Limits = list[dict[str, Any]]


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def limited(*limits: dict[str, Any], earn: dict[str, Any] | None = None, **parts: Any) -> Memory:
    """5 % up to some limits."""
    rule = {"id": "cashback", "percent": Decimal(5), "limits": list(limits), **(earn or {})}
    return Memory(programme(earn=[rule], **parts))


def per(period: str, amount: Any = 8) -> dict[str, Any]:
    return {"amount": amount, "per": period}


def allowed(shop: Memory, order_id: str) -> tuple[int, int, str]:
    """Wanted, granted, and because of which limit."""
    (each,) = shop.order(order_id).terms.allowed
    return each.wanted, each.amount, each.limit


class TestMembersLimits:
    @pytest.mark.parametrize("period", ["day", "week", "month", "year", "member"])
    def test_an_order_gets_what_the_limit_leaves(self, period: str) -> None:
        shop = limited(per(period))
        for number, (available, grants) in enumerate(
            [(500, (500, 500, "")), (800, (500, 300, period)), (800, (500, 0, period))]
        ):
            shop.execute(order(str(number), ANNA))
            assert shop.available(ANNA) == available
            assert allowed(shop, str(number)) == grants

    def test_the_reason_names_it(self) -> None:
        shop = limited(per("month", 3))
        shop.execute(order("1", ANNA))
        (posting,) = shop.entries(ANNA)[0].postings
        assert (posting.amount, posting.why.limit, posting.why.base, posting.why.rate) == (300, "month", 10_000, "5")

    def test_what_is_not_cut_names_none(self) -> None:
        shop = limited(per("month", 5))
        shop.execute(order("1", ANNA))
        assert shop.entries(ANNA)[0].postings[0].why.limit == ""

    @pytest.mark.parametrize(
        ("period", "says"),
        [("day", "per day"), ("week", "per week"), ("year", "per year"), ("member", "per member")],
    )
    def test_an_order_that_gets_nothing_says_why(self, period: str, says: str) -> None:
        shop = limited(per(period, 5))
        shop.execute(order("1", ANNA))
        answer = shop.execute(order("2", ANNA))
        assert answer == {"changed": True, "nothing_due": f"the limit of the rule cashback is reached: {says}"}
        assert len(shop.entries(ANNA)) == 1

    @pytest.mark.parametrize(
        ("limit", "words"),
        [
            ("order", "per order"),
            ("member", "per member"),
            ("budget", "the budget for all members"),
            ("day", "per day"),
        ],
    )
    def test_every_limit_has_words(self, limit: str, words: str) -> None:
        assert named(limit) == words

    @pytest.mark.parametrize(
        ("period", "inside", "outside"),
        [
            ("day", "2026-02-02T22:59:59+00:00", "2026-02-02T23:00:00+00:00"),
            ("week", "2026-02-08T22:59:59+00:00", "2026-02-08T23:00:00+00:00"),
            ("month", "2026-02-28T22:59:59+00:00", "2026-02-28T23:00:00+00:00"),
            ("year", "2026-12-31T22:59:59+00:00", "2026-12-31T23:00:00+00:00"),
        ],
    )
    def test_a_period_is_the_customers_own(self, period: str, inside: str, outside: str) -> None:
        shop = limited(per(period, 5), timezone="Europe/Paris")
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA, at=at(inside)), at(inside))
        assert shop.available(ANNA, now=at(inside)) == 500
        shop.execute(order("3", ANNA, at=at(outside)), at(outside))
        assert shop.available(ANNA, now=at(outside)) == 1000

    def test_members_have_limits_of_their_own(self) -> None:
        shop = limited(per("month", 5))
        for member in (ANNA, BEN):
            shop.execute(order(member, member))
            assert shop.available(member) == 500

    def test_rules_have_limits_of_their_own(self) -> None:
        rules = [{"id": name, "percent": Decimal(5), "limits": [per("month", 5)]} for name in ("a", "b")]
        shop = Memory(programme(earn=rules))
        shop.execute(order("1", ANNA))
        assert shop.available(ANNA) == 1000

    def test_the_tightest_of_several_counts_and_is_named(self) -> None:
        shop = limited(per("day", 6), per("month", 8))
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA))
        assert allowed(shop, "2") == (500, 100, "day")
        shop.execute(order("3", ANNA, at=PAID_AT + DAY_S), NOW + DAY_S)
        assert allowed(shop, "3") == (500, 200, "month")
        assert shop.member(ANNA).used == {
            "cashback EUR/2 day 2026-02-02": 600,
            "cashback EUR/2 day 2026-02-03": 200,
            "cashback EUR/2 month 2026-02": 800,
        }

    def test_the_limit_of_one_order_is_another_thing(self) -> None:
        shop = limited(per("month", 8), earn={"cap": 4})
        shop.execute(order("1", ANNA))
        assert shop.entries(ANNA)[0].postings[0].why.limit == "order"
        shop.execute(order("2", ANNA))
        assert shop.available(ANNA) == 800

    def test_each_currency_has_a_limit_of_its_own(self) -> None:
        shop = limited(per("month", {"EUR": 5, "USD": 3}), currencies=["USD"])
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA, currency="USD"))
        assert (shop.available(ANNA), shop.available(ANNA, "USD/2")) == (500, 300)

    def test_what_a_member_used_in_all_has_no_period(self) -> None:
        shop = limited(per("member", 8))
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA, at=NOW + 900 * DAY_S), NOW + 900 * DAY_S)
        assert shop.member(ANNA).used == {"cashback EUR/2 member": 800}

    @pytest.mark.parametrize(
        ("period", "days", "kept"), [("day", 1, 40), ("week", 7, 8), ("month", 31, 4), ("year", 366, 2)]
    )
    def test_only_the_latest_periods_are_remembered(self, period: str, days: int, kept: int) -> None:
        assert KEPT_PERIODS[period] == kept
        shop = limited(per(period, 5), per("member", 9999))
        instants = [PAID_AT + number * days * DAY_S for number in range(kept + 2)]
        for number, instant in enumerate(instants):
            shop.execute(order(str(number), ANNA, at=instant), instant)
        found = [bucket for bucket in shop.member(ANNA).used if f" {period} " in bucket]
        wanted = [shop.order(str(number)).terms.allowed[0].buckets[0] for number in range(2, kept + 2)]
        assert found == wanted
        assert shop.member(ANNA).used["cashback EUR/2 member"] == 500 * (kept + 2)

    def test_a_day_that_is_heard_of_late_has_its_limit_still(self) -> None:
        shop = limited(per("day", 1))
        for day in range(4):
            shop.execute(order(f"d{day}", ANNA, at=PAID_AT + day * DAY_S), NOW + day * DAY_S)
        for number in range(3):
            shop.execute(order(str(number), ANNA), NOW + 4 * DAY_S)
        assert shop.available(ANNA) == 400

    @pytest.mark.parametrize(("newer", "forgotten"), [(2, False), (3, True)])
    def test_the_uses_of_a_rule_that_is_gone_are_forgotten(self, newer: int, *, forgotten: bool) -> None:
        shop = limited(per("member", 5), earn={"id": "old"})
        shop.execute(order("1", ANNA))
        rule = {"id": "new", "percent": Decimal(5), "limits": [per("member")]}
        for number in range(newer):
            shop.publish(programme(earn=[rule]), NOW + number)
        assert KEPT_VERSIONS == 3
        shop.execute(order("2", ANNA, at=NOW + newer), NOW + newer)
        old = {} if forgotten else {"old EUR/2 member": 500}
        assert shop.member(ANNA).used == {"new EUR/2 member": 500} | old


class TestRoomGivenBack:
    @pytest.fixture
    def shop(self) -> Memory:
        shop = limited(per("month"))
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA))
        return shop

    @pytest.mark.parametrize(
        ("delivery", "used"),
        [
            (refund("1", amount=4000), 600),
            (void("1", ANNA), 300),
            (refund("2", amount=4000), 800),
            (refund("2", amount=6000), 700),
        ],
    )
    def test_a_refund_gives_room_back(self, shop: Memory, delivery: RecordOrder, used: int) -> None:
        shop.execute(delivery)
        assert shop.member(ANNA).used == {"cashback EUR/2 month 2026-02": used}
        assert shop.available(ANNA) == used
        shop.execute(order("3", ANNA))
        assert shop.available(ANNA) == 800

    def test_the_last_refund_leaves_nothing_used(self, shop: Memory) -> None:
        shop.execute(void("1", ANNA))
        shop.execute(void("2", ANNA))
        assert (shop.member(ANNA).used, shop.order("1").terms.allowed) == ({}, ())

    def test_a_revival_asks_again(self, shop: Memory) -> None:
        shop.execute(void("2", ANNA))
        shop.execute(order("3", ANNA, line(net=4000)))
        shop.execute(order("2", ANNA, stamp_ms=3))
        assert allowed(shop, "2") == (500, 100, "month")
        assert shop.available(ANNA) == 800

    def test_an_edit_upward_asks_for_more(self) -> None:
        shop = limited(per("month"))
        shop.execute(order("1", ANNA))
        shop.execute(order("1", ANNA, line(net=14_000), stamp_ms=2))
        assert allowed(shop, "1") == (700, 700, "")
        shop.execute(order("1", ANNA, line(net=20_000), stamp_ms=3))
        assert allowed(shop, "1") == (1000, 800, "month")

    def test_the_same_again_asks_for_nothing_even_if_there_is_room_by_now(self, shop: Memory) -> None:
        shop.execute(void("1", ANNA))
        shop.execute(order("2", ANNA))
        assert shop.written == ()
        assert allowed(shop, "2") == (500, 300, "month")

    def test_an_edit_downward_that_still_wants_more_than_it_got_keeps_it(self, shop: Memory) -> None:
        shop.execute(order("2", ANNA, line(net=8000), stamp_ms=2))
        assert allowed(shop, "2") == (400, 300, "month")
        assert shop.available(ANNA) == 800

    def test_another_buyer_takes_it_along(self, shop: Memory) -> None:
        shop.execute(order("1", BEN, stamp_ms=2))
        assert shop.member(ANNA).used == {"cashback EUR/2 month 2026-02": 300}
        assert shop.member(BEN).used == {"cashback EUR/2 month 2026-02": 500}
        assert (shop.available(ANNA), shop.available(BEN)) == (300, 500)

    def test_an_order_that_was_paid_in_an_earlier_period_counts_there(self) -> None:
        shop = limited(per("month", 5))
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA, at=PAID_AT - 5 * DAY_S))
        shop.execute(order("1", ANNA, at=PAID_AT - 6 * DAY_S, stamp_ms=2))
        assert allowed(shop, "1") == (500, 0, "month")
        assert shop.member(ANNA).used == {"cashback EUR/2 month 2026-01": 500}
        shop.execute(order("3", ANNA))
        assert shop.member(ANNA).used == {f"cashback EUR/2 month 2026-0{month}": 500 for month in (1, 2)}
        assert shop.available(ANNA) == 1000

    def test_one_that_stays_within_its_period_keeps_what_it_has(self) -> None:
        shop = limited(per("month", 5))
        shop.execute(order("1", ANNA))
        shop.execute(order("1", ANNA, at=PAID_AT - DAY_S, stamp_ms=2))
        assert allowed(shop, "1") == (500, 500, "")
        assert shop.member(ANNA).used == {"cashback EUR/2 month 2026-02": 500}

    def test_another_currency_takes_it_along(self) -> None:
        shop = limited(per("month", {"EUR": 8, "USD": 8}), currencies=["USD"])
        shop.execute(order("1", ANNA))
        shop.execute(order("1", ANNA, stamp_ms=2, currency="USD"))
        assert shop.member(ANNA).used == {"cashback USD/2 month 2026-02": 500}
        shop.execute(order("1", ANNA, stamp_ms=3, currency="CHF"))
        assert (shop.member(ANNA).used, shop.order("1").terms.allowed) == ({}, ())


def share_of(order_id: str) -> int:
    return crc32(f"{CONNECTION}/{order_id}".encode()) % SHARES


def budgets(shop: Memory) -> dict[int, int]:
    return {each.share: each.given for each in shop.all(Budget)}


class TestBudgets:
    """A budget of 16 shares: of 160.00 each share is 10.00."""

    def test_it_is_cut_into_sixteen(self) -> None:
        assert SHARES == 16

    def test_an_order_takes_from_the_share_of_its_id(self) -> None:
        shop = limited(earn={"budget": 160})
        shop.execute(order("1", ANNA))
        assert budgets(shop) == {share_of("1"): 500}
        assert shop.order("1").terms.allowed[0].taken == ((share_of("1"), 500),)
        assert (shop.round_trips, len(shop.written)) == (1, 4)

    def test_without_a_budget_there_is_no_share(self) -> None:
        shop = limited(per("day"))
        shop.execute(order("1", ANNA))
        assert (shop.order("1").terms.allowed[0].taken, shop.all(Budget)) == ((), [])

    def test_what_its_share_lacks_the_fullest_give(self) -> None:
        shop = limited(earn={"budget": 160})
        own = share_of("1")
        for share in range(SHARES):
            given_out = {own: 501, (own + 3) % SHARES: 499, (own + 5) % SHARES: 400}.get(share, 900)
            ref = BudgetRef("cashback", "EUR/2", share)
            shop.records[ref] = Budget("cashback", "EUR/2", share, 1, given_out)
        shop.execute(order("1", ANNA))
        assert shop.round_trips == 2
        assert shop.order("1").terms.allowed[0].taken == ((own, 499), ((own + 5) % SHARES, 1))
        assert shop.find(BudgetRef("cashback", "EUR/2", own), Budget).given == 1000
        assert shop.find(BudgetRef("cashback", "EUR/2", (own + 5) % SHARES), Budget).given == 401
        assert shop.available(ANNA) == 500

    def test_an_order_draws_from_as_many_as_it_takes(self) -> None:
        shop = limited(earn={"budget": 16})
        shop.execute(order("1", ANNA, line(net=30_000)))
        own = share_of("1")
        others = [share for share in range(SHARES) if share != own]
        assert budgets(shop) == {own: 100} | dict.fromkeys(others[:14], 100)
        assert shop.order("1").terms.allowed[0].taken == ((own, 100), *((share, 100) for share in others[:14]))
        assert allowed(shop, "1") == (1500, 1500, "")

    def test_a_refund_gives_back_what_was_asked_last_first(self) -> None:
        shop = limited(earn={"budget": 16})
        shop.execute(order("1", ANNA, line(net=30_000)))
        own, first, second, *rest = (share for share, _ in shop.order("1").terms.allowed[0].taken)
        shop.execute(refund("1", amount=25_000))
        assert shop.order("1").terms.allowed[0].taken == ((own, 100), (first, 100), (second, 50))
        assert budgets(shop) == {own: 100, first: 100, second: 50} | dict.fromkeys(rest, 0)
        shop.execute(void("1", ANNA))
        assert not any(budgets(shop).values())

    def test_exactly_enough_is_enough(self) -> None:
        shop = limited(earn={"budget": 80})
        shop.execute(order("1", ANNA))
        assert budgets(shop) == {share_of("1"): 500}
        assert shop.round_trips == 1
        assert allowed(shop, "1") == (500, 500, "")

    def test_what_no_share_has_is_cut(self) -> None:
        shop = limited(earn={"budget": 4})
        shop.execute(order("1", ANNA))
        assert allowed(shop, "1") == (500, 400, "budget")
        assert (sum(budgets(shop).values()), shop.available(ANNA)) == (400, 400)
        assert shop.entries(ANNA)[0].postings[0].why.limit == "budget"

    def test_an_odd_budget_loses_no_cent(self) -> None:
        shop = limited(earn={"budget": Decimal("0.17")})
        for number in range(40):
            shop.execute(order(str(number), ANNA))
        assert sum(budgets(shop).values()) == shop.available(ANNA) == 17
        answer = shop.execute(order("more", ANNA))
        assert answer["nothing_due"] == "the limit of the rule cashback is reached: the budget for all members"

    def test_a_refund_gives_back_to_the_share_that_it_came_from(self) -> None:
        shop = limited(earn={"budget": 160})
        shop.execute(order("1", ANNA))
        shop.execute(refund("1", amount=4000))
        assert budgets(shop) == {share_of("1"): 300}
        shop.execute(void("1", ANNA))
        assert budgets(shop) == {share_of("1"): 0}

    def test_an_edit_upward_stays_with_its_share_and_asks_the_others_for_the_rest(self) -> None:
        shop = limited(earn={"budget": 160})
        shop.execute(order("1", ANNA))
        shop.execute(order("1", ANNA, line(net=40_000), stamp_ms=2))
        assert allowed(shop, "1") == (2000, 2000, "")
        own, other = (share for share, _ in shop.order("1").terms.allowed[0].taken)
        assert own == share_of("1")
        assert budgets(shop) == {own: 1000, other: 1000}

    def test_a_members_limit_beside_it_takes_no_more_of_it_than_is_given(self) -> None:
        shop = limited(per("day", 3), earn={"budget": 160})
        shop.execute(order("1", ANNA))
        assert budgets(shop) == {share_of("1"): 300}
        assert allowed(shop, "1") == (500, 300, "day")

    def test_the_tighter_of_both_is_named(self) -> None:
        shop = limited(per("day", 3), earn={"budget": 2})
        shop.execute(order("1", ANNA))
        assert allowed(shop, "1") == (500, 200, "budget")

    def test_members_share_it(self) -> None:
        shop = limited(earn={"budget": 16})
        for number in range(20):
            member = f"shop.m{number}"
            shop.execute(order(str(number), member))
        assert sum(shop.available(f"shop.m{number}") for number in range(20)) == 1600

    def test_an_order_without_a_buyer_or_of_another_currency_asks_nothing(self) -> None:
        shop = limited(earn={"budget": 16})
        shop.execute(order("1", ""))
        shop.execute(order("2", ANNA, currency="CHF"))
        assert shop.all(Budget) == []

    def test_another_currency_has_a_budget_of_its_own(self) -> None:
        shop = limited(earn={"budget": {"EUR": 160, "USD": 1}}, currencies=["USD"])
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA, currency="USD"))
        assert (shop.available(ANNA), shop.available(ANNA, "USD/2")) == (500, 100)


deliveries = st.lists(
    st.tuples(
        st.sampled_from(["order", "order", "refund", "void", "edit", "again"]),
        st.integers(1, 6),
        st.sampled_from([ANNA, BEN]),
        st.sampled_from([500, 2000, 9000]),
    ),
    max_size=20,
)


@pytest.mark.slow
@settings(max_examples=60)
@given(deliveries, st.sampled_from(["0.05", "1", "3.33", "20"]))
def test_a_budget_and_a_limit_are_never_overrun(story: list[tuple[str, int, str, int]], budget: str) -> None:
    shop = limited(per("month", Decimal("4.5")), earn={"budget": Decimal(budget)})
    for stamp_ms, (what, number, buyer, net) in enumerate(story, 2):
        stated = {
            "order": order(str(number), buyer, line(net=net), stamp_ms=1),
            "edit": order(str(number), buyer, line(net=net), stamp_ms=stamp_ms),
            "void": void(str(number), buyer, stamp_ms=stamp_ms),
            "refund": refund(str(number), f"r{stamp_ms}", amount=net),
            "again": order(str(number), buyer, stamp_ms=0),
        }
        shop.execute(stated[what])
        given_out = sum(each.given for each in shop.all(Budget))
        assert 0 <= given_out <= 100 * Decimal(budget)
        assert given_out == sum(shop.available(member) for member in (ANNA, BEN))
        allowed = [each for one in shop.all(Order) for each in one.terms.allowed]
        assert given_out == sum(each.amount for each in allowed)
        assert all(each.amount == sum(part for _, part in each.taken) for each in allowed)
        assert all(shop.available(member) <= 450 for member in (ANNA, BEN))


LATER = {"amount": 9, "per": "member"}


def shop_of(*limits: dict[str, Any], **rule: Any) -> Memory:
    """5 % within some limits."""
    stated = {"limits": list(limits)} if limits else {}
    return Memory(programme(earn=[{"id": "a", "percent": 5} | stated | rule]))


def test_a_limit_of_nothing_gives_nothing_and_asks_no_budget() -> None:
    shop = shop_of({"amount": 0, "per": "member"}, budget=100)
    shop.execute(order("1", ANNA))
    assert shop.available(ANNA) == 0
    assert shop.order("1").posted == ()
    (allowed,) = shop.order("1").terms.allowed
    assert (allowed.wanted, allowed.amount, allowed.limit, allowed.taken) == (500, 0, "member", ())
    assert shop.all(Budget) == []


def test_a_cent_fits_into_a_limit() -> None:
    shop = shop_of({"amount": 1, "per": "member"})
    shop.execute(order("1", ANNA, line(net=20)))
    assert shop.available(ANNA) == 1


def test_an_order_that_grows_gets_what_is_left_of_all_shares_and_not_a_cent_more() -> None:
    """16 cents: one for each share."""
    shop = shop_of(budget={"EUR": "0.16"})
    shop.execute(order("1", ANNA, line(net=20)))
    shop.execute(order("1", ANNA, line(net=400), stamp_ms=2))
    assert shop.available(ANNA) == 16
    assert [each.given for each in shop.all(Budget)] == [1] * 16


def test_an_order_that_changes_hands_takes_its_part_of_the_budget_along() -> None:
    shop = shop_of({"amount": 100, "per": "member"}, budget=1000)
    shop.execute(order("1", ANNA))
    shop.execute(order("1", BEN, stamp_ms=2))
    assert (shop.available(ANNA), shop.available(BEN)) == (0, 500)
    assert (shop.member(ANNA).used, shop.member(BEN).used) == ({}, {"a EUR/2 member": 500})
    assert not [each for each in shop.written if isinstance(each, Budget)]
    assert sum(each.given for each in shop.all(Budget)) == 500


def test_what_an_older_programme_does_not_limit_goes_back_to_the_limit() -> None:
    shop = Memory(programme())
    shop.publish(programme(earn=[{"id": "b", "percent": 5, "limits": [{"amount": 3, "per": "member"}]}]), PAID_AT - 60)
    shop.execute(order("1", ANNA))
    assert (shop.available(ANNA), shop.member(ANNA).used) == (300, {"b EUR/2 member": 300})
    shop.execute(order("1", ANNA, at=PAID_AT - 120, stamp_ms=2))
    assert (shop.available(ANNA), shop.member(ANNA).used) == (500, {})


@pytest.mark.parametrize(("rule", "count"), [({}, 0), ({"budget": 1000}, 1)])
def test_only_a_rule_with_a_budget_asks_for_its_share(rule: dict[str, Any], count: int) -> None:
    shop, read = shop_of(**rule), dict[Ref, Any]()
    with pytest.raises(Missing) as missing:
        decide(order("1", ANNA), Facts(read, shop.history()), NOW)
    assert sum(isinstance(each, BudgetRef) for each in missing.value.refs) == count


def test_an_order_in_a_currency_that_nobody_knows_is_recorded() -> None:
    shop = shop_of(budget=1000)
    assert shop.execute(order("1", ANNA, currency="XXX"))["nothing_due"] == "the programme does not name XXX"


def uses(*later: dict[str, Any]) -> Memory:
    """Anna has used a limit of a rule that is in none of the versions that matter since."""
    shop = shop_of({"amount": 8, "per": "member"})
    shop.execute(order("1", ANNA))
    for number in range(KEPT_VERSIONS):
        shop.publish(programme(earn=list(later)), effective_at=NOW + number)
    return shop


def test_what_was_used_long_ago_is_not_forgotten_by_an_order_that_comes_again() -> None:
    shop = uses()
    shop.execute(order("1", ANNA), NOW + DAY_S)
    assert shop.written == ()


def test_what_was_used_long_ago_is_forgotten_with_the_next_use_of_a_limit_and_not_of_a_budget() -> None:
    shop = uses({"id": "b", "percent": 5, "budget": 100}, {"id": "c", "percent": 5, "minimum": 200, "limits": [LATER]})
    shop.execute(order("2", ANNA, at=NOW + DAY_S), NOW + DAY_S)
    assert (shop.available(ANNA), shop.member(ANNA).used) == (1000, {"a EUR/2 member": 500})
    shop.execute(order("3", ANNA, line(net=20_000), at=NOW + DAY_S), NOW + DAY_S)
    assert shop.member(ANNA).used == {"c EUR/2 member": 900}


def test_an_order_that_comes_again_reads_no_share_but_the_one_that_it_asks_first() -> None:
    """It has got 16 cents, one from each share."""
    shop = shop_of(budget={"EUR": "0.16"})
    shop.execute(order("1", ANNA))
    assert sum(isinstance(each, BudgetRef) for each in shop.asked(order("1", ANNA))) == 1


@pytest.mark.parametrize(
    ("granted", "left"),
    [
        ({}, [(500, "")]),
        ({"a": 500}, [(500, "")]),
        ({"a": 200}, [(200, "day")]),
        ({"a": 0}, []),
        ({"b": 0}, [(500, "")]),
    ],
    ids=["not-limited", "all", "a-part", "nothing", "another-rule"],
)
def test_of_what_is_due_what_was_granted_is_left(granted: dict[str, int], left: list[tuple[int, str]]) -> None:
    due = Due(Posted(ANNA, "a", CASHBACK, "EUR/2", VESTED_ALREADY, NO_EXPIRY, 500), Why("a"))
    allowed = [Allowed(ANNA, rule, "EUR/2", 500, amount, "day", ()) for rule, amount in granted.items()]
    assert [(each.amount, each.why.limit) for each in cut([due], allowed)] == left
