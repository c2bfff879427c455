"""Parses untrusted JSON into typed values; a value that cannot be parsed raises UnreadableDelivery, with the field.

A sender's module states the fields that it uses as msgspec Structs. The types below check a value where it stands, so
that the error carries its path, and convert it once: a `Number` never was a float, an `Instant` is milliseconds, an
`Id` is text although some senders write it as an integer beyond 2^53.

A body that fails validation is read a second time after `lenient` has coerced it: an empty value counts as not given,
an object stands for a list of one, and a field marked `LENIENT` is left out if it cannot be read. A field that is still
invalid matters for money and makes the body unreadable. An error never repeats a value that may be somebody's e-mail
address or name. Imports the domain and msgspec only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import wraps
from operator import call
from typing import Annotated, Any, ClassVar, Self, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.identity import MAX_CODE_TEXT, parse_code
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.orders.facts import Line, RefundLine
from chalicelib.edge.storefronts import ORDER_ID, Delivery, Ignored, OrderStatement, UnreadableDelivery

T = TypeVar("T")
Translate = Callable[[Delivery], OrderStatement | Ignored]

ZERO = Decimal(0)

MAX_LINES = Meta(max_length=2000)
"""Four times what the largest storefront allows; bounds the work and the size of one order."""

LENIENT = Meta(extra={"lenient": True})
"""Marks a field that does not affect money: where it cannot be read, it counts as not given."""

MAX_NAME = 100
"""Characters of an order's name, which its record keeps. A name decides nothing, so that a longer one is cut."""

MAX_SEARCHED = 50_000
"""Characters of an order that are searched for a referral code: shoppers can write megabytes of them, which would take
longer than a storefront, or Lambda, waits for the answer.
"""

Quantity = Annotated[int, Meta(ge=0, le=1_000_000)]

_DIGITS = 40
_PLACES = 8
"""Decimal places that are kept; further ones come from a sender's float. With so many every sum here is exact."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{0,40})?")
_TOO_LONG = re.compile(r"-?0*[1-9][0-9]{12,}(\.[0-9]*)?")
_NUMERIC = re.compile(r"[-+]?[0-9][0-9.,]{0,20}(e[-+]?[0-9]{1,20})?", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9._/-]{0,59}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_BOM = b"\xef\xbb\xbf"
_WHERE = re.compile(r"(?P<problem>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_OF_TYPE = re.compile(r"Expected `(.+)`, got `(\w+)`")
_BOUND = re.compile(r"Expected `(\w+)`(?: of length)? ([<>])= (-?[0-9]+)")
_CALLED = {
    "int": "a whole number",
    "float": "a number with decimals",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}
"""The types as an error calls them, by msgspec's names."""

_MISSING = re.compile(r"Object missing required field `(.*)`")


class Number(Decimal):
    """A decimal from a JSON string or number, below 10^12. Raises ValueError with what is wrong with it."""

    MAY_BE_NEGATIVE: ClassVar[bool] = True

    def __new__(cls, raw: object) -> Self:
        """The number, exact to _PLACES decimals."""
        sane = isinstance(raw, Decimal) and abs(raw.adjusted()) < _DIGITS
        text = format(raw, "f") if sane else str(raw)
        if _TOO_LONG.fullmatch(text):
            raise ValueError(f"must be below 10^12 (12 digits before the decimal point), got {_shown(raw)}")
        if not _DECIMAL.fullmatch(text):
            raise ValueError(f'must be a decimal number such as "40.00", got {_shown(raw)}')
        number = super().__new__(cls, round(Decimal(text), _PLACES) if len(text.partition(".")[2]) > _PLACES else text)
        if number < 0 and not cls.MAY_BE_NEGATIVE:
            raise ValueError(f"must not be negative, got {number}")
        return number


class Amount(Number):
    """A `Number` that is not negative."""

    MAY_BE_NEGATIVE = False


class Instant:
    """A moment from an ISO 8601 stamp, in milliseconds and in whole seconds since 1970; one without an offset, which is
    not `zoned`, is in UTC. Raises ValueError.
    """

    __slots__ = ("ms", "s", "zoned")

    def __init__(self, raw: object) -> None:
        try:
            stamp = datetime.fromisoformat(str(raw))
        except ValueError:
            raise ValueError("must be an ISO 8601 date and time such as 2026-01-31T09:00:00Z") from None
        ms = ((stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)) - _EPOCH) // timedelta(milliseconds=1)
        if ms < 0:
            raise ValueError("must not be before 1970")
        self.ms, self.s, self.zoned = ms, ms // 1000, stamp.tzinfo is not None


class Currency:
    """An ISO 4217 code, in capital letters whatever its sender writes. The ValueError repeats nothing: it could be
    anything.
    """

    __slots__ = ("code",)

    def __init__(self, raw: object) -> None:
        try:
            self.code = money.code_of(raw if isinstance(raw, str) else "")
        except InvalidInput as refused:
            raise ValueError(refused.text) from None


