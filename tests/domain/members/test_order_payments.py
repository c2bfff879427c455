"""What balances pay for an order: captured with its payment, given back with its refunds, whoever tells of it when."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.audit import record_checks
from chalicelib.domain.commands import Command, RecordOrder, Redeem, WriteDown
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.errors import Conflict, HoldNotOpen
from chalicelib.domain.events import HoldEnded, HoldMissed
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger.accounts import Account, Balance, Lot
from chalicelib.domain.ledger.transfers import BREAKAGE, LOSS, REDEEMED, REDEMPTION, Posting, Why
from chalicelib.domain.members.holds import MAX_WAITING
from chalicelib.domain.members.order_payments import reserved_in, with_holds_in_full
from chalicelib.domain.orders.facts import TRASHED, OrderFacts
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import (
    Entry,
    Hold,
    HoldRef,
    Missing,
    Order,
    OrderRef,
    Reserved,
    Spent,
    Worth,
)
from tests.domain.members.shops import (
    HOUR_S,
    MIDNIGHT,
    PAYS,
    deleted,
    expect_refused,
    expiring,
    hold_of,
    last,
    listed,
    shop_of,
    shop_of_anna,
)
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CONNECTION,
    DAY_S,
    NOW,
    OTHER_CODE,
    adjust,
    capture,
    hold,
    issue,
    merge,
    of_line,
    order,
    programme_of,
    redeem,
    refund,
    release,
    void,
)
from tests.world.memory import Memory


@pytest.fixture
def shop() -> Memory:
    return shop_of()


class TestGivingBack:
    """What was spent on an order follows the order."""

    def paid_with(self, amount: int, *, first: bool = True, **parts: Any) -> Memory:
        """An order of 100.00 paid with a balance, which is stated before or after the order."""
        shop = expiring(**parts)
        deliveries: list[Command] = [redeem(amount, order=PAYS), order("2", ANNA, deduction=amount)]
        for command in deliveries if first else reversed(deliveries):
            shop.execute(command)
        return shop

    @pytest.mark.parametrize("first", [True, False], ids=["spent-first", "order-first"])
    def test_a_cancelled_order_gives_all_of_it_back_to_its_lots(self, first: bool) -> None:
        shop = self.paid_with(600, first=first, spending={"return_days": 0})
        shop.execute(void("2", ANNA, deduction=600))
        assert shop.available(ANNA) == 1000
        assert shop.available(ANNA, now=MIDNIGHT + 31 * DAY_S) == 500
        assert shop.available(ANNA, now=MIDNIGHT + 61 * DAY_S) == 0
        returned = [posting for posting in last(shop) if posting.source == REDEMPTION]
        assert sum(posting.amount for posting in returned) == 600
        assert {(posting.why.rule, posting.why.note) for posting in returned} == {
            ("redemption", "refunded or cancelled")
        }
        shop.execute(void("2", ANNA, deduction=600))
        assert shop.written == ()

    def test_a_partial_refund_gives_its_share_back_and_what_was_spent_last_first(self) -> None:
        shop = self.paid_with(600)
        shop.execute(refund("2", lines=of_line("1", 1, net=2500).lines))
        kept_of = {
            posted.expires_at: -posted.amount for posted in shop.order("2").posted if posted.account == REDEMPTION
        }
        assert kept_of == {MIDNIGHT + 31 * DAY_S: 450}
        assert [posting.why.note for posting in last(shop) if posting.source == REDEMPTION] == [
            "refunded or changed"
        ] * 2

    @pytest.mark.parametrize(("back", "stays"), [(5000, 2), (4999, 2), (5001, 1), (8334, 0), (8333, 1), (10_000, 0)])
    def test_the_share_is_rounded_half_up(self, back: int, stays: int) -> None:
        shop = shop_of()
        shop.execute(redeem(3, order=PAYS))
        shop.execute(order("2", ANNA))
        shop.execute(refund("2", lines=of_line("1", 1, net=back).lines))
        assert -sum(posted.amount for posted in shop.order("2").posted if posted.account == REDEMPTION) == stays

    def test_an_order_known_and_partly_refunded_before_takes_its_share_only(self) -> None:
        shop = expiring()
        shop.execute(order("2", BEN))
        shop.execute(refund("2", lines=of_line("1", 1, net=2500).lines))
        answer = shop.execute(redeem(400, order=PAYS))
        assert answer["available"] == 700
        assert sum(posting.signed(ANNA) for posting in last(shop)) == -300
        assert last(shop)[-1].why.note == "refunded or changed"

    def test_a_refund_and_its_revival_take_it_again(self) -> None:
        shop = self.paid_with(600)
        shop.execute(void("2", ANNA, deduction=600))
        shop.execute(order("2", ANNA, deduction=600, stamp_ms=3))
        assert sum(-posted.amount for posted in shop.order("2").posted if posted.account == REDEMPTION) == 600
        assert shop.available(ANNA) == 1000 - 600 + 2 * 470

    def test_an_unpaid_order_that_is_cancelled_gives_it_back(self, shop: Memory) -> None:
        shop.execute(redeem(300, order=PAYS))
        shop.execute(order("2", ANNA, paid=False))
        assert shop.available(ANNA) == 200
        shop.execute(void("2", ANNA, paid=False))
        assert shop.available(ANNA) == 500

    @pytest.mark.parametrize(("days", "until"), [(30, 31), (1, 2), (5, 6)])
    def test_what_goes_back_to_an_expired_lot_lasts_some_days_more(self, days: int, until: int) -> None:
        shop = shop_of(earn=[{"id": "a", "percent": Decimal(5), "expire_days": 30}], spending={"return_days": days})
        shop.execute(redeem(500, order=PAYS))
        late = MIDNIGHT + 40 * DAY_S + 7 * HOUR_S
        shop.execute(void("2", ANNA, paid=False), late)
        gone = MIDNIGHT + (40 + until) * DAY_S
        assert [shop.available(ANNA, now=at) for at in (late, gone - 1, gone)] == [500, 500, 0]

    def test_without_return_days_it_is_gone_at_once(self) -> None:
        shop = shop_of(earn=[{"id": "a", "percent": Decimal(5), "expire_days": 30}], spending={"return_days": 0})
        shop.execute(redeem(500, order=PAYS))
        shop.execute(void("2", ANNA, paid=False), NOW + 40 * DAY_S)
        assert shop.available(ANNA, now=NOW + 40 * DAY_S) == 0
        assert [posting.why.rule for posting in last(shop)] == ["redemption", "expired"]

    def test_what_goes_back_to_a_lot_that_lasts_longer_is_not_shortened(self) -> None:
        shop = self.paid_with(1000, spending={"return_days": 40})
        shop.execute(void("2", ANNA, deduction=1000))
        assert shop.available(ANNA, now=MIDNIGHT + 41 * DAY_S - 1) == 1000
        assert shop.available(ANNA, now=MIDNIGHT + 41 * DAY_S) == 500
        assert shop.available(ANNA, now=MIDNIGHT + 61 * DAY_S) == 0

    def test_what_never_expires_still_does_not(self, shop: Memory) -> None:
        shop.execute(redeem(300, order=PAYS))
        shop.execute(void("2", ANNA))
        assert shop.available(ANNA, now=NOW + 9999 * DAY_S) == 500

    def test_a_friend_can_pay_and_gets_it_back(self, shop: Memory) -> None:
        shop.execute(redeem(300, order=PAYS))
        shop.execute(order("2", BEN, deduction=300))
        assert (shop.available(ANNA), shop.available(BEN)) == (200, 485)
        shop.execute(void("2", BEN, deduction=300))
        assert (shop.available(ANNA), shop.available(BEN)) == (500, 0)

    def test_two_who_pay_get_their_own_share_back(self, shop: Memory) -> None:
        shop.execute(order("b", BEN))
        shop.execute(redeem(300, order=PAYS))
        shop.execute(redeem(100, BEN, order=PAYS))
        shop.execute(order("2", ANNA))
        shop.execute(refund("2", lines=of_line("1", 1, net=5000).lines))
        assert (shop.available(ANNA), shop.available(BEN)) == (500 - 150 + 250, 450)


class TestPaidOrders:
    """A hold that waits for its order."""

    def waiting(self, amount: int = 300, **parts: Any) -> Memory:
        shop = shop_of(**parts)
        shop.execute(hold(amount, order=PAYS, capture_on_paid=True))
        return shop

    def test_it_stands_with_the_order(self) -> None:
        shop = self.waiting()
        assert (listed(shop), hold_of(shop).order) == (("h1",), PAYS)
        assert (shop.round_trips, len(shop.written)) == (1, 3)

    def test_without_capture_on_paid_the_order_only_lists_it(self, shop: Memory) -> None:
        shop.execute(hold(300, order=PAYS))
        assert shop.order("2").holds == (Reserved("h1", ANNA, "EUR/2", 300, NOW + HOUR_S, tied=False),)
        shop.execute(order("2", ANNA))
        assert (hold_of(shop).state, listed(shop)) == ("open", ("h1",))
        shop.execute(capture(200))
        assert (hold_of(shop).state, listed(shop)) == ("captured", ())

    def test_the_paid_order_captures_it(self) -> None:
        shop = self.waiting()
        shop.execute(order("2", ANNA, at=NOW, name="#2"), NOW + 60)
        assert (hold_of(shop).state, hold_of(shop).captured, hold_of(shop).ended_at) == ("captured", 300, NOW + 60)
        assert shop.balance(ANNA) == Balance(200 + 500, 0, 0)
        assert (listed(shop), shop.order("2").spent) == ((), (Spent(ANNA, "EUR/2", 300, VESTED_ALREADY, NO_EXPIRY),))
        entry = shop.entries(ANNA)[-1]
        assert (entry.cause, entry.label, [posting.amount for posting in entry.postings]) == (PAYS, "#2", [300, 500])
        assert shop.events[-1] == HoldEnded(ANNA, "h1", "captured", 300)
        shop.execute(order("2", ANNA, at=NOW, name="#2"), NOW + 60)
        assert shop.written == ()

    def test_an_unpaid_one_lets_it_wait(self) -> None:
        shop = self.waiting()
        shop.execute(order("2", ANNA, paid=False))
        assert (hold_of(shop).state, listed(shop)) == ("open", ("h1",))

    def test_the_cancelled_order_gives_it_back(self) -> None:
        shop = self.waiting()
        shop.execute(void("2", ANNA, paid=False), NOW + 60)
        assert (hold_of(shop).state, hold_of(shop).captured, hold_of(shop).ended_at) == ("returned", 0, NOW + 60)
        assert shop.balance(ANNA) == Balance(500, 0, 0)
        assert listed(shop) == ("h1",)
        assert shop.events[-1] == HoldEnded(ANNA, "h1", "returned", 0)

    def test_it_is_given_back_once(self) -> None:
        shop = self.waiting()
        shop.execute(void("2", ANNA, paid=False))
        shop.execute(void("2", ANNA, paid=False))
        assert shop.written == ()
        shop.execute(void("2", ANNA, paid=False, stamp_ms=3), NOW + 60)
        assert hold_of(shop).ended_at == NOW
        assert [event.state for event in shop.events if isinstance(event, HoldEnded)] == ["returned"]

    def test_cancelled_after_it_ran_out_it_is_given_back_too(self) -> None:
        shop = self.waiting()
        shop.execute(void("2", ANNA, paid=False), NOW + 2 * HOUR_S)
        assert (hold_of(shop).state, shop.available(ANNA)) == ("returned", 500)

    def test_the_other_members_holds_are_captured_together(self) -> None:
        shop = self.waiting()
        shop.execute(order("b", BEN))
        shop.execute(hold(100, "h2", BEN, order=PAYS, capture_on_paid=True))
        shop.execute(order("2", "", at=NOW))
        assert [hold_of(shop, hold_id).state for hold_id in ("h1", "h2")] == ["captured"] * 2
        assert (shop.available(ANNA), shop.available(BEN)) == (200, 400)

    def test_one_that_was_ended_by_hand_is_left_alone(self) -> None:
        shop = self.waiting()
        shop.execute(release())
        shop.execute(order("2", ANNA, at=NOW))
        assert (hold_of(shop).state, shop.available(ANNA), shop.order("2").spent) == ("released", 1000, ())

    def test_one_captured_by_hand_stands_with_the_order_once(self) -> None:
        shop = self.waiting()
        shop.execute(capture(200))
        assert listed(shop) == ()
        shop.execute(order("2", ANNA, at=NOW))
        assert [part.amount for part in shop.order("2").spent] == [200]
        assert shop.available(ANNA) == 300 + 500

    @pytest.mark.parametrize(
        ("known", "says"),
        [
            (order("2", ANNA), "the order shop/2 was paid already; redeem the balance instead"),
            (void("2", ANNA), "the order shop/2 was cancelled; the balance stays with the member"),
            (void("2", ANNA, paid=False), "the order shop/2 was cancelled; the balance stays with the member"),
            (deleted("2"), "the order shop/2 was cancelled; the balance stays with the member"),
            (order("2", ANNA, currency="JPY", paid=False), "the order shop/2 is in JPY; EUR/2 cannot pay for it"),
        ],
        ids=["paid", "cancelled", "never-paid-and-cancelled", "deleted", "of-another-currency"],
    )
    def test_it_does_not_wait_for_an_order_that_it_cannot_pay(
        self, shop: Memory, known: RecordOrder, says: str
    ) -> None:
        shop.execute(known)
        expect_refused(shop, hold(300, order=PAYS, capture_on_paid=True), Conflict, says)

    def test_one_of_another_currency_is_released_when_the_order_is_paid(self, shop: Memory) -> None:
        shop.execute(hold(300, order=PAYS, capture_on_paid=True))
        shop.execute(order("2", BEN, currency="JPY"))
        assert (shop.find(HoldRef("h1"), Hold).state, shop.available(ANNA), shop.order("2").spent) == (
            "released",
            500,
            (),
        )

    def test_after_a_declined_card_another_amount_can_be_held(self, shop: Memory) -> None:
        shop.execute(hold(300, order=PAYS, capture_on_paid=True))
        shop.execute(void("2", ANNA, paid=False, declined=True))
        shop.execute(hold(200, "h2", order=PAYS, capture_on_paid=True))
        shop.execute(order("2", ANNA, stamp_ms=3))
        states = [shop.find(HoldRef(hold_id), Hold).state for hold_id in ("h1", "h2")]
        assert states == ["released", "captured"]
        assert [part.amount for part in shop.order("2").spent] == [200]

    def test_a_released_one_is_not_waited_for(self, shop: Memory) -> None:
        shop.execute(hold(300, order=PAYS, capture_on_paid=True))
        shop.execute(release())
        assert listed(shop) == ()

    def test_an_order_waits_for_a_members_latest_only(self) -> None:
        shop = self.waiting()
        answer = shop.execute(hold(500, "h2", order=PAYS, capture_on_paid=True), NOW + 60)
        assert (answer["available"], listed(shop)) == (0, ("h2",))
        assert (hold_of(shop).state, hold_of(shop).captured, hold_of(shop).ended_at) == ("released", 0, NOW + 60)
        shop.execute(order("2", BEN, at=NOW + 60))
        assert [placed.captured for placed in shop.all(Hold)] == [0, 500]

    @pytest.mark.parametrize("declined", [False, True], ids=["open", "given-back-since"])
    def test_it_replaces_what_was_placed_before_the_member_was_merged(self, *, declined: bool) -> None:
        """A guest holds at the checkout, then signs in: Shopify's customers/merge (shopify.dev customerMerge)."""
        shop = self.waiting()
        shop.execute(order("b", BEN))
        if declined:
            shop.execute(void("2", ANNA, paid=False, declined=True))
        shop.execute(merge(ANNA, survivor=BEN))
        shop.execute(hold(400, "h2", BEN, order=PAYS, capture_on_paid=True), NOW + 60)
        assert (hold_of(shop).state, listed(shop)) == ("released", ("h2",))
        shop.execute(order("2", CLEO, at=NOW + 60, stamp_ms=3))
        assert [hold.captured for hold in shop.all(Hold)] == [0, 400]
        assert shop.available(BEN) == 500 + 500 - 400

    def test_what_one_that_was_given_back_has_paid_is_stated_of_the_member_that_was_merged_since(self) -> None:
        """So that the order, which names that member, and the ledger say the same (found by a simulated shop)."""
        shop = self.waiting()
        shop.execute(order("b", BEN))
        shop.execute(void("2", ANNA, paid=False, declined=True))
        shop.execute(merge(ANNA, survivor=BEN))
        shop.execute(order("2", CLEO, at=NOW + 60, stamp_ms=3))
        assert [part.member for part in shop.order("2").spent] == [ANNA]
        postings = [posting for entry in shop.all(Entry) for posting in entry.postings]
        assert [posting.why.of for posting in postings if posting.why.rule == REDEEMED] == [ANNA]

    def test_one_that_ran_out_is_replaced_too(self) -> None:
        shop = self.waiting()
        shop.execute(hold(200, "h2", order=PAYS, capture_on_paid=True), NOW + 2 * HOUR_S)
        assert (hold_of(shop).state, listed(shop)) == ("released", ("h2",))
        assert shop.balance(ANNA, now=NOW + 2 * HOUR_S) == Balance(300, 0, 200)

    def test_one_that_does_not_wait_for_the_order_replaces_none(self) -> None:
        shop = self.waiting()
        shop.execute(hold(200, "h2", order=PAYS))
        assert ([placed.state for placed in shop.all(Hold)], listed(shop)) == (["open"] * 2, ("h1", "h2"))

    def test_one_that_is_not_tied_and_ran_out_makes_place(self, shop: Memory) -> None:
        shop.execute(hold(200, order=PAYS))
        shop.execute(hold(300, "h2", order=PAYS), NOW + HOUR_S)
        assert listed(shop) == ("h2",)

    def test_an_order_waits_for_a_few_members(self, shop: Memory) -> None:
        for number in range(MAX_WAITING + 1):
            shop.execute(order(f"of-{number}", f"shop.m{number}"))
        for number in range(MAX_WAITING):
            shop.execute(hold(1, f"h{number}", f"shop.m{number}", order=PAYS, capture_on_paid=True))
        more = hold(1, "more", f"shop.m{MAX_WAITING}", order=PAYS, capture_on_paid=True)
        expect_refused(shop, more, Conflict, "8 holds wait for the order shop/2; release one of them first")
        shop.execute(hold(2, "again", "shop.m0", order=PAYS, capture_on_paid=True))
        shop.execute(release("h1", "shop.m1"))
        shop.execute(more)
        assert listed(shop) == (*(f"h{number}" for number in range(2, MAX_WAITING)), "again", "more")

    def test_a_cancelled_order_is_not_captured_by_hand(self, shop: Memory) -> None:
        shop.execute(hold(300, order=PAYS))
        shop.execute(void("2", ANNA))
        expect_refused(shop, capture(), Conflict, "the order shop/2 was cancelled; the balance stays with the member")

    def test_captured_by_hand_for_an_order_that_was_partly_refunded_takes_its_share(self, shop: Memory) -> None:
        shop.execute(hold(300, order=PAYS))
        shop.execute(order("2", BEN))
        shop.execute(refund("2", lines=of_line("1", 1, net=5000).lines))
        answer = shop.execute(capture())
        assert (answer["captured"], answer["available"]) == (300, 350)
        assert shop.entries(ANNA)[-1].cause == PAYS

    def test_captured_and_refunded_in_one_delivery(self) -> None:
        shop = self.waiting()
        both = order("2", BEN, at=NOW)
        shop.execute(refund("2", lines=of_line("1", 1, net=5000).lines))
        shop.execute(both)
        assert (hold_of(shop).captured, shop.available(ANNA)) == (300, 350)


