"""Items as an earlier release wrote them are read, and what is heard of them later goes on right.

The file beside this was written by the release before members had persons and conversions candidates: a first order is
a text, an order lists its holds by their ids, a welcome gift is posted in the order, members and codes have the hash of
an e-mail. Anna has a code and referred Ben, whose order completed a group of one; Cleo has bought, and holds 2.00 for
an order that is not heard of yet.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chalicelib.domain.records import (
    Allowed,
    Conversion,
    ConversionRef,
    First,
    Group,
    GroupRef,
    Hold,
    HoldRef,
    Order,
    Reserved,
    Terms,
)
from chalicelib.store.codec import item_of, record_of
from chalicelib.store.items import ITEM_OF
from tests.properties.invariants import settle_all
from tests.world.audit import findings
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CODE,
    CONNECTION,
    NOW,
    PAID_AT,
    bought,
    merge,
    order,
    programme_of,
    refund,
    void,
)
from tests.world.memory import Memory

ITEMS = Path(__file__).with_name("items_of_an_earlier_release.ndjson").read_bytes()
OF_BEN = f"of-{BEN}"


@pytest.fixture
def shop() -> Memory:
    """The books of the earlier release, read by this one."""
    books = Memory()
    for item in msgspec.json.Decoder(dict[str, dict[str, str]]).decode_lines(ITEMS):
        record = record_of(item)
        books.records[record.ref] = record
    return books


def executed(shop: Memory, *commands: Any) -> Memory:
    """Execute commands, settle, and audit the books after each."""
    for command in commands:
        shop.execute(command)
        settle_all(shop)
        assert findings(shop) == []
    return shop


def balances(shop: Memory) -> tuple[int, int, int]:
    return shop.available(ANNA), shop.available(BEN), shop.available(CLEO)


def test_they_are_read(shop: Memory) -> None:
    assert findings(shop) == []
    assert balances(shop) == (1000, 800, 300)
    ben = shop.member(BEN)
    assert (ben.firsts, ben.person, ben.alias, ben.by) == ((First(0, f"{CONNECTION}/{OF_BEN}"),), "", "", "")
    conversion = shop.find(ConversionRef(ANNA, BEN), Conversion)
    assert (conversion.candidates, conversion.posted, conversion.live, conversion.group) == ((), (), True, 1)
    assert shop.find(GroupRef(ANNA, 1), Group).orders == ()
    assert shop.order("2").holds == (Reserved("h_1"),)
    assert shop.order(OF_BEN).terms.root == ""


@pytest.mark.parametrize("email_hash", ["", "ben"])
def test_a_redelivery_changes_nothing(shop: Memory, email_hash: str) -> None:
    shop.execute(bought(BEN, email_hash=email_hash))
    assert shop.written == ()


def test_a_refund_takes_its_share_of_cashback_and_bonus(shop: Memory) -> None:
    executed(shop, refund(OF_BEN, amount=4000))
    assert balances(shop) == (600, 300 + 300, 300)


def test_a_cancellation_takes_the_gift_and_the_bonus_back_and_once(shop: Memory) -> None:
    executed(shop, void(OF_BEN, BEN, code=CODE))
    assert balances(shop) == (0, 0, 300)
    executed(shop, void(OF_BEN, BEN, code=CODE, stamp_ms=3))
    assert balances(shop) == (0, 0, 300)
    executed(shop, bought(BEN, stamp_ms=4))
    assert balances(shop) == (1000, 800, 300)


@pytest.mark.parametrize("second_first", [True, False])
def test_a_friend_whose_old_order_dies_converts_with_the_next(shop: Memory, second_first: bool) -> None:
    second, gone = order("3", BEN, at=PAID_AT + 60), void(OF_BEN, BEN, code=CODE)
    executed(shop, *((second, gone) if second_first else (gone, second)))
    assert balances(shop) == (1000, 500 + 300, 300)
    assert shop.find(ConversionRef(ANNA, BEN), Conversion).order == f"{CONNECTION}/3"


def test_a_hold_that_its_order_names_by_its_id_is_captured(shop: Memory) -> None:
    executed(shop, order("2", CLEO, at=NOW))
    hold = shop.find(HoldRef("h_1"), Hold)
    assert (hold.state, hold.captured) == ("captured", 200)
    assert shop.balance(CLEO).held == 0


def test_a_hold_that_its_order_names_by_its_id_is_given_back(shop: Memory) -> None:
    executed(shop, void("2", CLEO))
    assert (shop.find(HoldRef("h_1"), Hold).state, shop.available(CLEO)) == ("returned", 500)


def test_who_bought_before_is_no_new_customer(shop: Memory) -> None:
    """The instant of an old first order is not known, so it stands before all others."""
    executed(shop, order("0", CLEO, at=PAID_AT - 60, code=CODE))
    assert [first.order for first in shop.member(CLEO).firsts] == [f"{CONNECTION}/1", f"{CONNECTION}/0"]
    assert (shop.member(CLEO).referrer, shop.order("0").terms.refused) == ("", "not-a-new-customer")


def test_an_old_order_that_moves_takes_the_gift_along(shop: Memory) -> None:
    executed(shop, order(OF_BEN, CLEO, code=CODE, stamp_ms=2))
    assert balances(shop) == (0, 0, 300 + 500)  # Cleo had bought before


def test_an_old_member_is_merged(shop: Memory) -> None:
    """By which order an old friend was referred is not known, so the referral stays as a claim does.

    Cleo's order was paid in the same second, its name is smaller: so it is the one that counts for the bonus.
    """
    executed(shop, merge(BEN, CLEO), refund(OF_BEN, amount=4000))
    assert balances(shop) == (1000, 0, 300 + 800 - 200)
    assert shop.find(ConversionRef(ANNA, BEN), Conversion).order == f"{CONNECTION}/1"
    executed(shop, refund("1", amount=5000))
    assert balances(shop) == (500, 0, 300 + 800 - 200 - 250)


TERMS_APART: dict[str, dict[str, str]] = {
    "pk": {"S": "ORDER#shop#1"},
    "sk": {"S": "ORDER"},
    "k": {"S": "order"},
    "cn": {"S": "shop"},
    "o": {"S": "1"},
    "v": {"N": "3"},
    "tv": {"N": "2"},
    "rt": {"S": "guest.hash"},
    "rf": {"S": "no-code"},
    "al": {"S": '[["shop.anna","a","EUR/2",9,5,"day",["a EUR/2 day 2026-02-02"],[]]]'},
    "ba": {"N": "300"},
}
"""An order of the releases that stored each of its terms as an attribute of its own."""


def test_terms_that_stood_apart_are_read_as_one_and_written_as_one() -> None:
    allowed = Allowed("shop.anna", "a", "EUR/2", 9, 5, "day", ("a EUR/2 day 2026-02-02",))
    read = record_of(TERMS_APART)
    assert read == Order("shop", "1", 3, terms=Terms(2, "guest.hash", "no-code", (allowed,), 300))
    assert ITEM_OF[Order].from_raw_data(dict(TERMS_APART)).record() == read
    written = item_of(read)
    assert record_of(written) == read
    assert written.keys().isdisjoint({"tv", "rt", "rf", "al", "ba"})


def test_what_a_member_had_used_in_each_bucket_is_read_as_series() -> None:
    """The limits of that member go on from what was used."""
    used = '{"a EUR/2 day 2026-02-01":300,"a EUR/2 day 2026-02-02":500,"a EUR/2 member":800}'
    item = {"pk": {"S": f"MEMBER#{ANNA}"}, "sk": {"S": "MEMBER"}, "k": {"S": "member"}, "m": {"S": ANNA}}
    member = record_of(item | {"u": {"S": used}, "v": {"N": "1"}})
    first = date(2026, 2, 1).toordinal()
    assert member.used == {"a EUR/2 day": (first, 300, 500), "a EUR/2 member": (0, 800)}
    assert item_of(member)["u"] == {"S": f'{{"a EUR/2 day":[{first},300,500],"a EUR/2 member":[0,800]}}'}
    limits = [{"amount": 6, "per": "day"}, {"amount": 20, "per": "member"}]
    books = Memory(programme_of(earn=[{"id": "a", "percent": 5, "limits": limits}]))
    books.records[member.ref] = member
    books.execute(order("1", ANNA))
    assert books.order("1").terms.allowed[0].amount == 100
