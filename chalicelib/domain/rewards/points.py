"""Points: so many of an asset for each full sum of what was kept of an order, for each piece of it, or for the order.

All of this kind of reward: its document, the document's problems, what it gives, and its words. Of money, what was kept
of the whole order counts once: two orders of 19.99 at a point for each full 1.00 give 19 and 19. Imports money, what
was kept, and the parts of rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Literal

from chalicelib.domain.core import money
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ledger.transfers import MAX_EXPLAINED, Why
from chalicelib.domain.orders.kept import Kept, KeptLine
from chalicelib.domain.programme.rules import (
    MAX_SUM,
    Base,
    Earned,
    Earning,
    Selector,
    Sum,
    sum_problems,
)
from chalicelib.domain.programme.sale import Sale, rate_text
from chalicelib.domain.rewards.selection import NOTHING, chosen

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Value
    from chalicelib.domain.programme.document import Programme

Share = tuple[str, int]
"""A line and what it counts: minor units or pieces."""

_minor_of = lru_cache(1024)(money.minor_of)
"""A programme states few amounts of assets, and orders ask for them again and again."""

_sum_text = lru_cache(1024)(money.text)
"""The sum that a rule gives something for, which every reason names."""


class AssetEarning(Earning, frozen=True, kw_only=True):
    """A rule that gives `give` of the asset `of`, whatever the currency is; its limits and its budget are of that."""

    give: Decimal
    of: str

    def asset(self, currency: str, programme: Programme) -> str:  # noqa: ARG002 (one signature for all kinds)
        """The asset that it gives, whatever the order's currency is."""
        return programme.asset_named(self.of)

    def gives_known(self, programme: Programme) -> bool:
        """Whether there is such an asset."""
        return self.of in (*programme.assets, *programme.all_currencies)

    def minor(self, amount: Sum | None, asset: str, programme: Programme) -> int | None:  # noqa: ARG002
        """An amount of the asset in its minor units; None where none is stated."""
        return money.minor_of(amount, asset) if isinstance(amount, Decimal) else None

    @classmethod
    def title(cls, rule: str, asset: str) -> Value:
        """What it is called at the beginning of a sentence: by the rule's name, else by the programme's name of the
        asset, `Leaves`, or its id; where that is money `Reward`.
        """
        from chalicelib.domain.core.phrases import AssetTitle, Named, Phrase, Title

        return Title(Named("rule", rule), Phrase("Reward") if money.is_money(asset) else AssetTitle(asset))

    def amount_problems(self, path: str, amount: Sum | None, programme: Programme) -> Iterator[InvalidInput]:
        """What is wrong with an amount of the asset."""
        yield from given_problems(path, amount, self.of, programme)

    def give_problems(self, path: str, programme: Programme) -> Iterator[InvalidInput]:
        """What is wrong with what it gives."""
        yield from self.amount_problems(f"{path}.give", self.give, programme)
        if not self.give:
            yield InvalidInput(f"{path}.give", "must be more than 0; to give nothing, leave the rule out", 0)


