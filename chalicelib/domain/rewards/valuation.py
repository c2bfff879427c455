"""What an order is worth to its buyer: the rules of every kind, in one pipeline.

Each rule says exactly what it gives for what was kept; what follows is the same for all kinds: rounded once, given its
days, combined as the programme says. What is due in all comes back, not what to post: the difference to what was posted
before is the caller's, and so are limits (`limits.py`). A pure function of what was kept and of the sale; the audit
calls it too. Imports campaigns, what was kept, the parts of rules and transfers.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from chalicelib.domain.ledger.transfers import EARNS_NONE, UNDER_MINIMUM, Due, Posted
from chalicelib.domain.orders.kept import Kept
from chalicelib.domain.programme.rules import Base, Earned, Earning, RuleWorth
from chalicelib.domain.programme.sale import UNMULTIPLIED, Sale, lifetime, rate_text
from chalicelib.domain.rewards.campaigns import Valued, boosted, boosts
from chalicelib.domain.rewards.selection import labelled

RuleEarned = tuple[Earning, Earned]
"""A rule, and what it earns exactly."""


def rewards(buyer: str, kept: Kept, sale: Sale) -> list[Due]:
    """What every earning rule gives a buyer for what was kept of an order, before limits; the programme's order."""
    if sale.currency not in sale.programme.all_currencies:
        return []
    dues, zone = [], sale.programme.timezone
    for worth in combined(earned(kept, sale), sale):
        times = lifetime(worth.lasting, sale.at, sale.delivered_at, zone, sale.allowed_at)
        posted = Posted(buyer, worth.rule.id, worth.rule.account, worth.asset, *times, worth.amount)
        dues.append(Due(posted, worth.why))
    return dues


def earned(kept: Kept, sale: Sale) -> list[RuleEarned]:
    """What each rule gives exactly for what was kept of an order, before anything multiplies it."""
    kept = labelled(kept, sale) if sale.programme.catalogue else kept
    return [(rule, part) for rule in sale.earning if (part := rule.earned(kept, sale))]


def combined(parts: Iterable[RuleEarned], sale: Sale) -> list[RuleWorth]:
    """What rules give that earn these parts: multiplied, rounded, combined as the programme says, with the boosts of
    campaigns.
    """
    valued = []
    for rule, part in parts:
        factor = sale.factor(rule.id) if sale.level else UNMULTIPLIED
        amount, is_capped = sale.amount_of(part, factor)
        if not amount:
            continue
        why = replace(part.why, limit="order") if is_capped else part.why
        if factor != UNMULTIPLIED:
            why = replace(why, factor=f"{rate_text(sale.multipliers[rule.id])} {sale.level}")
        valued.append(Valued(RuleWorth(rule, rule, part.asset, amount, why), part, factor))
    valued = valued if sale.programme.combine == "sum" else _best(valued, sale)
    plain = [value.worth for value in valued]
    return [*plain, *boosts(valued, sale)] if sale.campaigns else plain


def ended(kept: Kept, sale: Sale) -> dict[str, str]:
    """Why rules give nothing for what was kept of an order, goods among it: notes by the rule's id. Where only the best
    rule counts, one that gives nothing is not explained: another one may give more.
    """
    if sale.programme.combine == "best" or not kept.goods_with_balance(with_tax=True):
        return {}
    earning = {worth.rule.id for worth in combined(earned(kept, sale), sale)}
    notes = {}
    for rule in sale.earning:
        if rule.id not in earning:
            minimum, base = getattr(rule, "minimum", None), getattr(rule, "base", Base())
            is_under = sale.sum_of(minimum) is not None and not sale.reaches(minimum, kept, base.tax)
            notes[rule.id] = UNDER_MINIMUM if is_under else EARNS_NONE
    return notes


def _best(valued: list[Valued], sale: Sale) -> list[Valued]:
    """The highest reward of each asset, with what campaigns add to it, of equal ones the first: what is given in
    different assets is not compared.
    """
    best: dict[str, tuple[int, Valued]] = {}
    for part in valued:
        asset, amount = part.worth.asset, boosted(part, sale)
        if asset not in best or amount > best[asset][0]:
            best[asset] = amount, part
    return [part for _, part in best.values()]
