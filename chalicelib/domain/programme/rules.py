"""What the rules of a programme are made of: sums, selectors, lifetimes, limits, and the checks of each.

An `Earning` is a rule that gives something for what was kept of an order; each kind of reward is one subclass of it in
a module of its own (`kinds.py`). Percents and sums are decimals exactly as written. Imports money, the calendar and
errors, reasons, and of orders what was kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

from msgspec import Struct, field

from chalicelib.domain.core import calendar, money
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ledger.transfers import PROGRAMME, Why
from chalicelib.domain.orders.kept import Kept

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Phrase, Value
    from chalicelib.domain.programme.document import Programme
    from chalicelib.domain.programme.sale import Sale

Sum = Decimal | dict[str, Decimal]
"""A number in the programme's own currency, or a number for each currency; where none is stated, nothing applies."""

MAX_DAYS, MAX_MONTHS, MAX_SUM = 3650, 120, 10**9

RESERVED = ("adjustment", "expired", "merge", "redemption", "revived", "vested", "written-off")
"""Rules of the ledger's own; no rule of a programme may have such an id."""

ID = r"[a-z0-9][a-z0-9-]{0,31}"
"""How the id of a part is written."""

OF_REFERRALS = "referral-"
"""What the rules of bonuses and welcome gifts begin with; no rule of a programme may."""

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
"""Between these a reward can be stated to vest."""

EXPIRY = ("expire_days", "expire_months", "expire_end")
"""The fields by which something expires: it does where any of them is stated."""


class Document(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, dict=True):
    """A part of the programme document; unknown fields are refused, so that a misspelt rule cannot be lost.

    What follows from a part alone is a cached property of it: every order asks for the same.
    """


class Selector(Document, frozen=True):
    """Lines that match any of the lists; empty matches nothing."""

    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def labels(self) -> list[str]:
        """The labels that it names, as lines carry them: `category:tea`."""
        kinds = {"category": self.categories, "collection": self.collections, "tag": self.tags}
        return [f"{kind}:{name}" for kind, names in kinds.items() for name in names]


class Base(Document, frozen=True):
    """What a reward is computed on, besides the goods after discounts."""

    tax: bool = False
    shipping: bool = False

    def excluded(self) -> Iterator[Phrase]:
        """What of an order's price it is not computed on, as the end of a sentence."""
        from chalicelib.domain.core.phrases import Phrase

        if not self.tax:
            yield Phrase("without tax and shipping") if not self.shipping else Phrase("without tax")
        elif not self.shipping:
            yield Phrase("without shipping")


class Lasting(Document, frozen=True, kw_only=True):
    """From when until when something that was earned can be spent.

    It can be spent from the start of the day `vest_days` after `vest_on` (the payment or the delivery), not before the
    day `vest_date`; until the end of the day `expire_days` or `expire_months` after `expire_from` (the payment, or the
    day from which it can be spent), or of the month or year (`expire_end`) which that day is in. Versions published
    before `expire_from` existed state none, and count from the payment; `parse` fills it in for what vests on delivery.
    """

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


class Reward(Lasting, frozen=True, kw_only=True):
    """What something earns: `percent` of a base or a fixed `amount`, and when it can be spent."""

    percent: Decimal | None = None
    amount: Sum | None = None


class Limit(Document, frozen=True, kw_only=True):
    """The most that a rule gives one member: in all (`per: member`), or in each local day, ISO week, month or year.

    Either `amount`, of what the rule gives, or `times`: how often a rule for an activity gives anything.
    """

    per: Literal["day", "week", "month", "year", "member"]
    amount: Sum | None = None
    times: int | None = None


MAX_TIMES = 10**6


class Earned(Struct, frozen=True):
    """What a rule gives for an order, exactly: in MILLIONTHS of a minor unit of `asset`, and the reason of it.

    `cap`: the most that it gives for an order, in minor units, once it was multiplied; None: there is no such limit.
    """

    asset: str
    millionths: int
    why: Why
    cap: int | None = None


class RuleWorth(Struct, frozen=True):
    """What a rule gives for an order, in whole minor units of an asset, before limits; and why.

    `lasting` says from when until when it can be spent: the rule, or for a campaign's boost the rule that it boosts.
    """

    rule: Earning
    lasting: Earning
    asset: str
    amount: int
    why: Why


