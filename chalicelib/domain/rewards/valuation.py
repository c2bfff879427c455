"""What an order is worth to its buyer: the rules of every kind, in one pipeline.

Each rule says exactly what it gives for what was kept; what follows is the same for all kinds: rounded once, given its
days, combined as the programme says. What is due in all comes back, not what to post: the difference to what was posted
before is the caller's, and so are limits (`limits.py`). A pure function of what was kept and of the sale; the audit
calls it too. Imports money, what was kept, the parts of rules and transfers.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.ledger.transfers import Due, Posted, Why
from chalicelib.domain.orders.facts import Line
from chalicelib.domain.orders.kept import Kept, KeptLine
from chalicelib.domain.programme.rules import Earning
from chalicelib.domain.programme.sale import Sale, labels_by_product


class Worth(Struct, frozen=True):
    """What a rule gives for an order, in whole minor units of an asset, before limits; and why."""

    rule: Earning
    asset: str
    amount: int
    why: Why


def rewards(buyer: str, kept: Kept, sale: Sale) -> list[Due]:
    """What every earning rule gives a buyer for what was kept of an order, before limits; the programme's order."""
    return [_due(buyer, worth, sale) for worth in worths(kept, sale)]


def worths(kept: Kept, sale: Sale) -> list[Worth]:
    """The same without a buyer and without days: what each rule gives, combined as the programme says."""
    if not sale.programme.rewards(sale.currency):
        return []
    kept = _labelled(kept, sale)
    given = [worth for rule in sale.programme.earn if (worth := _worth(rule, kept, sale))]
    return given if sale.programme.combine == "sum" else _best(given)


def _worth(rule: Earning, kept: Kept, sale: Sale) -> Worth | None:
    """What a rule gives, rounded; None where nothing is left of it."""
    earned = rule.earned(kept, sale)
    if earned is None:
        return None
    amount = sale.rounded(earned.millionths)
    return Worth(rule, earned.asset, amount, earned.why) if amount else None


def _due(buyer: str, worth: Worth, sale: Sale) -> Due:
    """What a rule gives, as due to a buyer's lot with its days."""
    rule, times = worth.rule, sale.lifetime(worth.rule)
    return Due(Posted(buyer, rule.id, rule.account, worth.asset, *times, worth.amount), worth.why)


def _best(given: list[Worth]) -> list[Worth]:
    """The highest reward of each asset, of equal ones the first: what is given in different assets is not compared."""
    best: dict[str, Worth] = {}
    for worth in given:
        if worth.asset not in best or worth.amount > best[worth.asset].amount:
            best[worth.asset] = worth
    return list(best.values())


def _labelled(kept: Kept, sale: Sale) -> Kept:
    """What was kept, each line with the labels that the programme's catalogue adds."""
    if not sale.programme.catalogue:
        return kept
    skus, products = labels_by_product(sale.programme)

    def labelled(line: Line) -> Line:
        more = (*skus.get(line.sku, ()), *products.get(line.product, ()))
        return replace(line, labels=(*line.labels, *more))

    return replace(kept, lines=tuple(KeptLine(labelled(part.line), part.net, part.tax) for part in kept.lines))
