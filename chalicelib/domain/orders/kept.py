"""Computes the kept part of an order: lines and shipping less refunds, less what was paid with balance.

A pure function of a snapshot with its refunds, in minor units; the order of the refunds cannot matter. Imports money
and orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.orders.facts import FEES, LINE, SHIPPING, Line, RefundLine, Snapshot

RefundLines = Mapping[str, list[RefundLine]]
"""What refunds state of each line of an order, by the line's id."""


class KeptLine(Struct, frozen=True):
    """A line with the kept amount that was paid in money, and its kept pieces that had a price, however it was paid."""

    line: Line
    net: int
    tax: int
    pieces: int

    def base(self, with_tax: bool) -> int:
        """What it adds to what a rule gives something for, in minor units; nothing where it never earns."""
        if not self.line.earns:
            return 0
        return self.net + self.tax if with_tax else self.net


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
    """The kept part of an order: after its refunds and without what was paid with balance.

    `share`: which part of what the order states was kept, as goods and shipping; `balance_share`: which part of a
    balance that has paid for it stays spent, which an edit lowers too.
    `by_balance`: what balance paid of the goods that were kept. Goods are lines that can earn: a gift card is none.
    """

    lines: tuple[KeptLine, ...]
    shipping_net: int
    shipping_tax: int
    share: Fraction = Fraction(1)
    by_balance: Part = Part(0, 0)
    balance_share: Fraction = Fraction(1)

    def goods(self, with_tax: bool) -> int:
        """The kept worth of the goods that was paid in money, in minor units."""
        return sum([part.net + part.tax if with_tax else part.net for part in self.lines if part.line.earns])

    def shipping(self, with_tax: bool) -> int:
        """The kept shipping that was paid in money, in minor units."""
        return self.shipping_net + (self.shipping_tax if with_tax else 0)

    def goods_with_balance(self, with_tax: bool) -> int:
        """The kept worth of the goods, however it was paid, in minor units."""
        return self.goods(with_tax) + self.by_balance.net + (self.by_balance.tax if with_tax else 0)


def kept_of(order: Snapshot) -> Kept:
    """The kept part of an order, in money.

    Refunds of lines, shipping and fees are subtracted first, then refunds that name no line, allocated over the rest by
    largest remainder. Balance has paid the same share of the rest as of the whole order, so that a refund gives back
    the same balance whether it names lines or not.
    """
    if not (
        order.refunds
        or order.deduction
        or order.void
        or order.paid_total
        or order.paid_balance
        or any(line.net < 0 or line.tax < 0 for line in order.lines)
    ):
        # All of it. The general computation gives the same, and takes ten times as long.
        lines = [KeptLine(line, line.net, line.tax, line.quantity * (line.net + line.tax > 0)) for line in order.lines]
        return Kept(tuple(lines), order.shipping_net, order.shipping_tax)
    order = _with_balance(order)
    whole = [*(Part(line.net, line.tax) for line in order.lines), *_beside_goods(order)]
    refund_lines = _by_line(order)
    rest = [Part(0, 0)] * len(whole) if order.void else _less_refunds(order, whole, refund_lines)
    bought = _bought(order, _gross(whole))
    in_money = _less_balance(rest, _balance(order), bought)
    share = _share(order, _gross(rest), bought, refund_lines)
    goods = len(order.lines)
    is_all_gone = order.void or _gross(whole) > 0 >= _gross(rest)
    pieces = [0] * goods if is_all_gone else _pieces(order, rest[:goods], refund_lines)
    return Kept(
        share=share,
        lines=tuple(
            KeptLine(line, part.net, part.tax, count)
            for line, part, count in zip(order.lines, in_money, pieces, strict=False)
        ),
        shipping_net=in_money[goods].net,
        shipping_tax=in_money[goods].tax,
        by_balance=_by_balance(order, rest[:goods], in_money[:goods], share),
        balance_share=_balance_share(order, share),
    )


def refunds_of_unknown_lines(order: Snapshot) -> list[tuple[str, str]]:
    """The refunds, by name, of lines that the order does not have, each with the line's id: they take nothing.

    Empty where more was paid once: an edit took out what they name, perhaps.
    """
    if order.paid_total:
        return []
    known = {line.id for line in order.lines}
    pairs = ((name, line.line) for name, refund in order.refunds.items() for line in refund.lines)
    return [(name, line) for name, line in pairs if line not in known]


