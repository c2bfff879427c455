"""The last order that each connection has sent, and from when on its silence is one."""

from __future__ import annotations

import pytest

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.orders.facts import Refund
from chalicelib.domain.records import Order
from chalicelib.domain.reports.connection_activity import NOTHING_SENT, ConnectionActivity, is_silent
from tests.world.builders import NOW, snapshot, states


def order(connection: str, days_ago: float) -> Order:
    stamp = int(NOW - days_ago * DAY_S)
    return Order(connection, f"of {days_ago}", facts=states(snapshot(stamp_ms=stamp * 1000, at=stamp)))


def test_the_newest_order_counts_in_whatever_order_they_are_read() -> None:
    activity = NOTHING_SENT
    for days_ago in (3, 40, 1, 2):
        activity = activity.with_order(order("shop", days_ago), NOW)
    assert activity == ConnectionActivity(NOW - DAY_S, 3)


def test_a_stamp_that_lies_ahead_counts_as_now() -> None:
    assert NOTHING_SENT.with_order(order("shop", -5), NOW) == ConnectionActivity(NOW, 1)


def test_an_order_that_was_changed_later_counts_as_of_its_newest_change_from_any_source() -> None:
    """It was bought long ago, and its payment is told apart."""
    bought = states(snapshot(at=NOW - 300 * DAY_S, stamp_ms=1000 * (NOW - 9)))
    both = bought.merge(states(snapshot(at=NOW - 300 * DAY_S, stamp_ms=1000 * (NOW - 5) + 999), source="charge"))
    assert NOTHING_SENT.with_order(Order("shop", "1", facts=bought), NOW) == ConnectionActivity(NOW - 9, 1)
    assert NOTHING_SENT.with_order(Order("shop", "1", facts=both), NOW) == ConnectionActivity(NOW - 5, 1)


@pytest.mark.parametrize(("seconds", "recent"), [(0, 0), (1, 1)])
def test_the_window_is_of_the_last_28_days_to_the_second(seconds: int, recent: int) -> None:
    stamp = NOW - 28 * DAY_S + seconds
    facts = states(snapshot(at=stamp, stamp_ms=0))
    assert NOTHING_SENT.with_order(Order("shop", "1", facts=facts), NOW) == ConnectionActivity(stamp, recent)


def test_an_order_of_which_only_a_refund_is_known_tells_of_no_instant() -> None:
    assert NOTHING_SENT.with_order(Order("shop", "1", facts=states(r=Refund(amount=1))), NOW) == NOTHING_SENT


@pytest.mark.parametrize(
    ("days", "orders", "silent"),
    [
        (2.9, 5000, False),
        (3, 47, True),
        (3, 46, False),
        (13, 10, False),
        (14, 10, True),
        (27, 2, False),
        (28, 0, True),
        (300, 0, True),
    ],
)
def test_a_silence_is_longer_than_chance_explains(days: float, orders: int, silent: bool) -> None:
    assert is_silent(ConnectionActivity(int(NOW - days * DAY_S), orders), NOW) is silent


def test_a_connection_that_never_sent_an_order_is_not_silent() -> None:
    assert not is_silent(NOTHING_SENT, NOW)
