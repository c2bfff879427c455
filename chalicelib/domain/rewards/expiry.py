"""From when until when what a programme gives can be spent, in sentences: a time, and what it holds for, where it is
not the same for all.

When a lot of a member can be spent and expires, its entry says. Imports phrases, the programme and offers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import TypeVar

from msgspec import Struct

from chalicelib.domain.core.calendar import Border
from chalicelib.domain.core.phrases import (
    AssetName,
    CalendarDay,
    Different,
    Named,
    Phrase,
    Plural,
    Value,
    day_count,
)
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.labels import part_name
from chalicelib.domain.programme.referral import Referral
from chalicelib.domain.programme.rules import Earning, Lasting
from chalicelib.domain.rewards import offers
from chalicelib.domain.rewards.points import Points

IN_WHICH: Mapping[tuple[Border, bool], Phrase] = {
    ("month", False): Phrase("at the end of the month in which they were earned"),
    ("month", True): Phrase("at the end of the month in which they can first be spent"),
    ("year", False): Phrase("at the end of the year in which they were earned"),
    ("year", True): Phrase("at the end of the year in which they can first be spent"),
}
"""The end of the month or year itself; whether that is counted from when rewards can be spent."""

NO_SOONER: Mapping[Border, Phrase] = {
    "month": Phrase("at the end of the month, but no sooner than %(when)s"),
    "year": Phrase("at the end of the year, but no sooner than %(when)s"),
}
"""The first end of a month or year that does not come before some days or months are over."""


class ExpiryTerms(Struct, frozen=True):
    """When a reward expires; never where nothing is stated. `is_from_vesting`: counted from when it can be spent."""

    days: int | None
    months: int | None
    end: Border | None
    is_from_vesting: bool = False

    @property
    def is_stated(self) -> bool:
        """Whether it expires at all."""
        return self.days is not None or self.months is not None or self.end is not None

    def told(self) -> Phrase:
        """`365 days after they were earned`, or the end of a month or year."""
        if self.days is not None:
            span = Plural("%(number)s day", "%(number)s days", self.days)
        elif self.months is not None:
            span = Plural("%(number)s month", "%(number)s months", self.months)
        else:
            return IN_WHICH[self.end or "month", self.is_from_vesting]
        when = Phrase("%(span)s after they were earned", {"span": span})
        if self.is_from_vesting:
            when = Phrase("%(span)s after the first day on which they can be spent", {"span": span})
        return Phrase(NO_SOONER[self.end].text, {"when": when}) if self.end else when


class VestingTerms(Struct, frozen=True):
    """From when a reward can be spent: so many days after it was earned or delivered, and not before a day."""

    days: int
    is_on_delivery: bool
    day: date | None

    @property
    def is_stated(self) -> bool:
        """Whether it cannot be spent at once."""
        return bool(self.days) or self.is_on_delivery or self.day is not None

    def told(self) -> Phrase:
        """`from 14 days after the delivery on`, `from 2027-01-15 on`, or both."""
        if not self.days and not self.is_on_delivery:
            assert self.day
            return Phrase("from %(day)s on", {"day": CalendarDay(self.day)})
        values: dict[str, Value] = {"span": day_count(self.days)}
        when = Phrase("from %(span)s after they were earned on", values)
        if self.is_on_delivery:
            late = Phrase("from %(span)s after the delivery on", values)
            when = late if self.days else Phrase("from the delivery on")
        if self.day:
            return Phrase("%(when)s, but not before %(day)s", {"when": when, "day": CalendarDay(self.day)})
        return when


Terms = TypeVar("Terms", ExpiryTerms, VestingTerms)


class _Given(Struct, frozen=True):
    """Something that a programme gives: what it is called, and whence it comes, where the name alone does not tell."""

    reward: Lasting
    name: Value
    source: Value


def vesting(programme: Programme, campaigns: Collection[str], *, for_owner: bool = False) -> Iterator[Phrase]:
    """A sentence for each time from which something can be spent; nothing of what can be at once.

    `campaigns` and `for_owner` as for `expiring`.
    """
    rewards = list(_rewards(programme, campaigns, for_owner=for_owner))
    by_time = _by_terms(rewards, _vesting_terms)
    for terms, names in by_time.items():
        values: dict[str, Value] = {"what": Different(tuple(names)), "when": terms.told()} if terms.is_stated else {}
        if values and len(by_time) == 1:
            yield Phrase("Rewards can be spent %(when)s.", values)
        elif values:
            yield Phrase("These can be spent %(when)s: %(what)s.", values)


def expiring(programme: Programme, campaigns: Collection[str], *, for_owner: bool = False) -> Iterator[Phrase]:
    """A sentence for each time at which something expires, and after how long without an order a balance is lost.

    `campaigns`: the ids of those of which what they give is told too. `for_owner`: rules are called as in the sentences
    of `summary.py`.
    """
    by_time = _by_terms(list(_rewards(programme, campaigns, for_owner=for_owner)), _terms)
    lost_after = programme.inactive_days
    for terms, names in by_time.items():
        if terms.is_stated or lost_after is None:
            yield _sentence(terms, names, is_for_all=len(by_time) == 1)
    if by_time and lost_after is not None:
        days = Plural("%(number)s day", "%(number)s days", lost_after)
        yield Phrase("A balance is lost after %(days)s without an order or a payment with it.", {"days": days})


def _by_terms(rewards: list[_Given], terms_of: Callable[[Lasting], Terms]) -> dict[Terms, list[Value]]:
    """What rewards of the same terms are called; whence they come too where an asset alone does not tell."""
    by_terms: dict[Terms, list[Value]] = {}
    for given in rewards:
        names, name = by_terms.setdefault(terms_of(given.reward), []), given.name
        if isinstance(name, AssetName) and len({terms_of(other.reward) for other in rewards if other.name == name}) > 1:
            name = Phrase("%(asset)s (%(source)s)", {"asset": name, "source": given.source})
        names += [name] if name not in names else []
    return by_terms


def _sentence(terms: ExpiryTerms, names: list[Value], *, is_for_all: bool) -> Phrase:
    """When something expires. `is_for_all`: nothing expires at another time."""
    values: dict[str, Value] = {"what": Different(tuple(names)), "when": terms.told()}
    if not terms.is_stated:
        return Phrase("Rewards do not expire.") if is_for_all else Phrase("These do not expire: %(what)s.", values)
    if is_for_all:
        return Phrase("Rewards expire %(when)s.", values)
    return Phrase("These expire %(when)s: %(what)s.", values)


def _terms(reward: Lasting) -> ExpiryTerms:
    is_from_vesting = reward.expires and reward.expire_from == "vesting"
    return ExpiryTerms(reward.expire_days, reward.expire_months, reward.expire_end, is_from_vesting)


def _times(reward: Lasting) -> tuple[VestingTerms, ExpiryTerms]:
    return _vesting_terms(reward), _terms(reward)


def _vesting_terms(reward: Lasting) -> VestingTerms:
    return VestingTerms(reward.vest_days, reward.vest_on == "delivery", reward.vest_date)


def _rewards(programme: Programme, campaigns: Collection[str], *, for_owner: bool) -> Iterator[_Given]:
    """All that a programme gives, and what customers call it: what expires as its asset does by the name of that."""
    for rule in programme.earn:
        if rule.campaign and rule.campaign not in campaigns:
            continue
        called = offers.called(rule, programme)
        if for_owner and not isinstance(called, AssetName):
            called = part_name("earn", rule.id)
        yield _named(rule, called, _source(rule, programme, for_owner=for_owner), programme)
    others = (*_of_campaigns(programme, campaigns), *_of_progress(programme), *_of_friends(programme.referral))
    for reward, called in others:
        yield _named(reward, called, called, programme)


def _source(rule: Earning, programme: Programme, *, for_owner: bool) -> Value:
    """Whence a rule's rewards come: an activity, the rule by its name, or orders; and what tells those apart of another
    such rule that gives the same asset from or until another time.
    """
    if rule.activity or rule.name:
        return Named("activity", rule.activity) if rule.activity else Named("rule", rule.id)
    if not isinstance(rule, Points):
        return Phrase("for orders")
    unnamed = (other for other in programme.earn if isinstance(other, Points) and not other.name)
    rivals = [other for other in unnamed if other.of == rule.of and _times(other) != _times(rule)]
    if not rivals:
        return Phrase("for orders")
    how = _how(rule, programme)
    is_known_by_how = not for_owner and how not in [_how(other, programme) for other in rivals]
    return how if is_known_by_how else part_name("earn", rule.id)


def _how(rule: Points, programme: Programme) -> Value:
    """For what a rule gives points: `for each full 1.00 EUR, only on some articles`."""
    per = Phrase("for each piece") if rule.per == "piece" else Phrase("for each order")
    if isinstance(rule.per, dict) and (step := offers.in_each_currency(rule.per, programme)):
        per = Phrase("for each full %(step)s", {"step": step})
    return (per, *offers.conditions(rule, programme, ""))


def _named(reward: Lasting, called: Value, source: Value, programme: Programme) -> _Given:
    """What a reward is called: by its asset's name where it expires as that does."""
    of = getattr(reward, "of", "")
    asset = programme.assets.get(of)
    if asset and _terms(reward) == ExpiryTerms(asset.expire_days, asset.expire_months, asset.expire_end):
        called = AssetName(asset.ledger_name(of))
    return _Given(reward, called, source)


def _of_campaigns(programme: Programme, campaigns: Collection[str]) -> Iterator[tuple[Lasting, Value]]:
    """Campaigns that say when what they add expires; else that does with what they multiply."""
    for campaign in programme.campaigns:
        if campaign.expires and campaign.id in campaigns:
            yield campaign, part_name("campaigns", campaign.id)


def _of_progress(programme: Programme) -> Iterator[tuple[Lasting, Value]]:
    """What cards, levels, goals and leaderboards give."""
    yield from ((card.reward, offers.called_card(card)) for card in programme.cards)
    for step in programme.levels.steps if programme.levels else ():
        if step.gift:
            yield step.gift, Phrase("Gift for the level %(level)s", {"level": Named("level", step.id)})
    yield from ((goal.reward, part_name("goals", goal.id)) for goal in programme.goals if goal.reward)
    yield from ((prize, part_name("boards", board.id)) for board in programme.boards for prize in board.prizes)


def _of_friends(referral: Referral | None) -> Iterator[tuple[Lasting, Value]]:
    """What friends bring, and what each of them gets."""
    if referral:
        yield referral, Phrase("Bonus for friends")
        if referral.welcome:
            yield referral.welcome, Phrase("Welcome gift")
