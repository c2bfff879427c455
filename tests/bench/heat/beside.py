"""What a sale asks of the table beside its orders: clicks on a link, and what Lambda's processes read at first.

Imports the shop and the table that charges; knows no sale.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import msgspec
from msgspec import Struct

from app import app
from chalicelib import settings
from chalicelib.domain.records import ProgrammeList, ProgrammeVersion
from chalicelib.engine import Engine
from chalicelib.store import keys
from tests.bench.flat.books import code_of
from tests.bench.flat.cost import Cost, cost
from tests.bench.heat.rush import REFERRER
from tests.bench.heat.table import Table
from tests.bench.shop import RULES, Shop
from tests.machine import ROOT
from tests.world.builders import NOW

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


class Clicked(Struct, frozen=True):
    """What the first click on a link costs that a process sees, and each one after it."""

    first: Cost
    later: Cost


def clicked(shop: Shop) -> Clicked:
    """Two clicks on the referrer's link, in a process that has not seen it yet."""
    event = shop.event(0, 0) | {
        "httpMethod": "GET",
        "resource": "/r/{code}",
        "headers": {"Host": "shop.example", "Accept": "text/html", "User-Agent": FIREFOX},
        "pathParameters": {"code": code_of(REFERRER)},
        "body": None,
    }
    event["requestContext"] |= {"httpMethod": "GET", "resourcePath": "/r/{code}", "path": f"/r/{code_of(REFERRER)}"}
    return Clicked(cost(lambda: app(event, None)), cost(lambda: app(event, None)))


def hottest_counter(code: str, clicks: int) -> int:
    """How many of so many clicks the most frequent counter of a code gets."""
    drawn = Random(1).choices(keys.clicks(code), k=clicks)  # noqa: S311 (no secret)
    return max(Counter(drawn).values())


def programme_units(versions: int) -> tuple[int, int]:
    """Read units of a process that starts, and of one that looks whether there is a new version."""
    table, document = Table(RULES), msgspec.json.encode(RULES).decode()
    source = (ROOT / "infra" / "demo" / "programme.yaml").read_text()
    table.put(ProgrammeList(1, tuple(range(versions))))
    for number in range(versions):
        table.put(ProgrammeVersion(number + 1, number, number, document, source, version=1))
    engine = Engine(load=table.load)
    engine.history(NOW)
    start = table.read_units.total()
    engine.history(NOW + settings.cache_s())
    return start, table.read_units.total() - start
