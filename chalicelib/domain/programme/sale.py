"""What an order is valued under: its currency and days, and the programme that was in force when it was paid; and the
same of an activity.

Imports money, lifetimes and the programme.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property, lru_cache

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import Kept
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.lifetime import NOT_REVIEWED, lifetime
from chalicelib.domain.programme.rules import Earned, Earning, Lasting, Sum
from chalicelib.domain.records import Terms

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

    @classmethod
    def of_order(cls, bought: Snapshot, programme: Programme, terms: Terms) -> Sale:
        """What an order is valued under, by a programme and what was judged of it once."""
        judgements = terms.level, terms.campaigns
        return cls(bought.currency, bought.at, programme, bought.delivered_at, NOT_REVIEWED, *judgements)

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

    @property
    def asset(self) -> str:
        """The asset of its money."""
        return money.asset_of(self.currency)

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

    def rounded(self, millionths: int, asset: str = "", denominator: int = 1) -> int:
        """An exact reward in whole minor units of an asset (empty: money): money as the programme rounds, else down.

        It is `millionths` divided by the denominator of a factor that it was multiplied by.
        """
        rounding = self.programme.rounding if not asset or money.is_money(asset) else "down"
        return money.round_ratio(millionths, money.MILLIONTHS * denominator, rounding)

    def amount_of(self, earned: Earned, factor: Ratio) -> tuple[int, bool]:
        """What is due of something earned and multiplied, in minor units, and whether the cap of an order kept it
        down.
        """
        numerator, denominator = factor
        millionths = earned.millionths * numerator
        if earned.cap is not None and earned.cap * money.MILLIONTHS * denominator < millionths:
            return earned.cap, True
        return self.rounded(millionths, earned.asset, denominator), False

    def lifetime(self, rule: Lasting) -> tuple[int, int]:
        """The instants from which and until before which what a rule gives for it can be spent."""
        return lifetime(rule, self.at, self.delivered_at, self.programme.timezone, self.allowed_at)
