"""What a delivery costs: round trips and units counted from each item's bytes, and the bytes that are logged.

What follows elsewhere belongs to it: a friend's order counts with the settlement that the stream makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from msgspec import Struct

from tests.bench.alternatives.contenders import Contender, Event, code_of, quiet, sent
from tests.world.faults import intercepted
from tests.world.meter import Meter, metered

READ_BYTES = 4096

FIRST, REPEAT, PAIR = "first order", "repeat order", "two friends' first orders and the bonus for them"
DUPLICATE, AGAIN = "duplicate", "the same order under another webhook id"
CASES = (FIRST, REPEAT, PAIR, DUPLICATE, AGAIN)

_numbers = count(100_000, 100)


class Counted(Struct, frozen=True):
    """A case's cost. `half_units`: read units times two, since a read that may be stale costs half a unit."""

    reads: int
    writes: int
    write_units: int
    half_units: int
    log_bytes: int
    requests: int = 1
    invocations: int = 1

    @property
    def round_trips(self) -> int:
        """All of them."""
        return self.reads + self.writes


def counted(contender: Contender, at: int) -> dict[str, Counted]:
    """Every case, for customers nobody knows yet."""
    base = next(_numbers)
    order, webhook = sent(base + 1, base + 1, at), sent(base + 2, base + 1, at, webhook="by-hand")
    costs = {
        FIRST: _cost(lambda: _answered(contender, order)),
        REPEAT: _cost(lambda: _answered(contender, sent(base + 2, base + 1, at))),
        PAIR: _pair(contender, base, at),
        DUPLICATE: _cost(lambda: _answered(contender, order)),
        AGAIN: _cost(lambda: _answered(contender, webhook)),
    }
    blind = [case for case in (FIRST, REPEAT, PAIR) if not costs[case].write_units or not costs[case].half_units]
    assert not blind, f"the meter does not see what {contender.name} asks of the database: {blind}"
    return costs


def _pair(contender: Contender, base: int, at: int) -> Counted:
    referrer, friends = base + 3, (base + 4, base + 5)
    contender.issue(code_of(referrer), referrer)

    def buy() -> int:
        settled = 0
        for friend in friends:
            _answered(contender, sent(friend, friend, at, code_of(referrer)))
            settled += contender.settle(referrer, friend)
        return settled

    return _cost(buy, requests=len(friends))


def _answered(contender: Contender, event: Event) -> int:
    assert contender.handle(event), f"{contender.name} did not take an order"
    return 0


def _cost(work: Callable[[], int], requests: int = 1) -> Counted:
    """What some deliveries cost; `work` returns how many invocations followed them elsewhere."""
    with quiet() as logged, metered() as meter, intercepted() as calls:
        followed = work()
    return Counted(
        reads=meter.read_round_trips,
        writes=meter.write_round_trips,
        write_units=meter.write_units,
        half_units=sum(_half_units(meter, *call) for call in calls),
        log_bytes=len(logged.getvalue().encode()),
        requests=requests,
        invocations=requests + followed,
    )


def _half_units(meter: Meter, operation: str, request: dict[str, Any]) -> int:
    """Of one request: two for each item that is read consistently. Items here are too small to cost more."""
    assert all(write.size_bytes <= READ_BYTES for write in meter.writes), "an item is larger than one read unit"
    return sum(keys * (2 if consistent else 1) for keys, consistent in _read(operation, request))


def _read(operation: str, request: dict[str, Any]) -> Iterator[tuple[int, bool]]:
    match operation:
        case "GetItem":
            yield 1, bool(request.get("ConsistentRead"))
        case "BatchGetItem":
            for asked in request["RequestItems"].values():
                yield len(asked["Keys"]), bool(asked.get("ConsistentRead"))
        case "Query" | "Scan" | "TransactGetItems":
            raise AssertionError(f"{operation} is not counted")
