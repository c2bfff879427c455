"""A table is put back to a copy of it, but for what must not go back."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.domain.commands import PublishProgramme
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Member, MemberRef, ProgrammeListRef
from chalicelib.engine import Engine
from chalicelib.store import keys
from chalicelib.store import table as store
from chalicelib.store.codec import key_of
from infra import restore as restoring
from infra.__main__ import main
from infra.audit import command
from infra.audit.dynamodb import Table, TableError
from infra.restore import NoCopy, RestoreTally, StillOff, check, functions_off, restore
from tests.conftest import TABLE
from tests.infra.terminals import at_a_terminal
from tests.world.builders import ANNA, NOW, order, programme_of

COPY, LIVE = Table("the-copy", "eu-west-1"), Table(TABLE, "eu-west-1")


@pytest.fixture
def copy(moto_table: str) -> Iterator[str]:
    """An empty second table beside the live one."""
    client = boto3.client("dynamodb")
    keys = {"pk": "HASH", "sk": "RANGE"}
    client.create_table(
        TableName=COPY.name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
    )
    yield COPY.name
    client.delete_table(TableName=COPY.name)


def put(table: Table, partition: str, value: str) -> None:
    item = {"pk": {"S": partition}, "sk": {"S": "X"}, "value": {"S": value}}
    boto3.client("dynamodb").put_item(TableName=table.name, Item=item)


def items(table: Table) -> dict[str, str]:
    """The value of each item by its partition."""
    return {item["pk"]["S"]: item["value"]["S"] for page in table.scan(0, 1) for item in page}


def test_the_live_table_has_what_the_copy_has(copy: str) -> None:
    for number in range(30):
        put(COPY, f"MEMBER#{number}", "then")
        put(LIVE, f"MEMBER#{number + 10}", "now")
    assert restore(COPY, LIVE, NOW) == RestoreTally(written=30, deleted=10)
    assert items(LIVE) == items(COPY) == {f"MEMBER#{number}": "then" for number in range(30)}
    assert restore(COPY, LIVE, NOW) == RestoreTally(written=30, deleted=0)


def test_a_revoked_key_stays_revoked_and_a_new_one_good(copy: str) -> None:
    put(COPY, "KEY#revoked", "then")
    put(COPY, "KEY#kept", "then")
    put(LIVE, "KEY#kept", "now")
    put(LIVE, "KEY#new", "now")
    restore(COPY, LIVE, NOW)
    assert items(LIVE) == {"KEY#kept": "now", "KEY#new": "now"}


def test_deliveries_and_requests_that_came_since_stay(copy: str) -> None:
    put(COPY, "DELIVERIES#0", "waits again: what its replay did is gone")
    since = {"DELIVERIES#0": "replayed", "DELIVERIES#1": "new", "DELIVERY#x": "new", "REQUESTS": "an erasure"}
    for partition, value in since.items():
        put(LIVE, partition, value)
    restore(COPY, LIVE, NOW)
    assert items(LIVE) == since | {"DELIVERIES#0": "waits again: what its replay did is gone"}


def test_what_a_busy_table_leaves_undone_is_asked_again(copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB answers 200 to a batch of which it did only a part."""
    ask, batches = Table.ask, list[int]()
    monkeypatch.setattr(restoring, "PAUSE_S", 0)

    def busy(table: Table, operation: str, request: Any) -> Any:
        if operation == "BatchWriteItem":
            (requests,) = request["RequestItems"].values()
            batches.append(len(requests))
            done, undone = requests[:10], requests[10:]
            ask(table, operation, {"RequestItems": {table.name: done}})
            return {"UnprocessedItems": {table.name: undone} if undone else {}}
        if operation == "BatchGetItem":
            keys = request["RequestItems"][table.name]["Keys"]
            request["RequestItems"][table.name]["Keys"] = keys[:10]
            return ask(table, operation, request) | {
                "UnprocessedKeys": {table.name: {"Keys": keys[10:]}} if keys[10:] else {}
            }
        return ask(table, operation, request)

    for number in range(30):
        put(COPY, f"MEMBER#{number}", "then")
        put(LIVE, f"MEMBER#{number}", "now")
    monkeypatch.setattr(Table, "ask", busy)
    assert restore(COPY, LIVE, NOW) == RestoreTally(written=30, deleted=0)
    assert batches == [25, 15, 5, 5]
    assert items(LIVE) == items(COPY)


