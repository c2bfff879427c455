"""A buyer as somebody's friend: whose, and what the order makes of it for the referrer.

A friend has one referrer, for ever, and converts with one order. What it means for the referrer's books is settled
later, from the conversion records (`domain/referrals.py`). Imports worth, records and the programme.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain import signals, worth
from chalicelib.domain.decisions import Facts
from chalicelib.domain.events import Event, FriendConverted, FriendReferred
from chalicelib.domain.kept import Kept
from chalicelib.domain.orders import Snapshot
from chalicelib.domain.programme import Referral, Version
from chalicelib.domain.records import Code, CodeRef, Conversion, ConversionRef, Converted, Member, Order

DAY_S = 86_400

CLOCKS_DIFFER_S = 3600
"""A friend may have paid so long before the referral by the storefront's clock; what is older was no friend's order."""

NOT_MINE = "-"
"""Stands for the order by which a member converted, once that turned out to be somebody else's."""


def attribute(order: Order, buyer: Member, bought: Snapshot, rule: Referral, facts: Facts) -> tuple[Order, Member]:
    """Whose friend the buyer is, when the order itself brings a code. Decided once: a refusal is remembered too."""
    if buyer.referrer or order.refused:
        return order, buyer
    if not bought.code:
        # Where later orders count too, one from before the referral must not convert when it is delivered again.
        return order if rule.qualifies.first_order else replace(order, refused="no-code"), buyer
    if rule.qualifies.first_order and buyer.first_order != str(order.ref):
        return replace(order, refused="not-a-new-customer"), buyer
    code = facts.find(CodeRef(bought.code), Code)
    if code is None:
        return replace(order, refused="unknown-code"), buyer
    if is_self(code, buyer.member, buyer.email_hash, bought.email_hash):
        return replace(order, refused="self-referral"), buyer
    return order, replace(buyer, referrer=code.member, referrer_hash=code.email_hash, referred_at=bought.at)


def is_self(code: Code, friend: str, *email_hashes: str) -> bool:
    """Whether the owner of a code and a friend are one person: the same member, or the same normalised e-mail."""
    return code.member == friend or (code.email_hash != "" and code.email_hash in email_hashes)


def convert(
    order: Order, buyer: Member, bought: Snapshot, left: Kept, version: Version, rule: Referral
) -> Converted | None:
    """What the order makes of its buyer as a friend; None while it never counted."""
    if _is_friends(order, buyer, bought, rule) and qualifies(bought, left, version, rule):
        return Converted(buyer.referrer, buyer.member, worth.referral_base(rule, left), True, bought.currency)
    return ended(order.conversion)


def ended(past: Converted | None) -> Converted | None:
    """What stays of a conversion that counts no more: whose it was, so that its record is found if it counts again."""
    return replace(past, base=0, live=False) if past else None


def _is_friends(order: Order, buyer: Member, bought: Snapshot, rule: Referral) -> bool:
    """Whether it is the order by which a referred buyer can convert: the right one, in time, not the referrer's own."""
    mine = str(order.ref)
    if not buyer.referrer or order.refused or buyer.converting not in ("", NOT_MINE, mine):
        return False
    own = buyer.referrer_hash != "" and buyer.referrer_hash in (buyer.email_hash, bought.email_hash)
    first = not rule.qualifies.first_order or buyer.first_order == mine
    return first and not own and -CLOCKS_DIFFER_S <= bought.at - buyer.referred_at <= rule.window_days * DAY_S


def qualifies(bought: Snapshot, left: Kept, version: Version, rule: Referral) -> bool:
    """Whether enough of an order was kept to convert its buyer, some of it paid in money of a named currency."""
    goods = left.goods_with_balance(rule.base.tax)
    paid_in_money = left.goods(rule.base.tax) > 0
    enough = paid_in_money and worth.reaches(rule.qualifies.minimum, goods, bought.currency, version.programme)
    return enough and version.programme.rewards(bought.currency)


def conversions(
    order: Order, converted: Converted | None, before: Member | None, bought: Snapshot, facts: Facts
) -> list[Conversion]:
    """The referrers' records that change: the one of this buyer, and that of an earlier buyer of the same order."""
    past = order.conversion
    if past == converted:
        return []
    changed = []
    if past and (converted is None or past.friend != converted.friend):
        stale = facts.find(ConversionRef(past.referrer, past.friend), Conversion)
        changed += [replace(stale, base=0, live=False, todo=1)] if stale else []
    if converted:
        known = past or (before and before.converting)
        ref, mine = ConversionRef(converted.referrer, converted.friend), str(order.ref)
        stored = facts.find(ref, Conversion) if known else None
        fresh = stored or Conversion(converted.referrer, converted.friend, mine)
        at = (fresh.at if fresh.order == mine else 0) or bought.at
        said = {"currency": bought.currency, "base": converted.base, "live": converted.live}
        fresh = replace(fresh, order=mine, at=at, todo=1, **said)
        told = bought.prints or not fresh.prints
        changed.append(replace(fresh, prints=_prints(before, bought, facts) if told else fresh.prints))
    return changed


def _prints(friend: Member | None, bought: Snapshot, facts: Facts) -> tuple[str, ...]:
    """What the order tells of the friend, where the programme looks at it."""
    if not reviewed(facts.history.at(bought.at)):
        return ()
    return signals.of_friend(bought.prints, bought.email_hash or (friend.email_hash if friend else ""))


def reviewed(version: Version | None) -> bool:
    """Whether bonuses of that programme can be held for review."""
    return bool(version and version.programme.referral and version.programme.referral.review)


def happened(before: Member, after: Member, now: Converted | None, past: Converted | None) -> list[Event]:
    """What changed for a buyer as a friend."""
    events: list[Event] = []
    if after.referrer != before.referrer:
        events.append(FriendReferred(after.member, after.referrer))
    if now and now.live != (past.live if past else False):
        events.append(FriendConverted(now.friend, now.referrer, now.live))
    return events
