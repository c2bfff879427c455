"""An order is the join of what its storefront has said so far.

Snapshots are kept per source by the sender's own stamp, refunds by refund id. `OrderFacts.merge` is commutative,
associative and idempotent, so a delivery that comes twice, late or before its predecessor ends in the same order
(a join semilattice; see Shapiro et al., "Conflict-free replicated data types", 2011).

Amounts are minor units of `currency`; times are seconds since 1970 unless the name says `_ms`. No personal data: the
buyer is an opaque member id and a keyed hash of the e-mail. Imports money only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import repeat
from typing import Annotated, TypeVar, cast

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import force_setattr

from chalicelib.domain import money

T = TypeVar("T")
Amount = Annotated[int, Meta(ge=0)]


class Line(Struct, frozen=True, array_like=True):
    """One order line after discounts: `net` without tax, `tax` on it.

    `labels` carry what the sender says of the line: `category:shoes`, `collection:summer`, `tag:new`. A line that can
    never earn (a gift card) has quantity and amounts, and `earns` False.
    """

    id: str
    product: str
    sku: str
    quantity: int
    net: int
    tax: int
    labels: tuple[str, ...] = ()
    earns: bool = True


class RefundLine(Struct, frozen=True, array_like=True):
    """What was refunded of a line. Without `net` the share follows from the quantity."""

    line: str
    quantity: int
    net: int | None = None
    tax: int = 0


class Refund(Struct, frozen=True, omit_defaults=True):
    """One refund: by line, of shipping, or of an `amount` of money (tax included) that names no line.

    `shipping` contains its tax; `shipping_net` does not unless the order's prices do, and its tax follows from the
    order's shipping. `currency` is what the refund itself states, if it does.
    """

    lines: tuple[RefundLine, ...] = field(default=(), name="l")
    shipping: Amount = field(default=0, name="s")
    shipping_net: Amount = field(default=0, name="sn")
    amount: Amount = field(default=0, name="a")
    currency: str = field(default="", name="c")


class Dispute(Struct, frozen=True, array_like=True):
    """A chargeback as it stood at `stamp_ms`: while `taken` its `amount` of money is away from the shop.

    `closed` is final: a dispute that was won gives the money back (`taken` False), one that was lost never does.
    """

    stamp_ms: int
    amount: Amount
    currency: str
    taken: bool
    closed: bool = False


class Snapshot(Struct, frozen=True, omit_defaults=True):
    """The whole order as one source stated it at `stamp_ms`.

    `paid`: it has been paid at some time, even if refunded since. `void`: nothing of it is kept (cancelled, wholly
    refunded, failed). `fees`: what was charged beside goods and shipping, with tax; it earns nothing. `deduction`: what
    was paid with balance instead of money. `refunds`: only for senders whose snapshot lists all of them (WooCommerce);
    the others say theirs one by one. `delivered_at`: when the buyer had the goods (0: not stated). `prints`: keyed
    hashes of what else is known of the buyer, each after its kind: `address:k3v…`, `phone:…`, `card:…`, `device:…`, and
    the plain `mail:disposable`.
    """

    stamp_ms: int = field(name="t")
    currency: str = field(name="c")
    at: int = field(default=0, name="at")
    paid: bool = field(default=False, name="p")
    void: bool = field(default=False, name="v")
    name: str = field(default="", name="n")
    buyer: str = field(default="", name="b")
    email_hash: str = field(default="", name="e")
    code: str = field(default="", name="r")
    lines: tuple[Line, ...] = field(default=(), name="l")
    shipping_net: Amount = field(default=0, name="s")
    shipping_tax: Amount = field(default=0, name="st")
    tax_included: bool = field(default=False, name="ti")
    fees: Amount = field(default=0, name="fe")
    deduction: Amount = field(default=0, name="d")
    refunds: dict[str, Refund] = field(default_factory=dict, name="f")
    delivered_at: int = field(default=0, name="da")
    prints: tuple[str, ...] = field(default=(), name="pr")


class OrderFacts(Struct, frozen=True, omit_defaults=True):
    """Everything said of one order. `sources` maps a source to its newest snapshot, best source first in SOURCES.

    What must not be forgotten with an older snapshot is kept beside them: `paid_at`, the earliest payment that any
    stated (0: none did), `delivered_at`, the earliest delivery, and `code`, the referral code of the newest statement
    that had one, with its stamp.
    """

    sources: dict[str, Snapshot] = field(default_factory=dict, name="s")
    refunds: dict[str, Refund] = field(default_factory=dict, name="r")
    deleted: bool = field(default=False, name="x")
    paid_at: int = field(default=0, name="pa")
    code: tuple[int, str] = field(default=(0, ""), name="rc")
    disputes: dict[str, Dispute] = field(default_factory=dict, name="dp")
    delivered_at: int = field(default=0, name="da")

    def __post_init__(self) -> None:
        """Whatever the snapshots say is remembered from the start, so that merging with itself changes nothing."""
        stated = self.sources.values()
        codes = [(each.stamp_ms, each.code) for each in stated if each.code]
        force_setattr(self, "paid_at", _earliest(self.paid_at, *(each.at for each in stated if each.paid)))
        force_setattr(self, "delivered_at", _earliest(self.delivered_at, *(each.delivered_at for each in stated)))
        force_setattr(self, "code", max(self.code, *codes, (0, "")))

    def merge(self, other: OrderFacts) -> OrderFacts:
        """The join of both; the result does not depend on which came first."""
        return OrderFacts(
            sources=_join(self.sources, other.sources, _newness),
            refunds=_join(self.refunds, other.refunds, _weight),
            deleted=self.deleted or other.deleted,
            paid_at=_earliest(self.paid_at, other.paid_at),
            code=max(self.code, other.code),
            disputes=_join(self.disputes, other.disputes, _finality),
            delivered_at=_earliest(self.delivered_at, other.delivered_at),
        )

    def remembered(self) -> OrderFacts:
        """What is kept of a delivery for good: all but the prints, which only its own decision looks at."""
        if not any(each.prints for each in self.sources.values()):
            return self
        bare = {name: msgspec.structs.replace(each, prints=()) for name, each in self.sources.items()}
        return msgspec.structs.replace(self, sources=bare)

    def view(self) -> Snapshot | None:
        """The order as all sources together state it: None while nobody has stated more than a refund.

        The best source gives the amounts; what it leaves open (buyer, code) is filled from the next.
        """
        ranked = [self.sources[name] for name in SOURCES if name in self.sources]
        if not ranked:
            return None
        best = ranked[0]
        return msgspec.structs.replace(
            best,
            at=self.paid_at or best.at,
            paid=self.paid_at != 0,
            void=self.deleted or any(each.void for each in ranked),
            buyer=_first(each.buyer for each in ranked),
            email_hash=_first(each.email_hash for each in ranked),
            code=self.code[1],
            refunds=_of_currency(best.currency, {**best.refunds, **self.refunds, **self._charged_back()}),
            delivered_at=self.delivered_at,
            prints=tuple(sorted({every for each in ranked for every in each.prints})),
        )

    def _charged_back(self) -> dict[str, Refund]:
        """Money that a bank holds back is as good as refunded, until the dispute is won."""
        taken = ((name, each) for name, each in self.disputes.items() if each.taken)
        return {f"dispute {name}": Refund(amount=each.amount, currency=each.currency) for name, each in taken}


SOURCES = ("order", "session", "intent", "charge")
"""`order` is a storefront's own order; the others are Stripe's views of one payment, the richest first."""


class KeptLine(Struct, frozen=True):
    """A line and what the buyer kept and paid of it, in money."""

    line: Line
    net: int
    tax: int


class Kept(Struct, frozen=True):
    """What is left of an order after its refunds and after what was paid with balance.

    `share`: which part of the order was kept, as goods and shipping; that part of a balance spent on it stays spent.
    """

    lines: tuple[KeptLine, ...]
    shipping_net: int
    shipping_tax: int
    share: Fraction = Fraction(1)

    def goods(self, with_tax: bool) -> int:
        """The kept worth of all lines, in minor units."""
        return sum(each.net + (each.tax if with_tax else 0) for each in self.lines)


def kept(order: Snapshot) -> Kept:
    """What was really kept, in money: lines and shipping less refunds. The order of the refunds cannot matter.

    What was returned (lines, shipping) comes off first, then the share of the rest that was paid with balance, and last
    the money given back for nothing in particular, spread over what is left by largest remainder.
    """
    if not (order.refunds or order.deduction or order.void or _below_zero(order)):
        return _all_of_it(order)
    lines = [Part(line.net, line.tax) for line in order.lines]
    whole = [*lines, Part(order.shipping_net, order.shipping_tax), Part(order.fees, 0)]
    goods = [*map(_less_lines, lines, order.lines, repeat(order)), _less_shipping(whole[-2], order), whole[-1]]
    left = _less_balance(goods, order.deduction, _gross(whole))
    back = sum(refund.amount for refund in order.refunds.values())
    left = _less_amount(left, back)
    if order.void:
        left = [Part(0, 0)] * len(left)
    return Kept(
        share=_share(order, _gross(goods), _gross(whole), not back or _gross(left) > 0),
        lines=tuple(KeptLine(line, part.net, part.tax) for line, part in zip(order.lines, left, strict=False)),
        shipping_net=left[-2].net,
        shipping_tax=left[-2].tax,
    )


def _all_of_it(order: Snapshot) -> Kept:
    """Most orders never lose anything: the general way comes to the same, and takes ten times as long."""
    lines = tuple([KeptLine(line, line.net, line.tax) for line in order.lines])
    return Kept(lines, order.shipping_net, order.shipping_tax)


def _below_zero(order: Snapshot) -> bool:
    return any(line.net < 0 or line.tax < 0 for line in order.lines)


class Part(Struct, frozen=True):
    """A line's or the shipping's amount, split into net and tax."""

    net: int
    tax: int

    @property
    def gross(self) -> int:
        """Net and tax together."""
        return self.net + self.tax

    def less(self, gross: int) -> Part:
        """The part after taking `gross` off it, never below zero; net and tax shrink alike."""
        left = max(self.gross - gross, 0)
        net, tax = money.allocate(left, [self.net, self.tax])
        return Part(net, tax)


def _gross(parts: Iterable[Part]) -> int:
    return sum(part.gross for part in parts)


def _share(order: Snapshot, goods: int, whole: int, money_left: bool) -> Fraction:
    """The part of the order that was kept: by what it cost, or by its pieces where the balance paid for everything.

    An order all of whose money went back keeps nothing, even where no line was named.
    """
    if order.void:
        return Fraction(0)
    if whole > order.deduction:
        return Fraction(goods, whole) if money_left else Fraction(0)
    if whole:
        return Fraction(goods, whole)
    pieces = sum(line.quantity for line in order.lines)
    back = sum(min(_pieces_back(order, line), line.quantity) for line in order.lines)
    return Fraction(pieces - back, pieces) if pieces else Fraction(1)


def _pieces_back(order: Snapshot, line: Line) -> int:
    refunded = (each for refund in order.refunds.values() for each in refund.lines)
    return sum(each.quantity for each in refunded if each.line == line.id)


def _less_lines(part: Part, line: Line, order: Snapshot) -> Part:
    net, tax, quantity = part.net, part.tax, 0
    for refund in order.refunds.values():
        for each in refund.lines:
            if each.line != line.id:
                continue
            if each.net is None:
                quantity += each.quantity
                continue
            net -= each.net - (each.tax if order.tax_included else 0)
            tax -= each.tax
    if quantity and line.quantity:
        left = max(line.quantity - quantity, 0)
        net -= line.net - money.allocate(line.net, [left, min(quantity, line.quantity)])[0]
        tax -= line.tax - money.allocate(line.tax, [left, min(quantity, line.quantity)])[0]
    if not order.tax_included:
        return Part(max(net, 0), max(tax, 0))
    # Where the tax is part of the amount, more tax than there is was no tax: the sum is what went back.
    gross = max(net + tax, 0)
    net = min(max(net, 0), part.net, gross)
    return Part(net, min(gross - net, part.tax))


def _less_shipping(part: Part, order: Snapshot) -> Part:
    refunds = order.refunds.values()
    net = sum(refund.shipping_net for refund in refunds)
    if part.net and not order.tax_included:
        net = money.round_ratio(net * part.gross, part.net, "half_up")
    return part.less(net + sum(refund.shipping for refund in refunds))


def _less_balance(parts: list[Part], balance: int, paid: int) -> list[Part]:
    """Without the share that was paid with balance: of what is left as of the whole."""
    if not balance or not paid:
        return parts
    return _less_amount(parts, money.allocate(_gross(parts), [balance, max(paid - balance, 0)])[0])


def _less_amount(parts: list[Part], amount: int) -> list[Part]:
    left = [part.gross for part in parts]
    shares = money.allocate(min(amount, sum(left)), left)
    return [part.less(share) for part, share in zip(parts, shares, strict=True)]


def _join(mine: Mapping[str, T], theirs: Mapping[str, T], rank: Callable[[T], object]) -> dict[str, T]:
    """The union; where both have a key, the greater by `rank`. Sorted, so that equal facts are equal bytes."""
    keys = sorted(mine.keys() | theirs.keys())
    pairs = ((key, [each[key] for each in (mine, theirs) if key in each]) for key in keys)
    return {key: max(values, key=cast("Callable[[T], tuple[int, ...]]", rank)) for key, values in pairs}


def _newness(snapshot: Snapshot) -> tuple[int, bool, bool, int, bool, bytes]:
    # Storefronts stamp whole seconds: of two snapshots of one second the one that is further on wins, and of two that
    # are equally far the one that says who bought.
    refunded = sum(_returned(refund) for refund in snapshot.refunds.values())
    named = snapshot.buyer != ""
    return snapshot.stamp_ms, snapshot.void, snapshot.paid, refunded, named, msgspec.json.encode(snapshot)


def _weight(refund: Refund) -> tuple[int, bytes]:
    # A cumulative amount (Stripe) only grows: the greatest is the newest.
    return _returned(refund), msgspec.json.encode(refund)


def _of_currency(currency: str, refunds: dict[str, Refund]) -> dict[str, Refund]:
    return {name: each for name, each in refunds.items() if each.currency in ("", currency)}


def _finality(dispute: Dispute) -> tuple[bool, int, bool, int, str]:
    # A closed dispute stays closed, whatever stamps the bank's messages carry.
    return dispute.closed, dispute.stamp_ms, not dispute.taken, dispute.amount, dispute.currency


def _returned(refund: Refund) -> int:
    return refund.amount + refund.shipping + refund.shipping_net + sum(each.net or 0 for each in refund.lines)


def _earliest(*instants: int) -> int:
    """The smallest instant of those that are stated (not 0)."""
    return min((each for each in instants if each), default=0)


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")
