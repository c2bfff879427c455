"""What balances pay for an order that is cancelled after its payment, in two currencies, or wholly refunded."""

import pytest

from chalicelib.domain.commands import Redeem
from chalicelib.domain.events import HoldMissed
from chalicelib.domain.facts import Facts
from chalicelib.domain.members.order_payments import known, reserved_in
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import Hold, HoldRef, Missing, Order, Reserved, Worth
from tests.world.builders import (
    ANNA,
    BEN,
    CONNECTION,
    DAY_S,
    NOW,
    OTHER_CODE,
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


def test_a_hold_that_ran_out_is_not_owed_where_one_in_force_explains_what_the_order_states() -> None:
    """Ben's was placed last and is over; the 3.00 that the order says were paid with balance are Anna's."""
    shop = shop_of()
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
        known(waiting, Facts({}, History()))
    assert missing.value.refs == {HoldRef(name) for name in ("h2", "h3", "h4")}
    ended = Hold("h3", ANNA, "EUR/2", 9, NOW, NOW + 1, state="captured")
    stored = Hold("h2", ANNA, "EUR/2", 9, NOW, NOW + 1)
    facts = Facts({HoldRef("h2"): stored, HoldRef("h3"): ended, HoldRef("h4"): None}, History())
    assert known(waiting, facts).holds == (full, Reserved("h2", ANNA, "EUR/2", 9, NOW + 1))


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
