"""The facts of an order: the join of all snapshots, refunds and disputes that its storefront has sent.

Snapshots are kept per source by the sender's own stamp, refunds by refund id. `OrderFacts.merge` is commutative,
associative and idempotent, so a delivery that comes twice, late or before its predecessor ends in the same order
(a join semilattice; see Shapiro et al., "Conflict-free replicated data types", 2011). Three facts are not, because a
sender gives them no stamp of their own: a `live` snapshot at an equal stamp, `trashed`, and when an order that had been
`placed` before was paid. All ignore repetitions.

Theory of operation:

    sources      the newest snapshot of each source: what is stated now
    last_settled the newest snapshot that was paid or void, where the newest one is neither: what earns is the lesser of
                 the two if it was paid, and nothing if it was void, until the order is paid again
    last_stated  per source and field the newest snapshot that stated it, where the newest one is silent of it
    paid_once    the most that was ever paid, of the whole, by balance and in pieces of a line, where less is stated
                 now: an edit took it out, and a refund may be telling of that edit (`domain/orders/kept.py`)
    buyer        who was stated to have bought; silence replaces nobody
    payments     of an invoice: the orders that paid it; it is no order itself (`of_payments`)

Amounts are minor units of `currency`; times are seconds since 1970 unless the name says `_ms`. No personal data: the
buyer is an opaque member id and, in a delivery only, a keyed hash of the e-mail. Imports identity and money.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Annotated, NamedTuple, TypeVar, cast

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import force_setattr, replace

from chalicelib.domain.core import money
from chalicelib.domain.core.identity import is_guest

T = TypeVar("T")
Amount = Annotated[int, Meta(ge=0)]

TRASHED = 1
"""The `OrderFacts.trashed` of a delivery: the order was put into the trash at the time of the delivery."""

AT_ONCE_S = 60
"""What is paid so soon after it was placed was paid when it was placed, as where no earlier body was heard."""

AHEAD_S = 300
"""What a sender's clock may be ahead of ours; a stamp beyond counts as of its arrival (`domain/orders/stamps.py`)."""

MAX_AHEAD = 32
"""The most such stamps that an order remembers."""

MAX_SUPERSEDED = 32
"""The most digests of superseded bodies of one stamp; no known storefront saves an order so often in one second."""


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
    """The refund of a line. Without `net` the share follows from the quantity; where `tax` is None, it is the line's
    share of what was given back.
    """

    line: str
    quantity: int
    net: int | None = None
    tax: int | None = 0

    def worth(self, tax_included: bool) -> int:
        """What was given back of the line, with tax, as far as its amounts are stated."""
        return (self.net or 0) + (0 if tax_included else self.tax or 0)


class Refund(Struct, frozen=True, omit_defaults=True):
    """One refund: by line, of shipping, of `fees`, or of an `amount` of money (tax included) that names no line.

    `shipping` contains its tax; `shipping_net` does not unless the order's prices do, and its tax follows from the
    order's shipping. `currency` is what the refund itself states, if it does. `stamp_ms` is that of a cumulative
    amount, of which the newest counts (Stripe's `amount_refunded`); 0 for a refund of its own. `money`: the amount is
    of what was paid in money alone, as a chargeback is; otherwise it is of the order's price, however that was paid.
    One in the buyer's currency (`OrderFacts.presentment`) states `amount` and `fees` alone.
    `withheld`: money that was not given for what came back, all of it where `unpaid`; an `amount` that another refund
    gives later pays it first. Where an amount `lowers` the price, it pays nothing of what was `unpaid`.
    """

    lines: tuple[RefundLine, ...] = field(default=(), name="l")
    shipping: Amount = field(default=0, name="s")
    shipping_net: Amount = field(default=0, name="sn")
    amount: Amount = field(default=0, name="a")
    currency: str = field(default="", name="c")
    fees: Amount = field(default=0, name="fe")
    stamp_ms: int = field(default=0, name="t")
    money: bool = field(default=False, name="m")
    withheld: Amount = field(default=0, name="w")
    unpaid: bool = field(default=False, name="u")
    lowers: bool = field(default=False, name="lo")

    def worth(self, tax_included: bool) -> int:
        """What the returned lines and shipping cost, with tax; of lines as far as their amounts are stated."""
        return sum(line.worth(tax_included) for line in self.lines) + self.shipping + self.shipping_net


class FailedRefund(Struct, frozen=True, array_like=True):
    """A refund that failed or was cancelled at `stamp_ms`: its `amount` never went back, or came back again.

    It is a part of the cumulative refund named `of` (empty: of the order's only one), which knows of the failure only
    where its own stamp is newer.
    """

    stamp_ms: int
    of: str
    amount: Amount
    currency: str


