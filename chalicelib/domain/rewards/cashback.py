"""What an order is worth: a pure function of what was kept of it and of the terms it was bought under.

`cashback` gives what is due in all, not what to post: the difference to what was posted before is the caller's.
Rewards are computed exactly and rounded once per rule. Imports money, lifetimes, orders, the programme and transfers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.ledger import transfers
from chalicelib.domain.ledger.transfers import Due, Why
from chalicelib.domain.orders.facts import Line
from chalicelib.domain.orders.kept import Kept
from chalicelib.domain.programme.document import (
    Base,
    Catalogue,
    Earn,
    Programme,
    Referral,
    Reward,
    Selector,
    Sum,
    Welcome,
)
from chalicelib.domain.programme.lifetime import lifetime

Labels = tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]]
"""What a programme's catalogue says of products: labels by SKU, and by product id."""

NOBODY = Selector()
"""The selector that chooses no line."""

_plain = lru_cache(1024)(money.plain)
"""A programme states few percents, and every reason names one."""

MAX_EXPLAINED = 50
"""Lines that a reason names; an entry explains up to 20 rules and has to fit into one item."""


class Share(Struct, frozen=True):
    """A line's part of a base, and the percent that it earns."""

    line: str
    base: int
    percent: Decimal


class Sale(Struct, frozen=True):
    """What an order is valued under: its currency, when it was paid, the programme of that instant, when delivered.

    `allowed_at`: when a person let its reward be given, if that waited for one.
    """

    currency: str
    at: int
    programme: Programme
    delivered_at: int = 0
    allowed_at: int = 0

    def sum_of(self, amount: Sum | None) -> int | None:
        """A stated sum in minor units of the order's currency, None where none is stated for it."""
        return self.programme.sum_in(amount, self.currency)


def cashback(kept: Kept, sale: Sale) -> list[Due]:
    """What every cashback rule gives for what was kept of an order, combined as the programme says.

    What members' limits and budgets leave of it is not looked at here (`domain/rewards/limits.py`).
    """
    programme = sale.programme
    if not programme.rewards(sale.currency):
        return []
    labels = _labels_by_product(programme.catalogue)
    dues = [due for rule in programme.earn if (due := _earned(rule, kept, labels, sale))]
    if programme.combine == "best" and dues:
        return [max(dues, key=lambda due: due.amount)]
    return dues


def welcome(rule: Welcome, kept: Kept, sale: Sale) -> Due | None:
    """What the friend gets for the converting order; the base is the goods without tax."""
    base = kept.goods(with_tax=False)
    why = Why("referral-welcome", base, _rate(rule))
    return _due(transfers.WELCOME, rule, _flat(rule, base, sale), why, sale)


def bonus(
    rule: Referral,
    bases: dict[str, int],
    at: int,
    programme: Programme,
    parties: tuple[str, ...] = (),
    allowed_at: int = 0,
) -> list[Due]:
    """What a complete group of friends earns: a share of their orders per currency, or the fixed sum once.

    `bases`: the kept worth of the friends' qualifying orders by currency, in minor units. `allowed_at`: when a person
    let it be given, if it waited for one.
    """
    dues = []
    for currency in sorted(bases) if rule.percent is not None else [programme.currency]:
        sale, base = Sale(currency, at, programme, allowed_at=allowed_at), bases.get(currency, 0)
        reward = _flat(rule, base if rule.percent is not None else sum(bases.values()), sale)
        why = Why("referral-bonus", base, _rate(rule), parties=parties)
        dues.append(_due(transfers.REFERRAL, rule, reward, why, sale))
    return [due for due in dues if due]


def referral_base(rule: Referral, kept: Kept) -> int:
    """The part of a friend's order that the bonus is a share of."""
    base = kept.goods(rule.base.tax)
    return base + _shipping(kept, rule.base) if rule.base.shipping else base


def reaches(minimum: Sum | None, goods: int, currency: str, programme: Programme) -> bool:
    """Whether goods, however they were paid, reach a minimum; one not stated for the currency cannot be reached."""
    if minimum is None:
        return True
    stated = programme.sum_in(minimum, currency)
    return stated is not None and goods >= stated


def _earned(rule: Earn, kept: Kept, labels: Labels, sale: Sale) -> Due | None:
    if not reaches(rule.minimum, kept.goods_with_balance(rule.base.tax), sale.currency, sale.programme):
        return None
    shares = _shares(rule, kept, labels)
    base = sum([share.base for share in shares])
    reward = _by_rates(rule, shares, base, sale)
    cap = reward if rule.cap is None else (sale.sum_of(rule.cap) or 0) * money.MILLIONTHS
    lines = tuple([(share.line, share.base) for share in shares[:MAX_EXPLAINED]])
    why = Why(rule.id, base, _rates(rule, shares), lines, limit="order" if cap < reward else "")
    return _due(transfers.CASHBACK, rule, min(reward, cap), why, sale)