class Points(AssetEarning, frozen=True, kw_only=True):
    """A rule that gives `give` of the asset `of`: per order, per piece, or for each full sum that `per` states.

    `match`: only these lines count; `exclude`: these do not. `minimum` is compared with all kept goods of the order;
    `cap` limits what the order gives, and is of the asset.
    """

    KIND: ClassVar[str] = "points"
    NAME: ClassVar[str] = "Points"
    FROM_KEPT_ALONE: ClassVar[bool] = True

    per: Literal["order", "piece"] | dict[str, Decimal] = "order"
    base: Base = Base()
    match: Selector = Selector()
    exclude: Selector = Selector()
    minimum: Sum | None = None
    cap: Decimal | None = None

    def problems(self, path: str, programme: Programme) -> Iterator[InvalidInput]:
        """What is wrong with the rule, each naming the path, the rule and the value."""
        yield from asset_problems(f"{path}.of", self.of, programme)
        yield from self.give_problems(path, programme)
        yield from self.amount_problems(f"{path}.cap", self.cap, programme)
        yield from sum_problems(f"{path}.minimum", self.minimum, programme)
        if isinstance(self.per, dict):
            yield from sum_problems(f"{path}.per", self.per, programme)
            for currency, amount in self.per.items():
                if not amount:
                    yield InvalidInput(f"{path}.per.{currency}", "must be more than 0", amount)
        if self.per == "piece" and self.base != Base():
            yield InvalidInput(
                f"{path}.base", "must not stand beside per: piece; pieces are counted, whatever they cost"
            )

    def earned(self, kept: Kept, sale: Sale) -> Earned | None:
        """What it gives of its asset; None where the order does not reach the minimum."""
        if not sale.reaches(self.minimum, kept, self.base.tax):
            return None
        asset = self.asset(sale.currency, sale.programme)
        shares = self._shares(kept)
        base = sum([amount for _, amount in shares])
        reward = _minor_of(self.give, asset) * self._times(base, sale)
        cap = None if self.cap is None else _minor_of(self.cap, asset)
        why = Why(self.id, base, self._rate(sale), tuple(shares[:MAX_EXPLAINED]))
        return Earned(asset, reward * money.MILLIONTHS, why, cap)

    def _shares(self, kept: Kept) -> list[Share]:
        """What counts of the order: pieces of its lines, or their sums and that of shipping, which of a rule for some
        lines alone comes with these.
        """
        counted = [(part.line.id, self._counted(part)) for part in chosen(kept, self.match, self.exclude)]
        shares = [(line, amount) for line, amount in counted if amount]
        if self.base.shipping and (shares or self.match == NOTHING) and (shipping := kept.shipping(self.base.tax)):
            shares.append(("shipping", shipping))
        return shares

    def _counted(self, part: KeptLine) -> int:
        """What a line counts: its pieces, or its sum."""
        if self.per == "piece":
            return part.pieces if part.line.earns else 0
        return part.base(self.base.tax)

    def _times(self, base: int, sale: Sale) -> int:
        """How many times the rule gives what it gives."""
        if self.per == "order":
            return int(base > 0)
        if self.per == "piece":
            return base
        step = sale.sum_of(self.per)
        return max(base, 0) // step if step else 0

    def _rate(self, sale: Sale) -> str:
        """The rule's rate as a reason has it: `1 / 1.00 EUR`, `5 / piece`, or nothing per order."""
        if self.per == "order":
            return ""
        if self.per == "piece":
            return f"{rate_text(self.give)} / piece"
        return f"{rate_text(self.give)} / {_sum_text(sale.sum_of(self.per) or 0, money.asset_of(sale.currency))}"

    @classmethod
    def share(cls, why: Why, asset: str) -> Value:
        """What was given, in the middle of a sentence: `1 for each full 1.00 EUR of 19.99 EUR`."""
        from chalicelib.domain.core.phrases import Amount, Figure, Phrase

        is_money = money.is_money(asset)
        if not why.rate:
            return Phrase("a fixed sum") if is_money else Phrase("a fixed number")
        number, _, per = why.rate.partition(" / ")
        give: Value = Amount(money.minor_of(Decimal(number), asset), asset) if is_money else Figure(number)
        if per == "piece" and why.base > 1:
            return Phrase("%(give)s for each of %(pieces)s pieces", {"give": give, "pieces": why.base})
        if per == "piece":
            return Phrase("%(give)s for a piece", {"give": give})
        step, _, currency = per.partition(" ")
        paid_in = money.asset_of(currency)
        full, base = Amount(money.minor_of(Decimal(step), paid_in), paid_in), Amount(why.base, paid_in)
        return Phrase("%(give)s for each full %(step)s of %(base)s", {"give": give, "step": full, "base": base})

    def offer(self, programme: Programme) -> tuple[Value, ...]:
        """`Leaves: 1 for each full 1.00 EUR`, for each piece, or for each order; of a rule with a name what it gives is
        said with the number: `Cups: 3 stars for each piece`.
        """
        from chalicelib.domain.core.phrases import Amount, AssetName, Figure, Phrase

        asset = self.asset(programme.currency, programme)
        values: dict[str, Value] = {"given": AssetName(asset), "give": Figure(rate_text(self.give))}
        if self.name or money.is_money(asset):
            give = Amount(money.minor_of(self.give, asset), asset)
            values = {"given": self.title(self.id, asset), "give": give}
        if self.per == "order":
            return (Phrase("%(given)s: %(give)s for each order", values),)
        if self.per == "piece":
            return (Phrase("%(given)s: %(give)s for each piece", values),)
        step = programme.sum_in(self.per, programme.currency)
        if not step:
            return ()
        values["step"] = Amount(step, money.asset_of(programme.currency))
        return (Phrase("%(given)s: %(give)s for each full %(step)s of what you buy", values), *self.base.excluded())


def asset_problems(path: str, of: str, programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with the name of an asset that something gives."""
    names = [*programme.assets, *programme.all_currencies]
    if of not in names:
        yield InvalidInput(
            path, "must be one of the programme's assets and currencies: %(names)s", of, names=tuple(names)
        )


def given_problems(path: str, amount: Sum | None, of: str, programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with an amount of an asset; of one that there is not, nothing is known."""
    if amount is None or of not in (*programme.assets, *programme.all_currencies):
        return
    if isinstance(amount, dict):
        yield InvalidInput(path, "must be a number of %(of)s; it has no amount for each currency", of=of)
    elif not amount.is_finite() or not 0 <= amount <= MAX_SUM:
        yield InvalidInput(path, "must be between 0 and %(most)s", amount, most=MAX_SUM)
    elif amount != round(amount, decimals := money.decimals_of(programme.asset_named(of))):
        from chalicelib.domain.core.phrases import AssetName, InProgramme, decimal_count

        name = InProgramme(AssetName(programme.asset_named(of)), programme)
        if decimals:
            yield InvalidInput(
                path, "must have at most %(decimals)s, as %(of)s has", amount, decimals=decimal_count(decimals), of=name
            )
        else:
            yield InvalidInput(path, "must be a whole number, for %(of)s has no decimals", amount, of=name)
