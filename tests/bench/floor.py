"""Ours beside the floor: the whole webhook against the same two requests made by bare botocore and nothing else.

The floor is botocore's client without parameter validation, given the very reads and transactions that our deliveries
made, on a table of its own. Both are timed in turn, block by block, in processor time: once with DynamoDB Local behind,
and once with the HTTP layer answering from memory, where nothing but our own work and the SDK's is left.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from itertools import count
from typing import Any
from unittest import mock

import boto3
from botocore.config import Config
from botocore.httpsession import URLLib3Session

from chalicelib import engine
from chalicelib.edge.storefronts import shopify
from chalicelib.store import table
from chalicelib.store.dynamodb import transport
from tests.bench.shop import TABLE, Shop, create_table, local_shop
from tests.report import Row, Section
from tests.world.calls import Ask, around

BLOCKS, BLOCK = 9, 100
TARGET = 1.25
REQUESTS = "requests to DynamoDB per webhook"
FLOOR_TABLE = "ristourne-bench-floor"

Asked = tuple[str, Any]
"""An operation of DynamoDB and its request."""

SHOWS = """The processor time of one new order, from API Gateway's event to the answer, beside the same two requests to
DynamoDB by bare botocore. It can come below that floor because it leaves botocore's client out."""

HOW = """The order is a signed Shopify delivery of 6 kB: route, verify, parse, decide, one batch of reads, one
transaction of three records, a line of log for each event. The floor has parameter validation off."""

WHY_BELOW = """`chalicelib/store/dynamodb/transport.py` signs a request with botocore's signer and sends it through
botocore's connections. What the client does besides: endpoint rules, serialising and parsing by the service model, some
thirty events, the user agent; together more than our routing, verifying, parsing and deciding."""


def measure() -> Section:
    """Both ratios, and where our time goes."""
    with local_shop() as shop, redirect_stdout(io.StringIO()):
        numbers = count(1)
        floor = Floor(shop, numbers)
        try:
            local = ratios(shop, floor, numbers)
            with from_memory():
                stubbed = ratios(shop, floor, numbers)
                parts = breakdown(shop, numbers)
        finally:
            floor.close()
    asked = len(floor.asked) / BLOCK
    return Section(
        name="floor",
        title="One webhook, beside the floor",
        shows=" ".join(SHOWS.split()),
        rows=(
            *(against := (_ratio("DynamoDB Local behind", local), _ratio("HTTP answered from memory", stubbed))),
            Row(REQUESTS, asked, "2", asked == 2, "count"),
            *(Row(f"processor time to {name}", round(part), "measured", True, "µs") for name, part in parts.items()),
        ),
        headlines=(*(row.name for row in against), REQUESTS),
        counters={"Processor time per webhook, in µs": {name: round(part) for name, part in parts.items()}},
        notes=(" ".join(HOW.split()), " ".join(WHY_BELOW.split())),
    )


class Floor:
    """What a block of our deliveries asked of DynamoDB, asked again by bare botocore, for other keys each time."""

    def __init__(self, shop: Shop, numbers: Iterator[int]) -> None:
        self._client = boto3.client("dynamodb", config=Config(parameter_validation=False))
        create_table(self._client, FLOOR_TABLE)
        self.asked: list[Asked] = []

        def note(ask: Ask, operation: str, request: Any) -> Any:
            self.asked.append((operation, request))
            return ask(operation, request)

        ready = events(shop, numbers)
        shop.handle(shop.event(next(numbers), next(numbers)))  # reads the programme, which is kept then
        with around(note):
            for event in ready:
                shop.handle(event)

    def block(self, mark: str) -> float:
        """Processor seconds for one block; `mark` makes the keys new."""
        fresh = [(operation, _renamed(request, mark)) for operation, request in self.asked]
        calls = [(getattr(self._client, METHODS[operation]), request) for operation, request in fresh]
        return timed(lambda: [call(**request) for call, request in calls])

    def close(self) -> None:
        """Take the table away."""
        self._client.delete_table(TableName=FLOOR_TABLE)
        self._client.close()