class TestHeardLate:
    """A payment that is heard of after the hold ran out."""

    UNTIL = NOW + HOUR_S

    def waiting(self, **parts: Any) -> Memory:
        shop = shop_of(**parts)
        shop.execute(hold(300, order=PAYS, capture_on_paid=True))
        return shop

    def test_paid_in_time_it_is_captured(self) -> None:
        shop = self.waiting()
        shop.execute(order("2", BEN, at=self.UNTIL - 1), self.UNTIL)
        assert (hold_of(shop).state, hold_of(shop).captured, hold_of(shop).ended_at) == ("captured", 300, self.UNTIL)
        assert shop.available(ANNA) == 200
        assert shop.order("2").spent == (Spent(ANNA, "EUR/2", 300, VESTED_ALREADY, NO_EXPIRY),)
        assert shop.events[-1] == HoldEnded(ANNA, "h1", "captured", 300)

    def test_what_was_spent_elsewhere_is_owed(self) -> None:
        shop = self.waiting()
        shop.execute(redeem(400), self.UNTIL)
        shop.execute(order("2", BEN, at=self.UNTIL - 1), self.UNTIL + 5)
        assert shop.available(ANNA) == -200
        assert [posting.amount for posting in last(shop)] == [100, 200]
        shop.execute(void("2", BEN, at=self.UNTIL - 1))
        assert shop.available(ANNA) == 100

    def test_what_is_pending_is_owed_too_and_does_not_hide_the_debt(self) -> None:
        shop = self.waiting()
        shop.execute(redeem(500), self.UNTIL)
        shop.execute(order("2", BEN, at=NOW), self.UNTIL + 5)
        assert shop.available(ANNA) == -300

    def test_who_owes_already_owes_more(self) -> None:
        shop = self.waiting()
        shop.execute(redeem(500), self.UNTIL)
        shop.execute(void("1", ANNA), self.UNTIL)
        assert shop.available(ANNA) == -500
        shop.execute(order("2", BEN, at=NOW), self.UNTIL + 5)
        assert shop.available(ANNA) == -800

    @pytest.mark.parametrize(("late", "state"), [(299, "captured"), (300, "open")])
    def test_a_storefronts_clock_may_run_ahead_by_minutes(self, late: int, state: str) -> None:
        shop = self.waiting()
        shop.execute(order("2", BEN, at=self.UNTIL + late), self.UNTIL + late)
        assert hold_of(shop).state == state

    @pytest.mark.parametrize(
        ("shown", "state", "available"), [(1, "open", 500), (299, "open", 500), (300, "captured", 200)]
    )
    @pytest.mark.parametrize(
        "parts",
        [("deduction",), ("discounted",), ("deduction", "discounted")],
        ids=["stated-as-balance", "discounts", "a-fee-below-zero"],
    )
    def test_an_order_that_shows_as_much_as_the_hold_is_never_late(
        self, parts: tuple[str, ...], shown: int, state: str, available: int
    ) -> None:
        """Less is another discount: plugins take 1.00 off for the way of paying (woocommerce-payforpayment#27)."""
        shop = self.waiting()
        late = self.UNTIL + 9 * DAY_S
        shop.execute(order("2", BEN, at=late, **dict.fromkeys(parts, shown)), late)
        assert (hold_of(shop).state, shop.available(ANNA, now=late)) == (state, available)
        assert (HoldMissed(ANNA, "h1", PAYS) in shop.events) == (state == "open")

    def test_of_two_that_ran_out_the_order_must_show_both(self) -> None:
        shop = self.waiting()
        shop.execute(order("b", BEN))
        shop.execute(hold(200, "h2", BEN, order=PAYS, capture_on_paid=True))
        late = self.UNTIL + 9 * DAY_S
        shop.execute(order("2", CLEO, at=late, deduction=499), late)
        assert [hold_of(shop, name).state for name in ("h1", "h2")] == ["open", "captured"]

    @pytest.mark.parametrize("shows", [{"deduction": 200}, {"discounted": 499}], ids=["stated", "discounts"])
    def test_what_another_balance_has_paid_is_no_evidence_for_it(self, shows: dict[str, int]) -> None:
        """Ben's 2.00 explain what the order shows; Anna's 3.00 have lapsed and were not used."""
        shop = self.waiting()
        late = self.UNTIL + 9 * DAY_S
        shop.execute(order("b", BEN))
        shop.execute(hold(200, "h2", BEN, order=PAYS, capture_on_paid=True), late)
        shop.execute(order("2", BEN, at=late, **shows), late)
        assert [hold_of(shop, name).state for name in ("h1", "h2")] == ["open", "captured"]
        assert HoldMissed(ANNA, "h1", PAYS) in shop.events

    def test_what_expired_since_it_was_placed_comes_back_for_it(self) -> None:
        shop = shop_of(earn=[{"id": "a", "percent": Decimal(5), "expire_days": 1}])
        shop.execute(hold(300, order=PAYS, capture_on_paid=True))
        late = NOW + 3 * DAY_S
        shop.execute(WriteDown(ANNA), late - 1)
        assert [(posting.why.rule, posting.amount) for posting in last(shop)] == [("expired", 500)]
        shop.execute(order("2", BEN, at=NOW + 60), late)
        times = VESTED_ALREADY, MIDNIGHT + 2 * DAY_S
        assert last(shop) == (
            Posting(BREAKAGE, f"member:{ANNA}", 300, "EUR/2", *times, Why("revived")),
            Posting(f"member:{ANNA}", REDEMPTION, 300, "EUR/2", *times, Why("redemption")),
        )
        assert shop.member(ANNA).accounts["EUR/2"] == Account(lapsed=(Lot(200, *times),))
        assert shop.order("2").spent == (Spent(ANNA, "EUR/2", 300, *times),)

    def test_what_expired_before_it_was_placed_does_not(self) -> None:
        shop = expiring()
        shop.execute(hold(500, order=PAYS, capture_on_paid=True), NOW + 40 * DAY_S)
        shop.execute(redeem(500), NOW + 41 * DAY_S)
        shop.execute(order("2", BEN, at=NOW + 40 * DAY_S), NOW + 41 * DAY_S)
        assert shop.available(ANNA, now=NOW + 41 * DAY_S) == -500

    def test_paid_too_late_nothing_is_captured(self) -> None:
        shop = self.waiting()
        shop.execute(order("2", BEN, at=self.UNTIL + 300), self.UNTIL)
        assert (hold_of(shop).state, shop.available(ANNA, now=self.UNTIL)) == ("open", 500)
        assert (listed(shop), shop.order("2").spent) == ((), ())
        assert HoldMissed(ANNA, "h1", PAYS) in shop.events
        assert not [event for event in shop.events if isinstance(event, HoldEnded)]

    def test_what_was_spent_twice_is_owed_even_where_the_shop_bears_what_it_cannot_take_back(self) -> None:
        shop = self.waiting(clawback="loss")
        shop.execute(redeem(400), self.UNTIL)
        shop.execute(order("2", BEN, at=self.UNTIL - 1), self.UNTIL + 5)
        assert shop.available(ANNA) == -200
        assert [(posting.why.rule, posting.amount) for posting in last(shop)] == [
            ("redemption", 100),
            ("redemption", 200),
        ]
        shop.execute(void("2", BEN, at=self.UNTIL - 1), self.UNTIL + 6)
        assert shop.available(ANNA) == 100
        assert not [posted for posted in shop.order("2").posted if posted.account == LOSS]


