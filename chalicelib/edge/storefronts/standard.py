"""Standard Webhooks with our own order format, for any shop that can sign a request.

Signatures: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (headers
`webhook-*`, or `svix-*`; the `v1` scheme). The body is `{"type": ..., "data": ...}`:

    order.created, order.updated, order.paid, order.cancelled, order.refunded
        `data` is the whole order as it now is; its `status` says what it is, the type only why it was sent.
    refund.created      `data` is one refund with its `order` and `currency`; a refund may also stand in the order.
    order.delivered     `data` is `{"id": ..., "delivered_at": ...}`; it may also stand in the order.
    order.deleted       `data` is `{"id": ...}`.
    dispute.opened, dispute.won, dispute.lost
        `data` is `{"order": "1001", "id": "d1", "amount": "53.00", "currency": "EUR", "at": "2026-02-10T08:00:00Z"}`:
        while a dispute is open, and once it is lost, its amount (tax included) is not the shop's.

    {"type": "order.paid", "data": {
        "id": "1001", "number": "#1001", "status": "paid", "currency": "EUR", "tax_included": false,
        "created_at": "2026-01-31T09:00:00Z", "paid_at": "2026-01-31T09:02:00Z", "updated_at": "2026-01-31T09:02:00Z",
        "delivered_at": null, "referral_code": null, "paid_with_balance": "0.00",
        "customer": {"id": "42", "email": "ana@example.com", "phone": "+33 1 23 45 67 89"},
        "address": {"street": "12, rue de la Paix", "postcode": "75002", "city": "Paris", "country": "FR"},
        "card": "", "device": "",
        "lines": [{"id": "1", "product": "mug", "sku": "MUG-1", "quantity": 2, "amount": "40.00", "tax": "8.00",
                   "categories": ["kitchen"], "collections": [], "tags": ["new"], "earns": true}],
        "shipping": {"amount": "5.00", "tax": "1.00"}, "fees": "0.00", "discounts": "0.00", "test": false,
        "refunds": [{"id": "r1", "lines": [{"line": "1", "quantity": 1, "amount": "20.00", "tax": "4.00"}],
                     "shipping": "0.00", "fees": "0.00", "amount": "0.00"}]}}

Money is a decimal string. A line's `amount` is the whole line after discounts; it, and the shipping's, contain the
tax if `tax_included` says so; what is free contains none. `fees` is what is neither goods nor shipping, with its tax:
tips, duties, donations. Of `paid_with_balance`, so much as `discounts` says is in the amounts already. Of a refund,
`shipping`, `fees` and `amount` (what names no line) contain the tax; a line without `amount` was refunded by its
quantity's share. The newest `updated_at` wins. Phone, address, `card` (the payment provider's fingerprint of it) and
`device` (an id that you gave it) are optional; only keyed hashes of them are stored. What is read and may have been
meant otherwise the answer's `reason` names: fields that the type has not, which are passed over; a `status` that
contradicts the type; a `status` of `refunded` beside refunds of a part; amounts with more decimals than the currency
has, which are rounded; times without a zone, which are taken as UTC.
Imports the domain only.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from msgspec import Meta, Struct, field
from msgspec.structs import asdict, replace

from chalicelib.domain.core import money
from chalicelib.domain.orders.facts import OrderFacts, Refund, Snapshot
from chalicelib.domain.orders.kept import kept_of
from chalicelib.edge.storefronts import (
    TEST,
    TEST_TOPIC,
    Delivery,
    Ignored,
    OrderStatement,
    UnreadableDelivery,
    disputes,
    reading,
    signatures,
)
from chalicelib.edge.storefronts.prints import Fields, Traits, address, prints
from chalicelib.edge.storefronts.reading import (
    LENIENT,
    MAX_LINES,
    ZERO,
    Amount,
    Currency,
    Goods,
    Id,
    Instant,
    Quantity,
    Returned,
    order_name,
)

T = TypeVar("T")

MAX_LABELS = 50
"""Categories, collections and tags of a line in all. None is left out, since a rule may go by it."""

MAX_LABEL_LENGTH = 60
MAX_LABEL_BYTES = 100_000
"""Of all labels of an order together, so that an order of many lines stays small enough to be kept."""


ORDER_TYPES = tuple(f"order.{event}" for event in ("created", "updated", "paid", "cancelled", "refunded"))

STATUSES = {
    "order.paid": ("paid", "refunded"),
    "order.cancelled": ("cancelled", "refunded"),
    "order.refunded": ("refunded",),
}
"""The statuses that agree with a type, where not all do; with `order.refunded` also does a refund in the body."""

OUTCOMES = {"dispute.opened": "needs_response", "dispute.won": "won", "dispute.lost": "lost"}
"""The status in `disputes.POSITIONS` for each of our dispute types."""

REFUNDED = ("lines", "amount", "shipping", "fees")
"""What a refund on its own says was refunded, of which it must state something, unless it withdraws an earlier one of
its id by a newer `updated_at`.
"""

MOST_NAMED = 5
"""Fields of a kind that an answer names."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
"""How a field may be called that an answer names; another name may be anything, somebody's address too."""

