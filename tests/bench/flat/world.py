"""The shops whose costs must be equal: few members and many, short and long histories, few friends and many.

Each is a table of one DynamoDB Local, filled with what the real domain made. Imports the books, the disk and the shop.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from typing import Any

import boto3
from msgspec import Struct

from app import settle
from chalicelib.domain.records import ProgrammeList, ProgrammeVersion
from chalicelib.store import keyring
from chalicelib.store.codec import item_of
from chalicelib.store.dynamodb import transport
from tests.bench.flat.books import Books, anchor, code_of, member
from tests.bench.flat.cost import quiet
from tests.bench.flat.disk import Disk, Row, copies, fill, local_on_disk, row_of
from tests.bench.shop import RULES, TABLE, Shop, create_table, shop
from tests.world.builders import DAY_S

FEW, PAGE = 10, 8
HISTORY_S = 2 * 365 * DAY_S // 10_000
"""Between two orders of a member with many: ten thousand are two years."""

REGULAR, LOYAL, FAMOUS = 3_000_000, 3_000_001, 3_000_002
"""Customers: one with few orders and one with many, a referrer with many friends."""

KNOWN, FRIENDS, NEWCOMERS = 3_100_000, 4_000_000, 6_000_000
"""Customers from here on are referrers with few friends each, friends that bought, and friends that will."""

STRIDE = 617
"""Members are taken from all over a shop; no shop's size is a multiple of this."""


class Scale(Struct, frozen=True):
    """How many members the shops have, the first one being the shop in which all else is measured; how much is much;
    how many referrers have few friends.
    """

    members: tuple[int, ...]
    orders: int
    friends: int
    referrers: int

    def table(self, members: int) -> str:
        """The table of the shop with so many members."""
        return TABLE if members == self.members[0] else f"{TABLE}-{members}"


class World:
    """The shops. Every order that is sent has a number of its own."""

    def __init__(self, opened: Shop, scale: Scale, key: str) -> None:
        self.shop = opened
        self.scale = scale
        self._key = key
        self._numbers = count(20_000_000)
        self._newcomers = count(NEWCOMERS)
        self._known = iter(range(KNOWN, KNOWN + scale.referrers))
        self._regulars = {members: iter(range(members)) for members in scale.members}
        self._members = scale.members[0]

    def go(self, members: int) -> None:
        """Let the Lambda use the table of the shop with so many members."""
        if self._members != members:
            self._members = members
            os.environ["RISTOURNE_TABLE"] = self.scale.table(members)
            transport.forget()

    def regular(self) -> int:
        """A customer of this shop with few orders, each time another one. Raises StopIteration after the last."""
        return next(self._regulars[self._members]) * STRIDE % self._members

    def known(self) -> int:
        """A referrer with few friends, each time another one. Raises StopIteration after the last."""
        return next(self._known)

    def newcomer(self) -> int:
        """A customer who has not bought yet."""
        return next(self._newcomers)

    def order(self, customer: int, code: str = "") -> dict[str, Any]:
        """The next order of a customer, as API Gateway hands it over."""
        return self.shop.event(next(self._numbers), customer, code)

    def friends_order(self, referrer: int) -> dict[str, Any]:
        """The first order of somebody new, with a referrer's code."""
        return self.order(self.newcomer(), code_of(referrer))

    def get(self, customer: int, page: str = "") -> dict[str, Any]:
        """A storefront's look at a member, or at a page of the member's."""
        return page_event(member(customer), page, self._key)


@contextmanager
def world(scale: Scale) -> Iterator[World]:
    """All shops, filled."""
    with quiet(), local_on_disk() as disk, shop(disk.endpoint) as opened:
        _create(scale)
        _fill(disk, scale, opened.now)
        made = World(opened, scale, keyring.issue_key("storefront"))
        opened.handle(made.get(REGULAR))  # reads the key, which the process then knows
        yield made
        os.environ["RISTOURNE_TABLE"] = TABLE


def settled(referrer: str, friends: list[str]) -> None:
    """Let the stream's Lambda settle friends. Raises AssertionError where it reports one as not settled."""
    images = [_image(referrer, friend) for friend in friends]
    records = [{"dynamodb": {"NewImage": image, "SequenceNumber": str(n)}} for n, image in enumerate(images)]
    assert settle({"Records": records}, None) == {"batchItemFailures": []}


def page_event(name: str, page: str, key: str) -> dict[str, Any]:
    """A storefront's GET of a member, or of a page of the member's, as API Gateway hands it over."""
    route = f"/v1/members/{{member}}{page and f'/{page}'}"
    return {
        "resource": route,
        "headers": {"Host": "x.execute-api.eu-west-1.amazonaws.com", "Authorization": f"Bearer {key}"},
        "pathParameters": {"member": name},
        "multiValueQueryStringParameters": {"limit": [str(PAGE)]} if page else None,
        "stageVariables": None,
        "requestContext": {"httpMethod": "GET", "resourcePath": route, "path": route, "stage": "prod"},
        "body": None,
        "isBase64Encoded": False,
    }


def _image(referrer: str, friend: str) -> dict[str, dict[str, str]]:
    """As much of a conversion as the stream's Lambda looks at."""
    return {"k": {"S": "conversion"}, "r": {"S": referrer}, "f": {"S": friend}, "todo": {"N": "1"}}


def _create(scale: Scale) -> None:
    client = boto3.client("dynamodb")
    for members in scale.members[1:]:
        create_table(client, scale.table(members))
    client.close()


def _fill(disk: Disk, scale: Scale, now: int) -> None:
    books = _books(scale, now)
    everything = [row_of(item_of(record)) for record in books.records.values()]
    regular, name = item_of(books.member(member(REGULAR))), member(REGULAR)
    for members in scale.members:
        crowd = copies(regular, name, (member(customer) for customer in range(members)))
        anchors = (row_of(item_of(anchor(customer))) for customer in range(members))
        own = everything if members == scale.members[0] else _programme(books)
        fill(disk, scale.table(members), chain(crowd, anchors, own))


def _books(scale: Scale, now: int) -> Books:
    """The members that are looked at closely."""
    books = Books(RULES)
    books.buy(range(FEW), REGULAR, now, DAY_S)
    books.buy(range(FEW, FEW + scale.orders), LOYAL, now, HISTORY_S)
    places = [FRIENDS + FEW * number for number in range(scale.referrers)]
    for number, first in enumerate(places):
        books.refer(KNOWN + number, range(first, first + FEW), now)
    first = FRIENDS + FEW * scale.referrers
    books.refer(FAMOUS, range(first, first + scale.friends), now)
    return books


def _programme(books: Books) -> list[Row]:
    kinds = (ProgrammeList, ProgrammeVersion)
    return [row_of(item_of(record)) for record in books.records.values() if isinstance(record, kinds)]
