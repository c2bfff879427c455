"""What an ordinary member's order costs with cashback, points, a level, a stamp card, goals and a limit, by our meter.

The member has bought once a month for a year, and spent half a year ago all that it had. What is counted is packed in
the member's own record, so such an order writes what any order writes: the order, an entry, and the member.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from chalicelib.domain.commands import AdjustBalance, Command, PublishProgramme, RecordOrder
from chalicelib.domain.core.identity import Identities
from chalicelib.engine import Engine
from tests.world.builders import BEN, CONNECTION, DAY_S, NOW, line, order, programme_of
from tests.world.memory import Memory
from tests.world.meter import metered

PROGRAMME = programme_of(
    timezone="Europe/Paris",
    assets={"points": {"expire_months": 12}},
    earn=[
        {
            "id": "cashback",
            "percent": 5,
            "vest_days": 14,
            "expire_days": 365,
            "limits": [{"amount": 50, "per": "month"}],
        },
        {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}},
    ],
    cards=[
        {
            "id": "coffee",
            "counts": {"pieces": {"categories": ["coffee"]}},
            "size": 5,
            "reward": {"give": 50, "of": "points"},
        }
    ],
    goals=[
        {"id": "regular", "measure": "orders", "target": 3, "per": "month", "reward": {"give": 50, "of": "points"}},
        {"id": "explorer", "measure": "categories", "target": 3, "per": "quarter", "badge": {"en": "Explorer"}},
    ],
    levels={
        "steps": [
            {"id": "green", "at": 0},
            {"id": "black", "at": 200, "multiply": {"leaves": Decimal("1.5")}, "gift": {"amount": 5}},
        ],
        "counts": "at_once",
    },
)
BUYER = Identities(b"root secret of the deployment", CONNECTION).buyer(7_123_456_789_012, None)
MONTHS = 12
MEMBER_BYTES = 673
"""Of the member after that year: under 1 KB, so that the order's three items are 6 write units."""


def purchase(month: int) -> tuple[RecordOrder, int]:
    """The order of a month with two lines, and when it is heard."""
    at = NOW + month * 30 * DAY_S
    lines = line("1", 3999, labels=("category:coffee",)), line("2", 2550, labels=("category:tea",))
    return order(str(5_801_234_567_890 + month), BUYER, *lines, at=at), at + 60


def steps() -> list[tuple[Command, int]]:
    """What happens in that year: it buys every month, and spends all that it can in the middle."""
    books, happened = Memory(PROGRAMME), list[tuple[Command, int]]()

    def happens(command: Command, now: int) -> None:
        books.execute(command, now)
        happened.append((command, now))

    for month in range(MONTHS):
        happens(*purchase(month))
        if month == MONTHS // 2 - 1:
            now = purchase(month)[1]
            for asset in ("EUR/2", "points"):
                happens(AdjustBalance(BUYER, asset, -books.balance(BUYER, asset, now).available, "spent"), now)
    return happened


@pytest.mark.usefixtures("moto_table")
def test_an_ordinary_members_order_is_three_items_and_six_units() -> None:
    engine = Engine()
    engine.execute(PublishProgramme(PROGRAMME, "", 0, 0, 0), 0)
    *before, (last, now) = steps()
    for command, at in before:
        engine.execute(command, at)
    engine.execute(order("of-ben", BEN, at=now), now)  # the process knows the programme in force
    with metered() as meter:
        engine.execute(last, now)
    print(meter)
    assert meter.write_units == 6
    assert {write.key[0].partition("#")[0] for write in meter.writes} == {"ORDER", "MEMBER"}
    assert (len(meter.writes), meter.read_round_trips, meter.write_round_trips) == (3, 1, 1)
    assert max(write.size_bytes for write in meter.writes if write.key[1] == "MEMBER") == MEMBER_BYTES
    with metered() as again:
        engine.execute(last, now)
    assert (again.read_round_trips, again.writes) == (1, [])


def test_the_member_has_what_the_cost_is_said_of() -> None:
    books = Memory(PROGRAMME)
    for command, at in steps():
        books.execute(command, at)
    member = books.member(BUYER)
    assert (member.level, {award.kind for award in member.won}, len(member.used)) == ("black", {"card", "level"}, 1)
    assert [len(account.lots) for account in member.accounts.values()] == [7, 6]
    assert (member.counts["orders/a"], sum(member.counts["orders/m"][1:])) == ((0, MONTHS), MONTHS)
