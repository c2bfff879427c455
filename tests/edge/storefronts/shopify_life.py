"""The life of a Shopify order with the accounts that Shopify keeps of it, and what its buyer has kept in the end.

An account of the shop's side, made independently of how the adapter and the domain read it: an order has a price now,
money received and money given back, and `total_outstanding` is the price less both. Amounts are integers in cents.
Sources: shopify.dev, Order.totalOutstandingSet, Refund and its order adjustments.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random

from msgspec import Struct

from tests.edge.storefronts.stories import at
from tests.world.senders import Json, shopify_line, shopify_order, shopify_refund, shopify_transaction

STEPS = (
    "pay",
    "return paid",
    "return paid",
    "return unpaid",
    "add",
    "pay out",
    "lower",
    "give shipping back",
    "exchange",
)


def text(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def in_euros(cents: int) -> Json:
    return {"shop_money": {"amount": text(cents), "currency_code": "EUR"}}


class Goods(Struct):
    """One line: `worth` is what all its pieces cost after the discount, as the shop states prices."""

    number: int
    price: int
    pieces: int
    discount: int
    kept: int

    @property
    def worth(self) -> int:
        return self.price * self.pieces - self.discount


class Life:
    """An order that lives by a source of randomness; `deliveries` are its webhooks so far, in their order."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.tax_included, self.tax_rate = random.random() < 0.5, random.choice([Fraction(0), Fraction(1, 5)])
        self.shipping = random.choice([0, 0, 500, 990])
        self.lines: list[Goods] = []
        self.refunds: list[Json] = []
        self.received = self.returned = self.lowered = self.withheld = self.shipping_back = 0
        self.deliveries: list[tuple[str, Json]] = []
        for _ in range(random.randint(1, 3)):
            self.add()
        self.tell("orders/create")

    def tax(self, worth: int) -> int:
        return round(worth * self.tax_rate / (1 + self.tax_rate if self.tax_included else 1))

    def share(self, line: Goods, pieces: int) -> tuple[int, int]:
        """What so many pieces of a line cost, as its price is stated, and the tax on or in it."""
        return line.worth * pieces // line.pieces, self.tax(line.worth) * pieces // line.pieces

    def gross(self, worth: int, tax: int) -> int:
        return worth if self.tax_included else worth + tax

    def goods(self) -> int:
        return sum(self.gross(*self.share(line, line.kept)) for line in self.lines)

    def shipping_left(self) -> int:
        return self.gross(self.shipping, self.tax(self.shipping)) - self.shipping_back

    def price(self) -> int:
        return self.goods() + self.shipping_left() - self.lowered + self.withheld

    def outstanding(self) -> int:
        return self.price() - (self.received - self.returned)

    def status(self) -> str:
        if not self.received:
            return "pending"
        if self.returned:
            return "refunded" if self.returned == self.received and not self.price() else "partially_refunded"
        return "partially_paid" if self.outstanding() > 0 else "paid"

    def body(self) -> Json:
        lines = [
            shopify_line(
                line.number,
                text(line.price),
                line.pieces,
                current_quantity=line.kept,
                discount_allocations=[{"amount": text(line.discount)}] if line.discount else [],
                tax_lines=[{"price": text(self.tax(line.worth))}],
            )
            for line in self.lines
        ]
        shipping = {"price": text(self.shipping), "tax_lines": [{"price": text(self.tax(self.shipping))}]}
        return shopify_order(
            updated_at=at(len(self.deliveries)),
            financial_status=self.status(),
            taxes_included=self.tax_included,
            total_outstanding=text(self.outstanding()),
            current_total_price=text(self.price()),
            line_items=lines,
            shipping_lines=[shipping] if self.shipping else [],
            refunds=list(self.refunds),
        )

    def tell(self, topic: str = "orders/updated") -> None:
        self.deliveries.append((topic, self.body()))

    def refund(self, given_back: int, lines: tuple[Json, ...] = (), adjustments: tuple[Json, ...] = ()) -> None:
        self.returned += given_back
        paid = [shopify_transaction(text(given_back))] if given_back else []
        body = shopify_refund(
            len(self.refunds),
            refund_line_items=[*lines],
            order_adjustments=[*adjustments],
            transactions=paid,
        )
        self.refunds.append(body)
        self.deliveries.append(("refunds/create", body))

    def add(self) -> None:
        price, pieces = self.random.choice([100, 999, 3333, 10_000]), self.random.randint(1, 3)
        discount = self.random.choice([0, 0, price * pieces // 3])
        self.lines.append(Goods(len(self.lines) + 1, price, pieces, discount, pieces))

    def take_back(self, *, paid: bool) -> None:
        line = self.random.choice([line for line in self.lines if line.kept])
        pieces = self.random.randint(1, line.kept)
        before, after = self.share(line, line.kept), self.share(line, line.kept - pieces)
        line.kept -= pieces
        worth, tax = before[0] - after[0], before[1] - after[1]
        back = {"line_item_id": line.number, "quantity": pieces, "subtotal": text(worth), "total_tax": text(tax)}
        # Nothing later in such a life could be told from money that pays for what was withheld.
        fee = min(self.gross(worth, tax), 50) if paid and not self.lowered and self.random.random() < 0.2 else 0
        self.withheld += fee
        given_back = self.gross(worth, tax) - fee if paid else 0
        self.refund(given_back, (back,), (discrepancy(fee),) if fee else ())

    def step(self, kind: str) -> None:
        """One thing that can happen to the order now; nothing otherwise."""
        owing = self.outstanding()
        settled = self.received > 0 and owing == 0
        kept_pieces = any(line.kept for line in self.lines)
        possible = {
            "pay": owing > 0,
            "add": self.received > 0,
            "pay out": owing < 0,
            "return paid": settled and kept_pieces,
            "return unpaid": kept_pieces and owing <= 0 < self.received,
            "lower": settled and self.price() > 100 and not self.withheld,
            "give shipping back": settled and self.price() > self.shipping_left() > 0,
            "exchange": settled and kept_pieces,
        }
        if possible[kind]:
            getattr(self, kind.replace(" ", "_"))()
            self.tell()

    def pay(self) -> None:
        self.received += self.outstanding()

    def pay_out(self) -> None:
        self.refund(-self.outstanding())

    def return_paid(self) -> None:
        self.take_back(paid=True)

    def return_unpaid(self) -> None:
        self.take_back(paid=False)

    def exchange(self) -> None:
        self.take_back(paid=False)
        self.add()

    def lower(self) -> None:
        amount = self.random.randint(1, self.price() - 1)
        self.lowered += amount
        self.refund(amount, adjustments=(discrepancy(-amount),))

    def give_shipping_back(self) -> None:
        back, tax = self.shipping_left(), 0 if self.tax_included else self.tax(self.shipping)
        self.shipping_back += back
        adjustment = {"kind": "shipping_refund", "amount": text(tax - back), "tax_amount": text(-tax)}
        self.refund(back, adjustments=(adjustment,))

    def live(self) -> None:
        for _ in range(self.random.randint(2, 8)):
            self.step(self.random.choice(STEPS))
        self.step("pay")

    def kept(self) -> Fraction:
        """What the buyer has kept of goods without tax; what lowered the price is spread over all that is left."""
        net = sum(
            worth - (tax if self.tax_included else 0)
            for worth, tax in (self.share(line, line.kept) for line in self.lines)
        )
        rest = self.goods() + self.shipping_left()
        return Fraction(net) * max(rest - self.lowered, 0) / rest if rest and self.received else Fraction(0)


def discrepancy(cents: int) -> Json:
    return {"kind": "refund_discrepancy", "amount": text(cents), "amount_set": in_euros(cents), "tax_amount": "0.00"}
