"""The table's items as PynamoDB models, each beside the record it stores.

An attribute has the record's field name in code and a short name in the table, because bytes are write units. Values
that equal the record's default are not stored. Nested values are JSON text in the domain's own typed form; one that can
become long has a second attribute, in which it is stored compressed instead once it is.
"""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from msgspec import Struct, field, structs
from pynamodb.attributes import Attribute, BinaryAttribute, DiscriminatorAttribute, UnicodeAttribute, VersionAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.constants import BINARY, NUMBER, STRING
from pynamodb.models import Model

from chalicelib import settings
from chalicelib.domain import records
from chalicelib.domain.core.usage import Usage, of_buckets
from chalicelib.domain.ledger.accounts import Account
from chalicelib.domain.ledger.transfers import PROGRAMME, Posted, Posting
from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.records import Allowed, Candidate, Converted, First, Reserved, Spent, Terms
from chalicelib.store import transport
from chalicelib.store.deflate import deflated, inflated

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
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind)

    def serialize(self, value: T) -> str:
        """JSON text."""
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> T:
        """The typed value."""
        return self._decoder.decode(value)


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
        stored: tuple[Reserved | str, ...] = super().deserialize(value)
        return tuple(Reserved(hold) if isinstance(hold, str) else hold for hold in stored)


class Firsts(Json[tuple[First, ...]]):
    """The attribute of a person's earliest orders. Older items have one order's name there, and no instant."""

    def __init__(self, attr_name: str) -> None:
        super().__init__(tuple[First, ...], attr_name)

    def deserialize(self, value: str) -> tuple[First, ...]:
        """The orders."""
        return super().deserialize(value) if value.startswith("[") else (First(0, value),)


class Used(Json[Usage]):
    """What limited rules have given a member. An earlier release stored an amount for each bucket."""

    def __init__(self, attr_name: str) -> None:
        super().__init__(dict[str, tuple[int, ...] | int], attr_name)

    def deserialize(self, value: str) -> Usage:
        """The packed series."""
        stored: Mapping[str, tuple[int, ...] | int] = super().deserialize(value)
        amounts = {name: amount for name, amount in stored.items() if isinstance(amount, int)}
        packed: Usage = {name: series for name, series in stored.items() if not isinstance(series, int)}
        return of_buckets(amounts) | packed


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
        stored: Any = super().deserialize(value)
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
        return super().serialize(value) if len(value) < MANY_POSTINGS else msgspec.json.encode(packed(value)).decode()

    def deserialize(self, value: str) -> tuple[Posting, ...]:
        """The postings."""
        stored: Any = super().deserialize(value)
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


def default_of(field: msgspec.structs.FieldInfo) -> object:
    """The value that a field has when nothing is stored."""
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default


class OrderItem(RecordItem, discriminator="order"):
    """An order. Items that were written before long facts were compressed have all of theirs in `f`."""

    RECORD = records.Order
    LONG: ClassVar[dict[str, str]] = {"facts": "long_facts"}
    connection = _text("cn")
    order = _text("o")
    facts = Json[OrderFacts](OrderFacts, "f")
    long_facts = Deflated[OrderFacts](OrderFacts, "fz")
    posted = PostedByMember("p")
    terms = Json[Terms](Terms, "tm")
    conversion = Json[Converted](Converted, "c")
    holds = Holds("h")
    spent = Json[tuple[Spent, ...]](tuple[Spent, ...], "sp")
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
        """The fields of an order whose terms an earlier release stored in an attribute each."""
        terms = {name.removeprefix("terms_"): values.pop(name) for name in cls.EARLIER if name in values}
        return values | {"terms": Terms(**terms)} if terms else values


class MemberItem(RecordItem, discriminator="member"):
    """A member."""

    RECORD = records.Member
    member = _text("m")
    entries = _integer("n")
    code = _text("c")
    person = _text("pe")
    firsts = Firsts("fo")
    referrer = _text("r")
    referrer_root = _text("rr")
    referred_at = _integer("ra")
    by = _text("by")
    converting = _text("co")
    open = Json[tuple[str, ...]](tuple[str, ...], "w")
    live = _integer("l")
    groups = _integer("g")
    bonuses = _integer("b")
    accounts = Json[dict[str, Account]](dict[str, Account], "a")
    head = _text("h")
    used = Used("u")
    recent = Json[tuple[int, ...]](tuple[int, ...], "rb")
    prints = Json[tuple[str, ...]](tuple[str, ...], "p")
    alias = _text("al")
    was_root = Flag(null=True, attr_name="wr")
    email_hash = _text("e")


class ProfileItem(RecordItem, discriminator="profile"):
    """A member's personal data."""

    RECORD = records.Profile
    member = _text("m")
    email = _text("email")
    display_name = _text("name")
    locale = _text("locale")
    consents = Json[dict[str, bool]](dict[str, bool], "consents")


class CodeItem(RecordItem, discriminator="code"):
    """A referral code."""

    RECORD = records.Code
    code = _text("c")
    member = _text("m")
    root = _text("rt")


class ConversionItem(RecordItem, discriminator="conversion"):
    """A friend who bought. `todo` is what the stream's filter looks for."""

    RECORD = records.Conversion
    referrer = _text("r")
    friend = _text("f")
    order = _text("o")
    at = _integer("at")
    currency = _text("cu")
    base = _integer("b")
    live = Flag(null=True, attr_name="l")
    group = _integer("g")
    todo = Integer(attr_name="todo", default=1)
    lost_in = _integer("li")
    denied = Flag(null=True, attr_name="de")
    candidates = Json[tuple[Candidate, ...]](tuple[Candidate, ...], "ca")
    posted = PostedByMember("po")
    reason = _text("rs")
    prints = Json[tuple[str, ...]](tuple[str, ...], "p")