class Dispute(Struct, frozen=True, array_like=True):
    """A chargeback as it stood at `stamp_ms`: while `taken` its `amount` of money is away from the shop.

    `closed`: a dispute that was won gives the money back (`taken` False), one that was lost does not. It is never open
    again; of two ends the later counts.
    """

    stamp_ms: int
    amount: Amount
    currency: str
    taken: bool
    closed: bool = False


class Snapshot(Struct, frozen=True, omit_defaults=True):
    """The whole order as one source stated it at `stamp_ms`.

    `at`: when it was paid; where `placed`, the sender only says when it was placed, and if such a snapshot is not paid,
    nothing of the order was by its stamp. `paid`: all that it states has been paid, even if refunded since. `void`:
    nothing of it is kept (cancelled, wholly refunded, failed); `declined`: it is void only because a payment failed,
    and the shopper may still pay it. `fees`: what was charged that is neither goods nor shipping, with tax (tips,
    duties, donations, cash rounding); it earns nothing. `refunds`: only for senders whose snapshot lists all of them
    (WooCommerce); the others say theirs one by one. `delivered_at`: when the buyer had the goods (0: not stated).

    `deduction`: what was paid with balance instead of money; where `claimed`, that is what a shopper has written, or a
    discount that may be balance or not, and our books know better. `discounted`: by how much lines and shipping are
    lower already, for whatever reason: so much of the deduction, at the most, shows in them. `test`: the storefront
    marks the order as a test.

    `silent` names what it does not state at all, of SILENCEABLE: that stays as it was stated last. `unsure` are ids of
    lines whose price it does not state whole, then it is silent of lines, too: only these stay as they were stated.

    `unreceived`: of the total, what was paid with goods that came back for no money (`Refund.unpaid`): what an exchange
    swapped, and what an edit took out before it was paid. `split`: its parts are orders of their own, which earn.
    `lowers_lines`: its lines may be without the pieces that its sender's refunds name.

    `buyer` is empty where nobody is stated; `named`: the shop itself named the member. Only in a delivery:
    `email_hash`, `live` (the body was made when it was sent, so at an equal stamp the one heard later is the newer),
    and `prints`, keyed hashes of what else is known of the buyer, each after its kind: `address:k3v…`, `phone:…`,
    `card:…`, `device:…`, and the plain `mail:disposable`. Only in `OrderFacts.view`, where more was paid once than is
    stated now: `paid_total`, `paid_balance` (of the deduction), `paid_pieces` (of lines, by their ids), and `lowered`,
    by how much (of lines, SHIPPING and FEES, by what their keys in `OrderFacts.paid_once` end with).
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
    named: bool = field(default=False, name="nm")
    claimed: bool = field(default=False, name="cl")
    discounted: Amount = field(default=0, name="dd")
    test: bool = field(default=False, name="te")
    live: bool = field(default=False, name="lv")
    paid_total: Amount = field(default=0, name="pt")
    declined: bool = field(default=False, name="df")
    silent: tuple[str, ...] = field(default=(), name="si")
    unsure: tuple[str, ...] = field(default=(), name="un")
    placed: bool = field(default=False, name="pl")
    unreceived: Amount = field(default=0, name="ur")
    split: bool = field(default=False, name="sl")
    lowers_lines: bool = field(default=False, name="ll")
    paid_balance: Amount = field(default=0, name="pb")
    paid_pieces: dict[str, int] = field(default_factory=dict, name="pp")
    lowered: dict[str, int] = field(default_factory=dict, name="lw")

    @property
    def total(self) -> int:
        """The total charge: goods, shipping and fees with their taxes."""
        goods = sum([line.net + line.tax for line in self.lines])
        return goods + self.shipping_net + self.shipping_tax + self.fees

    def remembered(self) -> Snapshot:
        """The snapshot without the fields that only its own delivery's decision uses."""
        is_owing = self.placed and not self.paid
        if not (self.prints or self.email_hash or self.live) and self.placed == is_owing:
            return self
        return replace(self, prints=(), email_hash="", live=False, placed=is_owing)


SILENCEABLE = ("lines", "refunds", "deduction", "test", "shipping", "fees")
"""The fields that a snapshot may leave unstated."""

BALANCE, LINE, SHIPPING, FEES = "=", "/", "+shipping", "+fees"
"""What the keys of a source in `OrderFacts.paid_once` end with: that of its payment with balance, of a line's price
(LINE and its id), of shipping and of fees. That of a line's pieces has its id after a space."""

PRICE = "price"
"""The entry of `silent` for a snapshot whose price may be lower than the sum of its parts."""


class BuyerStatement(NamedTuple):
    """A statement of who bought. `rank` is how well: 2 where the shop named the member, 1 an account, 0 a guest."""

    rank: int
    stamp_ms: int
    member: str


class CodeStatement(NamedTuple):
    """A statement of an order's referral code."""

    stamp_ms: int
    code: str


class Presentment(NamedTuple):
    """A statement of an order's price in the currency that the buyer paid in, and its `worth` in the order's own, both
    in minor units.
    """

    stamp_ms: int
    currency: str
    price: int
    worth: int


