"""Ristourne beside what one would build instead: speed, cost, and what each loses when something goes wrong.

python -m tests.bench.alternatives.study     prints the figures; `make bench` publishes them
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from infra.local.dynamodb_local import dynamodb_local
from tests.bench.alternatives.contenders import OURS, TRANSACTIONAL, Contender, contenders
from tests.bench.alternatives.counted import FIRST, PAIR, REPEAT, Counted, counted
from tests.bench.alternatives.mishaps import Trials, mishaps
from tests.bench.alternatives.timed import Timed, timed
from tests.bench.bill import bill, memory_mb
from tests.chart import Bar, Chart, Group, number
from tests.report import Row, Section

FASTER, SHARE = 2, 0.5
COMPARED = "for comparison"
NAMES = {FIRST: "first order", REPEAT: "repeat order", PAIR: "pair of friends"}

SHOWS = """\
Three handlers that a good engineer would write for the same shop: a straightforward one with Chalice and boto3, one
with Powertools for AWS Lambda, and one that writes an order in one transaction, for the guarantees of ours. All take
the same deliveries; then a process dies before or after each call of the database, or an order comes twice, at once or
a week later, and the books are looked at."""

MISSED = """\
The target was half of their write units. A transaction costs two units an item, a single write one: the two handlers
that write one item after the other pay less, and a crash leaves their books wrong; the one whose books stay right pays
for a repeat order what ours does. Ours pays two more at a customer's first order, for the record that leads from an
e-mail to its person."""

NOTES = tuple(
    """\
The alternatives store nine fields of an order and its lines. One that stores the whole body of 10 kB, as many tutorials
do, would pay about ten units more. They leave out refunds, edits, spending, currencies, limits and reasons; the top of
each file in tests/bench/alternatives says what.

Orders per second hold the time of DynamoDB Local, another process on the same processors. DynamoDB itself answers
otherwise, so of the times only the processor time says something about it. Half of the orders are a customer's first.

