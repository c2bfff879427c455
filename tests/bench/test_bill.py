"""The bill against sums worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.bench.alternatives.counted import CASES, Counted
from tests.bench.alternatives.timed import Timed
from tests.bench.bill import bill, billed_ms, memory_mb, per_million, section
from tests.bench.prices import AWS_PRICES, LIST_PRICES, PLATFORM_LINES

ORDER = Counted(reads=1, writes=1, write_units=6, half_units=4, log_bytes=186)
PLATFORM = len(PLATFORM_LINES.encode())


def test_a_million_orders_cost_what_they_come_to_by_hand() -> None:
    # 4 ms of processor are 6.91 ms at 1024 of 1769 MB; two round trips wait 10 ms; 16.91 are billed as 17.
    made = bill(ORDER, cpu_us=4000, memory_mb=1024)
    assert made.items == {
        "API Gateway": Decimal("3.50"),
        "Lambda, invocations": Decimal("0.20"),
        "Lambda, memory-time": Decimal("0.0000133334") * 17_000,
        "DynamoDB, writes": Decimal("3.75"),
        "DynamoDB, reads": Decimal("0.25"),
        "CloudWatch Logs": Decimal("0.50") * (186 + PLATFORM) * 1_000_000 / 2**30,
    }
    assert made.total == sum(made.items.values(), Decimal(0)).quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    ("cpu_us", "memory", "invocations", "ms"),
    [(4000, 1024, 1, 17), (4000, 1769, 1, 14), (4000, 10_240, 1, 14), (4000, 1769, 2, 18), (4001, 1769, 1, 15)],
)
def test_time_is_billed_by_the_memory_and_rounded_up(cpu_us: int, memory: int, invocations: int, ms: int) -> None:
    cost = Counted(1, 1, 6, 4, 186, invocations=invocations)
    assert billed_ms(cost, cpu_us, memory) == ms


def test_sellers_by_their_own_terms() -> None:
    assert {f"{offer.product} {offer.plan}": int(per_million(offer)) for offer in LIST_PRICES} == {
        "Smile.io Growth": 200_000,
        "Smile.io Plus": 50_000,
        "LoyaltyLion Classic": 398_000,
    }


def test_every_price_says_where_it_was_read() -> None:
    assert all(price.source.startswith("https://") and price.dated for price in (*AWS_PRICES, *LIST_PRICES))


def test_the_section_names_every_case_and_source() -> None:
    made = section(dict.fromkeys(CASES, ORDER), Timed(100.0, 4000, 1.0, 1.0))
    text = " ".join((*(row.name for row in made.rows), *made.notes))
    assert all(case in text for case in CASES)
    assert all(price.source in text for price in (*AWS_PRICES, *LIST_PRICES))
    assert made.met


def test_the_memory_is_the_deployed_one() -> None:
    assert memory_mb() >= 128