NO_PRESENTMENT = Presentment(0, "", 0, 0)
"""The `presentment` of an order for which no currency but its own was stated."""

NOBODY = BuyerStatement(0, 0, "")
"""The `buyer` of an order for which none was stated."""

NO_CODE = CodeStatement(0, "")
"""The `code` of an order for which none was stated."""


class OrderFacts(Struct, frozen=True, omit_defaults=True, dict=True):
    """The joined facts of one order. `sources` maps a source to its newest snapshot, best source first in SOURCES.

    What must not be forgotten with an older snapshot is kept beside them: `paid_at`, the earliest payment that any
    stated (0: none did), `delivered_at`, the earliest delivery, `code`, the newest statement of a referral code,
    `buyer`, the best statement of who bought, and of equally good ones the newest, and `presentment`, the newest
    statement of the price in the currency that the buyer paid in.

    `deleted` is final. `trashed` is the newest stamp that was known when the order was put into the trash (0: it was
    not): what is newer, or that it was `restored`, brings the order back. `superseded` are digests of the bodies that a
    live one of the same stamp has replaced. `payments`: how much of an invoice (the source WHOLE_INVOICE) each order
    paid, tax included. `ahead`: what stamps count as that were ahead of our clock, both in milliseconds. Older items
    have in `last_settled` no void snapshots; still older ones have neither that nor `buyer`, `paid_once`,
    `last_stated`, `payments`: an order whose newest snapshot is not paid earns by that one if it was paid before.
    """

    sources: dict[str, Snapshot] = field(default_factory=dict, name="s")
    refunds: dict[str, Refund] = field(default_factory=dict, name="r")
    deleted: bool = field(default=False, name="x")
    paid_at: int = field(default=0, name="pa")
    code: CodeStatement = field(default=NO_CODE, name="rc")
    disputes: dict[str, Dispute] = field(default_factory=dict, name="dp")
    delivered_at: int = field(default=0, name="da")
    last_settled: dict[str, Snapshot] = field(default_factory=dict, name="ss")
    buyer: BuyerStatement = field(default=NOBODY, name="b")
    failed: dict[str, FailedRefund] = field(default_factory=dict, name="fr")
    trashed: int = field(default=0, name="tr")
    restored: bool = field(default=False, name="rs")
    superseded: tuple[str, ...] = field(default=(), name="su")
    paid_once: dict[str, int] = field(default_factory=dict, name="pt")
    last_stated: dict[str, Snapshot] = field(default_factory=dict, name="sp")
    payments: dict[str, int] = field(default_factory=dict, name="py")
    presentment: Presentment = field(default=NO_PRESENTMENT, name="ps")
    ahead: dict[int, int] = field(default_factory=dict, name="ah")

    def __post_init__(self) -> None:
        """Derives the joined fields from the snapshots, so that the merge is idempotent."""
        paid_at, delivered_at, code, buyer = self.paid_at, self.delivered_at, self.code, self.buyer
        for snapshot in (*self.sources.values(), *self.last_settled.values()):
            # The earlier of two instants, of which 0 is none.
            paid_at = min(paid_at or snapshot.at, snapshot.at or paid_at) if snapshot.paid else paid_at
            delivered_at = min(delivered_at or snapshot.delivered_at, snapshot.delivered_at or delivered_at)
            code = max(code, CodeStatement(snapshot.stamp_ms, snapshot.code)) if snapshot.code else code
            rank = 2 if snapshot.named else 0 if is_guest(snapshot.buyer) else 1
            # Of two statements of one rank and stamp the one that is remembered stays: a live one has superseded the
            # other.
            if snapshot.buyer and (not self.buyer.member or (rank, snapshot.stamp_ms) > self.buyer[:2]):
                buyer = max(buyer, BuyerStatement(rank, snapshot.stamp_ms, snapshot.buyer))
        force_setattr(self, "paid_at", paid_at)
        force_setattr(self, "delivered_at", delivered_at)
        force_setattr(self, "code", code)
        force_setattr(self, "buyer", buyer)
        if self.last_settled:
            settled = {name for name, snapshot in self.sources.items() if snapshot.paid or snapshot.void}
            # Of two settled states of one second the newest may be another one than that which counts.
            waiting = {
                name: snapshot
                for name, snapshot in self.last_settled.items()
                if name not in settled
                or (
                    snapshot is not self.sources[name]
                    and _settled_newness(snapshot) > _settled_newness(self.sources[name])
                )
            }
            # Of what is overtaken, as an earlier release stored it too, the amounts stay where they are higher.
            force_setattr(self, "paid_once", _join(_paid_amounts(self.last_settled), self.paid_once, int))
            force_setattr(self, "last_settled", waiting)
        if self.paid_once:
            paid_now = _paid_amounts(self.newest_settled())
            higher = {name: amount for name, amount in self.paid_once.items() if amount > paid_now.get(name, 0)}
            force_setattr(self, "paid_once", higher)
        if self.last_stated:
            silent = {f"{name} {part}" for name, snapshot in self.sources.items() for part in snapshot.silent}
            force_setattr(self, "last_stated", {key: last for key, last in self.last_stated.items() if key in silent})

    def newest_settled(self) -> dict[str, Snapshot]:
        """The newest snapshot of each source that was paid or void."""
        settled = {name: snapshot for name, snapshot in self.sources.items() if snapshot.paid or snapshot.void}
        return settled | self.last_settled

    def all_last_stated(self) -> dict[str, Snapshot]:
        """The newest snapshot that states a field, by source and field."""
        return self.last_stated | {
            f"{name} {part}": snapshot
            for name, snapshot in self.sources.items()
            for part in SILENCEABLE
            if part not in snapshot.silent
        }

    def _complete(self, name: str, snapshot: Snapshot) -> Snapshot:
        """A snapshot of a source with its unstated fields as they were stated last, be that before it or after."""
        last_stated = self.all_last_stated()
        last = {part: last_stated.get(f"{name} {part}") for part in snapshot.silent}
        if lines := last.get("lines"):
            snapshot = _with_lines(snapshot, lines)
        if refunds := last.get("refunds"):
            snapshot = replace(snapshot, refunds=refunds.refunds)
        if (paid := last.get("deduction")) and paid.deduction > snapshot.deduction:
            snapshot = replace(snapshot, deduction=paid.deduction, claimed=paid.claimed)
        if paid and paid.split:
            snapshot = replace(snapshot, split=True)
        if test := last.get("test"):
            snapshot = replace(snapshot, test=test.test)
        if shipping := last.get("shipping"):
            snapshot = replace(snapshot, shipping_net=shipping.shipping_net, shipping_tax=shipping.shipping_tax)
        fees = last.get("fees")
        return replace(snapshot, fees=fees.fees) if fees else snapshot

    def merge(self, other: OrderFacts) -> OrderFacts:
        """The join of both; the result does not depend on which came first, but for `live` snapshots in `other`."""
        sources, superseded = _join(self.sources, other.sources, _newness), self.superseded
        buyer, last_stated = max(self.buyer, other.buyer), other.last_stated
        settled, others = self.newest_settled(), other.newest_settled()
        if self.superseded or other.superseded or any(snapshot.live for snapshot in other.sources.values()):
            superseded = _superseded(self, other, sources)
            buyer = _buyer_of_both(self, other, sources)
        if self.sources and any(snapshot.silent for snapshot in (*self.sources.values(), *other.sources.values())):
            last_stated = _join(self.all_last_stated(), other.all_last_stated(), _newness)
        return OrderFacts(
            sources=sources,
            refunds=_join(self.refunds, other.refunds, _weight),
            deleted=self.deleted or other.deleted,
            paid_at=min(self.paid_at or other.paid_at, other.paid_at or self.paid_at),
            code=max(self.code, other.code),
            disputes=_join(self.disputes, other.disputes, _finality),
            delivered_at=min(self.delivered_at or other.delivered_at, other.delivered_at or self.delivered_at),
            last_settled=_join(settled, others, _settled_newness),
            buyer=buyer,
            failed=_join(self.failed, other.failed, _earliness),
            trashed=max(self.trashed, other.trashed),
            restored=self.restored or other.restored,
            superseded=superseded,
            paid_once=_join(_paid_amounts(settled) | self.paid_once, _paid_amounts(others) | other.paid_once, int),
            last_stated=last_stated,
            payments=_join(self.payments, other.payments, int),
            presentment=max(self.presentment, other.presentment),
            ahead=_ahead_of_both(self.ahead, other.ahead) if self.ahead or other.ahead else {},
        )

    def stamps(self) -> list[int]:
        """The stamps that these facts state, in milliseconds: of snapshots, refunds and failures of refunds."""
        stamps = [snapshot.stamp_ms for snapshot in self.sources.values()]
        stamps += [refund.stamp_ms for refund in self.refunds.values()]
        return stamps + [failure.stamp_ms for failure in self.failed.values()]

    def is_ahead(self, now: int) -> bool:
        """Whether these facts of a delivery received at `now` state an instant that is ahead of it."""
        payments = (snapshot.at * 1000 for snapshot in self.sources.values())
        return max((*self.stamps(), *payments), default=0) > (now + AHEAD_S) * 1000

    def remembered(self) -> OrderFacts:
        """The facts as they are stored, without the fields that only a delivery's own decision uses."""
        sources = {name: snapshot.remembered() for name, snapshot in self.sources.items()}
        last_settled = {name: snapshot.remembered() for name, snapshot in self.last_settled.items()}
        last_stated = {name: snapshot.remembered() for name, snapshot in self.last_stated.items()}
        if (sources, last_settled, last_stated) == (self.sources, self.last_settled, self.last_stated):
            return self
        return replace(self, sources=sources, last_settled=last_settled, last_stated=last_stated)

    def is_of_invoice(self) -> bool:
        """Whether these are facts of an invoice that orders have paid, not of an order."""
        return WHOLE_INVOICE in self.sources or bool(self.payments)

    def of_payments(self) -> dict[str, OrderFacts]:
        """The facts of each order that paid an invoice: the invoice's amounts in the proportion of that payment.

        Empty while either the invoice or its payments are unknown. A function of the joined facts, so that the order
        of the deliveries does not matter.
        """
        whole = self.sources.get(WHOLE_INVOICE)
        if whole is None or not whole.lines:
            return {}
        return {order: OrderFacts({"invoice": _divided(whole, paid, whole)}) for order, paid in self.payments.items()}

    def with_known(self, known: OrderFacts, now: int) -> OrderFacts:
        """The facts of a delivery received at `now` (seconds), with what they lack and the stored ones (`known`) say.

        The trash has no stamp of its own: it gets the newest known one. A second delivery counts as a redelivery, even
        if the order was restored in between. An order of which only the placing is stated was paid when a body first
        says so that follows one which owed everything; a payment that is known stays, since it only becomes earlier.
        """
        sources = self.sources
        if known.sources:
            sources = {name: _with_payment(snapshot, known, name) for name, snapshot in sources.items()}
        facts = replace(self, sources=sources, paid_at=0)
        if not self.trashed:
            return facts
        stamps = [snapshot.stamp_ms for facts in (known, self) for snapshot in facts.sources.values()]
        return replace(facts, trashed=known.trashed or max(stamps, default=now * 1000))

    @cached_property
    def view(self) -> Snapshot | None:
        """One snapshot of the order from all sources: what was paid, once it was; None while there is no snapshot.

        The best paid source gives the amounts; where it does not state its tax, shipping or fees, the best source that
        does gives the proportions, paid or not. Worked out once: facts never change.
        """
        ranked = [name for name in SOURCES if name in self.sources]
        if not ranked:
            return None
        if len(ranked) > 1:
            ranked = _taken_first(ranked, self.sources)
        settled, snapshots = self.newest_settled(), {**self.sources}
        paid = {name: snapshot for name, snapshot in settled.items() if snapshot.paid}
        best = next((name for name in ranked if name in paid), ranked[0])
        if self.last_stated:
            silent = {name: snapshot for name, snapshot in self.sources.items() if snapshot.silent}
            snapshots |= {name: self._complete(name, snapshot) for name, snapshot in silent.items()}
        newest = amounts = snapshots[best]
        overtaken = self.last_settled.get(best)
        if best in paid and overtaken:
            amounts = _lesser(self._complete(best, paid[best]), newest)
        if len(ranked) > 1:
            amounts = _with_parts(amounts, [self.sources[name] for name in ranked])
        if best == "invoice":
            amounts = _of_all_invoices(amounts, [paid[name] for name in ranked if name in paid])
        once_paid = _paid_amounts(settled) | self.paid_once
        paid_total, paid_balance = once_paid.get(best, 0), once_paid.get(best + BALANCE, 0)
        return replace(
            amounts,
            at=self.paid_at or amounts.at,
            paid=bool(self.paid_at),
            # An order that was paid, was void since, and is not paid again: only senders of one source state that.
            void=self.is_void() or bool(overtaken and overtaken.void and self.paid_at),
            buyer=self.buyer.member,
            email_hash=next(filter(None, (self.sources[name].email_hash for name in ranked)), ""),
            code=self.code.code,
            refunds=self._all_given_back(newest) if newest.refunds or self.refunds or self.disputes else {},
            delivered_at=self.delivered_at,
            prints=tuple(sorted({fingerprint for snapshot in snapshots.values() for fingerprint in snapshot.prints})),
            test=any(snapshot.test for snapshot in snapshots.values()),
            split=any(snapshot.split for snapshot in (*snapshots.values(), *paid.values())),
            paid_total=paid_total if paid_total > amounts.total else 0,
            paid_balance=paid_balance if paid_balance > amounts.deduction else 0,
            paid_pieces=_lowered_pieces(best, amounts, once_paid) if self.paid_once or overtaken else {},
            lowered=_lowered(best, amounts, once_paid) if paid_total > amounts.total else {},
        )

    def is_void(self) -> bool:
        """Whether the order is gone, or void by its newest state: cancelled, failed or wholly refunded."""
        return self.is_gone() or any(snapshot.void for snapshot in self.sources.values())

    def is_gone(self) -> bool:
        """Whether the order was deleted, or is in the trash."""
        if not self.trashed or self.restored:
            return self.deleted
        newest = max((snapshot.stamp_ms for snapshot in self.sources.values()), default=0)
        return self.deleted or newest <= self.trashed

    def _all_given_back(self, newest: Snapshot) -> dict[str, Refund]:
        """The refunds and the disputes whose money is away from the shop, in the currency of the newest snapshot."""
        currency = newest.currency
        pairs = {**newest.refunds, **self._given_back()}.items()
        refunds = {name: self._refund_of_order(refund, currency) for name, refund in pairs}
        refunds |= self._charged_back(currency)
        return _of_currency(currency, refunds)

    def _given_back(self) -> dict[str, Refund]:
        """The refunds less the failures that are newer."""
        refunds = dict(self.refunds)
        for failure in self.failed.values():
            name = failure.of or _only_cumulative(self.refunds, failure.currency)
            refund = refunds.get(name)
            if refund and refund.currency in ("", failure.currency) and refund.stamp_ms <= failure.stamp_ms:
                refunds[name] = replace(refund, amount=max(refund.amount - failure.amount, 0))
        return refunds

    def _charged_back(self, currency: str) -> dict[str, Refund]:
        """The disputes whose money is away from the shop, as refunds."""
        taken = ((name, self._of_order(dispute, currency)) for name, dispute in self.disputes.items() if dispute.taken)
        return {
            f"dispute {name}": Refund(amount=dispute.amount, currency=dispute.currency, money=True)
            for name, dispute in taken
        }

    def _of_order(self, dispute: Dispute, currency: str) -> Dispute:
        """The dispute in the order's currency, if it is in the buyer's."""
        if not self._is_buyers(dispute.currency, currency):
            return dispute
        return replace(dispute, amount=self._converted(dispute.amount), currency=currency)

    def _refund_of_order(self, refund: Refund, currency: str) -> Refund:
        """The refund in the order's currency, if it is in the buyer's: it names no line then, and no shipping."""
        if not self._is_buyers(refund.currency, currency):
            return refund
        amount, fees = self._converted(refund.amount), self._converted(refund.fees)
        return replace(refund, amount=amount, fees=fees, currency=currency)

    def _is_buyers(self, currency: str, of_order: str) -> bool:
        """Whether a currency is that in which the buyer paid, and another than the order's."""
        return currency not in ("", of_order) and currency == self.presentment.currency

    def _converted(self, amount: int) -> int:
        """An amount of the buyer's currency in the order's, by the two prices of the order, rounded half up.

        So the whole price in one is the whole price in the other, whatever the day's exchange rate.
        """
        _, _, price, worth = self.presentment
        return (2 * amount * worth + price) // (2 * price)


