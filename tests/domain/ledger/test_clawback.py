"""What is taken back after it was spent: a debt, or the loss of the shop; and chargebacks, which take back rewards."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.ledger.transfers import LOSS, Posted
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CODE,
    DORA,
    NOW,
    adjust,
    bought,
    disputed,
    issue,
    line,
    order,
    programme,
    redeem,
    refund,
    settle,
    void,
)
from tests.world.memory import Memory

OF_BEN = f"of-{BEN}"


def spent(clawback: str, amount: int = 400, **parts: Any) -> Memory:
    """Anna has earned 5.00 and spent some of it."""
    shop = Memory(programme(clawback=clawback, **parts))
    shop.execute(order("1", ANNA))
    shop.execute(redeem(amount))
    return shop


def said(shop: Memory, member: str = ANNA) -> list[tuple[str, int]]:
    return [(each.why.rule, each.signed(member)) for each in shop.entries(member)[-1].postings]


def losses(shop: Memory, order_id: str = "1") -> list[int]:
    return [each.amount for each in shop.order(order_id).posted if each.account == LOSS]


class TestDebt:
    def test_it_is_a_debt_that_the_next_reward_pays(self) -> None:
        shop = spent("negative")
        shop.execute(void("1", ANNA))
        assert (shop.available(ANNA), said(shop), losses(shop)) == (-400, [("cashback", -500)], [])
        shop.execute(order("2", ANNA))
        assert shop.available(ANNA) == 100

    def test_that_is_the_default(self) -> None:
        assert programme().clawback == "negative"


class TestLoss:
    def test_what_cannot_be_taken_back_is_written_off(self) -> None:
        shop = spent("loss")
        shop.execute(void("1", ANNA))
        assert shop.available(ANNA) == 0
        assert said(shop) == [("cashback", -500), ("written-off", 400)]
        posting = shop.entries(ANNA)[-1].postings[-1]
        assert (posting.source, posting.vests_at, posting.expires_at) == (LOSS, 0, 0)
        assert shop.order("1").posted == (Posted(ANNA, "written-off", LOSS, "EUR/2", 0, 0, 400),)

    def test_what_is_there_is_taken_back(self) -> None:
        shop = spent("loss")
        shop.execute(refund("1", amount=2000))
        assert (shop.available(ANNA), said(shop), losses(shop)) == (0, [("cashback", -100)], [])

    def test_it_is_not_written_off_twice(self) -> None:
        shop = spent("loss")
        shop.execute(void("1", ANNA))
        shop.execute(void("1", ANNA))
        assert shop.written == ()
        shop.execute(refund("1", amount=1))
        assert losses(shop) == [400]
        assert len(shop.entries(ANNA)) == 3

    def test_each_refund_writes_off_its_own(self) -> None:
        shop = spent("loss", 500)
        shop.execute(refund("1", "r1", amount=2000))
        shop.execute(refund("1", "r2", amount=3000))
        assert losses(shop) == [250]
        assert said(shop) == [("cashback", -150), ("written-off", 150)]

    def test_a_revival_recovers_it_first(self) -> None:
        shop = spent("loss")
        shop.execute(void("1", ANNA))
        shop.execute(order("1", ANNA, stamp_ms=3))
        assert (shop.available(ANNA), said(shop), losses(shop)) == (100, [("cashback", 500), ("written-off", -400)], [])

    def test_a_small_rise_recovers_a_part(self) -> None:
        shop = spent("loss")
        shop.execute(void("1", ANNA))
        shop.execute(order("1", ANNA, line(net=2000), stamp_ms=3))
        assert (shop.available(ANNA), losses(shop)) == (0, [300])
        assert said(shop) == [("cashback", 100), ("written-off", -100)]
        shop.execute(order("1", ANNA, line(net=8000), stamp_ms=4))
        assert (shop.available(ANNA), losses(shop)) == (0, [])

    def test_another_order_does_not_recover_it(self) -> None:
        shop = spent("loss")
        shop.execute(void("1", ANNA))
        shop.execute(order("2", ANNA))
        assert (shop.available(ANNA), losses(shop)) == (500, [400])

    def test_an_old_debt_is_not_written_off_with_it(self) -> None:
        shop = spent("negative", 500)
        shop.execute(void("1", ANNA))
        shop.publish(programme(clawback="loss"), effective_at=NOW)
        shop.execute(order("2", ANNA, line(net=4000), at=NOW), NOW + 1)
        assert shop.available(ANNA) == -300
        shop.execute(void("2", ANNA, at=NOW), NOW + 2)
        assert (shop.available(ANNA), losses(shop, "2")) == (-300, [200])

    def test_who_returns_what_was_bought_with_the_balance_loses_nothing(self) -> None:
        shop = Memory(programme(clawback="loss"))
        shop.execute(order("0", ANNA))
        shop.execute(redeem(500, order="shop/1"))
        shop.execute(order("1", ANNA, deduction=500))
        shop.execute(void("1", ANNA, deduction=500))
        assert (shop.available(ANNA), losses(shop)) == (500, [])

    def test_another_buyer_takes_no_loss_along(self) -> None:
        shop = spent("loss")
        shop.execute(order("1", BEN, stamp_ms=2))
        assert (shop.available(ANNA), shop.available(BEN), losses(shop)) == (0, 500, [400])

    def test_each_currency_is_written_off_in_itself(self) -> None:
        shop = spent("loss", currencies=["USD"])
        shop.execute(order("1", ANNA, stamp_ms=2, currency="USD"))
        assert (shop.available(ANNA), shop.available(ANNA, "USD/2"), losses(shop)) == (0, 500, [400])


class TestBonuses:
    def shop(self, clawback: str = "loss") -> Memory:
        """Anna has spent 15.00 of a bonus of 20.00."""
        shop = Memory(programme(clawback=clawback, referral={"percent": 10}))
        shop.execute(issue())
        for friend in (BEN, CLEO):
            shop.execute(bought(friend))
        shop.execute(settle(BEN, CLEO))
        shop.execute(redeem(1500))
        return shop

    def lost(self, shop: Memory, number: int = 1) -> list[int]:
        return [each.amount for each in shop.groups(ANNA)[number - 1].posted if each.account == LOSS]

    def test_a_partly_refunded_friend_costs_the_shop_what_was_spent(self) -> None:
        shop = self.shop()
        shop.execute(refund(OF_BEN, amount=8000))
        shop.execute(settle(BEN))
        assert (shop.available(ANNA), self.lost(shop)) == (0, [300])
        assert said(shop) == [("referral-bonus", -800), ("written-off", 300)]

    def test_it_is_not_written_off_twice(self) -> None:
        shop = self.shop()
        shop.execute(refund(OF_BEN, amount=8000))
        shop.execute(settle(BEN))
        shop.execute(settle(BEN))
        assert shop.written == ()
        shop.execute(refund(OF_BEN, "r2", amount=1000))
        shop.execute(settle(BEN))
        assert self.lost(shop) == [400]

    def test_a_rise_recovers_it(self) -> None:
        shop = self.shop()
        shop.execute(disputed(OF_BEN, 8000))
        shop.execute(settle(BEN))
        shop.execute(disputed(OF_BEN, 8000, 2, taken=False, closed=True))
        shop.execute(settle(BEN))
        assert said(shop) == [("referral-bonus", 800), ("written-off", -300)]
        assert (shop.available(ANNA), self.lost(shop)) == (500, [])

    def test_a_broken_group_remembers_its_loss(self) -> None:
        shop = self.shop()
        shop.execute(void(OF_BEN, BEN, code=CODE))
        shop.execute(settle(BEN))
        assert (shop.available(ANNA), self.lost(shop)) == (0, [1500])
        shop.execute(settle(BEN))
        assert shop.written == ()

    def test_a_friend_who_counts_again_does_not_bring_the_bonus_a_second_time(self) -> None:
        """A chargeback that is won, or a revived order: the new group's bonus pays for the loss of the broken one."""
        shop = self.shop()
        for stamp_ms, void_ in ((2, True), (3, False)):
            shop.execute(bought(BEN, stamp_ms=stamp_ms, void=void_))
            shop.execute(settle(BEN))
        assert (shop.available(ANNA), self.lost(shop, 1), self.lost(shop, 2)) == (500, [], [])
        assert said(shop) == [("referral-bonus", 2000), ("written-off", -1500)]

    def test_another_friend_in_their_place_owes_nothing(self) -> None:
        shop = self.shop()
        shop.execute(bought(BEN, stamp_ms=2, void=True))
        shop.execute(settle(BEN))
        shop.execute(bought(DORA))
        shop.execute(settle(DORA))
        assert (shop.available(ANNA), self.lost(shop, 1), self.lost(shop, 2)) == (2000, [1500], [])

    def test_each_group_that_fell_has_its_own_loss(self) -> None:
        shop = self.shop()
        for friend in ("shop.e", "shop.f"):
            shop.execute(bought(friend))
        shop.execute(settle("shop.e", "shop.f"))
        shop.execute(redeem(2500))
        for friend in (BEN, "shop.e"):
            shop.execute(refund(f"of-{friend}", amount=8000))
        shop.execute(settle(BEN, "shop.e"))
        shop.execute(refund(f"of-{CLEO}", amount=8000))
        shop.execute(refund("of-shop.f", amount=9000))
        shop.execute(settle(CLEO, "shop.f"))
        assert (self.lost(shop, 1), self.lost(shop, 2)) == ([1600], [1700])
        assert shop.available(ANNA) == 0

    def test_otherwise_it_is_a_debt(self) -> None:
        shop = self.shop("negative")
        shop.execute(void(OF_BEN, BEN, code=CODE))
        shop.execute(settle(BEN))
        assert (shop.available(ANNA), self.lost(shop)) == (-1500, [])


