"""An order of many lines costs as much a line as one of few: comparisons are counted, not time."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from chalicelib.domain.orders.facts import Line, Refund, RefundLine
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.document import Catalogue, Programme
from chalicelib.domain.programme.rules import Selector
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.rewards.cashback import Cashback, Rate
from chalicelib.domain.rewards.valuation import rewards
from tests.world.builders import ANNA, NOW, programme_of, snapshot

ARTICLES = 1000
"""What a rule, and the catalogue, name."""


class Name(str):
    """A name that counts how often names are compared or hashed."""

    __slots__ = ()
    uses = 0

    def __eq__(self, other: object) -> bool:
        Name.uses += 1
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        Name.uses += 1
        return super().__ne__(other)

    def __hash__(self) -> int:
        Name.uses += 1
        return super().__hash__()


@pytest.fixture(autouse=True)
def no_uses_yet() -> None:
    Name.uses = 0


def many_lines(count: int) -> tuple[Line, ...]:
    return tuple(Line(Name(number), Name(f"p{number}"), Name(f"s{number}"), 2, 200, 0) for number in range(count))


def refund_of(lines: tuple[Line, ...], quantity: int = 1) -> Refund:
    return Refund(lines=tuple(RefundLine(Name(line.id), quantity, None) for line in lines))


@pytest.mark.parametrize("price", [200, 0])
def test_a_line_is_compared_with_what_was_refunded_of_it_only(price: int) -> None:
    lines = tuple(Line(line.id, line.product, line.sku, 2, price, 0) for line in many_lines(2000))
    order = snapshot(*lines, refunds={"1": refund_of(lines), "2": refund_of(lines[:1000])})
    rest = kept_of(order)
    assert rest.goods(with_tax=True) == price // 2 * 1000
    assert Name.uses <= 4 * 5000


def selecting(articles: list[Name]) -> Programme:
    """Five rules and a catalogue that name articles: half of them by SKU, half by product."""
    half = len(articles) // 2
    skus, products = tuple(articles[:half]), tuple(articles[half:])
    rates = (Rate(Selector(skus=skus), Decimal(7)), Rate(Selector(tags=("new",)), Decimal(8)))
    rules = (Cashback(id=f"rule-{number}", percent=Decimal(5), rates=rates) for number in range(5))
    return replace(programme_of(), earn=tuple(rules), catalogue=(Catalogue(products=products, tags=("new",)),))


def test_a_line_is_looked_up_among_the_articles_that_a_programme_names() -> None:
    articles = [Name(f"s{number}") for number in range(ARTICLES // 2)]
    articles += [Name(f"p{number}") for number in range(ARTICLES // 2, ARTICLES)]
    sale = Sale("EUR", NOW, selecting(articles))
    dues = rewards(ANNA, kept_of(snapshot(*many_lines(2000))), sale)
    by_rate = 500 * 14 + 500 * 16 + 1000 * 10
    assert [due.amount for due in dues] == [by_rate] * 5
    assert Name.uses <= 10 * 5 * (2000 + ARTICLES)
