"""What an order states as paid with a balance, and what our own books know of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chalicelib.domain.audit import record_checks
from chalicelib.domain.records import (
    Hold,
)
from tests.domain.members.shops import (
    PAYS,
    hold_of,
    listed,
    shop_of,
)
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    NOW,
    capture,
    hold,
    line,
    order,
    programme_of,
    redeem,
)
from tests.world.memory import Memory


@pytest.fixture
def shop() -> Memory:
    return shop_of()


class TestStatedDeduction:
    """What an order states as paid with balance does not decide what is captured: a shopper may have written it."""

    def waiting(self, *amounts: int) -> Memory:
        """Holds of Anna, Ben and others, who have 5.00 each, for one order."""
        shop = Memory(programme_of())
        for number, (member, amount) in enumerate(zip((ANNA, BEN, CLEO), amounts, strict=False), 1):
            shop.execute(order(f"of-{member}", member))
            shop.execute(hold(amount, f"h{number}", member, order=PAYS, capture_on_paid=True))
        return shop

    @pytest.mark.parametrize("deduction", [0, 1, 120, 301, 600, 700])
    def test_every_hold_is_captured_whole(self, deduction: int) -> None:
        shop = self.waiting(100, 200, 300)
        shop.execute(order("2", "", at=NOW, deduction=deduction))
        assert [(placed.state, placed.captured) for placed in shop.all(Hold)] == [
            ("captured", amount) for amount in (100, 200, 300)
        ]
        assert [500 - shop.available(member) for member in (ANNA, BEN, CLEO)] == [100, 200, 300]
        assert listed(shop) == ()

    def test_what_was_redeemed_for_the_order_makes_no_hold_smaller(self) -> None:
        shop = self.waiting(300)
        shop.execute(redeem(150, order=PAYS))
        shop.execute(order("2", "", at=NOW, deduction=250))
        assert (hold_of(shop).captured, shop.available(ANNA)) == (300, 50)

    def test_a_lower_capture_is_asked_for_before_the_order_is_paid(self) -> None:
        shop = self.waiting(300)
        shop.execute(capture(120))
        shop.execute(order("2", "", at=NOW, deduction=300))
        assert (hold_of(shop).captured, shop.available(ANNA)) == (120, 380)


class TestShoppersClaim:
    """Where a storefront only repeats what a shopper's browser wrote, our own books say what was paid with balance.

    A Shopify cart attribute of "0.01" beside a hold of 10.00 captured 0.01 and earned on 9.99 more.
    """

    @pytest.mark.parametrize("deduction", [0, 1, 300, 9999], ids=["none", "less", "as-it-is", "more"])
    def test_it_earns_on_what_was_paid_with_money(self, deduction: int) -> None:
        shop = shop_of()
        shop.execute(hold(300, order=PAYS, capture_on_paid=True))
        shop.execute(order("2", BEN, at=NOW, deduction=deduction, claimed=True))
        assert (hold_of(shop).captured, shop.available(ANNA), shop.available(BEN)) == (300, 200, 485)

    def test_what_was_redeemed_for_the_order_counts_likewise(self) -> None:
        shop = shop_of()
        shop.execute(redeem(300, order=PAYS))
        shop.execute(order("2", BEN, deduction=1, claimed=True))
        assert shop.available(BEN) == 485

    def test_where_the_books_know_of_nothing_the_claim_counts(self, shop: Memory) -> None:
        shop.execute(order("2", BEN, deduction=300, claimed=True))
        assert shop.available(BEN) == 485

    def test_what_a_shop_states_itself_counts(self, shop: Memory) -> None:
        shop.execute(redeem(300, order=PAYS))
        shop.execute(order("2", BEN, deduction=100))
        assert shop.available(BEN) == 495

    def test_what_is_redeemed_after_the_order_was_valued_changes_nothing_when_it_is_told_again(self) -> None:
        shop = shop_of()
        paid = order("2", BEN, deduction=100, claimed=True)
        shop.execute(paid)
        shop.execute(redeem(300, order=PAYS))
        shop.execute(paid)
        assert (shop.written, shop.available(BEN)) == ((), 495)

    @pytest.mark.parametrize(("redeemed", "earned"), [(0, 0), (300, 485), (299, 0)])
    def test_a_minimum_counts_what_the_books_know_and_not_the_claim(self, redeemed: int, earned: int) -> None:
        """Goods for 100.00 of which discounts took 3.00, which the shopper calls balance; 5% from 100.00 on."""
        shop = shop_of()
        shop.publish(programme_of(earn=[{"id": "a", "percent": Decimal(5), "minimum": 100}]))
        if redeemed:
            shop.execute(redeem(redeemed, order=PAYS))
        shop.execute(order("2", BEN, line(net=9700), discounted=300, deduction=300, claimed=True))
        assert shop.available(BEN) == earned
        assert record_checks.of_order(shop.order("2"), shop.history()) == []

    def test_an_order_that_was_stated_before_as_it_is_claimed_now_counts_what_the_books_know(self) -> None:
        """As WooCommerce's fees below zero did in an earlier release."""
        shop = shop_of()
        shop.publish(programme_of(earn=[{"id": "a", "percent": Decimal(5), "minimum": 100}]))
        shop.execute(redeem(300, order=PAYS))
        for stamp, claimed in enumerate((False, True), 1):
            paid = order("2", BEN, line(net=9700), discounted=300, deduction=300, claimed=claimed, stamp_ms=stamp)
            shop.execute(paid)
            assert shop.available(BEN) == 485

    def test_the_audit_makes_of_it_what_the_books_do(self) -> None:
        shop = shop_of()
        shop.execute(hold(300, order=PAYS, capture_on_paid=True))
        shop.execute(order("2", BEN, at=NOW, deduction=1, claimed=True))
        assert record_checks.of_order(shop.order("2"), shop.history()) == []
