"""What one request costs: round trips, units by our own meter, and processor time beside that of another request.

Imports the meter; knows no benchmark.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from statistics import median
from time import process_time
from typing import Any

from msgspec import Struct

from tests.world.calls import Ask, around
from tests.world.meter import READS, item_size, metered

READ_UNIT_BYTES = 4096

Reads = list[int]
"""Read units of each request, all of them strongly consistent."""


class Cost(Struct, frozen=True):
    """What a request asked of DynamoDB."""

    reads: int
    read_units: int
    writes: int
    write_units: int


class Contender(Struct, frozen=True):
    """Somebody whose time is compared: `ready` makes so many requests, `act` does one of them."""

    ready: Callable[[int], Sequence[Any]]
    act: Callable[[Any], object]


def cost(action: Callable[[], object]) -> Cost:
    """What an action costs."""
    with quiet(), metered() as meter, reading() as reads:
        action()
    return Cost(meter.read_round_trips, sum(reads), meter.write_round_trips, meter.write_units)


def times(contenders: Mapping[str, Contender], rounds: int, requests: int) -> dict[str, list[float]]:
    """Processor time of this process for each contender's `requests` of every round, in turns."""
    spent: dict[str, list[float]] = {name: [] for name in contenders}
    with quiet():
        for turn in range(rounds):
            for name in sorted(contenders, reverse=turn % 2 == 1):
                spent[name].append(_seconds(contenders[name], requests))
    return spent


def ratio(spent: Mapping[str, Sequence[float]], name: str, base: str) -> float:
    """A contender's time in units of another's: the median of the rounds' own ratios."""
    pairs = zip(spent[name], spent[base], strict=True)
    return round(median(own / theirs for own, theirs in pairs), 3)


def _seconds(contender: Contender, many: int) -> float:
    requests = contender.ready(many)
    gc.collect()
    before = process_time()
    for request in requests:
        contender.act(request)
    return process_time() - before


@contextmanager
def quiet() -> Iterator[None]:
    """The journal goes nowhere; it is written as ever."""
    with redirect_stdout(StringIO()):
        yield


@contextmanager
def reading() -> Iterator[Reads]:
    """Read units of every request of this process to DynamoDB, by the bytes of what came back."""
    reads = Reads()

    def step(ask: Ask, operation: str, request: dict[str, Any]) -> Any:
        reply = ask(operation, request)
        if operation in READS:
            reads.append(_units(operation, request, reply))
        return reply

    with around(step):
        yield reads


def _units(operation: str, request: dict[str, Any], reply: dict[str, Any]) -> int:
    """Each item that is asked for by its key is rounded up, one that is not there too; a query as a whole."""
    if operation == "BatchGetItem":
        asked = sum(len(table["Keys"]) for table in request["RequestItems"].values())
        sizes = [item_size(item) for items in reply["Responses"].values() for item in items]
        return sum(map(read_units, sizes)) + asked - len(sizes)
    items = reply["Items"] if "Items" in reply else [reply.get("Item", {})]
    return read_units(sum(map(item_size, items)))


def read_units(size_bytes: int) -> int:
    """Units of one strongly consistent read."""
    return max(1, -(-size_bytes // READ_UNIT_BYTES))
