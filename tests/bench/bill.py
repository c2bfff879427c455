"""What a million orders cost in dollars: counted units, requests, memory-time and log bytes at published prices.

Arithmetic in integers and decimals. Memory-time is derived from measured processor time: a Lambda of less memory than
a whole processor's takes longer by that share, and it waits for each round trip. Imports prices and what was counted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from infra.local.dynamodb_local import dynamodb_local
from tests.bench.alternatives.contenders import OURS, contenders
from tests.bench.alternatives.counted import REPEAT, Counted, counted
from tests.bench.alternatives.timed import Timed, timed
from tests.bench.prices import (
    AWS_PRICES,
    GATEWAY,
    GB_SECOND,
    INVOCATION,
    LIST_PRICES,
    LOGGED,
    MB_PER_PROCESSOR,
    MILLION,
    PLATFORM_LINES,
    READ_UNIT,
    SEEN,
    WAIT_MS,
    WRITE_UNIT,
    ListPrice,
)
from tests.chart import Bar, Chart, Group
from tests.machine import ROOT
from tests.report import Row, Section

CENT = Decimal("0.01")
ROUNDS = 3
TIMES_LESS = 100
CHEAPEST = "cheapest of these ÷ ours"

SHOWS = """\
The computers behind an order, as AWS bills them, beside what sellers of loyalty programmes publish. Theirs holds
support, a user interface and mails too; ours holds the computers only."""

REPEATS = "ours, a million times: repeat order"

NOTES = tuple(
    f"""\
Prices of AWS: list prices of us-east-1, read {SEEN} in stored copies of the pages named below; without free tiers.

Memory-time of an order: its measured processor time, longer by {MB_PER_PROCESSOR} MB over the Lambda's memory (below
that size it has a part of a processor only), and {WAIT_MS} ms for each round trip, which are assumed; rounded up to a
millisecond as it is billed. Measured on this computer, whose processor is not Lambda's.

Not in it: storage, point-in-time recovery, traffic out, cold starts, the daily round. Streams that Lambda reads cost
nothing. An order is one delivery; a storefront that sends three webhooks for it costs two duplicates more.

