"""From which amounts of goods a programme gives more: minimums, rungs of ladders, full sums, the next level.

Imports money, the programme and orders.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import kept
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import Sum

MANY_TIMES = 100
"""A full sum that a basket has so often already is no step that is worth a word."""


def missing_amounts(basket: Snapshot, programme: Programme) -> list[int]:
    """What is missing of goods to each amount from which some rule gives more, in minor units, the least first."""
    goods = kept(basket).goods(with_tax=False)
    missing = {amount - goods for amount in _amounts(goods, basket.currency, programme) if amount > goods}
    return sorted(missing)


def _amounts(goods: int, currency: str, programme: Programme) -> Iterator[int]:
    sums: list[Sum | None] = [programme.referral.qualifies.minimum] if programme.referral else []
    for rule in programme.earn:
        sums.append(getattr(rule, "minimum", None))
        sums += [rung.at for rung in getattr(rule, "ladder", ())]
        per = getattr(rule, "per", None)
        step = programme.sum_in(per, currency) if isinstance(per, dict) else None
        if step and goods // step < MANY_TIMES:
            yield (goods // step + 1) * step
    for amount in sums:
        yield programme.sum_in(amount, currency) or 0
