"""What an order's record knows of its facts at an instant, and what counts of them: by the oracle, not the product.

At the end the same is worked out of what the shop itself knows of its sales; while it lives, of what was heard so far.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.orders.facts import OrderFacts, Refund
from chalicelib.domain.records import Order, Ref
from tests.proof import oracle
from tests.proof.soak.progress import Facts, Live, live_of
from tests.proof.soak.shelf import Shelf


class LiveParts:
    """What counts of each state of each order, worked out once."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._parts: dict[tuple[Ref, int], Live | None] = {}

    def live(self, order: Order) -> Live | None:
        """What of an order counts, as its record is."""
        key = order.ref, order.version
        if key not in self._parts:
            facts = facts_of(order.facts)
            purchase = order.facts.buyer.member, order.facts.paid_at
            self._parts[key] = live_of(order, self._shelf.history(), *purchase, facts) if facts else None
        return self._parts[key]


def facts_of(told: OrderFacts) -> Facts | None:
    """What was paid and what went back; None where nothing was paid. A simulated order has one source."""
    if not told.sources or not told.paid_at:
        return None
    ((source, newest),) = told.sources.items()
    settled = newest if newest.paid or newest.void else told.last_settled.get(source)
    paid = oracle.paid_state(newest, settled)
    once = max(told.paid_once.get(source, 0), settled.total if settled and settled.paid else 0)
    is_in_trash = bool(told.trashed) and not told.restored and newest.stamp_ms <= told.trashed
    void = paid.void or told.deleted or is_in_trash
    parts = oracle.parts_of(settled) if settled and settled.paid else {}
    higher = {key: price for key, price in told.paid_once.items() if key.startswith((f"{source}/", f"{source}+"))}
    paid = oracle.once_paid(paid, once, parts | {key.removeprefix(source): price for key, price in higher.items()})
    return replace(paid, void=void), _refunds(told), told.disputes


def _refunds(told: OrderFacts) -> dict[str, Refund]:
    """What went back, less what failed since the newest statement of it."""
    refunds = dict(told.refunds)
    for failure in told.failed.values():
        refund = refunds.get(failure.of)
        if refund and refund.stamp_ms <= failure.stamp_ms:
            refunds[failure.of] = replace(refund, amount=max(refund.amount - failure.amount, 0))
    return refunds
