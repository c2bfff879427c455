"""Spending through decide(): what may be held, holds that end once, and redemptions."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import Command, PlaceHold, RecordOrder, Redeem, UpdateMember, WriteDown
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.errors import Conflict, HoldNotOpen, InsufficientBalance, InvalidInput, NotFound, Rejection
from chalicelib.domain.events import BalanceExpired, BalanceHeld, BalanceRedeemed, HoldEnded
from chalicelib.domain.ledger.accounts import MAX_HOLDS, Balance
from chalicelib.domain.ledger.transfers import REDEMPTION, Posted, Posting, Why
from chalicelib.domain.members.holds import HoldView, Redeemed, view_of
from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.programme.document import MAX_HOLD_MINUTES
from chalicelib.domain.records import Hold, HoldRef, Member, Order, OrderRef, Record, Reserved, Spent
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
    CODE,
    CONNECTION,
    DAY_S,
    NOW,
    OTHER_CODE,
    PAID_AT,
    adjust,
    capture,
    hold,
    issue,
    line,
    merge,
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


class TestPlacing:
    def test_what_is_held_is_not_available(self, shop: Memory) -> None:
        answer = shop.execute(hold(300))
        assert shop.balance(ANNA) == Balance(available=200, pending=0, held=300)
        assert answer == {
            "member": ANNA,
            "hold": "h1",
            "asset": "EUR/2",
            "amount": 300,
            "order": "",
            "state": "open",
            "captured": 0,
            "at": NOW,
            "until": NOW + HOUR_S,
            "ended_at": 0,
            "available": 200,
            "worth": 300,
            "worth_asset": "EUR/2",
        }
        assert hold_of(shop) == Hold("h1", ANNA, "EUR/2", 300, NOW, NOW + HOUR_S, version=1)
        assert shop.events[-1] == BalanceHeld(ANNA, "h1", 300, "EUR/2")

    def test_a_hold_moves_no_money_and_costs_one_read_and_two_writes(self, shop: Memory) -> None:
        shop.execute(hold(300))
        assert (shop.round_trips, len(shop.written), len(shop.entries(ANNA))) == (1, 2, 1)

    @pytest.mark.parametrize(
        ("spending", "minutes", "lasts"), [({}, None, 60), ({"hold_minutes": 20}, None, 20), ({}, 5, 5)]
    )
    def test_it_lasts_as_long_as_is_said(self, spending: dict[str, Any], minutes: int | None, lasts: int) -> None:
        shop = shop_of(spending=spending)
        shop.execute(hold(300, minutes=minutes))
        assert hold_of(shop).until == NOW + lasts * 60

    def test_without_a_programme_it_lasts_an_hour(self) -> None:
        shop = Memory()
        shop.execute(UpdateMember(ANNA, "", "", "", "", {}))
        shop.execute(adjust(5))
        assert shop.execute(hold(5))["until"] == NOW + HOUR_S

    def test_what_time_did_is_written_down_with_it(self) -> None:
        shop = expiring()
        shop.execute(hold(1), NOW + 40 * DAY_S)
        entry = shop.entries(ANNA)[-1]
        assert (entry.cause, entry.terms, [posting.why.rule for posting in entry.postings]) == ("time", 1, ["expired"])

    def test_several_holds_reserve_together(self, shop: Memory) -> None:
        shop.execute(hold(300))
        shop.execute(hold(200, "h2"))
        assert shop.balance(ANNA) == Balance(0, 0, 500)
        expect_refused(shop, hold(1, "h3"), InsufficientBalance, re.escape("0.01 EUR asked, 0.00 EUR there"))

    def test_a_member_has_few_open_holds(self, shop: Memory) -> None:
        for number in range(MAX_HOLDS):
            shop.execute(hold(10, f"h{number}"))
        expect_refused(shop, hold(10, "more"), Conflict, f"{ANNA} has 5 open holds; capture or release one")
        shop.execute(release("h0"))
        shop.execute(hold(10, "more"))
        shop.execute(hold(10, "later"), NOW + HOUR_S)
        assert shop.balance(ANNA, now=NOW + HOUR_S).held == 10

    def test_an_id_is_used_once(self, shop: Memory) -> None:
        shop.execute(hold(10))
        expect_refused(shop, hold(10), Conflict, "there is a hold h1 already; place this one again")

    def test_who_is_no_member_holds_nothing(self, shop: Memory) -> None:
        expect_refused(shop, hold(10, member=BEN), NotFound, f"there is no member {BEN}")
        expect_refused(shop, redeem(10, BEN), NotFound, f"there is no member {BEN}")


class TestAmounts:
    """What may be spent at once."""

    @pytest.mark.parametrize("command", [hold, redeem])
    @pytest.mark.parametrize(
        ("amount", "refusal", "says"),
        [
            (0, InvalidInput, "amount must be 1 or more, in minor units, got 0"),
            (-5, InvalidInput, "amount must be 1 or more, in minor units, got -5"),
            (501, InsufficientBalance, r"5\.01 EUR asked, 5\.00 EUR there"),
        ],
    )
    def test_it_is_more_than_nothing_and_at_most_what_is_available(
        self, shop: Memory, command: Any, amount: int, refusal: type[Rejection], says: str
    ) -> None:
        expect_refused(shop, command(amount), refusal, says)
        shop.execute(command(500))
        assert shop.available(ANNA) == 0

    @pytest.mark.parametrize("command", [hold, redeem])
    def test_it_reaches_the_minimum(self, command: Any) -> None:
        shop = shop_of(spending={"minimum": 2}, currencies=["USD"])
        expect_refused(
            shop, command(199), InvalidInput, r"amount must be at least 2\.00 EUR, as the programme says, got 1\.99 EUR"
        )
        shop.execute(command(200))
        assert shop.available(ANNA) == 300

    def test_a_minimum_of_another_currency_is_no_minimum(self) -> None:
        shop = shop_of(spending={"minimum": {"USD": 2}}, currencies=["USD"])
        shop.execute(redeem(1))
        assert shop.available(ANNA) == 499

    @pytest.mark.parametrize("command", [hold, redeem])
    @pytest.mark.parametrize(
        ("rule", "amount", "order_total", "says"),
        [
            ({"max_percent": 50}, 201, 400, "amount must be at most 50% of order_total, got 2.01 EUR"),
            ({"max_percent": Decimal("12.50")}, 126, 1000, "amount must be at most 12.5% of order_total, got 1.26 EUR"),
            ({"min_percent": 10}, 99, 1000, "amount must be at least 10% of order_total, got 0.99 EUR"),
            ({"max_percent": 100}, 401, 400, "amount must be at most 100% of order_total, got 4.01 EUR"),
            ({"max_percent": 50}, 1, 0, "amount must be at most 50% of order_total, got 0.01 EUR"),
            ({"max_percent": 50}, 200, None, "order_total must be given: the programme limits which share"),
            ({"min_percent": 50}, 200, None, "order_total must be given: the programme limits which share"),
        ],
    )
    def test_it_is_the_share_of_the_order_that_the_programme_allows(
        self, command: Any, rule: dict[str, Any], amount: int, order_total: int | None, says: str
    ) -> None:
        expect_refused(shop_of(spending=rule), command(amount, order_total=order_total), InvalidInput, says)

    @pytest.mark.parametrize(
        ("rule", "amount", "order_total"),
        [
            ({"max_percent": 50}, 200, 400),
            ({"min_percent": 10}, 100, 1000),
            ({"min_percent": 50, "max_percent": 50}, 200, 400),
            ({}, 200, None),
            ({}, 500, 1),
        ],
    )
    def test_as_much_as_the_limits_allow_is_spent(
        self, rule: dict[str, Any], amount: int, order_total: int | None
    ) -> None:
        shop = shop_of(spending=rule)
        shop.execute(redeem(amount, order_total=order_total))
        assert shop.available(ANNA) == 500 - amount

    @pytest.mark.parametrize("command", [hold, redeem])
    def test_what_was_spent_on_the_order_before_counts(self, command: Any) -> None:
        shop = shop_of(spending={"max_percent": 50})
        shop.execute(redeem(150, order=PAYS, order_total=400))
        says = "amount must be at most 50% of order_total, of which 1.50 EUR are spent or held already, got 0.51 EUR"
        expect_refused(shop, command(51, order=PAYS, order_total=400), InvalidInput, says)
        shop.execute(command(50, order=PAYS, order_total=400))

    def test_the_least_share_is_reached_together(self) -> None:
        shop = shop_of(spending={"min_percent": 50})
        shop.execute(redeem(200, order=PAYS, order_total=400))
        assert shop.execute(redeem(1, order=PAYS, order_total=402))["available"] == 299

    def test_without_a_programme_anything_available_can_be_spent(self) -> None:
        shop = Memory()
        shop.execute(UpdateMember(ANNA, "", "", "", "", {}))
        shop.execute(adjust(5))
        assert shop.execute(redeem(5, order_total=1))["available"] == 0


class TestOneOrder:
    """What several holds of one order are to each other."""

    def test_a_hold_that_is_not_tied_can_be_placed_for_an_order_that_was_paid(self, shop: Memory) -> None:
        shop.execute(order("2", ANNA))
        shop.execute(hold(300, order=PAYS))
        assert (hold_of(shop).state, listed(shop)) == ("open", ("h1",))
        expect_refused(shop, hold(1, "h2", order=PAYS, capture_on_paid=True), Conflict, "was paid already")

    def test_what_pays_for_an_order_names_it_as_its_rewards_do(self, shop: Memory) -> None:
        """The statement had `your order 2` beside `your order #2`."""
        shop.execute(order("2", ANNA, name="#2"))
        shop.execute(redeem(100, order=PAYS))
        shop.execute(hold(100, order=PAYS))
        shop.execute(capture())
        assert [entry.label for entry in shop.entries(ANNA)[-3:]] == ["#2", "#2", "#2"]
        shop.execute(redeem(100, order=f"{CONNECTION}/3"))
        assert (shop.entries(ANNA)[-1].cause, shop.entries(ANNA)[-1].label) == (f"{CONNECTION}/3", "")

    def test_holds_that_are_not_tied_stand_beside_each_other_and_beside_a_tied_one(self, shop: Memory) -> None:
        for hold_id, tied in (("h1", False), ("h2", False), ("h3", True)):
            shop.execute(hold(100, hold_id, order=PAYS, capture_on_paid=tied))
        assert (listed(shop), hold_of(shop).state, shop.available(ANNA)) == (("h1", "h2", "h3"), "open", 500 - 300)

    def test_a_tied_hold_of_one_currency_takes_the_place_of_one_of_another(self) -> None:
        """An order is paid in one currency."""
        shop = shop_of(currencies=["USD"])
        shop.execute(adjust(500, asset="USD/2"))
        shop.execute(hold(300, order=PAYS, capture_on_paid=True))
        shop.execute(PlaceHold(ANNA, "h2", "USD/2", 200, order=PAYS, capture_on_paid=True))
        assert (hold_of(shop).state, listed(shop), shop.available(ANNA)) == ("released", ("h2",), 500)

    def test_the_holds_that_a_new_one_takes_the_place_of_are_read_at_once(self) -> None:
        """Anna's own, and one of a member that was merged into her since."""
        shop = shop_of()
        shop.execute(issue(BEN, OTHER_CODE))
        shop.execute(adjust(500, BEN))
        shop.execute(hold(100, "h1", BEN, order=PAYS, capture_on_paid=True))
        shop.execute(merge(BEN))
        shop.execute(hold(200, "h2", order=PAYS, capture_on_paid=True))
        assert (hold_of(shop, "h1").state, hold_of(shop, "h2").state, listed(shop)) == ("released", "open", ("h2",))

    def test_a_hold_that_has_no_record_any_more_is_no_hindrance(self, shop: Memory) -> None:
        shop.execute(hold(100, order=PAYS, capture_on_paid=True))
        del shop.records[HoldRef("h1")]
        shop.execute(hold(200, "h2", order=PAYS, capture_on_paid=True))
        assert hold_of(shop, "h2").state == "open"

    def test_a_hold_that_was_ended_and_is_listed_still_is_not_ended_again(self, shop: Memory) -> None:
        shop.execute(hold(100, order=PAYS, capture_on_paid=True))
        ended = replace(hold_of(shop), state="captured", captured=100, ended_at=NOW)
        shop.records[HoldRef("h1")] = ended
        shop.execute(hold(200, "h2", order=PAYS, capture_on_paid=True))
        assert hold_of(shop) == ended

    def test_an_order_that_was_paid_after_a_declined_payment_and_is_cancelled_takes_no_hold(self, shop: Memory) -> None:
        shop.execute(order("2", ANNA, declined=True, void=True))
        expect_refused(shop, hold(1, order=PAYS), Conflict, "was cancelled")

    def test_an_asset_that_the_programme_does_not_have_is_refused_as_such(self, shop: Memory) -> None:
        expect_refused(shop, PlaceHold(ANNA, "h1", "CHF/2", 1), InvalidInput, "asset must be one of the programme's")