SOURCES = ("order", "session", "invoice", "intent", "charge")
"""`order` is a storefront's own order; the others are Stripe's views of one payment, the richest first."""

TAKING = ("intent", "charge")
"""The sources that took the money; what asked for it may have done so in another currency."""

WHOLE_INVOICE = "whole invoice"
"""The source of an invoice of which a delivery does not say who paid it, or that several have paid. It states no order:
each payment is one.
"""


def _taken_first(ranked: Iterable[str], sources: Mapping[str, Snapshot]) -> list[str]:
    """Ranked sources, those in the currency in which the money was taken before others, if that is stated."""
    taken = next((sources[name].currency for name in TAKING if name in sources), "")
    return sorted(ranked, key=lambda name: taken not in ("", sources[name].currency))


def _paid_amounts(settled: Mapping[str, Snapshot]) -> dict[str, int]:
    """What settled snapshots state as paid, by source: in all and part by part, where no discount may be missing from
    the price, by balance, and in the pieces of lines where a sender takes out of these what its refunds name.
    """
    amounts: dict[str, int] = {}
    for name, snapshot in settled.items():
        if not snapshot.paid:
            continue
        if PRICE not in snapshot.silent:
            amounts |= {f"{name}{LINE}{line.id}": line.net + line.tax for line in snapshot.lines}
            amounts[name + SHIPPING] = snapshot.shipping_net + snapshot.shipping_tax
            amounts[name + FEES] = snapshot.fees
            amounts[name] = snapshot.total
        if not snapshot.claimed:
            amounts[name + BALANCE] = snapshot.deduction
        if snapshot.lowers_lines:
            amounts |= {f"{name} {line.id}": line.quantity for line in snapshot.lines}
    return amounts


