"""Shopify's customers/merge: two customer records became one, and the other is deleted.

Source: https://shopify.dev/docs/api/webhooks (topic customers/merge).
"""

from __future__ import annotations

import re

from msgspec import Struct

from chalicelib.domain.errors import InvalidInput
from chalicelib.edge.storefronts import Delivery, Ignored, Merge, reading


class Merged(Struct):
    """The body of customers/merge: the customer that was kept, the one merged into it, and the status."""

    admin_graphql_api_customer_kept_id: str
    admin_graphql_api_customer_deleted_id: str
    status: str


_MERGED = reading.decoder(Merged)

_CUSTOMER = re.compile(r"gid://shopify/Customer/([1-9][0-9]*)")
"""How Shopify writes a customer; a member of another id could have no order."""


def merged(delivery: Delivery) -> Ignored:
    """The Merge of a completed customers/merge; Ignored for one that failed or is not done yet."""
    merge = reading.read(_MERGED, delivery.body)
    if merge.status != "completed":
        return Ignored(f"customers/merge is {reading.word(merge.status)}: nothing was merged")
    fields = ("admin_graphql_api_customer_kept_id", "admin_graphql_api_customer_deleted_id")
    survivor, merged_away = (_member(delivery, field, getattr(merge, field)) for field in fields)
    return Merge("customers were merged", survivor=survivor, merged=merged_away)


def _member(delivery: Delivery, field: str, gid: str) -> str:
    """The member that a customer is. Raises InvalidInput."""
    customer = _CUSTOMER.fullmatch(gid)
    if not customer:
        raise InvalidInput(field, "must be gid://shopify/Customer/ and the customer's number")
    return delivery.identities.buyer(customer[1], None)
