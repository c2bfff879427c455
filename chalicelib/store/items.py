"""The table's items as PynamoDB models, each beside the record it stores.

An attribute has the record's field name in code and a short name in the table, because bytes are write units. Values
that equal the record's default are not stored. Nested values are JSON text in the domain's own typed form; one that can
become long has a second attribute, in which it is stored compressed instead once it is.
"""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from types import new_class
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from msgspec import Struct, field, structs
from msgspec.structs import FieldInfo
from pynamodb.attributes import Attribute, BinaryAttribute, DiscriminatorAttribute, UnicodeAttribute, VersionAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.constants import BINARY, NUMBER, STRING
from pynamodb.models import Model

from chalicelib import settings
from chalicelib.domain import records
from chalicelib.domain.core.usage import Usage, of_buckets
from chalicelib.domain.ledger.transfers import PROGRAMME, Posted, Posting
from chalicelib.domain.records import Allowed, First, Reserved, Terms
from chalicelib.store.dynamodb import transport
from chalicelib.store.dynamodb.deflate import deflated, inflated

T = TypeVar("T")

PostedPart = tuple[str, str, str, int, int, int]
"""Rule, account without PROGRAMME, asset, times of the lot, amount."""

MANY_POSTINGS = 2
"""So many postings of an entry are packed."""


class Integer(Attribute[int]):
    """An exact integer attribute; PynamoDB's own number goes through floats and loses digits."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        """The decimal text that DynamoDB takes as a number; anything but an int is a programmer's error."""
        assert type(value) is int, f"{self.attr_name} takes an int, not {value!r}"
        return str(value)

    def deserialize(self, value: str) -> int:
        """The int."""
        return int(value)


class Flag(Integer):
    """A bool as 0 or 1, as stream filters compare it."""

    def serialize(self, value: int) -> str:
        """0 or 1."""
        return super().serialize(int(value))

    def deserialize(self, value: str) -> bool:
        """The bool."""
        return value == "1"


class Json(Attribute[T], Generic[T]):
    """An attribute that stores a typed value as compact JSON, validated when it is read."""

    attr_type = STRING

    def __init__(self, kind: Any, attr_name: str) -> None:
        super().__init__(null=True, attr_name=attr_name)
        self.decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind)

    def serialize(self, value: T) -> str:
        """JSON text."""
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> T:
        """The typed value."""
        return self.decoder.decode(value)


class Deflated(Json[T]):
    """An attribute that stores a typed value as compressed JSON, for a field whose value can become long."""

    attr_type = BINARY

    def serialize(self, value: T) -> Any:
        """Compressed JSON."""
        return deflated(super().serialize(value).encode())

    def deserialize(self, value: Any) -> T:
        """The typed value. Raises ValueError."""
        return super().deserialize(inflated(value).decode())


class Holds(Json[tuple[Reserved, ...]]):
    """The attribute of an order's holds. An earlier release stored their ids alone."""

    def __init__(self, attr_name: str) -> None:
        super().__init__(tuple[Reserved | str, ...], attr_name)

    def deserialize(self, value: str) -> tuple[Reserved, ...]:
        """The holds; of one that an earlier release stored only the id is known."""
        stored: tuple[Reserved | str, ...] = self.decoder.decode(value)
        return tuple(Reserved(hold) if isinstance(hold, str) else hold for hold in stored)


class Firsts(Json[tuple[First, ...]]):
    """The attribute of a person's earliest orders. Older items have one order's name there, and no instant."""

    def __init__(self, attr_name: str) -> None:
        super().__init__(tuple[First, ...], attr_name)

    def deserialize(self, value: str) -> tuple[First, ...]:
        """The orders."""
        return self.decoder.decode(value) if value.startswith("[") else (First(0, value),)


class Used(Json[Usage]):
    """What limited rules have given a member. An earlier release stored an amount for each bucket."""

    def __init__(self, attr_name: str) -> None:
        super().__init__(dict[str, tuple[int, ...] | int], attr_name)

    def deserialize(self, value: str) -> Usage:
        """The packed series."""
        stored: Mapping[str, tuple[int, ...] | int] = self.decoder.decode(value)
        amounts = {name: amount for name, amount in stored.items() if isinstance(amount, int)}
        packed: Usage = {name: series for name, series in stored.items() if not isinstance(series, int)}
        return of_buckets(amounts) | packed if amounts else packed


