"""Serialises a record as the item that stores it, its key and its attributes, in DynamoDB's own JSON, and deserialises
it. Every command uses this.

The item classes of `items.py` declare which attribute stores which field and how; here that becomes plain tables once,
and no PynamoDB object is made for an item. Several times as fast as PynamoDB, which only queries use; a test compares
the records of both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any
from zlib import crc32

import msgspec
from msgspec import Struct
from pynamodb.attributes import Attribute, VersionAttribute

from chalicelib.domain.errors import TooLarge, Unreadable
from chalicelib.domain.records import RECORDS, Entity, Record, Ref
from chalicelib.store.dynamodb.deflate import from_base64, to_base64
from chalicelib.store.items import ITEM_OF, Flag, Integer, Item, Json, RecordItem, default_of

Key = tuple[str, str]
"""Partition key and sort key."""

Raw = dict[str, dict[str, str]]
"""An item's attributes as DynamoDB writes them, such as `{"pk": {"S": "MEMBER#anna"}, "n": {"N": "7"}}`."""

VERSION = str(Item.version.attr_name)
"""The attribute that each write asserts."""


MAX_LONG = 380 * 1024 * 4 // 3
"""Base64 characters of a compressed value: an item holds 400 kB, and there is more in it."""


class UnreadableItem(Unreadable):
    """An item whose attributes do not form the record of its kind."""


class Column(Struct, frozen=True, array_like=True):
    """The mapping of a record's field to an attribute.

    `name` and `tag`: the attribute's name and its type in DynamoDB's JSON. `value` deserialises, `text` serialises
    (None: the field is that text). `default` is the value that is not stored. `long`: the attribute
    that stores a value of more than `longest` characters, compressed; empty where there is none.
    """

    name: str
    tag: str
    field: str
    value: Callable[[str], Any] | None
    text: Callable[[Any], str | bytes] | None
    default: object
    long: str
    longest: int


def key_of(named: Ref | Record) -> Key:
    """The key of a record, or of the record that a reference names."""
    pk, sk = _PATTERNS[type(named)]
    return pk(named), sk(named)


def _compiled(pattern: str) -> Callable[[Any], str]:
    """A function that fills the pattern of a key with the fields of a record or a reference."""
    pieces = re.split(r"\{(.+?)\}", pattern)
    texts, fills = pieces[::2], [_fill(piece) for piece in pieces[1::2]]
    if not fills:
        return lambda _: pattern
    return lambda named: "".join([text + fill(named) for text, fill in zip(texts, fills, strict=False)]) + texts[-1]


def _fill(piece: str) -> Callable[[Any], str]:
    name, digits, shards = re.fullmatch(r"(\w+)(?::(\w+))?(?:%([0-9]+))?", piece).groups()  # type: ignore[union-attr]
    value = attrgetter(name)
    if shards:
        return lambda named: str(shard(value(named), int(shards)))
    return lambda named: format(value(named), digits or "")


def _patterns() -> dict[type[Any], tuple[Callable[[Any], str], Callable[[Any], str]]]:
    """The patterns of the keys by the classes of records, and of their references."""
    entities: dict[type[Any], Entity] = {record: record.ENTITY for record in RECORDS}
    both = entities | {entity.ref: entity for entity in entities.values()}
    return {kind: (_compiled(entity.pk), _compiled(entity.sk)) for kind, entity in both.items()}


def shard(text: str, shards: int) -> int:
    """The shard of a name: stable, and spread evenly."""
    return crc32(text.encode()) % shards


def item_of(record: Record) -> Raw:
    """The item that stores a record, as of the version that the record was read at. Raises TooLarge."""
    kind, columns = _WRITERS[type(record)]
    pk, sk = key_of(record)
    item: Raw = {"pk": {"S": pk}, "sk": {"S": sk}, "k": kind}
    for name, tag, field, text, default, long, longest in columns:
        value = getattr(record, field)
        if value == default:
            continue
        stored = text(value) if text else value
        if isinstance(stored, bytes):
            stored = stored.decode()
        if long and len(stored) > longest:
            item[long] = {"B": _compressed(stored, field)}
        else:
            item[name] = {tag: stored}
    return item


def _compressed(text: str, field: str) -> str:
    content = to_base64(text)
    if len(content) > MAX_LONG:
        raise TooLarge(
            "the %(field)s take %(size)s bytes, more than the %(most)s of an item",
            field=field,
            size=len(content) * 3 // 4,
            most=MAX_LONG * 3 // 4,
        )
    return content


