"""An order is recorded: merge what was stated, work out what it is worth, post the difference.

A duplicate merges to the same facts, is worth the same, and changes nothing. Reading order: the order, its buyer, the
e-mail's anchor and the code first; more (a conversion, an earlier buyer) only where the order touches it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.core.calendar import iso, local_day
from chalicelib.domain.errors import Unprocessable
from chalicelib.domain.events import Event, OrderRecorded
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import (
    LOSS,
    NO_RULES,
    REFUNDED_OR_CANCELLED,
    REFUNDED_OR_CHANGED,
    WELCOME,
    Due,
    difference,
    joined,
    unexplained,
    unrecovered,
)
from chalicelib.domain.members import order_payments, persons
from chalicelib.domain.orders.facts import AHEAD_S, OrderFacts, Snapshot
from chalicelib.domain.orders.kept import Kept, kept_of, refunds_of_unknown_lines
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme, Version
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import (
    CodeRef,
    ConversionRef,
    Counted,
    Hold,
    Member,
    MemberRef,
    Order,
    OrderRef,
    Record,
    Ref,
    Terms,
)
from chalicelib.domain.rewards import budgets, limits, valuation
from chalicelib.domain.rewards.campaigns import Buyer, judged, running
from chalicelib.domain.rewards.progress import awards, counters
from chalicelib.domain.rewards.progress.levels import level_of
from chalicelib.domain.rewards.referral import fraud_signals, friends

MOST_NAMED = 5
"""Lines, or refunds, that a note names."""


class Recorded(Struct, frozen=True, omit_defaults=True):
    """Whether anything changed, why the order earns nothing (empty when it earns), and `notes` of what takes no part.

    `payments`: of an invoice, what is to be recorded now of the orders that paid it; the same as long as the same is
    known, so that a redelivery makes up for a recording that failed.
    """

    changed: bool
    nothing_due: str
    payments: dict[str, OrderFacts] = {}
    notes: tuple[str, ...] = ()


def record_order(command: RecordOrder, facts: Facts, now: int) -> Decision:
    """The decision on what a storefront stated of an order."""
    ref = OrderRef(command.connection, command.order)
    statement = command.facts.view
    new = Order(command.connection, command.order)
    if ref not in facts.records:
        facts.need(ref, *_refs_of_statement(new, statement, facts))
    stored = facts.find(ref, Order)
    order = stored or new
    timely = _in_time(command.facts, order.facts, now)
    order = replace(order, facts=order.facts.merge(timely.with_known(order.facts, now)).remembered())
    bought = order.facts.view
    # What was held or spent after these facts were heard is not for a redelivery of them to give back.
    is_news = stored is None or stored.facts != order.facts
    gives_back = is_news and (order.holds or order.spent)
    if bought is None and order.facts.is_gone() and gives_back:
        return _withdrawn(order, facts, now)
    if bought is None or not (bought.paid or (bought.void and gives_back)):
        return _unvalued(order, stored, bought)
    version = facts.history.at(bought.at)
    if not is_news and order.terms.version == facts.history.number_at(bought.at):
        # A redelivery changes nothing, whatever became known since: so nothing is worked out again.
        reason = _outdated(timely, order.facts) or nothing_due(order, bought, version)
        return Decision(answer=Recorded(changed=False, nothing_due=reason, notes=_notes(order.facts, bought)))
    if timely.refunds or timely.disputes:
        _check_currency(timely, stored, bought.currency, order.facts.presentment.currency)
    books = Books(facts, now, version.programme if version else None)
    if stored:
        order = _with_buyer_terms(order, stored, bought, books, facts)
        bought = order.bought or bought
    bought = replace(bought, prints=statement.prints, email_hash=statement.email_hash) if statement else bought
    return _value(order, stored, bought, version, books, facts)


def of_payments(answer: Mapping[str, Any]) -> dict[str, OrderFacts]:
    """What an answer to RecordOrder says is to be recorded of other orders."""
    return msgspec.convert(answer.get("payments", {}), dict[str, OrderFacts])


def _in_time(statement: OrderFacts, known: OrderFacts, now: int) -> OrderFacts:
    """The facts of a delivery with no stamp that is ahead of our clock."""
    # A payment that is later than the stamp of its own snapshot was ahead, if it was heard before.
    snapshots = statement.sources.values()
    is_after_stamp = any(snapshot.at > snapshot.stamp_ms // 1000 + AHEAD_S for snapshot in snapshots)
    if not (known.ahead or is_after_stamp or statement.is_ahead(now)):
        return statement
    from chalicelib.domain.orders import stamps  # hardly any order needs it

    return stamps.as_of_arrival(statement, known, now)


def _outdated(statement: OrderFacts, known: OrderFacts) -> str:
    """Why a state of an order whose sources are all known changes nothing, in words; empty if none of it is older."""
    pairs = ((snapshot.stamp_ms, known.sources[name].stamp_ms) for name, snapshot in statement.sources.items())
    newer = [known_ms for stated_ms, known_ms in pairs if known_ms > stated_ms]
    return f"a newer state of the order is known, of {iso(newer[0] // 1000)}" if newer else ""


def _check_currency(statement: OrderFacts, stored: Order | None, currency: str, buyers: str) -> None:
    """Raises Unprocessable for money that went back in another currency, which cannot be taken off what was paid.

    It may be in `buyers` currency, if the order states its price in both. Where that shows only later, because
    the refund was heard before its order, the refund is left aside, and a redelivery of it changes nothing.
    """
    known = stored.facts if stored else OrderFacts()
    for name, refund in statement.refunds.items():
        if name not in known.refunds and refund.currency not in ("", currency, buyers):
            raise Unprocessable(
                "the refund %(name)s must be in the order's %(currency)s, got %(got)s",
                name=name,
                currency=currency,
                got=refund.currency,
            )
    for name, dispute in statement.disputes.items():
        if name not in known.disputes and dispute.currency not in ("", currency, buyers):
            if buyers:
                raise Unprocessable(
                    "the dispute %(name)s must be in the order's %(currency)s or the %(buyers)s that its buyer paid "
                    "in, got %(got)s",
                    name=name,
                    currency=currency,
                    buyers=buyers,
                    got=dispute.currency,
                )
            raise Unprocessable(
                "the dispute %(name)s must be in the order's %(currency)s, got %(got)s: the order states its price in "
                "no other currency",
                name=name,
                currency=currency,
                got=dispute.currency,
            )


def _with_buyer_terms(order: Order, stored: Order, bought: Snapshot, books: Books, facts: Facts) -> Order:
    """A stored order whose terms say of its buyer what they said before, as far as that holds of who bought now: the id
    that it was judged and posted under, where both are one member's by a merge, and the refusal of its code.
    """
    facts.need(*_refs_of_stored(order, bought))
    before, buyer = stored.terms.buyer or stored.facts.buyer.member, order.facts.buyer.member
    is_same = before == buyer
    if not is_same and before and stored.facts.paid_at:
        is_same = books.owner(before).member == books.owner(buyer).member
    holds = is_same and stored.facts.code.code == order.facts.code.code
    named = before if is_same and before != buyer else ""
    return order.under(refused=order.terms.refused if holds else "", buyer=named)


def _refs_of_statement(order: Order, statement: Snapshot | None, facts: Facts) -> list[Ref]:
    """The references of what a statement is sure to need beside the order itself, to be read with it."""
    if statement is None or not statement.buyer:
        return []
    version = facts.history.at(statement.at)
    people = persons.refs_of(statement.buyer, statement.email_hash)
    code = [CodeRef(statement.code)] if statement.code else []
    if version is None or not version.programme.has_limits:
        return [*people, *code]
    campaigns = tuple(campaign.id for campaign in running(version.programme, statement.at))
    sale = Sale(statement.currency, statement.at, version.programme, campaigns=campaigns)
    return [*people, *code, *budgets.own_shares(order, sale, facts)]


def _refs_of_stored(order: Order, bought: Snapshot) -> list[Ref]:
    """The references of what a stored order is sure to touch beside itself: a refund names no customer."""
    past, shares = order.conversion, budgets.held(order)
    people = [MemberRef(name) for name in (bought.buyer, order.terms.buyer, past.friend if past else "") if name]
    conversion = [ConversionRef(past.referrer, past.friend)] if past else []
    return [*people, *conversion, *shares] if past or shares or order.terms.buyer else []


def _unvalued(order: Order, stored: Order | None, bought: Snapshot | None) -> Decision:
    """The decision on facts that wait: of nothing paid yet, of a refund before its payment, or of an invoice."""
    answer = Recorded(
        order != stored, nothing_due(order, bought, None), order.facts.of_payments(), _notes(order.facts, bought)
    )
    return Decision((order,), (OrderRecorded(str(order.ref)),), answer) if answer.changed else Decision(answer=answer)


def _value(
    order: Order, stored: Order | None, bought: Snapshot, version: Version | None, books: Books, facts: Facts
) -> Decision:
    """The decision on an order that is valued under a version, and on all whose books it touches.

    Its facts or its version are others than the stored ones, so that it is always written.
    """
    number, holds, events = version.number if version else 0, list[Hold](), list[Event]()
    if stored and (stored.holds or stored.spent):
        order, bought, holds, events = _paid_with_balance(order, stored, bought, facts, books)
    referral = friends.BuyerReferral(order.ref, books, facts)
    if bought.paid:
        order = referral.follow(order, stored, bought, version)
        if bought.buyer and version and version.programme.reviews_bonuses:
            _recognise(bought, books)
    order = (
        _with_judgements(order, stored, bought, version, books, facts)
        if version and bought.buyer and bought.paid and (version.programme.levels or version.programme.campaigns)
        else order.under(level="", campaigns=(), judged_as="")
    )
    sale, kept = sale_of(bought, version, order.terms), kept_of(bought)
    dues, limited = valuation.rewards(bought.buyer, kept, sale) if sale else [], None
    if order.terms.allowed or (sale and sale.programme.has_limits):
        limited = limits.Limits(order, books, facts)
        dues, order = limited.grant(bought.buyer, dues, sale), limited.subject
    counted = counters.counted_of(bought.buyer, kept, dues, sale, books.now) if sale else None
    order, changed_levels = _count(order, stored, counted, sale.programme if sale else None, books, facts)
    order = _post(order, dues, bought, kept, sale, books).under(version=number)
    closed = books.close(str(order.ref), number, bought.name)
    shares = limited.shares if limited else ()
    changes: tuple[Record, ...] = (order, *closed.records, *referral.records, *holds, *shares)
    what_happened = (OrderRecorded(str(order.ref)), *closed.events, *events, *changed_levels, *referral.events)
    # Hardly any order has what a note is about.
    notes = _notes(order.facts, bought) if bought.refunds or order.facts.refunds or order.facts.disputes else ()
    answer = Recorded(changed=True, nothing_due=nothing_due(order, bought, version), notes=notes)
    return Decision(changes, what_happened, answer, limited.exhausted if limited else ())


def sale_of(bought: Snapshot, version: Version | None, terms: Terms) -> Sale | None:
    """The sale that an order is under a version and its terms; None where nothing is given for it (`nothing_due`)."""
    if version is None or not bought.buyer or not friends.is_valued(bought, version):
        return None
    programme = version.programme
    if bought.currency not in programme.all_currencies:
        return None
    times = bought.at, programme, bought.delivered_at
    return Sale(bought.currency, *times, level=terms.level, campaigns=terms.campaigns)


def _paid_with_balance(
    order: Order, stored: Order, bought: Snapshot, facts: Facts, books: Books
) -> tuple[Order, Snapshot, list[Hold], list[Event]]:
    """The order after ending its holds, what was bought with the balances that our books know, those holds, and what
    happened to them.
    """
    order, holds, events = order_payments.end_holds(order, bought, facts, books)
    if holds or not stored.facts.paid_at or _claims_first(bought, stored):
        order = order_payments.with_spent_balance(order, bought)
    return order, order_payments.by_books(bought, order), holds, events


def _claims_first(bought: Snapshot, stored: Order) -> bool:
    """Whether an order says that our books know better what was paid with balance, and has not said so before."""
    before = stored.facts.view if bought.claimed else None
    return before is not None and not before.claimed


def _withdrawn(order: Order, facts: Facts, now: int) -> Decision:
    """The decision on an order of which only its deletion was ever heard: what balances pay for it is given back."""
    books = Books(facts, now, facts.history.programme_at(now))
    deleted = Snapshot(stamp_ms=0, currency="", void=True)
    order, holds, events = order_payments.end_holds(order, deleted, facts, books)
    order = order_payments.give_back(order, books)
    cause, answer = str(order.ref), Recorded(changed=True, nothing_due=nothing_due(order, None, None))
    closed = books.close(cause, facts.history.number_at(now))
    return Decision((order, *closed.records, *holds), (OrderRecorded(cause), *closed.events, *events), answer)


def _post(order: Order, dues: list[Due], bought: Snapshot, kept: Kept, sale: Sale | None, books: Books) -> Order:
    """Post the difference between what is due for an order and what was posted for it, into the members' books."""
    due, ended = [*dues], NO_RULES
    if order.posted or order.spent:
        # A welcome gift is posted against its conversion; in orders from before that it stays what it is.
        due += [unexplained(posted) for posted in order.posted if posted.account == WELCOME]
        due += order_payments.still_spent(order, bought)
        due += unrecovered(order.posted, due)
        lost = {part.rule for part in order.posted} - {part.posted.rule for part in due}
        ended = valuation.ended(kept, sale) if lost and sale and not bought.void else NO_RULES
    note = REFUNDED_OR_CANCELLED if bought.void else REFUNDED_OR_CHANGED
    for member, posting in difference(order.posted, due, note, bought.buyer, ended):
        books.move(member, [posting])
    return replace(order, posted=joined((part.posted for part in due), books.write_off()))


