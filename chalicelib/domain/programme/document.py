"""The programme is a document: the rules of a shop's loyalty programme, typed, and checked with every error at once.

Versions are immutable, each in force from an instant until the next one's. Reading order: `Programme`, then `parse`.
Imports the parts of rules, the registry of kinds, money and errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.core.conversion import TypedDocument, converted
from chalicelib.domain.core.validation_errors import similar
from chalicelib.domain.errors import InvalidInput, InvalidProgramme
from chalicelib.domain.programme import kinds
from chalicelib.domain.programme.assets import Asset, asset_problems, name_problems
from chalicelib.domain.programme.awards import Card, Goal, Levels, Step, awards_of, progress_problems
from chalicelib.domain.programme.boards import Board, board_problems, prizes_of
from chalicelib.domain.programme.campaigns import Campaign, campaign_problems
from chalicelib.domain.programme.referral import Referral, referral_problems
from chalicelib.domain.programme.rules import (
    MAX_DAYS,
    Document,
    Earning,
    Lasting,
    Selector,
    Sum,
    earning_problems,
    percent_problems,
    range_problems,
    sum_problems,
)
from chalicelib.domain.programme.segments import Segment, segment_problems

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Part, Phrase

MAX_RULES, MAX_HOLD_MINUTES = 20, 7 * 24 * 60

WHOLE = "a programme"
"""What the document is called in its problems."""

LASTING = frozenset(Lasting.__struct_fields__)
"""The fields that say when a reward can be spent; each is checked against the others."""

R = TypeVar("R", bound=Lasting)


class Spending(Document, frozen=True):
    """How balances are spent: at least `minimum` at once, and between two shares of what the order costs, in percent.

    A hold ends by itself after `hold_minutes`. What a refund gives back to a lot that has expired, or soon will, can be
    spent for `return_days` more days.
    """

    minimum: Sum | None = None
    min_percent: Decimal | None = None
    max_percent: Decimal | None = None
    hold_minutes: int = 60
    return_days: int = 30


class Landing(Document, frozen=True):
    """Where a referral link leads. `hosts`: the only hosts that it may ever lead to."""

    page: str
    hosts: tuple[str, ...]
    parameter: str = "ref"


class Catalogue(Selector, frozen=True):
    """What a storefront does not say of its lines: the categories, collections and tags of some products."""


class Programme(Document, frozen=True):
    """The whole document. `currencies`: others than `currency` whose orders earn too, each in its own asset.

    `combine`: rewards of several rules on one order add up (`sum`), or only the highest counts (`best`). `clawback`:
    what a refund takes back of a reward that is spent already becomes a debt that later rewards pay (`negative`), or
    the shop's loss. `inactive_days`: a balance is gone so many days after its owner's last order or redemption.
    `remind_days`: how long before something expires it is announced. `test_orders`: orders that their storefront marks
    as tests earn like others; otherwise nothing. `assets`: what can be earned besides the currencies, such as points.
    `segments`: by what scores members are told apart (`segments.DEFAULTS` where none are stated).
    """

    name: str
    currency: str
    landing: Landing
    currencies: tuple[str, ...] = ()
    timezone: str = "UTC"
    rounding: money.Rounding = "half_up"
    combine: Literal["sum", "best"] = "sum"
    clawback: Literal["negative", "loss"] = "negative"
    inactive_days: int | None = None
    remind_days: int = 14
    test_orders: bool = False
    assets: dict[str, Asset] = field(default_factory=dict)
    spending: Spending = Spending()
    earn: tuple[Earning, ...] = ()
    cards: tuple[Card, ...] = ()
    levels: Levels | None = None
    goals: tuple[Goal, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    boards: tuple[Board, ...] = ()
    segments: dict[str, Segment] = field(default_factory=dict)
    referral: Referral | None = None
    catalogue: tuple[Catalogue, ...] = ()

    @property
    def rules(self) -> tuple[Earning, ...]:
        """All that gives something for an order: the rules of `earn`, and the campaigns."""
        return (*self.earn, *self.campaigns)

    @cached_property
    def part_ids(self) -> frozenset[str]:
        """The ids of all rules, campaigns, cards, levels, goals and boards."""
        steps = self.levels.steps if self.levels else ()
        parts: tuple[Earning | Card | Step | Goal | Board, ...] = (*self.rules, *self.cards, *steps)
        return frozenset(part.id for part in (*parts, *self.goals, *self.boards))

    @cached_property
    def earning_by(self) -> dict[str, list[Earning]]:
        """The rules of `earn` by the activity that they are for; those for orders stand under the empty name."""
        by_activity: dict[str, list[Earning]] = {}
        for rule in self.earn:
            by_activity.setdefault(rule.activity, []).append(rule)
        return by_activity

    def multiplied(self, factors: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """What a level or a campaign does multiply of what it names: rules for orders. Documents from before the others
        were refused may name them.
        """
        names = {rule.id for rule in self.earning_by.get("", ())}
        return {name: factor for name, factor in factors.items() if name in names}

    @cached_property
    def level_thresholds(self) -> list[int]:
        """From how much each level holds, in what the levels count, from the lowest."""
        levels = self.levels
        return [levels.threshold(step, self) for step in levels.steps] if levels else []

    @cached_property
    def level_counter(self) -> str:
        """The name of the counter that decides about levels; empty where there are none."""
        return self.levels.counter(self) if self.levels else ""

    @cached_property
    def labels_by_product(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """The labels that the catalogue adds to lines: by SKU, and by product id."""
        skus: dict[str, list[str]] = {}
        products: dict[str, list[str]] = {}
        for entry in self.catalogue:
            labels = entry.labels()
            for known, names in ((skus, entry.skus), (products, entry.products)):
                for name in names:
                    known.setdefault(name, []).extend(labels)
        return skus, products

    @cached_property
    def all_currencies(self) -> tuple[str, ...]:
        """The currencies whose orders earn, its own first."""
        return (self.currency, *self.currencies)

    @cached_property
    def has_limits(self) -> bool:
        """Whether a rule or a campaign gives a member, or all members together, only so much."""
        return any(rule.is_limited() for rule in self.rules)

    @cached_property
    def has_awards(self) -> bool:
        """Whether members are awarded anything for what they do over several orders."""
        return bool(self.cards or self.goals or self.levels)

    @cached_property
    def reviews_bonuses(self) -> bool:
        """Whether bonuses of referrals can be held for review."""
        return bool(self.referral and self.referral.review)

    @cached_property
    def counts_days(self) -> bool:
        """Whether members' counters have the days of their orders: only where segments are stated or asked for."""
        return bool(self.segments) or any(campaign.audience.segments for campaign in self.campaigns)

    @cached_property
    def counts_weeks(self) -> bool:
        """Whether members' counters have the weeks of their orders: only where a goal is of weeks in a row."""
        return any(goal.measure == "weeks" for goal in self.goals)

    def asset_named(self, of: str) -> str:
        """The ledger's name of a currency or of an asset of the programme: `EUR/2` of `EUR`, `points` of `points`."""
        asset = self.assets.get(of)
        return asset.ledger_name(of) if asset else money.asset_of(of)

    def names_of(self, part: Part, name: str) -> Mapping[str, str]:
        """What shoppers read, by language, for the id of a part of the programme; empty where it has no name.

        An activity is called by the first rule for it that has one, a goal without a name by its badge.
        """
        if part == "activity":
            return next((rule.name for rule in self.earn if rule.activity == name and rule.name), {})
        if part == "goal":
            return next((goal.name or goal.badge for goal in self.goals if goal.id == name), {})
        if part == "asset":
            return self.assets[name].name if name in self.assets else {}
        named: dict[str, Sequence[Step | Earning | Card | Board]] = {
            "level": self.levels.steps if self.levels else (),
            "rule": self.rules,
            "earning": self.earn,
            "card": self.cards,
            "board": self.boards,
        }
        return next((row.name for row in named[part] if row.id == name), {})

    def sum_in(self, amount: Sum | None, currency: str) -> int | None:
        """A stated sum in minor units of `currency`; None where the document states none for it."""
        by_currency = amount if isinstance(amount, dict) else {self.currency: amount}
        number = by_currency.get(currency)
        return None if number is None else _minor(number, currency)

    def reaches(self, minimum: Sum | None, goods: int, currency: str) -> bool:
        """Whether goods, in minor units of `currency`, reach a minimum; one not stated for it cannot be reached."""
        if minimum is None:
            return True
        least = self.sum_in(minimum, currency)
        return least is not None and goods >= least


