"""Holds that nothing waits for, clocks that differ, half cents, and what is read and written on the way."""

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import Command, Redeem, WriteDown
from chalicelib.domain.errors import Conflict, HoldEnded
from chalicelib.domain.events import BalanceExpired, BalanceHeld
from chalicelib.domain.records import Hold, HoldRef, Order, OrderRef, Reserved
from chalicelib.domain.spending import holding
from tests.builders import (
    ANNA,
    BEN,
    CODE,
    CONNECTION,
    DAY_S,
    NOW,
    OTHER_CODE,
    adjust,
    capture,
    hold,
    issue,
    of_line,
    order,
    programme,
    redeem,
    refund,
    release,
    void,
)
from tests.memory import Memory

PAYS = f"{CONNECTION}/2"


def shop_of(amount: int = 500, **parts: Any) -> Memory:
    """Anna was given something."""
    shop = Memory(programme(earn=[], **parts))
    shop.execute(issue())
    shop.execute(adjust(amount))
    shop.events.clear()
    return shop


def found(shop: Memory, name: str = "h1") -> Hold:
    return shop.find(HoldRef(name), Hold)


def test_a_hold_for_no_order_waits_for_none_even_if_it_should() -> None:
    shop = shop_of()
    shop.execute(hold(100, capture_on_paid=True))
    assert found(shop).order == ""
    assert shop.all(Order) == []


@pytest.mark.parametrize("end", [capture(), release()], ids=["capture", "release"])
def test_a_hold_ends_after_one_round_trip_and_reads_no_order(end: Command) -> None:
    shop = shop_of()
    shop.execute(hold(100))
    assert None not in shop.asked(end)
    shop.execute(end)
    assert shop.round_trips == 1
    assert None not in shop.asked(redeem(1))


def test_a_hold_for_no_order_reads_none() -> None:
    assert None not in shop_of().asked(hold(100))


def test_placing_a_hold_tells_what_time_has_done() -> None:
    rules = [{"id": "a", "percent": 5, "expire_days": 3}]
    shop = Memory(programme(earn=rules))
    shop.execute(order("1", ANNA))
    shop.execute(adjust(700))
    shop.events.clear()
    shop.execute(hold(100), NOW + 9 * DAY_S)
    assert shop.events == [BalanceExpired(ANNA, 500, "EUR/2"), BalanceHeld(ANNA, "h1", 100, "EUR/2")]


def test_what_is_captured_for_an_order_that_nobody_has_heard_of_is_noted_with_it() -> None:
    shop = shop_of()
    shop.execute(hold(100, order=PAYS))
    shop.execute(capture())
    assert [each.amount for each in shop.order("2").spent] == [100]


def test_what_another_process_has_written_down_already_cannot_be_captured() -> None:
    """Its clock is two hours ahead."""
    shop = shop_of()
    shop.execute(hold(100))
    shop.execute(WriteDown(ANNA), NOW + 7200)
    with pytest.raises(HoldEnded, match="the hold h1 has just ended; redeem the balance instead"):
        shop.execute(capture())


def test_an_order_that_does_not_list_a_hold_is_left_alone_by_its_release() -> None:
    """Orders of an earlier release listed only those that were tied."""
    shop = shop_of()
    shop.execute(hold(100, order=PAYS))
    shop.commit([replace(shop.order("2"), holds=())])
    shop.execute(release())
    assert not [each for each in shop.written if isinstance(each, Order)]


def waiting(*members: str) -> Memory:
    """Each has 1.00 set apart for one order; their holds are called after them."""
    shop = shop_of()
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
    shop = shop_of()
    shop.execute(hold(100))
    assert holding(replace(found(shop), state=state), shop.member(ANNA), now).state == shown


def test_the_holds_of_an_order_are_read_together() -> None:
    """The order with its buyer, the two holds, and the member whom only a hold names."""
    shop = waiting(ANNA, BEN)
    shop.execute(order("2", ANNA))
    assert shop.round_trips == 3
    assert [found(shop, f"of-{each}").state for each in (ANNA, BEN)] == ["captured"] * 2


def test_a_hold_that_has_ended_or_was_never_there_is_not_ended_again() -> None:
    """Records of an earlier release named both."""
    shop = shop_of()
    shop.execute(hold(100))
    shop.execute(release())
    shop.commit([Order(CONNECTION, "2", holds=(Reserved("gone"), Reserved("h1")))])
    shop.execute(order("2", ANNA))
    assert shop.order("2").holds == ()
    assert (found(shop).state, shop.available(ANNA)) == ("released", 500)


def test_only_the_members_own_hold_is_read_when_another_is_placed() -> None:
    """The member, the hold and the order; then the one that it replaces, not the other member's."""
    shop = waiting(ANNA, BEN)
    again = hold(100, order=PAYS, capture_on_paid=True)
    assert {ref for ref in shop.asked(again) if isinstance(ref, HoldRef)} == {HoldRef("h1"), HoldRef(f"of-{ANNA}")}
    shop.execute(again)
    assert shop.round_trips == 2


def test_a_hold_that_has_ended_or_was_never_there_is_not_replaced() -> None:
    """Records of an earlier release named both."""
    shop = shop_of()
    shop.execute(hold(100))
    shop.execute(release())
    shop.commit([Order(CONNECTION, "2", holds=(Reserved("gone"), Reserved("h1")))])
    shop.execute(hold(100, "h2", order=PAYS, capture_on_paid=True), NOW + 60)
    assert (found(shop).ended_at, [reserved.hold for reserved in shop.order("2").holds]) == (NOW, ["h2"])


@pytest.mark.parametrize("pays", [capture(), redeem(100, order=PAYS)], ids=["capture", "redeem"])
def test_only_a_new_hold_can_be_placed_for_an_order_whose_card_was_declined(pays: Command) -> None:
    shop = shop_of()
    shop.execute(hold(100, order=PAYS))
    shop.execute(void("2", ANNA, paid=False, declined=True))
    with pytest.raises(Conflict, match="the order shop/2 was cancelled; the balance stays with the member"):
        shop.execute(pays)


def test_the_share_of_an_order_is_of_its_own_currency() -> None:
    shop = shop_of(spending={"max_percent": 50}, currencies=["USD"])
    shop.execute(adjust(500, asset="USD/2"))
    shop.execute(Redeem(ANNA, "USD/2", 150, order=PAYS, order_total=400))
    shop.execute(redeem(200, order=PAYS, order_total=400))
    assert shop.available(ANNA) == 300


@pytest.mark.parametrize(("spent", "stays"), [(5, 3), (1, 1), (7, 4), (9, 5)])
def test_half_a_cent_stays_spent(spent: int, stays: int) -> None:
    """Half of the goods went back."""
    shop = shop_of()
    shop.execute(redeem(spent, order=PAYS))
    shop.execute(order("2", ANNA))
    shop.execute(refund("2", lines=of_line("1", 1, net=5000).lines))
    assert shop.available(ANNA) == 500 - stays


def test_nothing_that_is_spent_no_more_is_remembered_as_nothing() -> None:
    shop = shop_of()
    shop.execute(redeem(100, order=PAYS))
    shop.execute(order("2", ANNA))
    shop.execute(void("2", ANNA))
    assert shop.find(OrderRef(CONNECTION, "2"), Order).posted == ()
    assert shop.available(ANNA) == 500


def test_before_any_programme_spending_has_no_terms() -> None:
    shop = Memory()
    shop.execute(issue())
    shop.execute(adjust(500))
    shop.execute(redeem(100))
    assert shop.entries(ANNA)[-1].terms == 0
