"""Orders from Shopify's Admin REST API, whose order is the webhooks' own: pages by cursor, 250 orders each.

Sources: https://shopify.dev/docs/api/admin-rest/latest/resources/order and /usage/pagination-rest. GraphQL is the newer
API, but its order has another shape than any webhook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from infra.retrying_api import RetryingApi
from infra.storefront_orders import ListedOrder, OrderListError
from infra.storefront_orders.pages import listed_on, page_of

VERSION = "2026-01"
"""The version whose orders the webhooks were read from; Shopify answers one that has ended by the oldest it has."""

PAGE_ORDERS = 250

_NEXT = re.compile(r'<([^>]*)>\s*;\s*rel="?next"?')


def orders(store: RetryingApi, since: datetime, token: str, version: str = VERSION) -> Iterator[ListedOrder]:
    """Every order that was changed since, of any status. Raises OrderListError, ApiError."""
    first = {"status": "any", "updated_at_min": _utc(since)}
    cursor, number = "", 0
    while number == 0 or cursor:
        number += 1
        query = urlencode({"limit": PAGE_ORDERS, **({"page_info": cursor} if cursor else first)})
        path = f"/admin/api/{version}/orders.json?{query}"
        page = page_of(store, path, {"X-Shopify-Access-Token": token}, _REFUSED)
        yield from listed_on(page, number)
        before, cursor = cursor, _cursor(page.headers)
        if cursor and cursor == before:
            raise OrderListError(f"the storefront's page {number} names itself as the next one; run it again")


_REFUSED = (
    "RISTOURNE_STOREFRONT_TOKEN must be an Admin API access token of an app with the scope read_orders "
    "(orders older than 60 days need read_all_orders too)"
)


def _cursor(headers: Mapping[str, str]) -> str:
    """The next page's cursor, empty on the last. Only the cursor is taken, so the token goes to no other address."""
    link = _NEXT.search(headers.get("link", ""))
    return parse_qs(urlsplit(link[1]).query).get("page_info", [""])[0] if link else ""


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")
