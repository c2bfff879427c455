"""What an order is valued under: its currency and days, and the programme that was in force when it was paid; the same
of an activity; and from when until when a reward can be spent, as its rule says it.

Of a programme that was published, nothing expires before it can be spent: what the rules alone decide is refused when
it is checked or published (`lifetime_problems`), and where the delivery decides, the expiry counts from it. Imports
money, the calendar, the programme and errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import (
    AWAITED,
    NO_EXPIRY,
    VESTED_ALREADY,
    last_day,
    local_day,
    midnight,
    months_later,
    start_of_day,
)
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.orders.kept import Kept
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme, rewards_of
from chalicelib.domain.programme.rules import EXPIRY, Earned, Earning, Lasting, Sum

NOT_REVIEWED = 0
"""The `allowed_at` of a reward that waited for no person's verdict."""

Ratio = tuple[int, int]
"""An exact factor: a numerator and a denominator, not always in lowest terms."""

UNMULTIPLIED: Ratio = (1, 1)
"""The factor of a rule that nothing multiplies."""

rate_text = lru_cache(1024)(money.plain)
"""A percent as a reason names it: `2.5`. A programme states few, and every reason names one."""


class Sale(Struct, frozen=True, dict=True):
    """An order's currency, the instants at which it was paid and delivered (0: not yet), and the programme.

    `allowed_at`: when a person let its reward be given, if that waited for one. `level`: the buyer's before the order;
    `campaigns`: those that hold for it. `activity`: what is valued instead of an order, at the instant `at`; empty for
    an order.
    """

    currency: str
    at: int
    programme: Programme
    delivered_at: int = 0
    allowed_at: int = 0
    level: str = ""
    campaigns: tuple[str, ...] = ()
    activity: str = ""

    @cached_property
    def rules(self) -> list[Earning]:
        """The rules that can give something for it, in the programme's order, and then the campaigns that hold."""
        return [*self.earning, *self.boosting]

    @cached_property
    def earning(self) -> list[Earning]:
        """The rules of `earn` that can give something for it, in the programme's order."""
        rules = self.programme.earning_by.get(self.activity, ())
        return [rule for rule in rules if not rule.campaign or rule.campaign in self.campaigns]

    @property
    def boosting(self) -> list[Campaign]:
        """The campaigns that hold for it, in the programme's order."""
        if not self.campaigns:
            return []
        return [campaign for campaign in self.programme.campaigns if campaign.id in self.campaigns]

    def sum_of(self, amount: Sum | None) -> int | None:
        """A stated sum in minor units of the order's currency, None where none is stated for it."""
        return self.programme.sum_in(amount, self.currency)

    def reaches(self, minimum: Sum | None, kept: Kept, with_tax: bool) -> bool:
        """Whether the goods that were kept of an order, however they were paid, reach a minimum."""
        return self.programme.reaches(minimum, kept.goods_with_balance(with_tax), self.currency)

    def share(self, percent: Decimal | None, amount: Sum | None, base: int) -> int:
        """A percent of a base, or the fixed sum where there is any base at all, in MILLIONTHS of a minor unit."""
        if percent is not None:
            return base * money.millionths_of(percent)
        return (self.sum_of(amount) or 0) * money.MILLIONTHS if base else 0

    @cached_property
    def multipliers(self) -> Mapping[str, Decimal]:
        """By how much the buyer's level multiplies what rules give, by their ids; what is not named it does not."""
        step = self.programme.levels.step(self.level) if self.programme.levels else None
        return step.multiply if step else {}

    def factor(self, rule: str) -> Ratio:
        """By how much what a rule gives is multiplied, exactly."""
        multiplier = self.multipliers.get(rule)
        return multiplier.as_integer_ratio() if multiplier else UNMULTIPLIED

    def amount_of(self, earned: Earned, factor: Ratio) -> tuple[int, bool]:
        """What is due of something earned and multiplied, in whole minor units, and whether the cap of an order
        kept it down. Money is rounded as the programme says, anything else down.
        """
        numerator, denominator = factor
        millionths = earned.millionths * numerator
        if earned.cap is not None and earned.cap * money.MILLIONTHS * denominator < millionths:
            return earned.cap, True
        rounding = self.programme.rounding if money.is_money(earned.asset) else "down"
        return money.round_ratio(millionths, money.MILLIONTHS * denominator, rounding), False


