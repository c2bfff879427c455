"""What is taken back after it was spent: a debt, or the loss of the shop; and chargebacks, which take back rewards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.core.calendar import VESTED_ALREADY
from chalicelib.domain.ledger.accounts import Account, Lot
from chalicelib.domain.ledger.transfers import LOSS, Posted
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CODE,
    DAY_S,
    DORA,
    NOW,
    adjust,
    bought,
    capture,
    disputed,
    hold,
    issue,
    line,
    merge,
    order,
    programme_of,
    redeem,
    refund,
    release,
    settle,
    void,
)
from tests.world.memory import Memory

OF_BEN = f"of-{BEN}"


def spent(clawback: str, amount: int = 400, **parts: Any) -> Memory:
    """Anna has earned 5.00 and spent some of it."""
    shop = Memory(programme_of(clawback=clawback, **parts))
    shop.execute(order("1", ANNA))
    shop.execute(redeem(amount))
    return shop


def last_postings(shop: Memory, member: str = ANNA) -> list[tuple[str, int]]:
    return [(posting.why.rule, posting.signed(member)) for posting in shop.entries(member)[-1].postings]


def losses(shop: Memory, order_id: str = "1") -> list[int]:
    return [posted.amount for posted in shop.order(order_id).posted if posted.account == LOSS]


class TestDebt:
    def test_it_is_a_debt_that_the_next_reward_pays(self) -> None:
        shop = spent("negative")
        shop.execute(void("1", ANNA))
        assert (shop.available(ANNA), last_postings(shop), losses(shop)) == (-400, [("cashback", -500)], [])
        shop.execute(order("2", ANNA))
        assert shop.available(ANNA) == 100

    def test_that_is_the_default(self) -> None:
        assert programme_of().clawback == "negative"


class TestLoss:
    def test_what_cannot_be_taken_back_is_written_off(self) -> None:
        shop = spent("loss")
        shop.execute(void("1", ANNA))
        assert shop.available(ANNA) == 0
        assert last_postings(shop) == [("cashback", -500), ("written-off", 400)]
        posting = shop.entries(ANNA)[-1].postings[-1]
        assert (posting.source, posting.vests_at, posting.expires_at) == (LOSS, 0, 0)
        assert shop.order("1").posted == (Posted(ANNA, "written-off", LOSS, "EUR/2", 0, 0, 400),)

    def test_what_is_there_is_taken_back(self) -> None:
        shop = spent("loss")
        shop.execute(refund("1", amount=2000))
        assert (shop.available(ANNA), last_postings(shop), losses(shop)) == (0, [("cashback", -100)], [])

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
        assert last_postings(shop) == [("cashback", -150), ("written-off", 150)]

    def test_a_revival_recovers_it_first(self) -> None:
        shop = spent("loss")
        shop.execute(void("1", ANNA))
        shop.execute(order("1", ANNA, stamp_ms=3))
        assert (shop.available(ANNA), last_postings(shop), losses(shop)) == (
            100,
            [("cashback", 500), ("written-off", -400)],
            [],
        )

    def test_a_small_rise_recovers_a_part(self) -> None:
        shop = spent("loss")
        shop.execute(void("1", ANNA))
        shop.execute(order("1", ANNA, line(net=2000), stamp_ms=3))
        assert (shop.available(ANNA), losses(shop)) == (0, [300])
        assert last_postings(shop) == [("cashback", 100), ("written-off", -100)]
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
        shop.publish(programme_of(clawback="loss"), effective_at=NOW)
        shop.execute(order("2", ANNA, line(net=4000), at=NOW), NOW + 1)
        assert shop.available(ANNA) == -300
        shop.execute(void("2", ANNA, at=NOW), NOW + 2)
        assert (shop.available(ANNA), losses(shop, "2")) == (-300, [200])

    def test_who_returns_what_was_bought_with_the_balance_loses_nothing(self) -> None:
        shop = Memory(programme_of(clawback="loss"))
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
        shop = Memory(programme_of(clawback=clawback, referral={"percent": 10}))
        shop.execute(issue())
        for friend in (BEN, CLEO):
            shop.execute(bought(friend))
        shop.execute(settle(BEN, CLEO))
        shop.execute(redeem(1500))
        return shop

    def lost(self, shop: Memory, number: int = 1) -> list[int]:
        return [posted.amount for posted in shop.groups(ANNA)[number - 1].posted if posted.account == LOSS]

    def test_a_partly_refunded_friend_costs_the_shop_what_was_spent(self) -> None:
        shop = self.shop()
        shop.execute(refund(OF_BEN, amount=8000))
        shop.execute(settle(BEN))
        assert (shop.available(ANNA), self.lost(shop)) == (0, [300])
        assert last_postings(shop) == [("referral-bonus", -800), ("written-off", 300)]

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
        assert last_postings(shop) == [("referral-bonus", 800), ("written-off", -300)]
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
        assert last_postings(shop) == [("referral-bonus", 2000), ("written-off", -1500)]

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
        shop = Memory(programme_of())
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
        shop = Memory(programme_of())
        shop.execute(disputed("1", 4000))
        assert shop.entries(ANNA) == []
        shop.execute(order("1", ANNA))
        assert shop.available(ANNA) == 300

    def test_it_gives_a_balance_back_that_was_spent_on_the_whole_of_it(self) -> None:
        shop = Memory(programme_of())
        shop.execute(order("0", ANNA))
        shop.execute(redeem(400, order="shop/1"))
        shop.execute(order("1", ANNA, deduction=400))
        shop.execute(disputed("1", 9600))
        assert shop.available(ANNA) == 500

    def test_what_was_spent_is_owed(self, shop: Memory) -> None:
        shop.execute(adjust(-500))
        shop.execute(disputed("1", 10_000))
        assert shop.available(ANNA) == -500


EXPIRING = {"id": "cashback", "percent": Decimal(5), "expire_days": 10}
MIDNIGHT = NOW - NOW % DAY_S
DAY_5, LATE = NOW + 5 * DAY_S, NOW + 20 * DAY_S


def won(order_id: str = "1") -> RecordOrder:
    return disputed(order_id, 10_000, 2, taken=False, closed=True)


class TestTakenBackAfterItWasSpent:
    """A reward that was spent and taken back comes back after its own end: it pays what taking it has cost."""

    @pytest.fixture
    def shop(self) -> Memory:
        """Anna has earned 5.00 that last for ten days, and spent them."""
        return spent("negative", 500, earn=[EXPIRING])

    def test_it_pays_its_own_debt(self, shop: Memory) -> None:
        shop.execute(disputed("1", 10_000))
        assert shop.available(ANNA) == -500
        shop.execute(won(), LATE)
        assert (shop.available(ANNA, now=LATE), last_postings(shop)) == (0, [("cashback", 500)])
        shop.execute(order("2", ANNA, at=LATE), LATE)
        assert shop.available(ANNA, now=LATE) == 500

    def test_what_had_expired_of_it_expires_again(self) -> None:
        shop = spent("negative", 300, earn=[EXPIRING])
        shop.execute(disputed("1", 10_000), LATE)
        assert shop.available(ANNA, now=LATE) == -300
        shop.execute(won(), LATE)
        assert (shop.available(ANNA, now=LATE), last_postings(shop)) == (0, [("cashback", 500), ("expired", -200)])

    def test_a_part_of_it_pays_a_part(self, shop: Memory) -> None:
        shop.execute(refund("1", amount=10_000))
        shop.execute(refund("1", amount=4000, stamp_ms=2), LATE)
        assert shop.available(ANNA, now=LATE) == -200

    def test_it_does_not_pay_another_orders_debt(self) -> None:
        shop = spent("negative", 500, earn=[EXPIRING])
        shop.execute(disputed("1", 10_000))
        shop.execute(order("2", ANNA, line(net=1000), at=DAY_5 - 30 * DAY_S), DAY_5)
        assert (shop.available(ANNA, now=DAY_5), last_postings(shop)) == (-500, [("cashback", 50), ("expired", -50)])

    def test_what_others_paid_for_it_is_theirs_again(self, shop: Memory) -> None:
        shop.execute(disputed("1", 10_000))
        shop.execute(order("2", ANNA, line(net=6000), at=DAY_5), DAY_5)
        assert shop.available(ANNA, now=DAY_5) == -200
        won_at = DAY_5 + 8 * DAY_S
        shop.execute(won(), won_at)
        assert (shop.available(ANNA, now=won_at), last_postings(shop)) == (300, [("cashback", 500)])
        assert [shop.available(ANNA, now=day * DAY_S + DAY_5) for day in (10, 11)] == [300, 0]

    def test_a_loss_is_settled_by_it_and_by_no_other_order(self) -> None:
        shop = spent("loss", 500, earn=[EXPIRING])
        shop.execute(disputed("1", 10_000))
        shop.execute(order("2", ANNA, at=LATE), LATE)
        shop.execute(won(), LATE)
        assert (shop.available(ANNA, now=LATE), losses(shop)) == (500, [])
        assert last_postings(shop) == [("cashback", 500), ("written-off", -500)]
        assert [shop.available(ANNA, now=LATE + day * DAY_S) for day in (10, 11)] == [500, 0]

    def test_a_loss_is_settled_step_by_step(self) -> None:
        shop = spent("loss", 300, earn=[EXPIRING])
        shop.execute(refund("1", "r1", amount=5000), LATE)
        shop.execute(refund("1", "r2", amount=5000), LATE)
        assert losses(shop) == [300]
        shop.execute(order("2", ANNA, at=LATE), LATE)
        shop.execute(refund("1", "r2", amount=0, stamp_ms=2), LATE)
        assert (shop.available(ANNA, now=LATE), losses(shop)) == (500, [50])
        shop.execute(refund("1", "r1", amount=0, stamp_ms=2), LATE)
        assert (shop.available(ANNA, now=LATE), losses(shop)) == (500, [])
        assert shop.available(ANNA, now=LATE + 1) == 500

    def test_a_bonus_that_comes_back_pays_what_was_owed_for_it(self) -> None:
        shop = Memory(programme_of(referral={"percent": 10, "friends": 1, "expire_days": 10}))
        shop.execute(issue())
        shop.execute(bought(BEN))
        shop.execute(settle(BEN))
        shop.execute(redeem(900))
        shop.execute(disputed(OF_BEN, 10_000))
        shop.execute(settle(BEN))
        assert shop.available(ANNA) == -900
        shop.execute(won(OF_BEN), LATE)
        shop.execute(settle(BEN), LATE)
        assert shop.available(ANNA, now=LATE) == 0

    def test_two_members_that_become_one_keep_it(self, shop: Memory) -> None:
        shop.execute(disputed("1", 10_000))
        shop.execute(order("2", BEN, at=DAY_5), DAY_5)
        shop.execute(merge(BEN), DAY_5)
        assert shop.available(ANNA, now=DAY_5) == 0
        shop.execute(won(), LATE - 7 * DAY_S)
        assert [shop.available(ANNA, now=day * DAY_S + DAY_5) for day in (8, 10, 11)] == [500, 500, 0]


class TestHeldWhenItIsTakenBack:
    """What a hold has set apart of a reward may yet pay; what it gives back was not spent, even after its end."""

    @pytest.fixture
    def shop(self) -> Memory:
        """Anna has earned 5.00 that last for ten days; 4.00 of them are held for a week."""
        shop = Memory(programme_of(earn=[EXPIRING]))
        shop.execute(order("1", ANNA))
        shop.execute(hold(400, minutes=7 * 1440), DAY_5)
        return shop

    @pytest.mark.parametrize("day", [1, 8])
    def test_what_ends_while_it_is_held_is_not_owed(self, shop: Memory, day: int) -> None:
        """The hold lapses on day 12, after the end of the lot, which is before or after the refund."""
        refunded = DAY_5 + (day - 2) * DAY_S
        shop.execute(refund("1", amount=10_000), refunded)
        assert shop.available(ANNA, now=refunded) == -400
        assert shop.available(ANNA, now=LATE) == 0
        shop.execute(order("2", ANNA, at=LATE), LATE)
        assert (shop.available(ANNA, now=LATE), last_postings(shop)) == (500, [("cashback", 500)])

    def test_released_after_its_end_neither(self, shop: Memory) -> None:
        shop.execute(refund("1", amount=10_000), DAY_5)
        shop.execute(release(), DAY_5 + 6 * DAY_S + DAY_S // 2)
        assert shop.available(ANNA, now=LATE) == 0

    def test_what_was_captured_is_owed(self, shop: Memory) -> None:
        shop.execute(refund("1", amount=10_000), DAY_5)
        shop.execute(capture(100), DAY_5)
        assert [shop.available(ANNA, now=now) for now in (DAY_5, LATE)] == [-100, -100]

    def test_it_is_no_loss(self) -> None:
        shop = Memory(programme_of(clawback="loss", earn=[EXPIRING]))
        shop.execute(order("1", ANNA))
        shop.execute(redeem(100))
        shop.execute(hold(300, minutes=7 * 1440), DAY_5)
        shop.execute(refund("1", amount=10_000), DAY_5)
        assert (shop.available(ANNA, now=DAY_5), losses(shop)) == (-300, [100])
        assert shop.available(ANNA, now=LATE) == 0

    def test_through_several_orders_that_are_refunded_too(self, shop: Memory) -> None:
        """Order 2 paid for order 1, and order 3 for order 2: what is released is order 3's."""
        shop.execute(order("2", ANNA, at=DAY_5), DAY_5)
        shop.execute(refund("1", amount=10_000), DAY_5)
        shop.execute(refund("2", amount=10_000), DAY_5)
        shop.execute(order("3", ANNA, at=DAY_5 + DAY_S), DAY_5 + DAY_S)
        assert shop.available(ANNA, now=DAY_5 + DAY_S) == 100
        shop.execute(release(), DAY_5 + DAY_S)
        assert [shop.available(ANNA, now=DAY_5 + day * DAY_S) for day in (1, 6, 11, 12)] == [500, 500, 500, 0]

    def test_the_order_that_is_refunded_loses_its_own_lot(self, shop: Memory) -> None:
        """What was taken of another order's while its own was held goes back there when the hold is released."""
        shop.execute(order("2", ANNA, at=DAY_5), DAY_5)
        shop.execute(refund("1", amount=10_000), DAY_5)
        assert shop.available(ANNA, now=DAY_5) == 100
        shop.execute(release(), DAY_5)
        assert [shop.available(ANNA, now=DAY_5 + day * DAY_S) for day in (0, 6, 10, 11)] == [500, 500, 500, 0]


