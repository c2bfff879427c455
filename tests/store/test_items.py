"""Every record survives its item; what is at its default is not stored."""

import zlib
from base64 import b64decode, b64encode
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import TooLarge
from chalicelib.domain.ledger.accounts import Account, Lot
from chalicelib.domain.orders.facts import Line
from chalicelib.domain.records import (
    Answer,
    Budget,
    Code,
    Conversion,
    Entry,
    Group,
    Member,
    Order,
    Profile,
    Record,
    Reserved,
)
from chalicelib.store import codec
from chalicelib.store.codec import UnreadableItem, item_of, record_of
from chalicelib.store.dynamodb.deflate import MAX_INFLATED_BYTES, deflated, inflated
from chalicelib.store.items import ITEM_OF, Integer, Item
from tests.store.records import some
from tests.world.builders import DAY_S, snapshot, states


def through_the_table(record: Record) -> Any:
    """What comes back, without a table: the very attributes that would be written."""
    return record_of(item_of(record))


def by_pynamodb(record: Record) -> Any:
    """The same as a query gives it."""
    attributes = item_of(record)
    item = Item.from_raw_data({name: with_bytes(value) for name, value in attributes.items()})
    assert isinstance(item, ITEM_OF[type(record)])
    assert item.serialize() == {name: with_bytes(value) for name, value in attributes.items()}
    return item.record()


def with_bytes(value: dict[str, str]) -> dict[str, Any]:
    """An attribute's value as PynamoDB's client hands it over: binary ones are not base64."""
    return {"B": b64decode(value["B"])} if "B" in value else dict(value)


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
    ids=lambda value: type(value).__name__ if not isinstance(value, set) else "",
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


def a_member(months: int) -> Member:
    """One who has bought every month, and has a lot of each."""
    lots = tuple(Lot(700 + number, 0, DAY_S * 30 * (number + 1)) for number in range(months))
    return Member("anna", accounts={"EUR/2": Account(lots)}, counts={"orders/m": (24_311, *[1] * months)})


def test_what_a_member_has_is_stored_compressed_once_it_is_long() -> None:
    """So that its item, which every order writes, stays under a kilobyte."""
    short, long = a_member(3), a_member(20)
    assert stored(short).keys() & {"a", "az", "ct", "cz"} == {"a", "ct"}
    assert stored(long).keys() & {"a", "az", "ct", "cz"} == {"az", "ct"}
    assert len(b64decode(stored(long)["az"]["B"])) < len(msgspec.json.encode(long.accounts)) / 2
    assert through_the_table(short) == by_pynamodb(short) == short
    assert through_the_table(long) == by_pynamodb(long) == long


def test_what_a_member_had_before_it_was_compressed_is_still_read() -> None:
    member = a_member(20)
    item = stored(member)
    del item["az"]
    assert record_of(item | {"a": {"S": msgspec.json.encode(member.accounts).decode()}}) == member


@given(st.integers(-(10**37), 10**37))
def test_integers_are_exact(number: int) -> None:
    assert Integer().deserialize(Integer().serialize(number)) == number


@pytest.mark.parametrize("value", [1.0, True, "1", None])
def test_only_integers_are_integers(value: Any) -> None:
    with pytest.raises(AssertionError):
        Integer().serialize(value)


@pytest.mark.parametrize("value", [1.0, "1"])
def test_a_record_with_a_number_that_is_no_integer_is_not_stored(value: Any) -> None:
    with pytest.raises(TypeError):
        item_of(Budget("cashback", "EUR/2", 0, given=value))


@pytest.mark.parametrize(
    "damage",
    [{"n": {"S": "7"}}, {"n": {"N": "seven"}}, {"a": {"S": "{"}}, {"m": None}],
    ids=["type", "number", "json", "missing"],
)
def test_an_item_that_is_not_what_its_kind_says_names_its_key(damage: dict[str, Any]) -> None:
    item = {name: value for name, value in (stored(Member("anna")) | damage).items() if value is not None}
    with pytest.raises(UnreadableItem, match=r"^MEMBER#anna MEMBER: "):
        record_of(item)