def lifetime(
    rule: Lasting, paid_at: int, delivered_at: int, timezone: str, allowed_at: int = NOT_REVIEWED
) -> tuple[int, int]:
    """The instants of a reward's vesting (or VESTED_ALREADY) and expiry (or NO_EXPIRY), in seconds.

    `delivered_at` 0: not delivered yet; a reward that vests on delivery then vests in a time that is AWAITED.
    `allowed_at`: when a person approved it, or NOT_REVIEWED; its expiry counts from then at the earliest, so that a
    reward that waited long has not expired when it is posted.
    """
    vests_at, since = _vests_at(rule, paid_at, delivered_at, timezone), max(paid_at, allowed_at)
    if rule.expire_from == "vesting":
        if vests_at == AWAITED:
            # What is still awaited cannot expire: the day that the expiry counts from is not known yet.
            return vests_at, NO_EXPIRY
        since = max(since, vests_at)
    if rule.expire_months is None and rule.expire_end is None:
        return vests_at, NO_EXPIRY if rule.expire_days is None else start_of_day(since, rule.expire_days + 1, timezone)
    # The instant after the last second of the last day.
    return vests_at, midnight(_last(rule, local_day(since, timezone)) + timedelta(days=1), timezone)


def lifetime_problems(programme: Programme, effective_at: int, now: int) -> list[InvalidInput]:
    """The problems of rewards that are gone before their `vest_date` if an order is paid when the version begins.

    That order waits longest: where its reward lasts long enough, every later one's does. Idleness counts from when we
    hear of the order, so from `now` at the earliest.
    """
    problems: list[InvalidInput] = []
    for path, rule in rewards_of(programme).items():
        if rule.vest_date:
            problems += _expiry_problems(path, rule, programme.timezone, effective_at)
            problems += _idleness_problems(path, rule, programme, max(effective_at, now))
    return problems


def _expiry_problems(path: str, rule: Lasting, timezone: str, paid_at: int) -> Iterator[InvalidInput]:
    vests_at, expires_at = lifetime(rule, paid_at, paid_at, timezone)
    if not NO_EXPIRY < expires_at <= vests_at:
        return
    field = next(name for name in EXPIRY if getattr(rule, name) is not None)
    yield InvalidInput(
        f"{path}.{field}",
        "must last beyond vest_date %(vest_date)s for an order of %(day)s, or be counted from it "
        "(expire_from: vesting)",
        getattr(rule, field),
        vest_date=str(rule.vest_date),
        day=str(local_day(paid_at, timezone)),
    )


def _idleness_problems(path: str, rule: Lasting, programme: Programme, paid_at: int) -> Iterator[InvalidInput]:
    zone, days = programme.timezone, programme.inactive_days
    if days is not None and start_of_day(paid_at, days + 1, zone) <= lifetime(rule, paid_at, paid_at, zone)[0]:
        yield InvalidInput(
            f"{path}.vest_date",
            "must come before inactive_days end for an order of %(day)s",
            rule.vest_date,
            day=str(local_day(paid_at, zone)),
        )


def _vests_at(rule: Lasting, paid_at: int, delivered_at: int, timezone: str) -> int:
    vests_at = VESTED_ALREADY
    if rule.vest_on == "delivery":
        if not delivered_at:
            return AWAITED
        vests_at = delivered_at
    if rule.vest_days:
        vests_at = start_of_day(vests_at or paid_at, rule.vest_days, timezone)
    if rule.vest_date and local_day(vests_at or paid_at, timezone) < rule.vest_date:
        vests_at = midnight(rule.vest_date, timezone)
    return vests_at


def _last(rule: Lasting, day: date) -> date:
    """The last day on which the reward can be spent."""
    day = months_later(day, rule.expire_months or 0) + timedelta(days=rule.expire_days or 0)
    return last_day(day, rule.expire_end) if rule.expire_end else day