ADDRESS = Fields(street=("street",), postcode="postcode")

Text = Annotated[str, Meta(max_length=100)]

Trait = Annotated[str, Meta(max_length=500)]
"""What leaves only a print, whose length is not that of what it is made of: a user agent has some 200 characters."""


class Quoted(Amount):
    """An `Amount` that must be written as a string, so that no sender's float can creep in."""

    def __new__(cls, raw: object) -> Self:
        """The amount."""
        if not isinstance(raw, str):
            raise ValueError('must be a string such as "40.00"')
        return super().__new__(cls, raw)


class Customer(Struct):
    """The buyer; a guest has an e-mail only."""

    id: Id | None = None
    email: Annotated[str | None, LENIENT] = None
    phone: Annotated[Trait | None, LENIENT] = None


class Place(Struct):
    """Where the goods go."""

    street: Trait | None = None
    postcode: Trait | None = None
    city: Trait | None = None
    country: Trait | None = None


class OrderLine(Struct):
    """One line, its amount for the whole line after discounts."""

    id: Id
    quantity: Quantity
    amount: Quoted
    tax: Quoted | None = Quoted("0")
    product: Text = ""
    sku: Text = ""
    categories: list[str] = []
    collections: list[str] = []
    tags: list[str] = []
    earns: bool = True


class Shipping(Struct):
    """What shipping cost."""

    amount: Quoted | None = None
    tax: Quoted | None = Quoted("0")

    def is_priced(self) -> bool:
        """Whether it states all that it cost."""
        return self.amount is not None and self.tax is not None


class RefundedLine(Struct):
    """What of a line was refunded; `amount` contains the tax where the order's amounts do, and `tax` is its share where
    it is left out.
    """

    line: Id
    quantity: Quantity
    amount: Quoted | None = None
    tax: Quoted | None = None


class RefundBody(Struct, kw_only=True):
    """One refund."""

    id: Id
    lines: Annotated[list[RefundedLine], MAX_LINES] = []
    shipping: Quoted = Quoted("0")
    fees: Quoted = Quoted("0")
    amount: Quoted = Quoted("0")
    updated_at: Instant | None = None


class LoneRefund(RefundBody, kw_only=True):
    """One refund on its own."""

    order: Id
    currency: Currency


class Order(Struct, kw_only=True):
    """The whole order."""

    id: Id
    status: Literal["pending", "paid", "cancelled", "refunded"]
    currency: Currency
    updated_at: Instant
    lines: Annotated[list[OrderLine], MAX_LINES]
    created_at: Instant | None = None
    paid_at: Instant | None = None
    number: Annotated[str | None, LENIENT] = None
    customer: Customer | None = None
    referral_code: Annotated[str | None, LENIENT] = None
    tax_included: bool = False
    shipping: Shipping | None = field(default_factory=lambda: Shipping(Quoted("0")))
    fees: Quoted | None = Quoted("0")
    discounts: Quoted = Quoted("0")
    test: bool | None = None
    paid_with_balance: Quoted | None = None
    refunds: list[RefundBody] = []
    delivered_at: Annotated[Instant | None, LENIENT] = None
    address: Annotated[Place | None, LENIENT] = None
    card: Annotated[Trait | None, LENIENT] = None
    device: Annotated[Trait | None, LENIENT] = None


PARTS: dict[type[Struct], dict[str, type[Struct]]] = {
    Order: {
        "customer": Customer,
        "address": Place,
        "lines": OrderLine,
        "shipping": Shipping,
        "refunds": RefundBody,
    },
    RefundBody: {"lines": RefundedLine},
    LoneRefund: {"lines": RefundedLine},
}
"""The fields of a part that are parts themselves, or lists of them."""


class Delivered(Struct):
    """The whole order has arrived."""

    id: Id
    delivered_at: Instant


class Disputed(Struct):
    """A chargeback."""

    id: Id
    order: Id
    amount: Quoted
    currency: Currency
    at: Instant


class Deleted(Struct):
    """A deleted order."""

    id: Id


class Message(Struct, Generic[T]):
    """The body of one type."""

    data: T


class Envelope(Struct):
    """The type of any body."""

    type: str = field(default="")