class TestCapture:
    def test_what_is_held_is_spent(self, shop: Memory) -> None:
        shop.execute(hold(300))
        answer = shop.execute(capture(), NOW + 60)
        assert shop.balance(ANNA) == Balance(200, 0, 0)
        assert last(shop) == (
            Posting(f"member:{ANNA}", REDEMPTION, 300, "EUR/2", VESTED_ALREADY, NO_EXPIRY, Why("redemption")),
        )
        entry = shop.entries(ANNA)[-1]
        assert (entry.cause, entry.at, entry.terms) == ("hold h1", NOW + 60, 1)
        assert (answer["state"], answer["captured"], answer["available"]) == ("captured", 300, 200)
        assert (hold_of(shop).state, hold_of(shop).captured, hold_of(shop).ended_at) == ("captured", 300, NOW + 60)
        assert shop.events[-2:] == [
            BalanceRedeemed(ANNA, 300, "EUR/2", "hold h1"),
            HoldEnded(ANNA, "h1", "captured", 300),
        ]

    def test_of_a_part_the_rest_goes_back_to_its_lots(self) -> None:
        shop = expiring()
        shop.execute(hold(800))
        shop.execute(capture(600))
        assert [(posting.amount, posting.expires_at) for posting in last(shop)] == [
            (500, MIDNIGHT + 31 * DAY_S),
            (100, MIDNIGHT + 61 * DAY_S),
        ]
        assert shop.available(ANNA, now=MIDNIGHT + 31 * DAY_S) == 400
        assert hold_of(shop).captured == 600

    @pytest.mark.parametrize(("amount", "told"), [(0, "0.00 EUR"), (-1, "-0.01 EUR"), (301, "3.01 EUR")])
    def test_it_is_a_part_of_what_is_held(self, shop: Memory, amount: int, told: str) -> None:
        shop.execute(hold(300))
        says = f"amount must be more than 0 and at most the 3.00 EUR that are held, got {told}"
        expect_refused(shop, capture(amount), InvalidInput, says)

    @pytest.mark.parametrize("amount", [1, 300])
    def test_a_part_of_a_hold_or_all_of_it_is_captured(self, shop: Memory, amount: int) -> None:
        shop.execute(hold(300))
        shop.execute(capture(amount))
        assert shop.available(ANNA) == 500 - amount

    @pytest.mark.parametrize("end", [capture(100), release()])
    @pytest.mark.parametrize("again", [capture(), release()])
    def test_a_hold_ends_once(self, shop: Memory, end: Command, again: Command) -> None:
        shop.execute(hold(300))
        shop.execute(end)
        state = hold_of(shop).state
        expect_refused(shop, again, HoldNotOpen, f"the hold h1 was {state} at 2026-02-02T02:40:00Z", NOW + 9)

    @pytest.mark.parametrize("end", [capture(), release()])
    def test_it_ends_by_time(self, shop: Memory, end: Command) -> None:
        shop.execute(hold(300, minutes=1))
        expect_refused(
            shop, end, HoldNotOpen, "the hold h1 ran out at 2026-02-02T02:41:00Z; redeem the balance instead", NOW + 60
        )
        shop.execute(end, NOW + 59)
        assert hold_of(shop).ended_at == NOW + 59

    @pytest.mark.parametrize("end", [capture, release])
    def test_it_is_of_its_member_only(self, shop: Memory, end: Any) -> None:
        shop.execute(hold(300))
        shop.execute(order("b", BEN))
        expect_refused(shop, end(member=BEN), NotFound, f"{BEN} has no hold h1")
        expect_refused(shop, end(hold_id="h2"), NotFound, f"{ANNA} has no hold h2")

    def test_what_expired_while_it_was_held_can_be_spent(self) -> None:
        shop = expiring()
        shop.execute(hold(500, minutes=60 * 24 * 40))
        shop.execute(capture(), NOW + 35 * DAY_S)
        assert [posting.why.rule for posting in last(shop)] == ["redemption"]
        assert shop.available(ANNA, now=NOW + 35 * DAY_S) == 500