def _lowered_pieces(source: str, amounts: Snapshot, paid_once: Mapping[str, int]) -> dict[str, int]:
    """The pieces that were paid once, of lines of which fewer are stated now, by their ids."""
    pieces = {line.id: paid_once.get(f"{source} {line.id}", 0) for line in amounts.lines}
    return {line.id: pieces[line.id] for line in amounts.lines if pieces[line.id] > line.quantity}


def _lowered(source: str, amounts: Snapshot, once_paid: Mapping[str, int]) -> dict[str, int]:
    """By how much less is stated now than was paid once, part by part, by what the parts' keys end with."""
    now = _paid_amounts({source: replace(amounts, paid=True, silent=())})
    begin = source + LINE, source + SHIPPING, source + FEES
    parts = {name: once for name, once in once_paid.items() if name.startswith(begin) and once > now.get(name, 0)}
    return {name.removeprefix(source): once - now.get(name, 0) for name, once in parts.items()}


def _only_cumulative(refunds: Mapping[str, Refund], currency: str) -> str:
    """The name of the cumulative refund in that currency, empty for none.

    A payment intent has one charge that took money: of several that one has most to give back.
    """
    cumulative = {name: refund for name, refund in _of_currency(currency, refunds).items() if refund.stamp_ms}
    return max(cumulative, key=lambda name: (cumulative[name].amount, name), default="")


