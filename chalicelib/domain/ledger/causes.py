"""What a ledger entry comes from; it stores that as text, which is read here and nowhere else. Imports msgspec only.

Whoever writes one of the kinds that have a name writes `{kind} {name}`; an order is its own name, `connection/order`.
"""

from __future__ import annotations

from msgspec import Struct

ORDER, HOLD, ACTIVITY, BOARD, UNDO, MERGE = "order", "hold", "activity", "board", "undo", "merge"
"""The kinds of cause that have a name: an order, a hold that names no order, an activity, the period of a leaderboard,
the entry that is undone, and the other one of two members that are merged."""

ADJUSTMENT, LEVEL, REDEMPTION, REFERRAL, TIME = "adjustment", "level", "redemption", "referral", "time"
"""The kinds without a name: an amount and a level by hand, spending without an order, bonuses, and time alone."""


class Cause(Struct, frozen=True):
    """What an entry comes from: its kind, and the name there. Of an order that is `connection/order`, of an activity
    `review r-17`, of the period of a leaderboard `best 24310`.
    """

    kind: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Cause:
        """The cause that an entry stores as a text such as `acme/1001`, `undo 12` or `time`."""
        kind, _, name = text.partition(" ")
        return cls(ORDER, text) if "/" in kind else cls(kind, name)