class TestRelease:
    def test_all_of_it_goes_back(self) -> None:
        shop = expiring()
        lots = shop.member(ANNA).accounts["EUR/2"].lots
        shop.execute(hold(800))
        answer = shop.execute(release(), NOW + 60)
        assert shop.member(ANNA).accounts["EUR/2"].lots == lots
        assert (answer["state"], answer["captured"], answer["available"]) == ("released", 0, 1000)
        assert hold_of(shop).ended_at == NOW + 60
        assert len(shop.entries(ANNA)) == 1
        assert shop.events[-1] == HoldEnded(ANNA, "h1", "released", 0)

    def test_what_expired_while_it_was_held_is_written_down_with_it(self) -> None:
        """8.00 are held: 5.00 that are gone after 30 days, and 3.00 of those that are there for 60."""
        shop = expiring()
        shop.execute(hold(800, minutes=60 * 24 * 40))
        answer = shop.execute(release(), NOW + 35 * DAY_S)
        assert [(posting.why.rule, posting.signed(ANNA)) for posting in last(shop)] == [("expired", -500)]
        assert [lot.amount for lot in shop.member(ANNA).accounts["EUR/2"].lots] == [500]
        assert answer["available"] == 500

    def test_it_is_not_spent(self, shop: Memory) -> None:
        shop.execute(hold(300))
        shop.execute(release())
        shop.execute(redeem(500))
        assert shop.available(ANNA) == 0


