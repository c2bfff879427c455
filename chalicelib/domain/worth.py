"""What an order is worth: a pure function of what was kept of it and of the terms it was bought under.

`cashback` gives what is due in all, not what to post: the difference to what was posted before is the caller's.
Rewards are computed exactly and rounded once per rule. Imports money, lifetime, orders, programme and ledger.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from chalicelib.domain import ledger, money
from chalicelib.domain.ledger import Why
from chalicelib.domain.lifetime import lifetime
from chalicelib.domain.orders import Kept, Line
from chalicelib.domain.programme import (
    Base,
    Catalogue,
    Earn,
    Programme,
    Rate,
    Referral,
    Reward,
    Selector,
    Sum,
    Welcome,
)

MAX_EXPLAINED = 50
"""Lines that a reason names; an entry explains up to 20 rules and has to fit into one item."""


class Due(Struct, frozen=True):
    """A reward that is due: `amount` minor units of `asset`, charged to the programme's `account`."""

    account: str
    amount: int
    asset: str
    vests_at: int
    expires_at: int
    why: Why


class Share(Struct, frozen=True):
    """A line's part of a base, and the percent that it earns."""

    line: str
    base: int
    percent: Decimal


class Sale(Struct, frozen=True):
    """What an order is valued under: its currency, when it was paid, the programme of that instant, when delivered."""

    currency: str
    at: int
    programme: Programme
    delivered_at: int = 0

    def sum_of(self, amount: Sum | None) -> int | None:
        """A stated sum in minor units of the order's currency, None where none is stated for it."""
        return self.programme.sum_in(amount, self.currency)


def cashback(kept: Kept, sale: Sale) -> list[Due]:
    """What every cashback rule gives for what was kept of an order, combined as the programme says.

    What members' limits and budgets leave of it is not looked at here (`domain/limits.py`).
    """
    programme = sale.programme
    if not programme.rewards(sale.currency):
        return []
    dues = [due for rule in programme.earn if (due := _earned(rule, kept, sale))]
    if programme.combine == "best" and dues:
        return [max(dues, key=lambda due: due.amount)]
    return dues


def welcome(rule: Welcome, kept: Kept, sale: Sale) -> Due | None:
    """What the friend gets for the converting order; the base is the goods without tax."""
    base = kept.goods(with_tax=False)
    why = Why("referral-welcome", base, _rate(rule))
    return _due(ledger.WELCOME, rule, _flat(rule, base, sale), why, sale)


def bonus(rule: Referral, bases: dict[str, int], at: int, programme: Programme, parties: tuple[str, ...]) -> list[Due]:
    """What a complete group of friends earns: a share of their orders per currency, or the fixed sum once.

    `bases`: the kept worth of the friends' qualifying orders by currency, in minor units.
    """
    dues = []
    for currency in sorted(bases) if rule.percent is not None else [programme.currency]:
        sale, base = Sale(currency, at, programme), bases.get(currency, 0)
        reward = _flat(rule, base if rule.percent is not None else sum(bases.values()), sale)
        why = Why("referral-bonus", base, _rate(rule), parties=parties)
        dues.append(_due(ledger.REFERRAL, rule, reward, why, sale))
    return [due for due in dues if due]


def referral_base(rule: Referral, kept: Kept) -> int:
    """The part of a friend's order that the bonus is a share of."""
    base = kept.goods(rule.base.tax)
    return base + _shipping(kept, rule.base) if rule.base.shipping else base


def reaches(minimum: Sum | None, goods: int, currency: str, programme: Programme) -> bool:
    """Whether goods reach a minimum; one that is not stated for the currency cannot be reached."""
    if minimum is None:
        return True
    stated = programme.sum_in(minimum, currency)
    return stated is not None and goods >= stated


