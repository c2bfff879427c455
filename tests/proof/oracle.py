"""What an order earns, worked out a second time: from the shop's own knowledge, in other words than the domain's.

Uses neither `domain/orders/facts.py`'s arithmetic nor `domain/rewards/`; only the shapes of lines, refunds and
programmes. Covers percent rules with rates, fixed sums, minimum, cap, points by sum, piece and order, ladders whole and
by brackets, the multiplier of a level, campaigns, both ways to combine, and every rounding; what of an order was paid,
what went back, and that test orders earn nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor, prod
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.orders.facts import Dispute, Line, Refund, Snapshot
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.rewards.ladder import Ladder
from chalicelib.domain.rewards.points import Points

Money = tuple[int, int]
"""Net and tax, in minor units."""

SCALES = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}


def paid_state(newest: Snapshot, settled: Snapshot | None) -> Snapshot:
    """What earns of an order of which more, or less, is stated than was paid: line by line the lesser of both.

    `settled`: the newest snapshot that was paid or void, None where none was. What was cancelled after it was paid, and
    taken up again, is nothing until it is paid again.
    """
    if newest.paid or newest.void or settled is None:
        return newest
    if settled.void:
        return replace(newest, void=True)
    now = {line.id: line for line in newest.lines}
    both = [(line, now[line.id]) for line in settled.lines if line.id in now]
    lines = [
        replace(
            paid,
            quantity=min(paid.quantity, latest.quantity),
            net=min(paid.net, latest.net),
            tax=min(paid.tax, latest.tax),
            earns=paid.earns and latest.earns,
        )
        for paid, latest in both
    ]
    return replace(
        settled,
        void=newest.void,
        lines=tuple(lines),
        shipping_net=min(settled.shipping_net, newest.shipping_net),
        shipping_tax=min(settled.shipping_tax, newest.shipping_tax),
        fees=min(settled.fees, newest.fees),
    )


def rewards(
    order: Snapshot,
    refunds: dict[str, Refund],
    disputes: dict[str, Dispute],
    programme: Programme,
    level: str = "",
    campaigns: Sequence[str] = (),
) -> dict[str, int]:
    """What each rule and campaign gives for the order as it stands, by its id; nothing is left out but zeros.

    `level` and `campaigns` are what the order's terms say: who was held out, or not of the audience, is not of them.
    """
    if order.test or order.currency not in (programme.currency, *programme.currencies):
        return {}
    bought = Bought(order, *kept(order, refunds, disputes), at_their_price(order, refunds, disputes))
    bought.pieces = pieces(order, refunds, disputes)
    steps = [step for step in programme.levels.steps if step.id == level] if programme.levels else []
    factors = {rule: Fraction(factor) for step in steps for rule, factor in step.multiply.items()}
    earn = [rule for rule in programme.earn if not getattr(rule, "on", "")]
    worths = [_worth(rule, bought, programme) for rule in earn if rule.campaign in ("", *campaigns)]
    worths = [worth for worth in worths if worth.multiplied(factors.get(worth.rule, Fraction(1)), programme)]
    if programme.combine == "best":
        worths = _highest(worths, _with_campaigns(factors, campaigns, programme), programme)
    given = {worth.rule: worth.multiplied(factors.get(worth.rule, Fraction(1)), programme) for worth in worths}
    for campaign in programme.campaigns:
        if campaign.id not in campaigns:
            continue
        more = 0
        for worth in worths:
            before = factors.get(worth.rule, Fraction(1))
            factors[worth.rule] = before * Fraction(campaign.multiply.get(worth.rule, 1))
            more += worth.multiplied(factors[worth.rule], programme) - worth.multiplied(before, programme)
        given |= {campaign.id: more} if more else {}
    return given


def _with_campaigns(
    factors: dict[str, Fraction], campaigns: Sequence[str], programme: Programme
) -> dict[str, Fraction]:
    """By how much each rule is multiplied in all."""
    held = [campaign.multiply for campaign in programme.campaigns if campaign.id in campaigns]
    return {
        rule.id: factors.get(rule.id, Fraction(1)) * prod(Fraction(by.get(rule.id, 1)) for by in held)
        for rule in programme.earn
    }


class Bought(Struct):
    """An order: what was kept of its lines and of the shipping in money, the goods at their price, kept pieces."""

    order: Snapshot
    goods: list[Money]
    shipping: Money
    priced: Money
    pieces: list[int] = []


class Worth(Struct, frozen=True):
    """What a rule gives of an asset before anything multiplies it: exactly, and the most that it gives for an order."""

    rule: str
    asset: str
    exact: Fraction
    most: Fraction | None

    def multiplied(self, factor: Fraction, programme: Programme) -> int:
        """In whole minor units: money as the programme rounds it, all else in the shop's favour."""
        amount = self.exact * factor
        amount = amount if self.most is None else min(amount, self.most)
        return _rounded(amount, programme.rounding if self.asset in SCALES else "down")


