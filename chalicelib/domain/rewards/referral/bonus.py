"""What the referral programme gives for friends' orders: the bonus of a group, and the friend's welcome gift.

Pure in what was kept and the programme; rounded once. Imports what was kept, the parts of rules and transfers.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.core import money
from chalicelib.domain.ledger.transfers import REFERRAL, WELCOME, Due, Posted, Why
from chalicelib.domain.orders.kept import Kept
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.referral import Referral, Welcome
from chalicelib.domain.programme.rules import Reward
from chalicelib.domain.programme.sale import NOT_REVIEWED, Sale, lifetime, rate_text

BONUS, GIFT = "referral-bonus", "referral-welcome"
"""The rules of a bonus's and of a welcome gift's postings."""


def welcome(friend: str, rule: Welcome, kept: Kept, sale: Sale) -> Due | None:
    """What a friend gets for the converting order; the base is the goods without tax. None where it is nothing."""
    base = kept.goods(with_tax=False)
    return _due(friend, WELCOME, rule, sale.share(rule.percent, rule.amount, base), sale, Why(GIFT, base, _rate(rule)))


def bonus(
    referrer: str,
    rule: Referral,
    bases: Mapping[str, int],
    at: int,
    programme: Programme,
    parties: tuple[str, ...] = (),
    allowed_at: int = NOT_REVIEWED,
) -> list[Due]:
    """What a complete group of friends earns: a share of their orders per currency, or the fixed sum once.

    `bases`: the kept worth of the friends' qualifying orders by currency, in minor units. `parties` are named in the
    reason. `allowed_at`: when a person let it be given, if it waited for one.
    """
    dues = []
    for currency in sorted(bases) if rule.percent is not None else [programme.currency]:
        sale, base = Sale(currency, at, programme, allowed_at=allowed_at), bases.get(currency, 0)
        reward = sale.share(rule.percent, rule.amount, base if rule.percent is not None else sum(bases.values()))
        why = Why(BONUS, base, _rate(rule), parties=parties)
        dues.append(_due(referrer, REFERRAL, rule, reward, sale, why))
    return [due for due in dues if due]


def bonus_base(rule: Referral, kept: Kept) -> int:
    """The part of a friend's order that the bonus is a share of, in minor units."""
    base = kept.goods(rule.base.tax)
    return base + kept.shipping(rule.base.tax) if rule.base.shipping else base


def _due(member: str, account: str, rule: Reward, millionths: int, sale: Sale, why: Why) -> Due | None:
    """A reward, rounded and with its days; None where nothing is left of it."""
    amount = money.round_ratio(millionths, money.MILLIONTHS, sale.programme.rounding)
    if not amount:
        return None
    times = lifetime(rule, sale.at, sale.delivered_at, sale.programme.timezone, sale.allowed_at)
    return Due(Posted(member, why.rule, account, money.asset_of(sale.currency), *times, amount), why)


def _rate(rule: Reward) -> str:
    return "" if rule.percent is None else rate_text(rule.percent)