class GroupItem(RecordItem, discriminator="group"):
    """A group of friends."""

    RECORD = records.Group
    referrer = _text("r")
    number = _integer("n")
    friends = Json[tuple[str, ...]](tuple[str, ...], "f")
    terms = _integer("tv")
    at = _integer("at")
    limited = Flag(null=True, attr_name="li")
    broken = Flag(null=True, attr_name="br")
    posted = PostedByMember("p")
    signals = Json[tuple[tuple[str, int], ...]](tuple[tuple[str, int], ...], "si")
    review = _text("rv")
    orders = Json[tuple[str, ...]](tuple[str, ...], "or")
    allowed_at = _integer("aa")


class HoldItem(RecordItem, discriminator="hold"):
    """A hold on a balance."""

    RECORD = records.Hold
    hold = _text("h")
    member = _text("m")
    asset = _text("as")
    amount = _integer("am")
    at = _integer("at")
    until = _integer("un")
    order = _text("o")
    state = _text("st")
    captured = _integer("ca")
    ended_at = _integer("en")


class ReversalItem(RecordItem, discriminator="reversal"):
    """The reversal of a redemption."""

    RECORD = records.Reversal
    member = _text("m")
    entry = _integer("n")
    at = _integer("at")
    asset = _text("as")
    amount = _integer("am")
    reason = _text("why")


class BudgetItem(RecordItem, discriminator="budget"):
    """A share of a budget."""

    RECORD = records.Budget
    rule = _text("ru")
    asset = _text("as")
    share = _integer("s")
    given = _integer("g")


class ReviewItem(RecordItem, discriminator="review"):
    """A bonus that a person has to review."""

    RECORD = records.Review
    referrer = _text("r")
    number = _integer("n")
    at = _integer("at")
    verdict = _text("ve")
    reason = _text("why")
    decided_at = _integer("d")


class EntryItem(RecordItem, discriminator="entry"):
    """A ledger entry."""

    RECORD = records.Entry
    member = _text("m")
    number = _integer("n")
    at = _integer("at")
    cause = _text("c")
    label = _text("lb")
    terms = _integer("tv")
    postings = Postings("p")
    chain = _text("ch")


class NoteItem(RecordItem, discriminator="note"):
    """The reason of an entry in a person's words."""

    RECORD = records.Note
    member = _text("m")
    number = _integer("n")
    digest = _text("d")
    text = _text("t")
    salt = _text("sa")


class DataRequestItem(RecordItem, discriminator="request"):
    """A request about personal data."""

    RECORD = records.DataRequest
    at = _integer("at")
    number = _text("n")
    what = _text("w")
    subject = _text("s")
    source = _text("by")
    members = Json[tuple[str, ...]](tuple[str, ...], "m")
    orders = Json[tuple[str, ...]](tuple[str, ...], "o")
    hashes_of = Json[tuple[str, ...]](tuple[str, ...], "e")
    hashes = Flag(null=True, attr_name="h")
    done_at = _integer("d")
    erased = Json[dict[str, int]](dict[str, int], "c")
    place = Json[tuple[str, str]](tuple[str, str], "p")


class ProgrammeListItem(RecordItem, discriminator="programmes"):
    """The list of programme versions."""

    RECORD = records.ProgrammeList
    effective_at = Json[tuple[int, ...]](tuple[int, ...], "at")
    shares = Json[dict[str, int]](dict[str, int], "s")
    rules = Json[tuple[tuple[str, ...], ...]](tuple[tuple[str, ...], ...], "r")


class ProgrammeVersionItem(RecordItem, discriminator="programme"):
    """One version of the programme."""

    RECORD = records.ProgrammeVersion
    number = _integer("n")
    effective_at = _integer("at")
    published_at = _integer("published")
    document = _text("document")
    source = _text("source")


class AnswerItem(RecordItem, discriminator="answer"):
    """A stored answer."""

    RECORD = records.Answer
    caller = _text("ca")
    key = _text("key")
    request = _text("rq")
    body = _text("b")


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


class DeliveryItem(Item, discriminator="delivery"):
    """A delivery that could not be processed. `ttl` is garbage collection only.

    `body` is compressed; a large one is in as many `parts` instead, and one too large to keep in neither. Items that
    were written before there were parts have no `size` and no `digest`.
    """

    connection = UnicodeAttribute(attr_name="cn")
    headers = Json[dict[str, str]](dict[str, str], "h")
    body = BinaryAttribute(null=True, attr_name="b", legacy_encoding=False)
    parts = Integer(null=True, attr_name="n")
    size = Integer(null=True, attr_name="sz")
    digest = _text("dg")
    reason = UnicodeAttribute(attr_name="why")
    received_ms = Integer(attr_name="at")
    replayed_at = Integer(null=True, attr_name="ok")
    ttl = Integer(attr_name="ttl")


class DeliveryPartItem(Item, discriminator="delivery-part"):
    """A part of the compressed body of a kept delivery."""

    body = BinaryAttribute(attr_name="b", legacy_encoding=False)
    ttl = Integer(attr_name="ttl")


ITEM_OF: dict[type[Any], type[RecordItem]] = {item.RECORD: item for item in RecordItem.__subclasses__()}
"""The item class of each record class."""