_minor = lru_cache(1024)(money.minor)
"""A programme states few sums, and orders ask for them again and again."""


class Version(Struct, frozen=True):
    """A published programme: in force from `effective_at` (seconds) until the next version's."""

    number: int
    effective_at: int
    programme: Programme


def parse(document: Any) -> Programme:
    """A checked programme from plain data (mappings, lists, strings, integers, Decimals; never floats).

    Raises InvalidProgramme with every problem found, each naming the path, the rule and the value.
    """
    reading = _with_expiry(_with_currencies(_read(document)))
    problems = [*reading.problems, *_true_of(reading, _problems(reading.document))]
    if problems:
        raise InvalidProgramme(problems)
    return _completed(reading.document)


def unchecked(document: Any) -> Programme:
    """The programme of a version's source, as plain data: what was good when it was published may be refused since.

    Raises InvalidProgramme for what is of other types than a programme.
    """
    reading = _with_expiry(_read(document))
    if reading.problems:
        raise InvalidProgramme(reading.problems)
    return _completed(reading.document)


def published(text: str) -> Programme:
    """The programme of a published version, from its JSON; it was checked when it was published."""
    reading = _read(msgspec.json.decode(text))
    if reading.problems:
        raise InvalidProgramme(reading.problems)
    return reading.document