class PostedByMember(Json[tuple[Posted, ...]]):
    """What was posted, as a mapping from each member to the rest of it: most orders post to one member, named once.

    Where a mapping would not keep the order of the parts, or an account is not the programme's, it is a list in which
    each part names its member and its account in full, as all were in earlier releases.
    """

    def __init__(self, attr_name: str) -> None:
        super().__init__(dict[str, list[PostedPart]] | tuple[Posted, ...], attr_name)

    def serialize(self, value: tuple[Posted, ...]) -> str:
        """JSON text."""
        by_member: dict[str, list[PostedPart]] = {}
        for posted in value:
            account = posted.account.removeprefix(PROGRAMME)
            part = (posted.rule, account, posted.asset, posted.vests_at, posted.expires_at, posted.amount)
            by_member.setdefault(posted.member, []).append(part)
        runs = [member for member, _ in groupby(posted.member for posted in value)]
        fits = len(runs) == len(by_member) and all(posted.account.startswith(PROGRAMME) for posted in value)
        return msgspec.json.encode(by_member if fits else value).decode()

    def deserialize(self, value: str) -> tuple[Posted, ...]:
        """What was posted, each part with its member."""
        stored: Any = self.decoder.decode(value)
        if not isinstance(stored, dict):
            return tuple(stored)
        return tuple(
            Posted(member, rule, f"{PROGRAMME}{account}", *numbers)
            for member, parts in stored.items()
            for rule, account, *numbers in parts
        )


class PackedPostings(Struct, frozen=True):
    """Several postings of one entry: what they have in common stands once.

    `account` is the one that takes the most room, most often the member's, and is empty in the postings; `lines` are
    the lists of lines that reasons name, and `named` says for each posting which of them (-1: none).
    """

    account: str = field(name="m")
    lines: list[tuple[tuple[str, int], ...]] = field(name="l")
    named: list[int] = field(name="i")
    postings: list[Posting] = field(name="p")


class Postings(Json[tuple[Posting, ...]]):
    """The postings of an entry. One alone is stored as it is, as all were in earlier releases; several are packed."""

    def __init__(self, attr_name: str) -> None:
        super().__init__(PackedPostings | tuple[Posting, ...], attr_name)

    def serialize(self, value: tuple[Posting, ...]) -> str:
        """JSON text."""
        return msgspec.json.encode(value if len(value) < MANY_POSTINGS else packed(value)).decode()

    def deserialize(self, value: str) -> tuple[Posting, ...]:
        """The postings."""
        stored: Any = self.decoder.decode(value)
        return unpacked(stored) if isinstance(stored, PackedPostings) else tuple(stored)


def packed(postings: Sequence[Posting]) -> PackedPostings:
    """Postings with what they have in common written once."""
    ends = Counter(end for posting in postings for end in (posting.source, posting.destination))
    account = max(ends, key=lambda end: (ends[end] * len(end), end))
    lists = list(dict.fromkeys(posting.why.lines for posting in postings if posting.why.lines))
    short = [
        structs.replace(
            posting,
            source="" if posting.source == account else posting.source,
            destination="" if posting.destination == account else posting.destination,
            why=structs.replace(posting.why, lines=()),
        )
        for posting in postings
    ]
    named = [lists.index(posting.why.lines) if posting.why.lines else -1 for posting in postings]
    return PackedPostings(account, lists, named, short)


def unpacked(stored: PackedPostings) -> tuple[Posting, ...]:
    """The postings that were packed."""
    return tuple(
        structs.replace(
            posting,
            source=posting.source or stored.account,
            destination=posting.destination or stored.account,
            why=structs.replace(posting.why, lines=stored.lines[number] if number >= 0 else ()),
        )
        for posting, number in zip(stored.postings, stored.named, strict=True)
    )


def _text(attr_name: str) -> UnicodeAttribute:
    return UnicodeAttribute(null=True, attr_name=attr_name)


