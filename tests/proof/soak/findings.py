"""The outcomes of many shops as one section of the report."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from tests.chart import Bar, Chart, Group
from tests.proof.soak.epoch import Outcome
from tests.proof.soak.faults import ALL
from tests.proof.soak.seeds import SHOPS_PER_SEED, Failure, Run, shops_ever
from tests.proof.soak.unfinished import Ended
from tests.report import Row, Section

SHOWS = """\
Simulated shops live for about a year each, on the real code: webhooks come late, twice, in the wrong order or again a
year later, the database fails or says that it did, and machines stop between any two calls. After every change the
balances are compared with the ledger; at the end each order's reward, and every member's counters, level, stamp card
and goals, are worked out a second time by other code. Some shops also have leaderboards with prizes, campaigns for
segments or gifts on birthdays, and a daily round that dies, comes twice or comes late: places, prizes, cuts, who gets a
segment's campaign, gifts and reports are worked out a second time too. Levels measure what is spent, orders or points,
by a rolling or calendar year or in all, of closed months or at once, with grace or without. That nothing was violated
is a statement about the seeds that ran; a shop that ever failed is run by CI from then on."""

HOW = """\
Only the database, the clock and the senders are simulated. At the end all balances are compared, everything is told
once more, which must change nothing, and the same facts, told once and without a fault, must give the same rewards. A
run without a seed draws fresh ones."""

WITH_OPTIONS = "shops with leaderboards, segments, gifts, or levels of several kinds"

HEADLINES = (
    "operations",
    "shops whose books broke a rule",
    WITH_OPTIONS,
    "faults that fired",
    "different seeds of shops that have ever run",
    "seeds that ever failed, each run by CI",
    "states of the code under which they ran",
)


def section(
    shops: Mapping[int, Sequence[Ended]], runs: Sequence[Run] = (), failures: Sequence[Failure] = ()
) -> Section:
    """What the shops of some seeds showed; `runs` and `failures` are those of all runs so far, this one included."""
    seeds, outcomes = list(shops), [shop.outcome for group in shops.values() for shop in group]
    states = {shop.code for group in shops.values() for shop in group}
    operations = sum((outcome.operations for outcome in outcomes), Counter[str]())
    fired = sum((outcome.fired for outcome in outcomes), Counter[str]())
    happened = sum((outcome.happened for outcome in outcomes), Counter[str]())
    violations = tuple(
        f"{outcome.violation}\nSee it again: {outcome.replay}" for outcome in outcomes if outcome.violation
    )
    return Section(
        name="soak",
        title="Shops on a table that fails",
        shows=SHOWS,
        rows=(
            *_rows(outcomes, operations, fired),
            *_seed_rows(outcomes, runs, failures),
            Row("states of the code under which they ran", len(states), "as it is", True),
        ),
        seed=seeds[0] if len(seeds) == 1 else None,
        notes=_notes(seeds, runs, failures),
        operations=operations.total(),
        counters={
            "Faults that fired": {name: fired[name] for name in ALL},
            "Operations by kind": dict(operations.most_common()),
            "What happened in the shops": dict(happened.most_common()),
        },
        headlines=HEADLINES,
        charts=(chart({name: fired[name] for name in ALL}),),
        violations=violations,
    )


def chart(fired: Mapping[str, int]) -> Chart:
    """How often each kind of fault fired."""
    return Chart(
        name="faults",
        title="How often each kind of fault came",
        scale="times in all shops of the run",
        groups=(Group("", tuple(Bar(name, times, ours=True) for name, times in fired.items())),),
        logarithmic=True,
    )


def _rows(outcomes: Sequence[Outcome], operations: Counter[str], fired: Counter[str]) -> list[Row]:
    broken = sum(bool(outcome.violation) for outcome in outcomes)
    never = [name for name in ALL if not fired[name]]
    asked = sum(outcome.budget for outcome in outcomes)
    speed = operations.total() / max(sum(outcome.cpu_s for outcome in outcomes), 1)
    return [
        Row("operations", operations.total(), f"{asked:,} or more", operations.total() >= asked),
        Row("shops whose books broke a rule", broken, "0", broken == 0),
        Row("kinds of faults that fired", f"{len(ALL) - len(never)} of {len(ALL)}", "all", not never),
        Row("faults that fired", fired.total(), "more than 0", fired.total() > 0),
        Row("commits, each looked at", sum(outcome.commits for outcome in outcomes), "more than 0", True),
        Row("simulated years", sum(outcome.days for outcome in outcomes) // 365, "1 or more a shop", True),
        Row("operations a second of processor time", int(speed), "as it is", True),
        Row("digest of the final books", digest(outcomes), "the same for the same seed", True),
    ]


def _seed_rows(outcomes: Sequence[Outcome], runs: Sequence[Run], failures: Sequence[Failure]) -> list[Row]:
    return [
        Row("shops of this run, each with a seed of its own", len(outcomes), "as it is", True),
        Row(WITH_OPTIONS, sum(not outcome.plain for outcome in outcomes), "as it is", True),
        Row("different seeds of shops that have ever run", shops_ever(runs), "as it is", True),
        Row("seeds that ever failed, each run by CI", len(failures), "as it is", True),
    ]


def _notes(seeds: Sequence[int], runs: Sequence[Run], failures: Sequence[Failure]) -> tuple[str, ...]:
    """Which seeds these figures are about, and what is known of others."""
    listed = ", ".join(map(str, seeds))
    notes = [HOW, f"Seeds of this run: {listed}. The own seed of shop n is {SHOPS_PER_SEED:,} times that, plus n."]
    if failures:
        failed = "; ".join(f"{failure.seed} ({failure.what})" for failure in failures)
        notes.append(f"Shops that ever failed, by their own seeds: {failed}.")
    return tuple(notes)


def digest(outcomes: Sequence[Outcome]) -> str:
    """One fingerprint of all final books."""
    return hashlib.sha256("".join(outcome.digest for outcome in outcomes).encode()).hexdigest()[:32]
