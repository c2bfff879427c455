"""What a programme costs in a period: what customers were given at its worth, beside the goods that they kept.

Imports outstanding, days and the document.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.reports.days import PeriodReport
from chalicelib.domain.reports.outstanding import own_worth

GIVING = {"given": 1, "taken_back": -1, "added": 1, "removed": -1}
"""The flows that make up what was given, by rules and by hand, and how they count."""

SPENDING = {"redeemed": 1, "given_back": -1}
"""The flows that make up what was redeemed, and how they count."""


class PeriodCost(Struct, frozen=True):
    """What was given, redeemed and bought in a period, in minor units of the programme's currency; `unpriced`: assets
    that moved and have no price in it, which do not count.
    """

    given: int
    redeemed: int
    goods: int
    unpriced: tuple[str, ...] = ()


def cost_of(period: PeriodReport, programme: Programme) -> PeriodCost:
    """What a period cost, assets at their worth in the version of the programme that is passed."""
    own = money.asset_of(programme.currency)
    moved = dict.fromkeys(flow.asset for flow in period.flows if flow.what in GIVING or flow.what in SPENDING)
    unpriced = tuple(asset for asset in moved if own_worth(0, asset, programme) is None)
    given = sum(_net_worth(period, GIVING, asset, programme) for asset in moved)
    redeemed = sum(_net_worth(period, SPENDING, asset, programme) for asset in moved)
    return PeriodCost(given, redeemed, period.goods.get(own, 0), unpriced)


def _net_worth(period: PeriodReport, signs: dict[str, int], asset: str, programme: Programme) -> int:
    """What the flows of an asset come to, at its worth; below 0 where more was taken back, 0 without a price."""
    net = sum(sign * period.amount(what, asset) for what, sign in signs.items())
    gain, loss = own_worth(max(net, 0), asset, programme), own_worth(max(-net, 0), asset, programme)
    return (gain or 0) - (loss or 0)