def _with_lines(snapshot: Snapshot, last: Snapshot) -> Snapshot:
    """A snapshot with the lines that another states: all of them, or those of whose price it is unsure.

    Pieces that it has less of are gone for sure.
    """
    if not snapshot.unsure:
        return replace(snapshot, lines=last.lines, tax_included=last.tax_included, discounted=last.discounted)
    known = {line.id: line for line in last.lines if line.id in snapshot.unsure}
    pairs = ((line, known.get(line.id, line)) for line in snapshot.lines)
    return replace(snapshot, lines=tuple(line if line.quantity < other.quantity else other for line, other in pairs))


def _with_payment(snapshot: Snapshot, known: OrderFacts, source: str) -> Snapshot:
    """A snapshot of an order that was placed at its `at` with the time of its payment, as far as that is known."""
    before = known.sources.get(source, snapshot)
    if not (snapshot.placed and snapshot.paid):
        return snapshot
    if known.paid_at:
        return replace(snapshot, at=known.paid_at)
    was_owing = before.placed and before.stamp_ms < snapshot.stamp_ms
    paid_at = snapshot.stamp_ms // 1000
    return replace(snapshot, at=paid_at) if was_owing and paid_at > snapshot.at + AT_ONCE_S else snapshot


def _lesser(paid: Snapshot, newest: Snapshot) -> Snapshot:
    """The lesser of two snapshots, part by part: an edit's removals count at once, its additions once they are paid."""
    lines_now = {line.id: line for line in newest.lines}
    pairs = ((line, lines_now[line.id]) for line in paid.lines if line.id in lines_now)
    return replace(
        paid,
        stamp_ms=newest.stamp_ms,
        name=newest.name or paid.name,
        lines=tuple(_lesser_line(paid_line, line_now) for paid_line, line_now in pairs),
        shipping_net=min(paid.shipping_net, newest.shipping_net),
        shipping_tax=min(paid.shipping_tax, newest.shipping_tax),
        fees=min(paid.fees, newest.fees),
    )