def _earned(rule: Earn, kept: Kept, sale: Sale) -> Due | None:
    if not reaches(rule.minimum, kept.goods(rule.base.tax), sale.currency, sale.programme):
        return None
    shares = [share for share in _shares(rule, kept, sale.programme.catalogue) if share.base]
    base = sum(share.base for share in shares)
    reward = _by_rates(rule, shares, base, sale)
    cap = reward if rule.cap is None else Fraction(sale.sum_of(rule.cap) or 0)
    lines = tuple((share.line, share.base) for share in shares[:MAX_EXPLAINED])
    why = Why(rule.id, base, _rates(rule, shares), lines, limit="order" if cap < reward else "")
    reward = min(reward, cap)
    return _due(ledger.CASHBACK, rule, reward, why, sale)


def _shares(rule: Earn, kept: Kept, catalogue: tuple[Catalogue, ...]) -> list[Share]:
    shares = []
    for each in kept.lines:
        labels = _labels(each.line, catalogue)
        if not each.line.earns or _matches(rule.exclude, each.line, labels):
            continue
        base = each.net + (each.tax if rule.base.tax else 0)
        shares.append(Share(each.line.id, base, _percent(rule.percent, rule.rates, each.line, labels)))
    if rule.base.shipping:
        shares.append(Share("shipping", _shipping(kept, rule.base), rule.percent or Decimal(0)))
    return shares


def _shipping(kept: Kept, base: Base) -> int:
    return kept.shipping_net + (kept.shipping_tax if base.tax else 0)


def _by_rates(rule: Earn, shares: list[Share], base: int, sale: Sale) -> Fraction:
    if rule.percent is None:
        return _flat(rule, base, sale)
    bases: dict[Decimal, int] = {}
    for share in shares:
        bases[share.percent] = bases.get(share.percent, 0) + share.base
    return sum((money.percent_of(each, percent) for percent, each in bases.items()), Fraction(0))


def _flat(rule: Reward, base: int, sale: Sale) -> Fraction:
    """A percent of the base, or the fixed sum if there is any base at all."""
    if rule.percent is not None:
        return money.percent_of(base, rule.percent)
    return Fraction((sale.sum_of(rule.amount) or 0) if base else 0)


def _due(account: str, rule: Reward, reward: Fraction, why: Why, sale: Sale) -> Due | None:
    """The reward rounded, with its times; None where nothing is left of it."""
    amount = money.round_fraction(reward, sale.programme.rounding)
    times = lifetime(rule, sale.at, sale.delivered_at, sale.programme.timezone)
    return Due(account, amount, money.asset_of(sale.currency), *times, why) if amount else None


def _rate(rule: Reward) -> str:
    return "" if rule.percent is None else money.plain(rule.percent)


def _rates(rule: Earn, shares: list[Share]) -> str:
    """The percents that were used, the lowest first: `5/10`."""
    used = set() if rule.percent is None else {share.percent for share in shares}
    return "/".join(money.plain(percent) for percent in sorted(used))


def _percent(default: Decimal | None, rates: tuple[Rate, ...], line: Line, labels: frozenset[str]) -> Decimal:
    return next((rate.percent for rate in rates if _matches(rate.match, line, labels)), default or Decimal(0))


def _labels(line: Line, catalogue: tuple[Catalogue, ...]) -> frozenset[str]:
    """What the line says of itself, and what the programme's catalogue says of its product."""
    labels = set(line.labels)
    for entry in catalogue:
        if line.product in entry.products or line.sku in entry.skus:
            labels |= set(_wanted(entry))
    return frozenset(labels)


def _matches(selector: Selector, line: Line, labels: frozenset[str]) -> bool:
    named = line.sku in selector.skus or line.product in selector.products
    return named or not labels.isdisjoint(_wanted(selector))


def _wanted(selector: Selector | Catalogue) -> list[str]:
    kinds = {"category": selector.categories, "collection": selector.collections, "tag": selector.tags}
    return [f"{kind}:{name}" for kind, names in kinds.items() for name in names]
