"""Which keys are hot in a sale? `python -m tests.bench heat`.

A sale of ten thousand orders a second is played on a table that charges by the second; five hundred friends of one
referrer buy at once on AWS's own engine. Imports the sale, the rush and the shop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.records import Budget, CodeRef
from chalicelib.edge.yaml_document import read_document
from chalicelib.store.codec import key_of
from tests.bench.flat.books import code_of, member
from tests.bench.heat.beside import Clicked, clicked, hottest_counter, programme_units
from tests.bench.heat.rush import Rushed, rush
from tests.bench.heat.sale import INFLUENCER, Outcome, Sale, play
from tests.bench.heat.stream import deployed
from tests.bench.heat.table import PROCESSES, Load, peaks
from tests.bench.heat.words import HEADLINES, MISSED, NOTES, SHOWS
from tests.bench.shop import local_shop
from tests.machine import ROOT
from tests.report import Row, Section
from tests.world.builders import programme_of

WRITE_LIMIT, READ_LIMIT, UPDATE_LIMIT = 1_000, 3_000, 50
"""Units a second that DynamoDB gives a partition key, and transactions a second that an item takes."""

CONVERSIONS, AT_ONCE = 500, 16
CACHE_S = 60
"""How long each of Lambda's processes works with what it has read."""

VERSIONS = (1, 100)
"""Programme versions that were published."""

CLICKS = 20
"""People who follow a link for one who buys."""