class Earning(Lasting, frozen=True, kw_only=True):
    """A rule that gives something for what was kept of an order, or for an `activity` that the shop states. A kind of
    reward is a subclass of this.

    `name`: what shoppers read for its id, by language. `limits` are a member's, and `budget` is what the rule gives all
    members together. `campaign`: the rule holds only for orders for which that campaign does. `KIND` names the kind:
    what it gives comes from the programme's account `programme:{KIND}`. `FROM_KEPT_ALONE`: what `earned` returns
    follows from what was kept, the currency and the document, and from no instant, so that a replay of many orders may
    ask once for all that are equal.
    """

    KIND: ClassVar[str]
    NAME: ClassVar[str]
    FROM_KEPT_ALONE: ClassVar[bool] = False

    id: str
    name: dict[str, str] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    budget: Sum | None = None
    campaign: str = ""

    def problems(self, path: str, programme: Programme) -> Iterator[InvalidInput]:
        """What is wrong with the kind's own fields, each naming the path, the rule and the value."""
        raise NotImplementedError

    def asset(self, currency: str, programme: Programme) -> str:
        """The asset that it gives for an order in a currency: the order's own money."""
        return programme.asset_named(currency)

    def assets(self, programme: Programme) -> list[str]:
        """All assets that it gives, one for each currency of the programme unless its kind says otherwise."""
        currencies = programme.all_currencies
        return list(dict.fromkeys(self.asset(currency, programme) for currency in currencies))

    def gives_known(self, programme: Programme) -> bool:  # noqa: ARG002 (one signature for all kinds)
        """Whether the programme has what it gives."""
        return True

    def minor(self, amount: Sum | None, asset: str, programme: Programme) -> int | None:
        """A limit or the budget in minor units of an asset that it gives; None where none is stated for it."""
        return programme.sum_in(amount, money.currency_of(asset))

    def amount_problems(self, path: str, amount: Sum | None, programme: Programme) -> Iterator[InvalidInput]:
        """What is wrong with a limit or the budget, which are sums of what it gives."""
        yield from sum_problems(path, amount, programme)
        yield from _currency_problems(path, amount, programme)

    def earned(self, kept: Kept, sale: Sale) -> Earned | None:
        """What is due for what was kept of an order, before limits; None where the rule does not apply."""
        raise NotImplementedError

    def offer(self, programme: Programme) -> tuple[Value, ...]:
        """What it gives, as a shopper reads it before buying, in the programme's own currency: the parts of a sentence,
        `Cashback: 5% of what you buy`, `without tax`. What level, limits and budgets make of it is not in them; empty
        where it gives nothing in that currency.
        """
        raise NotImplementedError

    @property
    def activity(self) -> str:
        """The activity that earns; empty for a rule that orders earn by."""
        return ""

    @classmethod
    def title(cls, rule: str, asset: str) -> Value:  # noqa: ARG003 (of some kinds it depends on the asset)
        """What is called at the beginning of a sentence what a rule gives: by the rule's name, else `Cashback`."""
        from chalicelib.domain.core.phrases import Named, Phrase, Title

        return Title(Named("rule", rule), Phrase(cls.NAME))

    @classmethod
    def share(cls, why: Why, asset: str) -> Value:
        """What was given, as the middle of a sentence: `5% of 40.00 EUR`, or `a fixed sum`."""
        from chalicelib.domain.core.phrases import Amount, Figure, Phrase

        if not why.rate:
            return Phrase("a fixed sum")
        *lower, highest = [Figure(rate) for rate in why.rate.split("/")]
        values: dict[str, Value] = {"rate": highest, "base": Amount(why.base, asset)}
        if not lower:
            return Phrase("%(rate)s%% of %(base)s", values)
        rates = tuple(Phrase("%(rate)s%%", {"rate": rate}) for rate in lower)
        return Phrase("%(rates)s and %(rate)s%% of parts of %(base)s", {"rates": rates, **values})

    @cached_property
    def account(self) -> str:
        """The programme's account that pays."""
        return f"{PROGRAMME}{self.KIND}"

    def is_limited(self) -> bool:
        """Whether anything but the order decides how much it gives."""
        return bool(self.limits) or self.budget is not None