A friend's order of ours counts with its settlement, which the table's stream causes.""".split("\n\n")
)


class Studied(Struct, frozen=True):
    """What was found of one contender."""

    costs: dict[str, Counted]
    times: Timed
    findings: dict[str, Trials]

    @property
    def mishaps(self) -> int:
        """How often something went wrong on purpose."""
        return sum(finding.tried for finding in self.findings.values())

    @property
    def wrong(self) -> int:
        """How often the books were wrong afterwards."""
        return sum(finding.wrong.total() for finding in self.findings.values())

    @property
    def dollars(self) -> Decimal:
        """For a million repeat orders."""
        return bill(self.costs[REPEAT], self.times.cpu_us, memory_mb()).total


def measure() -> Section:
    """Everything, in under two minutes on two processors."""
    with dynamodb_local() as endpoint, contenders(endpoint) as opened:
        return section(_studied(opened, int(time.time())))


def _studied(opened: tuple[Contender, ...], at: int) -> dict[str, Studied]:
    times = timed(opened, at)
    return {
        contender.name: Studied(counted(contender, at), times[contender.name], mishaps(contender, at))
        for contender in opened
    }


def section(studied: Mapping[str, Studied]) -> Section:
    """What is published of it."""
    ours, others = studied[OURS], {name: other for name, other in studied.items() if name != OURS}
    rows = [row for name, other in others.items() for row in _against(name, ours, other)]
    return Section(
        name="alternatives",
        title="Beside what one would build instead",
        shows=SHOWS,
        rows=(*rows, *(row for name, measured in studied.items() for row in _alone(name, measured))),
        headlines=tuple(row.name for row in rows if row.name.startswith(("processor time", "orders per second"))),
        missed=MISSED,
        table=(COLUMNS, *(_line(name, measured) for name, measured in studied.items())),
        charts=(_units(studied), _times(studied)),
        counters=_counters(studied),
        notes=NOTES,
    )


COLUMNS = ("handler", "wrong books", "write units", "round trips", "processor time", "a million orders")


def _line(name: str, studied: Studied) -> tuple[str, ...]:
    repeat = studied.costs[REPEAT]
    wrong, cpu = f"{studied.wrong} of {studied.mishaps}", f"{number(studied.times.cpu_us)} µs"
    return _label(name), wrong, str(repeat.write_units), str(repeat.round_trips), cpu, f"{studied.dollars} dollars"


def _label(name: str) -> str:
    return "Ristourne" if name == OURS else name


def _wrong(studied: Studied) -> str:
    return f"books wrong {studied.wrong} of {studied.mishaps} times"


def _units(studied: Mapping[str, Studied]) -> Chart:
    bars = (
        Bar(_label(name), measured.costs[REPEAT].write_units, name == OURS, note=_wrong(measured))
        for name, measured in studied.items()
    )
    return Chart(
        name="units",
        title="What an order writes, and how often mishaps leave the books wrong",
        scale="write units of a customer's repeat order",
        groups=(Group("", tuple(bars)),),
    )


def _times(studied: Mapping[str, Studied]) -> Chart:
    bars = (Bar(_label(name), measured.times.cpu_us, name == OURS) for name, measured in studied.items())
    return Chart(
        name="time",
        title="How long the Lambda's processor works on an order",
        scale="microseconds of processor time",
        groups=(Group("", tuple(bars)),),
    )


def _against(name: str, ours: Studied, other: Studied) -> Iterator[Row]:
    """Half of what is unsafe; of what has the same guarantees, times are targets and units a comparison."""
    faster, leaner = other.times.faster, other.times.leaner
    least = 1 if name == TRANSACTIONAL else FASTER
    yield Row(f"orders per second, ours ÷ {name}", faster, f"{least} or more", faster >= least)
    yield Row(f"processor time of an order, {name} ÷ ours", leaner, f"{least} or more", leaner >= least)
    for case, label in NAMES.items():
        own, theirs = ours.costs[case], other.costs[case]
        share = _compared if name == TRANSACTIONAL else _share
        yield share(f"write units of a {label}, ours ÷ {name}", own.write_units, theirs.write_units)
        yield share(f"round trips of a {label}, ours ÷ {name}", own.round_trips, theirs.round_trips)
    dollars = float(round(ours.dollars / other.dollars, 2))
    yield Row(f"dollars for repeat orders, ours ÷ {name}", dollars, COMPARED, True)


def _share(name: str, own: int, theirs: int) -> Row:
    share = round(own / theirs, 2)
    return Row(name, share, f"{SHARE} or less", share <= SHARE)


def _compared(name: str, own: int, theirs: int) -> Row:
    return Row(name, round(own / theirs, 2), COMPARED, True)


def _alone(name: str, studied: Studied) -> Iterator[Row]:
    yield Row(f"orders per second, {name}", studied.times.orders_per_s, "measured", True, "1/s")
    yield Row(f"processor time of an order, {name}", studied.times.cpu_us, "measured", True, "µs")
    yield Row(f"time of an order outside its processor time, {name}", studied.times.waiting_us, "measured", True, "µs")
    yield Row(f"a million repeat orders, {name}", float(studied.dollars), COMPARED, True, "dollars")
    for mishap, finding in studied.findings.items():
        wrong = finding.wrong.total()
        target, met = ("0", wrong == 0) if name == OURS else (COMPARED, True)
        yield Row(f"wrong books, {name}: {mishap}", f"{wrong} of {finding.tried}", target, met)


def _counters(studied: Mapping[str, Studied]) -> dict[str, dict[str, int]]:
    costs = {f"What a delivery costs: {name}": dict(_costs(measured.costs)) for name, measured in studied.items()}
    kinds = {f"How the books are wrong: {name}": dict(_kinds(measured.findings)) for name, measured in studied.items()}
    return costs | {heading: counts for heading, counts in kinds.items() if counts}


def _costs(costs: Mapping[str, Counted]) -> Iterable[tuple[str, int]]:
    for case, cost in costs.items():
        yield f"{case}: read round trips", cost.reads
        yield f"{case}: write round trips", cost.writes
        yield f"{case}: write units", cost.write_units
        yield f"{case}: read units, times two", cost.half_units
        yield f"{case}: bytes logged", cost.log_bytes


def _kinds(findings: Mapping[str, Trials]) -> Iterable[tuple[str, int]]:
    for mishap, finding in findings.items():
        yield from ((f"{mishap}: {kind}", times) for kind, times in sorted(finding.wrong.items()))


if __name__ == "__main__":
    sys.stdout.write(
        "".join(f"{row.name}: {row.value} {row.unit} ({row.target}) {row.met}\n" for row in measure().rows)
    )