class TestRedemption:
    def test_it_spends_what_expires_first(self) -> None:
        shop = expiring()
        answer = shop.execute(redeem(600))
        paid = {"worth": 600, "worth_asset": "EUR/2"}
        assert answer == {"member": ANNA, "entry": 2, "asset": "EUR/2", "amount": 600, "available": 400, **paid}
        assert [
            (posting.source, posting.destination, posting.amount, posting.expires_at) for posting in last(shop)
        ] == [
            (f"member:{ANNA}", REDEMPTION, 500, MIDNIGHT + 31 * DAY_S),
            (f"member:{ANNA}", REDEMPTION, 100, MIDNIGHT + 61 * DAY_S),
        ]
        assert (shop.entries(ANNA)[-1].cause, shop.entries(ANNA)[-1].terms) == ("redemption", 1)
        assert shop.events[-1] == BalanceRedeemed(ANNA, 100, "EUR/2", "redemption")

    def test_it_does_not_touch_what_is_held(self, shop: Memory) -> None:
        shop.execute(hold(300))
        expect_refused(shop, redeem(201), InsufficientBalance, r"2\.01 EUR asked, 2\.00 EUR there")
        shop.execute(redeem(200))
        assert shop.balance(ANNA) == Balance(0, 0, 300)

    def test_for_an_order_it_stands_with_it(self, shop: Memory) -> None:
        shop.execute(redeem(300, order=PAYS))
        assert shop.round_trips == 1
        stored = shop.order("2")
        assert stored.spent == (Spent(ANNA, "EUR/2", 300, VESTED_ALREADY, NO_EXPIRY),)
        assert stored.posted == (Posted(ANNA, "redemption", REDEMPTION, "EUR/2", VESTED_ALREADY, NO_EXPIRY, -300),)
        assert shop.entries(ANNA)[-1].cause == PAYS

    def test_two_for_one_order_add_up(self, shop: Memory) -> None:
        shop.execute(redeem(300, order=PAYS))
        shop.execute(redeem(100, order=PAYS))
        assert sum(part.amount for part in shop.order("2").spent) == 400
        shop.execute(void("2", ANNA))
        assert shop.available(ANNA) == 500

    def test_an_order_of_another_connection_is_another(self, shop: Memory) -> None:
        shop.execute(redeem(300, order="till/2/x"))
        assert shop.find(OrderRef("till", "2/x"), Order).spent

    def test_a_cancelled_order_cannot_be_paid(self, shop: Memory) -> None:
        shop.execute(void("2", ANNA))
        expect_refused(shop, redeem(300, order=PAYS), Conflict, "the order shop/2 was cancelled")

    @pytest.mark.parametrize("pays", [redeem(300, order=PAYS), hold(300, order=PAYS, capture_on_paid=True)])
    def test_nor_can_one_that_was_deleted_unseen(self, shop: Memory, pays: Command) -> None:
        shop.execute(RecordOrder(CONNECTION, "2", OrderFacts(deleted=True)))
        expect_refused(shop, pays, Conflict, "the order shop/2 was cancelled")


