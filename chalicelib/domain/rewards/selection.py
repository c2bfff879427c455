"""Which lines of an order a rule counts, with the labels of the catalogue.

Imports what was kept, the parts of rules and the sale.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.orders.facts import Line
from chalicelib.domain.orders.kept import Kept, KeptLine
from chalicelib.domain.programme.rules import Selector
from chalicelib.domain.programme.sale import Sale

NOTHING = Selector()
"""The selector that names no line."""


class Match(Struct, frozen=True):
    """A selector as sets: an order of many lines asks a selector of many articles about each of them."""

    skus: frozenset[str]
    products: frozenset[str]
    labels: frozenset[str]

    def has(self, line: Line) -> bool:
        """Whether it chooses the line."""
        return line.sku in self.skus or line.product in self.products or not self.labels.isdisjoint(line.labels)


@lru_cache(1024)
def match_of(selector: Selector) -> Match:
    """The selector as sets."""
    return Match(frozenset(selector.skus), frozenset(selector.products), frozenset(selector.labels()))


def chosen(kept: Kept, only: Selector, exclude: Selector = NOTHING) -> list[KeptLine]:
    """The kept lines that a selector names (an empty one: all of them), without those that another one excludes."""
    lines = list(kept.lines)
    if only != NOTHING:
        named = match_of(only)
        lines = [part for part in lines if named.has(part.line)]
    if exclude != NOTHING:
        excluded = match_of(exclude)
        lines = [part for part in lines if not excluded.has(part.line)]
    return lines


def labelled(kept: Kept, sale: Sale) -> Kept:
    """What was kept, each line with the labels that the programme's catalogue adds, where it has one."""
    skus, products = sale.programme.labels_by_product

    def with_labels(part: KeptLine) -> KeptLine:
        line = part.line
        more = (*skus.get(line.sku, ()), *products.get(line.product, ()))
        return replace(part, line=replace(line, labels=(*line.labels, *more))) if more else part

    return replace(kept, lines=tuple(map(with_labels, kept.lines)))
