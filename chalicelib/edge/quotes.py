"""A quote: what a basket would earn, valued by what values orders, and what a little more would bring.

Imports the engine's preview, the domain's commands and the statement's reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.core import money
from chalicelib.domain.core.identity import ANYBODY, is_guest_id, member_id, parse_code
from chalicelib.domain.core.phrases import Amount, Phrase, Value, Wording, together, written
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.members import statements
from chalicelib.domain.orders.facts import Line, OrderFacts, Snapshot
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.referral import Referral
from chalicelib.domain.records import Code, CodeRef, Entry, Member, MemberRef, Order, Record, Ref, Terms
from chalicelib.domain.rewards.progress.view import progress_of
from chalicelib.domain.rewards.referral.bonus import GIFT
from chalicelib.domain.rewards.referral.friends import NOT_NEW, is_own
from chalicelib.domain.rewards.thresholds import Threshold, thresholds
from chalicelib.edge import process
from chalicelib.edge.answers import QuoteAnswer, QuotedNext, QuotedReward
from chalicelib.edge.request_checks import MAX_AMOUNT
from chalicelib.store.dynamodb import queries

QUOTED = "quote"
"""The connection and the order that a basket stands under while it is valued; no storefront can have either."""

MAX_BASKET = 2000
"""Lines of a basket, as many as of an order."""

MAX_LABELS = 50
"""Of each kind, on a line of a basket: as many as a line of an order may have in all."""

MAX_NEXT = 3
"""Steps of a quote."""

MAX_TRIED = 12
"""Amounts that are looked at for them, the nearest: each values the basket twice more."""

Text = Annotated[str, Meta(max_length=100)]
Minor = Annotated[int, Meta(ge=0, le=MAX_AMOUNT)]


class QuoteLine(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a basket after its discounts: `net` without tax for all its pieces, in minor units. `earns`: false for
    what is no goods, such as a gift card.
    """

    net: Minor
    tax: Minor = 0
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    sku: Text = ""
    product: Text = ""
    categories: Annotated[tuple[Text, ...], Meta(max_length=MAX_LABELS)] = ()
    collections: Annotated[tuple[Text, ...], Meta(max_length=MAX_LABELS)] = ()
    tags: Annotated[tuple[Text, ...], Meta(max_length=MAX_LABELS)] = ()
    earns: bool = True


class PostQuote(Struct, frozen=True, forbid_unknown_fields=True):
    """A basket: its lines in a `currency` (the programme's, where it is left out), for a member (empty: a new one).

    `shipping` is without its `shipping_tax`; `paid_with_balance`: how much of it all a balance pays; `code`: the
    referral code that the shopper came with.
    """

    lines: Annotated[tuple[QuoteLine, ...], Meta(min_length=1, max_length=MAX_BASKET)]
    member: str = ""
    currency: str = ""
    shipping: Minor = 0
    shipping_tax: Minor = 0
    paid_with_balance: Minor = 0
    code: str = ""


def quote_of(body: PostQuote, wording: Wording, now: int) -> QuoteAnswer:
    """What a basket would earn if it were paid now, the next steps, and what of the request counts for nothing."""
    programme = process.engine().programme_in_force(now)
    currency = body.currency.upper() or programme.currency
    if currency not in programme.all_currencies:
        known = programme.all_currencies
        raise InvalidInput("currency", "must be one of the programme's: %(names)s", body.currency, names=known)
    buyer = member_id(body.member) if body.member else ANYBODY
    basket = Snapshot(
        now * 1000,
        currency,
        now,
        paid=True,
        buyer=buyer,
        code=parse_code(body.code),
        lines=tuple(_line(number, line) for number, line in enumerate(body.lines, 1)),
        shipping_net=body.shipping,
        shipping_tax=body.shipping_tax,
        deduction=body.paid_with_balance,
    )
    read: dict[Ref, Record | None] = {}
    valued = _valued(basket, programme, now, wording, read)
    after = progress_of(valued.member, programme, now, wording)
    if not body.member:
        after = replace(after, member="")

    def larger(more: int, like: str) -> list[QuotedReward]:
        bought = replace(basket, lines=(*basket.lines, _more(basket, more, like)))
        return _valued(bought, programme, now, wording, read).rewards

    nearest = thresholds(basket, programme, valued.member)[:MAX_TRIED]
    following = list(islice(_next(basket, valued.rewards, nearest, larger, programme, wording), MAX_NEXT))
    codes = _code_notes(body, basket, programme, valued, read)
    notes = [written(note, wording, programme) for note in (*codes, *_notes(body, basket, read))]
    return QuoteAnswer(body.member, currency, valued.rewards, after, following, notes)


