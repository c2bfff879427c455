"""Where a property runs: in memory, or through the real engine and store on moto. Both show their books as a Memory."""

from __future__ import annotations

from typing import Any, Protocol

from chalicelib.domain.commands import Command, PublishProgramme
from chalicelib.domain.programme.document import Programme
from chalicelib.engine import Engine
from chalicelib.store.items import Item, RecordItem
from tests.world.builders import NOW
from tests.world.memory import Memory


class Backend(Protocol):
    def execute(self, command: Command, now: int = NOW) -> Any: ...

    def books(self) -> Memory: ...


class InMemory(Memory):
    def books(self) -> Memory:
        return self


class InTable:
    """The engine on the table that the process is set up for."""

    def __init__(self, programme: Programme) -> None:
        self._engine = Engine()
        self._engine.execute(PublishProgramme(programme, "", expected=0, effective_at=0, lead_s=0), now=0)

    def execute(self, command: Command, now: int = NOW) -> Any:
        return self._engine.execute(command, now)

    def books(self) -> Memory:
        books = Memory()
        records = [item.record() for item in Item.scan(consistent_read=True) if isinstance(item, RecordItem)]
        books.records = {record.ref: record for record in records}
        return books


def in_empty_table(programme: Programme) -> InTable:
    """The table without the items of the example before."""
    for item in Item.scan():
        item.delete(add_version_condition=False)
    return InTable(programme)