_ENVELOPE = reading.decoder(Envelope)
_ORDER = reading.decoder(Message[Order])
_REFUND = reading.decoder(Message[LoneRefund])
_DELIVERED = reading.decoder(Message[Delivered])
_DISPUTE = reading.decoder(Message[Disputed])
_DELETED = reading.decoder(Message[Deleted])


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> bool:
    """Whether one of the secrets signed this id, time and body. Raises Unauthenticated for a time too far from ours."""
    identifier, stamp, signed = (_header(headers, name) for name in ("id", "timestamp", "signature"))
    seconds = signatures.unix_seconds(stamp)
    if not identifier or seconds is None:
        return False
    message = f"{identifier}.{seconds}.".encode(errors="replace") + body
    versioned = (signature.partition(",") for signature in signed.split(" "))
    given = [signatures.from_base64(value) for version, _, value in versioned if version == "v1"]
    if not signatures.is_signed(message, map(_key, secrets), given):
        return False
    signatures.check_age(now - seconds)
    return True


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(f"webhook-{name}") or headers.get(f"svix-{name}", "")


def _key(secret: str) -> bytes:
    """The bytes of a `whsec_` secret, padded or not, as the reference library reads it; empty if it is none."""
    try:
        return b64decode(secret.removeprefix("whsec_") + "==")
    except ValueError:
        return b""


@reading.readable
def translate(delivery: Delivery) -> OrderStatement | Ignored:
    """The facts in a delivery, by its type."""
    kind = reading.read(_ENVELOPE, delivery.body).type
    if kind == TEST_TOPIC:
        return TEST
    if not kind:
        raise UnreadableDelivery('type is missing: the body must be such as {"type": "order.paid", "data": {...}}')
    translator = _TYPES.get(kind)
    return translator(delivery, kind) if translator else Ignored(f"unknown type {reading.word(kind)}", unknown=True)


def _refund(delivery: Delivery, kind: str) -> OrderStatement:
    refund = reading.read(_REFUND, delivery.body).data
    data = _data(delivery)
    if data and not any(name in data for name in (*REFUNDED, "updated_at")):
        raise UnreadableDelivery(f"data must have {', '.join(REFUNDED[:-1])} or {REFUNDED[-1]}: what was refunded")
    facts = OrderFacts(refunds=_refunds([refund], refund.currency.code))
    return OrderStatement(refund.order.text, facts, notes=_notes(data, refund, kind))


def _delivered(delivery: Delivery, kind: str) -> OrderStatement:
    delivered = reading.read(_DELIVERED, delivery.body).data
    facts = OrderFacts(delivered_at=delivered.delivered_at.s)
    return OrderStatement(delivered.id.text, facts, notes=_notes(_data(delivery), delivered, kind))


def _deleted(delivery: Delivery, kind: str) -> OrderStatement:
    deleted = reading.read(_DELETED, delivery.body).data
    return OrderStatement(deleted.id.text, OrderFacts(deleted=True), notes=_notes(_data(delivery), deleted, kind))


def _dispute(delivery: Delivery, kind: str) -> OrderStatement:
    disputed = reading.read(_DISPUTE, delivery.body).data
    position = disputes.POSITIONS[OUTCOMES[kind]]
    dispute = disputes.dispute(position, disputed.amount, disputed.currency.code, disputed.at.ms)
    facts = OrderFacts(disputes={disputed.id.text: dispute})
    return OrderStatement(disputed.order.text, facts, notes=_notes(_data(delivery), disputed, kind))


def _check_ids(order: Order) -> None:
    """Raises UnreadableDelivery where two lines have one id: a refund names its line by id."""
    known = set[str]()
    for i, line in enumerate(order.lines):
        if line.id.text in known:
            raise UnreadableDelivery(f"data.lines[{i}].id must be the only one of its order")
        known.add(line.id.text)


def _check_labels(order: Order) -> None:
    """Raises UnreadableDelivery for too many bytes of labels, which are stored with the order."""
    labels = (label for line in order.lines for label in (*line.categories, *line.collections, *line.tags))
    if sum(len(label.encode(errors="replace")) for label in labels) > MAX_LABEL_BYTES:
        raise UnreadableDelivery(
            f"data.lines must have categories, collections and tags of at most {MAX_LABEL_BYTES} bytes"
        )


def _order(delivery: Delivery, kind: str) -> OrderStatement:
    order = reading.read(_ORDER, delivery.body).data
    _check_ids(order)
    _check_labels(order)
    snapshot, refunds = _snapshot(order, delivery), _refunds(order.refunds, order.currency.code)
    notes = (*_notes(_data(delivery), order, kind), *_contradictions(order, snapshot, refunds, kind))
    return OrderStatement(order.id.text, OrderFacts(sources={"order": snapshot}, refunds=refunds), notes=notes)


