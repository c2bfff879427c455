"""Shopify's customers/merge: two customer records became one, and the other is deleted.

Source: https://shopify.dev/docs/api/webhooks (topic customers/merge).
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.edge.storefronts import Delivery, Ignored, Merge, reading


class Merged(Struct):
    """The body of customers/merge: the customer that was kept, the one merged into it, and the status."""

    admin_graphql_api_customer_kept_id: str
    admin_graphql_api_customer_deleted_id: str
    status: str


_MERGED = reading.decoder(Merged)


def merged(delivery: Delivery) -> Ignored:
    """The Merge of a completed customers/merge; Ignored for one that failed or is not done yet."""
    merge = reading.read(_MERGED, delivery.body)
    if merge.status != "completed":
        return Ignored(f"customers/merge is {reading.word(merge.status)}: nothing was merged")
    both = merge.admin_graphql_api_customer_kept_id, merge.admin_graphql_api_customer_deleted_id
    survivor, merged_away = (delivery.identities.buyer(gid.rpartition("/")[2], None) for gid in both)
    return Merge("customers were merged", survivor=survivor, merged=merged_away)