def left_of_balance(order: Snapshot, balance: int) -> int:
    """What an edit has left of a balance that paid for the whole order once, where nobody states it anew, in minor
    units: its part of the price, or what still shows as a discount.
    """
    if not order.total and "lines" not in order.silent:
        # Balance has paid for all of it: what an edit took out has no price of its own.
        return min(balance, order.discounted)
    part = money.round_fraction(balance * _edited_share(order), "half_up")
    return max(part, min(balance, order.discounted))


def _with_balance(order: Snapshot) -> Snapshot:
    """The order with what balance pays of it after an edit.

    A sender that shows the balance as a discount states that with each edit; of another one the payment may stand as it
    was when it was made.
    """
    once = order.paid_balance or order.deduction
    return replace(order, deduction=min(order.deduction, left_of_balance(order, once)), paid_balance=once)


def _shows_balance(order: Snapshot) -> bool:
    """Whether all that balance has paid shows as a discount."""
    return order.deduction <= order.discounted


def _edited_share(order: Snapshot) -> Fraction:
    """Which part of what was paid once the order still states."""
    price, once = max(_bought(order, order.total), 0), order.paid_total - order.unreceived
    return Fraction(price, once) if once > price else Fraction(1)


def _balance_share(order: Snapshot, share: Fraction) -> Fraction:
    """Which part of a balance that has paid for the order stays spent: what was kept of what was paid once.

    One fact told twice comes off once: a refund that names a lowered line, or a payment with balance that is stated
    anew without what came back of it.
    """
    kept_of_all = _edited_share(order) * share
    once = order.paid_balance
    if not once:
        return kept_of_all
    still_pays = Fraction(min(order.deduction, once), once)
    return still_pays * share if _shows_balance(order) else min(still_pays, kept_of_all)


def _balance(order: Snapshot) -> int:
    """The part of the stated amounts that was paid with balance: `discounted` is in the amounts already."""
    return max(order.deduction - order.discounted, 0)


def _bought(order: Snapshot, total: int) -> int:
    """The part of the total that was paid in any way; what an exchange swapped is in the total twice."""
    return total - order.unreceived if total > order.unreceived else total


def _beside_goods(order: Snapshot) -> tuple[Part, Part]:
    """The parts of an order beside its goods: shipping, fees."""
    return Part(order.shipping_net, order.shipping_tax), Part(order.fees, 0)


def _pieces(order: Snapshot, rest: list[Part], refund_lines: RefundLines) -> list[int]:
    """The kept pieces of each line. They come back by their line only, by number or with all of the line's money.

    What was free has none, unless balance that shows as a discount may have paid it.
    """
    is_covered = min(order.deduction, order.discounted) > 0
    counts = []
    for line, part in zip(order.lines, rest, strict=True):
        is_gone = line.id in refund_lines and not part.gross if _has_price(line) else not is_covered
        counts.append(0 if is_gone else _kept_pieces(order, line, refund_lines))
    return counts


def _kept_pieces(order: Snapshot, line: Line, refund_lines: RefundLines) -> int:
    """The pieces that are kept of a line: a refund may name those that an edit took out of it."""
    once = order.paid_pieces.get(line.id, line.quantity)
    return min(line.quantity, max(once - _returned_pieces(line, refund_lines), 0))


def _returned_pieces(line: Line, refund_lines: RefundLines) -> int:
    """The pieces of a line that refunds name."""
    return sum(refund.quantity for refund in refund_lines.get(line.id, ()))


def _has_price(line: Line) -> bool:
    return line.net + line.tax > 0


def _gross(parts: Iterable[Part]) -> int:
    return sum(part.gross for part in parts)


def _less_refunds(order: Snapshot, whole: list[Part], refund_lines: RefundLines) -> list[Part]:
    """The parts of an order less its refunds."""
    refunds = order.refunds.values()
    lines = (_less_lines(part, line, refund_lines, order) for part, line in zip(whole, order.lines, strict=False))
    fees = whole[-1].less(sum(refund.fees for refund in refunds))
    rest = [*lines, _less_shipping(whole[-2], order), fees]
    amount = _of_no_line(order, _gross(whole))
    if order.paid_total > _gross(whole):
        return _of_edited(order, whole, rest, refund_lines, amount)
    return _less_amount(rest, amount)


