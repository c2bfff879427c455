"""What a buyer kept of an order and paid in money: lines and shipping less refunds, less what was paid with balance.

A pure function of a snapshot with its refunds, in minor units; the order of the refunds cannot matter. Imports money
and orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.orders.facts import Line, Refund, RefundLine, Snapshot


class KeptLine(Struct, frozen=True):
    """A line and what the buyer kept and paid of it, in money."""

    line: Line
    net: int
    tax: int


class Part(Struct, frozen=True):
    """A line's or the shipping's amount, split into net and tax."""

    net: int
    tax: int

    @property
    def gross(self) -> int:
        """Net and tax together."""
        return self.net + self.tax

    def less(self, gross: int) -> Part:
        """The part after taking `gross` off it, never below zero; net and tax shrink alike."""
        rest = max(self.gross - gross, 0)
        net, tax = money.allocate(rest, [self.net, self.tax])
        return Part(net, tax)


class Kept(Struct, frozen=True):
    """What is left of an order after its refunds and after what was paid with balance.

    `share`: which part of the order was kept, as goods and shipping; that part of a balance spent on it stays spent.
    `by_balance`: what balance paid of the goods that were kept.
    """

    lines: tuple[KeptLine, ...]
    shipping_net: int
    shipping_tax: int
    share: Fraction = Fraction(1)
    by_balance: Part = Part(0, 0)

    def goods(self, with_tax: bool) -> int:
        """The kept worth of all lines that was paid in money, in minor units."""
        return sum(part.net + (part.tax if with_tax else 0) for part in self.lines)

    def shipping(self, with_tax: bool) -> int:
        """The kept shipping that was paid in money, in minor units."""
        return self.shipping_net + (self.shipping_tax if with_tax else 0)

    def goods_with_balance(self, with_tax: bool) -> int:
        """The kept worth of all lines, however it was paid, in minor units."""
        return self.goods(with_tax) + self.by_balance.net + (self.by_balance.tax if with_tax else 0)


def kept(order: Snapshot) -> Kept:
    """What was really kept, in money.

    What was returned (lines, shipping, fees) comes off first, then the money given back for nothing in particular,
    spread over what is left by largest remainder. Of the rest balance has paid the same share as of the whole order, so
    that a refund gives back the same balance whether it names lines or not.
    """
    if not (order.refunds or order.deduction or order.void or _below_zero(order)):
        return _all_of_it(order)
    whole = [*(Part(line.net, line.tax) for line in order.lines), *_beside_goods(order)]
    rest = [Part(0, 0)] * len(whole) if order.void else _less_refunds(order, whole)
    in_money = _less_balance(rest, _balance(order), _gross(whole))
    share = _share(order, _gross(rest), _gross(whole))
    goods = len(order.lines)
    return Kept(
        share=share,
        lines=tuple(KeptLine(line, part.net, part.tax) for line, part in zip(order.lines, in_money, strict=False)),
        shipping_net=in_money[goods].net,
        shipping_tax=in_money[goods].tax,
        by_balance=_by_balance(order, rest[:goods], in_money[:goods], share),
    )


def _balance(order: Snapshot) -> int:
    """What was paid with balance of the amounts that are stated: discounts show a part of it already."""
    return max(order.deduction - order.discounted, 0)


def _beside_goods(order: Snapshot) -> tuple[Part, Part]:
    """Shipping and fees."""
    return Part(order.shipping_net, order.shipping_tax), Part(order.fees, 0)


def _all_of_it(order: Snapshot) -> Kept:
    """Most orders never lose anything: the general way comes to the same, and takes ten times as long."""
    lines = tuple([KeptLine(line, line.net, line.tax) for line in order.lines])
    return Kept(lines, order.shipping_net, order.shipping_tax)


def _below_zero(order: Snapshot) -> bool:
    return any(line.net < 0 or line.tax < 0 for line in order.lines)


def _gross(parts: Iterable[Part]) -> int:
    return sum(part.gross for part in parts)


def _less_refunds(order: Snapshot, whole: list[Part]) -> list[Part]:
    """The parts of an order without what was refunded of them."""
    refunds = order.refunds.values()
    named = _by_line(order)
    lines = (_less_lines(part, line, named, order) for part, line in zip(whole, order.lines, strict=False))
    fees = whole[-1].less(sum(refund.fees for refund in refunds))
    rest = [*lines, _less_shipping(whole[-2], order), fees]
    amount = _unnamed(order, _gross(whole))
    worth = max(_gross(rest) - amount, _least_kept(order, whole, rest, amount), 0)
    if worth > _gross(rest):
        return _restored(whole, rest, worth - _gross(rest))
    return _less_amount(rest, _gross(rest) - worth)


def _unnamed(order: Snapshot, whole: int) -> int:
    """What went back for nothing in particular, of the order's price.

    A bank takes back money only: of what was paid so, the share that it takes is taken of the whole order. Money that
    was withheld for goods that came back is given for them when it is given.
    """
    refunds = order.refunds.values()
    stated = sum(refund.amount for refund in refunds if not refund.money)
    amount = max(stated - sum(_withheld(refund, order) for refund in refunds), 0)
    charged_back = sum(refund.amount for refund in refunds if refund.money)
    in_money = whole - min(_balance(order), whole)
    return amount + (money.round_ratio(charged_back * whole, in_money, "half_up") if in_money > 0 else charged_back)


def _withheld(refund: Refund, order: Snapshot) -> int:
    """The money that a refund did not give for what came back."""
    if not refund.unpaid:
        return refund.withheld
    lines = sum((line.net or 0) + (0 if order.tax_included else line.tax) for line in refund.lines)
    return lines + refund.shipping + refund.shipping_net


def _least_kept(order: Snapshot, whole: list[Part], rest: list[Part], amount: int) -> int:
    """What the buyer has kept at least where an edit took something out: what was paid once less all that went back.

    A refund may speak of the very money that the edit took out. No more is kept than is stated now.
    """
    if order.paid_total <= _gross(whole):
        return 0
    return min(_gross(whole), order.paid_total - _named(order, whole, rest) - amount)


def _named(order: Snapshot, whole: list[Part], rest: list[Part]) -> int:
    """What went back for lines, shipping and fees; for lines that an edit took away, too."""
    lines = {line.id for line in order.lines}
    gone = [line for refund in order.refunds.values() for line in refund.lines if line.line not in lines]
    stated = sum(line.net + (0 if order.tax_included else line.tax) for line in gone if line.net is not None)
    if any(line.net is None for line in gone):
        # Pieces of a line that is gone have no price any more; they are what the order lost.
        stated = max(stated, order.paid_total - _gross(whole))
    return stated + _gross(whole) - _gross(rest)


def _restored(whole: list[Part], rest: list[Part], amount: int) -> list[Part]:
    """The parts after giving an amount back to those that refunds have lowered, in proportion to what they lost."""
    lost = [max(before.gross - after.gross, 0) for before, after in zip(whole, rest, strict=True)]
    back = money.allocate(min(amount, sum(lost)), lost)
    return [part.less(gone - more) for part, gone, more in zip(whole, lost, back, strict=True)]


def _by_balance(order: Snapshot, rest: list[Part], in_money: list[Part], share: Fraction) -> Part:
    """What balance paid of the kept goods: taken off here, or as a discount by the storefront before.

    A discount that a shopper has called balance is a discount: `paying.by_books` puts what our books know in its place.
    """
    net = sum(part.net for part in rest) - sum(part.net for part in in_money)
    tax = sum(part.tax for part in rest) - sum(part.tax for part in in_money)
    shown = 0 if order.claimed else money.round_fraction(min(order.deduction, order.discounted) * share, "half_up")
    if not shown:
        return Part(net, tax)
    lines = [sum(line.net for line in order.lines), sum(line.tax for line in order.lines)]
    shown_net, shown_tax = money.allocate(shown, lines if any(lines) else [1, 0])
    return Part(net + shown_net, tax + shown_tax)


def _share(order: Snapshot, rest: int, whole: int) -> Fraction:
    """The part of the order that was kept: by what it cost, or by its pieces where it cost nothing."""
    if order.void:
        return Fraction(0)
    if whole > 0:
        return Fraction(rest, whole)
    named = _by_line(order)
    pieces = sum(line.quantity for line in order.lines)
    back = (sum(returned.quantity for returned in named.get(line.id, ())) for line in order.lines)
    gone = sum(min(count, line.quantity) for count, line in zip(back, order.lines, strict=True))
    return Fraction(pieces - gone, pieces) if pieces else Fraction(1)


def _by_line(order: Snapshot) -> dict[str, list[RefundLine]]:
    """What was refunded of each line, by its id."""
    named: dict[str, list[RefundLine]] = {}
    for refund in order.refunds.values():
        for line in refund.lines:
            named.setdefault(line.line, []).append(line)
    return named


def _less_lines(part: Part, line: Line, named: Mapping[str, list[RefundLine]], order: Snapshot) -> Part:
    """A line without what was refunded of it, by amount or by its pieces' share."""
    net, tax, quantity = part.net, part.tax, 0
    for returned in named.get(line.id, ()):
        if returned.net is None:
            quantity += returned.quantity
            continue
        net -= returned.net - (returned.tax if order.tax_included else 0)
        tax -= returned.tax
    if quantity and line.quantity:
        pieces = [max(line.quantity - quantity, 0), min(quantity, line.quantity)]
        net -= line.net - money.allocate(line.net, pieces)[0]
        tax -= line.tax - money.allocate(line.tax, pieces)[0]
    if not order.tax_included:
        return Part(max(net, 0), max(tax, 0))
    # Where the tax is part of the amount, more tax than there is was no tax: the sum is what went back.
    gross = max(net + tax, 0)
    net = min(max(net, 0), part.net, gross)
    return Part(net, min(gross - net, part.tax))


def _less_shipping(part: Part, order: Snapshot) -> Part:
    """The shipping without what was refunded of it; the tax of a net amount follows from the order's shipping."""
    refunds = order.refunds.values()
    net = sum(refund.shipping_net for refund in refunds)
    if part.net and not order.tax_included:
        net = money.round_ratio(net * part.gross, part.net, "half_up")
    return part.less(net + sum(refund.shipping for refund in refunds))


def _less_balance(parts: list[Part], balance: int, paid: int) -> list[Part]:
    """Without the share that was paid with balance: of what is left as of the whole."""
    if not balance or not paid:
        return parts
    return _less_amount(parts, money.allocate(_gross(parts), [balance, max(paid - balance, 0)])[0])


def _less_amount(parts: list[Part], amount: int) -> list[Part]:
    """The parts without an amount, in proportion to what each has."""
    have = [part.gross for part in parts]
    shares = money.allocate(min(amount, sum(have)), have)
    return [part.less(share) for part, share in zip(parts, shares, strict=True)]