def earning_problems(path: str, rule: Earning, programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with a rule that earns."""
    yield from id_problems(f"{path}.id", rule.id)
    yield from rule.problems(path, programme)
    yield from lasting_problems(path, rule, programme)
    yield from _limit_problems(path, rule, programme)


def multiplied_problems(path: str, names: Iterable[str], programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with the rules that a level or a campaign multiplies: only what orders earn by can be."""
    activities = {rule.id: rule.activity for rule in programme.earn}
    orders = tuple(name for name, activity in activities.items() if not activity)
    for name in names:
        if name not in activities:
            yield InvalidInput(path, "must name rules of earn (%(rules)s)", name, rules=orders)
        elif activities[name]:
            yield InvalidInput(
                f"{path}.{name}",
                "must be of a rule for orders: what an activity (on: %(activity)s) gives, nothing multiplies; leave it "
                "out, or state more in that rule's give",
                activity=activities[name],
            )


def id_problems(path: str, name: str) -> Iterator[InvalidInput]:
    """What is wrong with the id of a rule, card, goal or level, which stands in the ledger."""
    if not re.fullmatch(ID, name) or name.startswith(OF_REFERRALS):
        yield InvalidInput(
            path, "must be 1 to 32 lower-case letters, digits and dashes, not starting with referral-", name
        )
    if name in RESERVED:
        yield InvalidInput(path, "must be none of %(reserved)s: the ledger uses these", name, reserved=tuple(RESERVED))


def _limit_problems(path: str, rule: Earning, programme: Programme) -> Iterator[InvalidInput]:
    if len({(limit.per, limit.times is None) for limit in rule.limits}) < len(rule.limits):
        yield InvalidInput(f"{path}.limits", "must state each period once")
    for index, limit in enumerate(rule.limits):
        yield from _measure_problems(f"{path}.limits[{index}]", limit, rule)
        yield from rule.amount_problems(f"{path}.limits[{index}].amount", limit.amount, programme)
    yield from rule.amount_problems(f"{path}.budget", rule.budget, programme)
    for name, is_given in (("limits", bool(rule.limits)), ("budget", rule.budget is not None)):
        if is_given and programme.combine == "best":
            yield InvalidInput(
                f"{path}.{name}",
                "cannot stand beside combine: best; a limit that cuts one rule would make another best",
            )


def _measure_problems(path: str, limit: Limit, rule: Earning) -> Iterator[InvalidInput]:
    """What is wrong with what a limit counts: an amount, or for an activity how often."""
    if not rule.activity and limit.times is not None:
        yield InvalidInput(
            f"{path}.times", "must stand in a rule with on, for an activity; what orders give is limited by amount"
        )
    elif not rule.activity and limit.amount is None:
        yield InvalidInput(f"{path}.amount", "must be given")
    elif (limit.amount is None) == (limit.times is None):
        yield InvalidInput(path, "must have either amount or times")
    elif limit.times is not None:
        yield from range_problems(f"{path}.times", limit.times, 1, MAX_TIMES)


def _currency_problems(path: str, amount: Sum | None, programme: Programme) -> Iterator[InvalidInput]:
    """A problem where a limit or budget lacks a currency: what it limits would be without any limit there."""
    sums = amount if isinstance(amount, dict) else {programme.currency}
    missing = [currency for currency in programme.all_currencies if currency not in sums]
    if amount is not None and missing:
        yield InvalidInput(
            path, "must be stated in every currency of the programme; %(missing)s is missing", missing=tuple(missing)
        )


def reward_problems(path: str, rule: Reward, programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with a reward that is not an order's own."""
    yield from worth_problems(path, rule.percent, rule.amount, programme)
    yield from lasting_problems(path, rule, programme)


def worth_problems(
    path: str, percent: Decimal | None, amount: Sum | None, programme: Programme
) -> Iterator[InvalidInput]:
    """What is wrong with what a reward is worth: a percent or a sum, and not both."""
    if (percent is None) == (amount is None):
        yield InvalidInput(path, "must have either percent or amount")
    if percent is not None:
        yield from percent_problems(f"{path}.percent", percent)
    yield from sum_problems(f"{path}.amount", amount, programme)


def lasting_problems(path: str, rule: Lasting, programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with when a reward can be spent."""
    yield from range_problems(f"{path}.vest_days", rule.vest_days, 0, MAX_DAYS)
    if programme.inactive_days is not None and rule.vest_days >= max(programme.inactive_days, 1):
        yield InvalidInput(f"{path}.vest_days", "must be less than inactive_days", rule.vest_days)
    yield from _expiry_problems(path, rule)
    if rule.vest_date and not FIRST_DAY <= rule.vest_date <= LAST_DAY:
        yield InvalidInput(
            f"{path}.vest_date",
            "must be between %(first_day)s and %(last_day)s",
            rule.vest_date,
            first_day=str(FIRST_DAY),
            last_day=str(LAST_DAY),
        )


def _expiry_problems(path: str, rule: Lasting) -> Iterator[InvalidInput]:
    days, months = rule.expire_days, rule.expire_months
    if days is not None and months is not None:
        yield InvalidInput(path, "must have either expire_days or expire_months")
    elif months is not None:
        yield from range_problems(f"{path}.expire_months", months, 1, MAX_MONTHS)
    if rule.expire_from and not rule.expires:
        yield InvalidInput(f"{path}.expire_from", "must stand beside expire_days, expire_months or expire_end")
    if rule.expire_from == "vesting" or (rule.vest_on == "delivery" and rule.expire_from is None):
        if days is not None:
            yield from range_problems(f"{path}.expire_days", days, 1, MAX_DAYS)
    elif rule.vest_on == "delivery" and rule.expires:
        yield InvalidInput(
            f"{path}.expire_from", "must be vesting where vest_on is delivery; a late one would come after the expiry"
        )
    else:
        yield from _duration_problems(path, rule)


def _duration_problems(path: str, rule: Lasting) -> Iterator[InvalidInput]:
    """What is wrong with an expiry from the payment: it must last beyond the waiting time from there."""
    days, months = rule.expire_days, rule.expire_months
    if days is not None and months is None and not rule.vest_days:
        yield from range_problems(f"{path}.expire_days", days, 1, MAX_DAYS)
    elif days is not None and months is None and not rule.vest_days < days <= MAX_DAYS:
        yield InvalidInput(
            f"{path}.expire_days", "must be more than vest_days and at most %(most)s", days, most=MAX_DAYS
        )
    if months is not None and days is None and rule.vest_days >= max(least_days(months), 1):
        yield InvalidInput(f"{path}.expire_months", "must last longer than vest_days", months)
    if rule.expire_end and days is None and months is None and rule.vest_days:
        yield InvalidInput(
            f"{path}.expire_end", "must stand beside expire_days or expire_months where vest_days is stated"
        )


def least_days(months: int) -> int:
    """So many days at least are in so many months: one has 28, two have 59, and so on."""
    return 30 * months - 2


def range_problems(path: str, value: int, least: int, most: int) -> Iterator[InvalidInput]:
    """What is wrong with a whole number that has a least and a greatest value."""
    if not least <= value <= most:
        yield InvalidInput(path, "must be between %(least)s and %(most)s", value, least=least, most=most)


def percent_problems(path: str, percent: Decimal) -> Iterator[InvalidInput]:
    """What is wrong with a percent."""
    if not percent.is_finite() or not 0 <= percent <= 100:
        yield InvalidInput(path, "must be between 0 and 100", percent)
    elif percent != round(percent, 4):
        yield InvalidInput(path, "must have at most 4 decimals", percent)


def sum_problems(path: str, amount: Sum | None, programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with a sum, in each currency for which it is stated."""
    sums = amount if isinstance(amount, dict) else {programme.currency: amount} if amount is not None else {}
    for currency, value in sums.items():
        at = f"{path}.{currency}" if isinstance(amount, dict) else path
        if currency not in programme.all_currencies:
            yield InvalidInput(at, "must be in one of the programme's currencies", currency)
        elif not value.is_finite() or not 0 <= value <= MAX_SUM:
            yield InvalidInput(at, "must be between 0 and %(most)s", value, most=MAX_SUM)
        elif value != round(value, money.scale_of(currency)):
            yield InvalidInput(
                at,
                "must be an amount of %(currency)s without smaller parts than its minor unit",
                value,
                currency=currency,
            )