def _highest(worths: list[Worth], factors: dict[str, Fraction], programme: Programme) -> list[Worth]:
    """Of each asset the rule that gives most, by its factor in all; of equals the one that the document names first."""
    best: dict[str, tuple[int, Worth]] = {}
    for worth in worths:
        amount = worth.multiplied(factors.get(worth.rule, Fraction(1)), programme)
        if worth.asset not in best or amount > best[worth.asset][0]:
            best[worth.asset] = amount, worth
    chosen = [worth for _, worth in best.values()]
    return [worth for worth in worths if worth in chosen]


def gift(order: Snapshot, refunds: dict[str, Refund], disputes: dict[str, Dispute], programme: Programme) -> int:
    """The welcome gift for the converting order: a percent of the goods without tax."""
    assert programme.referral
    assert programme.referral.welcome
    goods, _ = kept(order, refunds, disputes)
    base = sum(net for line, (net, _) in zip(order.lines, goods, strict=True) if line.earns)
    share = Fraction(programme.referral.welcome.percent or 0) * base / 100
    return _rounded(share, programme.rounding)


def kept(order: Snapshot, refunds: dict[str, Refund], disputes: dict[str, Dispute]) -> tuple[list[Money], Money]:
    """What the buyer kept and paid with money, line by line, and of the shipping."""
    parts = _left(order, refunds, disputes)
    whole, by_balance = _sum(_bought(order)), _taken_off(order)
    if by_balance and whole:
        parts = _without_money(parts, spread(_sum(parts), [by_balance, max(whole - by_balance, 0)])[0])
    return parts[: len(order.lines)], parts[-2]


def at_their_price(order: Snapshot, refunds: dict[str, Refund], disputes: dict[str, Dispute]) -> Money:
    """What the goods that the buyer kept cost, paid with money or with balance; a gift card is none of them."""
    parts, whole = _left(order, refunds, disputes), _sum(_bought(order))
    goods = [part for line, part in zip(order.lines, parts, strict=False) if line.earns]
    # A balance that shows as a discount has lowered the lines: of the kept part it is added again.
    shown = min(order.deduction, order.discounted)
    part = Fraction(_sum(parts), whole) if whole else Fraction(not order.void)
    able = [line for line in order.lines if line.earns]
    others = sum(line.net + line.tax for line in order.lines if not line.earns)
    of_lines = sum(line.net for line in able), sum(line.tax for line in able), others
    net, tax, _ = spread(_rounded(shown * part, "half_up"), of_lines)
    return sum(goods_net for goods_net, _ in goods) + net, sum(goods_tax for _, goods_tax in goods) + tax


def _bought(order: Snapshot) -> list[Money]:
    lines = [(line.net, line.tax) for line in order.lines]
    return [*lines, (order.shipping_net, order.shipping_tax), (order.fees, 0)]


def _taken_off(order: Snapshot) -> int:
    """What balance paid of the amounts that the order states: of an edited one that does not show it, its part."""
    now, paid_with = _sum(_bought(order)), order.deduction
    if order.paid_total > now and order.discounted < paid_with:
        paid_with = min(paid_with, _rounded(Fraction(paid_with * now, order.paid_total), "half_up"))
    return max(paid_with - order.discounted, 0)


def _left(order: Snapshot, refunds: dict[str, Refund], disputes: dict[str, Dispute]) -> list[Money]:
    """Lines, shipping and fees as they were kept, however they were paid."""
    bought = _bought(order)
    if order.void:
        return [(0, 0)] * len(bought)
    parts = [_without_returns(line, order, refunds) for line in order.lines]
    parts += [
        _without_shipping(order, refunds),
        _less((order.fees, 0), sum(refund.fees for refund in refunds.values())),
    ]
    # What was withheld of goods that came back is given for them first.
    back = sum(refund.amount for refund in refunds.values())
    back = max(back - sum(_withheld(refund, order) for refund in refunds.values()), 0)
    back += _charged_back(disputes, _sum(bought), _taken_off(order))
    once_paid = order.paid_total - _of_removed_lines(order, refunds)
    return _without_unnamed(bought, parts, back, once_paid, _not_of_the_edit(order, refunds, parts))