class Id:
    """An id that may become part of a key. The ValueError does not repeat it: it could be somebody's e-mail address."""

    __slots__ = ("text",)

    def __init__(self, raw: object) -> None:
        if not isinstance(raw, str | int) or isinstance(raw, bool) or not ORDER_ID.fullmatch(str(raw)):
            raise ValueError("must be an id of 1 to 100 letters, digits or ._:~#-")
        self.text = str(raw)


class Goods(Struct, frozen=True):
    """An order line in the sender's decimals, before it is rounded together with the others."""

    id: str
    product: str
    sku: str
    quantity: int
    net: Decimal
    tax: Decimal
    labels: tuple[str, ...] = ()
    earns: bool = True


class Returned(Struct, frozen=True):
    """The refund of a line, in the sender's decimals; without `net` its share follows from the quantity. A `tax` that
    is not stated is the line's share of what was given back.
    """

    line: str
    quantity: int
    net: Decimal | None
    tax: Decimal | None


def decoder(shape: type[T]) -> msgspec.json.Decoder[T]:
    """A JSON decoder of a type that makes the types above of what stands there, and reads fractions as Decimals."""
    return msgspec.json.Decoder(shape, dec_hook=call, float_hook=_fraction)


def read(shape: msgspec.json.Decoder[T], body: bytes) -> T:
    """The body as a value of the decoder's type, without a byte order mark. Raises UnreadableDelivery."""
    body = body.removeprefix(_BOM)
    try:
        return shape.decode(body)
    except msgspec.ValidationError as error:
        strict = _sentence(str(error), shape.type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableDelivery(f"the body must be JSON: {error}") from None
    return _read_again(shape, body, strict)


def plain(body: bytes) -> object:
    """The body as plain data; None where some part of it, which no field of ours need ask for, cannot be decoded."""
    try:
        return _ANYTHING.decode(body.removeprefix(_BOM))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def order_objects(document: object) -> Iterator[dict[str, Any]]:
    """The objects of a body in which an order can stand: the body itself, then those in the senders' envelopes."""
    for path in ENVELOPES:
        node = document
        for name in path:
            node = node.get(name) if isinstance(node, dict) else None
        if isinstance(node, dict):
            yield node


def _read_again(shape: msgspec.json.Decoder[T], body: bytes, strict: str) -> T:
    """The body read after coercion. `strict` is the error of the strict reading."""
    from chalicelib.edge.storefronts.lenient import fit, known_mistake

    raw = plain(body)
    if raw is None:  # it has something that no field of ours asks for, such as a number beyond all bounds
        raise UnreadableDelivery(strict)
    try:
        return msgspec.convert(fit(raw, shape.type, call), shape.type, dec_hook=call)
    except msgspec.ValidationError as error:
        again = _sentence(str(error), shape.type)
    # Where both name one field, the first speaks of what was really sent.
    same = again.split(maxsplit=1)[0].rstrip(":") == strict.split(maxsplit=1)[0].rstrip(":")
    raise UnreadableDelivery(known_mistake(raw) or (strict if same else again))


def readable(translate: Translate) -> Translate:
    """A decorator of `translate` that turns the domain's InvalidInput into UnreadableDelivery."""

    @wraps(translate)
    def translated(delivery: Delivery) -> OrderStatement | Ignored:
        try:
            return translate(delivery)
        except InvalidInput as refused:
            # Without the value, which may be somebody's name.
            raise UnreadableDelivery(str(refused.without_value())) from None

    return translated


def word(text: str) -> str:
    """A topic or type as an error may repeat it; none that could be an address or a sentence."""
    return repr(text) if _WORD.fullmatch(text) else "of another form"


def unknown_topic(topic: str, header: str) -> Ignored:
    """What becomes of a topic that is not ours. Raises UnreadableDelivery where none was sent: whatever took the header
    away takes it from orders too, which must not be lost.
    """
    if not topic.strip():
        raise UnreadableDelivery(f"the header {header} is missing: it says what the body is")
    return Ignored(f"unknown topic {word(topic)}", unknown=True)


def mailbox(email: str | None) -> str | None:
    """An e-mail address, None for a storefront's placeholder of an erased one."""
    name, _, host = (email or "").strip().lower().rpartition("@")
    erased = name == "deleted" or host == "invalid" or host.endswith(".invalid")
    return None if erased or not host else email


def order_name(name: str | None) -> str:
    """An order's name as statements show it: with a blank for each character that would move a terminal's cursor, and
    at most MAX_NAME characters.
    """
    shown = _CONTROL.sub(" ", name or "")
    return shown if len(shown) <= MAX_NAME else f"{shown[: MAX_NAME - 1]}…"


def order_lines(
    goods: Sequence[Goods], shipping: tuple[Decimal, Decimal], currency: str
) -> tuple[tuple[Line, ...], int, int]:
    """The lines, shipping net and shipping tax in minor units; together they sum to the rounded total."""
    decimals = [amount for item in goods for amount in (item.net, item.tax)]
    *parts, shipping_net, shipping_tax = money.minor_parts([*decimals, *shipping], currency)
    lines = tuple(
        Line(item.id, item.product, item.sku, item.quantity, net, tax, item.labels, item.earns)
        for item, net, tax in zip(goods, parts[::2], parts[1::2], strict=True)
    )
    return lines, shipping_net, shipping_tax


def refund_lines(returned: Sequence[Returned], currency: str) -> tuple[RefundLine, ...]:
    """The lines of a refund in minor units; their nets sum to the rounded total, and so do their taxes."""
    nets = money.minor_parts([refunded.net or Decimal(0) for refunded in returned], currency)
    taxes = money.minor_parts([refunded.tax or Decimal(0) for refunded in returned], currency)
    return tuple(
        RefundLine(
            refunded.line,
            refunded.quantity,
            None if refunded.net is None else net,
            None if refunded.tax is None and refunded.net is not None else tax,
        )
        for refunded, net, tax in zip(returned, nets, taxes, strict=True)
    )


def net_of(gross: Decimal, tax: Decimal, name: str, *, includes_tax: bool) -> tuple[Decimal, Decimal]:
    """Net and tax of an amount, which must contain its tax where prices do; what is free contains none."""
    if includes_tax and gross and gross < tax:
        raise UnreadableDelivery(f"{name} must not be less than its discounts and tax")
    return net_and_tax(gross, tax, includes_tax=includes_tax)


def net_and_tax(gross: Decimal, tax: Decimal, *, includes_tax: bool) -> tuple[Decimal, Decimal]:
    """Net and tax of an amount, for senders that round each by itself: tax is at most the amount that contains it."""
    if not includes_tax:
        return gross, tax
    contained = min(tax, gross)
    return gross - contained, contained


def minor(amount: Decimal, currency: str) -> int:
    """A single amount in minor units, rounded half up."""
    return money.minor_parts([amount], currency)[0]


def balance(values: Iterable[object]) -> Decimal:
    """The sum of amounts in an order's fields for balance. A shopper can write there: anything else counts as 0."""
    total = ZERO
    for value in values:
        with suppress(ValueError):
            total += Amount(value) if isinstance(value, str | int | Decimal) else ZERO
    return total


def first_code(values: Iterable[object]) -> str:
    """The first value that can be a referral code; coupons and other text fail its check character. A value for which
    MAX_SEARCHED leaves no room is passed over.
    """
    room = MAX_SEARCHED
    for value in values:
        if isinstance(value, str) and (taken := 1 + min(len(value), MAX_CODE_TEXT)) <= room:
            room -= taken
            if code := parse_code(value):
                return code
    return ""


def query_values(url: str | None) -> list[str]:
    """The values of a URL's query, the last (where our links put the code) first; none without a query. Of a query
    that is longer than MAX_SEARCHED only its end is read.
    """
    query = (url or "").partition("?")[2].partition("#")[0][-MAX_SEARCHED:]
    return [value for _, value in reversed(parse_qsl(query))]


def _fraction(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("must be a number below 10^12") from None


ENVELOPES = ((), ("data",), ("data", "object"), ("data", "order"), ("order",))
"""The paths at which an order can stand in a body."""

_ANYTHING = msgspec.json.Decoder(float_hook=_fraction)


def _shown(raw: object) -> str:
    """A value as an error may repeat it: a number itself, else the kind of value."""
    match raw:
        case str() | int() | Decimal() if _NUMERIC.fullmatch(str(raw)):
            return repr(str(raw))
        case None:
            return "null"
        case str():
            return "text" if raw else "empty text"
        case list() | dict():
            return "a list" if isinstance(raw, list) else "an object"
        case _:
            return "no number"


def _sentence(error: str, shape: Any) -> str:
    """msgspec's message `problem - at $.path` with the field first, without any value that it repeats."""
    match = _WHERE.fullmatch(error)
    problem, path = (match["problem"], match["path"] or "") if match else (error, "")
    if problem.startswith("Invalid enum value"):
        from chalicelib.edge.storefronts.lenient import words_at

        *words, last = words_at(shape, path)
        problem = f"must be {', '.join(words)} or {last}"
    if problem.startswith("Object contains unknown field"):
        problem = "must have no fields but the id"
    if missing := _MISSING.fullmatch(problem):
        return f"{path}.{missing[1]}".lstrip(".") + " is missing"
    problem = _plainly(problem)
    return f"{path or 'the document'}{'' if problem.startswith('must') else ':'} {problem}"


def _plainly(problem: str) -> str:
    """What msgspec says of a type or of a bound, in words; any other problem as it is."""
    if match := _OF_TYPE.fullmatch(problem):
        wanted = [_CALLED.get(name, name) for name in match[1].split(" | ") if name != "null"]
        return f"must be {' or '.join(wanted)}, got {_CALLED.get(match[2], match[2])}"
    if match := _BOUND.fullmatch(problem):
        counted = {"array": " entries", "str": " characters"}.get(match[1], "")
        return f"must {'have' if counted else 'be'} at {'most' if match[2] == '<' else 'least'} {match[3]}{counted}"
    return problem