METHODS = {"BatchGetItem": "batch_get_item", "TransactWriteItems": "transact_write_items"}


def ratios(shop: Shop, floor: Floor, numbers: Iterator[int]) -> list[float]:
    """Ours ÷ floor for each block, in turn; the first block of each warms up."""
    quotients = []
    for number in range(BLOCKS + 1):
        ready = events(shop, numbers)
        ours = timed(lambda ready=ready: [shop.handle(event) for event in ready])  # type: ignore[misc]
        quotients.append(ours / floor.block(f"{next(numbers)}-{number}"))
    return quotients[1:]


def breakdown(shop: Shop, numbers: Iterator[int]) -> dict[str, float]:
    """Microseconds per webhook, by what is done; what none of the parts takes is the gateway's."""
    spent: dict[str, float] = dict.fromkeys(PARTS, 0.0)
    ready = events(shop, numbers)
    with ExitStack() as stack:
        for name, (place, function) in PARTS.items():
            stack.enter_context(mock.patch.object(place, function, _watched(getattr(place, function), spent, name)))
        whole = timed(lambda: [shop.handle(event) for event in ready])
    rest = whole - sum(spent.values())
    return {name: seconds / BLOCK * 1e6 for name, seconds in {**spent, "route, log and answer": rest}.items()}


PARTS: dict[str, tuple[Any, str]] = {
    "verify the signature": (shopify, "verify"),
    "parse the order": (shopify, "translate"),
    "decide": (engine, "decide"),
    "build the items": (table, "item_of"),
    "sign, send and read two requests": (transport, "dynamodb"),
}


def _watched(function: Callable[..., Any], spent: dict[str, float], name: str) -> Callable[..., Any]:
    def watched(*given: Any) -> Any:
        begun = time.process_time()
        try:
            return function(*given)
        finally:
            spent[name] += time.process_time() - begun

    return watched


def events(shop: Shop, numbers: Iterator[int]) -> list[dict[str, Any]]:
    """A block of first orders of new customers."""
    return [shop.event(number, number) for number, _ in zip(numbers, range(BLOCK), strict=False)]


def timed(work: Callable[[], object]) -> float:
    """Processor seconds of this process."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


@contextmanager
def from_memory() -> Iterator[None]:
    """No request leaves the process: reads find nothing, writes are done."""
    replies = {"BatchGetItem": b'{"Responses":{},"UnprocessedKeys":{}}', "TransactWriteItems": b"{}"}
    canned = {f"DynamoDB_20120810.{name}": _Reply(reply) for name, reply in replies.items()}

    def send(_: URLLib3Session, request: Any) -> Any:
        target = request.headers["X-Amz-Target"]
        return canned[target.decode() if isinstance(target, bytes) else target]

    with mock.patch.object(URLLib3Session, "send", send):
        yield


class _Reply:
    """As botocore's connections give one."""

    status_code = 200

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.text = content.decode()
        self.headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "0"}


def _renamed(request: Any, mark: str) -> Any:
    """The same request for other keys, on the floor's table; botocore adds the token of a transaction itself."""
    match request:
        case dict():
            return {_named(key): _renamed(value, mark) for key, value in request.items() if key != "ClientRequestToken"}
        case list():
            return [_renamed(element, mark) for element in request]
        case str() if request.startswith(("ORDER#", "MEMBER#")):
            return f"{request}{mark}"
        case _:
            return _named(request)


def _named(text: Any) -> Any:
    return FLOOR_TABLE if text == TABLE else text


def _ratio(what: str, quotients: Sequence[float]) -> Row:
    value = round(statistics.median(quotients), 2)
    return Row(
        f"processor time per webhook, ours ÷ floor, {what}", value, f"{TARGET} or less", value <= TARGET, "ratio"
    )