Yotpo, Talon.One and Open Loyalty quote a price to each customer, and the last public list of Voucherify that could be
found is from 2020: they are left out.""".split("\n\n")
)


class Bill(Struct, frozen=True):
    """Dollars for a million of what was counted, by what they are paid for."""

    items: dict[str, Decimal]

    @property
    def total(self) -> Decimal:
        """All of it, in cents."""
        return sum(self.items.values(), Decimal(0)).quantize(CENT, ROUND_HALF_UP)


def bill(cost: Counted, cpu_us: int, memory_mb: int) -> Bill:
    """Dollars for a million times a counted cost. `cpu_us`: processor time of one order, in microseconds."""
    milliseconds = billed_ms(cost, cpu_us, memory_mb)
    logged = cost.log_bytes + cost.invocations * len(PLATFORM_LINES.encode())
    return Bill(
        {
            "API Gateway": GATEWAY.of(cost.requests * MILLION),
            "Lambda, invocations": INVOCATION.of(cost.invocations * MILLION),
            "Lambda, memory-time": GB_SECOND.of(Decimal(milliseconds * memory_mb * MILLION) / 1000 / 1024),
            "DynamoDB, writes": WRITE_UNIT.of(cost.write_units * MILLION),
            "DynamoDB, reads": READ_UNIT.of(Decimal(cost.half_units * MILLION) / 2),
            "CloudWatch Logs": LOGGED.of(logged * MILLION),
        }
    )


def billed_ms(cost: Counted, cpu_us: int, memory_mb: int) -> int:
    """How long the invocations of a counted cost last, in whole milliseconds; each of them takes an order's time."""
    stretched = -(-cpu_us * max(MB_PER_PROCESSOR, memory_mb) // memory_mb) * cost.invocations
    return -(-(stretched + cost.round_trips * WAIT_MS * 1000) // 1000)


def memory_mb() -> int:
    """The memory of the Lambda that takes webhooks, as it is deployed."""
    configured: int = json.loads((ROOT / ".chalice" / "config.json").read_text())["lambda_memory_size"]
    return configured


def measure() -> Section:
    """Count and time our own orders, and make out the bill."""
    with dynamodb_local() as endpoint, contenders(endpoint) as opened:
        at = int(time.time())
        ours = next(contender for contender in opened if contender.name == OURS)
        return section(counted(ours, at), timed([ours], at, ROUNDS)[OURS])


def section(costs: Mapping[str, Counted], times: Timed) -> Section:
    """What is published of them."""
    made = {case: bill(costs[case], times.cpu_us, memory_mb()) for case in costs}
    return Section(
        name="bill",
        title="What a million orders cost",
        shows=SHOWS,
        rows=(*_ours(made, costs, times), *_sellers(made[REPEAT].total)),
        counters={
            **{f"Dollars for a million times: {case} (thousandths)": _thousandths(cost) for case, cost in made.items()},
            "Dollars for a million orders by the seller": {
                _name(offer): int(per_million(offer)) for offer in LIST_PRICES
            },
        },
        headlines=(REPEATS, _month_of(LIST_PRICES[0]), CHEAPEST),
        table=(("a million repeat orders", "dollars"), *_items(made[REPEAT])),
        charts=(chart(made[REPEAT].total),),
        notes=(*NOTES, *_sources()),
    )


def chart(ours: Decimal) -> Chart:
    """Dollars for a million orders: ours and the sellers'."""
    sellers = (Bar(_name(offer), int(per_million(offer))) for offer in LIST_PRICES)
    return Chart(
        name="dollars",
        title="A million orders: the computers of ours, the list prices of others",
        scale="dollars",
        groups=(Group("", (Bar("Ristourne on AWS", round(float(ours), 2), ours=True), *sellers)),),
    )


def _items(made: Bill) -> Iterator[tuple[str, str]]:
    for name, amount in made.items.items():
        yield name, str(amount.quantize(CENT, ROUND_HALF_UP))


def _ours(made: Mapping[str, Bill], costs: Mapping[str, Counted], times: Timed) -> Iterator[Row]:
    for case, cost in made.items():
        yield Row(f"ours, a million times: {case}", float(cost.total), "derived", True, "dollars")
    yield Row("processor time of one order, measured", times.cpu_us, "measured", True, "µs")
    yield Row("billed for a repeat order", billed_ms(costs[REPEAT], times.cpu_us, memory_mb()), "derived", True, "ms")
    month = made[REPEAT].total * LIST_PRICES[0].orders / MILLION
    target = f"less than {LIST_PRICES[0].month} ({_name(LIST_PRICES[0])})"
    yield Row(_month_of(LIST_PRICES[0]), float(round(month, 4)), target, month < LIST_PRICES[0].month, "dollars")


def _sellers(ours: Decimal) -> Iterator[Row]:
    for offer in LIST_PRICES:
        price = per_million(offer)
        yield Row(f"{_name(offer)}, a million orders at its list price", int(price), "for comparison", True, "dollars")
    ratio = int(min(map(per_million, LIST_PRICES)) / ours)
    yield Row(CHEAPEST, ratio, f"{TIMES_LESS} or more", ratio >= TIMES_LESS)


def per_million(price: ListPrice) -> Decimal:
    """Dollars a million orders: at the price of further orders where one is stated, else at that of those included."""
    return price.month * MILLION / price.orders if price.further is None else price.further * MILLION / 100


def _month_of(price: ListPrice) -> str:
    return f"ours, a month of {price.orders} repeat orders"


def _name(price: ListPrice) -> str:
    return f"{price.product} {price.plan}"


def _thousandths(made: Bill) -> dict[str, int]:
    return {name: int((amount * 1000).to_integral_value(ROUND_HALF_UP)) for name, amount in made.items.items()}


def _sources() -> Iterator[str]:
    for price in AWS_PRICES:
        yield f"{price.dollars} dollars for {price.per} {price.unit}: {price.source} ({price.dated})"
    for offer in LIST_PRICES:
        more = "" if offer.further is None else f", {offer.further} dollars for a hundred more"
        terms = f"{offer.month} dollars a month, {offer.orders} orders in it{more}"
        yield f"{_name(offer)}: {terms}: {offer.source} ({offer.dated})"


if __name__ == "__main__":
    sys.stdout.write("".join(f"{row.name}: {row.value} {row.unit} ({row.target})\n" for row in measure().rows))