class TestShareOfSeveral:
    """`max_percent` is kept by all holds and redemptions for one order together (nopCommerce #4905)."""

    def shop(self) -> Memory:
        """Anna and Ben have 5.00 each, and at most half of an order can be paid with balance."""
        shop = Memory(programme_of(spending={"max_percent": 50}))
        for member in (ANNA, BEN):
            shop.execute(order(f"of-{member}", member))
        return shop

    @pytest.mark.parametrize(
        ("before", "then"),
        [
            (hold(250, order=PAYS, order_total=500), hold(250, "h2", order=PAYS, order_total=500)),
            (hold(250, order=PAYS, order_total=500, capture_on_paid=True), redeem(250, order=PAYS, order_total=500)),
            (redeem(250, order=PAYS, order_total=500), hold(250, order=PAYS, order_total=500, capture_on_paid=True)),
            (
                hold(250, order=PAYS, order_total=500, capture_on_paid=True),
                hold(250, "h2", BEN, order=PAYS, order_total=500, capture_on_paid=True),
            ),
            (hold(250, order=PAYS, order_total=500), hold(1, "h2", BEN, order=PAYS, order_total=500)),
            (redeem(250, order=PAYS, order_total=500), redeem(250, order=PAYS, order_total=500)),
        ],
        ids=["two-holds", "tied-and-redeemed", "redeemed-and-tied", "two-members", "one-cent-more", "two-redemptions"],
    )
    def test_more_than_the_share_of_all_together_is_refused(self, before: Command, then: Command) -> None:
        shop = self.shop()
        shop.execute(before)
        expect_refused(shop, then, InvalidInput, "at most 50% of order_total, of which 2.50 EUR are spent or held")

    def test_a_hold_that_replaces_another_does_not_count_beside_it(self) -> None:
        shop = self.shop()
        shop.execute(hold(250, order=PAYS, order_total=500, capture_on_paid=True))
        shop.execute(hold(200, "h2", order=PAYS, order_total=500, capture_on_paid=True))
        assert listed(shop) == ("h2",)

    @pytest.mark.parametrize(
        ("end", "later"), [(release(), NOW), (None, NOW + HOUR_S)], ids=["released", "its-time-is-over"]
    )
    def test_one_that_has_ended_does_not_count(self, end: Command | None, later: int) -> None:
        shop = self.shop()
        shop.execute(hold(250, order=PAYS, order_total=500))
        if end:
            shop.execute(end)
        shop.execute(redeem(250, order=PAYS, order_total=500), later)
        assert shop.available(ANNA, now=later) == 250

    def test_what_was_captured_of_one_counts_once(self) -> None:
        shop = self.shop()
        shop.execute(hold(250, order=PAYS, order_total=500))
        shop.execute(capture(100))
        shop.execute(redeem(150, order=PAYS, order_total=500))
        expect_refused(shop, redeem(1, order=PAYS, order_total=500), InvalidInput, "of which 2.50 EUR are spent")

    @pytest.mark.parametrize(
        "then", [redeem(1, order=PAYS, order_total=500), hold(1, "h2", order=PAYS, order_total=500)]
    )
    def test_one_that_an_earlier_release_listed_by_its_id_counts(self, then: Command) -> None:
        shop = self.shop()
        shop.execute(hold(250, order=PAYS, order_total=500, capture_on_paid=True))
        shop.commit([replace(shop.order("2"), holds=(Reserved("h1"), Reserved("gone")))])
        expect_refused(shop, then, InvalidInput, "of which 2.50 EUR are spent or held already")


