"""How many files and functions of ours a request crosses in a warm process: as few as a stranger can follow.

A cache that another test has filled saves a few of them, so the documents state the most.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple

import pytest

import app as entry
from tests.edge.conftest import Shop
from tests.edge.test_cold_start import api_event, gateway_event, stream_event
from tests.machine import ROOT

OURS = str(ROOT / "chalicelib")


class Crossed(NamedTuple):
    """How many files and functions."""

    files: int
    functions: int


class Path(NamedTuple):
    """Which files and functions were called; comprehensions and lambdas belong to the function that they stand in."""

    called: set[tuple[str, str]]

    @property
    def crossed(self) -> Crossed:
        return Crossed(len({file for file, _ in self.called}), len(self.called))


@contextmanager
def traced() -> Iterator[Path]:
    """What is called of the project within the block."""
    path = Path(set())

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(OURS) and not code.co_name.startswith("<"):
            path.called.add((code.co_filename, code.co_qualname))

    sys.setprofile(note)
    try:
        yield path
    finally:
        sys.setprofile(None)


def webhook(shop: Shop) -> Callable[[], Any]:
    """A paid order of a buyer who is new."""
    event = gateway_event(shop, order=77, customer=9)
    return lambda: entry.app(event, None)


def member(shop: Shop) -> Callable[[], Any]:
    event = api_event(shop, "GET", "/v1/members/acme.1")
    return lambda: entry.app(event, None)


def capture(shop: Shop) -> Callable[[], Any]:
    placed = shop.call("POST", HOLDS, {"asset": "EUR/2", "amount": 100}, shop.storefront, Idempotency_Key="h").json
    path = f"{HOLDS}/{placed['hold']}/capture"
    event = api_event(shop, "POST", path, {"amount": 50}, **{"Idempotency-Key": "c"})
    event["pathParameters"] |= {"hold": placed["hold"]}
    event["resource"] = event["requestContext"]["resourcePath"] = "/v1/members/{member}/holds/{hold}/capture"
    return lambda: entry.app(event, None)


def settle(shop: Shop) -> Callable[[], Any]:
    event = stream_event(shop)
    return lambda: entry.settle(event, None)


HOLDS = "/v1/members/acme.1/holds"

REQUESTS: dict[str, Callable[[Shop], Callable[[], Any]]] = {
    "a paid Shopify order of a new buyer": webhook,
    "`GET` of a member": member,
    "the capture of a hold": capture,
    "the settlement of two friends": settle,
}


def documented() -> dict[str, Crossed]:
    """What docs/architecture.md says."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| (.+) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    return {what: Crossed(int(files), int(functions)) for what, files, functions in rows}


def test_every_request_that_is_counted_is_documented() -> None:
    assert documented().keys() == REQUESTS.keys()


@pytest.mark.parametrize("what", REQUESTS)
def test_a_request_crosses_no_more_files_and_functions_than_are_documented(open_shop: Shop, what: str) -> None:
    open_shop.buy(1, 1)
    assert open_shop.call("GET", "/v1/members/acme.1", key=open_shop.storefront).status == 200
    run = REQUESTS[what](open_shop)
    with traced() as path:
        answer = run()
    assert answer.get("statusCode", 200) == 200, answer
    most = documented()[what]
    assert path.crossed.files <= most.files
    assert path.crossed.functions <= most.functions