def _with_judgements(
    order: Order, stored: Order | None, bought: Snapshot, version: Version, books: Books, facts: Facts
) -> Order:
    """The order with its buyer's level before it and the campaigns that hold for it, taken once for its buyer and
    programme version; which campaigns ran follows from when it was paid.
    """
    programme = version.programme
    before = stored.bought if stored and stored.terms.version == version.number else None
    judged_at = before.at if before and before.paid and before.buyer == bought.buyer else None
    if judged_at == bought.at:
        return order
    is_judged = judged_at is not None
    counters.recount(books, order.counted, None, local_day(books.now, programme.timezone))
    member = books.owner(bought.buyer)
    root = books.member(order.terms.root) if order.terms.root else member
    step = level_of(member, programme, local_day(bought.at, programme.timezone))
    # Of an order that turns out to have been paid earlier the level stays, and other campaigns may have run.
    level = order.terms.level if is_judged else step.id if step else ""
    is_first = not any(counters.amount_in(other, counters.ORDERS, "all", 0) for other in (member, root))
    person = order.terms.person(bought.buyer) if is_judged else order.terms.root or bought.buyer
    open_campaigns = running(programme, bought.at)
    segment = _segment(member, open_campaigns, programme, books, facts)
    ids = (bought.buyer, member.member, *member.merged)
    campaigns = judged(open_campaigns, Buyer(person, ids, level, is_first, segment))
    judged_as = order.terms.judged_as if is_judged and campaigns else ""
    return replace(order, counted=None).under(level=level, campaigns=campaigns, judged_as=judged_as)


