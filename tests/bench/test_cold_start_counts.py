"""A first webhook loads no more modules than it did: counted in the unpacked package, as Lambda runs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from unittest import mock

import pytest

from tests.bench.cold.process import Lambda, Started, cold_lambda
from tests.bench.cold.study import OWN, STANDARD, by_package, cpu_in_turn, import_times, least_self_us

MOST = {OWN: 92, "pynamodb": 22, "botocore": 74, "msgspec": 12, "urllib3": 28}
MOST_IN_ALL = 252
"""What a first webhook loads today, without the standard library, whose modules differ from one Python to the next.
Fewer is better; more has to be worth it. Eight of ours are folders' docstrings."""

pytestmark = pytest.mark.xdist_group("dynamodb-local")


@pytest.fixture(scope="module")
def process(dynamodb_endpoint: str) -> Iterator[Lambda]:
    with mock.patch.dict(os.environ), cold_lambda(dynamodb_endpoint) as process:
        yield process


@pytest.fixture(scope="module")
def webhook(process: Lambda) -> Started:
    return process.ours()


def test_a_first_webhook_loads_no_more_modules_than_before(webhook: Started) -> None:
    loaded = by_package((module, 1) for module in webhook.modules)
    assert sum(loaded.values()) - loaded[STANDARD] <= MOST_IN_ALL


@pytest.mark.parametrize("package", MOST)
def test_no_package_brings_more_modules_than_before(webhook: Started, package: str) -> None:
    loaded = by_package((module, 1) for module in webhook.modules)
    assert 0 < loaded[package] <= MOST[package]


def test_the_floor_loads_nothing_of_ours_and_nothing_that_we_do_not(process: Lambda, webhook: Started) -> None:
    floor = {*process.floor().modules}
    assert {name for name in floor if name.startswith("chalicelib")} == set()
    assert floor <= {*webhook.modules}


def test_every_start_takes_processor_time(process: Lambda) -> None:
    measured = cpu_in_turn({"ours": process.ours, "floor": process.floor}, runs=1)
    assert set(measured) == {"ours", "floor"}
    assert all(value > 0 for value in measured.values())


def test_imports_are_told_apart_by_package(process: Lambda) -> None:
    costs = by_package(least_self_us(process.ours, runs=1).items())
    assert {OWN, "botocore", "pynamodb", "standard library"} <= set(costs)
    assert all(cost > 0 for cost in costs.values())


def test_what_a_program_says_besides_is_no_import() -> None:
    printed = (
        "import time: self [us] | cumulative | imported package\nhello\nimport time:       120 |        340 |   a.b\n"
    )
    assert list(import_times(printed)) == [("a.b", 120)]
