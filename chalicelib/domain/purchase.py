"""An order is recorded: merge what was stated, work out what it is worth, post the difference.

A duplicate merges to the same facts, is worth the same, and changes nothing. Reading order: the order and its buyer
first; more (a referral code, a conversion, an earlier buyer) only where the order touches it.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain import friends, limits, paying, posting, signals, worth
from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.decisions import Decision, Facts
from chalicelib.domain.errors import Unprocessable
from chalicelib.domain.events import Event, OrderRecorded
from chalicelib.domain.kept import Kept, kept
from chalicelib.domain.ledger import LOSS
from chalicelib.domain.orders import OrderFacts, Snapshot
from chalicelib.domain.posting import Books
from chalicelib.domain.programme import Version
from chalicelib.domain.records import (
    Code,
    CodeRef,
    ConversionRef,
    Converted,
    Hold,
    Member,
    MemberRef,
    Order,
    OrderRef,
    Record,
    Ref,
)
from chalicelib.domain.worth import Due, Sale


class Recorded(Struct, frozen=True):
    """Whether anything changed, and why the order earns nothing (empty when it earns)."""

    changed: bool
    nothing_due: str


def record_order(command: RecordOrder, facts: Facts, now: int) -> Decision:
    """The decision on what a storefront stated of an order."""
    ref = OrderRef(command.connection, command.order)
    stated = command.facts.view()
    new = Order(command.connection, command.order)
    facts.need(ref, *_needed(new, stated, facts))
    stored = facts.find(ref, Order)
    order = stored or new
    order = replace(order, facts=order.facts.merge(command.facts.heard(order.facts, now)).remembered())
    bought = order.facts.view()
    # What was held or spent after these facts were heard is not for a redelivery of them to give back.
    gives_back = _is_news(order, stored) and (order.holds or order.spent)
    if bought is None and order.facts.is_gone() and gives_back:
        return _withdrawn(order, facts, now)
    if bought is None or not (bought.paid or (bought.void and gives_back)):
        return _only(order, stored, bought)
    _check_currency(command.facts, stored, bought.currency)
    if stored and _introduced(stored.facts.view()) != _introduced(bought):
        order = replace(order, refused="")
    past = order.conversion
    if stored and past and stored.facts != order.facts:
        # Both will be needed, and a refund names no customer: one round trip for the two.
        facts.need(*([MemberRef(bought.buyer)] if bought.buyer else []), ConversionRef(past.referrer, past.friend))
    if stated:
        bought = replace(bought, prints=stated.prints, email_hash=stated.email_hash)
    return _value(order, stored, bought, facts, now)


def _check_currency(stated: OrderFacts, stored: Order | None, currency: str) -> None:
    """Money that went back in another currency cannot be taken off what was paid. Raises Unprocessable.

    Where that shows only later, because the refund was heard before its order, the refund is left aside, and a
    redelivery of it changes nothing.
    """
    known = stored.facts if stored else OrderFacts()
    heard = {f"refund {name}": each for name, each in stated.refunds.items() if name not in known.refunds}
    disputes = {f"dispute {name}": each for name, each in stated.disputes.items() if name not in known.disputes}
    for name, back in (heard | disputes).items():
        if back.currency not in ("", currency):
            raise Unprocessable(f"the {name} must be in the order's {currency}, got {back.currency}")


def _introduced(bought: Snapshot | None) -> tuple[str, str]:
    """Who bought and with which code: a refusal holds for these only."""
    return (bought.buyer, bought.code) if bought else ("", "")


class Valued(Struct, frozen=True):
    """An order beside what it is worth to its buyer, and what it makes of the buyer as a friend."""

    order: Order
    buyer: Member
    dues: tuple[Due, ...]
    converted: Converted | None


def _needed(order: Order, stated: Snapshot | None, facts: Facts) -> list[Ref]:
    """What a statement is sure to need beside the order itself, so that it is read with it."""
    if stated is None or not stated.buyer:
        return []
    version = facts.history.at(stated.at)
    return [MemberRef(stated.buyer), *limits.shares_asked(order, version, stated.currency)]


def _only(order: Order, stored: Order | None, bought: Snapshot | None) -> Decision:
    """Facts that wait: nothing was paid yet, or a refund came before its payment."""
    answer = Recorded(order != stored, nothing_due(order, bought, None))
    return Decision((order,), (OrderRecorded(str(order.ref)),), answer) if answer.changed else Decision(answer=answer)


def _value(order: Order, stored: Order | None, bought: Snapshot, facts: Facts, now: int) -> Decision:
    version = facts.history.at(bought.at)
    books = Books(facts, now, version.programme if version else None)
    _leave(order, stored, bought, books)
    order, holds, events = _end_holds(order, stored, bought, facts, books)
    bought = paying.by_books(bought, order)
    before = books.of(bought.buyer) if bought.buyer else None
    valued = _worth(order, before, bought, version, facts)
    if before:
        news = _is_news(order, stored)
        books.put(_recognised(valued.buyer, bought, version) if news else valued.buyer)
    limited = limits.Limits(valued.order, books, facts)
    dues = limited.cut(bought.buyer, list(valued.dues), _sale(bought, version))
    order = _post(limited.order, dues, bought, books)
    conversions = friends.conversions(order, valued.converted, before, bought, facts)
    past = order.conversion
    order = replace(order, conversion=valued.converted, terms=version.number if version else 0)
    records: list[Record] = [*books.changes(str(order.ref), order.terms, bought.name), *conversions, *holds]
    events = [*books.events(str(order.ref)), *events]
    if before:
        records += _code_in_step(before, valued.buyer, facts)
        events += friends.happened(before, valued.buyer, valued.converted, past)
    if order != stored:
        records.insert(0, order)
        events.insert(0, OrderRecorded(str(order.ref)))
    changes = (*records, *limited.budgets)
    return Decision(changes, tuple(events), Recorded(bool(changes), nothing_due(order, bought, version)))


def _is_news(order: Order, stored: Order | None) -> bool:
    """Whether the order says anything that its record did not."""
    return stored is None or stored.facts != order.facts


def _end_holds(
    order: Order, stored: Order | None, bought: Snapshot, facts: Facts, books: Books
) -> tuple[Order, list[Hold], list[Event]]:
    """The order after ending its holds where it says anything new, those holds, and what happened to them."""
    if not _is_news(order, stored):
        return order, [], []
    order, holds, events = paying.end_holds(order, bought, facts, books)
    if holds or stored is None or not stored.facts.paid_at:
        order = paying.counted(order, bought)
    return order, holds, events


def _withdrawn(order: Order, facts: Facts, now: int) -> Decision:
    """An order of which nothing but its deletion was ever heard: what balances pay for it is given back."""
    version = facts.history.at(now)
    books = Books(facts, now, version.programme if version else None)
    deleted = Snapshot(stamp_ms=0, currency="", void=True)
    order, holds, events = paying.end_holds(order, deleted, facts, books)
    order = paying.give_back(order, books)
    cause, answer = str(order.ref), Recorded(changed=True, nothing_due=nothing_due(order, None, None))
    changes = (order, *books.changes(cause, version.number if version else 0), *holds)
    return Decision(changes, (OrderRecorded(cause), *books.events(cause), *events), answer)


def _leave(order: Order, stored: Order | None, bought: Snapshot, books: Books) -> None:
    """An order that turns out to be somebody else's was not the first one, or the converting one, of its old buyer, and
    its code did not introduce them.
    """
    before = stored.facts.view() if stored else None
    if before is None or before.buyer in ("", bought.buyer):
        return
    member, ref = books.of(before.buyer), str(order.ref)
    first = "" if member.first_order == ref else member.first_order
    converting = friends.NOT_MINE if member.converting == ref else member.converting
    member = replace(member, first_order=first, converting=converting)
    introduced = before.code and member.referred_at == before.at and converting in ("", friends.NOT_MINE)
    books.put(replace(member, referrer="", referrer_hash="", referred_at=0) if introduced else member)


def _post(order: Order, dues: list[Due], bought: Snapshot, books: Books) -> Order:
    """Post the difference between what is due for an order and what was posted for it, into the members' books."""
    due = (*posting.as_posted(bought.buyer, dues), *paying.still_spent(order, bought))
    due = (*due, *posting.unrecovered(order.posted, due))
    note = "refunded or cancelled" if bought.void else "refunded or changed"
    for member, change in posting.difference(order.posted, due, [each.why for each in dues], note):
        books.move(member, [change])
    return replace(order, posted=posting.joined(due, books.write_off()))