class TestIdleness:
    """A balance is gone so many days after its owner last did something."""

    def test_a_redemption_keeps_it_alive(self) -> None:
        shop = shop_of(inactive_days=10)
        assert shop.available(ANNA, now=MIDNIGHT + 11 * DAY_S - 1) == 500
        assert shop.available(ANNA, now=MIDNIGHT + 11 * DAY_S) == 0
        shop.execute(redeem(100), NOW + 10 * DAY_S)
        assert shop.available(ANNA, now=MIDNIGHT + 21 * DAY_S - 1) == 400
        assert shop.available(ANNA, now=MIDNIGHT + 21 * DAY_S) == 0

    def test_an_order_keeps_it_alive_and_a_refund_does_not(self) -> None:
        shop = shop_of(inactive_days=10)
        shop.execute(order("2", ANNA, line(net=2000), at=PAID_AT + 5 * DAY_S), NOW + 5 * DAY_S)
        shop.execute(refund("2", amount=1000), NOW + 9 * DAY_S)
        assert shop.available(ANNA, now=MIDNIGHT + 16 * DAY_S - 1) == 550
        assert shop.available(ANNA, now=MIDNIGHT + 16 * DAY_S) == 0

    def test_a_programme_without_the_rule_ends_it(self) -> None:
        shop = shop_of(inactive_days=10)
        shop.publish(programme_of(), effective_at=NOW + DAY_S)
        shop.execute(redeem(100), NOW + 2 * DAY_S)
        assert shop.available(ANNA, now=NOW + 999 * DAY_S) == 400

    def test_a_refund_of_what_was_gone_takes_nothing_newer(self) -> None:
        shop = shop_of(inactive_days=10, earn=[{"id": "a", "percent": Decimal(5), "expire_days": 100}])
        shop.execute(order("2", ANNA, at=PAID_AT + 20 * DAY_S), NOW + 20 * DAY_S)
        shop.execute(void("1", ANNA), NOW + 21 * DAY_S)
        assert shop.available(ANNA, now=NOW + 21 * DAY_S) == 500


