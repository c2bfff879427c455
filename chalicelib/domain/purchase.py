"""An order is recorded: merge what was stated, work out what it is worth, post the difference.

A duplicate merges to the same facts, is worth the same, and changes nothing. Reading order: the order and its buyer
first; more (a referral code, a conversion, an earlier buyer) only where the order touches it.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain import friends, posting, worth
from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.decisions import Decision, Facts
from chalicelib.domain.errors import Unprocessable
from chalicelib.domain.events import Event, OrderRecorded
from chalicelib.domain.orders import Snapshot, kept
from chalicelib.domain.programme import Version
from chalicelib.domain.records import (
    Code,
    CodeRef,
    ConversionRef,
    Converted,
    Member,
    MemberRef,
    Order,
    OrderRef,
    Record,
)
from chalicelib.domain.worth import Due


class Recorded(Struct, frozen=True):
    """Whether anything changed, and why the order earns nothing (empty when it earns)."""

    changed: bool
    nothing_due: str


def record_order(command: RecordOrder, facts: Facts, now: int) -> Decision:
    """The decision on what a storefront stated of an order."""
    ref = OrderRef(command.connection, command.order)
    stated = command.facts.view()
    facts.need(ref, *([MemberRef(stated.buyer)] if stated and stated.buyer else []))
    stored = facts.find(ref, Order)
    order = stored or Order(command.connection, command.order)
    order = replace(order, facts=order.facts.merge(command.facts))
    bought = order.facts.view()
    if bought is None or not bought.paid:
        return _only(order, stored, bought)
    _check_refunds(bought)
    if stored and _introduced(stored.facts.view()) != _introduced(bought):
        order = replace(order, refused="")
    past = order.conversion
    if stored and past and stored.facts != order.facts:
        # Both will be needed, and a refund names no customer: one round trip for the two.
        facts.need(*([MemberRef(bought.buyer)] if bought.buyer else []), ConversionRef(past.referrer, past.friend))
    return _value(order, stored, bought, facts, now)


def _check_refunds(bought: Snapshot) -> None:
    """Money that went back in another currency cannot be taken off what was paid. Raises Unprocessable."""
    for name, refund in bought.refunds.items():
        if refund.currency not in ("", bought.currency):
            raise Unprocessable(f"the refund {name} must be in the order's {bought.currency}, got {refund.currency}")


def _introduced(bought: Snapshot | None) -> tuple[str, str]:
    """Who bought and with which code: a refusal holds for these only."""
    return (bought.buyer, bought.code) if bought else ("", "")


class Valued(Struct, frozen=True):
    """An order beside what it is worth to its buyer, and what it makes of the buyer as a friend."""

    order: Order
    buyer: Member
    dues: tuple[Due, ...]
    converted: Converted | None


def _only(order: Order, stored: Order | None, bought: Snapshot | None) -> Decision:
    """Facts that wait: nothing was paid yet, or a refund came before its payment."""
    answer = Recorded(order != stored, nothing_due(order, bought, None))
    return Decision((order,), (OrderRecorded(str(order.ref)),), answer) if answer.changed else Decision(answer=answer)


def _value(order: Order, stored: Order | None, bought: Snapshot, facts: Facts, now: int) -> Decision:
    version = facts.history.at(bought.at)
    before = _buyer(bought, facts)
    valued = _worth(order, before, bought, version, facts)
    due = posting.as_posted(bought.buyer, valued.dues)
    whys = [each.why for each in valued.dues]
    differences = posting.difference(
        order.posted, due, whys, note="refunded or cancelled" if bought.void else "refunded or changed"
    )
    conversions = friends.conversions(valued.order, valued.converted, before, bought, facts)
    order = replace(valued.order, posted=due, conversion=valued.converted, terms=version.number if version else 0)
    members, events = _books(valued, before, differences, facts, now, order, bought.name)
    changes: tuple[Record, ...] = (*members, *conversions)
    if order != stored:
        changes = (order, *changes)
        events = [OrderRecorded(str(order.ref)), *events]
    return Decision(changes, tuple(events), Recorded(bool(changes), nothing_due(order, bought, version)))


def _buyer(bought: Snapshot, facts: Facts) -> Member | None:
    if not bought.buyer:
        return None
    return facts.find(MemberRef(bought.buyer), Member) or Member(bought.buyer)


def _worth(order: Order, before: Member | None, bought: Snapshot, version: Version | None, facts: Facts) -> Valued:
    if before is None:
        return Valued(order, Member(""), (), None)
    buyer = _known(before, bought, order)
    if version is None:
        return Valued(order, buyer, (), None)
    programme, left = version.programme, kept(bought)
    dues = worth.cashback(left, bought.currency, bought.at, programme)
    rule = programme.referral
    if rule is None:
        return Valued(order, buyer, tuple(dues), None)
    order, buyer = friends.attribute(order, buyer, bought, rule, facts)
    converted = friends.convert(order, buyer, bought, left, version, rule)
    if converted and converted.live:
        buyer = replace(buyer, converting=str(order.ref))
        gift = worth.welcome(rule.welcome, left, bought.currency, bought.at, programme) if rule.welcome else None
        dues += [gift] if gift else []
    return Valued(order, buyer, tuple(dues), converted)


def _known(buyer: Member, bought: Snapshot, order: Order) -> Member:
    """What the order teaches of its buyer: the first order, and the e-mail's hash if there was none."""
    return replace(
        buyer,
        first_order=buyer.first_order or str(order.ref),
        email_hash=buyer.email_hash or bought.email_hash,
    )


def _books(
    valued: Valued,
    before: Member | None,
    differences: list[posting.Difference],
    facts: Facts,
    now: int,
    order: Order,
    label: str,
) -> tuple[list[Record], list[Event]]:
    """The members whose books change, each with its entry; the buyer also where only the referral changed."""
    changed: list[Record] = []
    events: list[Event] = []
    buyer = valued.buyer if before else None
    for name in dict.fromkeys([*([buyer.member] if buyer else []), *(member for member, _ in differences)]):
        member = buyer if buyer and name == buyer.member else facts.find(MemberRef(name), Member)
        assert member, f"{name} has postings and no record"
        mine = [each for owner, each in differences if owner == name]
        if mine:
            member, entry = posting.book(member, mine, now, str(order.ref), order.terms, label)
            changed.append(entry)
            events += posting.rewards(name, mine, entry.cause)
        if member != before:
            changed.append(member)
    if buyer and before:
        changed += _code_in_step(before, buyer, facts)
        events += friends.happened(before, buyer, valued.converted, valued.order.conversion)
    return changed, events


def _code_in_step(before: Member, after: Member, facts: Facts) -> list[Record]:
    """A member's code carries the e-mail's hash, so that self-referral is refused in one read."""
    if not after.code or before.email_hash == after.email_hash:
        return []
    code = facts.find(CodeRef(after.code), Code)
    return [replace(code, email_hash=after.email_hash)] if code else []


def nothing_due(order: Order, bought: Snapshot | None, version: Version | None) -> str:
    """Why an order earns nothing, in words for the operator; empty when it earns."""
    if order.posted:
        return ""
    if bought is None or not bought.paid:
        return "the order is not paid"
    if not bought.buyer:
        return "the order names neither a customer nor an e-mail"
    if version is None:
        return "no programme was in force when the order was paid"
    if not version.programme.rewards(bought.currency):
        return f"the programme does not name {bought.currency}"
    return "nothing of it was kept" if bought.void else "no rule gives anything for it"