def _contradictions(order: Order, snapshot: Snapshot, refunds: dict[str, Refund], kind: str) -> Iterator[str]:
    """What an order's status contradicts: the type of its message, or its own refunds."""
    agree = order.status in STATUSES.get(kind, (order.status,)) or (kind == "order.refunded" and refunds)
    if not agree:
        yield f"data.status is {order.status}, which contradicts the type {kind}: the status counts"
    rest = replace(snapshot, void=False, refunds=refunds)
    if order.status == "refunded" and refunds and kept_of(rest).goods_with_balance(with_tax=True):
        yield (
            "data.status is refunded, so all of the order counts as given back, though data.refunds are of a part of "
            "its lines: for a part the status is paid"
        )


def _data(delivery: Delivery) -> dict[str, Any]:
    """The `data` of a body that was read before, as plain data; empty where that cannot be told."""
    body = reading.plain(delivery.body)
    data = body.get("data") if isinstance(body, dict) else None
    return data if isinstance(data, dict) else {}


def _notes(data: dict[str, Any], body: Struct, kind: str) -> tuple[str, ...]:
    """What of a message's `data`, read as `body`, may have been meant otherwise.

    A field that is misspelt would otherwise be lost without a word, and a local time be hours off.
    """
    unknown, unzoned = sorted(_unknown_paths(data, type(body), "data")), list(_unzoned_paths(body))
    currency = getattr(body, "currency", None)
    rounded = list(_rounded_paths(body, "data", Decimal(1).scaleb(-money.scale_of(currency.code)))) if currency else []
    notes = {
        f"fields that {kind} has not were passed over: {_named(unknown)}": unknown,
        f"amounts with more decimals than their currency has were rounded: {_named(rounded)}": rounded,
        f"times without a zone were taken as UTC (write 2026-01-31T09:00:00Z): {_named(unzoned)}": unzoned,
    }
    return tuple(note for note, paths in notes.items() if paths)


def _named(paths: Sequence[str]) -> str:
    """The first of some paths, and how many more there are."""
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    return f"{', '.join(paths[:MOST_NAMED])}{more}"


def _rounded_paths(part: Struct, path: str, unit: Decimal) -> Iterator[str]:
    """The paths of amounts that are no whole number of a currency's smallest unit."""
    for name in part.__struct_fields__:
        value = getattr(part, name)
        if isinstance(value, Quoted):
            if value % unit:
                yield f"{path}.{name}"
        elif isinstance(value, Struct):
            yield from _rounded_paths(value, f"{path}.{name}", unit)
        elif isinstance(value, list):
            for i, item in enumerate(value):
                yield from _rounded_paths(item, f"{path}.{name}[{i}]", unit) if isinstance(item, Struct) else ()


def _unzoned_paths(body: Struct) -> Iterator[str]:
    """The paths of times that state no zone, those of refunds too."""
    refunds = body.refunds if isinstance(body, Order) else []
    for path, part in {"data": body, **{f"data.refunds[{i}]": refund for i, refund in enumerate(refunds)}}.items():
        times = ((name, getattr(part, name)) for name in part.__struct_fields__)
        yield from (f"{path}.{name}" for name, time in times if isinstance(time, Instant) and not time.zoned)


def _unknown_paths(value: object, kind: type[Struct], path: str) -> set[str]:
    """The paths of unknown fields in a value; that of a list's items is one for all of them."""
    if isinstance(value, list):
        return set[str]().union(*(_unknown_paths(item, kind, f"{path}[]") for item in value))
    if not isinstance(value, dict):
        return set()
    known, within = kind.__struct_encode_fields__, PARTS.get(kind, {})
    paths = {f"{path}.{name}" if _NAME.fullmatch(name) else f"a field of {path}" for name in value.keys() - {*known}}
    return paths.union(
        *(_unknown_paths(value[name], part, f"{path}.{name}") for name, part in within.items() if name in value)
    )


