"""Shopify's customers/merge: two customer records became one, and the other is deleted.

Source: https://shopify.dev/docs/api/webhooks (topic customers/merge).
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.edge.storefronts import Delivery, Ignored, Merge, reading


class Merged(Struct):
    """The body: which customer was kept, which one was merged into it, and how far that has come."""

    admin_graphql_api_customer_kept_id: str
    admin_graphql_api_customer_deleted_id: str
    status: str


_MERGED = reading.decoder(Merged)


def merged(delivery: Delivery) -> Ignored:
    """The customers that were merged; a merge that failed, or is not done yet, says nothing."""
    said = reading.read(_MERGED, delivery.body)
    if said.status != "completed":
        return Ignored(f"customers/merge is {reading.word(said.status)}: nothing was merged")
    both = said.admin_graphql_api_customer_kept_id, said.admin_graphql_api_customer_deleted_id
    survivor, gone = (delivery.identities.buyer(gid.rpartition("/")[2], None) for gid in both)
    return Merge("customers were merged", survivor=survivor, merged=gone)
