"""Cashback: a percent of what was kept of an order, or a fixed sum for an order of which anything eligible was kept.

All of a kind of reward: its document, the document's problems, what it gives, and its words. Pure in what was kept and
the sale; computed exactly, so that it is rounded once. Imports money, what was kept, and the parts of rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ledger.transfers import MAX_EXPLAINED, Why
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
    worth_problems,
)
from chalicelib.domain.programme.sale import Sale, rate_text
from chalicelib.domain.rewards.selection import NOTHING, chosen, match_of

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Value
    from chalicelib.domain.programme.document import Programme


class Rate(Document, frozen=True):
    """Another percent for some lines; of several the first that matches counts."""

    match: Selector
    percent: Decimal


class Cashback(Earning, frozen=True, kw_only=True):
    """A cashback rule: `percent` of the base, or a fixed `amount` per order that keeps something eligible.

    `minimum` is compared with all kept goods of the order, excluded ones and what balance paid too; `cap` limits the
    order's reward.
    """

    KIND: ClassVar[str] = "cashback"
    NAME: ClassVar[str] = "Cashback"
    FROM_KEPT_ALONE: ClassVar[bool] = True

    percent: Decimal | None = None
    amount: Sum | None = None
    base: Base = Base()
    rates: tuple[Rate, ...] = ()
    exclude: Selector = Selector()
    minimum: Sum | None = None
    cap: Sum | None = None

    def problems(self, path: str, programme: Programme) -> Iterator[InvalidInput]:
        """What is wrong with the rule, each naming the path, the rule and the value."""
        if self.percent is None and self.amount is None:
            yield InvalidInput(path, "must have a percent, an amount, give and of, or a ladder")
        else:
            yield from worth_problems(path, self.percent, self.amount, programme)
        if self.rates and self.percent is None:
            yield InvalidInput(f"{path}.rates", "must come with a percent; a fixed amount has no rates")
        for index, rate in enumerate(self.rates):
            yield from percent_problems(f"{path}.rates[{index}].percent", rate.percent)
            if rate.match == Selector():
                yield InvalidInput(
                    f"{path}.rates[{index}].match", "must name at least one sku, product, category, collection or tag"
                )
        for name, amount in (("minimum", self.minimum), ("cap", self.cap)):
            yield from sum_problems(f"{path}.{name}", amount, programme)

    def earned(self, kept: Kept, sale: Sale) -> Earned | None:
        """The reward in the order's own money, with the percents that were used, the lowest first (`5/10`); None where
        the order does not reach the minimum.
        """
        if self.minimum is not None and not sale.reaches(self.minimum, kept, self.base.tax):
            return None
        shares = _shares(self, kept)
        base = sum([share.base for share in shares])
        if self.rates:
            reward = sum([share.base * money.millionths_of(share.percent) for share in shares])
            rate = "/".join(rate_text(percent) for percent in sorted({share.percent for share in shares}))
        else:
            reward = sale.share(self.percent, self.amount, base)
            rate = "" if self.percent is None else rate_text(self.percent)
        cap = None if self.cap is None else sale.sum_of(self.cap) or 0
        lines = tuple([(share.line, share.base) for share in shares[:MAX_EXPLAINED]])
        return Earned(money.asset_of(sale.currency), reward, Why(self.id, base, rate, lines), cap)

    def offer(self, programme: Programme) -> tuple[Value, ...]:
        """`Cashback: 5% of what you buy`, or a fixed sum for each order."""
        from chalicelib.domain.core.phrases import Amount, Figure, Phrase

        asset = money.asset_of(programme.currency)
        values: dict[str, Value] = {"name": self.title(self.id, asset)}
        if self.percent is None:
            amount = programme.sum_in(self.amount, programme.currency)
            if not amount:
                return ()
            return (Phrase("%(name)s: %(amount)s for each order", values | {"amount": Amount(amount, asset)}),)
        values["rate"] = Figure(rate_text(self.percent))
        whole = Phrase("%(name)s: %(rate)s%% of what you buy", values)
        others = [
            Phrase("%(rate)s%% on some articles", {"rate": Figure(rate_text(rate))})
            for rate in dict.fromkeys(sorted(rate.percent for rate in self.rates))
            if rate
        ]
        if self.percent:
            return (whole, *others, *self.base.excluded())
        part = Phrase("%(name)s: %(part)s", values | {"part": tuple(others)})
        return (part, *self.base.excluded()) if others else ()


class Share(Struct, frozen=True):
    """A line's part of a base, and the percent that it earns."""

    line: str
    base: int
    percent: Decimal


def _shares(rule: Cashback, kept: Kept) -> list[Share]:
    """The parts of the base, in the order of the lines; what comes to nothing is no part of it, nor is what another
    percent takes out of the rule: its sentence names what the reward is of.
    """
    with_tax, usual = rule.base.tax, rule.percent or Decimal(0)
    rates = [(match_of(rate.match), rate.percent) for rate in rule.rates]
    shares = []
    for part in chosen(kept, NOTHING, rule.exclude) if rule.exclude != NOTHING else kept.lines:
        base = part.base(with_tax)
        if base:
            percent = next((percent for match, percent in rates if match.has(part.line)), usual) if rates else usual
            shares.append(Share(part.line.id, base, percent))
    if rule.base.shipping and (shipping := kept.shipping(with_tax)):
        shares.append(Share("shipping", shipping, usual))
    return [share for share in shares if share.percent] if rates else shares
