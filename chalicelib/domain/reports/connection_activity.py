"""When a connection last sent something that was recorded, as the daily round reads it off the orders.

A storefront that ends its webhooks says so to nobody: the orders just stop. How long a silence is one depends on how
much the shop sells, so that a small shop's ordinary week is none.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.records import Order

WINDOW_DAYS = 28
"""The days before a count whose orders tell how often there is one."""

MIN_SILENCE_DAYS, EXPECTED_ORDERS = 3, 5
"""A silence is at least so many days, in which so many orders would have come at the rate of the window: where orders
come by chance, less than one such silence in a hundred is one.
"""

LONGEST_DAYS = 28
"""Silence from which on there is one, however seldom orders came before."""


class ConnectionActivity(Struct, frozen=True, array_like=True):
    """`last`: when the storefront changed the newest order that a connection has sent, in seconds; `orders`: how many
    of its orders were changed within WINDOW_DAYS before the count.
    """

    last: int
    orders: int = 0

    def with_order(self, order: Order, now: int) -> ConnectionActivity:
        """The activity with one more order; a stamp that lies ahead counts as now."""
        stamps = (max(snapshot.stamp_ms // 1000, snapshot.at) for snapshot in order.facts.sources.values())
        stamp = min(max(stamps, default=0), now)
        is_recent = stamp > now - WINDOW_DAYS * DAY_S
        return ConnectionActivity(max(self.last, stamp), self.orders + is_recent)


NOTHING_SENT = ConnectionActivity(0)


def is_silent(activity: ConnectionActivity, now: int) -> bool:
    """Whether a connection has sent nothing for longer than chance explains, as of the count."""
    days = (now - activity.last) / DAY_S
    if not activity.last or days < MIN_SILENCE_DAYS:
        return False
    return days >= LONGEST_DAYS or days * activity.orders >= EXPECTED_ORDERS * WINDOW_DAYS
