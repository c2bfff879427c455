"""What an order is worth to its buyer: the rules of every kind, in one pipeline.

Each rule says exactly what it gives for what was kept; what follows is the same for all kinds: rounded once, given its
days, combined as the programme says. What is due in all comes back, not what to post: the difference to what was posted
before is the caller's, and so are limits (`limits.py`). A pure function of what was kept and of the sale; the audit
calls it too. Imports money, what was kept, the parts of rules and transfers.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.ledger.transfers import Due, Posted
from chalicelib.domain.orders.facts import Line
from chalicelib.domain.orders.kept import Kept
from chalicelib.domain.programme.rules import Earning
from chalicelib.domain.programme.sale import Sale, labels_by_product


def rewards(buyer: str, kept: Kept, sale: Sale) -> list[Due]:
    """What every earning rule gives a buyer for what was kept of an order, before limits; the programme's order."""
    if not sale.programme.rewards(sale.currency):
        return []
    kept = _labelled(kept, sale)
    dues = [due for rule in sale.rules if (due := _due(buyer, rule, kept, sale))]
    return dues if sale.programme.combine == "sum" else _best(dues)


def _due(buyer: str, rule: Earning, kept: Kept, sale: Sale) -> Due | None:
    """What a rule gives, rounded and with its days; None where nothing is left of it."""
    earned = rule.earned(kept, sale)
    if earned is None:
        return None
    amount = sale.rounded(earned.millionths, earned.asset)
    if not amount:
        return None
    vests_at, expires_at = sale.lifetime(rule)
    return Due(Posted(buyer, rule.id, rule.account, earned.asset, vests_at, expires_at, amount), earned.why)


def _best(dues: list[Due]) -> list[Due]:
    """The highest reward of each asset, of equal ones the first: what is given in different assets is not compared."""
    best: dict[str, Due] = {}
    for due in dues:
        asset = due.posted.asset
        if asset not in best or due.amount > best[asset].amount:
            best[asset] = due
    return list(best.values())


def _labelled(kept: Kept, sale: Sale) -> Kept:
    """What was kept, each line with the labels that the programme's catalogue adds."""
    if not sale.programme.catalogue:
        return kept
    skus, products = labels_by_product(sale.programme)

    def labelled(line: Line) -> Line:
        more = (*skus.get(line.sku, ()), *products.get(line.product, ()))
        return replace(line, labels=(*line.labels, *more))

    return replace(kept, lines=tuple(replace(part, line=labelled(part.line)) for part in kept.lines))