class _ValuedBasket(Struct, frozen=True):
    """What a basket earns, one row for each movement; the record of whoever has its buyer's money after it; and the
    terms that it was valued by.
    """

    rewards: list[QuotedReward]
    member: Member
    terms: Terms


def _valued(
    basket: Snapshot, programme: Programme, now: int, wording: Wording, read: dict[Ref, Record | None]
) -> _ValuedBasket:
    """What a basket earns, and who bought it. `read`: what was read for a basket of the same quote, and now for this
    one.
    """
    command = RecordOrder(QUOTED, QUOTED, OrderFacts({"order": basket}))
    changes = process.engine().preview(command, now, read).changes
    member = _owner_after(basket.buyer, changes)
    entries = (record for record in changes if isinstance(record, Entry) and record.member == member.member)
    rewards = [
        QuotedReward(
            posting.why.rule,
            posting.asset,
            posting.signed(entry.member),
            wording.amount(posting.signed(entry.member), posting.asset, programme),
            written(statements.reason(posting, entry, is_quoted=True), wording, programme),
        )
        for entry in entries
        for posting in entry.postings
        # What an order's entry takes, since it expired before or the programme has changed, no basket causes.
        if posting.signed(entry.member) > 0
    ]
    terms = next((record.terms for record in changes if isinstance(record, Order)), Terms())
    return _ValuedBasket(rewards, member, terms)


def _code_notes(
    body: PostQuote,
    basket: Snapshot,
    programme: Programme,
    valued: _ValuedBasket,
    read: dict[Ref, Record | None],
) -> Iterator[Phrase]:
    """Why the code of a quote's request counts for nothing, where it does. `read`: what its basket was valued by."""
    if not body.code:
        return
    code, person = read.get(CodeRef(basket.code or "-")), read.get(MemberRef(valued.terms.person(basket.buyer)))
    if not programme.referral:
        yield Phrase("code counts for nothing: the programme has no referral")
    elif not isinstance(code, Code):
        yield Phrase("code counts for nothing: no member has it")
    elif isinstance(person, Member) and is_own(code, person):
        yield Phrase("code counts for nothing: it is the buyer's own")
    elif valued.terms.refused == NOT_NEW or _has_bought(person, programme.referral, valued):
        yield Phrase("code counts for nothing: the buyer has bought before")
    elif isinstance(person, Member) and not _is_same(person.referrer, code.member):
        yield Phrase("code counts for nothing: the buyer is another member's friend already")


def _is_same(referrer: str, owner: str) -> bool:
    """Whether a friend's referrer (empty: none) is the owner of a code, or was merged with that member."""
    return referrer in ("", owner) or queries.member(referrer) == queries.member(owner)


def _has_bought(person: Record | None, rule: Referral, valued: _ValuedBasket) -> bool:
    """Whether a person has bought before where only the first order counts, so that this one brings nothing."""
    has_bought = isinstance(person, Member) and bool(person.firsts) and rule.qualifies.first_order
    return has_bought and all(reward.rule != GIFT for reward in valued.rewards)