def _with_parts(amounts: Snapshot, sources: Iterable[Snapshot]) -> Snapshot:
    """The amounts of a payment, divided as the first of its sources that states tax, shipping or fees divides its own.

    Where less was taken than had been asked for, each part has shrunk alike.
    """
    if len(amounts.lines) != 1 or _states_parts(amounts):
        return amounts
    stating = (source for source in sources if source.currency == amounts.currency and _states_parts(source))
    source = next(stating, None)
    return _divided(amounts, amounts.total, source) if source else amounts


def _divided(payment: Snapshot, total: int, like: Snapshot) -> Snapshot:
    """A payment (one line, shipping and fees) of a total, in the proportions of another snapshot."""
    goods = like.lines[0]
    weights = [goods.net, goods.tax, like.shipping_net, like.shipping_tax, like.fees]
    net, tax, shipping_net, shipping_tax, fees = money.allocate(total, weights)
    line = replace(payment.lines[0], net=net, tax=tax)
    return replace(payment, lines=(line,), shipping_net=shipping_net, shipping_tax=shipping_tax, fees=fees)


def _of_all_invoices(invoice: Snapshot, paid: Iterable[Snapshot]) -> Snapshot:
    """The whole of a payment, divided as its newest invoice is: the payment may have paid several invoices."""
    total = max((snapshot.total for snapshot in paid if snapshot.currency == invoice.currency), default=0)
    return _divided(invoice, total, invoice) if total > invoice.total and len(invoice.lines) == 1 else invoice


def _states_parts(snapshot: Snapshot) -> bool:
    """Whether a snapshot of a payment (one line) states its tax, shipping or fees."""
    return len(snapshot.lines) == 1 and snapshot.lines[0].net != snapshot.total


def _lesser_line(paid: Line, newest: Line) -> Line:
    return Line(
        paid.id,
        paid.product,
        paid.sku,
        min(paid.quantity, newest.quantity),
        min(paid.net, newest.net),
        min(paid.tax, newest.tax),
        paid.labels,
        paid.earns and newest.earns,
    )


