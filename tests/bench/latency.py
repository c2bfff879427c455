"""How long a webhook takes under load, as the storefront sees it: Ristourne beside the straightforward handler, both on
one local AWS, with Locust as the storefront. They take turns.

Runs in .venv-bench only. Deploys by `latency_deploy`; publishes nothing.
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

from infra.artifacts import ROOT
from infra.local_aws import free_port, local_aws
from tests.bench.latency_deploy import deploy_floor, deploy_ours, deploy_plain
from tests.bench.plots import curves
from tests.report import Row, Section

CONNECTIONS, ROUNDS, MEASURED_S = (1, 8, 32), 2, 5
START_S, START_PER_CONNECTION_S = 3, 0.6
"""How long it takes until every connection has a worker of its own, all of which start at once."""
FARTHEST = 100_000
"""More orders than any run sends."""

OURS, PLAIN, FLOOR = "Ristourne", "straightforward handler", "empty handler"
MOST_RATIO = 1.0

SHOWS = (
    "Storefronts that send one signed order of five lines after the other, each a new one, over 1, 8 and 32 "
    "connections: Ristourne, the straightforward handler of Chalice and boto3, and a handler that does nothing, each "
    "deployed to the same local AWS as a Lambda of 1 GB behind a REST API. Locust measures from request to answer; "
    "workers are warm."
)
ALL_ON_ONE = (
    "Gateway, Lambda workers, database and Locust share this computer, and the local AWS is one Python process: what "
    "the empty handler takes is its own time, and each call of DynamoDB is served by it too. In AWS these are other "
    "computers, and a round trip to DynamoDB takes some milliseconds."
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
        notes=(ALL_ON_ONE, *_failures(seen)),
        pictures={"load": curves("Answers under load", drawn(seen))},
        operations=sum(len(each.times_ms) for each in seen.values()),
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
        stated = {"FIRST_ORDER": str(first_order), "TIMES": str(times), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=ROOT, env=os.environ | stated, capture_output=True, text=True)
        if not times.exists():
            raise NoAnswer(f"Locust failed:\n{done.stderr}")
        return Seen(**json.loads(times.read_text()))


def drawn(seen: Mapping[Load, Seen]) -> dict[str, dict[int, tuple[float, float]]]:
    """For a picture: by contender and connections, the median and the 99th percentile in milliseconds."""
    lines: dict[str, dict[int, tuple[float, float]]] = {}
    for (name, connections), each in seen.items():
        lines.setdefault(name, {})[connections] = each.percentile_ms(50), each.percentile_ms(99)
    return lines


def _rows(seen: Mapping[Load, Seen]) -> Iterator[Row]:
    for connections in CONNECTIONS:
        at = f"at {connections} connections" if connections > 1 else "at 1 connection"
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
    for (name, connections), each in seen.items():
        if each.failures:
            yield f"{name}, {connections} connections, first error: {each.failures[0]}"