def parts_of(order: Snapshot) -> dict[str, int]:
    """What an order states of each line, of shipping and of fees, with tax."""
    lines = {f"/{line.id}": line.net + line.tax for line in order.lines}
    return {**lines, "+shipping": order.shipping_net + order.shipping_tax, "+fees": order.fees}


def once_paid(order: Snapshot, total: int, parts: Mapping[str, int]) -> Snapshot:
    """An order of which so much was paid once, in all and part by part."""
    now = parts_of(order)
    fallen = {part: price - now.get(part, 0) for part, price in parts.items() if price > now.get(part, 0)}
    return replace(order, paid_total=total, lowered=fallen)


def _not_of_the_edit(order: Snapshot, refunds: dict[str, Refund], parts: list[Money]) -> list[int]:
    """What refunds name of each part that no edit took out of it before: the buyer has brought that back."""
    if order.paid_total <= _sum(_bought(order)):
        return [0] * len(parts)
    sure = []
    for before, after, name in zip(_bought(order), parts, parts_of(order), strict=True):
        line = next((line for line in order.lines if f"/{line.id}" == name), None)
        named = max(sum(before) - sum(after), 0)
        beyond = _named_beyond(line, order, refunds) if line else 0
        is_its_price = named >= sum(before) and not beyond
        is_all = line and order.lowers_lines and is_its_price and _all_pieces_back(line, refunds)
        sure.append(min(named, max(named + beyond - (0 if is_all else order.lowered.get(name, 0)), 0)))
    return sure


def _withheld(refund: Refund, order: Snapshot) -> int:
    if not refund.unpaid:
        return refund.withheld
    taxes = 0 if order.tax_included else sum(line.tax or 0 for line in refund.lines)
    return taxes + sum(line.net or 0 for line in refund.lines) + refund.shipping + refund.shipping_net


def _of_removed_lines(order: Snapshot, refunds: dict[str, Refund]) -> int:
    """What went back by name for what an edit took out; pieces without a price are what the order lost."""
    remaining = {line.id for line in order.lines if line.quantity or line.net + line.tax > 0}
    gone = [line for refund in refunds.values() for line in refund.lines if line.line not in remaining]
    priced = sum(
        returned.net + (returned.tax or 0) * (not order.tax_included) for returned in gone if returned.net is not None
    )
    lost = order.paid_total - _sum(_bought(order)) if any(returned.net is None for returned in gone) else 0
    return max(priced, lost) + sum(_named_beyond(line, order, refunds) for line in order.lines if line.id in remaining)


def _named_beyond(line: Line, order: Snapshot, refunds: dict[str, Refund]) -> int:
    """By how much refunds that name a line have more than its price now, which was higher then."""
    price = line.net + line.tax
    own = [back for refund in refunds.values() for back in refund.lines if back.line == line.id]
    summed = sum(back.net + (back.tax or 0) * (not order.tax_included) for back in own if back.net is not None)
    pieces = min(sum(back.quantity for back in own if back.net is None), line.quantity)
    by_pieces = _rounded(Fraction(price * pieces, line.quantity), "half_up") if line.quantity else 0
    return max(summed + by_pieces - price, 0)


def _charged_back(disputes: dict[str, Dispute], whole: int, by_balance: int) -> int:
    """The bank's part of the money, as the same part of the whole order."""
    taken = sum(dispute.amount for dispute in disputes.values() if dispute.taken)
    money = whole - min(by_balance, whole)
    return _rounded(Fraction(taken * whole, money), "half_up") if money else taken


def _all_pieces_back(line: Line, refunds: dict[str, Refund]) -> bool:
    back = sum(row.quantity for refund in refunds.values() for row in refund.lines if row.line == line.id)
    return back > 0 and back >= line.quantity