def _read(document: Any) -> TypedDocument[Programme]:
    """Plain data as a programme, each earning rule as its kind, with every problem of types."""
    rules = document.get("earn", ()) if isinstance(document, Mapping) else ()
    listed = rules if isinstance(rules, list | tuple) else ()
    whole = converted({**document, "earn": ()} if listed else document, Programme, WHOLE)
    earn = [_read_rule(rule, f"earn[{n}]") for n, rule in enumerate(listed)]
    return TypedDocument(
        replace(whole.document, earn=tuple(rule.document for rule in earn)),
        (*whole.problems, *(problem for rule in earn for problem in rule.problems)),
        (*whole.mended, *(path for rule in earn for path in rule.mended)),
    )


def _read_rule(rule: Any, path: str) -> TypedDocument[Earning]:
    """Plain data as an earning rule of its kind; a field of another kind is not called unknown."""
    reading = converted(rule, kinds.kind_of(rule).document(), WHOLE, path)
    if not reading.problems:
        return reading
    mixed = {problem.field: problem for problem in kinds.mixed(rule, path)}
    return replace(reading, problems=tuple(mixed.get(problem.field, problem) for problem in reading.problems))


def _with_currencies(reading: TypedDocument[Programme]) -> TypedDocument[Programme]:
    """The reading with currencies that exist, for sums cannot be looked at in another one."""
    programme = reading.document
    problems = tuple(_true_of(reading, _currency_problems(programme)))
    if all(_is_currency(currency) for currency in programme.all_currencies):
        return replace(reading, problems=(*reading.problems, *problems))
    own = programme.currency if _is_currency(programme.currency) else "EUR"
    others = tuple(currency for currency in programme.currencies if _is_currency(currency))
    known = replace(programme, currency=own, currencies=others)
    return TypedDocument(known, (*reading.problems, *problems), (*reading.mended, "currency"))


