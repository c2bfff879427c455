"""What an order and an entry have in common with themselves is stored once, and comes back as it was."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ledger.transfers import (
    LOSS,
    REDEMPTION,
    Posted,
    Posting,
    Why,
    account_of,
)
from chalicelib.domain.records import Entry, Order, Terms
from chalicelib.store.codec import item_of, record_of
from chalicelib.store.items import ITEM_OF
from tests.store.test_budget import ACCOUNT, LINES
from tests.world.builders import (
    BEN,
    CASHBACK_ACCOUNT,
    snapshot,
    states,
)
from tests.world.meter import UNIT_BYTES, item_size

NUMBERS = st.integers(0, 4_102_444_800)
MEMBERS = st.sampled_from([ACCOUNT, BEN])
POSTED = st.builds(
    Posted,
    MEMBERS,
    st.sampled_from(["cashback", "leaves"]),
    st.sampled_from([CASHBACK_ACCOUNT, LOSS, REDEMPTION]),
    st.sampled_from(["EUR/2", "points/0"]),
    NUMBERS,
    NUMBERS,
    st.integers(-(10**9), 10**9),
)
SHARES = tuple((line.id, line.net) for line in LINES)
WHYS = st.builds(Why, st.sampled_from(["cashback", "leaves"]), NUMBERS, lines=st.sampled_from([(), SHARES, SHARES[:2]]))
ENDS = st.sampled_from([CASHBACK_ACCOUNT, LOSS, account_of(ACCOUNT)])
POSTINGS = st.builds(Posting, ENDS, ENDS, st.integers(1, 10**9), st.just("EUR/2"), NUMBERS, NUMBERS, WHYS)


@given(st.lists(POSTED, max_size=6))
def test_what_was_posted_comes_back_in_its_order(posted: list[Posted]) -> None:
    order = Order("shop", "1", posted=tuple(posted))
    assert record_of(item_of(order)) == order
    assert ITEM_OF[Order].from_raw_data(dict(item_of(order))).record() == order


@given(st.lists(POSTINGS, min_size=1, max_size=6))
def test_postings_come_back_in_their_order(postings: list[Posting]) -> None:
    entry = Entry(ACCOUNT, 1, 5, "shop/1", 1, tuple(postings))
    assert record_of(item_of(entry)) == entry
    assert ITEM_OF[Entry].from_raw_data(dict(item_of(entry))).record() == entry


@pytest.mark.parametrize(
    ("kind", "name", "value", "expected"),
    [
        (Order, "posted", '[["shop.anna","a","programme:cashback","EUR/2",1,2,500]]', 500),
        (Entry, "postings", '[["programme:cashback","member:shop.anna",500,"EUR/2",1,2,{"r":"a"}]]', 500),
    ],
)
def test_the_lists_of_earlier_releases_are_read(kind: Any, name: str, value: str, expected: int) -> None:
    base: Any = Order("shop", "1") if kind is Order else Entry("shop.anna", 1, 5, "shop/1", 1, ())
    item = item_of(base) | {"p": {"S": value}}
    ((part),) = getattr(record_of(item), name)
    assert part.amount == expected


FOUR_ASSETS = ("EUR/2", "leaves/0", "stamps/0", "USD/2")


def test_an_order_that_pays_in_four_assets_stays_below_a_kilobyte_an_item() -> None:
    """Three items of up to a kilobyte are six write units."""
    times = 1_771_200_000, 1_803_340_800
    posted = tuple(
        Posted(ACCOUNT, f"rule-{asset[:3]}", CASHBACK_ACCOUNT, asset, *times, 58_625) for asset in FOUR_ASSETS
    )
    bought = states(snapshot(*LINES, buyer=ACCOUNT, name="#1001"))
    order = Order("shop", "5801234567890", 1, bought, posted, Terms(12))
    why = [Why(part.rule, 35_175, "5", SHARES) for part in posted]
    ends = CASHBACK_ACCOUNT, account_of(ACCOUNT)
    postings = (Posting(*ends, 58_625, part.asset, *times, why) for part, why in zip(posted, why, strict=True))
    entry = Entry(ACCOUNT, 12, 1_770_000_000, "shop/5801234567890", 12, tuple(postings), "#1001", chain="c" * 22)
    sizes = {type(record).__name__: item_size(item_of(record)) for record in (order, entry)}
    assert max(sizes.values()) <= UNIT_BYTES, sizes


def test_what_postings_have_in_common_stands_once() -> None:
    why = Why("cashback", 35_175, "5", SHARES)
    postings = tuple(Posting(CASHBACK_ACCOUNT, account_of(ACCOUNT), 5, asset, 0, 0, why) for asset in FOUR_ASSETS)
    text = item_of(Entry(ACCOUNT, 1, 5, "shop/1", 1, postings))["p"]["S"]
    assert [text.count(LINES[0].id), text.count(account_of(ACCOUNT))] == [1, 1]
    assert msgspec.json.decode(text)["i"] == [0, 0, 0, 0]