def _notes(body: PostQuote, basket: Snapshot, read: dict[Ref, Record | None]) -> Iterator[Phrase]:
    """What else of a quote's request counts for nothing. `read`: what its basket was valued by."""
    if body.member and not (is_guest_id(basket.buyer) or read.get(MemberRef(basket.buyer))):
        namespace, dot, customer = basket.buyer.partition(".")
        known = process.namespaces().names(basket.at)
        if namespace not in known or not dot:
            yield Phrase(
                "member is quoted as a new customer, and no order can be theirs: an id begins with the namespace of a "
                "connection (%(known)s) and a dot",
                {"known": tuple(known) or Phrase("none yet; add the storefront's connection first")},
            )
        elif not process.namespaces().has(namespace, customer, basket.at):
            yield Phrase(
                "member is quoted as a new customer, and no order can be theirs: after %(namespace)s. stands the "
                "customer's id as the storefront's orders have it",
                {"namespace": namespace},
            )
    total = sum(line.net + line.tax for line in basket.lines) + basket.shipping_net + basket.shipping_tax
    if basket.deduction > total:
        values: dict[str, Value] = {"total": Amount(total, money.asset_of(basket.currency))}
        yield Phrase("paid_with_balance counts as %(total)s, which is what the basket costs", values)


def _owner_after(buyer: str, changes: Iterable[Record]) -> Member:
    """The record of a buyer, or of the member that it was merged into, as the changes of a paid order leave it; the
    stored one where the order counts nothing, such as one of gift cards alone.
    """
    members = {record.member: record for record in changes if isinstance(record, Member)}
    member = members.get(buyer)
    while member and member.alias:
        member = members.get(member.alias)
    return member or queries.member(buyer) or Member(buyer)


def _more(basket: Snapshot, amount: int, like: str) -> Line:
    """More goods in a basket: such as one of its lines, or that no rule names. No pieces are counted: how many an
    amount buys nobody knows.
    """
    same = next((line for line in basket.lines if line.id == like), None)
    product, sku, labels = (same.product, same.sku, same.labels) if same else ("", "", ())
    return Line("more", product, sku, 0, amount, 0, labels)


def _next(
    basket: Snapshot,
    rewards: list[QuotedReward],
    nearest: list[Threshold],
    larger: Callable[[int, str], list[QuotedReward]],
    programme: Programme,
    wording: Wording,
) -> Iterator[QuotedNext]:
    """What a little more would bring beyond `rewards`, where it brings of what it is about more than one minor unit
    less of goods. `larger`: what the basket earns with so much more.
    """
    asset, has = money.asset_of(basket.currency), _sums(rewards)
    for (missing, like), steps in groupby(nearest, key=lambda step: (step.missing, step.like)):
        after, before = larger(missing, like), larger(missing - 1, like) if missing > 1 else rewards
        gains, less = _sums(after), _sums(before)
        grows = any(_given(step.part, after) > _given(step.part, before) for step in steps)
        extra = [Amount(gains[name] - has.get(name, 0), name) for name in gains if gains[name] > has.get(name, 0)]
        if not extra or not grows or all(gains[name] <= less.get(name, 0) for name in gains):
            continue
        values: dict[str, Value] = {"missing": Amount(missing, asset), "gain": together(extra)}
        step = Phrase("%(missing)s more and you get %(gain)s more", values)
        if like:
            step = Phrase("%(missing)s more of some articles in your basket and you get %(gain)s more", values)
        line = int(like) if like else None
        yield QuotedNext(missing, line, wording.amount(missing, asset, programme), written(step, wording, programme))


def _given(part: str, rewards: list[QuotedReward]) -> int:
    """What of some rewards one part of the programme gives."""
    return sum(reward.amount for reward in rewards if reward.rule == part)


def _sums(rewards: list[QuotedReward]) -> dict[str, int]:
    """What is earned of each asset."""
    sums: dict[str, int] = {}
    for reward in rewards:
        sums[reward.asset] = sums.get(reward.asset, 0) + reward.amount
    return sums


def _line(number: int, line: QuoteLine) -> Line:
    labels = {"category": line.categories, "collection": line.collections, "tag": line.tags}
    names = tuple(f"{kind}:{name}" for kind, texts in labels.items() for name in texts)
    return Line(str(number), line.product, line.sku, line.quantity, line.net, line.tax, names, earns=line.earns)