def _superseded(facts: OrderFacts, other: OrderFacts, newest: dict[str, Snapshot]) -> tuple[str, ...]:
    """The digests of the bodies that live ones of the same stamps have superseded; puts these into `newest`."""
    superseded = facts.superseded
    for name, snapshot in other.sources.items():
        stored = facts.sources.get(name)
        if stored is None or stored.stamp_ms != snapshot.stamp_ms:
            superseded = superseded if stored and stored.stamp_ms > snapshot.stamp_ms else other.superseded
        elif not snapshot.live:
            superseded = tuple(sorted({*superseded, *other.superseded}))[-MAX_SUPERSEDED:]
        elif _digest(snapshot) in superseded or _digest(snapshot) == _digest(stored):
            newest[name] = stored
        else:
            newest[name] = snapshot
            superseded = tuple(sorted({*superseded, _digest(stored)}))[-MAX_SUPERSEDED:]
    return superseded


def _buyer_of_both(facts: OrderFacts, other: OrderFacts, newest: Mapping[str, Snapshot]) -> BuyerStatement:
    """The buyer with the higher rank, then the later stamp; at an equal stamp a live body's where it is the newest."""
    live = {name: snapshot for name, snapshot in other.sources.items() if snapshot.live}
    if not live or facts.buyer[:2] != other.buyer[:2]:
        return max(facts.buyer, other.buyer)
    is_news = any(newest[name] is snapshot for name, snapshot in live.items())
    return other.buyer if is_news else facts.buyer


def _ahead_of_both(first: Mapping[int, int], second: Mapping[int, int]) -> dict[int, int]:
    """What the greatest stamps count as that were ahead: one that was forgotten counts as less than these."""
    both = {**first, **second}
    remembered = sorted(both)[-MAX_AHEAD:]
    return {stamp: min(stamps[stamp] for stamps in (first, second) if stamp in stamps) for stamp in remembered}


def _digest(snapshot: Snapshot) -> str:
    """A digest (64 bits of BLAKE2b) of a snapshot as it is stored."""
    body = msgspec.json.encode(snapshot.remembered())
    return b64encode(hashlib.blake2b(body, digest_size=8).digest()).decode().rstrip("=")


def _join(first: Mapping[str, T], second: Mapping[str, T], rank: Callable[[T], object]) -> dict[str, T]:
    """The union; where both have a key, the greater by `rank`. Sorted, so that equal facts are equal bytes."""
    both = {**second, **first}
    for key in first.keys() & second.keys():
        # Ranking a snapshot encodes it, and nearly all of a redelivery is equal to what is known.
        if first[key] != second[key]:
            both[key] = max(first[key], second[key], key=cast("Callable[[T], tuple[int, ...]]", rank))
    return dict(sorted(both.items()))


def _newness(snapshot: Snapshot) -> tuple[int, bool, bool, int, int, int, bool, bytes, bytes]:
    # Storefronts stamp whole seconds: of two snapshots of one second the one that is further on wins, of two that are
    # equally far the one that states more, then the lower price (an edit takes out at once, and what it adds waits for
    # its payment), then the one that says who bought. What only a delivery has decides last: the one that is stored
    # has lost it, and must win or lose as it did when it was delivered.
    refunded = sum(returned(refund) for refund in snapshot.refunds.values())
    named = snapshot.buyer != ""
    remembered = snapshot.remembered()
    kept = msgspec.json.encode(remembered)
    whole = kept if remembered is snapshot else msgspec.json.encode(snapshot)
    progress = snapshot.stamp_ms, snapshot.void, snapshot.paid, refunded
    return *progress, -len(snapshot.silent), -snapshot.total, named, kept, whole


def _settled_newness(snapshot: Snapshot) -> tuple[object, ...]:
    # Of one second the paid one wins: a live body may have replaced a void one, which must change nothing once more.
    return snapshot.stamp_ms, not snapshot.void, *_newness(snapshot)


def _weight(refund: Refund) -> tuple[int, int, bool, int, bytes]:
    # A refund without a stamp of its own only grows: the greatest is the newest, and the one that withholds least.
    return refund.stamp_ms, returned(refund), not refund.unpaid, -refund.withheld, msgspec.json.encode(refund)


def _earliness(failure: FailedRefund) -> tuple[int, int, str, str]:
    # Several events tell of one failure; the first of them says when it happened.
    return -failure.stamp_ms, failure.amount, failure.of, failure.currency


def _of_currency(currency: str, refunds: Mapping[str, Refund]) -> dict[str, Refund]:
    return {name: refund for name, refund in refunds.items() if refund.currency in ("", currency)}


def _finality(dispute: Dispute) -> tuple[bool, int, bool, int, str]:
    # A closed dispute stays closed, whatever stamps the bank's messages carry.
    return dispute.closed, dispute.stamp_ms, not dispute.taken, dispute.amount, dispute.currency


def returned(refund: Refund) -> int:
    """The money that a refund states, in minor units; what follows from quantities is not in it."""
    lines = sum(line.net or 0 for line in refund.lines)
    return refund.amount + refund.shipping + refund.shipping_net + refund.fees + lines
