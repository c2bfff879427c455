"""Every record survives its item; what is at its default is not stored."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.holding import Account
from chalicelib.domain.lots import Lot
from chalicelib.domain.records import Answer, Code, Conversion, Entry, Group, Member, Order, Profile, Record, Reserved
from chalicelib.store.codec import Unreadable, item_of, record_of
from chalicelib.store.items import ITEM_OF, Integer, Item
from tests.store.records import some


def through_the_table(record: Record) -> Any:
    """What comes back, without a table: the very attributes that would be written."""
    return record_of(item_of(record))


def by_pynamodb(record: Record) -> Any:
    """The same as a query gives it."""
    item = Item.from_raw_data(item_of(record))
    assert isinstance(item, ITEM_OF[type(record)])
    assert item.serialize() == item_of(record)
    return item.record()


def stored(record: Record) -> dict[str, Any]:
    return item_of(record)


@pytest.mark.parametrize("kind", ITEM_OF, ids=lambda kind: kind.__name__)
def test_every_record_survives(kind: Any) -> None:
    @given(some(kind))
    def survives(record: Any) -> None:
        assert through_the_table(record) == by_pynamodb(record) == record

    survives()


def test_every_kind_of_record_has_an_item() -> None:
    assert set(ITEM_OF) == set(Record.__args__)


@pytest.mark.parametrize(
    ("record", "attributes"),
    [
        (Order("shop", "1"), {"cn", "o"}),
        (Member("anna"), {"m"}),
        (Profile("anna"), {"m"}),
        (Code("C0DE", "anna"), {"c", "m"}),
        (Conversion("anna", "ben", "shop/1"), {"r", "f", "o", "todo"}),
        (Group("anna", 1, ("ben",), 1, 5), {"r", "n", "f", "tv", "at"}),
        (Entry("anna", 1, 5, "shop/1", 1, ()), {"m", "n", "at", "c", "tv", "p"}),
        (Answer("key", "abc", "digest", "{}"), {"ca", "key", "rq", "b"}),
    ],
    ids=lambda each: type(each).__name__ if not isinstance(each, set) else "",
)
def test_defaults_are_not_stored(record: Record, attributes: set[str]) -> None:
    assert stored(record).keys() == {"pk", "sk", "k"} | attributes


def test_the_stream_can_filter_on_what_is_left_to_do() -> None:
    assert stored(Conversion("anna", "ben", "1"))["todo"] == {"N": "1"}
    assert stored(Conversion("anna", "ben", "1", todo=0))["todo"] == {"N": "0"}


def test_a_conversion_that_died_says_so() -> None:
    assert stored(Conversion("anna", "ben", "1", live=False))["l"] == {"N": "0"}


def test_accounts_are_compact_json() -> None:
    member = Member("anna", accounts={"EUR/2": Account((Lot(500, 0, 0),))})
    assert stored(member)["a"] == {"S": '{"EUR/2":{"l":[[500,0,0]]}}'}


@given(st.integers(-(10**37), 10**37))
def test_integers_are_exact(number: int) -> None:
    assert Integer().deserialize(Integer().serialize(number)) == number


@pytest.mark.parametrize("value", [1.0, True, "1", None])
def test_only_integers_are_integers(value: Any) -> None:
    with pytest.raises(AssertionError):
        Integer().serialize(value)


@pytest.mark.parametrize(
    "damage",
    [{"n": {"S": "7"}}, {"n": {"N": "seven"}}, {"a": {"S": "{"}}, {"m": None}],
    ids=["type", "number", "json", "missing"],
)
def test_an_item_that_is_not_what_its_kind_says_names_its_key(damage: dict[str, Any]) -> None:
    item = {name: value for name, value in (stored(Member("anna")) | damage).items() if value is not None}
    with pytest.raises(Unreadable, match=r"^MEMBER#anna MEMBER: "):
        record_of(item)


def test_an_item_of_no_record_is_none() -> None:
    assert record_of({"pk": {"S": "KEY#k"}, "sk": {"S": "KEY"}, "k": {"S": "key"}}) is None


def test_holds_of_an_order_that_an_earlier_release_stored_read_by_their_ids() -> None:
    item = item_of(Order("shop", "1")) | {"h": {"S": '["h_1","h_2"]'}}
    holds = (Reserved("h_1"), Reserved("h_2"))
    assert record_of(item) == Order("shop", "1", holds=holds)
    assert (holds[0].amount, holds[0].tied) == (0, True)
