"""Does an order cost the same in every shop? `python -m tests.bench flat`.

Orders of shops of three sizes, of members with short and long histories, of friends of a referrer with few and with
many friends; and the two pages that are looked at most. Imports the world and the meter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from tests.bench.flat.books import code_of, member
from tests.bench.flat.cost import Contender, Cost, cost, ratio, times
from tests.bench.flat.world import FAMOUS, FEW, LOYAL, REGULAR, Scale, World, settled, world
from tests.report import Row, Section

SCALE = Scale((1_000, 100_000, 1_000_000), orders=10_000, friends=10_000, referrers=320)
ROUNDS, REPEATS, WARM = 15, 10, 3
UNITS_WITHIN, TIME_WITHIN = 0.05, 0.10

SHOWS = """\
A shop must not become dearer or slower because it is successful. The same request is sent to a small and a large shop,
by a member with ten orders and with ten thousand, by a friend of a referrer with ten friends and with ten thousand.
Round trips are the same to the last one; below, one figure divided by the other."""

NOTES = (
    """\
Times are processor time of the Lambda's process for whole requests, from the gateway's event to the answer; each figure
is the median, over the rounds, of one contender's time divided by the other's in the same round. The time that DynamoDB
takes is not in them: DynamoDB Local is not DynamoDB.""",
    """\
The members of a shop are copies of the record of one who bought ten times, put straight into the file in which DynamoDB
Local keeps its table (a million puts over its API would take a quarter of an hour); the ten old orders lie in the books
of one of them only, since no order reads another order. The member and the referrer with the long histories have every
order, entry, conversion and group that the domain made of them.""",
    """\
A member with ten orders has ten lots, one with ten thousand the twenty that an account may hold. What ten more cost
to read and to write is in the figures of the histories; it ends there.""",
    "Statements are read with eight entries a page, so that the short one fills it too.",
)


def measure() -> Section:
    """All of it at full size, in about two minutes on a calm computer."""
    with world(SCALE) as opened:
        compared = comparisons(opened)
        counted = {what: costs(contenders) for what, contenders in compared.items()}
        spent = {what: times(contenders, ROUNDS, REPEATS) for what, contenders in compared.items()}
    rows = [row for what in compared for row in (*unit_rows(what, counted[what]), *time_rows(what, spent[what]))]
    tables = {f"What {what} asks of DynamoDB": counts(units) for what, units in counted.items()}
    return Section(
        name="flat",
        title="Flat in size and history",
        shows=SHOWS,
        rows=tuple(rows),
        headlines=_times(rows),
        counters=tables,
        notes=NOTES,
    )


def _times(rows: Iterable[Row]) -> tuple[str, ...]:
    """Those of the largest against the smallest, of what changes the books."""
    changing = ("an order", "a friend's order", "a settled pair")
    starts = tuple(f"processor time: {what}," for what in changing)
    return tuple(row.name for row in rows if row.name.startswith(starts) and "100,000 against" not in row.name)


def comparisons(world: World) -> dict[str, dict[str, Contender]]:
    """Who is compared with whom, the small one first."""
    handle, scale = world.shop.handle, world.scale
    few, orders, friends = str(FEW), f"{scale.orders:,}", f"{scale.friends:,}"
    return {
        "an order, by members": {
            f"{size:,}": Contender(partial(_in_shop, world, size), handle) for size in scale.members
        },
        "an order, by orders before": {
            few: _contender(world, lambda: world.order(world.regular()), handle),
            orders: _contender(world, lambda: world.order(LOYAL), handle),
        },
        "a friend's order, by friends before": {
            few: _contender(world, lambda: world.friends_order(world.known()), handle),
            friends: _contender(world, lambda: world.friends_order(FAMOUS), handle),
        },
        "a settled pair, by friends before": {
            few: _contender(world, lambda: _pair(world, world.known()), _settle),
            friends: _contender(world, lambda: _pair(world, FAMOUS), _settle),
        },
        "a balance, by orders before": {
            few: _contender(world, lambda: world.get(REGULAR), handle),
            orders: _contender(world, lambda: world.get(LOYAL), handle),
        },
        "a statement, by orders before": {
            few: _contender(world, lambda: world.get(REGULAR, "statement"), handle),
            orders: _contender(world, lambda: world.get(LOYAL, "statement"), handle),
        },
    }


def _in_shop(world: World, members: int, many: int) -> list[dict[str, Any]]:
    """Orders of a shop's members; some are handled before, by the connection that is then warm."""
    world.go(members)
    for _ in range(WARM):
        world.shop.handle(world.order(world.regular()))
    return [world.order(world.regular()) for _ in range(many)]


def _contender(world: World, request: Callable[[], Any], act: Callable[[Any], object]) -> Contender:
    """Requests to the first shop."""

    def ready(many: int) -> list[Any]:
        world.go(world.scale.members[0])
        return [request() for _ in range(many)]

    return Contender(ready, act)


def _pair(world: World, referrer: int) -> tuple[int, list[str]]:
    """Two friends who have just bought, and whose referrer does not know it yet."""
    first = world.newcomer()
    friends = [first, world.newcomer()]
    for friend in friends:
        world.shop.handle(world.order(friend, code_of(referrer)))
    return referrer, [member(friend) for friend in friends]


def _settle(pair: tuple[int, list[str]]) -> None:
    settled(member(pair[0]), pair[1])


def costs(contenders: Mapping[str, Contender]) -> dict[str, Cost]:
    """What one request of each costs."""
    return {name: cost(partial(contender.act, contender.ready(1)[0])) for name, contender in contenders.items()}


def counts(costs: Mapping[str, Cost]) -> dict[str, int]:
    """The same as a table."""
    return {
        f"{name}: {figure}": count for name, spending in costs.items() for figure, count in figures(spending).items()
    }


def figures(cost: Cost) -> dict[str, int]:
    """The figures of a request by name; those of writing only where something is written."""
    read = {"round trips": cost.reads + cost.writes, "read units": cost.read_units}
    return read | ({"write units": cost.write_units} if cost.writes else {})


def unit_rows(what: str, costs: Mapping[str, Cost]) -> Iterator[Row]:
    """Each contender's figures divided by those of the first."""
    (small, base), *others = costs.items()
    for name, spending in others:
        for figure, count in figures(spending).items():
            times = round(count / figures(base)[figure], 3)
            yield _row(f"{figure}: {what}: {name} against {small}", times, UNITS_WITHIN)


def time_rows(what: str, spent: Mapping[str, list[float]]) -> Iterator[Row]:
    """Each contender's processor time divided by that of the first."""
    small, *others = spent
    for name in others:
        yield _row(f"processor time: {what}: {name} against {small}", ratio(spent, name, small), TIME_WITHIN)


def _row(name: str, times: float, within: float) -> Row:
    return Row(name, times, f"1 ± {within}", abs(times - 1) <= within, "ratio")
