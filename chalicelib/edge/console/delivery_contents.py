"""What a kept delivery is about, as far as its body says it in any of the senders' forms: order, customer, sum.

For a reader who looks for a cause; what a body means for the books is for `edge/storefronts/`, which did not understand
it. Imports nothing of the store.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import Amount, Figure, Value
from chalicelib.domain.errors import InvalidInput
from chalicelib.edge.storefronts.naming import Named, named_in
from chalicelib.edge.storefronts.reading import order_objects

ORDER_IDS, ORDER_NAMES = ("order_id", "order", "id"), ("name", "number", "order_number")
NAMES_BY_SENDER = {"shopify": ("name",), "woocommerce": ("number",), "standard": ("number",)}
"""Where a sender's bodies say how shoppers know an order. Another one's `name` may be a person's."""

STRIPE_IDS = ("payment_intent", "charge", "invoice", "id")
"""Where Stripe's objects say which payment they are about, their own id last."""

CUSTOMERS = ("customer", "billing", "customer_details", "billing_details", "billing_address")
SUMS = ("total_price", "amount_total", "total", "amount")

_ORDER_NAME = re.compile(r"#?[\w./-]+")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")

MOST_TEXT = 100_000
"""Characters of a body that a page shows."""

MOST_HEADING = 60
"""Characters of a type or an order that a list shows."""


class DeliveryContents(Struct, frozen=True):
    """What a body says, as it says it; empty where it says nothing: the order's id and its number as shoppers know it,
    the customer's name and e-mail, and the sum. `named`: all customers, orders and e-mails in it. `text`: the body, in
    lines where it is JSON.
    """

    order: str = ""
    number: str = ""
    customer: str = ""
    email: str = ""
    total: Value = ""
    named: Named = Named()
    text: str = ""


def heading_of(body: bytes, sender: str) -> tuple[str, str]:
    """What a list calls a delivery by its body: its type, and its order as shoppers know it, or as it is stored.

    `sender`: the kind of its connection. Nothing of it is a customer's, for readers see the list.
    """
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", ""
    nodes = list(order_objects(document))[::-1]
    kind = document.get("type") if isinstance(document, dict) else ""
    ids = STRIPE_IDS if sender == "stripe" else ORDER_IDS
    names = (_first(nodes, NAMES_BY_SENDER.get(sender, ())), _first(nodes, ids))
    order = next((name for name in names if _ORDER_NAME.fullmatch(name)), "")
    return kind[:MOST_HEADING] if isinstance(kind, str) else "", order[:MOST_HEADING]


def contents_of(body: bytes, *, in_minor: bool = False) -> DeliveryContents:
    """What a body is about. `in_minor`: its sender states sums in minor units."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return DeliveryContents(named=named_in(body), text=body.decode(errors="replace")[:MOST_TEXT])
    nodes = list(order_objects(document))[::-1]  # the innermost is the order itself
    people = [node[name] for node in nodes for name in CUSTOMERS if isinstance(node.get(name), dict)]
    return DeliveryContents(
        _first(nodes, ORDER_IDS),
        _first(nodes, ORDER_NAMES),
        next(filter(None, map(_name, people)), ""),
        _first([*nodes, *people], ("email", "receipt_email")),
        _sum(_first(nodes, SUMS), _first(nodes, ("currency",)), in_minor=in_minor),
        named_in(body),
        json.dumps(document, ensure_ascii=False, indent=2)[:MOST_TEXT],
    )


def _sum(total: str, currency: str, *, in_minor: bool) -> Value:
    """A sum for people to read; as the body says it where its currency or the number cannot be understood, and empty
    where it has none.
    """
    if not total:
        return ""
    try:
        asset = money.asset_of(money.code_of(currency))
        return Amount(int(total) if in_minor else money.minor_of(Decimal(total), asset), asset)
    except (InvalidInput, InvalidOperation, ValueError):
        is_number = not in_minor and _NUMBER.fullmatch(total)
        return Figure(total) if is_number and not currency else f"{total} {currency.upper()}".strip()


def _first(nodes: list[dict[str, Any]], names: tuple[str, ...]) -> str:
    """The first of some fields that has a text or a number."""
    values = (node.get(name) for node in nodes for name in names)
    texts = (str(value) for value in values if isinstance(value, str | int | float) and not isinstance(value, bool))
    return next(filter(None, texts), "")


def _name(person: dict[str, Any]) -> str:
    """A person's name in a customer or an address."""
    parts = (person.get("first_name"), person.get("last_name"))
    full = " ".join(part for part in parts if isinstance(part, str) and part)
    name = person.get("name")
    return full or (name if isinstance(name, str) else "")