BUDGET = 10_000_000_000
BUDGETED = programme_of(earn=[{"id": "cashback", "percent": 5, "budget": BUDGET // 100}])
DEMO = read_document((ROOT / "infra" / "demo" / "programme.yaml").read_bytes())
WHOLE = programme_of(**DEMO | {"campaigns": [DEMO["campaigns"][0] | {"budget": 1_000_000_000}]})
"""The demo's programme: points, a card, levels, goals, a leaderboard, referrals, and a campaign for first orders with
people held out, whose budget is that of a shop with so many.
"""

REST = 3_000_000
"""What is left of the budget when its last second begins, in minor units: half of what that second's orders want."""

EXPONENTS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
HOTTEST = 10


class Findings(Struct, frozen=True):
    """All that was measured."""

    sale: Outcome
    budgeted: Outcome
    racing: Outcome
    ending: Outcome
    ended: Outcome
    whole: Outcome
    unsure: Outcome
    click: Clicked
    rushed: Rushed


def measure() -> Section:
    """All of it, in about two minutes."""
    figures = findings()
    return Section(
        name="heat",
        title="The hottest keys of a sale",
        shows=SHOWS,
        rows=tuple(rows(figures)),
        headlines=HEADLINES,
        missed=MISSED,
        seed=Sale(source=deployed()).seed,
        operations=figures.sale.deliveries,
        counters=hottest(figures.sale)
        | {"Orders a second of the most frequent buyer, by Zipf's exponent": exponents()},
        notes=NOTES,
    )


def findings() -> Findings:
    """Play the sales, rush the shop."""
    source = deployed()
    with local_shop() as shop:
        rushed, click = rush(shop, CONVERSIONS, AT_ONCE), clicked(shop)
    end = Sale(seconds=1, friends=0, twice=0, rules=BUDGETED, source=source, rest=REST)
    demand = replace(end, read_s=0, commit_s=0, rest=None)
    whole = Sale(seconds=1, rules=WHOLE, source=source)
    sales = (Sale(source=source), demand, replace(end, rest=None), end, replace(end, rest=0))
    sale, budgeted, racing, ending, ended = map(play, sales)
    kinds, unsure = play(whole), play(replace(whole, candidates=0))
    return Findings(sale, budgeted, racing, ending, ended, kinds, unsure, click, rushed)


def rows(figures: Findings) -> Iterator[Row]:
    """The figures, those of the sale first."""
    yield from sale_rows(figures.sale)
    yield from link_rows(figures.sale, figures.click)
    yield from budget_rows(figures.budgeted, figures.racing, figures.ending, figures.ended)
    yield from whole_rows(figures.whole, figures.unsure)
    yield from programme_rows()
    yield from rush_rows(figures.rushed)


def sale_rows(sale: Outcome) -> Iterator[Row]:
    """The sale against DynamoDB's limits."""
    written, updated = peaks(sale.table.write_units), peaks(sale.table.updated)
    yield Row("orders of the sale that were played", sale.orders, "counted", True)
    yield Row("deliveries", sale.deliveries, "counted", True)
    yield _limited("write units a second of the hottest partition key", _most(written), WRITE_LIMIT)
    yield _limited("read units a second of the hottest partition key", _most(peaks(sale.table.read_units)), READ_LIMIT)
    yield _limited("transactions a second on the hottest item", _most(updated), UPDATE_LIMIT)
    yield Row("races that were lost and run again", sale.lost_races, "counted", True)
    yield Row("orders that were refused", sale.refused, "0", sale.refused == 0)
    unsettled = sale.conversions - sale.settled
    yield Row("conversions that were not settled", unsettled, "0", unsettled <= 0)
    yield Row("conversions a second of one referrer at which a limit is reached", ceiling(sale), "counted", True)


def ceiling(sale: Outcome) -> int:
    """How many friends of one referrer may buy in a second until the first of the referrer's keys is too hot."""
    name = member(INFLUENCER)
    written, updated = peaks(sale.table.write_units), peaks(sale.table.updated)
    used = [units / WRITE_LIMIT for key, units in written.items() if name in key]
    used += [units / UPDATE_LIMIT for key, units in updated.items() if name in key]
    return round(influencers_a_second(sale) / max(used))


def influencers_a_second(sale: Outcome) -> int:
    """Orders in a second that bring the influencer's code: each reads it once."""
    return peaks(sale.table.read_units)[key_of(CodeRef(code_of(INFLUENCER)))[0]]


def budget_rows(sale: Outcome, racing: Outcome, ending: Outcome, ended: Outcome) -> Iterator[Row]:
    """What a second's orders ask of the shares of a budget: in the sale, when it ends, and when it has ended."""
    updates, what = hottest_share(sale.table.updated), "transactions a second on the item"
    yield _limited(f"a share of a budget: {what}", updates, UPDATE_LIMIT)
    for name, outcome in (("of the sale", racing), ("in which the budget ends", ending)):
        attempts = hottest_share(outcome.table.updated)
        yield Row(f"in a second {name}: {what}, lost races too", attempts, "counted", True)
        yield Row(f"in a second {name}: orders refused, to be delivered again", outcome.refused, "counted", True)
    over = given_in_all(ending) - BUDGET
    yield Row("given beyond the budget", over, "0", over <= 0, "minor units")
    for name, outcome in (("ends", ending), ("has ended", ended)):
        reads = hottest_share(outcome.table.read_units)
        yield _limited(f"in the second in which the budget {name}: read units of the hottest share", reads, READ_LIMIT)
    trips = ending.table.most_round_trips
    yield Row("read round trips of an order at the end", trips, "at most 2", trips <= 2)


def whole_rows(sale: Outcome, unsure: Outcome) -> Iterator[Row]:
    """A sale under a programme of every kind; `unsure`: one in which everybody is a candidate of its leaderboard."""
    what = "a programme of every kind"
    written, read = _most(peaks(sale.table.write_units)), _most(peaks(sale.table.read_units))
    yield _limited(f"{what}: write units a second of the hottest partition key", written, WRITE_LIMIT)
    yield _limited(f"{what}: read units a second of the hottest partition key", read, READ_LIMIT)
    yield _limited(f"{what}: transactions a second on the hottest item", _most(peaks(sale.table.updated)), UPDATE_LIMIT)
    yield Row(f"{what}: orders that were refused", sale.refused, "0", sale.refused == 0)
    yield _limited("a leaderboard's rows: write units a second of the hottest key", hottest_rows(sale), WRITE_LIMIT)
    rows = hottest_rows(unsure)
    yield Row("before the first daily round, everybody a candidate: the same", rows, "for comparison", True)


def hottest_rows(outcome: Outcome) -> int:
    """The most that a partition key of leaderboards' rows is written in a second, in units."""
    written = peaks(outcome.table.write_units).items()
    return max((units for key, units in written if key.startswith("BOARD#")), default=0)


def hottest_share(load: Load) -> int:
    """The most that a share of a budget is asked for in a second."""
    return max((units for name, units in peaks(load).items() if name.startswith("BUDGET#")), default=0)


def given_in_all(outcome: Outcome) -> int:
    """What all shares of the budget have given, in minor units."""
    return sum(share.given for share in outcome.table.all(Budget))


def link_rows(sale: Outcome, click: Clicked) -> Iterator[Row]:
    """What the clicks on the influencer's link come to."""
    friends = influencers_a_second(sale)
    clicks = CLICKS * friends
    writes = hottest_counter(code_of(INFLUENCER), clicks) * click.later.write_units
    reads, anew = friends + clicks * click.later.read_units, PROCESSES * click.first.read_units
    what = f"the link's code: read units a second, {PROCESSES:,} processes"
    yield Row("clicks a second on the influencer's link", clicks, "counted", True)
    yield _limited("the link's hottest counter: write units a second", writes, WRITE_LIMIT)
    yield _limited(f"{what} at work", reads + -(-anew // CACHE_S), READ_LIMIT)
    yield _limited(f"{what} that start at once", reads + anew, READ_LIMIT)


def programme_rows() -> Iterator[Row]:
    """What the programme's key is asked for by Lambda's processes."""
    what = f"the programme: read units a second, {PROCESSES:,} processes"
    _, refresh = programme_units(1)
    yield _limited(f"{what} at work", -(-PROCESSES * refresh // CACHE_S), READ_LIMIT)
    for versions in VERSIONS:
        start, _ = programme_units(versions)
        yield _limited(f"{what} that start at once, versions: {versions}", PROCESSES * start, READ_LIMIT)


def rush_rows(rushed: Rushed) -> Iterator[Row]:
    """Nothing lost, nobody refused."""
    good, many = rushed.answers.get(200, 0), f"{AT_ONCE} at a time, DynamoDB Local"
    yield Row(f"friends' orders answered 200, {many}", good, str(CONVERSIONS), good == CONVERSIONS)
    yield Row("conversions of the referrer", rushed.conversions, str(CONVERSIONS), rushed.conversions == CONVERSIONS)
    yield Row("of these not settled", rushed.unsettled, "0", rushed.unsettled == 0)
    pairs = CONVERSIONS // 2
    yield Row("groups of the referrer", rushed.groups, str(pairs), rushed.groups == pairs)
    yield Row(
        "bonus of the referrer", rushed.bonus, str(rushed.expected), rushed.bonus == rushed.expected, "minor units"
    )


def hottest(sale: Outcome) -> dict[str, dict[str, int]]:
    """The hottest keys and items of the sale, for what they are asked."""
    loads = {
        "The hottest partition keys: write units a second": sale.table.write_units,
        "The hottest partition keys: read units a second": sale.table.read_units,
        "The hottest items: transactions a second": sale.table.updated,
    }
    return {what: {_named(key): units for key, units in _top(peaks(load))} for what, load in loads.items()}


def exponents() -> dict[str, int]:
    """How often the most frequent of a million buyers buys in a second."""
    sale = Sale(source=deployed())
    shares = {exponent: 1 / sum(rank**-exponent for rank in range(1, sale.members + 1)) for exponent in EXPONENTS}
    return {str(exponent): round(sale.orders_a_second * share) for exponent, share in shares.items()}


def _limited(name: str, value: int, limit: int) -> Row:
    return Row(name, value, f"at most {limit:,}", value <= limit)


def _most(load: Counter[str]) -> int:
    return max(load.values())


def _top(load: Counter[str]) -> list[tuple[str, int]]:
    """Equally hot ones by name, so that the same sale gives the same list."""
    return sorted(load.items(), key=lambda key_load: (-key_load[1], key_load[0]))[:HOTTEST]


def _named(key: str) -> str:
    return key.replace(member(INFLUENCER), "influencer").replace(code_of(INFLUENCER), "influencer's")