def _sale(bought: Snapshot, version: Version | None) -> Sale | None:
    """What the order is valued under, if a programme was in force and names its currency."""
    if version is None or not bought.buyer or not version.programme.rewards(bought.currency):
        return None
    return Sale(bought.currency, bought.at, version.programme, bought.delivered_at)


def _worth(order: Order, before: Member | None, bought: Snapshot, version: Version | None, facts: Facts) -> Valued:
    if before is None or not is_valued(bought, version):
        return Valued(order, before or Member(""), (), friends.ended(order.conversion))
    buyer = _known(before, bought, order)
    if version is None:
        return Valued(order, buyer, (), friends.ended(order.conversion))
    programme, left, converted = version.programme, kept(bought), None
    sale = Sale(bought.currency, bought.at, programme, bought.delivered_at)
    if programme.referral:
        order, buyer = friends.attribute(order, buyer, bought, programme.referral, facts)
        converted = friends.convert(order, buyer, bought, left, version, programme.referral)
    live = bool(converted and converted.live)
    if live:
        buyer = replace(buyer, converting=str(order.ref))
    return Valued(order, buyer, tuple(rewards(left, sale, live)), converted)


def is_valued(bought: Snapshot, version: Version | None) -> bool:
    """Whether an order makes its buyer a customer and can earn: it was paid, and is no test, or tests count too."""
    return bought.paid and not (bought.test and version is not None and not version.programme.test_orders)


