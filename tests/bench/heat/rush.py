"""Many friends of one referrer buy at once, on AWS's own engine: is anything lost, is anybody refused?

Each thread has a Lambda of its own, as each of AWS's environments serves one request at a time; beside them the
stream's Lambda settles the referrer, a shard to a thread. Imports the shop; what is expected the domain works out.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import boto3
from chalice.app import Chalice
from msgspec import Struct

from app import ROUTES, settle
from chalicelib.domain.commands import IssueCode
from chalicelib.domain.ledger.accounts import Account
from chalicelib.edge.http import register
from chalicelib.store import keys
from chalicelib.store.dynamodb import queries
from tests.bench.flat.books import Books, code_of, member
from tests.bench.flat.cost import quiet
from tests.bench.shop import RULES, TABLE, Shop

REFERRER, FRIENDS, ASSET = 1, 1000, "EUR/2"
NAME = member(REFERRER)


class Rushed(Struct, frozen=True):
    """What came of it. `answers`: how many of each status; `bonus`, `expected`: in minor units."""

    answers: dict[int, int]
    conversions: int
    unsettled: int
    groups: int
    bonus: int
    expected: int


def rush(shop: Shop, orders: int, threads: int) -> Rushed:
    """So many friends buy, so many at once, and all are settled."""
    with quiet():
        shop.engine.execute(IssueCode(NAME, code_of(REFERRER)), shop.now)
        events = [shop.event(number, FRIENDS + number, code_of(REFERRER)) for number in range(orders)]
        with _settling() as tables, ThreadPoolExecutor(threads) as pool:
            answers = Counter(pool.map(_status, events))
    items = [item for table in tables for item in table.items()]
    referrer = queries.member(NAME)
    assert referrer
    return Rushed(
        dict(answers),
        len(items),
        sum(item["todo"]["N"] == "1" for item in items),
        referrer.groups,
        referrer.accounts.get(ASSET, Account()).balance(shop.now).pending,
        expected(orders, shop.now),
    )


def expected(orders: int, now: int) -> int:
    """The bonus for so many friends, one after the other."""
    books = Books(RULES)
    books.refer(REFERRER, range(FRIENDS, FRIENDS + 2), now)
    return books.balance(NAME, ASSET, now).pending * (orders // 2)


_own = threading.local()


def _status(event: dict[str, Any]) -> int:
    """What this thread's Lambda answers."""
    if not hasattr(_own, "app"):
        _own.app = Chalice("ristourne")
        register(_own.app, ROUTES)
    status: int = _own.app(event, None)["statusCode"]
    return status


class _Shard:
    """The conversions of one partition, and the stream's Lambda that looks after them."""

    def __init__(self, partition: str) -> None:
        self._client = boto3.client("dynamodb")
        self._partition = {":p": {"S": partition}}

    def items(self) -> list[dict[str, Any]]:
        """All conversions of the partition."""
        pages = self._client.get_paginator("query").paginate(
            TableName=TABLE,
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues=self._partition,
            ConsistentRead=True,
        )
        return [item for page in pages for item in page["Items"]]

    def work(self, over: Callable[[], bool]) -> None:
        """Settle what there is to settle until it is over and nothing is left; what fails comes again."""
        while True:
            last = over()
            images = [item for item in self.items() if item["todo"]["N"] == "1"]
            if last and not images:
                return
            numbered = enumerate(images)
            settle(
                {"Records": [{"dynamodb": {"NewImage": image, "SequenceNumber": str(n)}} for n, image in numbered]},
                None,
            )


@contextmanager
def _settling() -> Iterator[list[_Shard]]:
    """The stream at work; at the end all is settled."""
    over = threading.Event()
    shards = [_Shard(partition) for partition in keys.friends_partitions(NAME)]
    with ThreadPoolExecutor(len(shards)) as pool:
        working = [pool.submit(shard.work, over.is_set) for shard in shards]
        try:
            yield shards
        finally:
            over.set()
        for future in working:
            future.result()
