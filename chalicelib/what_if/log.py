"""The orders that a replay values, in columns: 260 MB for a million orders of which a quarter differ in content.

Equal contents are stored once, whoever bought them, so that they are valued once too. Imports the domain's orders.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from fractions import Fraction

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.orders.facts import Line
from chalicelib.domain.orders.kept import Kept, KeptLine, Part

WHOLE = (1, 1)
"""The share of an order of which all was kept."""


class Content(Struct, frozen=True, array_like=True):
    """What was kept of an order, in minor units. `lines`: pieces, net and tax are the kept ones, and a line's id is its
    place.

    `by_balance`: the net and the tax of what balance paid of the kept goods; `share`: the kept part of the order.
    """

    lines: tuple[Line, ...] = ()
    shipping_net: int = 0
    shipping_tax: int = 0
    by_balance: tuple[int, int] = (0, 0)
    share: tuple[int, int] = WHOLE

    def kept(self) -> Kept:
        """The content as rules are asked about it."""
        lines = tuple([KeptLine(line, line.net, line.tax, line.quantity) for line in self.lines])
        if (self.share, self.by_balance) == (WHOLE, (0, 0)):
            return Kept(lines, self.shipping_net, self.shipping_tax)
        return Kept(lines, self.shipping_net, self.shipping_tax, Fraction(*self.share), Part(*self.by_balance))


NOTHING = Content(share=(0, 1))
"""The content of an order of which nothing was kept."""


def content_of(kept: Kept) -> Content:
    """What was kept as a content: equal for two orders that differ by their lines' ids alone."""
    lines = (
        replace(part.line, id=str(place), quantity=part.pieces, net=part.net, tax=part.tax)
        for place, part in enumerate(kept.lines, 1)
    )
    paid = kept.by_balance
    share = kept.share.numerator, kept.share.denominator
    return Content(tuple(lines), kept.shipping_net, kept.shipping_tax, (paid.net, paid.tax), share)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Content).decode


class Log:
    """Paid orders, by number as they were read: columns of instants (seconds), buyers, contents and currencies.

    `owners`: of orders that name a referral code, its owner; `roots`: of owners of codes whose person is not their own
    member, the one that stands for it; `persons`: the same of orders. `claims`: when and whose friend somebody became
    without an order; `refused`: orders that convert nobody, whatever they are worth. `merged_into`: of
    members, the names of those that were merged into them. `passed_over`: orders that never count, since they were not
    paid or are tests.
    """

    def __init__(self) -> None:
        self.at = array("q")
        self.delivered_at = array("q")
        self.buyer = array("I")
        self.content = array("I")
        self.currency = array("B")
        self.owners: dict[int, int] = {}
        self.roots: dict[int, int] = {}
        self.persons: dict[int, int] = {}
        self.claims: dict[int, tuple[int, int]] = {}
        self.refused: set[int] = set()
        self.merged_into: dict[int, list[str]] = {}
        self.passed_over = 0
        self._members: dict[str, int] = {}
        self._contents: dict[bytes, int] = {}
        self._encoded: list[bytes] = []
        self._currencies: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.at)

    def add(self, at: int, delivered_at: int, buyer: int, currency: str, content: int) -> int:
        """Add an order; its number."""
        self.at.append(at)
        self.delivered_at.append(delivered_at)
        self.buyer.append(buyer)
        self.content.append(content)
        self.currency.append(self._currencies.setdefault(currency, len(self._currencies)))
        return len(self.at) - 1

    def member(self, name: str) -> int:
        """The number of a member."""
        return self._members.setdefault(name, len(self._members))

    def knows(self, name: str) -> bool:
        """Whether there is a member of that name."""
        return name in self._members

    def number_of(self, content: Content) -> int:
        """The number of a content."""
        encoded = _encode(content)
        number = self._contents.setdefault(encoded, len(self._encoded))
        if number == len(self._encoded):
            self._encoded.append(encoded)
        return number

    def content_numbered(self, number: int) -> Content:
        """The content of a number."""
        return _decode(self._encoded[number])

    @property
    def members(self) -> list[str]:
        """The names of all members, by number; some may have bought nothing."""
        return list(self._members)

    @property
    def currencies(self) -> list[str]:
        """The currencies of the orders, by number."""
        return list(self._currencies)

    def in_time(self) -> Iterable[int]:
        """The numbers of all orders, the earliest first; of one instant in the order in which they were read."""
        at = self.at
        numbers = range(len(at))
        if all(at[number] <= at[number + 1] for number in range(len(at) - 1)):
            return numbers
        return array("I", sorted(numbers, key=at.__getitem__))

    def merged(self, aliases: Mapping[int, int]) -> None:
        """Replace members by those that they were merged into."""
        names = self.members if aliases else []
        for member, survivor in aliases.items():
            self.merged_into.setdefault(survivor, []).append(names[member])
        for number, member in enumerate(self.buyer if aliases else ()):
            self.buyer[number] = aliases.get(member, member)
        for places in (self.owners, self.persons):
            places.update({number: aliases[member] for number, member in places.items() if member in aliases})
        self.roots = {aliases.get(owner, owner): aliases.get(root, root) for owner, root in self.roots.items()}
        self.claims = {
            aliases.get(friend, friend): (at, aliases.get(owner, owner)) for friend, (at, owner) in self.claims.items()
        }

    def keep_newest(self, most: int) -> int:
        """Drop the orders that were paid first, so that at most `most` remain; how many were dropped."""
        dropped = len(self) - most
        if dropped <= 0:
            return 0
        numbers = sorted(sorted(range(len(self)), key=self.at.__getitem__)[dropped:])
        self.at, self.delivered_at, self.buyer, self.content, self.currency = (
            array(column.typecode, [column[number] for number in numbers])
            for column in (self.at, self.delivered_at, self.buyer, self.content, self.currency)
        )
        places = {number: place for place, number in enumerate(numbers)}
        self.owners, self.persons = (
            {places[number]: member for number, member in named.items() if number in places}
            for named in (self.owners, self.persons)
        )
        self.refused = {places[number] for number in self.refused if number in places}
        return dropped

    def kept_orders(self) -> int:
        """How many orders there are of which something was kept."""
        nothing = self._contents.get(_encode(NOTHING))
        return len(self.content) - (0 if nothing is None else self.content.count(nothing))
