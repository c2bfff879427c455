"""The same Idempotency-Key and request give the same answer and no second effect; another request is refused."""

import pytest

from chalicelib.domain.commands import AdjustBalance, Command, Idempotency, RecordActivity
from chalicelib.domain.errors import IdempotencyMismatch, InsufficientBalance, InvalidInput
from chalicelib.domain.records import AnswerRef
from tests.world.builders import ANNA, BEN, CODE, DAY_S, NOW, OTHER_CODE, claim, issue, order, referring
from tests.world.memory import Memory, Stale

KEY = Idempotency("key-1", "abc", "digest")
CREDIT = AdjustBalance(ANNA, "EUR/2", 100, "goodwill")


@pytest.fixture
def shop() -> Memory:
    shop = Memory(referring())
    shop.execute(issue())
    return shop


@pytest.mark.parametrize("command", [CREDIT, claim(BEN), issue(BEN, OTHER_CODE)], ids=["adjustment", "claim", "code"])
def test_the_same_request_gets_the_same_answer_and_no_second_effect(shop: Memory, command: Command) -> None:
    answer = shop.execute(command, idempotency=KEY)
    records = dict(shop.records)
    assert shop.execute(command, idempotency=KEY) == answer
    assert shop.written == ()
    assert shop.records == records


def test_the_answer_is_the_one_of_then(shop: Memory) -> None:
    first = shop.execute(CREDIT, idempotency=KEY)
    shop.execute(CREDIT)
    assert shop.execute(CREDIT, idempotency=KEY) == first
    assert first["available"] == 100


def test_another_request_under_the_same_key_is_refused(shop: Memory) -> None:
    shop.execute(CREDIT, idempotency=KEY)
    with pytest.raises(IdempotencyMismatch):
        shop.execute(CREDIT, idempotency=Idempotency("key-1", "abc", "another digest"))


def test_keys_of_different_callers_do_not_meet(shop: Memory) -> None:
    shop.execute(CREDIT, idempotency=KEY)
    shop.execute(CREDIT, idempotency=Idempotency("key-2", "abc", "digest"))
    assert shop.available(ANNA) == 200


def test_a_request_that_changes_nothing_is_remembered_too(shop: Memory) -> None:
    answer = shop.execute(issue(ANNA, OTHER_CODE), idempotency=KEY)
    assert answer == {"member": ANNA, "code": CODE}
    assert len(shop.written) == 1


def test_a_refused_request_is_not_remembered_and_may_succeed_later(shop: Memory) -> None:
    debit = AdjustBalance(ANNA, "EUR/2", -100, "voucher")
    with pytest.raises(InsufficientBalance):
        shop.execute(debit, idempotency=KEY)
    shop.execute(order("1", ANNA))
    assert shop.execute(debit, idempotency=KEY)["available"] == 400


def test_of_two_copies_of_a_request_that_race_one_has_an_effect(shop: Memory) -> None:
    first, second = (shop.decide(CREDIT, idempotency=KEY) for _ in range(2))
    shop.commit(first.changes)
    with pytest.raises(Stale):
        shop.commit(second.changes)
    assert shop.execute(CREDIT, idempotency=KEY)["available"] == 100


@pytest.mark.parametrize("command", [CREDIT, claim(BEN), issue(BEN, OTHER_CODE)], ids=["adjustment", "claim", "code"])
def test_the_answer_of_a_key_is_read_together_with_what_the_command_needs(shop: Memory, command: Command) -> None:
    shop.decide(command)
    without_key = shop.round_trips
    shop.execute(command, idempotency=KEY)
    assert shop.round_trips == without_key


def test_a_refusal_does_not_come_before_the_answer_of_its_key(shop: Memory) -> None:
    shop.execute(CREDIT)
    spend = AdjustBalance(ANNA, "EUR/2", -100, "voucher")
    answer = shop.execute(spend, idempotency=KEY)
    with pytest.raises(InsufficientBalance):
        shop.execute(spend)
    assert shop.execute(spend, idempotency=KEY) == answer


def test_what_is_refused_before_anything_is_read_is_refused_with_a_key_too(shop: Memory) -> None:
    """A time in the future needs no record to be refused, and the answer of the key is read all the same."""
    command = RecordActivity(ANNA, "review", "r-17", NOW + 9 * DAY_S)
    with pytest.raises(InvalidInput, match="at must be "):
        shop.execute(command, idempotency=KEY)
    assert (shop.round_trips, set(shop.read)) == (1, {AnswerRef("key-1", "abc")})