class TestDeletedUnheard:
    """An order of which nothing is ever heard but its deletion: what a balance paid for it comes back."""

    def test_what_was_redeemed_for_it_comes_back(self, shop: Memory) -> None:
        shop.execute(redeem(300, order=PAYS))
        shop.execute(deleted("2"), NOW + 60)
        assert (shop.available(ANNA), shop.order("2").posted) == (500, ())
        assert shop.entries(ANNA)[-1].cause == PAYS
        shop.execute(deleted("2"), NOW + 90)
        assert shop.written == ()
        assert record_checks.of_order(shop.order("2"), shop.history()) == []

    def test_what_was_redeemed_for_one_in_the_trash(self, shop: Memory) -> None:
        """WooCommerce's order.deleted is the trash, from which an order can be restored."""
        trashed = RecordOrder(CONNECTION, "2", OrderFacts(trashed=TRASHED))
        shop.execute(redeem(300, order=PAYS))
        shop.execute(trashed, NOW + 60)
        assert shop.available(ANNA) == 500
        shop.execute(trashed, NOW + 90)
        assert shop.written == ()

    def test_what_was_captured_for_it_comes_back(self, shop: Memory) -> None:
        shop.execute(hold(300, order=PAYS))
        shop.execute(capture())
        shop.execute(deleted("2"))
        assert shop.available(ANNA) == 500

    def test_a_hold_that_is_tied_to_it(self, shop: Memory) -> None:
        shop.execute(hold(300, order=PAYS, capture_on_paid=True))
        shop.execute(deleted("2"), NOW + 60)
        assert (hold_of(shop).state, shop.available(ANNA)) == ("returned", 500)
        assert shop.events[-1] == HoldEnded(ANNA, "h1", "returned", 0)
        shop.execute(deleted("2"), NOW + 90)
        assert shop.written == ()

    def test_one_that_had_expired_can_be_spent_a_while_longer(self) -> None:
        shop = expiring(spending={"return_days": 10})
        shop.execute(redeem(500, order=PAYS))
        late = NOW + 100 * DAY_S
        shop.execute(deleted("2"), late)
        assert shop.available(ANNA, now=late) == 500

    def test_what_is_heard_of_the_order_afterwards_changes_nothing(self, shop: Memory) -> None:
        shop.execute(redeem(300, order=PAYS))
        shop.execute(deleted("2"))
        shop.execute(order("2", BEN, deduction=300))
        assert (shop.available(ANNA), shop.available(BEN)) == (500, 0)

    @pytest.mark.parametrize("pays", [redeem(300, order=PAYS), hold(300, order=PAYS)], ids=["redeem", "hold"])
    def test_once_it_is_heard_nothing_is_spent_on_it(self, shop: Memory, pays: Command) -> None:
        shop.execute(deleted("2"))
        expect_refused(shop, pays, Conflict, "the order shop/2 was cancelled; the balance stays with the member")