def _with_expiry(reading: TypedDocument[Programme]) -> TypedDocument[Programme]:
    """The reading with the expiry of an asset in each reward that is in it and states none of its own."""
    programme = reading.document

    def own(reward: R) -> R:
        asset = programme.assets.get(getattr(reward, "of", ""))
        return replace(reward, **asset.expiry) if asset and not reward.expires else reward

    levels = programme.levels
    completed = replace(
        programme,
        earn=tuple(own(rule) for rule in programme.earn),
        cards=tuple(replace(card, reward=own(card.reward)) for card in programme.cards),
        goals=tuple(replace(goal, reward=goal.reward and own(goal.reward)) for goal in programme.goals),
        boards=tuple(replace(board, prizes=tuple(map(own, board.prizes))) for board in programme.boards),
        levels=levels and replace(levels, steps=tuple(replace(s, gift=s.gift and own(s.gift)) for s in levels.steps)),
    )
    return TypedDocument(completed, reading.problems, reading.mended)


_RISING = re.compile(r"\[[0-9]+\](\.(at|bonuses))?")
"""An item of a list whose items rise, and what they rise by: levels, the rungs of a ladder, steps of the bonus."""


def _true_of(reading: TypedDocument[Programme], problems: Iterable[InvalidInput]) -> Iterator[InvalidInput]:
    """The problems of values that were read: of what was mended, and of what depends on it, nothing is known."""
    for problem in problems:
        if not any(_depends(problem.field, problem.text, mended) for mended in reading.mended):
            yield problem


def _depends(path: str, text: str, mended: str) -> bool:
    """Whether what a text says of a path may be so only since something else was mended."""
    parent, _, name = mended.rpartition(".")
    is_within = path in {mended, parent} or path.startswith((f"{mended}.", f"{mended}["))
    if not mended or is_within or (path == f"{parent}.rates" and name in ("percent", "amount")):
        return True
    if mended.partition("[")[0] in ("currency", "currencies"):
        return "currencies" in text or "every currency" in text
    if mended.startswith("landing.hosts"):
        return path == "landing.page"
    if mended.startswith(path) and _RISING.fullmatch(mended, len(path)):
        return "rise" in text
    if path == f"{parent}.ends":
        return name == "starts" and "first day" in text
    return name in LASTING and path.rpartition(".")[0] == parent and path.rpartition(".")[2] in LASTING


def rewards_of(programme: Programme) -> dict[str, Lasting]:
    """Every reward that the document states, by its path in it."""
    rewards: dict[str, Lasting] = {f"earn[{index}]": rule for index, rule in enumerate(programme.earn)}
    rewards |= {f"campaigns[{index}]": campaign for index, campaign in enumerate(programme.campaigns)}
    rewards |= awards_of(programme) | prizes_of(programme)
    if programme.referral:
        rewards["referral"] = programme.referral
        if programme.referral.welcome:
            rewards["referral.welcome"] = programme.referral.welcome
    return rewards


def _completed(programme: Programme) -> Programme:
    """The document with `expire_from: vesting` where only the delivery decides when a reward can be spent."""
    referral = programme.referral
    if referral and referral.welcome:
        referral = replace(referral, welcome=_from_delivery(referral.welcome))
    earn = tuple(_from_delivery(rule) for rule in programme.earn)
    return replace(programme, earn=earn, referral=referral)


def _from_delivery(rule: R) -> R:
    return replace(rule, expire_from="vesting") if rule.vest_on == "delivery" and rule.expires else rule