def record_of(item: Raw) -> Any:
    """The record of an item, None for an item that stores none (such as an API key). Raises UnreadableItem."""
    try:
        reader = _READERS.get(item["k"]["S"])
        if reader is None:
            return None
        record, columns, upgraded = reader
        values = {}
        for name, tag, field, value, long in columns:
            stored = item.get(name)
            if stored is not None:
                values[field] = value(stored[tag]) if value else stored[tag]
            elif long and long in item:
                text = from_base64(item[long]["B"])
                values[field] = value(text) if value else text
        return record(**(upgraded(values) if upgraded else values))
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableItem(f"{place_of(item)}: {error}") from error


def records_of(items: Iterable[Raw], kinds: Container[str]) -> Iterator[Any]:
    """The records of items of some kinds; others are passed over. Raises UnreadableItem."""
    return (record_of(item) for item in items if item.get("k", {}).get("S") in kinds)


def place_of(item: Mapping[str, Mapping[str, str]]) -> str:
    """An item's partition key and sort key as one text, for error messages."""
    return " ".join(item.get(name, {}).get("S", "?") for name in ("pk", "sk"))


def columns(kind: type[RecordItem]) -> list[Column]:
    """The attributes of an item class that are fields of its record."""
    fields = {field.name: field for field in msgspec.structs.fields(kind.RECORD)}
    attributes = kind.get_attributes()
    long = {name: str(attributes[second].attr_name) for name, second in kind.LONG.items()}
    stored = ((fields[name], attribute) for name, attribute in attributes.items() if name in fields)
    longest: int = kind.RECORD.ENTITY.longest
    return [_column(field, attribute, long.get(field.name, ""), longest) for field, attribute in stored]


def _column(field: msgspec.structs.FieldInfo, stored: Attribute[Any], long: str, longest: int) -> Column:
    # What has a default in the table too is always stored: the stream's filter looks for it.
    default = default_of(field) if stored.default is None else msgspec.NODEFAULT
    value, text = _conversions(stored)
    return Column(str(stored.attr_name), str(stored.attr_type), field.name, value, text, default, long, longest)


def _conversions(stored: Attribute[Any]) -> tuple[Callable[[str], Any] | None, Callable[[Any], str | bytes] | None]:
    match stored:
        # Of anything but an int, such as a float that has lost digits, this makes no text: it raises TypeError. A bool
        # is 0 or 1.
        case Flag():
            return "1".__eq__, int.__repr__
        case Integer():
            return int, int.__repr__
        case VersionAttribute():
            return int, str
        case Json():
            # A field's JSON is that of its value, unless its attribute reads or writes another form.
            kind = type(stored)
            value = stored.decoder.decode if kind.deserialize is Json.deserialize else stored.deserialize
            return value, msgspec.json.encode if kind.serialize is Json.serialize else stored.serialize
        case _:
            return None, None


def _kind(of: type[RecordItem]) -> str:
    """The discriminator of an item class, which its items store as their kind."""
    return str(of.kind.get_discriminator(of))


def _earlier(kind: type[RecordItem]) -> list[tuple[Any, ...]]:
    """The reading side of columns that only earlier releases wrote."""
    attributes = ((name, kind.get_attributes()[name]) for name in kind.EARLIER)
    return [
        (str(attribute.attr_name), str(attribute.attr_type), name, _conversions(attribute)[0], "")
        for name, attribute in attributes
    ]


def _reader(kind: type[RecordItem]) -> tuple[type[Any], list[tuple[Any, ...]], Callable[[dict[str, Any]], Any] | None]:
    own = [(column.name, column.tag, column.field, column.value, column.long) for column in columns(kind)]
    return kind.RECORD, own + _earlier(kind), kind.upgraded if kind.EARLIER else None


_PATTERNS = _patterns()
_READERS = {_kind(item): _reader(item) for item in ITEM_OF.values()}
_WRITERS: Mapping[type[Any], tuple[dict[str, str], list[tuple[Any, ...]]]] = {
    record: (
        {"S": _kind(item)},
        [
            (column.name, column.tag, column.field, column.text, column.default, column.long, column.longest)
            for column in columns(item)
        ],
    )
    for record, item in ITEM_OF.items()
}