class TestChargebacks:
    @pytest.fixture
    def shop(self) -> Memory:
        shop = Memory(programme())
        shop.execute(order("1", ANNA))
        return shop

    def test_one_that_is_opened_takes_its_share_and_one_that_is_won_gives_it_again(self, shop: Memory) -> None:
        shop.execute(disputed("1", 4000))
        assert shop.available(ANNA) == 300
        shop.execute(disputed("1", 4000))
        assert shop.written == ()
        shop.execute(disputed("1", 4000, 2, taken=False, closed=True))
        assert shop.available(ANNA) == 500

    def test_one_that_is_lost_stays_taken_whatever_comes_later(self, shop: Memory) -> None:
        shop.execute(disputed("1", 4000))
        shop.execute(disputed("1", 4000, 2, closed=True))
        shop.execute(disputed("1", 4000, 3, taken=False))
        assert shop.available(ANNA) == 300

    def test_an_inquiry_takes_nothing(self, shop: Memory) -> None:
        shop.execute(disputed("1", 4000, taken=False))
        assert shop.available(ANNA) == 500

    def test_a_refund_beside_it_adds_up_and_takes_no_more_than_was_earned(self, shop: Memory) -> None:
        shop.execute(refund("1", amount=3000))
        shop.execute(disputed("1", 4000))
        assert shop.available(ANNA) == 150
        shop.execute(disputed("1", 9000, name="d2"))
        assert shop.available(ANNA) == 0
        shop.execute(disputed("1", 9000, 2, taken=False, closed=True, name="d2"))
        assert shop.available(ANNA) == 150

    def test_one_that_is_heard_before_the_payment_waits_for_it(self) -> None:
        shop = Memory(programme())
        shop.execute(disputed("1", 4000))
        assert shop.entries(ANNA) == []
        shop.execute(order("1", ANNA))
        assert shop.available(ANNA) == 300

    def test_it_gives_a_balance_back_that_was_spent_on_the_whole_of_it(self) -> None:
        shop = Memory(programme())
        shop.execute(order("0", ANNA))
        shop.execute(redeem(400, order="shop/1"))
        shop.execute(order("1", ANNA, deduction=400))
        shop.execute(disputed("1", 9600))
        assert shop.available(ANNA) == 500

    def test_what_was_spent_is_owed(self, shop: Memory) -> None:
        shop.execute(adjust(-500))
        shop.execute(disputed("1", 10_000))
        assert shop.available(ANNA) == -500