class TestToldAgain:
    """What is learned later is acted on when it is learned, or never: a redelivery ends no hold that came after it."""

    def test_a_hold_placed_after_a_declined_card_outlives_the_redelivery(self, shop: Memory) -> None:
        declined = void("2", ANNA, paid=False, declined=True)
        shop.execute(declined)
        shop.execute(hold(300, order=PAYS, capture_on_paid=True))
        shop.execute(declined)
        assert (shop.written, hold_of(shop).state) == ((), "open")
        shop.execute(void("2", ANNA, paid=False, declined=True, stamp_ms=9))
        assert hold_of(shop).state == "returned"


class TestPaidAfterAll:
    """A card that is declined cancels nothing for good: the order can be paid yet."""

    def failed(self, **parts: Any) -> Memory:
        shop = shop_of(**parts)
        shop.execute(hold(300, order=PAYS, capture_on_paid=True))
        shop.execute(void("2", ANNA, paid=False, declined=True, deduction=300), NOW + 60)
        return shop

    @pytest.mark.parametrize("deduction", [300, 250, 0])
    def test_it_is_captured_then(self, deduction: int) -> None:
        shop = self.failed()
        shop.execute(order("2", BEN, at=NOW + 90, deduction=deduction, stamp_ms=3), NOW + 95)
        assert (hold_of(shop).state, hold_of(shop).captured, hold_of(shop).ended_at) == ("captured", 300, NOW + 95)
        assert (shop.available(ANNA), listed(shop)) == (200, ())
        assert shop.order("2").spent == (Spent(ANNA, "EUR/2", 300, VESTED_ALREADY, NO_EXPIRY),)
        assert shop.events[-1] == HoldEnded(ANNA, "h1", "captured", 300)

    def test_what_was_spent_meanwhile_is_owed(self) -> None:
        shop = self.failed()
        shop.execute(redeem(500), NOW + 70)
        shop.execute(order("2", BEN, at=NOW + 90, deduction=300, stamp_ms=3), NOW + 95)
        assert shop.available(ANNA) == -300

    def test_days_later_only_if_the_order_says_so(self) -> None:
        for deduction, available in ((300, 200), (0, 500)):
            shop = self.failed()
            shop.execute(order("2", BEN, at=NOW + DAY_S, deduction=deduction, stamp_ms=3), NOW + DAY_S)
            assert shop.available(ANNA, now=NOW + DAY_S) == available

    def test_placed_anew_it_is_not_captured_twice(self) -> None:
        shop = self.failed()
        shop.execute(order("2", BEN, paid=False, stamp_ms=3), NOW + 70)
        shop.execute(hold(200, "h2", order=PAYS, capture_on_paid=True), NOW + 80)
        assert (hold_of(shop).state, listed(shop)) == ("released", ("h2",))
        shop.execute(order("2", BEN, at=NOW + 90, stamp_ms=4), NOW + 95)
        assert [placed.captured for placed in shop.all(Hold)] == [0, 200]
        assert shop.available(ANNA) == 300

    def test_nobody_else_ends_it(self) -> None:
        shop = self.failed()
        for end in (capture(), release()):
            expect_refused(shop, end, HoldNotOpen, "the hold h1 was returned at 2026-02-02T02:41:00Z", NOW + 90)

    def test_in_another_currency_it_is_released(self) -> None:
        shop = self.failed()
        shop.execute(order("2", BEN, at=NOW + 90, currency="JPY", stamp_ms=3), NOW + 95)
        assert (hold_of(shop).state, shop.available(ANNA)) == ("released", 500)