def _integer(attr_name: str) -> Integer:
    return Integer(null=True, attr_name=attr_name)


class Client:
    """An adapter that PynamoDB uses as botocore's client: operations by `transport.py`, binary values as bytes."""

    _request_signer = None

    def _make_api_call(self, operation: str, request: Mapping[str, Any]) -> Any:
        return _with_bytes(transport.dynamodb(operation, request))


def _with_bytes(answer: Any) -> Any:
    """An answer with its binary values as bytes; in JSON they are base64."""
    if isinstance(answer, list):
        return [_with_bytes(part) for part in answer]
    if not isinstance(answer, dict):
        return answer
    return {name: b64decode(part) if name == "B" else _with_bytes(part) for name, part in answer.items()}


_CLIENT: Any = Client()


class Item(Model):
    """The attributes of every item: its key, its kind and the version that each write asserts."""

    class Meta:
        """PynamoDB's table name; `_get_connection` sets it from the settings."""

        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute(attr_name="k")
    version = VersionAttribute(null=True, attr_name="v")

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """PynamoDB's own connection to the table of the settings, with our transport as its client."""
        cls.Meta.table_name = settings.table()
        connection = super()._get_connection()
        connection.connection._client = _CLIENT  # noqa: SLF001 (PynamoDB takes no client otherwise)
        return connection


class RecordItem(Item):
    """An item that stores a record, field by field.

    `LONG` maps a field whose value can become long to the attribute that stores it then. `EARLIER` are attributes that
    only earlier releases wrote; `upgraded` makes the record's fields of them.
    """

    RECORD: ClassVar[type[Any]]
    LONG: ClassVar[dict[str, str]] = {}
    EARLIER: ClassVar[frozenset[str]] = frozenset()

    def record(self) -> Any:
        """The record of an item that a query returned; items read by key are deserialised by `codec.py`."""
        names = [field.name for field in msgspec.structs.fields(self.RECORD)]
        stored = {name: value for name in (*names, *self.EARLIER) if (value := self._stored(name)) is not None}
        return self.RECORD(**self.upgraded(stored))

    @classmethod
    def upgraded(cls, values: dict[str, Any]) -> dict[str, Any]:
        """The values of the record's fields, given those of the item's attributes."""
        return values

    def _stored(self, name: str) -> Any:
        value = getattr(self, name)
        return getattr(self, self.LONG[name]) if value is None and name in self.LONG else value


def default_of(field: FieldInfo) -> object:
    """The value that a field has when nothing is stored."""
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default


class EarlierOrder(RecordItem):
    """What releases wrote into orders that stored each of the terms in an attribute of its own."""

    terms_version = _integer("tv")
    terms_root = _text("rt")
    terms_refused = _text("rf")
    terms_allowed = Json[tuple[Allowed, ...]](tuple[Allowed, ...], "al")
    terms_balance = _integer("ba")
    EARLIER: ClassVar[frozenset[str]] = frozenset(
        {"terms_version", "terms_root", "terms_refused", "terms_allowed", "terms_balance"}
    )

    @classmethod
    def upgraded(cls, values: dict[str, Any]) -> dict[str, Any]:
        """The fields of an order, its terms made of the attributes of earlier releases."""
        terms = {name.removeprefix("terms_"): values.pop(name) for name in cls.EARLIER if name in values}
        return values | {"terms": Terms(**terms)} if terms else values


EARLIER_OF: Mapping[type[Any], type[RecordItem]] = {records.Order: EarlierOrder}
"""What earlier releases wrote beside a record's own attributes."""

ATTRIBUTES: Mapping[Any, Callable[[str], Attribute[Any]]] = {
    str: _text,
    int: _integer,
    bool: lambda name: Flag(null=True, attr_name=name),
    tuple[First, ...]: Firsts,
    tuple[Posted, ...]: PostedByMember,
    tuple[Posting, ...]: Postings,
    tuple[Reserved, ...]: Holds,
    Usage: Used,
}
"""The attribute of a field by its type; any other type is JSON."""