def _segment(member: Member, campaigns: Iterable[Campaign], programme: Programme, books: Books, facts: Facts) -> str:
    """The segment of a buyer before the order, where a campaign that ran asks for it: by the counters as they are, so
    of the day on which the order is heard.
    """
    if not any(campaign.audience.segments for campaign in campaigns):
        return ""
    from chalicelib.domain.rewards.progress.segments import segment_on  # hardly any order needs it

    today = local_day(books.now, programme.timezone)
    return segment_on(member, programme, facts.history.cuts_on(today), today)


def _count(
    order: Order, stored: Order | None, counted: Counted | None, programme: Programme | None, books: Books, facts: Facts
) -> tuple[Order, list[Event]]:
    """The order with what it counts now, after its buyer's counters, awards and level have followed it."""
    before, version = stored.counted if stored else None, facts.history.at(books.now)
    if before == order.counted == counted:
        return order, []
    # A storefront's clock can be ahead: then an order under the first version is heard before that is in force.
    in_force = version.programme if version else programme
    today = local_day(books.now, in_force.timezone if in_force else "UTC")
    counters.recount(books, order.counted, counted, today)
    order = replace(order, counted=counted)
    if in_force is None:
        return order, []
    valued_under, counting = programme or in_force, [part for part in (before, counted) if part]
    owners = [books.owner(part.member) for part in counting]
    if not (valued_under.has_awards or in_force.has_awards or any(owner.won or owner.level for owner in owners)):
        return order, []
    return order, [*awards.follow(books, counting, valued_under, in_force, today)]