def _problems(programme: Programme) -> Iterator[InvalidInput]:
    yield from _landing_problems(programme.landing)
    if not programme.name.strip():
        yield InvalidInput("name", "must not be empty")
    try:
        ZoneInfo(programme.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = _zone_meant(programme.timezone)
        yield InvalidInput("timezone", "must be an IANA zone such as Europe/Paris", programme.timezone, hint=hint)
    yield from asset_problems(programme.assets, programme)
    if len(programme.earn) > MAX_RULES:
        yield InvalidInput("earn", "must hold at most %(most)s rules", len(programme.earn), most=MAX_RULES)
    ids = [rule.id for rule in programme.earn]
    for index, rule in enumerate(programme.earn):
        if ids.index(rule.id) != index:
            yield InvalidInput(f"earn[{index}].id", "must be unique", rule.id)
        yield from (
            *earning_problems(f"earn[{index}]", rule, programme),
            *name_problems(f"earn[{index}].name", rule.name),
        )
    yield from progress_problems(programme)
    yield from segment_problems(programme)
    yield from campaign_problems(programme)
    yield from board_problems(programme)
    if programme.referral:
        yield from referral_problems(programme.referral, programme)
    yield from _spending_problems(programme.spending, programme)
    yield from range_problems("remind_days", programme.remind_days, 0, MAX_DAYS)
    if programme.inactive_days is not None:
        yield from range_problems("inactive_days", programme.inactive_days, 1, MAX_DAYS)


def _zone_meant(name: str) -> Phrase | None:
    """`did you mean Europe/Paris?` for the name of a city, or a misspelt zone; None where none is like it."""
    from chalicelib.domain.core.phrases import Phrase

    zones = sorted(available_timezones(), key=lambda zone: (zone.count("/") != 1, zone))
    by_city = {zone.rpartition("/")[2]: zone for zone in reversed(zones)}
    city = similar(name.rpartition("/")[2], by_city)
    return Phrase("did you mean %(word)s?", {"word": by_city[city]}) if city else None


def _currency_problems(programme: Programme) -> Iterator[InvalidInput]:
    codes = {"currency": programme.currency}
    codes |= {f"currencies[{index}]": code for index, code in enumerate(programme.currencies)}
    for path, currency in codes.items():
        if not _is_currency(currency):
            yield InvalidInput(path, "must be an ISO 4217 code such as EUR", currency)
    for index, currency in enumerate(programme.currencies):
        if currency in (programme.currency, *programme.currencies[:index]):
            yield InvalidInput(f"currencies[{index}]", "must be unique", currency)


def _is_currency(code: str) -> bool:
    try:
        return money.scale_of(code) >= 0
    except InvalidInput:
        return False


def _landing_problems(landing: Landing) -> Iterator[InvalidInput]:
    hosts = [host.lower() for host in landing.hosts]
    for index, host in enumerate(landing.hosts):
        if not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]+)?", host):
            yield InvalidInput(f"landing.hosts[{index}]", "must be a host name such as shop.example", host)
    if not landing_allowed(landing.page, hosts):
        yield InvalidInput("landing.page", "must be an https address on one of landing.hosts", landing.page)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,29}", landing.parameter):
        yield InvalidInput("landing.parameter", "must be the name of a query parameter", landing.parameter)


def landing_allowed(page: str, hosts: list[str]) -> bool:
    """Whether a link may lead to `page`: https on an allowed host; plain http for a host on this computer."""
    try:
        parts = urlsplit(page)
        host = parts.hostname or ""
        named = host in hosts or parts.netloc.lower() in hosts
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in ("localhost", "127.0.0.1"))
    return named and safe and not parts.username and not re.search(r"[\s\\]", page)


def _spending_problems(rule: Spending, programme: Programme) -> Iterator[InvalidInput]:
    yield from sum_problems("spending.minimum", rule.minimum, programme)
    least, most = rule.min_percent, rule.max_percent
    shares = {"min_percent": least, "max_percent": most}
    given = {name: percent for name, percent in shares.items() if percent is not None}
    wrong = [problem for name, percent in given.items() for problem in percent_problems(f"spending.{name}", percent)]
    yield from wrong
    # What is no number cannot be compared either.
    if not wrong and least is not None and most is not None and least > most:
        yield InvalidInput("spending.min_percent", "must be at most max_percent", least)
    yield from range_problems("spending.hold_minutes", rule.hold_minutes, 1, MAX_HOLD_MINUTES)
    yield from range_problems("spending.return_days", rule.return_days, 0, MAX_DAYS)
