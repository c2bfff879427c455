"""What would another programme have cost? The pure engine values orders that were bought, without a store.

Two measures: orders like those that storefronts send, and the purchase log of CDNOW, a music shop, as the package
`lifetimes` ships it: 69,659 purchases of 23,570 customers in 1997 and 1998.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from chalicelib.domain.orders.facts import Line, Snapshot
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.rewards import valuation
from chalicelib.what_if.log import Log
from chalicelib.what_if.replay import replay
from infra.what_if import csv_orders
from tests.machine import ROOT
from tests.report import Row, Section
from tests.world.builders import programme_of
from tests.world.rfm import independent_scores, product_scores

CDNOW = ROOT / ".build" / "cdnow" / "lifetimes" / "datasets" / "CDNOW_master.txt"
PURCHASES, CUSTOMERS = 69_659, 23_570
PER_SECOND, SECONDS = 100_000, 1.5
REPEATS = 5

LAST_DAY = date(1998, 6, 30)
"""The end of CDNOW's log."""

SPEED, CDNOW_TIME = "orders valued per second and core", "time for CDNOW's log"
REPLAYED = "orders replayed per second and core, four rules, with every member's lots"
REPLAYED_KINDS = "orders replayed per second and core: cashback, points, a level that multiplies, and a card"
REPLAYED_PER_SECOND = 50_000

MISSED = """Orders are posted and counted by the product's own functions, in Python; with levels and cards a million
take half a minute."""

SHOWS = """An operator's question before a new programme is published: what would it have given for last year's orders?
Every order is valued by the functions that post rewards."""
CASHBACK: dict[str, Any] = {"id": "cashback", "percent": 5, "vest_days": 14, "expire_days": 365}

RULES = programme_of(
    currency="USD",
    timezone="America/New_York",
    earn=[CASHBACK],
)
"""The programme that is asked about."""


FOUR_RULES = programme_of(
    currency="USD",
    timezone="America/New_York",
    earn=[
        CASHBACK,
        {"id": "large", "amount": 1, "minimum": 50, "vest_days": 14, "expire_days": 365},
        {"id": "discs", "percent": 1, "rates": [{"match": {"skus": ["CD"]}, "percent": 2}], "expire_months": 12},
        {"id": "all", "percent": 1, "base": {"tax": True, "shipping": True}, "expire_end": "year"},
    ],
)
"""Four rules at once; each asks for something else of an order."""