def test_an_item_of_no_record_is_none() -> None:
    assert record_of({"pk": {"S": "KEY#k"}, "sk": {"S": "KEY"}, "k": {"S": "key"}}) is None


def an_order(lines: int) -> Order:
    facts = states(snapshot(*(Line(str(number), "mug", "", 1, 100, 20) for number in range(lines))))
    return Order("shop", "1", facts=facts)


def facts_as_text(order: Order) -> str:
    item: Any = ITEM_OF[Order]
    return str(item.facts.serialize(order.facts))


def test_facts_that_are_long_are_stored_compressed() -> None:
    order = an_order(200)
    item = stored(order)
    assert "f" not in item
    assert inflated(b64decode(item["fz"]["B"])).decode() == facts_as_text(order)
    assert len(item["fz"]["B"]) < len(facts_as_text(order)) // 2
    assert through_the_table(order) == by_pynamodb(order) == order


def test_facts_are_stored_as_text_up_to_2048_characters() -> None:
    def named(length: int) -> Order:
        return Order("shop", "1", facts=states(snapshot(name="n" * length)))

    longest = Order.ENTITY.longest - len(facts_as_text(named(1))) + 1
    at_the_edge, beyond = named(longest), named(longest + 1)
    assert stored(at_the_edge)["f"] == {"S": facts_as_text(at_the_edge)}
    assert len(facts_as_text(at_the_edge)) == Order.ENTITY.longest
    assert stored(at_the_edge).keys() & {"f", "fz"} == {"f"}
    assert stored(beyond).keys() & {"f", "fz"} == {"fz"}
    assert through_the_table(at_the_edge) == at_the_edge
    assert through_the_table(beyond) == beyond


def test_long_facts_that_were_stored_before_they_were_compressed_are_still_read() -> None:
    order = an_order(200)
    item = stored(order)
    del item["fz"]
    assert record_of(item | {"f": {"S": facts_as_text(order)}}) == order


def test_facts_that_an_item_cannot_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    order = an_order(200)
    size = len(stored(order)["fz"]["B"])
    monkeypatch.setattr(codec, "MAX_LONG", size)
    assert stored(order)
    monkeypatch.setattr(codec, "MAX_LONG", size - 1)
    with pytest.raises(TooLarge, match=r"^the facts take \d+ bytes, more than the \d+ of an item"):
        stored(order)


def test_what_is_inflated_is_bounded() -> None:
    fits = deflated(b" " * MAX_INFLATED_BYTES)
    assert len(inflated(fits)) == MAX_INFLATED_BYTES
    with pytest.raises(ValueError, match="inflates to more than"):
        inflated(deflated(b" " * (MAX_INFLATED_BYTES + 1)))
    with pytest.raises(ValueError, match="is cut off"):
        inflated(deflated(b"whole")[:-1])
    with pytest.raises(ValueError, match="cannot be inflated"):
        inflated(b"no zlib")


@pytest.mark.parametrize(
    "content",
    ["!", "bm8gemxpYg==", b64encode(zlib.compress(b" " * (MAX_INFLATED_BYTES + 1))).decode()],
    ids=["no base64", "no zlib", "a bomb"],
)
def test_long_facts_that_are_damaged_name_their_key(content: str) -> None:
    with pytest.raises(UnreadableItem, match=r"^ORDER#shop#1 ORDER: "):
        record_of(stored(an_order(200)) | {"fz": {"B": content}})


def test_holds_of_an_order_that_an_earlier_release_stored_read_by_their_ids() -> None:
    item = item_of(Order("shop", "1")) | {"h": {"S": '["h_1","h_2"]'}}
    holds = (Reserved("h_1"), Reserved("h_2"))
    assert record_of(item) == Order("shop", "1", holds=holds)
    assert (holds[0].amount, holds[0].tied) == (0, True)
