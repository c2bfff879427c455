"""Requests one page of a storefront's API, with retries, and with errors that name the fix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import msgspec

from infra.api import Api, ApiAnswer
from infra.retrying_api import RetryingApi
from infra.storefront_orders import ListedOrder, OrderListError, orders_in

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})


def storefront(address: str) -> Api:
    """The API of a storefront. Raises OrderListError for an address that a token must not be sent to."""
    named = urlsplit(address)
    if not named.hostname or (named.scheme != "https" and named.hostname not in LOCAL_HOSTS):
        raise OrderListError(f"--store must begin with https://, such as https://acme.myshopify.com, got {address!r}")
    return Api(address)


def page_of(store: RetryingApi, path: str, headers: Mapping[str, str], refused: str) -> ApiAnswer:
    """A good answer, its headers' names in lower case. `refused`: what to say of a wrong credential."""
    answer = store.ask("GET", path, headers=headers)
    if answer.status in (401, 403):
        raise OrderListError(f"the storefront refused the credential ({answer.status}): {refused}")
    if answer.status in range(300, 400) or answer.status == 404:
        raise OrderListError(
            f"--store must be the address that the API itself answers at, this answers {answer.status}"
        )
    if answer.status != 200:
        raise OrderListError(f"the storefront answered {answer.status}; what was mended stays mended, run it again")
    return ApiAnswer(200, {name.lower(): value for name, value in answer.headers.items()}, answer.body)


def listed_on(page: ApiAnswer, number: int) -> Iterator[ListedOrder]:
    """The orders of a page. Raises OrderListError where it holds something else."""
    try:
        orders = orders_in(page.body)
    except msgspec.DecodeError as error:
        raise OrderListError(
            f"page {number} of the storefront holds no orders ({error}); is --store its address?"
        ) from None
    for place, order in enumerate(orders, 1):
        yield ListedOrder(f"order {place} of page {number}", bytes(order))
