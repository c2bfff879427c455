"""What a cold start costs: importing the application and answering the first webhook, beside Chalice and one client.

Compared is the processor time of whole processes, interpreter included. What is imported is told apart by Python's own
`-X importtime`. Runs processes by `process`; publishes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import median

from infra.build.package import LAMBDA, build
from infra.local.dynamodb_local import dynamodb_local
from tests.bench.cold.process import Started, cold_lambda
from tests.report import Row, Section

RUNS, IMPORT_RUNS = 21, 7
MOST_RATIO, MOST_BYTES = 1.15, 10_000_000
COSTLIEST = 12
IMPORT = re.compile(r"import time: +(\d+) \| +\d+ \| +(\S+)")

OURS, LIBRARIES = (
    ("app", "chalicelib"),
    ("botocore", "urllib3", "dateutil", "jmespath", "pynamodb", "chalice", "msgspec"),
)
RISTOURNE, FLOOR = "Ristourne", "the floor"
OWN, STANDARD = "own code", "standard library"
OTHERS = {"disposable_email_domains": "disposable-email-domains", "six": "dateutil"}

BESIDE, ZIP = "processor time beside the floor", "the zip that is uploaded"

SHOWS = (
    "A process that starts, imports the application from the package and answers its first webhook, beside the least "
    "that a webhook on Chalice and DynamoDB can be: one route, one botocore client, one read."
)
HOW = (
    "The webhook is a new order of five lines: one read of SSM, three of DynamoDB, one transaction. Modules are "
    "compiled as they are uploaded, for both; both talk to the same DynamoDB Local. Processor time is that of the "
    "whole process, the interpreter included, median of as many starts in turn, on this computer's Python."
)
UNENCRYPTED = (
    "The connections are not encrypted here. In AWS, each process also reads the list of certificates and shakes hands "
    "once with each service that it calls: the floor with one, Ristourne's first webhook with two (DynamoDB, SSM)."
)
CLIENT_INCLUDED = (
    "The floor makes its client when it is imported, so that the time of its own code is the client's. Ristourne makes "
    "none on this way (`chalicelib/store/dynamodb/transport.py`): that pays for all that it does besides."
)


def measure() -> Section:
    """The cold start of the package that the sources make."""
    with dynamodb_local() as endpoint, cold_lambda(endpoint) as process:
        cpu_s = cpu_in_turn({RISTOURNE: process.ours, FLOOR: process.floor})
        imports = {RISTOURNE: least_self_us(process.ours), FLOOR: least_self_us(process.floor)}
        modules = {RISTOURNE: process.ours().modules, FLOOR: process.floor().modules}
    return Section(
        name="cold-start",
        title="A cold start costs little more than its libraries",
        shows=SHOWS,
        rows=(*_cpu_rows(cpu_s), *_module_rows(modules), _size_row(build(LAMBDA).code.stat().st_size)),
        headlines=(BESIDE, ZIP),
        counters=_counters(imports, modules),
        notes=(HOW, UNENCRYPTED, CLIENT_INCLUDED),
    )


def cpu_in_turn(contenders: Mapping[str, Callable[[], Started]], runs: int = RUNS) -> dict[str, float]:
    """The median processor time of each contender's processes, in seconds; they start in turn."""
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for start in contenders.values():
        start()
    for _ in range(runs):
        for name, start in contenders.items():
            measured[name].append(start().cpu_s)
    return {name: median(values) for name, values in measured.items()}


def least_self_us(start: Callable[..., Started], runs: int = IMPORT_RUNS) -> dict[str, int]:
    """What each module's own code cost when it was imported, in microseconds: the least of some runs."""
    least: dict[str, int] = {}
    for _ in range(runs):
        for name, cost in import_times(start("-X", "importtime").printed):
            least[name] = min(cost, least.get(name, cost))
    return least


def import_times(printed: str) -> Iterator[tuple[str, int]]:
    """Each module that `-X importtime` names, with its self time in microseconds."""
    for line in printed.splitlines():
        if imported := IMPORT.fullmatch(line):
            yield imported[2], int(imported[1])


def package_of(module: str) -> str:
    """Whose module it is."""
    top = module.partition(".")[0]
    if top in OURS:
        return OWN
    return OTHERS.get(top, top) if top in (*LIBRARIES, *OTHERS) else STANDARD


def by_package(costs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Sums by package, the greatest first."""
    sums: Counter[str] = Counter()
    for module, cost in costs:
        sums[package_of(module)] += cost
    return dict(sums.most_common())


def _cpu_rows(cpu_s: Mapping[str, float]) -> Iterator[Row]:
    ratio = round(cpu_s[RISTOURNE] / cpu_s[FLOOR], 2)
    yield Row(BESIDE, ratio, f"at most {MOST_RATIO}", ratio <= MOST_RATIO, "ratio")
    for name, value in cpu_s.items():
        yield Row(f"processor time of a cold start, {name}", round(value * 1000), "measured", True, "ms")


def _module_rows(modules: Mapping[str, tuple[str, ...]]) -> Iterator[Row]:
    for name, loaded in modules.items():
        yield Row(f"modules after the first webhook, {name}", len(loaded), "counted", True)


def _size_row(size: int) -> Row:
    return Row(ZIP, size, f"at most {MOST_BYTES:,}".replace(",", "\u202f"), size <= MOST_BYTES, "B")


def _counters(
    imports: Mapping[str, Mapping[str, int]], modules: Mapping[str, tuple[str, ...]]
) -> dict[str, Mapping[str, int]]:
    costliest = Counter(imports[RISTOURNE]).most_common(COSTLIEST)
    return {
        **{f"Imports of {name} by package, µs": by_package(costs.items()) for name, costs in imports.items()},
        f"The costliest imports of {RISTOURNE}, µs": dict(costliest),
        **{f"Modules of {name} by package": by_package((module, 1) for module in own) for name, own in modules.items()},
    }
