"""Rewards of activities: so many of an asset for what a member does beside buying, such as a review or a sign-up.

All of this kind of reward: its document, the document's problems, what it gives, and its words. The shop states each
activity once, by its own reference (`activity_recording.py`). Imports money and the parts of rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from chalicelib.domain.core import money
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ledger.transfers import Why
from chalicelib.domain.orders.kept import Kept
from chalicelib.domain.programme.rules import Earned
from chalicelib.domain.programme.sale import Sale, rate_text
from chalicelib.domain.rewards.points import AssetEarning, asset_problems

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Value
    from chalicelib.domain.programme.document import Programme

NAME = r"[a-z0-9][a-z0-9-]{0,31}"
"""An activity's name, as the shop gives it."""


class ActivityReward(AssetEarning, frozen=True, kw_only=True):
    """A rule that gives `give` of the asset `of` for each activity named `on`."""

    KIND: ClassVar[str] = "activity"
    NAME: ClassVar[str] = "Points"

    on: str

    @property
    def activity(self) -> str:
        """The activity that earns."""
        return self.on

    def problems(self, path: str, programme: Programme) -> Iterator[InvalidInput]:
        """What is wrong with the rule, each naming the path, the rule and the value."""
        if not re.fullmatch(NAME, self.on):
            yield InvalidInput(
                f"{path}.on", "must be an activity's name: 1 to 32 lower-case letters, digits and dashes", self.on
            )
        yield from asset_problems(f"{path}.of", self.of, programme)
        yield from self.give_problems(path, programme)
        if self.vest_on == "delivery":
            yield InvalidInput(f"{path}.vest_on", "must not be delivery; an activity is never delivered")

    def earned(self, kept: Kept, sale: Sale) -> Earned | None:  # noqa: ARG002 (nothing was bought)
        """What it gives of its asset."""
        asset = self.asset(sale.currency, sale.programme)
        why = Why(self.id, rate=rate_text(self.give))
        return Earned(asset, money.minor_of(self.give, asset) * money.MILLIONTHS, why)

    def offer(self, programme: Programme) -> tuple[Value, ...]:
        """`20 leaves for your review`; of birthdays and anniversaries in their own words."""
        from chalicelib.domain.core.phrases import Amount, Named, Phrase
        from chalicelib.domain.rewards.occasions import ANNIVERSARY, BIRTHDAY

        asset = self.asset(programme.currency, programme)
        values: dict[str, Value] = {"award": Amount(money.minor_of(self.give, asset), asset)}
        if self.on == BIRTHDAY:
            return (Phrase("%(award)s for your birthday", values),)
        if self.on == ANNIVERSARY:
            return (Phrase("%(award)s each year on the day of your first order", values),)
        return (Phrase("%(award)s for your %(activity)s", values | {"activity": Named("activity", self.on)}),)

    @classmethod
    def share(cls, why: Why, asset: str) -> Value:
        """What was given, in the middle of a sentence: `20`, or `2.00 EUR`."""
        from chalicelib.domain.core.phrases import Amount, Figure

        is_money = money.is_money(asset)
        return Amount(money.minor_of(Decimal(why.rate), asset), asset) if is_money else Figure(why.rate)

    @classmethod
    def title(cls, rule: str, asset: str) -> Value:  # noqa: ARG003 (one signature for all kinds)
        """What it is called at the beginning of a sentence: as what it gives is, since its name is the activity's."""
        from chalicelib.domain.core.phrases import AssetTitle, Phrase

        return Phrase("Reward") if money.is_money(asset) else AssetTitle(asset)
