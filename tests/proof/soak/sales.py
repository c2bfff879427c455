"""Orders as their shop knows them: the truth, from which statements are made and against which the books are compared.

A storefront states snapshots and refunds, and deletes for good; another (`woo`) has a trash from which an order can be
restored; the third kind of sender (`till`) states a session, and a charge whose refunded amount grows, until a refund
fails. Nothing here knows what the books make of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.core.identity import GUEST, is_guest
from chalicelib.domain.orders.facts import (
    TRASHED,
    Dispute,
    FailedRefund,
    Line,
    OrderFacts,
    Refund,
    RefundLine,
    Snapshot,
)
from tests.proof import oracle
from tests.proof.soak import crowd
from tests.proof.soak.senders import Statements

STOREFRONT, TILL, WOO = "shop", "till", "woo"

_UNIT = {"EUR": 1, "USD": 1, "CHF": 1, "JPY": 1, "KWD": 5}


class Sale(Struct):
    """An order: its newest snapshot and the newest paid or void one, every refund and dispute, and what was said of it.

    `buyer`: how well the buyer was stated (1 an account, 0 a guest), when, and whom; silence replaces nobody.
    `paid_parts`: the most that was paid for each line, shipping and fees (`oracle.parts_of`). Of `refunds` the amounts
    are those that really went back. `trashed`: it was put into the trash at least once.
    """

    statements: Statements
    snapshot: Snapshot
    settled: Snapshot | None = None
    buyer: tuple[int, int, str] = (0, 0, "")
    deleted: bool = False
    trashed: bool = False
    restored: bool = False
    removed: list[Line] = field(default_factory=list)
    failures: int = 0
    paid_at: int = 0
    paid_total: int = 0
    paid_parts: dict[str, int] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)

    @property
    def source(self) -> str:
        return "session" if self.statements.connection == TILL else "order"

    @property
    def is_ambiguous(self) -> bool:
        """Whether it depends on the order of deliveries if it is gone: the trash has no stamp."""
        return self.trashed and not self.restored

    def state(self, now_ms: int, **changes: object) -> OrderFacts:
        """The order as it is now, a little different."""
        stamp_ms = max(now_ms, self.snapshot.stamp_ms + 1)
        self.snapshot = replace(self.snapshot, stamp_ms=stamp_ms, **changes)
        if self.snapshot.buyer:
            rank = 0 if is_guest(self.snapshot.buyer) else 1
            self.buyer = max(self.buyer, (rank, stamp_ms, self.snapshot.buyer))
        if self.snapshot.paid or self.snapshot.void:
            self.settled = self.snapshot
        if self.snapshot.paid:
            self.paid_at = self.paid_at or self.snapshot.at
            self.paid_total = max(self.paid_total, self.snapshot.total)
            for part, price in oracle.parts_of(self.snapshot).items():
                self.paid_parts[part] = max(self.paid_parts.get(part, 0), price)
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
        test=random.random() < 0.02,
        live=connection == WOO,
    )
    return Sale(Statements(connection, order, []), blank)


def _line(name: str, currency: str, random: Random) -> Line:
    net = random.randint(300, 12_000) * _UNIT[currency]
    labels = ("category:sale",) if random.random() < 0.2 else ()
    quantity = random.choice([1, 1, 1, 2, 3])
    return Line(name, "p1", "MUG", quantity, net, random.choice([0, net // 5]), labels, random.random() < 0.95)


Change = Callable[[Sale, int, Random], OrderFacts | Sequence[OrderFacts]]
"""From a sale, the instant in milliseconds and a random source to what its sender then says, once or one by one."""


def refund_line(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """Some pieces of a line; the storefront states the sum, or leaves it to the quantity."""
    # What was never paid is not refunded; what an edit has taken out may be.
    known = {line.id: line for line in (sale.settled or sale.snapshot).lines}
    lines = [*known.values(), *(line for line in sale.removed if line.id not in known)]
    line = random.choice(lines)
    pieces = random.randint(1, line.quantity)
    net, tax = line.net * pieces // line.quantity, line.tax * pieces // line.quantity
    gross = net + (tax if sale.snapshot.tax_included else 0)
    returned = RefundLine(line.id, pieces, gross, tax) if random.random() < 0.6 else RefundLine(line.id, pieces)
    return sale.give_back(f"r{len(sale.refunds) + 1}", Refund(lines=(returned,)))


def refund_shipping(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """Shipping, wholly or in part."""
    gross = sale.snapshot.shipping_net + sale.snapshot.shipping_tax
    return sale.give_back(f"r{len(sale.refunds) + 1}", Refund(shipping=random.randint(0, gross)))


def refund_amount(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """Money for nothing in particular; at a till the charge's whole refunded amount so far."""
    amount = random.randint(1, 6000)
    if sale.statements.connection != TILL:
        return sale.give_back(f"r{len(sale.refunds) + 1}", Refund(amount=amount))
    before = sale.refunds.get("charge", Refund())
    return sale.give_back("charge", Refund(amount=before.amount + amount, stamp_ms=max(now_ms, before.stamp_ms + 1)))


