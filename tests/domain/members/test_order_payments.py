"""What balances pay for an order that is cancelled after its payment, in two currencies, or wholly refunded."""

from chalicelib.domain.commands import Redeem
from chalicelib.domain.records import Hold, HoldRef
from tests.world.builders import (
    ANNA,
    CONNECTION,
    DAY_S,
    NOW,
    adjust,
    hold,
    issue,
    order,
    programme,
    redeem,
    refund,
    void,
)
from tests.world.memory import Memory

PAYS = f"{CONNECTION}/2"


def shop_of() -> Memory:
    """Anna has 5.00 EUR and 5.00 USD, and earns nothing."""
    shop = Memory(programme(earn=[], currencies=["USD"]))
    shop.execute(issue())
    for asset in ("EUR/2", "USD/2"):
        shop.execute(adjust(500, asset=asset))
    return shop


def found(shop: Memory) -> Hold:
    return shop.find(HoldRef("h1"), Hold)


def test_an_order_that_was_paid_and_cancelled_before_it_was_heard_of_can_still_capture_its_hold() -> None:
    shop = shop_of()
    shop.execute(hold(300, order=PAYS, capture_on_paid=True))
    shop.execute(void("2", ANNA))
    assert (found(shop).state, [each.hold for each in shop.order("2").holds]) == ("returned", ["h1"])
    shop.execute(order("2", ANNA, at=NOW, stamp_ms=3))
    assert (found(shop).state, shop.order("2").holds, shop.available(ANNA)) == ("captured", (), 200)


def test_what_was_spent_in_another_currency_explains_nothing_of_what_the_order_states() -> None:
    shop = shop_of()
    shop.execute(Redeem(ANNA, "USD/2", 50, order=PAYS))
    shop.execute(hold(300, order=PAYS, capture_on_paid=True))
    late = NOW + 9 * DAY_S
    shop.execute(order("2", ANNA, at=late, deduction=300), late)
    assert (found(shop).captured, shop.available(ANNA, now=late)) == (300, 200)


def test_what_is_spent_on_an_order_of_which_nothing_is_kept_comes_back_and_leaves_no_trace_in_it() -> None:
    shop = shop_of()
    shop.execute(order("2", ANNA))
    shop.execute(refund("2", amount=10_000))
    shop.execute(redeem(100, order=PAYS))
    assert (shop.order("2").posted, shop.available(ANNA)) == ((), 500)