def _of_no_line(order: Snapshot, total: int) -> int:
    """The refunds that name no line, in terms of the order's price.

    A chargeback is of money only: its share of the money is taken of the whole order. Money that earlier refunds
    withheld for returned goods is paid first by such a refund, but for what the buyer had not paid or has swapped.
    """
    refunds = order.refunds.values()
    lowering = sum(refund.amount for refund in refunds if refund.lowers) - _withheld(order)
    paid_out = sum(refund.amount for refund in refunds if not (refund.money or refund.lowers)) - _owed(order)
    amount = max(lowering, 0) + max(paid_out + min(lowering, 0), 0)
    charged_back = sum(refund.amount for refund in refunds if refund.money)
    bought = _bought(order, total)
    in_money = bought - min(_balance(order), bought)
    return amount + (money.round_ratio(charged_back * bought, in_money, "half_up") if in_money > 0 else charged_back)


def _withheld(order: Snapshot) -> int:
    """The money that refunds withheld from the worth of what was returned, as a discrepancy of their own."""
    return sum(refund.withheld for refund in order.refunds.values())


def _owed(order: Snapshot) -> int:
    """The money that refunds without any payment left owing for what was returned, whoever has paid it since."""
    unpaid = sum(refund.worth(order.tax_included) for refund in order.refunds.values() if refund.unpaid)
    return max(unpaid - order.unreceived, 0)


def _of_edited(
    order: Snapshot, whole: list[Part], rest: list[Part], refund_lines: RefundLines, amount: int
) -> list[Part]:
    """The parts of an edited order less its refunds: these may be of the same money that the edit removed.

    At least the greatest paid total less all refunds is kept, at most what is stated less what certainly came back of
    it. What the order has lost beyond what is known of its parts (of one that was stored before parts were remembered:
    all of it) may have been of any of them.
    """
    lost = [max(before.gross - after.gross, 0) for before, after in zip(whole, rest, strict=True)]
    beside = [max(lost[-2] - order.lowered.get(SHIPPING, 0), 0), max(lost[-1] - order.lowered.get(FEES, 0), 0)]
    lines = zip(order.lines, lost, strict=False)
    certain = [*(_certain(order, line, gone, refund_lines) for line, gone in lines), *beside]
    unattributed = max(order.paid_total - _gross(whole) - sum(order.lowered.values()), 0)
    most = _gross(whole) - max(sum(certain) - unattributed, 0)
    least = order.paid_total - _of_parts(order, whole, rest, refund_lines) - amount
    worth = max(_gross(rest) - amount, min(most, least), 0)
    if worth <= _gross(rest):
        return _less_amount(rest, _gross(rest) - worth)
    uncertain = lost if unattributed else [gone - sure for gone, sure in zip(lost, certain, strict=True)]
    back = money.allocate(min(worth - _gross(rest), sum(lost)), uncertain)
    return [part.less(gone - more) for part, gone, more in zip(whole, lost, back, strict=True)]


def _certain(order: Snapshot, line: Line, lost: int, refund_lines: RefundLines) -> int:
    """What came back of a line that is no money of an edit's: what refunds name beyond what the edit has lowered it by;
    all of it where all of its pieces came back for just its price, if it is known how many it had.
    """
    is_all_back = (
        lost >= line.net + line.tax
        and _returned_pieces(line, refund_lines)
        and not _kept_pieces(order, line, refund_lines)
    )
    beyond = _beyond(order, line, refund_lines.get(line.id, []))
    if order.lowers_lines and is_all_back and not beyond:
        return lost
    return min(lost, max(lost + beyond - order.lowered.get(LINE + line.id, 0), 0))


def _of_parts(order: Snapshot, whole: list[Part], rest: list[Part], refund_lines: RefundLines) -> int:
    """The refunds of lines, shipping and fees; of what an edit removed of lines, or whole lines, too."""
    lines = {line.id for line in order.lines if line.quantity or _has_price(line)}
    removed = [line for refund in order.refunds.values() for line in refund.lines if line.line not in lines]
    returned_value = sum(line.worth(order.tax_included) for line in removed if line.net is not None)
    if any(line.net is None for line in removed):
        # Pieces of a removed line have no price any more; they are worth what the order lost.
        returned_value = max(returned_value, order.paid_total - _gross(whole))
    named = [line for line in order.lines if line.id in refund_lines.keys() & lines]
    beyond = sum(_beyond(order, line, refund_lines[line.id]) for line in named)
    return returned_value + beyond + _gross(whole) - _gross(rest)


def _beyond(order: Snapshot, line: Line, refunds: list[RefundLine]) -> int:
    """What refunds name of a line beyond what is stated of it, with tax: an edit has taken that out too."""
    price = line.net + line.tax
    pieces = sum(refund.quantity for refund in refunds if refund.net is None)
    pieces = min(pieces, order.paid_pieces.get(line.id, line.quantity))
    worth = money.round_ratio(price * pieces, line.quantity, "half_up") if line.quantity else 0
    for refund in refunds:
        if refund.net is not None:
            tax = _tax_of(refund.net, line, order) if refund.tax is None else refund.tax
            worth += refund.net + (0 if order.tax_included else tax)
    return max(worth - price, 0)