class TestGivenBackBefore:
    """What was spent and given back lies in a lot that lasts longer than its own: there it is looked for."""

    @pytest.fixture
    def shop(self) -> Memory:
        """Anna has spent the 5.00 that she had earned on an order."""
        shop = Memory(programme_of(earn=[EXPIRING]))
        shop.execute(order("1", ANNA))
        shop.execute(redeem(500, order="shop/2"))
        shop.execute(order("2", ANNA, line(net=500), deduction=500))
        return shop

    def back(self, shop: Memory, amount: int = 500) -> None:
        """It is given back on day 5, for 30 days, of which the last is day 35."""
        shop.execute(refund("2", amount=amount), DAY_5)

    def test_what_expired_then_is_not_taken_a_second_time(self, shop: Memory) -> None:
        self.back(shop)
        gone = NOW + 40 * DAY_S
        assert [shop.available(ANNA, now=now) for now in (DAY_5, LATE, gone)] == [500, 500, 0]
        shop.execute(refund("1", amount=10_000), gone)
        assert (shop.available(ANNA, now=gone), last_postings(shop)) == (
            0,
            [("expired", -500), ("revived", 500), ("cashback", -500)],
        )

    def test_what_is_still_spent_is_owed(self, shop: Memory) -> None:
        self.back(shop, 200)
        gone = NOW + 40 * DAY_S
        shop.execute(refund("1", amount=10_000), gone)
        assert shop.available(ANNA, now=gone) == -300
        shop.execute(refund("2", "r2", amount=300), gone)
        assert shop.available(ANNA, now=gone) == 0

    def test_it_is_taken_before_what_other_orders_have_earned(self, shop: Memory) -> None:
        self.back(shop)
        shop.execute(order("3", ANNA, at=DAY_5), DAY_5)
        shop.execute(refund("1", amount=10_000), DAY_5)
        assert shop.member(ANNA).accounts["EUR/2"].lots == (Lot(500, VESTED_ALREADY, MIDNIGHT + 16 * DAY_S),)

    def test_what_another_order_left_unspent_is_not_given_again_for_it(self, shop: Memory) -> None:
        shop.execute(order("3", ANNA, at=DAY_5), DAY_5)
        shop.execute(refund("1", amount=10_000), LATE)
        assert shop.available(ANNA, now=LATE) == -500
        shop.execute(refund("3", amount=10_000), LATE)
        assert shop.available(ANNA, now=LATE) == -500

    def test_spent_and_given_back_again_it_is_still_the_first_orders(self, shop: Memory) -> None:
        self.back(shop)
        shop.execute(redeem(500, order="shop/4"), LATE)
        shop.execute(order("4", ANNA, line(net=500), at=LATE, deduction=500), LATE)
        shop.execute(refund("4", amount=500), LATE)
        gone = NOW + 60 * DAY_S
        shop.execute(refund("1", amount=10_000), gone)
        assert shop.available(ANNA, now=gone) == 0
        assert shop.member(ANNA).accounts["EUR/2"] == Account()