def _shares(rule: Earn, kept: Kept, labels: Labels) -> list[Share]:
    """The parts of the base, in the order of the lines; what comes to nothing is no part of it."""
    with_tax, usual = rule.base.tax, rule.percent or Decimal(0)
    alike = not rule.rates and rule.exclude == NOBODY
    rates = None if alike else _rates_by_line(rule)
    shares = []
    for each in kept.lines:
        base = each.net + each.tax if with_tax else each.net
        if not base or not each.line.earns:
            continue
        percent = rates.percent_of(each.line, labels) if rates else usual
        if percent is not None:
            shares.append(Share(each.line.id, base, percent))
    if rule.base.shipping and (shipping := _shipping(kept, rule.base)):
        shares.append(Share("shipping", shipping, usual))
    return shares


def _shipping(kept: Kept, base: Base) -> int:
    return kept.shipping_net + (kept.shipping_tax if base.tax else 0)


def _by_rates(rule: Earn, shares: list[Share], base: int, sale: Sale) -> int:
    if not rule.rates:
        return _flat(rule, base, sale)
    return sum(money.percent_of(share.base, share.percent) for share in shares)


def _flat(rule: Reward, base: int, sale: Sale) -> int:
    """A percent of the base, or the fixed sum if there is any base at all, in MILLIONTHS."""
    if rule.percent is not None:
        return money.percent_of(base, rule.percent)
    return (sale.sum_of(rule.amount) or 0) * money.MILLIONTHS if base else 0


def _due(account: str, rule: Reward, reward: int, why: Why, sale: Sale) -> Due | None:
    """The reward, which is in MILLIONTHS, rounded and with its times; None where nothing is left of it."""
    amount = money.round_ratio(reward, money.MILLIONTHS, sale.programme.rounding)
    if not amount:
        return None
    times = lifetime(rule, sale.at, sale.delivered_at, sale.programme.timezone, sale.allowed_at)
    return Due(account, amount, money.asset_of(sale.currency), *times, why)


def _rate(rule: Reward) -> str:
    return "" if rule.percent is None else _plain(rule.percent)


def _rates(rule: Earn, shares: list[Share]) -> str:
    """The percents that were used, the lowest first: `5/10`."""
    if rule.percent is None:
        return ""
    if not rule.rates:
        return _plain(rule.percent)
    return "/".join(_plain(percent) for percent in sorted({share.percent for share in shares}))


class Match(Struct, frozen=True):
    """A selector as sets: an order of many lines asks a selector of many articles about each of them."""

    skus: frozenset[str]
    products: frozenset[str]
    labels: frozenset[str]

    def has(self, line: Line, labels: frozenset[str]) -> bool:
        """Whether it chooses the line, which has those labels."""
        return line.sku in self.skus or line.product in self.products or not labels.isdisjoint(self.labels)


class LineRates(Struct, frozen=True):
    """What a rule gives for each line: nothing if it is left out, else the first rate that matches, else `usual`."""

    exclude: Match
    rates: tuple[tuple[Match, Decimal], ...]
    usual: Decimal

    def percent_of(self, line: Line, catalogue: Labels) -> Decimal | None:
        """What a line earns, None where the rule leaves it out."""
        skus, products = catalogue
        labels = frozenset((*line.labels, *skus.get(line.sku, ()), *products.get(line.product, ())))
        if self.exclude.has(line, labels):
            return None
        return next((percent for match, percent in self.rates if match.has(line, labels)), self.usual)


def _rates_by_line(rule: Earn) -> LineRates:
    rates = tuple((_match(rate.match), rate.percent) for rate in rule.rates)
    return LineRates(_match(rule.exclude), rates, rule.percent or Decimal(0))


def _match(selector: Selector) -> Match:
    return Match(frozenset(selector.skus), frozenset(selector.products), frozenset(_wanted(selector)))


def _labels_by_product(catalogue: tuple[Catalogue, ...]) -> Labels:
    """What the programme's catalogue says of products: labels by SKU, and by product."""
    skus: dict[str, list[str]] = {}
    products: dict[str, list[str]] = {}
    for entry in catalogue:
        labels = _wanted(entry)
        for known, names in ((skus, entry.skus), (products, entry.products)):
            for name in names:
                known.setdefault(name, []).extend(labels)
    return skus, products


def _wanted(selector: Selector | Catalogue) -> list[str]:
    kinds = {"category": selector.categories, "collection": selector.collections, "tag": selector.tags}
    return [f"{kind}:{name}" for kind, names in kinds.items() for name in names]
