"""From an item in DynamoDB's JSON to the record it stores, without PynamoDB's objects in between.

The attributes, their names and types are those of `chalicelib/store/items.py`; msgspec reads them. About ten times as
fast as PynamoDB, and a test holds both to the same records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from pynamodb.attributes import VersionAttribute

from chalicelib.store.items import ITEM_OF, Flag, Integer, Json, RecordItem

Item = dict[str, dict[str, str]]
"""An item's attributes as DynamoDB writes them, such as `{"pk": {"S": "MEMBER#anna"}, "n": {"N": "7"}}`."""


class Exported(Struct):
    """A line of an export."""

    item: Item = msgspec.field(name="Item")


class Unreadable(Exception):
    """An item that is not what its kind says."""


class Column(Struct, frozen=True):
    """An attribute: its name in the table, its type there, the record's field, and how the field is made of it."""

    name: str
    tag: str
    field: str
    value: Callable[[str], Any] | None


line = msgspec.json.Decoder(Exported).decode


def record_of(item: Item) -> Any:
    """The record of an item, None for an item that stores none (such as an API key). Raises Unreadable."""
    try:
        found = _KINDS.get(item["k"]["S"])
        if found is None:
            return None
        record, columns = found
        values = {}
        for name, tag, field, value in columns:
            stored = item.get(name)
            if stored is not None:
                values[field] = value(stored[tag]) if value else stored[tag]
        return record(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"{key_of(item)}: {error}") from error


def key_of(item: Item) -> str:
    """Where an item lies, as a person reads it."""
    return " ".join(item.get(name, {}).get("S", "?") for name in ("pk", "sk"))


def columns(kind: type[RecordItem]) -> list[Column]:
    """The attributes of an item class that are fields of its record."""
    fields = {field.name for field in msgspec.structs.fields(kind.RECORD)}
    stored = ((name, each) for name, each in kind.get_attributes().items() if name in fields)
    return [Column(each.attr_name, str(each.attr_type), name, _value(each)) for name, each in stored]


def _value(attribute: object) -> Callable[[str], Any] | None:
    match attribute:
        case Flag():
            return "1".__eq__
        case Integer() | VersionAttribute():
            return int
        case Json():
            return attribute.deserialize
        case _:
            return None


def _kind(of: type[RecordItem]) -> str:
    """What such items carry as their kind."""
    return str(of.kind.get_discriminator(of))


_KINDS: Mapping[str, tuple[type[Any], list[tuple[Any, ...]]]] = {
    _kind(each): (record, [msgspec.structs.astuple(column) for column in columns(each)])
    for record, each in ITEM_OF.items()
}