def _recognise(bought: Snapshot, books: Books) -> None:
    """Give the buyer the prints of an order that says something new; an old one must not push newer ones out again."""
    buyer = books.owner(bought.buyer)
    fresh = sorted(set(bought.prints) - set(buyer.prints))
    books.put(replace(buyer, prints=fraud_signals.remembered(buyer.prints, fresh)))


def nothing_due(order: Order, bought: Snapshot | None, version: Version | None) -> str:
    """Why an order earns nothing, in words for the operator; empty when it earns."""
    if any(posted.amount > 0 and posted.account != LOSS for posted in order.posted):
        return ""
    if bought is None or not bought.paid:
        return _not_paid(order.facts)
    if not bought.buyer:
        return "the order names neither a customer nor an e-mail"
    if version is None:
        return "no programme was in force when the order was paid"
    return _not_rewarded(bought, version) or _nothing_given(order, bought)


def _not_paid(facts: OrderFacts) -> str:
    if facts.is_of_invoice():
        return "the invoice and who paid it are not both known yet"
    if not facts.sources and not facts.is_gone():
        return "no body of the order itself was heard yet: what is said of it counts once one is"
    return "the order is not paid"


def _notes(facts: OrderFacts, bought: Snapshot | None) -> tuple[str, ...]:
    """What is stated of an order and takes no part in it, in words for whoever sends it."""
    if bought is None:
        return ()
    taken = (f"dispute {name}" for name, dispute in facts.disputes.items() if dispute.taken)
    aside = [f"refund {name}" for name in facts.refunds if name not in bought.refunds]
    aside += [name for name in taken if name not in bought.refunds]
    notes = {
        "the order has no such line": [
            f"line {line} of the refund {refund}" for refund, line in refunds_of_unknown_lines(bought)
        ],
        f"the order's currency is {bought.currency} and this is in another": aside,
    }
    return tuple(
        f"{why}, so that nothing is taken back for it: {_named(names)}" for why, names in notes.items() if names
    )


def _named(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"


def _not_rewarded(bought: Snapshot, version: Version) -> str:
    if bought.split:
        return "its parts are orders of their own, which earn"
    if not friends.is_valued(bought, version):
        return "it is a test order, and the programme's test_orders says that these earn nothing"
    if bought.currency not in version.programme.all_currencies:
        return f"the programme does not name {bought.currency}"
    return ""


def _nothing_given(order: Order, bought: Snapshot) -> str:
    if order.terms.allowed:
        # Whatever a limit had left of a reward would have been posted.
        reached = order.terms.allowed[0]
        return f"the limit of the rule {reached.rule} is reached: {limits.named(reached.limit)}"
    if bought.void and not order.facts.is_void():
        return "it was cancelled, failed or refunded after its payment, and is not paid again"
    is_gone = bought.void or (bought.refunds and not any(line.net for line in kept_of(bought).lines))
    return "nothing of it was kept" if is_gone else "no rule gives anything for the order itself"
