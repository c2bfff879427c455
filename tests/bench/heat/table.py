"""A table in memory that charges by the second: units of every partition key, updates of every item.

By DynamoDB's published rules: a read is strongly consistent and of one item, one that is not there costs too; a
transaction pays twice for each item that it puts, by the larger of the item before and after, also when it fails.
Imports the books and the meter; knows no sale.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from zlib import crc32

from msgspec.structs import replace

from chalicelib.domain.commands import Command, Idempotency
from chalicelib.domain.facts import Decision
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import BoardRow, Record, Ref
from chalicelib.engine import ExhaustedShares
from chalicelib.store.codec import Key, item_of, key_of
from tests.bench.flat.books import Books
from tests.bench.flat.cost import read_units
from tests.world.builders import NOW
from tests.world.meter import TRANSACTION_FACTOR, UNIT_BYTES, item_size

Load = Counter[tuple[int, str]]
"""How much in which second for which name."""


PROCESSES = 1_000
"""Lambda's processes at work, as many as an account has at first."""


class Table(Books):
    """Books on a table that counts what it is asked for. `second` is the present one.

    Each command is decided by one of Lambda's processes, which remembers what the engine does.
    """

    def __init__(self, programme: Programme) -> None:
        self.second = 0
        self.write_units, self.read_units, self.updated = Load(), Load(), Load()
        self.most_round_trips = 0
        self._sizes: dict[Key, int] = {}
        self._processes = [ExhaustedShares() for _ in range(PROCESSES)]
        super().__init__(programme)
        self.forget()

    def forget(self) -> None:
        """Count from nothing."""
        for load in (self.write_units, self.read_units, self.updated):
            load.clear()
        self.most_round_trips = 0

    def put(self, record: Record) -> None:
        """Have a record from the beginning; nothing is charged."""
        self.records[record.ref] = record

    def _size(self, record: Record | None) -> int:
        """Bytes of a record's item as it was written, or as it was from the beginning."""
        if record is None:
            return 0
        key = key_of(record)
        if key not in self._sizes:
            self._sizes[key] = item_size(item_of(record))
        return self._sizes[key]

    def decide(self, command: Command, now: int = NOW, idempotency: Idempotency | None = None) -> Decision:
        """The decision; what it read is charged."""
        self.exhausted = self._process_of(command).known(now)
        decision = super().decide(command, now, idempotency)
        self.most_round_trips = max(self.most_round_trips, self.round_trips)
        self.load(self.read)
        return decision

    def done(self, command: Command, decision: Decision, now: int) -> None:
        """Let the process of a command remember what its decision has seen, once it is written."""
        self._process_of(command).remember(decision.exhausted, now)

    def _process_of(self, command: Command) -> ExhaustedShares:
        return self._processes[crc32(repr(getattr(command, "order", "")).encode()) % PROCESSES]

    def load(self, refs: Collection[Ref]) -> dict[Ref, Record | None]:
        """The records of references, charged."""
        for ref in refs:
            self.read_units[self.second, key_of(ref)[0]] += read_units(self._size(self.records.get(ref)))
        return {ref: self.records.get(ref) for ref in refs}

    def commit(self, changes: Sequence[Record]) -> None:
        """All or nothing, charged in either case. Raises Stale."""
        sizes = {key_of(change): _stored_bytes(change) for change in changes}
        for key, size in sizes.items():
            started = -(-max(size, self._sizes.get(key, 0)) // UNIT_BYTES)
            self.write_units[self.second, key[0]] += TRANSACTION_FACTOR * started
            self.updated[self.second, " ".join(key)] += 1
        super().commit(changes)
        self._sizes |= sizes

    def write_row(self, row: BoardRow) -> None:
        """Charge the write of a leaderboard's row by the stream: one item without a transaction."""
        key = key_of(row)
        self.write_units[self.second, key[0]] += -(-_stored_bytes(row) // UNIT_BYTES)
        self.updated[self.second, " ".join(key)] += 1


def _stored_bytes(record: Record) -> int:
    return item_size(item_of(replace(record, version=record.version + 1)))


def peaks(load: Load) -> Counter[str]:
    """The most in one second, by name."""
    most: Counter[str] = Counter()
    for (_, name), units in load.items():
        most[name] = max(most[name], units)
    return most