def _without_unnamed(
    bought: list[Money], parts: list[Money], back: int, once_paid: int, sure: list[int]
) -> list[Money]:
    """Without the money that names nothing; where the order once cost more, that money may be the difference, and so
    may what is named, but for what is `sure` of each part.
    """
    now, rest = _sum(bought), _sum(parts)
    goal = max(rest - back, 0)
    if once_paid > now:
        goal = max(goal, min(now - sum(sure), once_paid - (now - rest) - back))
    if goal <= rest:
        return _without_money(parts, rest - goal)
    lost = [sum(before) - sum(after) for before, after in zip(bought, parts, strict=True)]
    again = spread(goal - rest, [gone - certain for gone, certain in zip(lost, sure, strict=True)])
    return [_less(before, gone - more) for before, gone, more in zip(bought, lost, again, strict=True)]


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """A total in whole units by weight; units that are left go to those who lost most, the first of equals first."""
    whole = sum(weights)
    if not whole:
        return [total, *[0] * (len(weights) - 1)]
    shares = [total * weight // whole for weight in weights]
    lost = [(total * weight % whole, -place) for place, weight in enumerate(weights)]
    for _, place in sorted(lost, reverse=True)[: total - sum(shares)]:
        shares[-place] += 1
    return shares


def _sum(parts: Sequence[Money]) -> int:
    return sum(net + tax for net, tax in parts)


def _without_returns(line: Line, order: Snapshot, refunds: dict[str, Refund]) -> Money:
    returns = [row for refund in refunds.values() for row in refund.lines if row.line == line.id]
    net = line.net - sum(
        returned.net - (returned.tax or 0) * order.tax_included for returned in returns if returned.net is not None
    )
    tax = line.tax - sum(returned.tax or 0 for returned in returns if returned.net is not None)
    pieces = min(sum(returned.quantity for returned in returns if returned.net is None), line.quantity)
    if pieces:
        shares = [line.quantity - pieces, pieces]
        net -= spread(line.net, shares)[1]
        tax -= spread(line.tax, shares)[1]
    if not order.tax_included:
        return max(net, 0), max(tax, 0)
    # Stated with tax, the sum is what counts: tax that is more than the line has comes off the goods.
    rest = max(net + tax, 0)
    goods = max(min(net, line.net, rest), 0)
    return goods, min(rest - goods, line.tax)


def _without_shipping(order: Snapshot, refunds: dict[str, Refund]) -> Money:
    whole = order.shipping_net + order.shipping_tax
    net = sum(refund.shipping_net for refund in refunds.values())
    if order.shipping_net and not order.tax_included:
        net = _rounded(Fraction(net * whole, order.shipping_net), "half_up")
    return _less((order.shipping_net, order.shipping_tax), net + sum(refund.shipping for refund in refunds.values()))


def _without_money(parts: Sequence[Money], amount: int) -> list[Money]:
    gross = [net + tax for net, tax in parts]
    shares = spread(min(amount, sum(gross)), gross)
    return [_less(part, share) for part, share in zip(parts, shares, strict=True)]


def _less(part: Money, gross: int) -> Money:
    net, tax = spread(max(sum(part) - gross, 0), part)
    return net, tax


def pieces(order: Snapshot, refunds: dict[str, Refund], disputes: dict[str, Dispute]) -> list[int]:
    """How many pieces of each line the buyer kept: they come back by line, or with all that the order or line cost.

    Nobody bought what was free, unless a balance that shows as a discount has made it so.
    """
    parts = _left(order, refunds, disputes)
    if order.void or (_sum(_bought(order)) > 0 and not _sum(parts)):
        return [0] * len(order.lines)
    counts = []
    for line, part in zip(order.lines, parts, strict=False):
        returns = [row for refund in refunds.values() for row in refund.lines if row.line == line.id]
        is_free = line.net + line.tax <= 0
        is_paid_back = bool(returns) and not is_free and not sum(part)
        is_given = is_free and not (order.deduction and order.discounted)
        counts.append(
            0 if is_paid_back or is_given else max(line.quantity - sum(returned.quantity for returned in returns), 0)
        )
    return counts


def is_live(order: Snapshot, refunds: dict[str, Refund], disputes: dict[str, Dispute]) -> bool:
    """Whether the buyer has kept any goods that cost something."""
    return not order.void and sum(at_their_price(order, refunds, disputes)) > 0


def _worth(rule: Any, bought: Bought, programme: Programme) -> Worth:
    """What a rule of any kind gives for what was kept."""
    currency, taxed = bought.order.currency, rule.base.tax
    minimum, worth = getattr(rule, "minimum", None), bought.priced[0] + bought.priced[1] * taxed
    if isinstance(rule, Points):
        exact, asset = _points(rule, bought, taxed), rule.of
        most = None if rule.cap is None else Fraction(rule.cap)
    elif isinstance(rule, Ladder):
        exact, most, asset = _ladder(rule, bought, taxed), None, currency
    else:
        exact, asset = _cashback(rule, bought, taxed), currency
        most = None if rule.cap is None else Fraction(_stated(rule.cap, currency, 0))
    if minimum is not None and not 0 <= _stated(minimum, currency, worth) <= worth:
        exact = Fraction(0)
    return Worth(rule.id, asset, exact, most)


def _earning(rule: Any, bought: Bought) -> list[tuple[Line, Money, int]]:
    """The lines that count for a rule, with what was kept of each and its pieces."""
    lines = zip(bought.order.lines, bought.goods, bought.pieces, strict=True)
    chosen = [(line, money, count) for line, money, count in lines if line.earns]
    if not isinstance(rule, Points | Ladder):
        return chosen
    wanted, unwanted = rule.match.categories, rule.exclude.categories
    chosen = [part for part in chosen if not wanted or _is_of(part[0], wanted)]
    return [part for part in chosen if not _is_of(part[0], unwanted)]


def _is_of(line: Line, categories: Sequence[str]) -> bool:
    return any(f"category:{name}" in line.labels for name in categories)


def _base(rule: Any, bought: Bought, taxed: bool) -> int:
    goods = sum(net + tax * taxed for _, (net, tax), _ in _earning(rule, bought))
    is_for_some = isinstance(rule, Points | Ladder) and bool(rule.match.categories)
    if not rule.base.shipping or (is_for_some and not goods):
        return goods
    return goods + bought.shipping[0] + bought.shipping[1] * taxed


def _points(rule: Points, bought: Bought, taxed: bool) -> Fraction:
    """So many for the order, for each piece, or for each full sum of all of it."""
    base = _base(rule, bought, taxed)
    if rule.per == "order":
        return Fraction(rule.give) * (base > 0)
    if rule.per == "piece":
        return Fraction(rule.give) * sum(count for _, _, count in _earning(rule, bought))
    step: int = _stated(rule.per, bought.order.currency, 0)
    return Fraction(rule.give) * (base // step if step and base > 0 else 0)


def _ladder(rule: Ladder, bought: Bought, taxed: bool) -> Fraction:
    """The highest rung alone; or each bracket's percent of what of the order lies in it."""
    base, currency = _base(rule, bought, taxed), bought.order.currency
    rungs = [(_stated(rung.at, currency, 0), rung) for rung in rule.ladder if currency in cast(Any, rung.at)]
    below = [(at, rung) for at, rung in rungs if at <= base and base > 0]
    if not below:
        return Fraction(0)
    if rule.count == "whole":
        rung = below[-1][1]
        if rung.percent is None:
            return Fraction(_stated(rung.amount, currency, 0))
        return Fraction(rung.percent) * base / 100
    total, above = Fraction(0), base
    for at, rung in reversed(below):
        total += Fraction(rung.percent or 0) * (above - at) / 100
        above = at
    return total


def _cashback(rule: Any, bought: Bought, taxed: bool) -> Fraction:
    earning = [(line, net + tax * taxed) for line, (net, tax), _ in _earning(rule, bought)]
    if rule.percent is None:
        return Fraction(_stated(rule.amount, bought.order.currency, 0) if _base(rule, bought, taxed) else 0)
    return sum((Fraction(_percent(rule, line)) * worth / 100 for line, worth in earning), Fraction(0))


def _percent(rule: Any, line: Line) -> Any:
    for rate in rule.rates:
        if any(f"category:{name}" in line.labels for name in rate.match.categories):
            return rate.percent
    return rule.percent


def _stated(amount: Any, currency: str, otherwise: int) -> int:
    """A sum of the document in minor units; where it is not stated for the currency, more than any `otherwise`."""
    if currency not in amount:
        return otherwise + 1 if otherwise else 0
    return int(Fraction(amount[currency]) * 10 ** SCALES[currency])


def _rounded(value: Fraction, rounding: str) -> int:
    if rounding == "down":
        return floor(value)
    if rounding == "half_even":
        return round(value)
    return floor(value + Fraction(1, 2))