def test_what_expired_while_it_was_held_is_written_down_with_a_partial_capture() -> None:
    """The rest that comes back has expired by then: it must not leave the record without a posting."""
    shop = Memory(programme_of(earn=[{"id": "cashback", "percent": 5, "expire_days": 1}]))
    shop.execute(order("1", ANNA))
    shop.execute(hold(500, minutes=MAX_HOLD_MINUTES))
    shop.execute(capture(200), NOW + 3 * DAY_S)
    account = shop.member(ANNA).accounts["EUR/2"]
    posted = sum(posting.signed(ANNA) for entry in shop.entries(ANNA) for posting in entry.postings)
    assert (account.stored, posted) == (0, 0)
    assert [posting.why.rule for posting in shop.entries(ANNA)[-1].postings] == ["redemption", "expired"]


def test_the_holds_of_all_who_were_merged_into_the_member_are_read_together() -> None:
    """The order, whose holds they are, and then they themselves."""
    shop = shop_of_anna()
    holds = [Hold(name, BEN, "EUR/2", 100, NOW, NOW + HOUR_S, order=PAYS, state="released") for name in ("h2", "h3")]
    reserved = tuple(Reserved(placed.hold, BEN, "EUR/2", 100, NOW + HOUR_S) for placed in holds)
    records: list[Record] = [*holds, Member(BEN, alias=ANNA), Order(CONNECTION, "2", holds=reserved)]
    shop.records |= {record.ref: record for record in records}
    shop.execute(hold(100, order=PAYS, capture_on_paid=True))
    assert (shop.round_trips, hold_of(shop).state) == (3, "open")


def test_an_answer_of_an_earlier_release_says_nothing_of_a_worth() -> None:
    view = HoldView(ANNA, "h1", "EUR/2", 100, "", "open", 0, NOW, NOW + HOUR_S, 0, 400)
    redeemed = Redeemed(ANNA, 1, "EUR/2", 100, 400)
    assert (view.worth, view.worth_asset) == (redeemed.worth, redeemed.worth_asset) == (0, "")


def test_a_hold_for_no_order_waits_for_none_even_if_it_should() -> None:
    shop = shop_of_anna()
    shop.execute(hold(100, capture_on_paid=True))
    assert hold_of(shop).order == ""
    assert shop.all(Order) == []


@pytest.mark.parametrize("end", [capture(), release()], ids=["capture", "release"])
def test_a_hold_ends_after_one_round_trip_and_reads_no_order(end: Command) -> None:
    shop = shop_of_anna()
    shop.execute(hold(100))
    assert None not in shop.asked(end)
    shop.execute(end)
    assert shop.round_trips == 1
    assert None not in shop.asked(redeem(1))


def test_a_hold_for_no_order_reads_none() -> None:
    assert None not in shop_of_anna().asked(hold(100))


def test_placing_a_hold_tells_what_time_has_done() -> None:
    rules = [{"id": "a", "percent": 5, "expire_days": 3}]
    shop = Memory(programme_of(earn=rules))
    shop.execute(order("1", ANNA))
    shop.execute(adjust(700))
    shop.events.clear()
    shop.execute(hold(100), NOW + 9 * DAY_S)
    assert shop.events == [BalanceExpired(ANNA, 500, "EUR/2"), BalanceHeld(ANNA, "h1", 100, "EUR/2")]


def test_what_is_captured_for_an_order_that_nobody_has_heard_of_is_noted_with_it() -> None:
    shop = shop_of_anna()
    shop.execute(hold(100, order=PAYS))
    shop.execute(capture())
    assert [part.amount for part in shop.order("2").spent] == [100]


def test_what_another_process_has_written_down_already_cannot_be_captured() -> None:
    """Its clock is two hours ahead."""
    shop = shop_of_anna()
    shop.execute(hold(100))
    shop.execute(WriteDown(ANNA), NOW + 7200)
    with pytest.raises(HoldNotOpen, match="the hold h1 has just ended; redeem the balance instead"):
        shop.execute(capture())


def test_an_order_that_does_not_list_a_hold_is_left_alone_by_its_release() -> None:
    """Orders of an earlier release listed only those that were tied."""
    shop = shop_of_anna()
    shop.execute(hold(100, order=PAYS))
    shop.commit([replace(shop.order("2"), holds=())])
    shop.execute(release())
    assert not [record for record in shop.written if isinstance(record, Order)]


