"""Reading and writing records on a table: one round trip, one transaction, all or nothing."""

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ledger.accounts import Account, Lot
from chalicelib.domain.ledger.transfers import Posted, Posting, Why
from chalicelib.domain.records import (
    Activity,
    Allowed,
    Answer,
    AnswerRef,
    Code,
    CodeRef,
    Conversion,
    Entry,
    Group,
    Member,
    MemberRef,
    Order,
    Profile,
    ProgrammeList,
    ProgrammeListRef,
    ProgrammeVersion,
    Record,
    Ref,
    Reversal,
    Terms,
)
from chalicelib.store import table
from chalicelib.store.table import MAX_OPERATIONS, Stale, commit
from tests.world.builders import ANNA, BEN, CODE, CONNECTION, snapshot, states
from tests.world.faults import Call, conflict, failing_writes, intercepted, refusing, timed_out
from tests.world.meter import metered

pytestmark = pytest.mark.usefixtures("store")

BEYOND_FLOATS = 2**53 + 1

RECORDS: Sequence[Record] = (
    Order(
        CONNECTION,
        "5001",
        0,
        states(snapshot(buyer=ANNA)),
        (Posted(ANNA, "a", "programme:cashback", "EUR/2", 0, 0, 500),),
        Terms(1, "guest.hash", "no-code", (Allowed(ANNA, "a", "EUR/2", 9, 5, "day", ("a EUR/2 day 2026-02-02",)),), 3),
    ),
    Member(ANNA, code=CODE, open=(BEN,), accounts={"EUR/2": Account((Lot(BEYOND_FLOATS, 1, 2),), debt=3)}),
    Profile(ANNA, email="anna@example.com", display_name="Änna ☕", consents={"mail": True}),
    Code(CODE, ANNA),
    Conversion(ANNA, BEN, "shop/1", at=5, currency="EUR", base=BEYOND_FLOATS, live=False, group=3, todo=0),
    Group(ANNA, 3, (BEN, "shop.cleo"), terms=1, at=5, limited=True),
    ProgrammeList(effective_at=(0, 5)),
    ProgrammeVersion(1, 0, 0, "{}", ""),
    Answer("key", "abc", "digest", "null"),
    Activity(ANNA, "review", "r-17", 5, stated_at=5, terms=Terms(version=2), withdrawn_at=9),
    Reversal(ANNA, 12, 5, "EUR/2", BEYOND_FLOATS, "a mistake"),
)
ENTRY = Entry(ANNA, 1, 5, "shop/1", 1, (Posting("a", "b", BEYOND_FLOATS, "EUR/2", 0, 0, Why("x")),))


def record_of(ref: Ref) -> Any:
    return table.load([ref])[ref]


def test_what_is_written_is_read_and_has_a_version() -> None:
    commit([*RECORDS, ENTRY])
    with metered() as meter:
        loaded = table.load([record.ref for record in RECORDS])
    assert loaded == {record.ref: replace(record, version=1) for record in RECORDS}
    assert meter.operations == ["BatchGetItem"]


def test_what_is_not_there_is_none() -> None:
    refs: list[Ref] = [record.ref for record in RECORDS]
    assert table.load(refs) == dict.fromkeys(refs)


def test_nothing_asked_is_nothing_read() -> None:
    with metered() as meter:
        assert table.load([]) == {}
    assert meter.operations == []


def test_reads_are_strongly_consistent() -> None:
    with intercepted() as requests:
        table.load([MemberRef(ANNA)])
    ((_, request),) = requests
    assert [table["ConsistentRead"] for table in request["RequestItems"].values()] == [True]


def test_more_than_a_hundred_records_take_another_round_trip() -> None:
    refs = [MemberRef(f"shop.{number}") for number in range(101)]
    with metered() as meter:
        assert len(table.load(refs)) == 101
    assert meter.operations == ["BatchGetItem"] * 2


def test_keys_that_dynamodb_leaves_are_asked_for_again() -> None:
    commit([Member(ANNA), Member(BEN)])
    replies: list[Any] = []

    def leave_one(operation: str, call: Call) -> Any:
        reply = call()
        replies.append(reply)
        if len(replies) == 1:
            ((name, items),) = reply["Responses"].items()
            unprocessed = items.pop()
            reply["UnprocessedKeys"] = {name: {"Keys": [{"pk": unprocessed["pk"], "sk": unprocessed["sk"]}]}}
        return reply

    with intercepted(leave_one):
        loaded = table.load([MemberRef(ANNA), MemberRef(BEN)])
    assert all(loaded.values())
    assert len(replies) == 2


def test_a_table_that_leaves_everything_is_given_up() -> None:
    def leave_all(operation: str, call: Call) -> Any:
        reply = call()
        reply["UnprocessedKeys"] = {name: {"Keys": [anna]} for name in reply["Responses"]}
        return reply

    anna = {"pk": {"S": f"MEMBER#{ANNA}"}, "sk": {"S": "MEMBER"}}
    with intercepted(leave_all) as requests, pytest.raises(Unavailable, match="try again"):
        table.load([MemberRef(ANNA)])
    assert len(requests) == table.MORE_ROUNDS