@pytest.mark.parametrize(("spent", "stays"), [(5, 3), (1, 1), (7, 4), (9, 5)])
def test_half_a_cent_stays_spent(spent: int, stays: int) -> None:
    """Half of the goods went back."""
    shop = shop_of_anna()
    shop.execute(redeem(spent, order=PAYS))
    shop.execute(order("2", ANNA))
    shop.execute(refund("2", lines=of_line("1", 1, net=5000).lines))
    assert shop.available(ANNA) == 500 - stays


def test_nothing_that_is_spent_no_more_is_remembered_as_nothing() -> None:
    shop = shop_of_anna()
    shop.execute(redeem(100, order=PAYS))
    shop.execute(order("2", ANNA))
    shop.execute(void("2", ANNA))
    assert shop.find(OrderRef(CONNECTION, "2"), Order).posted == ()
    assert shop.available(ANNA) == 500


def in_two_currencies() -> Memory:
    """Anna has 5.00 EUR and 5.00 USD, and earns nothing."""
    shop = Memory(programme_of(earn=[], currencies=["USD"]))
    shop.execute(issue())
    for asset in ("EUR/2", "USD/2"):
        shop.execute(adjust(500, asset=asset))
    return shop


def test_an_order_that_was_paid_and_cancelled_before_it_was_heard_of_can_still_capture_its_hold() -> None:
    shop = in_two_currencies()
    shop.execute(hold(300, order=PAYS, capture_on_paid=True))
    shop.execute(void("2", ANNA))
    assert (hold_of(shop).state, [placed.hold for placed in shop.order("2").holds]) == ("returned", ["h1"])
    shop.execute(order("2", ANNA, at=NOW, stamp_ms=3))
    assert (hold_of(shop).state, shop.order("2").holds, shop.available(ANNA)) == ("captured", (), 200)


