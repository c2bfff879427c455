"""Members' quotas through decide(): what they leave of a reward, what they name, and what goes back to them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.core.calendar import Period
from chalicelib.domain.core.usage import KEPT_PERIODS, of_buckets, used_in
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Allowed, Member
from chalicelib.domain.rewards.quotas import UNLIMITED, Quota, buckets, counted, quotas
from tests.domain.rewards.limited import allowed, limited, per, shop_of
from tests.world.builders import ANNA, BEN, DAY_S, NOW, PAID_AT, at, line, order, programme_of, refund, void
from tests.world.memory import Memory

LATER = {"amount": 9, "per": "member"}


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
        shop = Memory(programme_of(earn=rules))
        shop.execute(order("1", ANNA))
        assert shop.available(ANNA) == 1000

    def test_the_tightest_of_several_counts_and_is_named(self) -> None:
        shop = limited(per("day", 6), per("month", 8))
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA))
        assert allowed(shop, "2") == (500, 100, "day")
        shop.execute(order("3", ANNA, at=PAID_AT + DAY_S), NOW + DAY_S)
        assert allowed(shop, "3") == (500, 200, "month")
        assert shop.member(ANNA).used == of_buckets(
            {
                "cashback EUR/2 day 2026-02-02": 600,
                "cashback EUR/2 day 2026-02-03": 200,
                "cashback EUR/2 month 2026-02": 800,
            }
        )

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
        assert shop.member(ANNA).used == of_buckets({"cashback EUR/2 member": 800})

    @pytest.mark.parametrize(
        ("period", "days", "kept"), [("day", 1, 8), ("week", 7, 4), ("month", 31, 3), ("year", 366, 2)]
    )
    def test_only_the_latest_periods_are_remembered(self, period: Period, days: int, kept: int) -> None:
        assert KEPT_PERIODS[period] == kept
        shop = limited(per(period, 5), per("member", 9999))
        instants = [PAID_AT + number * days * DAY_S for number in range(kept + 2)]
        for number, instant in enumerate(instants):
            shop.execute(order(str(number), ANNA, at=instant), instant)
        used = shop.member(ANNA).used
        buckets = [shop.order(str(number)).terms.allowed[0].buckets[0] for number in range(kept + 2)]
        assert [used_in(used, bucket) for bucket in buckets] == [0, 0] + kept * [500]
        assert used["cashback EUR/2 member"] == (0, 500 * (kept + 2))

    def test_what_a_refund_has_freed_is_not_given_to_an_order_that_is_told_again(self) -> None:
        """Otherwise what an order gives would depend on how often a storefront tells of it."""
        shop = limited(per("member", 5))
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA))
        shop.execute(refund("1", amount=10_000))
        shop.execute(order("2", ANNA, stamp_ms=2, name="#2"))
        assert (allowed(shop, "2"), shop.available(ANNA)) == ((500, 0, "member"), 0)
        shop.execute(order("3", ANNA))
        assert (allowed(shop, "3"), shop.available(ANNA)) == ((500, 500, ""), 500)

    def test_an_order_that_is_told_again_much_later_leaves_its_buyers_record_as_it_is(self) -> None:
        """What is used in its period is not even forgotten: nothing is written that need not be."""
        shop = limited(per("day", 5))
        shop.execute(order("1", ANNA))
        shop.execute(order("1", ANNA, stamp_ms=2, name="#1"), NOW + 60 * DAY_S)
        assert [record.ref for record in shop.written] == [shop.order("1").ref]
        assert shop.member(ANNA).used == of_buckets({"cashback EUR/2 day 2026-02-02": 500})

    def test_a_day_that_is_heard_of_late_has_its_limit_still(self) -> None:
        shop = limited(per("day", 1))
        for day in range(4):
            shop.execute(order(f"d{day}", ANNA, at=PAID_AT + day * DAY_S), NOW + day * DAY_S)
        for number in range(3):
            shop.execute(order(str(number), ANNA), NOW + 4 * DAY_S)
        assert shop.available(ANNA) == 400

    def test_a_rule_that_comes_back_after_many_versions_gives_no_more_than_its_limit(self) -> None:
        """One that three versions in a row had left out began anew: 120 points of 90 in the shop 83760504000040."""
        shop = limited(per("member", 8), earn={"id": "paused"})
        shop.execute(order("1", ANNA))
        for number in range(5):
            shop.publish(
                programme_of(earn=[{"id": f"r{number}", "percent": Decimal(5), "limits": [per("member")]}]), NOW
            )
            shop.execute(order(f"between {number}", ANNA, at=NOW + number), NOW + number)
        before = shop.available(ANNA)
        shop.publish(
            programme_of(earn=[{"id": "paused", "percent": Decimal(5), "limits": [per("member", 8)]}]), NOW + 5
        )
        shop.execute(order("2", ANNA, at=NOW + 5), NOW + 5)
        shop.execute(order("3", ANNA, at=NOW + 6), NOW + 6)
        assert shop.available(ANNA) - before == 800 - 500


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
        assert shop.member(ANNA).used == of_buckets({"cashback EUR/2 month 2026-02": used})
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
        assert shop.member(ANNA).used == of_buckets({"cashback EUR/2 month 2026-02": 300})
        assert shop.member(BEN).used == of_buckets({"cashback EUR/2 month 2026-02": 500})
        assert (shop.available(ANNA), shop.available(BEN)) == (300, 500)

    def test_an_order_that_was_paid_in_an_earlier_period_counts_there(self) -> None:
        shop = limited(per("month", 5))
        shop.execute(order("1", ANNA))
        shop.execute(order("2", ANNA, at=PAID_AT - 5 * DAY_S))
        shop.execute(order("1", ANNA, at=PAID_AT - 6 * DAY_S, stamp_ms=2))
        assert allowed(shop, "1") == (500, 0, "month")
        assert shop.member(ANNA).used == of_buckets({"cashback EUR/2 month 2026-01": 500})
        shop.execute(order("3", ANNA))
        assert shop.member(ANNA).used == of_buckets({f"cashback EUR/2 month 2026-0{month}": 500 for month in (1, 2)})
        assert shop.available(ANNA) == 1000

    def test_one_that_stays_within_its_period_keeps_what_it_has(self) -> None:
        shop = limited(per("month", 5))
        shop.execute(order("1", ANNA))
        shop.execute(order("1", ANNA, at=PAID_AT - DAY_S, stamp_ms=2))
        assert allowed(shop, "1") == (500, 500, "")
        assert shop.member(ANNA).used == of_buckets({"cashback EUR/2 month 2026-02": 500})

    def test_another_currency_takes_it_along(self) -> None:
        shop = limited(per("month", {"EUR": 8, "USD": 8}), currencies=["USD"])
        shop.execute(order("1", ANNA))
        shop.execute(order("1", ANNA, stamp_ms=2, currency="USD"))
        assert shop.member(ANNA).used == of_buckets({"cashback USD/2 month 2026-02": 500})
        shop.execute(order("1", ANNA, stamp_ms=3, currency="CHF"))
        assert (shop.member(ANNA).used, shop.order("1").terms.allowed) == ({}, ())


def test_a_cent_fits_into_a_limit() -> None:
    shop = shop_of({"amount": 1, "per": "member"})
    shop.execute(order("1", ANNA, line(net=20)))
    assert shop.available(ANNA) == 1


def test_what_was_used_is_not_forgotten_by_an_order_that_comes_again() -> None:
    shop = limited(per("day", 5))
    shop.execute(order("1", ANNA))
    shop.execute(order("1", ANNA), NOW + 30 * DAY_S)
    assert shop.written == ()


def test_periods_that_are_long_over_are_forgotten_with_the_next_use_of_a_limit() -> None:
    shop = limited(per("day", 5))
    shop.execute(order("1", ANNA))
    shop.publish(programme_of(earn=[{"id": "b", "percent": Decimal(5), "limits": [per("member")]}]), NOW + 1)
    shop.execute(order("2", ANNA, at=NOW + 2), NOW + 2)
    assert {*shop.member(ANNA).used} == {"cashback EUR/2 day", "b EUR/2 member"}
    shop.execute(order("3", ANNA, at=NOW + 30 * DAY_S), NOW + 30 * DAY_S)
    assert {*shop.member(ANNA).used} == {"b EUR/2 member"}


def test_each_limit_counts_in_the_period_of_the_payment_or_in_all() -> None:
    rule = {"id": "review", "give": 20, "of": "EUR", "on": "review"}
    limits = [{"amount": 9, "per": "month"}, {"times": 1, "per": "day"}, {"amount": 9, "per": "member"}]
    programme = programme_of(earn=[rule | {"limits": limits}])
    sale = Sale("EUR", NOW, programme, activity="review")
    assert buckets(programme.earn[0], "EUR/2", sale) == (
        "review EUR/2 month 2026-02",
        "review # day 2026-02-02",
        "review EUR/2 member",
    )


@pytest.mark.parametrize(("used", "granted", "remaining"), [(0, 0, UNLIMITED), (1, 0, 0), (1, 20, UNLIMITED)])
def test_more_of_what_was_given_once_is_not_one_time_more(used: int, granted: int, remaining: int) -> None:
    rule = {"id": "review", "give": 20, "of": "EUR", "on": "review", "limits": [{"times": 1, "per": "member"}]}
    programme = programme_of(earn=[rule])
    member = Member(ANNA, used=of_buckets({"review # member": used}) if used else {})
    grant = Allowed(ANNA, "review", "EUR/2", granted, granted, "", ("review # member",))
    sale = Sale("EUR", NOW, programme, activity="review")
    assert list(quotas(member, programme.earn[0], grant, sale)) == [Quota(remaining, "member")]


@pytest.mark.parametrize(
    ("before", "after", "used"), [(0, 1, {"review # member": 1}), (1, 0, {}), (1, 2, {"review # member": 1})]
)
def test_a_single_point_is_one_time(before: int, after: int, used: dict[str, int]) -> None:
    grant = Allowed(ANNA, "review", "points", before, before, "", ("review # member",))
    member = Member(ANNA, used=of_buckets({"review # member": 1}) if before else {})
    assert counted(member, grant, after, NOW).used == of_buckets(used)
