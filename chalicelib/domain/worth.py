"""What an order is worth: a pure function of what was kept of it and of the terms it was bought under.

`cashback` gives what is due in all, not what to post: the difference to what was posted before is the caller's.
Rewards are computed exactly and rounded once per rule. Imports money, calendar, orders, programme and ledger.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from chalicelib.domain import ledger, money
from chalicelib.domain.calendar import expires_at, vests_at
from chalicelib.domain.ledger import Why
from chalicelib.domain.orders import Kept, Line
from chalicelib.domain.programme import Base, Catalogue, Earn, Programme, Rate, Referral, Selector, Sum, Welcome


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


def cashback(kept: Kept, currency: str, at: int, programme: Programme) -> list[Due]:
    """What every cashback rule gives for what was kept of an order paid at `at`, combined as the programme says."""
    if not programme.rewards(currency):
        return []
    dues = [due for rule in programme.earn if (due := _earned(rule, kept, currency, at, programme))]
    if programme.combine == "best" and dues:
        return [max(dues, key=lambda due: due.amount)]
    return dues


def welcome(rule: Welcome, kept: Kept, currency: str, at: int, programme: Programme) -> Due | None:
    """What the friend gets for the converting order; the base is the goods without tax."""
    base = kept.goods(with_tax=False)
    return _due("referral-welcome", ledger.WELCOME, rule, _flat(rule, base, currency, programme), base, currency, at, programme)


def bonus(rule: Referral, bases: dict[str, int], at: int, programme: Programme, parties: tuple[str, ...]) -> list[Due]:
    """What a complete group of friends earns: a share of their orders per currency, or the fixed sum once.

    `bases`: the kept worth of the friends' qualifying orders by currency, in minor units.
    """
    currencies = sorted(bases) if rule.percent is not None else [programme.currency]
    dues = []
    for currency in currencies:
        base = bases.get(currency, 0)
        reward = _flat(rule, base if rule.percent is not None else sum(bases.values()), currency, programme)
        due = _due("referral-bonus", ledger.REFERRAL, rule, reward, base, currency, at, programme)
        if due:
            why = Why(rule=due.why.rule, base=base, rate=due.why.rate, parties=parties)
            dues.append(Due(due.account, due.amount, due.asset, due.vests_at, due.expires_at, why))
    return dues


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


def _earned(rule: Earn, kept: Kept, currency: str, at: int, programme: Programme) -> Due | None:
    if not reaches(rule.minimum, kept.goods(rule.base.tax), currency, programme):
        return None
    shares = _shares(rule, kept, programme.catalogue)
    base = sum(share.base for share in shares)
    reward = _by_rates(rule, shares, base, currency, programme)
    if rule.cap is not None:
        reward = min(reward, Fraction(programme.sum_in(rule.cap, currency) or 0))
    due = _due(rule.id, ledger.CASHBACK, rule, reward, base, currency, at, programme)
    if not due:
        return None
    why = Why(due.why.rule, base, _rates_text(rule, shares), tuple((share.line, share.base) for share in shares if share.base))
    return Due(due.account, due.amount, due.asset, due.vests_at, due.expires_at, why)


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


def _by_rates(rule: Earn, shares: list[Share], base: int, currency: str, programme: Programme) -> Fraction:
    if rule.percent is None:
        return _flat(rule, base, currency, programme)
    return sum((money.percent_of(share.base, share.percent) for share in shares), Fraction(0))


def _flat(rule: Earn | Referral | Welcome, base: int, currency: str, programme: Programme) -> Fraction:
    """A percent of the base, or the fixed sum if there is any base at all."""
    if rule.percent is not None:
        return money.percent_of(base, rule.percent)
    return Fraction((programme.sum_in(rule.amount, currency) or 0) if base else 0)


def _due(
    name: str, account: str, rule: Earn | Referral | Welcome, reward: Fraction, base: int, currency: str, at: int, programme: Programme
) -> Due | None:
    amount = money.round_fraction(reward, programme.rounding)
    if not amount:
        return None
    return Due(
        account=account,
        amount=amount,
        asset=money.asset_of(currency),
        vests_at=vests_at(at, rule.vest_days, programme.timezone),
        expires_at=expires_at(at, rule.expire_days, programme.timezone),
        why=Why(rule=name, base=base, rate=money.plain(rule.percent) if rule.percent is not None else ""),
    )


def _percent(default: Decimal | None, rates: tuple[Rate, ...], line: Line, labels: frozenset[str]) -> Decimal:
    return next((rate.percent for rate in rates if _matches(rate.match, line, labels)), default or Decimal(0))


def _rates_text(rule: Earn, shares: list[Share]) -> str:
    if rule.percent is None:
        return ""
    used = sorted({share.percent for share in shares if share.base})
    return "/".join(money.plain(percent) for percent in used)


def _labels(line: Line, catalogue: tuple[Catalogue, ...]) -> frozenset[str]:
    """What the line says of itself, and what the programme's catalogue says of its product."""
    labels = set(line.labels)
    for entry in catalogue:
        if line.product in entry.products or line.sku in entry.skus:
            labels |= set(_wanted(entry))
    return frozenset(labels)


def _matches(selector: Selector, line: Line, labels: frozenset[str]) -> bool:
    return line.sku in selector.skus or line.product in selector.products or not labels.isdisjoint(_wanted(selector))


def _wanted(selector: Selector | Catalogue) -> list[str]:
    kinds = {"category": selector.categories, "collection": selector.collections, "tag": selector.tags}
    return [f"{kind}:{name}" for kind, names in kinds.items() for name in names]