def test_a_hold_that_ran_out_is_not_owed_where_one_in_force_explains_what_the_order_states() -> None:
    """Ben's was placed last and is over; the 3.00 that the order says were paid with balance are Anna's."""
    shop = in_two_currencies()
    shop.execute(issue(BEN, OTHER_CODE))
    shop.execute(adjust(500, BEN))
    shop.execute(hold(300, order=PAYS, capture_on_paid=True, minutes=60 * 24))
    shop.execute(hold(300, "h2", BEN, order=PAYS, capture_on_paid=True, minutes=1))
    late = NOW + 3600
    shop.execute(order("2", ANNA, at=late, deduction=300), late)
    assert (shop.available(ANNA, now=late), shop.available(BEN, now=late)) == (200, 500)
    assert HoldMissed(BEN, "h2", PAYS) in shop.events


def test_what_holds_would_pay_of_an_order_counts_by_asset_and_while_they_run() -> None:
    holds = (
        Reserved("h1", ANNA, "EUR/2", 300, NOW + 1),
        Reserved("h2", ANNA, "USD/2", 50, NOW + 1),
        Reserved("h3", BEN, "points", 40, NOW + 1, worth=Worth("EUR/2", 200)),
        Reserved("h4", BEN, "EUR/2", 7, NOW),
    )
    waiting = Order(CONNECTION, "2", holds=holds)
    assert [reserved_in(waiting, asset, NOW) for asset in ("EUR/2", "USD/2")] == [500, 50]


