"""Counts what DynamoDB would charge: round trips, and write units from the size of each item.

Emulators report constants or too little, so the sizes are worked out here by DynamoDB's published rules. A write costs
by the larger of the item before and after it, which the request alone does not tell: the meter looks at the item on
both sides of the call, with reads of its own that it does not count. Indexes are not counted; the table has none.
"""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from tests.world.calls import Ask, around

Item = Mapping[str, Mapping[str, Any]]

KEY = ("pk", "sk")
READS = frozenset({"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
TYPES = frozenset({"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"})
UNIT_BYTES = 1024
TRANSACTION_FACTOR = 2


@dataclass(frozen=True, slots=True)
class Touched:
    """An item that a write put, updated, deleted or made a condition on."""

    action: str
    table: str
    key: Item


@dataclass(frozen=True, slots=True)
class Write:
    action: str
    key: tuple[str, ...]
    size_bytes: int
    units: int

    def __str__(self) -> str:
        return f"{self.units:>4} units {self.size_bytes:>6} bytes  {self.action:<14} {' '.join(self.key)}"


@dataclass(slots=True)
class Meter:
    operations: list[str] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)

    @property
    def read_round_trips(self) -> int:
        return sum(operation in READS for operation in self.operations)

    @property
    def write_round_trips(self) -> int:
        return sum(operation in WRITES for operation in self.operations)

    @property
    def write_units(self) -> int:
        return sum(write.units for write in self.writes)

    def __str__(self) -> str:
        total = f"{' '.join(self.operations) or 'no call'}: {self.write_units} write units"
        return "\n".join([total, *map(str, self.writes)])


@contextmanager
def metered() -> Iterator[Meter]:
    """Meters every request of this process to DynamoDB."""
    meter = Meter()

    def step(ask: Ask, operation: str, request: dict[str, Any]) -> Any:
        if operation not in READS | WRITES:
            return ask(operation, request)
        meter.operations.append(operation)
        touched = list(_touched(operation, request))
        before = [_size(ask, item) for item in touched]
        try:
            return ask(operation, request)
        finally:
            after = [_size(ask, item) for item in touched]
            meter.writes += map(_write, touched, before, after, [operation] * len(touched))

    with around(step):
        yield meter


def _size(ask: Ask, touched: Touched) -> int:
    request = {"TableName": touched.table, "Key": touched.key, "ConsistentRead": True}
    return item_size(_typed(ask("GetItem", request).get("Item", {})))


def _typed(item: Mapping[str, Any]) -> Item:
    """An item with the types of its values; the tables of a boto3 resource hand over plain ones, all or none."""
    if all(isinstance(value, Mapping) and len(value) == 1 and set(value) <= TYPES for value in item.values()):
        return item
    return {name: TypeSerializer().serialize(value) for name, value in item.items()}


def _write(touched: Touched, before: int, after: int, operation: str) -> Write:
    factor = TRANSACTION_FACTOR if operation == "TransactWriteItems" else 1
    size = max(before, after)
    typed = _typed(touched.key)
    key = tuple(str(value) for name in KEY if name in typed for value in typed[name].values())
    return Write(touched.action, key, size, factor * max(1, -(-size // UNIT_BYTES)))


def _touched(operation: str, request: dict[str, Any]) -> Iterator[Touched]:
    for table, action, details in _entries(operation, request):
        whole = details.get("Key") or details["Item"]
        yield Touched(action, table, {name: whole[name] for name in KEY if name in whole})


def _entries(operation: str, request: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    match operation:
        case "TransactWriteItems":
            for entry in request["TransactItems"]:
                yield from ((details["TableName"], action, details) for action, details in entry.items())
        case "BatchWriteItem":
            for table, entries in request["RequestItems"].items():
                writes = (pair for entry in entries for pair in entry.items())
                yield from ((table, action.removesuffix("Request"), details) for action, details in writes)
        case "PutItem" | "UpdateItem" | "DeleteItem":
            yield request["TableName"], operation.removesuffix("Item"), request


def item_size(item: Item) -> int:
    """Bytes: the names and the values; nothing for an item that does not exist."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + item_size(content) + len(content)
        case "L":
            return 3 + sum(map(value_size, content)) + len(content)
        case "SS" | "NS" | "BS":
            return sum(_scalar_size(kind[0], member) for member in content)
    return _scalar_size(kind, content)


def _scalar_size(kind: str, content: Any) -> int:
    if kind == "N":
        return number_size(content)
    return len(content.encode()) if kind == "S" else _binary_size(content)


def number_size(number: str) -> int:
    """A byte for two significant digits, one more, and one for the sign of a negative number."""
    mantissa = number.lower().split("e")[0]
    digits = mantissa.lstrip("+-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + mantissa.startswith("-")


def _binary_size(content: bytes | str) -> int:
    # PynamoDB hands over base64 text where botocore takes bytes.
    return len(content) if isinstance(content, bytes) else len(base64.b64decode(content))