def waiting(*members: str) -> Memory:
    """Each has 1.00 set apart for one order; their holds are called after them."""
    shop = shop_of_anna()
    for member in members:
        shop.execute(issue(member, OTHER_CODE if member == BEN else CODE))
        shop.execute(adjust(500, member))
        shop.execute(hold(100, f"of-{member}", member, order=PAYS, capture_on_paid=True))
    return shop


def test_an_order_goes_on_waiting_for_its_other_hold() -> None:
    shop = waiting(ANNA, BEN)
    shop.execute(release(f"of-{BEN}", BEN))
    assert [reserved.hold for reserved in shop.order("2").holds] == [f"of-{ANNA}"]


@pytest.mark.parametrize(
    ("state", "now", "shown"),
    [
        ("open", NOW, "open"),
        ("open", NOW + 3599, "open"),
        ("open", NOW + 3600, "lapsed"),
        ("captured", NOW + 3600, "captured"),
        ("released", NOW + 9999, "released"),
    ],
)
def test_a_hold_lapses_when_its_time_has_come(state: str, now: int, shown: str) -> None:
    shop = shop_of_anna()
    shop.execute(hold(100))
    assert view_of(replace(hold_of(shop), state=state), shop.member(ANNA), now).state == shown


def test_the_holds_of_an_order_are_read_together() -> None:
    """The order with its buyer, the two holds, and the member whom only a hold names."""
    shop = waiting(ANNA, BEN)
    shop.execute(order("2", ANNA))
    assert shop.round_trips == 3
    assert [hold_of(shop, f"of-{member}").state for member in (ANNA, BEN)] == ["captured"] * 2


def test_a_hold_that_has_ended_or_was_never_there_is_not_ended_again() -> None:
    """Records of an earlier release named both."""
    shop = shop_of_anna()
    shop.execute(hold(100))
    shop.execute(release())
    shop.commit([Order(CONNECTION, "2", holds=(Reserved("gone"), Reserved("h1")))])
    shop.execute(order("2", ANNA))
    assert shop.order("2").holds == ()
    assert (hold_of(shop).state, shop.available(ANNA)) == ("released", 500)


def test_only_the_members_own_hold_is_read_when_another_is_placed() -> None:
    """The member, the hold and the order; then the one that it replaces, not the other member's."""
    shop = waiting(ANNA, BEN)
    again = hold(100, order=PAYS, capture_on_paid=True)
    assert {ref for ref in shop.asked(again) if isinstance(ref, HoldRef)} == {HoldRef("h1"), HoldRef(f"of-{ANNA}")}
    shop.execute(again)
    assert shop.round_trips == 2


def test_a_hold_that_has_ended_or_was_never_there_is_not_replaced() -> None:
    """Records of an earlier release named both."""
    shop = shop_of_anna()
    shop.execute(hold(100))
    shop.execute(release())
    shop.commit([Order(CONNECTION, "2", holds=(Reserved("gone"), Reserved("h1")))])
    shop.execute(hold(100, "h2", order=PAYS, capture_on_paid=True), NOW + 60)
    assert (hold_of(shop).ended_at, [reserved.hold for reserved in shop.order("2").holds]) == (NOW, ["h2"])


@pytest.mark.parametrize("pays", [capture(), redeem(100, order=PAYS)], ids=["capture", "redeem"])
def test_only_a_new_hold_can_be_placed_for_an_order_whose_card_was_declined(pays: Command) -> None:
    shop = shop_of_anna()
    shop.execute(hold(100, order=PAYS))
    shop.execute(void("2", ANNA, paid=False, declined=True))
    with pytest.raises(Conflict, match="the order shop/2 was cancelled; the balance stays with the member"):
        shop.execute(pays)


def test_no_hold_can_be_placed_for_an_order_that_was_deleted_after_its_card_was_declined() -> None:
    shop = shop_of_anna()
    shop.execute(void("2", ANNA, paid=False, declined=True))
    shop.execute(deleted("2"))
    expect_refused(shop, hold(100, order=PAYS), Conflict, "the order shop/2 was cancelled; the balance stays")


def test_the_share_of_an_order_is_of_its_own_currency() -> None:
    shop = shop_of_anna(spending={"max_percent": 50}, currencies=["USD"])
    shop.execute(adjust(500, asset="USD/2"))
    shop.execute(Redeem(ANNA, "USD/2", 150, order=PAYS, order_total=400))
    shop.execute(redeem(200, order=PAYS, order_total=400))
    assert shop.available(ANNA) == 300


def test_before_any_programme_spending_has_no_terms() -> None:
    shop = Memory()
    shop.execute(issue())
    shop.execute(adjust(500))
    shop.execute(redeem(100))
    assert shop.entries(ANNA)[-1].terms == 0
