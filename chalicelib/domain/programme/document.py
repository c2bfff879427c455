"""The programme is a document: the rules of a shop's loyalty programme, typed, and checked with every error at once.

Percents and sums are decimals exactly as written. A sum is either a number in the programme's own currency or a
mapping from currency to number; in a currency for which it is not stated, the rule that needs it does not apply.
Versions are immutable, each in force from an instant until the next one's. Imports money, calendar and errors only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import calendar, money
from chalicelib.domain.core.validation_errors import plainly
from chalicelib.domain.errors import InvalidInput, InvalidProgramme

Sum = Decimal | dict[str, Decimal]

MAX_RULES, MAX_FRIENDS, MAX_DAYS, MAX_SUM = 20, 10, 3650, 10**9
MAX_VELOCITY, MAX_WEIGHT, MAX_HOLD_MINUTES = 20, 1000, 7 * 24 * 60
MAX_MONTHS = 120

SIGNALS = (
    "same-email",
    "same-address",
    "same-phone",
    "same-card",
    "same-device",
    "disposable-mail",
    "velocity",
    "ring",
)
"""What can speak against a referral bonus; `rewards/referral/fraud_signals.py` says what each means and weighs."""


RESERVED = ("adjustment", "expired", "merge", "redemption", "revived", "vested", "written-off")
"""Rules of the ledger's own; no cashback rule may have such a name."""

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
"""Between these a reward can be stated to vest."""