def test_holds_that_an_earlier_release_listed_by_id_are_read_together_and_no_others() -> None:
    full = Reserved("h1", ANNA, "EUR/2", 300, NOW + 1)
    waiting = Order(CONNECTION, "2", holds=(full, Reserved("h2"), Reserved("h3"), Reserved("h4")))
    with pytest.raises(Missing) as missing:
        with_holds_in_full(waiting, Facts({}, History()))
    assert missing.value.refs == {HoldRef(name) for name in ("h2", "h3", "h4")}
    ended = Hold("h3", ANNA, "EUR/2", 9, NOW, NOW + 1, state="captured")
    stored = Hold("h2", ANNA, "EUR/2", 9, NOW, NOW + 1)
    facts = Facts({HoldRef("h2"): stored, HoldRef("h3"): ended, HoldRef("h4"): None}, History())
    assert with_holds_in_full(waiting, facts).holds == (full, Reserved("h2", ANNA, "EUR/2", 9, NOW + 1))


def test_what_was_spent_in_another_currency_explains_nothing_of_what_the_order_states() -> None:
    shop = in_two_currencies()
    shop.execute(Redeem(ANNA, "USD/2", 50, order=PAYS))
    shop.execute(hold(300, order=PAYS, capture_on_paid=True))
    late = NOW + 9 * DAY_S
    shop.execute(order("2", ANNA, at=late, deduction=300), late)
    assert (hold_of(shop).captured, shop.available(ANNA, now=late)) == (300, 200)


def test_what_is_spent_on_an_order_of_which_nothing_is_kept_comes_back_and_leaves_no_trace_in_it() -> None:
    shop = in_two_currencies()
    shop.execute(order("2", ANNA))
    shop.execute(refund("2", amount=10_000))
    shop.execute(redeem(100, order=PAYS))
    assert (shop.order("2").posted, shop.available(ANNA)) == ((), 500)