def _by_balance(order: Snapshot, rest: list[Part], in_money: list[Part], share: Fraction) -> Part:
    """The part of the kept goods that balance paid: subtracted here, or as a discount by the storefront before.

    A discount that a shopper has called balance is a discount: `order_payments.by_books` puts what our books know in
    its place.
    """
    parts = zip(order.lines, rest, in_money, strict=True)
    paid = [(before, after) for line, before, after in parts if line.earns]
    net = sum(before.net - after.net for before, after in paid)
    tax = sum(before.tax - after.tax for before, after in paid)
    shown = 0 if order.claimed else money.round_fraction(min(order.deduction, order.discounted) * share, "half_up")
    goods = [line for line in order.lines if line.earns]
    others = sum(line.net + line.tax for line in order.lines if not line.earns)
    weights = [sum(line.net for line in goods), sum(line.tax for line in goods), others]
    shown_net, shown_tax, _ = money.allocate(shown, weights)
    return Part(net + shown_net, tax + shown_tax)


def _share(order: Snapshot, kept: int, bought: int, refund_lines: RefundLines) -> Fraction:
    """The kept share of the order: by its price, or by its pieces where it cost nothing."""
    if order.void:
        return Fraction(0)
    if bought > 0:
        return Fraction(min(kept, bought), bought)
    pieces = sum(line.quantity for line in order.lines)
    kept_pieces = sum(_kept_pieces(order, line, refund_lines) for line in order.lines)
    return Fraction(kept_pieces, pieces) if pieces else Fraction(1)


def _by_line(order: Snapshot) -> RefundLines:
    """What the refunds of an order state of each line."""
    refund_lines: dict[str, list[RefundLine]] = {}
    for refund in order.refunds.values():
        for line in refund.lines:
            refund_lines.setdefault(line.line, []).append(line)
    return refund_lines


def _less_lines(part: Part, line: Line, refund_lines: RefundLines, order: Snapshot) -> Part:
    """A line less its refunds, by amount or by the share of its pieces."""
    net, tax, quantity = part.net, part.tax, 0
    for returned in refund_lines.get(line.id, ()):
        if returned.net is None:
            quantity += returned.quantity
            continue
        tax_back = _tax_of(returned.net, line, order) if returned.tax is None else returned.tax
        net -= returned.net - (tax_back if order.tax_included else 0)
        tax -= tax_back
    # Of a line of no pieces all stays, as of one of which none came back.
    pieces = [max(line.quantity - quantity, 0), min(quantity, line.quantity)]
    net -= line.net - money.allocate(line.net, pieces)[0]
    tax -= line.tax - money.allocate(line.tax, pieces)[0]
    if not order.tax_included:
        return Part(max(net, 0), max(tax, 0))
    # Where the tax is part of the amount, a refund of more tax than there is counts by its sum.
    gross = max(net + tax, 0)
    net = min(max(net, 0), part.net, gross)
    return Part(net, min(gross - net, part.tax))


def _tax_of(amount: int, line: Line, order: Snapshot) -> int:
    """The line's tax on an amount of it that came back, in minor units; the amount has it where the order's have."""
    whole = line.net + line.tax if order.tax_included else line.net
    return money.round_ratio(amount * line.tax, whole, "half_up") if whole > 0 else 0


def _less_shipping(part: Part, order: Snapshot) -> Part:
    """The shipping less its refunds; the tax of a net refund follows from the order's shipping."""
    refunds = order.refunds.values()
    net = sum(refund.shipping_net for refund in refunds)
    if part.net and not order.tax_included:
        net = money.round_ratio(net * part.gross, part.net, "half_up")
    return part.less(net + sum(refund.shipping for refund in refunds))


def _less_balance(parts: list[Part], balance: int, paid: int) -> list[Part]:
    """The parts less the share that was paid with balance, which is that of the whole order."""
    if not balance:
        return parts
    return _less_amount(parts, money.allocate(_gross(parts), [balance, max(paid - balance, 0)])[0])


def _less_amount(parts: list[Part], amount: int) -> list[Part]:
    """The parts less an amount, in proportion to their sizes."""
    have = [part.gross for part in parts]
    return list(map(Part.less, parts, money.allocate(min(amount, sum(have)), have)))