def test_a_copy_that_is_not_there_changes_nothing(moto_table: str) -> None:
    put(LIVE, "MEMBER#1", "now")
    with pytest.raises(TableError, match="the-copy"):
        restore(COPY, LIVE, NOW)
    assert items(LIVE) == {"MEMBER#1": "now"}


def begun_with(table: Table, root: str) -> None:
    """A table has the digest of a root."""
    key = dict(zip(("pk", "sk"), ({"S": part} for part in keys.ROOT_CHECK), strict=True))
    item = {**key, "h": {"S": root}, "value": {"S": root}}
    boto3.client("dynamodb").put_item(TableName=table.name, Item=item)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stage `prod` of the live table; it has no functions, and this names it once it was asked for them."""
    asked: list[str] = []
    monkeypatch.setattr(command, "table_of_stage", lambda _: LIVE)

    def functions_of(_: Any, stage: str) -> list[str]:
        asked.append(stage)
        return []

    monkeypatch.setattr(restoring, "functions_of", functions_of)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return asked


def restored(*words: str) -> int:
    """The status of `ristourne restore`."""
    return main(["restore", *words, "--stage", "prod"])


def test_an_empty_table_is_no_copy(copy: str, stage: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It deleted everything, and the books of nobody are right."""
    begun_with(LIVE, "own")
    put(LIVE, "MEMBER#1", "now")
    assert restored(copy, "--yes") == 1
    assert "the-copy is empty; nothing was changed" in capsys.readouterr().err
    assert items(LIVE) == {"ROOT": "own", "MEMBER#1": "now"}
    assert stage == []


def test_a_table_of_something_else_is_no_copy(copy: str) -> None:
    put(COPY, "MEMBER#1", "then")
    with pytest.raises(NoCopy, match="the-copy is no table of Ristourne"):
        check(COPY, LIVE)


def test_the_live_table_is_no_copy_of_itself_by_whichever_name(moto_table: str, stage: list[str]) -> None:
    begun_with(LIVE, "own")
    for name in (LIVE.name, LIVE.arn()):
        with pytest.raises(NoCopy, match="is the live table itself"):
            check(Table(name, LIVE.region), LIVE)
    assert restored(LIVE.name) == 1