def fail_refund(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """At a till some of the money never went back; the charge's next statement knows of it."""
    before = sale.refunds.get("charge")
    if before is None or not before.amount:
        return sale.state(now_ms)
    amount, stamp_ms = random.randint(1, before.amount), max(now_ms, before.stamp_ms + 1)
    sale.failures += 1
    sale.refunds["charge"] = replace(before, amount=before.amount - amount, stamp_ms=stamp_ms)
    failure = FailedRefund(stamp_ms, "charge", amount, sale.snapshot.currency)
    return OrderFacts(failed={f"re{sale.failures}": failure})


def refund_fees(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """Of a tip or a duty."""
    return sale.give_back(f"r{len(sale.refunds) + 1}", Refund(fees=random.randint(0, sale.snapshot.fees)))


def lower_and_refund(sale: Sale, now_ms: int, random: Random) -> Sequence[OrderFacts]:
    """One fact told twice: a line costs less, and the same money goes back for nothing in particular."""
    if not sale.snapshot.paid or sale.statements.connection == TILL:
        return [sale.state(now_ms)]
    first, *others = sale.snapshot.lines
    net = random.randint(0, first.net)
    lower = replace(first, net=net, tax=first.tax * net // max(first.net, 1))
    lowered = sale.state(now_ms, lines=(lower, *others))
    money = first.net + first.tax - lower.net - lower.tax
    refunded = sale.give_back(f"r{len(sale.refunds) + 1}", Refund(amount=money))
    return [lowered.merge(refunded)] if random.random() < 0.5 else [lowered, refunded]


def add_unpaid(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """More is ordered, and not paid yet: another line, or more pieces of one."""
    if not sale.paid_at:
        return sale.state(now_ms)
    first, *others = sale.snapshot.lines
    added = _line(f"a{len(sale.statements.facts)}", sale.snapshot.currency, random)
    more = replace(first, quantity=first.quantity + 1, net=first.net + added.net, tax=first.tax + added.tax)
    lines = (more, *others) if random.random() < 0.3 else (*sale.snapshot.lines, added)
    return sale.state(now_ms, lines=lines, paid=False)


def take_back_unpaid(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """What was added and never paid is taken out again."""
    if sale.settled is None or sale.snapshot.paid:
        return sale.state(now_ms)
    return sale.state(now_ms, lines=sale.settled.lines, paid=True)


def fall_silent(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """The order is told again without who bought: data retention, or a customer who was deleted."""
    return sale.state(now_ms, buyer="", email_hash="", prints=())


def change_buyer(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """A guest's order is put into the account of the same mailbox, or into another one; seldom an account's."""
    buyer = sale.buyer[2]
    if is_guest(buyer) and random.random() < 0.8:
        return sale.state(now_ms, buyer=crowd.owner(buyer.removeprefix(GUEST)))
    if buyer and random.random() < 0.3:
        return sale.state(now_ms, buyer=crowd.somebody(random))
    return sale.state(now_ms)


def delete(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """For good; where there is a trash, into it or out of it again."""
    if sale.statements.connection == WOO:
        if sale.trashed and random.random() < 0.6:
            sale.restored = True
            return OrderFacts(restored=True)
        sale.trashed = True
        return OrderFacts(trashed=TRASHED)
    if sale.statements.connection == TILL or random.random() < 0.5:
        return sale.state(now_ms)
    sale.deleted = True
    return OrderFacts(deleted=True)


def cancel(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """Cancelled, or taken up again."""
    return sale.state(now_ms, void=not sale.snapshot.void)


def edit(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """A line costs something else."""
    first, *others = sale.snapshot.lines
    net = random.randint(100, 9000)
    return sale.state(now_ms, lines=(replace(first, net=net, tax=net // 10), *others))


def remove_line(sale: Sale, now_ms: int, random: Random) -> OrderFacts:
    """A line that was paid is taken out."""
    *lines, last = sale.snapshot.lines
    if not lines or not sale.snapshot.paid:
        return sale.state(now_ms)
    sale.removed.append(last)
    return sale.state(now_ms, lines=tuple(lines))


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
    (remove_line, 1),
    (fail_refund, 2),
    (refund_fees, 1),
    (lower_and_refund, 2),
    (add_unpaid, 3),
    (take_back_unpaid, 2),
    (fall_silent, 1),
    (change_buyer, 1),
    (delete, 1),
)
"""What happens to orders, and how often."""
