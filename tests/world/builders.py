"""Orders and programmes for tests, with defaults for what a test is not about."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.domain.commands import (
    AdjustBalance,
    CaptureHold,
    ClaimReferral,
    IssueCode,
    MergeMembers,
    PlaceHold,
    RecordOrder,
    Redeem,
    ReleaseHold,
    SettleReferrals,
    UndoEntry,
    UpdateMember,
)
from chalicelib.domain.core.identity import new_code
from chalicelib.domain.orders.facts import Dispute, Line, OrderFacts, Refund, RefundLine, Snapshot
from chalicelib.domain.programme.document import Programme, parse

CONNECTION = "shop"
NOW = 1_770_000_000
"""2026-02-02T02:40:00Z: when tests happen."""
PAID_AT = NOW - 3600
DAY_S = 86_400

ANNA, BEN, CLEO, DORA = "shop.anna", "shop.ben", "shop.cleo", "shop.dora"
CODE = new_code(b"annas-code")
OTHER_CODE = new_code(b"bens-code")

LANDING = {"page": "https://shop.example/welcome", "hosts": ["shop.example"]}
CASHBACK = {"id": "cashback", "percent": Decimal(5)}
CASHBACK_ACCOUNT = "programme:cashback"
"""The programme's account that pays it."""


def at(text: str) -> int:
    """The instant of a text such as `2026-02-02T10:00+01:00`."""
    return int(datetime.fromisoformat(text).timestamp())


def document(**parts: Any) -> dict[str, Any]:
    """5% cashback in euros and no referrals, unless `parts` say something else."""
    return {"name": "Club", "currency": "EUR", "landing": LANDING, "earn": [CASHBACK], **parts}


def programme_of(**parts: Any) -> Programme:
    return parse(document(**parts))


def referring(**rule: Any) -> Programme:
    """5% cashback, and 10% of two friends' orders unless `rule` says something else."""
    reward = {} if "amount" in rule else {"percent": Decimal(10)}
    return programme_of(referral=reward | rule)


def line(line_id: str = "1", net: int = 10_000, tax: int = 0, **parts: Any) -> Line:
    """One piece for 100.00."""
    fields = {"product": "p1", "sku": "MUG", "quantity": 1} | parts
    return Line(line_id, net=net, tax=tax, **fields)


def snapshot(*lines: Line, **parts: Any) -> Snapshot:
    """A paid order of one line, as its storefront states it."""
    fields = {"stamp_ms": 1, "currency": "EUR", "at": PAID_AT, "paid": True, "lines": lines or (line(),)}
    return Snapshot(**fields | parts)


def states(snapshot: Snapshot | None = None, *, source: str = "order", **refunds: Refund) -> OrderFacts:
    return OrderFacts({source: snapshot} if snapshot else {}, refunds)


def order(order_id: str, buyer: str, *lines: Line, **parts: Any) -> RecordOrder:
    """The delivery of a paid order of 100.00."""
    return RecordOrder(CONNECTION, order_id, states(snapshot(*lines, buyer=buyer, **parts)))


def refund(order_id: str, refund_id: str = "r1", **parts: Any) -> RecordOrder:
    """The delivery of a refund, which names no customer."""
    return RecordOrder(CONNECTION, order_id, states(**{refund_id: Refund(**parts)}))


def void(order_id: str, buyer: str, *lines: Line, stamp_ms: int = 2, **parts: Any) -> RecordOrder:
    """The delivery of the same order, cancelled."""
    return order(order_id, buyer, *lines, stamp_ms=stamp_ms, void=True, **parts)


def of_line(line_id: str = "1", quantity: int = 1, net: int | None = None, tax: int = 0) -> Refund:
    return Refund(lines=(RefundLine(line_id, quantity, net, tax),))


def issue(member: str = ANNA, code: str = CODE) -> IssueCode:
    return IssueCode(member, code)


def claim(friend: str, code: str = CODE, email_hash: str = "") -> ClaimReferral:
    return ClaimReferral(friend, code, email_hash)


def settle(*friends: str, referrer: str = ANNA) -> SettleReferrals:
    return SettleReferrals(referrer, friends)


def bought(friend: str, **parts: Any) -> RecordOrder:
    """A friend's first order of 100.00, which brings Anna's code; its id is the friend's name."""
    return order(f"of-{friend}", friend, code=CODE, **parts)


def merge(merged: str, survivor: str = ANNA, **parts: Any) -> MergeMembers:
    return MergeMembers(survivor, merged, **parts)


def profile(member: str, email_hash: str) -> UpdateMember:
    """A member's e-mail by its hash; the rest of a profile is empty."""
    return UpdateMember(member, f"{member}@example.com", email_hash, "", "", {})


def hold(amount: int, hold_id: str = "h1", member: str = ANNA, **parts: Any) -> PlaceHold:
    """A reservation of euros, for an hour unless the programme or `minutes` say something else."""
    return PlaceHold(member, hold_id, "EUR/2", amount, **parts)


def capture(amount: int | None = None, hold_id: str = "h1", member: str = ANNA) -> CaptureHold:
    return CaptureHold(member, hold_id, amount)


def release(hold_id: str = "h1", member: str = ANNA) -> ReleaseHold:
    return ReleaseHold(member, hold_id)


def redeem(amount: int, member: str = ANNA, **parts: Any) -> Redeem:
    return Redeem(member, "EUR/2", amount, **parts)


def undo(entry: int, member: str = ANNA) -> UndoEntry:
    """A redemption without an order is given back by hand."""
    return UndoEntry(member, entry, "a mistake")


def adjust(amount: int, member: str = ANNA, asset: str = "EUR/2") -> AdjustBalance:
    return AdjustBalance(member, asset, amount, "by hand")


def disputed(
    order_id: str, amount: int, stamp_ms: int = 1, *, taken: bool = True, closed: bool = False, name: str = "d1"
) -> RecordOrder:
    """The delivery of a chargeback of euros, as it stands at `stamp_ms`."""
    dispute = Dispute(stamp_ms, amount, "EUR", taken, closed)
    return RecordOrder(CONNECTION, order_id, OrderFacts(disputes={name: dispute}))
