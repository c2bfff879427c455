"""Gifts on birthdays and anniversaries, worked out a second time: who must have got one, and on which days.

Uses nothing of `domain/rewards/occasions.py`. What is left open: whose first order is a person's, where several members
are one person or an order changed its buyer; who was given a gift as one of two members that were merged later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache

from chalicelib.domain.records import Activity, ActivityRef, Member, Order
from tests.proof.soak.hub import Violation
from tests.proof.soak.options import GIFTS
from tests.proof.soak.progress import Live, local_day
from tests.proof.soak.sales import Sale
from tests.proof.soak.senders import DAY_S
from tests.proof.soak.shelf import Shelf

DAYS = 7
"""So many days, the day itself included, a gift can be given."""

WORTH = {rule["on"]: rule["give"] for rule in GIFTS}


def check_gifts_given(shelf: Shelf, birthdays: Mapping[str, str], sales: Sequence[Sale]) -> None:
    """What was given was due: on the days of the occasion, and as much as the programme says.

    `birthdays`: as they were told with profiles.
    """
    paid = {(sale.paid_at and local_day(sale.paid_at).strftime("%m-%d")) for sale in sales}
    for activity in shelf.all(Activity):
        if activity.activity not in WORTH:
            continue
        given = local_day(activity.at)
        days = [given - timedelta(days=late) for late in range(DAYS)]
        if activity.activity == "birthday":
            right = [
                day for day in days if _is_on(day, birthdays[activity.member]) and str(day.year) == activity.reference
            ]
        else:
            right = [
                day for day in days if any(_is_on(day, name) for name in paid if name) and int(activity.reference) > 0
            ]
        amount = sum(posted.amount for posted in activity.posted if posted.rule != "written-off")
        if not right or amount != WORTH[activity.activity]:
            raise Violation(f"{activity} was given on {given}")


def check_birthdays(
    shelf: Shelf, birthdays: Mapping[str, str], told: Mapping[str, float], rounds: Iterable[tuple[str, float]]
) -> None:
    """Whoever's birthday was known when a round came has its gift of the last days.

    `told`: when a profile was first told, and never erased; `rounds`: those that were done, with the instants.
    """
    for name, at in rounds:
        today = date.fromisoformat(name)
        if local_day(int(at)) != today:
            continue
        days = [today - timedelta(days=late) for late in range(DAYS)]
        for member, since in told.items():
            year = next((day.year for day in days if _is_on(day, birthdays[member])), 0)
            if year and since < at - DAY_S and not shelf.member(member).alias:
                _check_has(shelf, member, "birthday", year, today)


def check_anniversaries(
    shelf: Shelf, lives: Mapping[str, Sequence[Live]], sales: Sequence[Sale], rounds: Iterable[tuple[str, float]]
) -> None:
    """Whoever bought first on such a day, and is nobody else too, has the gift of the last rounds' days."""
    alone = _alone(shelf, sales)
    first: dict[str, date] = {}
    for sale in sales:
        if sale.paid_at and sale.buyer[2] in alone:
            day = local_day(sale.paid_at)
            first[sale.buyer[2]] = min(first.get(sale.buyer[2], day), day)
    for name, at in rounds:
        today = date.fromisoformat(name)
        if local_day(int(at)) != today:
            continue
        for member, since in first.items():
            for late in range(DAYS):
                past = today - timedelta(days=late)
                if past.year > since.year and _is_on(past, since.strftime("%m-%d")) and lives.get(member):
                    _check_has(shelf, member, "anniversary", past.year - since.year, today)


def _check_has(shelf: Shelf, member: str, activity: str, number: int, today: date) -> None:
    names = (member, *shelf.member(member).merged)
    if not any(ActivityRef(name, activity, str(number)) in shelf.records for name in names):
        raise Violation(f"{member} was not given its {activity} {number} by the round of {today}")


def _alone(shelf: Shelf, sales: Sequence[Sale]) -> set[str]:
    """Members that are one person by themselves, were so when their orders came, and have had these always: an erasure
    parts a guest from the account whose first order its own was.
    """
    members = shelf.all(Member)
    several = {member.person for member in members if member.person not in ("", member.member)}
    several |= {member.member for member in members if member.person not in ("", member.member)}
    several |= {name for member in members if member.alias for name in (member.alias, member.member)}
    for order in shelf.all(Order):
        if order.terms.root not in ("", order.facts.buyer.member):
            several.add(order.facts.buyer.member)
    for sale in sales:
        named = {
            snapshot.buyer for facts in sale.statements.facts for snapshot in facts.sources.values() if snapshot.buyer
        }
        if len(named) > 1 or sale.snapshot.test or sale.trashed or sale.deleted:
            several |= named
    return {member.member for member in members} - several


def _is_on(day: date, name: str) -> bool:
    """Whether a day is that of a month and a day, the last of February in years that are shorter."""
    return name in _names(day)


@cache
def _names(day: date) -> tuple[str, ...]:
    name = day.strftime("%m-%d")
    return (name, "02-29") if name == "02-28" and (day + timedelta(days=1)).day == 1 else (name,)
