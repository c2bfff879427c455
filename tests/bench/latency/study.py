"""How long a webhook takes under load, as the storefront sees it: Ristourne beside the straightforward handler, both on
one local AWS, with Locust as the storefront. They take turns.

Runs in .venv-bench only. Deploys by `deploy`; publishes nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from statistics import quantiles
from unittest import mock

from msgspec import Struct

from infra.build.artifacts import ROOT
from infra.local.local_aws import free_port, local_aws
from tests.bench.latency.deploy import deploy_floor, deploy_ours, deploy_plain
from tests.chart import Bar, Chart, Group
from tests.report import Row, Section

CONNECTIONS, ROUNDS, MEASURED_S = (1, 8, 32), 2, 5
START_S, START_PER_CONNECTION_S = 3, 0.6
"""How long it takes until every connection has a worker of its own, all of which start at once."""
FARTHEST = 100_000
"""More orders than any run sends."""

OURS, PLAIN, FLOOR = "Ristourne", "straightforward handler", "empty handler"
MOST_RATIO = 1.0

SHOWS = (
    "Storefronts send signed orders over 1, 8 and 32 connections to Ristourne, to the straightforward handler and to "
    "one that does nothing, all on the same local AWS. What the empty handler takes is that AWS's own time: in the "
    "cloud, other computers spend it."
)
HOW = (
    "Each is deployed as a Lambda of 1 GB behind a REST API, and its workers are warm. Every order has five lines and "
    "is a new one; a connection sends one after the other. Locust measures from request to answer."
)
ALL_ON_ONE = (
    "Gateway, Lambda workers, database and Locust share this computer, and the local AWS is one Python process, which "
    "serves each call of DynamoDB too. In AWS a round trip to DynamoDB takes some milliseconds."
)


HEADLINES = tuple(
    f"median beside the straightforward handler, at {connections}"
    for connections in ("1 connection", "8 connections", "32 connections")
)


class NoAnswer(Exception):
    """A run without a single good answer."""


class Seen(Struct):
    """What the storefronts saw: milliseconds of each answer, and what failed."""

    times_ms: list[float]
    failures: list[str]

    def percentile_ms(self, percent: int) -> float:
        """So many percent of the answers came as fast or faster."""
        return quantiles(self.times_ms, n=100, method="inclusive")[percent - 1]

    def per_second(self) -> float:
        """Answers per second."""
        return len(self.times_ms) / (ROUNDS * MEASURED_S)


Load = tuple[str, int]
"""A contender and a number of connections."""


def measure() -> Section:
    """Latency, throughput and errors at each number of connections."""
    with local_aws(free_port()) as aws, mock.patch.dict(os.environ, aws.environment()):
        seen = under_load({OURS: deploy_ours(), PLAIN: deploy_plain(), FLOOR: deploy_floor()})
    return Section(
        name="latency",
        title="Fast under load",
        shows=SHOWS,
        rows=tuple(_rows(seen)),
        notes=(HOW, ALL_ON_ONE, *_failures(seen)),
        headlines=HEADLINES,
        charts=(chart({load: (times.percentile_ms(50), times.percentile_ms(99)) for load, times in seen.items()}),),
        operations=sum(len(times.times_ms) for times in seen.values()),
    )


def under_load(addresses: Mapping[str, str]) -> dict[Load, Seen]:
    """What came of each contender at each number of connections; they take turns."""
    seen = {(name, connections): Seen([], []) for connections in CONNECTIONS for name in addresses}
    numbers = count(1, FARTHEST)
    for connections in CONNECTIONS:
        for address in addresses.values():
            send(address, connections, next(numbers), round(START_S + START_PER_CONNECTION_S * connections))
        for _ in range(ROUNDS):
            for name, address in addresses.items():
                more = send(address, connections, next(numbers), MEASURED_S)
                if not more.times_ms:
                    raise NoAnswer(f"{name}, {connections} connections: {more.failures[:1]}")
                seen[name, connections].times_ms.extend(more.times_ms)
                seen[name, connections].failures.extend(more.failures)
    return seen


def send(address: str, connections: int, first_order: int, seconds: int) -> Seen:
    """What one run of Locust saw."""
    with tempfile.TemporaryDirectory(prefix="ristourne-locust-") as folder:
        times = Path(folder, "times.json")
        command = [sys.executable, "-m", "locust", "-f", "tests/bench/locustfile.py", "--headless", "--host", address]
        command += ["--users", str(connections), "--spawn-rate", str(connections)]
        command += ["--run-time", f"{seconds}s", "--only-summary", "--loglevel", "ERROR"]
        settings = {"FIRST_ORDER": str(first_order), "TIMES": str(times), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True)
        if not times.exists():
            raise NoAnswer(f"Locust failed:\n{done.stderr}")
        return Seen(**json.loads(times.read_text()))


def chart(percentiles_ms: Mapping[Load, tuple[float, float]]) -> Chart:
    """The median and the 99th percentile of each contender, by connections."""
    return Chart(
        name="median",
        title="How long a storefront waits for the answer to an order",
        scale="median in milliseconds, by connections that send at once",
        reach="99th percentile",
        groups=tuple(
            Group(
                _connections(connections),
                tuple(
                    Bar(name, round(median), ours=name == OURS, reach=round(slowest))
                    for (name, at), (median, slowest) in percentiles_ms.items()
                    if at == connections
                ),
            )
            for connections in CONNECTIONS
        ),
    )


def _connections(connections: int) -> str:
    return f"{connections} connections" if connections > 1 else "1 connection"


def _rows(seen: Mapping[Load, Seen]) -> Iterator[Row]:
    for connections in CONNECTIONS:
        at = f"at {_connections(connections)}"
        ratio = round(seen[OURS, connections].percentile_ms(50) / seen[PLAIN, connections].percentile_ms(50), 2)
        yield Row(f"median beside the straightforward handler, {at}", ratio, "at most 1", ratio <= MOST_RATIO, "ratio")
        for name in (OURS, PLAIN, FLOOR):
            yield from _load_rows(f"{name}, {at}", seen[name, connections])


def _load_rows(what: str, seen: Seen) -> Iterator[Row]:
    for name, percent in (("median", 50), ("99th percentile", 99)):
        yield Row(f"{name}, {what}", round(seen.percentile_ms(percent), 1), "measured", True, "ms")
    yield Row(f"orders per second, {what}", round(seen.per_second()), "measured", True)
    yield Row(f"errors, {what}", len(seen.failures), "0", not seen.failures)


def _failures(seen: Mapping[Load, Seen]) -> Iterator[str]:
    for (name, connections), run in seen.items():
        if run.failures:
            yield f"{name}, {connections} connections, first error: {run.failures[0]}"
