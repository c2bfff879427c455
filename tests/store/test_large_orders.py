"""Orders of many lines: whole in one item, at few write units, valued to the cent.

499 lines are as many as Shopify allows (https://shopify.dev/changelog/draft-order-line-item-limit), 2,000 as many as
are taken here. Ids, products and article numbers are as random as real ones, so that compression is not flattered.
"""

import random

import pytest

from chalicelib.domain.commands import PublishProgramme, RecordOrder
from chalicelib.domain.core.money import round_ratio
from chalicelib.domain.orders.facts import Line, OrderFacts, Refund, RefundLine
from chalicelib.domain.records import MemberRef, Order, OrderRef
from chalicelib.engine import Engine
from chalicelib.store import rounds, table
from chalicelib.store.codec import item_of, key_of
from tests.world.builders import ANNA, CONNECTION, NOW, programme_of, snapshot, states
from tests.world.meter import item_size, metered

SHOPIFYS_MOST = 499
MOST = 2000
LABEL_BYTES = 100_000
"""As many as an order of our own format may have in all."""

ITEM_BYTES = 400_000
"""DynamoDB takes 400 kB; a kB of theirs is 1,024 bytes, and this is on the safe side."""


def random_lines(count: int, label_bytes: int = 0) -> tuple[Line, ...]:
    """Lines whose labels are different hexadecimal digits, which cannot be compressed to less than half."""
    dice = random.Random(count)  # noqa: S311 (test data)
    each_label = label_bytes // count - len("tag:")
    return tuple(
        Line(
            str(dice.randrange(10**13, 10**14)),
            str(dice.randrange(10**12, 10**13)),
            f"SKU-{dice.randrange(10**8):08d}-XL",
            dice.randint(1, 9),
            dice.randint(100, 99_999),
            dice.randint(0, 9_999),
            (f"tag:{dice.randbytes(each_label).hex()[:each_label]}",) if label_bytes else (),
        )
        for _ in range(count)
    )


def delivery_of(lines: tuple[Line, ...], **parts: object) -> RecordOrder:
    return RecordOrder(CONNECTION, "1", states(snapshot(*lines, buyer=ANNA, **parts)))


def available() -> int:
    member = table.load([MemberRef(ANNA)])[MemberRef(ANNA)]
    assert member is not None
    return member.accounts["EUR/2"].balance(NOW).available  # type: ignore[union-attr]


@pytest.fixture
def shop(engine: Engine) -> Engine:
    engine.execute(PublishProgramme(programme_of(), "", 0, 0, 0), 0)
    return engine


def cashback(net: int) -> int:
    """5% of it, rounded half up."""
    return round_ratio(net * 5, 100, "half_up")


@pytest.mark.parametrize(("count", "units"), [(SHOPIFYS_MOST, 40), (MOST, 130)])
def test_an_order_of_many_lines_is_one_read_and_three_items(shop: Engine, count: int, units: int) -> None:
    lines = random_lines(count)
    shop.history(NOW)
    with metered() as meter:
        shop.execute(delivery_of(lines), NOW)
    print(meter)
    assert (meter.read_round_trips, meter.write_round_trips, len(meter.writes)) == (1, 1, 3)
    assert meter.write_units <= units
    assert available() == cashback(sum(line.net for line in lines))
    with metered() as again:
        assert shop.execute(delivery_of(lines), NOW)["changed"] is False
    assert (again.read_round_trips, again.writes) == (1, [])


def test_the_daily_round_reads_a_large_order_as_a_command_does(shop: Engine) -> None:
    shop.execute(delivery_of(random_lines(SHOPIFYS_MOST)), NOW)
    ref = OrderRef(CONNECTION, "1")
    order = table.load([ref])[ref]
    assert order is not None
    assert rounds.partition(key_of(ref)[0]) == [order]
    assert [order] in [partition for partitions, _ in rounds.pages(None) for partition in partitions]


def test_a_refund_of_all_but_one_of_2000_lines_leaves_the_share_of_that_one(shop: Engine) -> None:
    lines = random_lines(MOST)
    shop.execute(delivery_of(lines), NOW)
    returned = tuple(RefundLine(line.id, line.quantity, line.net, line.tax) for line in lines[1:])
    refunds = {f"r{number}": Refund(lines=returned[number::4]) for number in range(4)}
    shop.execute(RecordOrder(CONNECTION, "1", states(**refunds)), NOW)
    assert available() == cashback(lines[0].net)


def test_the_largest_order_fits_into_its_item_twice(moto_table: str) -> None:
    """As it was paid and as it is stated now, each line changed, with all labels that may be, and all refunded."""
    lines = random_lines(MOST, LABEL_BYTES)
    assert sum(len(label) for line in lines for label in line.labels) == LABEL_BYTES
    changed = tuple(
        Line(line.id, line.product, line.sku, line.quantity + 1, line.net + number, line.tax, line.labels)
        for number, line in enumerate(lines)
    )
    returned = tuple(RefundLine(line.id, 1, line.net // 2, line.tax // 2) for line in lines)
    newest = snapshot(*changed, buyer=ANNA, paid=False, stamp_ms=2)
    refund = Refund(lines=returned)
    facts = OrderFacts({"order": newest}, {"900": refund}, last_settled={"order": snapshot(*lines, buyer=ANNA)})
    order = Order(CONNECTION, "1", facts=facts)
    assert item_size(item_of(order)) < ITEM_BYTES * 3 // 4
    engine = Engine()
    engine.execute(PublishProgramme(programme_of(), "", 0, 0, 0), 0)
    engine.execute(RecordOrder(CONNECTION, "1", order.facts), NOW)
    ref = OrderRef(CONNECTION, "1")
    stored = table.load([ref])[ref]
    assert isinstance(stored, Order)
    assert stored.facts == order.facts
    assert available() == cashback(sum(line.net - line.net // 2 for line in lines))
