"""A ladder within an order: from 50 a reward, from 100 a higher one; whole, or by brackets.

All of this kind of reward: its document, the document's problems, what it gives, and its words. Imports money, what was
kept, and the parts of rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

from chalicelib.domain.core import money
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ledger.transfers import Why
from chalicelib.domain.orders.kept import Kept
from chalicelib.domain.programme.rules import (
    Base,
    Document,
    Earned,
    Earning,
    Selector,
    Sum,
    percent_problems,
    sum_problems,
)
from chalicelib.domain.programme.sale import Sale, rate_text
from chalicelib.domain.rewards.selection import NOTHING, chosen

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Value
    from chalicelib.domain.programme.document import Programme

MAX_RUNGS = 10


class Rung(Document, frozen=True, kw_only=True):
    """What an order of at least `at` earns: an `amount`, or a `percent` of what counts."""

    at: Sum
    amount: Sum | None = None
    percent: Decimal | None = None

    @property
    def rate(self) -> Decimal:
        """The percent of a bracket; 0 where an amount stands instead."""
        return self.percent or Decimal(0)


class Ladder(Earning, frozen=True, kw_only=True):
    """A rule whose reward rises with the order. The highest rung that the kept lines reach counts alone.

    `brackets`: the percent of each rung holds for what lies between it and the next one, rounded once in all.
    """

    KIND: ClassVar[str] = "ladder"
    NAME: ClassVar[str] = "Basket reward"
    FROM_KEPT_ALONE: ClassVar[bool] = True

    ladder: tuple[Rung, ...]
    count: Literal["whole", "brackets"] = "whole"
    base: Base = Base()
    match: Selector = Selector()
    exclude: Selector = Selector()

    def problems(self, path: str, programme: Programme) -> Iterator[InvalidInput]:
        """What is wrong with the rule, each naming the path, the rule and the value."""
        if not 1 <= len(self.ladder) <= MAX_RUNGS:
            yield InvalidInput(f"{path}.ladder", "must have 1 to %(most)s rungs", len(self.ladder), most=MAX_RUNGS)
        for index, rung in enumerate(self.ladder):
            yield from self._rung_problems(f"{path}.ladder[{index}]", rung, programme)
        # What is no sum of its currency cannot be compared: it has been told by itself.
        sound = [rung.at for rung in self.ladder if not any(sum_problems(path, rung.at, programme))]
        for currency in programme.all_currencies:
            known = [height for at in sound if (height := programme.sum_in(at, currency)) is not None]
            if known != sorted(set(known)):
                yield InvalidInput(f"{path}.ladder", "must rise from rung to rung in %(currency)s", currency=currency)

    def _rung_problems(self, path: str, rung: Rung, programme: Programme) -> Iterator[InvalidInput]:
        yield from sum_problems(f"{path}.at", rung.at, programme)
        yield from sum_problems(f"{path}.amount", rung.amount, programme)
        if (rung.amount is None) == (rung.percent is None):
            yield InvalidInput(path, "must have either percent or amount")
        if rung.percent is not None:
            yield from percent_problems(f"{path}.percent", rung.percent)
        if self.count == "brackets" and rung.amount is not None:
            yield InvalidInput(f"{path}.amount", "must not stand beside count: brackets; a bracket has a percent")

    def earned(self, kept: Kept, sale: Sale) -> Earned | None:
        """The reward in the order's own money; None where no rung is reached."""
        base = self._base(kept)
        heights = [(sale.sum_of(rung.at), rung) for rung in self.ladder]
        reached = [(height, rung) for height, rung in heights if height is not None and height <= base]
        if not reached:
            return None
        if self.count == "brackets":
            rates = "/".join(rate_text(rung.rate) for _, rung in reached)
            return Earned(money.asset_of(sale.currency), _by_brackets(reached, base), Why(self.id, base, rates))
        _, rung = reached[-1]
        rate = "" if rung.percent is None else rate_text(rung.percent)
        return Earned(
            money.asset_of(sale.currency), sale.share(rung.percent, rung.amount, base), Why(self.id, base, rate)
        )

    def offer(self, programme: Programme) -> tuple[Value, ...]:
        """`Basket reward: 5.00 EUR from 150.00 EUR on`, and so on for each rung."""
        from chalicelib.domain.core.phrases import Phrase

        rungs = self.rungs(programme, programme.currency)
        if not rungs:
            return ()
        title = self.title(self.id, money.asset_of(programme.currency))
        first = Phrase("%(name)s: %(rung)s", {"name": title, "rung": rungs[0]})
        return (first, *rungs[1:], *self.base.excluded())

    def rungs(self, programme: Programme, currency: str) -> list[Value]:
        """What each rung gives for an order in a currency: `5.00 EUR from 150.00 EUR on`."""
        heights = [programme.sum_in(rung.at, currency) for rung in self.ladder]
        known = [height for height in heights if height is not None]
        ends = dict(pairwise(known))
        offered = (
            self._offered(rung, height, ends.get(height), programme, currency)
            for rung, height in zip(self.ladder, heights, strict=True)
            if height is not None
        )
        return [value for value in offered if value]

    def _offered(self, rung: Rung, height: int, end: int | None, programme: Programme, currency: str) -> Value:
        """What a rung gives from its height on, of a bracket up to its `end`; empty where no amount is stated."""
        from chalicelib.domain.core.phrases import Amount, Figure, Phrase

        asset = money.asset_of(currency)
        amount = programme.sum_in(rung.amount, currency)
        values: dict[str, Value] = {"at": Amount(height, asset), "rate": Figure(rate_text(rung.rate))}
        if self.count == "brackets" and end is not None:
            between = values | {"end": Amount(end, asset)}
            return Phrase("%(rate)s%% of what lies between %(at)s and %(end)s", between)
        if self.count == "brackets":
            return Phrase("%(rate)s%% of what goes beyond %(at)s", values)
        if rung.percent is not None:
            return Phrase("%(rate)s%% of an order from %(at)s on", values)
        if amount is None:
            return ""
        return Phrase("%(amount)s from %(at)s on", values | {"amount": Amount(amount, asset)})

    def _base(self, kept: Kept) -> int:
        """What the chosen lines come to, in minor units, and shipping, which of a ladder for some lines alone comes
        with these.
        """
        goods = sum(part.base(self.base.tax) for part in chosen(kept, self.match, self.exclude))
        has_shipping = self.base.shipping and (goods or self.match == NOTHING)
        return goods + (kept.shipping(self.base.tax) if has_shipping else 0)


def _by_brackets(reached: list[tuple[int, Rung]], base: int) -> int:
    """The percents of the rungs that a base reaches, each with its height and of what lies between it and the next
    one, in MILLIONTHS.
    """
    millionths, top = 0, base
    for height, rung in reversed(reached):
        millionths += (top - height) * money.millionths_of(rung.rate)
        top = height
    return millionths
