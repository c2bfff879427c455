"""Orders from a file: NDJSON (an order a line, read line by line), a JSON list, or a saved page of Shopify's API."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

import msgspec

from infra.storefront_orders import ListedOrder, OrderListError, orders_in
from infra.storefront_orders.deliveries import MAX_ORDER_BYTES

LINES = frozenset({".ndjson", ".jsonl"})
MAX_JSON_BYTES = 64 * 1024 * 1024
"""A JSON document must be in memory as a whole; lines need not."""

_MARK = b"\xef\xbb\xbf"


def read(path: Path) -> Iterator[ListedOrder]:
    """The orders of a file. Raises OrderListError, or OSError where it cannot be read."""
    with path.open("rb") as file:
        yield from _lines(file) if path.suffix.lower() in LINES else _document(file, path)


def _lines(file: BinaryIO) -> Iterator[ListedOrder]:
    for number in count(1):
        line = file.readline(MAX_ORDER_BYTES + 2)
        if not line:
            return
        _pass_rest_of_line(file, line)
        order = line.removeprefix(_MARK).strip()
        if order:
            yield ListedOrder(f"line {number}", order)


def _pass_rest_of_line(file: BinaryIO, line: bytes) -> None:
    """Skip the rest of a line that is too long for an order, without reading it into memory."""
    while line and not line.endswith(b"\n"):
        line = file.readline(MAX_ORDER_BYTES)


def _document(file: BinaryIO, path: Path) -> Iterator[ListedOrder]:
    document = file.read(MAX_JSON_BYTES + 1).removeprefix(_MARK)
    if len(document) > MAX_JSON_BYTES:
        raise OrderListError(
            f"{path} is over {MAX_JSON_BYTES // 2**20} MB; write an order a line: jq -c '.[]' {path} > orders.ndjson"
        )
    try:
        orders = orders_in(document)
    except msgspec.DecodeError as error:
        raise OrderListError(f'{path} must be a JSON list, {{"orders": [...]}}, or *.ndjson: {error}') from None
    for number, order in enumerate(orders, 1):
        yield ListedOrder(f"order {number} of the file", bytes(order))