def rewards(left: Kept, sale: Sale, converts: bool) -> list[Due]:
    """What an order is worth to its buyer before limits: the cashback, and the gift if it `converts` the buyer."""
    rule = sale.programme.referral
    gift = worth.welcome(rule.welcome, left, sale) if converts and rule and rule.welcome else None
    return [*worth.cashback(left, sale), *([gift] if gift else [])]


def _known(buyer: Member, bought: Snapshot, order: Order) -> Member:
    """What the order teaches of its buyer: the first order, and the e-mail's hash if there was none."""
    return replace(
        buyer,
        first_order=buyer.first_order or str(order.ref),
        email_hash=buyer.email_hash or bought.email_hash,
    )


def _recognised(buyer: Member, bought: Snapshot, version: Version | None) -> Member:
    """The buyer with the prints of an order that says something new; an old one must not push newer ones out again."""
    fresh = sorted(set(bought.prints) - set(buyer.prints))
    if not fresh or not friends.reviewed(version):
        return buyer
    return replace(buyer, prints=signals.remembered(buyer.prints, fresh))


def _code_in_step(before: Member, after: Member, facts: Facts) -> list[Record]:
    """A member's code carries the e-mail's hash, so that self-referral is refused in one read."""
    if not after.code or before.email_hash == after.email_hash:
        return []
    code = facts.find(CodeRef(after.code), Code)
    return [replace(code, email_hash=after.email_hash)] if code else []


def nothing_due(order: Order, bought: Snapshot | None, version: Version | None) -> str:
    """Why an order earns nothing, in words for the operator; empty when it earns."""
    if any(each.amount > 0 and each.account != LOSS for each in order.posted):
        return ""
    if bought is None or not bought.paid:
        return "the order is not paid"
    if not bought.buyer:
        return "the order names neither a customer nor an e-mail"
    if version is None:
        return "no programme was in force when the order was paid"
    return _left_out(bought, version) or _nothing_given(order, bought)


def _left_out(bought: Snapshot, version: Version) -> str:
    if not is_valued(bought, version):
        return "it is a test order, and the programme's test_orders says that these earn nothing"
    if not version.programme.rewards(bought.currency):
        return f"the programme does not name {bought.currency}"
    return ""


def _nothing_given(order: Order, bought: Snapshot) -> str:
    reached = [each for each in order.allowed if each.wanted and not each.amount]
    if reached:
        return f"the limit of the rule {reached[0].rule} is reached: {limits.named(reached[0].limit)}"
    return "nothing of it was kept" if bought.void else "no rule gives anything for it"
