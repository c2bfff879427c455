"""Are judgements right that look beyond one record's sums: an order's level and campaigns, a member's awards?

Every function takes records and gives findings, none where all is well. Imports record checks (the findings), records,
the programme and the deciders' own arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.core.calendar import local_day, midnight
from chalicelib.domain.members import order_payments
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import Member, Order, Terms, Won
from chalicelib.domain.rewards.campaigns import arm, running
from chalicelib.domain.rewards.progress import awards

FIRST_ZONE = "Etc/GMT-14"
"""Where a day begins first."""


def of_terms(order: Order, history: History) -> list[Finding]:
    """What is wrong with the level and the campaigns that an order is valued under, by its payment and its person."""
    bought, number = order.bought, order.terms.version
    if bought is None or not bought.paid or not bought.buyer or not 0 < number <= history.newest:
        return []
    programme = history.numbered(number).programme
    return [*_level(order, programme), *_campaigns(order, order_payments.by_books(bought, order), programme)]


def of_awards(member: Member, history: History, now: int) -> list[Finding]:
    """The awards of a member that its own counters do not reach, as far as their periods are judged at `now`.

    Of what the programme has changed since the award nothing is known: it is judged with the next order.
    """
    version = history.at(now)
    if version is None or member.alias:
        return []
    programme = version.programme
    # A version that began since the history was read is not known to it.
    known = tuple(award for award in member.won if not award.version or award.version in history.read)
    member, versions = replace(member, won=known), awards.GiftVersions(history.number_at(now), history)
    unfounded = awards.unfounded(member, programme, local_day(now, programme.timezone), versions)
    return [
        Finding("award_unfounded", member.member, 0, f"it has {award.name} in {award.number}, its counters do not")
        for award in unfounded
        if award.version or _is_unchanged(award, programme, history, now)
    ]


def _level(order: Order, programme: Programme) -> Iterator[Finding]:
    level = order.terms.level
    known = {step.id for step in programme.levels.steps} if programme.levels else set()
    if level and level not in known:
        yield Finding("level_unknown", str(order.ref), 0, f"it was valued under {level}, which its programme has not")


def _campaigns(order: Order, bought: Snapshot, programme: Programme) -> Iterator[Finding]:
    """Each campaign that is named must run, for its person and level; each that must be named is."""
    terms, person = order.terms, order.terms.person(bought.buyer)
    fitting = [campaign for campaign in running(programme, bought.at) if _fits(campaign, terms)]
    possible = {arm(campaign, person) for campaign in fitting}
    certain = {arm(campaign, person) for campaign in fitting if _is_for_all(campaign)}
    if not certain <= set(terms.campaigns) <= possible:
        right = ", ".join(sorted(possible)) or "none"
        text = f"it was valued under {', '.join(terms.campaigns) or 'none'}; by its payment and person: {right}"
        yield Finding("campaigns_differ", str(order.ref), 0, text)


def _fits(campaign: Campaign, terms: Terms) -> bool:
    return not campaign.audience.levels or terms.level in campaign.audience.levels


def _is_for_all(campaign: Campaign) -> bool:
    """Whether its audience can be told from the order alone."""
    audience = campaign.audience
    return not audience.members and not audience.segments and not audience.first_order


def _is_unchanged(award: Won, programme: Programme, history: History, now: int) -> bool:
    """Whether every version since the award has had what it was given for, as it is now."""
    since = midnight(date.fromordinal(award.day), FIRST_ZONE)  # the zone may be another one since
    numbers = range(max(history.number_at(since), 1), history.number_at(now) + 1)
    return all(
        _definition(award, history.numbered(number).programme) == _definition(award, programme) for number in numbers
    )


def _definition(award: Won, programme: Programme) -> object:
    """What a programme says of that which an award was given for; None where it says nothing."""
    if award.kind == awards.LEVEL:
        return programme.levels
    things: dict[str, object] = {card.id: card for card in programme.cards}
    things |= {goal.id: goal for goal in programme.goals}
    return things.get(award.name)
