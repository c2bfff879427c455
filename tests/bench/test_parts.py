"""What of the benchmarks can be counted: every part is there, the engine values what it is asked to, units are said."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

from chalicelib.what_if.replay import replay
from infra.what_if import csv_orders
from tests.bench.__main__ import PARTS, arguments
from tests.bench.what_if import FOUR_RULES, bought, csv_of, five_percent, purchases, value
from tests.report import BENCHMARKS, Row, Section, publish
from tests.world.builders import programme_of

RULES = programme_of(currency="USD", earn=[{"id": "cashback", "percent": 5}])

LOG = """\
 customer_id  date number_of_cds  dollar_value
 00001 19970101  1   11.77
 00002 19970112  1   12.00\r
 00002 19970112  5   77.00

 00004 19971212  2    0.00
"""


@pytest.mark.parametrize("part", [name for name in PARTS if name != "latency"])
def test_every_part_can_be_measured_alone(part: str) -> None:
    assert callable(import_module(f"tests.bench.{PARTS[part]}").measure)


def test_all_parts_are_measured_unless_some_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert arguments([]).part == list(PARTS)
    assert arguments(["heat", "--no-publish"]).part == ["heat"]
    with pytest.raises(SystemExit):
        arguments(["speed"])
    assert "there is no part speed; there are floor, alternatives" in capsys.readouterr().err


def test_a_log_of_purchases_is_read_as_paid_orders(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(LOG.encode())
    orders = list(purchases(log))
    assert [(order.buyer, order.lines[0].net, order.lines[0].quantity) for order in orders] == [
        ("cdnow.00001", 1177, 1),
        ("cdnow.00002", 1200, 1),
        ("cdnow.00002", 7700, 5),
        ("cdnow.00004", 0, 2),
    ]
    valued = value(orders, RULES)
    assert (valued.orders, valued.reward) == (4, 59 + 60 + 385)


def test_a_log_as_a_csv_file_is_worth_what_an_independent_loop_says(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(LOG.encode())
    replayed = csv_orders.read(csv_of(log, tmp_path / "log.csv"), "UTC")
    assert replay(replayed, RULES).assets["USD/2"].given == five_percent(log) == 59 + 60 + 385
    assert replay(replayed, FOUR_RULES).by_rule["discs", "USD/2"] == 24 + 24 + 154


def test_as_many_orders_are_valued_as_were_bought() -> None:
    valued = value(bought(1000), RULES)
    assert (valued.orders, valued.reward) == (1000, sum((1000 + number + 10) // 20 for number in range(1000)))


def test_every_figure_of_a_benchmark_says_its_unit(tmp_path: Path) -> None:
    rows = (Row("a", 1.5, "2 or less", True), Row("b", 3, "3", True), Row("c", 4, "measured", True, "µs"))
    publish(Section(name="part", title="A part", shows="Something.", rows=rows), tmp_path, BENCHMARKS)
    published = json.loads((tmp_path / "benchmarks.json").read_text())
    assert published[0] == {
        "benchmark": "part",
        "name": "a",
        "value": 1.5,
        "target": "2 or less",
        "met": True,
        "unit": "ratio",
    }
    assert [figure["unit"] for figure in published] == ["ratio", "count", "µs"]
    assert "| c | 4 µs | measured | yes |" in (tmp_path / "benchmarks.md").read_text()