def test_the_table_of_another_shop_is_no_copy(copy: str, stage: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    begun_with(LIVE, "own")
    begun_with(COPY, "another")
    put(LIVE, "MEMBER#1", "now")
    assert restored(copy, "--yes") == 1
    assert "the-copy is another shop's" in capsys.readouterr().err
    assert items(LIVE) == {"ROOT": "own", "MEMBER#1": "now"}


def test_a_copy_of_before_roots_had_digests_is_known_by_its_programme(copy: str) -> None:
    begun_with(LIVE, "own")
    partition, sort = key_of(ProgrammeListRef())
    boto3.client("dynamodb").put_item(TableName=COPY.name, Item={"pk": {"S": partition}, "sk": {"S": sort}})
    check(COPY, LIVE)


def test_a_live_table_that_has_lost_the_digest_of_its_root_is_restored(copy: str) -> None:
    begun_with(COPY, "own")
    check(COPY, LIVE)


@pytest.mark.parametrize(("answer", "status", "value"), [("n\n", 1, "now"), ("", 1, "now"), ("y\n", 0, "then")])
def test_a_terminal_is_asked_before_anything_is_off(
    copy: str, stage: list[str], monkeypatch: pytest.MonkeyPatch, answer: str, status: int, value: str
) -> None:
    for table, version in ((LIVE, "now"), (COPY, "then")):
        begun_with(table, "own")
        put(table, "MEMBER#1", version)
    screen = at_a_terminal(monkeypatch, answer)
    assert restored(copy) == status
    assert "Put prod back to the-copy? API keys stay; what" in screen.getvalue()
    assert items(LIVE)["MEMBER#1"] == value
    assert stage == (["prod"] if answer == "y\n" else [])


def test_yes_asks_nothing(copy: str, stage: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for table in (LIVE, COPY):
        begun_with(table, "own")
    screen = at_a_terminal(monkeypatch, "")
    assert restored(copy, "--yes") == 0
    assert "?" not in screen.getvalue()


def gives(percent: int) -> Programme:
    """A programme that gives so many percent."""
    return programme_of(earn=[{"id": "cashback", "percent": percent}])


def copied() -> None:
    """The copy has what the live table has now."""
    for page in LIVE.scan(0, 1):
        for item in page:
            boto3.client("dynamodb").put_item(TableName=COPY.name, Item=item)


def test_a_process_forgets_the_versions_that_a_restore_took_back(copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next version has the number of one that is gone, and begins at the same instant: 20 % were given on."""
    monkeypatch.setenv("RISTOURNE_CACHE_SECONDS", "1")
    warm = Engine()
    warm.execute(PublishProgramme(gives(5), "", 0, 0, 0), NOW)
    copied()
    warm.execute(PublishProgramme(gives(20), "", 1, NOW + 90, 0), NOW + 1)
    assert warm.of_history(lambda history: history.numbered(2).programme, NOW + 9) == gives(20)
    restore(COPY, LIVE, NOW + 60)
    Engine().execute(PublishProgramme(gives(10), "", 1, NOW + 90, 0), NOW + 61)
    warm.execute(order("1", ANNA, at=NOW + 99), NOW + 99)
    member = store.load([MemberRef(ANNA)])[MemberRef(ANNA)]
    assert isinstance(member, Member)
    assert member.accounts["EUR/2"].balance(NOW + 99).available == 1000


class Functions:
    """What Lambda was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int | None]] = []

    def put_function_concurrency(self, FunctionName: str, ReservedConcurrentExecutions: int) -> None:  # noqa: N803
        self.asked.append((FunctionName, ReservedConcurrentExecutions))

    def delete_function_concurrency(self, FunctionName: str) -> None:  # noqa: N803
        self.asked.append((FunctionName, None))


def test_functions_are_on_again_whatever_happens() -> None:
    asked = Functions()

    def fail() -> None:
        with functions_off(asked, ["api", "settle"], wait_s=0):
            assert asked.asked == [("api", 0), ("settle", 0)]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert asked.asked[2:] == [("api", None), ("settle", None)]


@pytest.mark.usefixtures("signals_heard")
def test_functions_are_on_again_however_often_ctrl_c_is_pressed() -> None:
    class Impatient(Functions):
        def delete_function_concurrency(self, FunctionName: str) -> None:  # noqa: N803
            signal.raise_signal(signal.SIGINT)
            super().delete_function_concurrency(FunctionName)

    asked = Impatient()

    def fail() -> None:
        with functions_off(asked, ["api", "settle"], wait_s=0):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert asked.asked[2:] == [("api", None), ("settle", None)]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (TableError("the table refused the write"), "the table refused the write; and "),
        (KeyboardInterrupt(), "stopped; and "),
    ],
)
def test_functions_that_cannot_be_let_run_again_are_named_with_the_command(reason: BaseException, told: str) -> None:
    """Credentials that end with an hour end within a long restore."""

    class Expired(Functions):
        def delete_function_concurrency(self, FunctionName: str) -> None:  # noqa: N803
            if FunctionName == "api":
                raise ClientError({"Error": {"Code": "ExpiredTokenException", "Message": ""}}, "Delete")
            super().delete_function_concurrency(FunctionName)

    asked = Expired()

    def fail() -> None:
        with functions_off(asked, ["api", "settle"], wait_s=0):
            raise reason

    with pytest.raises(StillOff, match=r"aws lambda delete-function-concurrency --function-name api$") as raised:
        fail()
    assert str(raised.value).startswith(f"{told}functions are still off")
    assert asked.asked[2:] == [("settle", None)]


def test_functions_are_off_until_nothing_is_known_any_more_that_was_read_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A minute after its last call a process reads the list of versions anew, however short the restore was."""
    slept, clock = list[float](), iter([100.0, 110.0])
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with functions_off(Functions(), ["api"], wait_s=15, least_s=60):
        assert slept == [15]
    assert slept == [15, 50]
