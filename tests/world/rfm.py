"""Scores of recency, frequency and money of a log of purchases: by the product, and by ranks over the log itself."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.programme.history import History
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Cuts, Member, MemberRef
from chalicelib.domain.rewards.progress.counters import counted_of, recount
from chalicelib.domain.rewards.progress.cuts import Tally, cuts_of
from chalicelib.domain.rewards.progress.segments import Scores, measures_of, scored_buyer, scores_of
from tests.world.builders import document


def product_scores(purchases: Collection[Snapshot], today: date) -> tuple[Tally, dict[str, Scores]]:
    """The tally of all members, and the scores of those who bought something in its time, by the product."""
    programme = parse(document(currency="USD", timezone="UTC", earn=[], referral=None, segments={"all": {}}))
    members, tally = counted_members(purchases, programme), Tally()
    for member in members:
        count(tally, member, programme, None, today)
    cuts = cuts_for(tally)
    measured = {member.member: measures_of(member, programme, today) for member in members}
    return tally, {name: scores_of(own, cuts) for name, own in measured.items() if own and own.frequency}


def counted_members(purchases: Collection[Snapshot], programme: Programme) -> list[Member]:
    """The members with their counters after purchases, each counted on its own day by the product."""
    facts = Facts({MemberRef(purchase.buyer): None for purchase in purchases}, History())
    books = {purchase.buyer: Books(facts, 0, programme) for purchase in purchases}
    for purchase in sorted(purchases, key=lambda purchase: purchase.at):
        sale = Sale(purchase.currency, purchase.at, programme)
        counted = counted_of(purchase.buyer, kept_of(purchase), (), sale, purchase.at)
        recount(books[purchase.buyer], None, counted, local_day(purchase.at, "UTC"))
    return [own.member(name) for name, own in books.items()]


def cuts_for(tally: Tally) -> Cuts:
    made = cuts_of(tally, 0)
    return Cuts(1, made.day, 0, made.buyers, made.recency, made.frequency, made.money)


def count(tally: Tally, member: Member, programme: Programme, cuts: Cuts | None, today: date) -> None:
    """Count a member as a round does."""
    if scored := scored_buyer(member, programme, cuts, today):
        tally.add(member, scored)


def independent_scores(purchases: Collection[Snapshot], today: date) -> dict[str, Scores]:
    """Ranks over the log itself; nothing of the product but the shape of what comes back.

    What cost nothing is no purchase.
    """
    last: dict[str, date] = {}
    orders: dict[str, int] = {}
    cents: dict[str, int] = {}
    for purchase in purchases:
        name, on = purchase.buyer, datetime.fromtimestamp(purchase.at, UTC).date()
        goods = sum(part.net for part in purchase.lines)
        if goods and on >= date(today.year - 1, today.month, 1):
            last[name] = max(on, last.get(name, on))
            orders[name] = orders.get(name, 0) + 1
            cents[name] = cents.get(name, 0) + goods
    days = {name: on if (today - on).days < 28 else on.replace(day=1) for name, on in last.items()}
    money = {name: int(str(amount)[:3].ljust(len(str(amount)), "0")) for name, amount in cents.items()}
    ranked = [ranks(values) for values in (days, orders, money)]
    return {name: Scores(*(scores[name] for scores in ranked)) for name in orders}


def ranks(values: dict[str, Any]) -> dict[str, int]:
    ordered = sorted(values.values())
    return {name: 1 + 5 * bisect_left(ordered, value) // len(ordered) for name, value in values.items()}
