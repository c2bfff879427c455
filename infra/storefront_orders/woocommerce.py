"""Orders from WooCommerce's REST API v3, whose order is the webhooks' own: numbered pages of 100 orders.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#list-all-orders. The newest change comes first: an
order that changes meanwhile moves to the front and pushes others back, so one may come twice and none is passed over.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import urlencode

from infra.retrying_api import RetryingApi
from infra.storefront_orders import ListedOrder, OrderListError
from infra.storefront_orders.pages import listed_on, page_of

PAGE_ORDERS = 100


def orders(store: RetryingApi, since: datetime, token: str) -> Iterator[ListedOrder]:
    """Every order that was changed since. Raises OrderListError, ApiError."""
    headers = {"Authorization": f"Basic {b64encode(_key_and_secret(token).encode()).decode()}"}
    for number in count(1):
        page = page_of(store, f"/wp-json/wc/v3/orders?{_query(since, number)}", headers, _REFUSED)
        page_orders = list(listed_on(page, number))
        yield from page_orders
        if not page_orders or number >= _pages(page.headers, number + 1):
            return


_REFUSED = "RISTOURNE_STOREFRONT_TOKEN must be ck_...:cs_..., a consumer key that may read, and its secret"


def _key_and_secret(token: str) -> str:
    if not token.startswith("ck_") or ":cs_" not in token:
        raise OrderListError(_REFUSED)
    return token


def _query(since: datetime, number: int) -> str:
    # What changed in the very second of `modified_after` is left out there.
    after = (since.astimezone(UTC) - timedelta(seconds=1)).replace(tzinfo=None)
    window = {"modified_after": after.isoformat(timespec="seconds"), "dates_are_gmt": "true"}
    return urlencode({**window, "orderby": "modified", "order": "desc", "per_page": PAGE_ORDERS, "page": number})


def _pages(headers: Mapping[str, str], otherwise: int) -> int:
    """How many pages there are; without a number an empty page ends the list."""
    total = headers.get("x-wp-totalpages", "")
    return int(total) if total.isdecimal() else otherwise