class Document(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the programme document; unknown fields are refused, so that a misspelt rule cannot be lost."""


class Selector(Document, frozen=True):
    """Lines that match any of the lists; empty matches nothing."""

    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Rate(Document, frozen=True):
    """Another percent for some lines; of several the first that matches counts."""

    match: Selector
    percent: Decimal


class Base(Document, frozen=True):
    """What a reward is computed on, besides the goods after discounts."""

    tax: bool = False
    shipping: bool = False


class Reward(Document, frozen=True, kw_only=True):
    """What something earns: `percent` of a base or a fixed `amount`, and when it can be spent.

    It can be spent from the start of the day `vest_days` after `vest_on` (the payment or the delivery), not before the
    day `vest_date`; until the end of the day `expire_days` or `expire_months` after `expire_from` (the payment, or the
    day from which it can be spent), or of the month or year (`expire_end`) which that day is in. Versions published
    before `expire_from` existed state none, and count from the payment; `parse` fills it in for what vests on delivery.
    """

    percent: Decimal | None = None
    amount: Sum | None = None
    vest_days: int = 0
    vest_on: Literal["payment", "delivery"] = "payment"
    vest_date: date | None = None
    expire_from: Literal["payment", "vesting"] | None = None
    expire_days: int | None = None
    expire_months: int | None = None
    expire_end: calendar.Border | None = None

    @property
    def expires(self) -> bool:
        """Whether the reward is ever gone by its own rule."""
        return self.expire_days is not None or self.expire_months is not None or self.expire_end is not None


R = TypeVar("R", bound=Reward)


class Limit(Document, frozen=True):
    """The most that a rule gives one member: in all (`per: member`), or in each local day, ISO week, month or year."""

    amount: Sum
    per: Literal["day", "week", "month", "year", "member"]


class Earn(Reward, frozen=True, kw_only=True):
    """A cashback rule: `percent` of the base, or a fixed `amount` per order that keeps something eligible.

    `minimum` is compared with all kept goods of the order, excluded ones and what balance paid too; `cap` limits the
    order's reward, `limits` a member's, and `budget` what the rule gives all members together.
    """

    id: str
    base: Base = Base()
    rates: tuple[Rate, ...] = ()
    exclude: Selector = Selector()
    minimum: Sum | None = None
    cap: Sum | None = None
    limits: tuple[Limit, ...] = ()
    budget: Sum | None = None


class Qualifies(Document, frozen=True):
    """Which order converts a friend: the first paid one (or any later one too), of at least `minimum` of kept goods, of
    which balance may have paid a part, not all.
    """

    first_order: bool = True
    minimum: Sum | None = None


class Welcome(Reward, frozen=True, kw_only=True):
    """What the friend gets with the converting order."""


class Velocity(Document, frozen=True):
    """At most so many bonuses for one member within any `days` days."""

    bonuses: int
    days: int


class ReviewRule(Document, frozen=True):
    """When a bonus waits for a person: the weights of its signals (`domain/rewards/referral/fraud_signals.py`) add up
    to `threshold` or more.

    `weights` states others than the usual ones; a weight of 0 switches a signal off.
    """

    threshold: int = 100
    weights: dict[str, int] = {}


class Referral(Reward, frozen=True, kw_only=True):
    """The bonus for every `friends` live conversions: `percent` of the friends' qualifying orders, or a fixed `amount`.

    `window_days`: a friend converts within so many days of coming to us by the code. `limit`: bonuses a member can
    hold at most; a group of friends that completes beyond it, or faster than `velocity`, earns nothing.
    """

    friends: int = 2
    base: Base = Base()
    qualifies: Qualifies = Qualifies()
    welcome: Welcome | None = None
    window_days: int = 30
    limit: int | None = None
    velocity: Velocity | None = None
    review: ReviewRule | None = None


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


class Catalogue(Document, frozen=True):
    """What a storefront does not say of its lines: the categories, collections and tags of some products."""

    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Programme(Document, frozen=True):
    """The whole document. `currencies`: others than `currency` whose orders earn too, each in its own asset.

    `combine`: rewards of several rules on one order add up (`sum`), or only the highest counts (`best`). `clawback`:
    what a refund takes back of a reward that is spent already becomes a debt that later rewards pay (`negative`), or
    the shop's loss. `inactive_days`: a balance is gone so many days after its owner's last order or redemption.
    `remind_days`: how long before something expires it is announced. `test_orders`: orders that their storefront marks
    as tests earn like others; otherwise nothing.
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
    spending: Spending = Spending()
    earn: tuple[Earn, ...] = ()
    referral: Referral | None = None
    catalogue: tuple[Catalogue, ...] = ()

    def rewards(self, currency: str) -> bool:
        """Whether orders in that currency earn at all."""
        return currency == self.currency or currency in self.currencies

    def sum_in(self, amount: Sum | None, currency: str) -> int | None:
        """A stated sum in minor units of `currency`; None where the document states none for it."""
        by_currency = amount if isinstance(amount, dict) else {self.currency: amount}
        stated = by_currency.get(currency)
        return None if stated is None else _minor(stated, currency)


_minor = lru_cache(1024)(money.minor)
"""A programme states few sums, and orders ask for them again and again."""


class Version(Struct, frozen=True):
    """A published programme: in force from `effective_at` (seconds) until the next version's."""

    number: int
    effective_at: int
    programme: Programme


class History(Struct, frozen=True):
    """All versions, oldest first."""

    versions: tuple[Version, ...] = ()

    def at(self, instant: int) -> Version | None:
        """The version in force at an instant: the newest that has begun. None before the first."""
        return next((each for each in reversed(self.versions) if each.effective_at <= instant), None)

    def numbered(self, number: int) -> Version:
        """The version of that number, which must exist."""
        return self.versions[number - 1]


def parse(document: Any) -> Programme:
    """A checked programme from plain data (mappings, lists, strings, integers, Decimals; never floats).

    Raises InvalidProgramme with every problem found, each naming the path, the rule and the value.
    """
    try:
        programme = msgspec.convert(document, Programme)
    except msgspec.ValidationError as error:
        raise InvalidProgramme([plainly(str(error), document, Programme, "a programme")]) from None
    problems = list(_problems(programme))
    if problems:
        raise InvalidProgramme(problems)
    return _completed(programme)


def rewards_of(programme: Programme) -> dict[str, Reward]:
    """Every reward that the document states, by its path in it."""
    rewards: dict[str, Reward] = {f"earn[{index}]": rule for index, rule in enumerate(programme.earn)}
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
    awaited = rule.vest_on == "delivery" and rule.expires and rule.expire_from is None
    return replace(rule, expire_from="vesting") if awaited else rule


def _problems(programme: Programme) -> Iterator[str]:
    yield from _currencies(programme)
    yield from _landing(programme.landing)
    if not programme.name.strip():
        yield "name must not be empty"
    try:
        ZoneInfo(programme.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield _must("timezone", "be an IANA zone such as Europe/Paris", programme.timezone)
    if len(programme.earn) > MAX_RULES:
        yield _must("earn", f"hold at most {MAX_RULES} rules", len(programme.earn))
    ids = [rule.id for rule in programme.earn]
    for index, rule in enumerate(programme.earn):
        if ids.index(rule.id) != index:
            yield _must(f"earn[{index}].id", "be unique", rule.id)
        yield from _earn(f"earn[{index}]", rule, programme)
    if programme.referral:
        yield from _referral(programme.referral, programme)
    yield from _spending(programme.spending, programme)
    yield from _whole("remind_days", programme.remind_days, 0, MAX_DAYS)
    if programme.inactive_days is not None:
        yield from _whole("inactive_days", programme.inactive_days, 1, MAX_DAYS)


def _currencies(programme: Programme) -> Iterator[str]:
    stated = {"currency": programme.currency}
    stated |= {f"currencies[{index}]": each for index, each in enumerate(programme.currencies)}
    for path, currency in stated.items():
        try:
            money.scale_of(currency)
        except InvalidInput:
            yield _must(path, "be an ISO 4217 code such as EUR", currency)


def _landing(landing: Landing) -> Iterator[str]:
    hosts = [host.lower() for host in landing.hosts]
    for index, host in enumerate(landing.hosts):
        if not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", host):
            yield _must(f"landing.hosts[{index}]", "be a host name such as shop.example", host)
    if not landing_allowed(landing.page, hosts):
        yield _must("landing.page", "be an https address on one of landing.hosts", landing.page)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,29}", landing.parameter):
        yield _must("landing.parameter", "be the name of a query parameter", landing.parameter)


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


def _earn(path: str, rule: Earn, programme: Programme) -> Iterator[str]:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", rule.id) or rule.id.startswith("referral-"):
        yield _must(f"{path}.id", "be lower-case letters, digits and dashes, not starting with referral-", rule.id)
    if rule.id in RESERVED:
        yield _must(f"{path}.id", f"be none of {', '.join(RESERVED)}: the ledger uses these", rule.id)
    yield from _reward(path, rule, programme)
    yield from _limits(path, rule, programme)
    if rule.rates and rule.percent is None:
        yield f"{path}.rates must come with a percent; a fixed amount has no rates"
    for index, rate in enumerate(rule.rates):
        yield from _percent(f"{path}.rates[{index}].percent", rate.percent)
        if rate.match == Selector():
            yield f"{path}.rates[{index}].match must name at least one sku, product, category, collection or tag"
    for name, amount in (("minimum", rule.minimum), ("cap", rule.cap), ("budget", rule.budget)):
        yield from _sum(f"{path}.{name}", amount, programme)


def _limits(path: str, rule: Earn, programme: Programme) -> Iterator[str]:
    if len({limit.per for limit in rule.limits}) < len(rule.limits):
        yield f"{path}.limits must state each period once"
    for index, limit in enumerate(rule.limits):
        at = f"{path}.limits[{index}].amount"
        yield from _sum(at, limit.amount, programme)
        yield from _stated_for_all(at, limit.amount, programme)
    yield from _stated_for_all(f"{path}.budget", rule.budget, programme)
    for name, stated in (("limits", bool(rule.limits)), ("budget", rule.budget is not None)):
        if stated and programme.combine == "best":
            yield f"{path}.{name} cannot stand beside combine: best; a limit that cuts one rule would make another best"


def _stated_for_all(path: str, amount: Sum | None, programme: Programme) -> Iterator[str]:
    """What is limited in one currency only would be without any limit in the others."""
    stated = amount if isinstance(amount, dict) else {programme.currency}
    missing = [each for each in (programme.currency, *programme.currencies) if each not in stated]
    if amount is not None and missing:
        yield f"{path} must be stated in every currency of the programme; {', '.join(missing)} is missing"


def _referral(rule: Referral, programme: Programme) -> Iterator[str]:
    yield from _whole("referral.friends", rule.friends, 1, MAX_FRIENDS)
    yield from _whole("referral.window_days", rule.window_days, 1, MAX_DAYS)
    if rule.limit is not None and rule.limit < 1:
        yield _must("referral.limit", "be 1 or more", rule.limit)
    if rule.velocity:
        yield from _whole("referral.velocity.bonuses", rule.velocity.bonuses, 1, MAX_VELOCITY)
        yield from _whole("referral.velocity.days", rule.velocity.days, 1, MAX_DAYS)
    if rule.review:
        yield from _review(rule.review)
    yield from _reward("referral", rule, programme)
    if rule.vest_on == "delivery":
        yield "referral.vest_on must be payment; a bonus is of several orders, and is not delivered"
    yield from _sum("referral.qualifies.minimum", rule.qualifies.minimum, programme)
    if rule.welcome:
        yield from _reward("referral.welcome", rule.welcome, programme)


def _review(review: ReviewRule) -> Iterator[str]:
    yield from _whole("referral.review.threshold", review.threshold, 1, MAX_WEIGHT)
    for name, weight in review.weights.items():
        if name not in SIGNALS:
            yield _must(f"referral.review.weights.{name}", f"be one of {', '.join(SIGNALS)}", name)
        yield from _whole(f"referral.review.weights.{name}", weight, 0, MAX_WEIGHT)


def _spending(rule: Spending, programme: Programme) -> Iterator[str]:
    yield from _sum("spending.minimum", rule.minimum, programme)
    least, most = rule.min_percent, rule.max_percent
    stated = [(name, each) for name, each in (("min_percent", least), ("max_percent", most)) if each is not None]
    wrong = [problem for name, each in stated for problem in _percent(f"spending.{name}", each)]
    yield from wrong
    # What is no number cannot be compared either.
    if not wrong and least is not None and most is not None and least > most:
        yield _must("spending.min_percent", "be at most max_percent", least)
    yield from _whole("spending.hold_minutes", rule.hold_minutes, 1, MAX_HOLD_MINUTES)
    yield from _whole("spending.return_days", rule.return_days, 0, MAX_DAYS)


def _reward(path: str, rule: Reward, programme: Programme) -> Iterator[str]:
    if (rule.percent is None) == (rule.amount is None):
        yield f"{path} must have either percent or amount"
    if rule.percent is not None:
        yield from _percent(f"{path}.percent", rule.percent)
    yield from _sum(f"{path}.amount", rule.amount, programme)
    yield from _whole(f"{path}.vest_days", rule.vest_days, 0, MAX_DAYS)
    if programme.inactive_days is not None and rule.vest_days >= max(programme.inactive_days, 1):
        yield _must(f"{path}.vest_days", "be less than inactive_days", rule.vest_days)
    yield from _expiry(path, rule)
    if rule.vest_date and not FIRST_DAY <= rule.vest_date <= LAST_DAY:
        yield _must(f"{path}.vest_date", f"be between {FIRST_DAY} and {LAST_DAY}", rule.vest_date)


def _expiry(path: str, rule: Reward) -> Iterator[str]:
    days, months = rule.expire_days, rule.expire_months
    if days is not None and months is not None:
        yield f"{path} must have either expire_days or expire_months"
    elif months is not None:
        yield from _whole(f"{path}.expire_months", months, 1, MAX_MONTHS)
    if rule.expire_from and not rule.expires:
        yield f"{path}.expire_from must stand beside expire_days, expire_months or expire_end"
    if rule.expire_from == "vesting" or (rule.vest_on == "delivery" and rule.expire_from is None):
        if days is not None:
            yield from _whole(f"{path}.expire_days", days, 1, MAX_DAYS)
    elif rule.vest_on == "delivery" and rule.expires:
        yield f"{path}.expire_from must be vesting where vest_on is delivery; a late one would come after the expiry"
    else:
        yield from _outlasting(path, rule)


def _outlasting(path: str, rule: Reward) -> Iterator[str]:
    """What counts from the payment must last beyond the waiting time, which counts from there too."""
    days, months = rule.expire_days, rule.expire_months
    if days is not None and months is None and not rule.vest_days < days <= MAX_DAYS:
        yield _must(f"{path}.expire_days", f"be more than vest_days and at most {MAX_DAYS}", days)
    if months is not None and days is None and rule.vest_days >= max(_least_days(months), 1):
        yield _must(f"{path}.expire_months", "last longer than vest_days", months)
    if rule.expire_end and days is None and months is None and rule.vest_days:
        yield f"{path}.expire_end must stand beside expire_days or expire_months where vest_days is stated"


def _least_days(months: int) -> int:
    """So many days at least are in so many months: one has 28, two have 59, and so on."""
    return 30 * months - 2


def _whole(path: str, value: int, least: int, most: int) -> Iterator[str]:
    if not least <= value <= most:
        yield _must(path, f"be between {least} and {most}", value)


def _percent(path: str, percent: Decimal) -> Iterator[str]:
    if not percent.is_finite() or not 0 <= percent <= 100:
        yield _must(path, "be between 0 and 100", percent)
    elif percent != round(percent, 4):
        yield _must(path, "have at most 4 decimals", percent)


def _sum(path: str, amount: Sum | None, programme: Programme) -> Iterator[str]:
    stated = amount if isinstance(amount, dict) else {programme.currency: amount} if amount is not None else {}
    for currency, value in stated.items():
        at = f"{path}.{currency}" if isinstance(amount, dict) else path
        if not programme.rewards(currency):
            yield _must(at, "be in one of the programme's currencies", currency)
        elif not value.is_finite() or not 0 <= value <= MAX_SUM:
            yield _must(at, f"be between 0 and {MAX_SUM}", value)
        elif money.exact_minor(value, currency).denominator != 1:
            yield _must(at, f"be an amount of {currency} without smaller parts than its minor unit", value)


def _must(path: str, rule: str, got: object) -> str:
    return str(InvalidInput(path, rule, got))