def test_the_operations_stand_in_the_order_of_the_changes() -> None:
    changes = [ENTRY, Member(BEN), Order(CONNECTION, "1"), Member(ANNA)]
    with intercepted() as requests:
        commit(changes)
    ((_, request),) = requests
    keys = [(put["Put"]["Item"]["pk"]["S"], put["Put"]["Item"]["sk"]["S"]) for put in request["TransactItems"]]
    assert keys == [
        (f"MEMBER#{ANNA}", "ENTRY#0000000001"),
        (f"MEMBER#{BEN}", "MEMBER"),
        (f"ORDER#{CONNECTION}#1", "ORDER"),
        (f"MEMBER#{ANNA}", "MEMBER"),
    ]


@pytest.mark.parametrize("stored", [[], [1]], ids=["created-by-another", "changed-by-another"])
def test_a_record_that_another_wrote_is_stale_and_nothing_is_written(stored: list[int]) -> None:
    commit([Member(ANNA)])
    for version in stored:
        commit([Member(ANNA, version=version)])
    with pytest.raises(Stale):
        commit([Member(BEN), Member(ANNA, version=len(stored)), Code(CODE, ANNA)])
    assert record_of(MemberRef(BEN)) is None
    assert record_of(CodeRef(CODE)) is None
    assert record_of(MemberRef(ANNA)).version == 1 + len(stored)


def test_a_record_that_was_never_stored_cannot_be_changed() -> None:
    with pytest.raises(Stale):
        commit([Member(ANNA, version=1)])
    assert record_of(MemberRef(ANNA)) is None


def test_an_entry_is_never_overwritten() -> None:
    commit([ENTRY])
    with pytest.raises(Stale):
        commit([replace(ENTRY, at=6)])


def test_a_transaction_that_meets_another_is_stale() -> None:
    with intercepted(failing_writes(1, conflict())), pytest.raises(Stale):
        commit([Member(ANNA), Member(BEN)])


@pytest.mark.parametrize("code", ["TransactionConflictException", "TransactionInProgressException"])
def test_a_request_refused_for_another_transaction_is_stale(code: str) -> None:
    with intercepted(refusing(code)), pytest.raises(Stale):
        commit([Member(ANNA)])


UNREACHABLE = {
    "read-time-out": timed_out(),
    "connect-time-out": ConnectTimeoutError(endpoint_url="https://dynamodb.example"),
    "no-connection": EndpointConnectionError(endpoint_url="https://dynamodb.example"),
}


@pytest.mark.parametrize("error", UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_a_table_that_does_not_answer_is_unavailable(error: Exception) -> None:
    def fail(operation: str, call: Call) -> Any:
        raise error

    with intercepted(fail):
        with pytest.raises(Unavailable, match="the table cannot be read: "):
            table.load([MemberRef(ANNA)])
        with pytest.raises(Unavailable, match="the table cannot be written: "):
            commit([Member(ANNA)])


@pytest.mark.parametrize(
    ("code", "reasons"),
    [
        ("ThrottlingException", []),
        ("ProvisionedThroughputExceededException", []),
        ("InternalServerError", []),
        ("TransactionCanceledException", ["None", "ThrottlingError"]),
        ("TransactionCanceledException", ["ProvisionedThroughputExceeded"]),
    ],
)
def test_a_table_that_has_no_room_now_is_unavailable(code: str, reasons: list[str]) -> None:
    with intercepted(refusing(code, *reasons)), pytest.raises(Unavailable, match=code):
        commit([Member(ANNA)])


def test_a_lost_race_counts_more_than_throttling() -> None:
    with (
        intercepted(refusing("TransactionCanceledException", "ThrottlingError", "ConditionalCheckFailed")),
        pytest.raises(Stale),
    ):
        commit([Member(ANNA)])


def test_what_only_a_mistake_of_ours_can_cause_is_no_rejection() -> None:
    with (
        intercepted(refusing("TransactionCanceledException", "ItemCollectionSizeLimitExceeded")),
        pytest.raises(AssertionError),
    ):
        commit([Member(ANNA)])


@pytest.mark.parametrize("count", [0, MAX_OPERATIONS + 1])
def test_a_transaction_has_one_to_a_hundred_operations(count: int) -> None:
    with metered() as meter, pytest.raises(AssertionError):
        commit([Member(f"shop.{number}") for number in range(count)])
    assert meter.operations == []


def test_a_hundred_operations_are_one_transaction() -> None:
    commit([Member(f"shop.{number}") for number in range(MAX_OPERATIONS)])
    assert record_of(MemberRef("shop.99")).version == 1


def test_an_answer_is_found_by_its_caller_and_key() -> None:
    commit([Answer("key-1", "abc", "digest", "{}")])
    assert record_of(AnswerRef("key-1", "abc")).body == "{}"
    assert record_of(AnswerRef("key-2", "abc")) is None


def test_the_list_of_versions_is_none_before_the_first() -> None:
    assert record_of(ProgrammeListRef()) is None


def test_a_transaction_that_is_not_valid_is_our_mistake_and_not_an_outage() -> None:
    with intercepted(refusing("ValidationException")), pytest.raises(AssertionError, match="does not take the trans"):
        commit([Member(ANNA)])


def test_every_reason_is_named_in_one_order_and_records_without_one_are_left_out() -> None:
    reasons = [f"Unheard{letter}" for letter in "FDBACE"]
    refused = refusing("TransactionCanceledException", "None", *reasons)
    with intercepted(refused), pytest.raises(AssertionError) as error:
        commit([Member(ANNA)])
    assert str(error.value) == f"the transaction was refused: {sorted(reasons)}"
