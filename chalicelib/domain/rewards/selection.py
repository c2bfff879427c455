"""Which lines of an order a rule counts, and the base that they make.

Imports what was kept, and the parts of rules.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.orders.facts import Line
from chalicelib.domain.orders.kept import KeptLine
from chalicelib.domain.programme.rules import Selector


class Match(Struct, frozen=True):
    """A selector as sets: an order of many lines asks a selector of many articles about each of them."""

    skus: frozenset[str]
    products: frozenset[str]
    labels: frozenset[str]

    def has(self, line: Line) -> bool:
        """Whether it chooses the line."""
        return line.sku in self.skus or line.product in self.products or not self.labels.isdisjoint(line.labels)


def match_of(selector: Selector) -> Match:
    """The selector as sets."""
    return Match(frozenset(selector.skus), frozenset(selector.products), frozenset(selector.labels()))


def base_of(part: KeptLine, with_tax: bool) -> int:
    """What a line adds to a base, in minor units; nothing where it never earns."""
    if not part.line.earns:
        return 0
    return part.net + part.tax if with_tax else part.net
