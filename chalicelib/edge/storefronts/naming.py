"""Which customers, orders and e-mails a sender's body names, wherever they stand in it, understood or not.

For an erasure, which must not miss one, and for whoever looks at a delivery that could not be processed. Imports
reading only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from msgspec import Struct

from chalicelib.edge.storefronts.reading import order_objects

ORDERS = ("charge", "invoice", "order", "order_id", "payment_intent")
"""Fields that name an order wherever they stand: Stripe's objects name that of the payment."""

_WORD = re.compile(r"[^\s<>()\[\],;:\\\"'=&]+")
"""What an e-mail stands in, without what parts it from the text around it. A pattern of the whole address would try
each place of megabytes without a blank some sixty times over.
"""

MAX_NAME, MAX_HOST = 64, 255
"""Characters before and after the sign of an e-mail (RFC 5321, 4.5.3.1)."""


class Named(Struct, frozen=True):
    """What a body names: `customer`, the number of the buyer there (empty: none is stated), what else may be one, the
    orders in fields for them, the ids of objects that may be orders, and e-mails.
    """

    customer: str = ""
    customers: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


def named_in(body: bytes) -> Named:
    """What a body names; of one that is not JSON only e-mails are known."""
    try:
        # Numbers as they stand there: one that is out of range must not hide who the body is about.
        document = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return Named(emails=tuple(_emails(unquote_plus(body.decode(errors="replace")))))
    values = [(key, str(value)) for key, value in _values(document) if value is not None]
    buyers = sorted((_rank(key), value) for key, value in values if _is_of_buyer(key) and value)
    return Named(
        next((value for rank, value in buyers if rank < len(BUYERS) and value not in NOBODY), ""),
        tuple(dict.fromkeys(value for _, value in buyers)),
        tuple(dict.fromkeys(value for key, value in values if key in ORDERS and value)),
        tuple(dict.fromkeys(_ids(document))),
        tuple(email for _, value in values if "@" in value for email in _emails(value)),
    )


def _emails(text: str) -> Iterator[str]:
    """The e-mails in a text."""
    for word in _WORD.findall(text):
        name, _, host = word.rstrip("@").rpartition("@")
        if name and host:
            yield f"{name[-MAX_NAME:]}@{host[:MAX_HOST]}"


BUYERS = ("member", "customer_id", "customer")
"""What a field of the buyer's number is called, the plainest first; also `ristourne_member`."""

NOBODY = ("0", "True", "False")
"""Values of such fields that are no number: WooCommerce has 0 for a guest."""


def _rank(key: str) -> int:
    """The place of a field's name in BUYERS; their number for any other one."""
    name = "member" if key.endswith("_member") else key
    return BUYERS.index(name) if name in BUYERS else len(BUYERS)


def _values(document: object) -> Iterator[tuple[str, object]]:
    """The (name, value) pairs of a JSON document's leaves; the `id` of a customer or order under the object's name."""
    pending: list[tuple[str, object]] = [("", document)]
    while pending:
        key, value = pending.pop()
        if isinstance(value, dict):
            pending += ((_name(key, str(name)), child) for name, child in value.items())
        elif isinstance(value, list):
            pending += ((key, child) for child in value)
        else:
            yield key, value


def _name(parent: str, name: str) -> str:
    return parent if name == "id" and (_is_of_buyer(parent) or parent in ORDERS) else name.lower()


def _is_of_buyer(name: str) -> bool:
    """Whether a field of that name says who bought: a customer number, or the metadata that a shop gives Stripe."""
    return "customer" in name or name == "member" or name.endswith("_member")


def _ids(document: object) -> Iterator[str]:
    """Possible order ids of a delivery: at its top level, or in the envelopes of Stripe and Standard Webhooks."""
    for node in order_objects(document):
        yield from (str(node[name]) for name in ("id", "order_id") if isinstance(node.get(name), str | int))
