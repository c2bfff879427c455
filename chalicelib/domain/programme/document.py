"""The programme is a document: the rules of a shop's loyalty programme, typed, and checked with every error at once.

Versions are immutable, each in force from an instant until the next one's. Reading order: `Programme`, then `parse`.
Imports the parts of rules, the registry of kinds, money and errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.core.validation_errors import plainly
from chalicelib.domain.errors import InvalidInput, InvalidProgramme
from chalicelib.domain.programme import kinds
from chalicelib.domain.programme.referral import Referral, referral_problems
from chalicelib.domain.programme.rules import (
    MAX_DAYS,
    Document,
    Earning,
    Lasting,
    Selector,
    Sum,
    earning_problems,
    must,
    percent_problems,
    range_problems,
    sum_problems,
)

MAX_RULES, MAX_HOLD_MINUTES = 20, 7 * 24 * 60

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
    earn: tuple[Earning, ...] = ()
    referral: Referral | None = None
    catalogue: tuple[Catalogue, ...] = ()

    def rewards(self, currency: str) -> bool:
        """Whether orders in that currency earn at all."""
        return currency == self.currency or currency in self.currencies

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


class History(Struct, frozen=True):
    """All versions, oldest first."""

    versions: tuple[Version, ...] = ()

    def at(self, instant: int) -> Version | None:
        """The version in force at an instant: the newest that has begun. None before the first."""
        return next((version for version in reversed(self.versions) if version.effective_at <= instant), None)

    def numbered(self, number: int) -> Version:
        """The version of that number, which must exist."""
        return self.versions[number - 1]


def parse(document: Any) -> Programme:
    """A checked programme from plain data (mappings, lists, strings, integers, Decimals; never floats).

    Raises InvalidProgramme with every problem found, each naming the path, the rule and the value.
    """
    programme = _typed(document)
    problems = list(_problems(programme))
    if problems:
        raise InvalidProgramme(problems)
    return _completed(programme)


def published(text: str) -> Programme:
    """The programme of a published version, from its JSON; it was checked when it was published."""
    return _typed(msgspec.json.decode(text))


def _typed(document: Any) -> Programme:
    """Plain data as a programme, each earning rule as its kind. Raises InvalidProgramme where a type does not fit."""
    rules = document.get("earn", ()) if isinstance(document, Mapping) else ()
    listed = rules if isinstance(rules, list | tuple) else ()
    problems: list[str] = []
    earn = [_rule(rule, f"earn[{index}]", problems) for index, rule in enumerate(listed)]
    try:
        programme = msgspec.convert({**document, "earn": ()} if listed else document, Programme)
    except msgspec.ValidationError as error:
        problems.insert(0, plainly(str(error), document, Programme, "a programme"))
        raise InvalidProgramme(problems) from None
    if problems:
        raise InvalidProgramme(problems)
    return replace(programme, earn=tuple(rule for rule in earn if rule))


def _rule(rule: Any, path: str, problems: list[str]) -> Earning | None:
    """An earning rule as its kind; None where it is none, which is added to `problems`."""
    kind = kinds.kind_of(rule).document()
    try:
        return msgspec.convert(rule, kind)
    except msgspec.ValidationError as error:
        problems.append(plainly(str(error), rule, kind, "a programme", path))
    return None


def rewards_of(programme: Programme) -> dict[str, Lasting]:
    """Every reward that the document states, by its path in it."""
    rewards: dict[str, Lasting] = {f"earn[{index}]": rule for index, rule in enumerate(programme.earn)}
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
        yield must("timezone", "be an IANA zone such as Europe/Paris", programme.timezone)
    if len(programme.earn) > MAX_RULES:
        yield must("earn", f"hold at most {MAX_RULES} rules", len(programme.earn))
    ids = [rule.id for rule in programme.earn]
    for index, rule in enumerate(programme.earn):
        if ids.index(rule.id) != index:
            yield must(f"earn[{index}].id", "be unique", rule.id)
        yield from earning_problems(f"earn[{index}]", rule, programme)
    if programme.referral:
        yield from referral_problems(programme.referral, programme)
    yield from _spending(programme.spending, programme)
    yield from range_problems("remind_days", programme.remind_days, 0, MAX_DAYS)
    if programme.inactive_days is not None:
        yield from range_problems("inactive_days", programme.inactive_days, 1, MAX_DAYS)


def _currencies(programme: Programme) -> Iterator[str]:
    codes = {"currency": programme.currency}
    codes |= {f"currencies[{index}]": code for index, code in enumerate(programme.currencies)}
    for path, currency in codes.items():
        try:
            money.scale_of(currency)
        except InvalidInput:
            yield must(path, "be an ISO 4217 code such as EUR", currency)


def _landing(landing: Landing) -> Iterator[str]:
    hosts = [host.lower() for host in landing.hosts]
    for index, host in enumerate(landing.hosts):
        if not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", host):
            yield must(f"landing.hosts[{index}]", "be a host name such as shop.example", host)
    if not landing_allowed(landing.page, hosts):
        yield must("landing.page", "be an https address on one of landing.hosts", landing.page)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,29}", landing.parameter):
        yield must("landing.parameter", "be the name of a query parameter", landing.parameter)


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


def _spending(rule: Spending, programme: Programme) -> Iterator[str]:
    yield from sum_problems("spending.minimum", rule.minimum, programme)
    least, most = rule.min_percent, rule.max_percent
    shares = {"min_percent": least, "max_percent": most}
    given = {name: percent for name, percent in shares.items() if percent is not None}
    wrong = [problem for name, percent in given.items() for problem in percent_problems(f"spending.{name}", percent)]
    yield from wrong
    # What is no number cannot be compared either.
    if not wrong and least is not None and most is not None and least > most:
        yield must("spending.min_percent", "be at most max_percent", least)
    yield from range_problems("spending.hold_minutes", rule.hold_minutes, 1, MAX_HOLD_MINUTES)
    yield from range_problems("spending.return_days", rule.return_days, 0, MAX_DAYS)