def _attribute(field: FieldInfo, name: str, streamed: bool) -> Attribute[Any]:
    if streamed:
        return Integer(attr_name=name, default=field.default)
    make = ATTRIBUTES.get(field.type)
    return make(name) if make else Json(field.type, name)


def _item_class(record: type[Any]) -> type[RecordItem]:
    """The item class of a record class, as its ENTITY says."""
    entity: records.Entity = record.ENTITY
    fields = {field.name: field for field in structs.fields(record)}
    body: dict[str, Any] = {
        "__doc__": f"The item of a record: {entity.title}.",
        "__module__": __name__,
        "RECORD": record,
        "LONG": {field: f"long_{field}" for field in entity.long},
    }
    body |= {name: _attribute(fields[name], short, name in entity.streamed) for name, short in entity.names.items()}
    body |= {f"long_{name}": Deflated(fields[name].type, short) for name, short in entity.long.items()}
    bases = (EARLIER_OF.get(record, RecordItem),)
    made = new_class(f"{record.__name__}Item", bases, {"discriminator": entity.kind}, lambda space: space.update(body))
    assert issubclass(made, RecordItem)
    return made


ITEM_OF: Mapping[type[Any], type[RecordItem]] = {record: _item_class(record) for record in records.RECORDS}
"""The item class of each record class."""

ACTIVITY: Any = ITEM_OF[records.Activity]
BOARD_ROW: Any = ITEM_OF[records.BoardRow]
CONVERSION: Any = ITEM_OF[records.Conversion]
DATA_REQUEST: Any = ITEM_OF[records.DataRequest]
DAY_REPORT: Any = ITEM_OF[records.DayReport]
GROUP: Any = ITEM_OF[records.Group]
MEMBER_LIST: Any = ITEM_OF[records.MemberList]
OUTSTANDING: Any = ITEM_OF[records.Outstanding]
REVIEW: Any = ITEM_OF[records.Review]
"""The item classes that are queried by more than their keys; their attributes are their records' fields."""


class KeyItem(Item, discriminator="key"):
    """An API key: the SHA-256 of its secret, and what it may do."""

    digest = UnicodeAttribute(attr_name="h")
    role = UnicodeAttribute(attr_name="r")
    created_at = Integer(attr_name="at")


class RootCheckItem(Item, discriminator="root-check"):
    """A keyed digest of the root secret (`store/root_check.py`)."""

    digest = UnicodeAttribute(attr_name="h")


class ClicksItem(Item, discriminator="clicks"):
    """One of the counters of a link's clicks."""

    clicked = Integer(attr_name="n", default=0)


class RoundItem(Item, discriminator="round"):
    """The progress of the daily round, as a `store/rounds.py` Round."""

    state = Json[Any](Any, "st")


class FoldPartItem(Item, discriminator="fold-part"):
    """A part of what a round that is not done has counted, compressed; `version` is that of the round with it."""

    body = BinaryAttribute(attr_name="b", legacy_encoding=False)


class WaitingItem(Item, discriminator="waiting"):
    """What waits for a person, as a `store/waiting.py` Waiting."""

    state = Json[Any](Any, "st")


class DeliveryItem(Item, discriminator="delivery"):
    """A delivery that could not be processed. `ttl` is garbage collection only.

    `body` is compressed; a large one is in as many `parts` instead, and one too large to keep in neither. Items that
    were written before there were parts have no `size` and no `digest`, and before there were causes no `cause`.
    """

    connection = UnicodeAttribute(attr_name="cn")
    headers = Json[dict[str, str]](dict[str, str], "h")
    body = BinaryAttribute(null=True, attr_name="b", legacy_encoding=False)
    parts = Integer(null=True, attr_name="n")
    size = Integer(null=True, attr_name="sz")
    digest = _text("dg")
    reason = UnicodeAttribute(attr_name="why")
    cause = _text("cd")
    received_ms = Integer(attr_name="at")
    replayed_at = Integer(null=True, attr_name="ok")
    ttl = Integer(attr_name="ttl")


class DeliveryPartItem(Item, discriminator="delivery-part"):
    """A part of the compressed body of a kept delivery."""

    body = BinaryAttribute(attr_name="b", legacy_encoding=False)
    ttl = Integer(attr_name="ttl")
