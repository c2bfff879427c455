"""PynamoDB's connection to the table, made at its first use; what every command does goes by `wire.py` instead."""

from __future__ import annotations

from functools import cache

from pynamodb.connection.table import TableConnection

from chalicelib import settings
from chalicelib.store import wire
from chalicelib.store.items import Item


@cache
def table() -> TableConnection:
    """The table. All item classes share this connection."""
    Item.Meta.table_name = settings.table()
    return Item._get_connection()  # noqa: SLF001 (PynamoDB offers no other way to the one that all classes share)


def forget() -> None:
    """Let go of the connection, for a process that changes its table (tests do)."""
    classes: list[type[Item]] = [Item, *_descendants(Item)]
    for each in classes:
        each._connection = None  # noqa: SLF001
    table.cache_clear()
    wire.forget()


def _descendants(parent: type[Item]) -> list[type[Item]]:
    found: list[type[Item]] = []
    for child in parent.__subclasses__():
        found += [child, *_descendants(child)]
    return found
