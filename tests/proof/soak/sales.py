"""Orders as their shop knows them: the truth, from which statements are made and against which the books are compared.

A storefront states snapshots and refunds; the other kind of sender (`till`) states a session, and a charge whose
refunded amount grows. Nothing here knows what the books make of it.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.orders import Dispute, Line, OrderFacts, Refund, RefundLine, Snapshot
from tests.proof.soak.senders import Statements

STOREFRONT, TILL = "shop", "till"

_UNIT = {"EUR": 1, "USD": 1, "CHF": 1, "JPY": 1, "KWD": 5}


class Sale(Struct):
    """An order: its newest snapshot, every refund and dispute, and what was said of it."""

    statements: Statements
    snapshot: Snapshot
    paid_at: int = 0
    paid_total: int = 0
    refunds: dict[str, Refund] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)

    @property
    def source(self) -> str:
        return "order" if self.statements.connection == STOREFRONT else "session"

    def state(self, now_ms: int, **changes: object) -> OrderFacts:
        """The order as it is now, a little different."""
        stamp_ms = max(now_ms, self.snapshot.stamp_ms + 1)
        self.snapshot = replace(self.snapshot, stamp_ms=stamp_ms, **changes)
        if self.snapshot.paid:
            self.paid_at = self.paid_at or self.snapshot.at
            self.paid_total = max(self.paid_total, self.snapshot.total)
        return OrderFacts({self.source: self.snapshot})

    def give_back(self, name: str, refund: Refund) -> OrderFacts:
        """A refund, alone: it names no buyer."""
        self.refunds[name] = refund
        return OrderFacts(refunds={name: refund})

    def dispute(self, name: str, dispute: Dispute) -> OrderFacts:
        """A chargeback as the bank states it."""
        self.disputes[name] = dispute
        return OrderFacts(disputes={name: dispute})


def opened(connection: str, order: str, at: int, currency: str, random: Random) -> Sale:
    """A new order, not stated yet."""
    lines = tuple(_line(str(number), currency, random) for number in range(1, random.choice([2, 2, 3, 4])))
    shipping = random.choice([0, 0, 490]) * _UNIT[currency]
    blank = Snapshot(
        stamp_ms=at * 1000,
        currency=currency,
        at=at,
        name=f"#{order}",
        lines=lines,
        shipping_net=shipping,
        shipping_tax=shipping // 5,
        tax_included=random.random() < 0.3,
        fees=random.choice([0, 0, 0, 150]),
    )
    return Sale(Statements(connection, order, []), blank)


def _line(name: str, currency: str, random: Random) -> Line:
    net = random.randint(300, 12_000) * _UNIT[currency]
    labels = ("category:sale",) if random.random() < 0.2 else ()
    quantity = random.choice([1, 1, 1, 2, 3])
    return Line(name, "p1", "MUG", quantity, net, random.choice([0, net // 5]), labels, random.random() < 0.95)


Change = Callable[[Sale, int, Random], OrderFacts]
"""From a sale, the instant in milliseconds and a random source to what its sender then says."""


def refund_line(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """Some pieces of a line; the storefront states the sum, or leaves it to the quantity."""
    line = random.choice(sale.snapshot.lines)
    pieces = random.randint(1, line.quantity)
    net, tax = line.net * pieces // line.quantity, line.tax * pieces // line.quantity
    gross = net + (tax if sale.snapshot.tax_included else 0)
    stated = RefundLine(line.id, pieces, gross, tax) if random.random() < 0.6 else RefundLine(line.id, pieces)
    return sale.give_back(f"r{len(sale.refunds) + 1}", Refund(lines=(stated,)))


def refund_shipping(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """Shipping, wholly or in part."""
    gross = sale.snapshot.shipping_net + sale.snapshot.shipping_tax
    return sale.give_back(f"r{len(sale.refunds) + 1}", Refund(shipping=random.randint(0, gross)))


def refund_amount(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """Money for nothing in particular; at a till the charge's whole refunded amount so far."""
    amount = random.randint(1, 6000)
    if sale.statements.connection == STOREFRONT:
        return sale.give_back(f"r{len(sale.refunds) + 1}", Refund(amount=amount))
    before = sale.refunds.get("charge", Refund()).amount
    return sale.give_back("charge", Refund(amount=before + amount))


def cancel(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """Cancelled, or taken up again."""
    return sale.state(now_ms, void=not sale.snapshot.void)


def edit(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """A line costs something else."""
    first, *others = sale.snapshot.lines
    net = random.randint(100, 9000)
    return sale.state(now_ms, lines=(replace(first, net=net, tax=net // 10), *others))


def pay(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """Paid, unless it was before."""
    return sale.state(now_ms, at=sale.paid_at or now_ms // 1000, paid=True)


def hand_over(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """The buyer has the goods."""
    return sale.state(now_ms, delivered_at=sale.snapshot.delivered_at or now_ms // 1000)


def open_dispute(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """The bank holds money back."""
    amount = random.randint(500, 9000)
    return sale.dispute("d1", sale.disputes.get("d1") or Dispute(now_ms, amount, sale.snapshot.currency, taken=True))


def close_dispute(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """Won or lost, for good."""
    before = sale.disputes.get("d1")
    if before is None or before.closed:
        return sale.state(now_ms)
    won = random.random() < 0.5
    return sale.dispute("d1", replace(before, stamp_ms=max(now_ms, before.stamp_ms + 1), taken=not won, closed=True))


CHANGES: tuple[tuple[Change, int], ...] = (
    (refund_line, 6),
    (refund_shipping, 2),
    (refund_amount, 4),
    (cancel, 4),
    (edit, 3),
    (pay, 3),
    (hand_over, 3),
    (open_dispute, 2),
    (close_dispute, 2),
)
"""What happens to orders, and how often."""