FOUR_KINDS = programme_of(
    currency="USD",
    timezone="America/New_York",
    assets={"points": {"expire_months": 12}},
    earn=[CASHBACK, {"id": "leaves", "give": 1, "of": "points", "per": {"USD": 1}}],
    levels={"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 200, "multiply": {"leaves": "1.5"}}]},
    cards=[{"id": "discs", "counts": {"pieces": {"skus": ["CD"]}}, "size": 10, "reward": {"amount": 5}}],
)
"""The kinds that most programmes have: what an order gives depends on what its buyer had before."""


class Valued(Struct, frozen=True):
    """What came of valuing some orders: how many, what they were worth in minor units, in how much processor time."""

    orders: int
    reward: int
    seconds: float


def measure() -> Section:
    """Orders per second, and the time for CDNOW's log."""
    log = list(purchases(CDNOW))
    customers = len({order.buyer for order in log})
    orders = list(bought(100_000))
    ours, cdnow = best(orders), best(log)
    each_second = round(ours.orders / ours.seconds)
    fast = each_second >= PER_SECOND
    return Section(
        name="what-if",
        title="What if: orders valued without a store",
        shows=" ".join(SHOWS.split()),
        missed=" ".join(MISSED.split()),
        headlines=(SPEED, CDNOW_TIME),
        rows=(
            Row(SPEED, each_second, f"{PER_SECOND} or more", fast, "orders/s"),
            Row("purchases in CDNOW's log", len(log), str(PURCHASES), len(log) == PURCHASES, "count"),
            Row("customers in CDNOW's log", customers, str(CUSTOMERS), customers == CUSTOMERS, "count"),
            Row(CDNOW_TIME, round(cdnow.seconds, 2), "about a second", cdnow.seconds <= SECONDS, "s"),
            Row("cashback of 5 % on CDNOW's log", cdnow.reward, "counted", cdnow.reward > 0, "cents"),
            *replayed(),
            scored(log),
        ),
    )


def replayed() -> list[Row]:
    """What what-if makes of CDNOW's log as a CSV file: the same cents as an independent loop, and how fast."""
    with tempfile.TemporaryDirectory() as folder:
        log = csv_orders.read(csv_of(CDNOW, Path(folder, "cdnow.csv")), RULES.timezone)
    given, independent = replay(log, RULES).assets["USD/2"].given, five_percent(CDNOW)
    speeds = {REPLAYED: speed(log, FOUR_RULES), REPLAYED_KINDS: speed(log, FOUR_KINDS)}
    return [
        Row("the same by what-if", given, str(independent), given == independent, "cents"),
        *(
            Row(name, orders, f"{REPLAYED_PER_SECOND} or more", orders >= REPLAYED_PER_SECOND, "orders/s")
            for name, orders in speeds.items()
        ),
    ]


def speed(log: Log, programme: Programme) -> int:
    """Orders of a log that are replayed in a second of processor time, by the quickest of some repeats."""
    seconds = []
    for _ in range(REPEATS):
        begun = time.process_time()
        replay(log, programme)
        seconds.append(time.process_time() - begun)
    return round(len(log) / min(seconds))


def scored(purchases: list[Snapshot]) -> Row:
    """Members of CDNOW's log whose scores of recency, frequency and money differ from ranks over the log itself."""
    _, scores = product_scores(purchases, LAST_DAY)
    independent = independent_scores(purchases, LAST_DAY)
    differing = sum(scores.get(name) != independent.get(name) for name in scores.keys() | independent.keys())
    name = f"scores of {len(scores)} members in CDNOW's log that an independent computation has otherwise"
    return Row(name, differing, "0", differing == 0, "count")


def csv_of(log: Path, target: Path) -> Path:
    """CDNOW's log as a CSV file that what-if takes."""
    rows = (row.split() for row in log.read_text().splitlines()[1:] if row.split())
    lines = [
        f"{number},{customer},{day[:4]}-{day[4:6]}-{day[6:]},USD,{dollars},{pieces},CD"
        for number, (customer, day, pieces, dollars) in enumerate(rows)
    ]
    target.write_text("\n".join(["order,customer,paid_at,currency,net,quantity,sku", *lines]))
    return target


def five_percent(log: Path) -> int:
    """5 % of each purchase, half a cent rounded up, without anything of the product's."""
    amounts = (row.split()[3].partition(".") for row in log.read_text().splitlines()[1:] if row.split())
    cents = (int(whole) * 100 + int(part.ljust(2, "0")) for whole, _, part in amounts)
    return sum((amount * 5 + 50) // 100 for amount in cents)


def best(orders: list[Snapshot], programme: Programme = RULES) -> Valued:
    """The quickest of some repeats: what else the computer did is not ours."""
    gc.collect()
    gc.freeze()  # what other parts have left in memory is not looked through again and again
    quickest = min((value(orders, programme) for _ in range(REPEATS)), key=lambda run: run.seconds)
    gc.unfreeze()
    return quickest


def value(orders: Iterable[Snapshot], programme: Programme) -> Valued:
    """Value orders under a programme."""
    count, reward, begun = 0, 0, time.process_time()
    for order in orders:
        sale = Sale(order.currency, order.at, programme, order.delivered_at)
        count += 1
        for due in valuation.rewards(order.buyer, kept_of(order), sale):
            reward += due.amount
    return Valued(count, reward, time.process_time() - begun)


def bought(count: int) -> Iterator[Snapshot]:
    """Paid orders of one line at different times of a year."""
    for number in range(count):
        line = Line(f"{number}", "8812345678901", "MUG-CERAMIC-350", 1, 1000 + number % 9000, 200)
        at = 1_770_000_000 + number * 315
        yield Snapshot(at * 1000, "USD", at, paid=True, buyer=f"shop.{number % 5000}", lines=(line,))


def purchases(log: Path) -> Iterator[Snapshot]:
    """CDNOW's purchases as orders. Each row of the log: customer, day, number of CDs, dollars."""
    for row in log.read_text().splitlines()[1:]:
        if row.split():
            customer, day, pieces, dollars = row.split()
            at = int(datetime.strptime(day, "%Y%m%d").replace(hour=17, tzinfo=UTC).timestamp())
            line = Line("1", "cd", "CD", int(pieces), _cents(dollars), 0)
            yield Snapshot(at * 1000, "USD", at, paid=True, buyer=f"cdnow.{customer}", lines=(line,))


def _cents(dollars: str) -> int:
    whole, _, part = dollars.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))