def _snapshot(order: Order, delivery: Delivery) -> Snapshot:
    customer = order.customer or Customer()
    email = reading.mailbox(customer.email)
    lines, shipping_net, shipping_tax = reading.order_lines(
        [_goods(order, i) for i in range(len(order.lines))],
        _shipping(order),
        order.currency.code,
    )
    return Snapshot(
        stamp_ms=order.updated_at.ms,
        currency=order.currency.code,
        at=(order.paid_at or order.created_at or order.updated_at).s,
        placed=order.paid_at is None,
        paid=order.status in ("paid", "refunded") or (order.paid_at is not None and order.status != "pending"),
        void=order.status in ("cancelled", "refunded"),
        name=order_name(order.number),
        buyer=delivery.identities.buyer(customer.id.text if customer.id else None, email),
        email_hash=delivery.identities.email_hash(email),
        code=reading.first_code([order.referral_code]),
        lines=lines,
        shipping_net=shipping_net,
        shipping_tax=shipping_tax,
        tax_included=order.tax_included,
        fees=reading.minor(order.fees or ZERO, order.currency.code),
        deduction=reading.minor(order.paid_with_balance or ZERO, order.currency.code),
        discounted=reading.minor(order.discounts, order.currency.code),
        test=bool(order.test),
        silent=_silent(order),
        unsure=_unsure(order),
        delivered_at=order.delivered_at.s if order.delivered_at else 0,
        prints=prints(_traits(order, customer), delivery.identities),
        lowers_lines=True,
    )


def _silent(order: Order) -> tuple[str, ...]:
    """The snapshot fields that an order does not state, which keep their last values."""
    empty = {
        "lines": bool(_unsure(order)),
        "deduction": order.paid_with_balance is None,
        "test": order.test is None,
        "shipping": order.shipping is None or not order.shipping.is_priced(),
        "fees": order.fees is None,
    }
    return tuple(name for name, is_silent in empty.items() if is_silent)


def _unsure(order: Order) -> tuple[str, ...]:
    """The ids of lines that do not state their tax."""
    return tuple(line.id.text for line in order.lines if line.tax is None)


def _traits(order: Order, customer: Customer) -> Traits:
    return Traits(
        email=customer.email,
        addresses=(address(asdict(order.address or Place()), ADDRESS),),
        phones=(customer.phone or "",),
        card=order.card or "",
        device=order.device or "",
    )


def _goods(order: Order, i: int) -> Goods:
    line, name = order.lines[i], f"data.lines[{i}]"
    net, tax = _parts(order, line.amount, line.tax or ZERO, f"{name}.amount")
    return Goods(
        id=line.id.text,
        product=line.product,
        sku=line.sku,
        quantity=line.quantity,
        net=net,
        tax=tax,
        labels=_labels(line, name),
        earns=line.earns,
    )


def _labels(line: OrderLine, name: str) -> tuple[str, ...]:
    named = {"category": line.categories, "collection": line.collections, "tag": line.tags}
    labels = tuple(f"{prefix}:{value}" for prefix, values in named.items() for value in values)
    if len(labels) > MAX_LABELS:
        raise UnreadableDelivery(f"{name} must have at most {MAX_LABELS} categories, collections and tags in all")
    if any(len(value) > MAX_LABEL_LENGTH for values in named.values() for value in values):
        raise UnreadableDelivery(
            f"{name} must have categories, collections and tags of at most {MAX_LABEL_LENGTH} characters"
        )
    return labels


def _shipping(order: Order) -> tuple[Decimal, Decimal]:
    shipping = order.shipping or Shipping()
    return _parts(order, shipping.amount or ZERO, shipping.tax or ZERO, "data.shipping.amount")


def _parts(order: Order, amount: Decimal, tax: Decimal, name: str) -> tuple[Decimal, Decimal]:
    return reading.net_of(amount, tax, name, includes_tax=order.tax_included)


def _refunds(refunds: Sequence[RefundBody], currency: str) -> dict[str, Refund]:
    """Refunds by their ids. Raises UnreadableDelivery where two of one id differ: one of them would be lost."""
    named = dict[str, Refund]()
    for i, body in enumerate(refunds):
        refund = _refunded(body, currency)
        if named.setdefault(body.id.text, refund) != refund:
            raise UnreadableDelivery(f"data.refunds[{i}].id must be the only one of its order: another refund has it")
    return named


def _refunded(refund: RefundBody, currency: str) -> Refund:
    return Refund(
        lines=reading.refund_lines(
            [Returned(line.line.text, line.quantity, line.amount, line.tax) for line in refund.lines], currency
        ),
        shipping=reading.minor(refund.shipping, currency),
        amount=reading.minor(refund.amount, currency),
        currency=currency,
        fees=reading.minor(refund.fees, currency),
        stamp_ms=refund.updated_at.ms if refund.updated_at else 0,
    )


_TYPES: dict[str, Callable[[Delivery, str], OrderStatement]] = {
    **dict.fromkeys(ORDER_TYPES, _order),
    "refund.created": _refund,
    "order.delivered": _delivered,
    "order.deleted": _deleted,
    **dict.fromkeys(OUTCOMES, _dispute),
}
