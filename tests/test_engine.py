"""execute() on a table: races are retried, losses converge, programme versions are read when they may have changed."""

import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib import engine as engine_module
from chalicelib.domain.commands import AdjustBalance, Command, Idempotency, PublishProgramme
from chalicelib.domain.errors import Busy, InsufficientBalance, Unavailable
from chalicelib.domain.events import Event
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import (
    BoardCutsRef,
    Member,
    MemberRef,
    Order,
    OrderRef,
    ProgrammeListRef,
    ProgrammeRef,
    Record,
    Ref,
)
from chalicelib.engine import FIRST_PAUSE_S, LONGEST_PAUSE_S, MAX_ATTEMPTS, Engine, longest_pause_s
from chalicelib.store import table
from tests.properties.backends import InTable, in_empty_table
from tests.world.builders import ANNA, BEN, CONNECTION, NOW, OTHER_CODE, issue, order, programme_of, referring, refund
from tests.world.faults import Call, conflict, failing_writes, intercepted, timed_out
from tests.world.meter import metered

CREDIT = AdjustBalance(ANNA, "EUR/2", 100, "goodwill")


@pytest.fixture
def shop(engine: Engine) -> Engine:
    publish(engine)
    return engine


def publish(
    engine: Engine, programme: Programme | None = None, expected: int = 0, now: int = 0, lead_s: int = 0
) -> None:
    engine.execute(PublishProgramme(programme or programme_of(), "", expected, None, lead_s), now)


def member(name: str = ANNA) -> Member:
    record = table.load([MemberRef(name)])[MemberRef(name)]
    assert isinstance(record, Member)
    return record


def available(name: str = ANNA) -> int:
    return member(name).accounts["EUR/2"].balance(NOW).available


def test_a_lost_race_is_tried_again_after_a_pause(shop: Engine, pauses: list[float]) -> None:
    with intercepted(failing_writes(2, conflict())):
        shop.execute(order("1", ANNA), NOW)
    assert len(pauses) == 2
    assert available() == 500


def test_a_record_written_in_between_is_read_again(shop: Engine) -> None:
    rival = Engine()
    pending: list[Command] = [order("2", ANNA)]

    def overtake(operation: str, call: Call) -> Any:
        if operation == "TransactWriteItems" and pending:
            rival.execute(pending.pop(), NOW)
        return call()

    with intercepted(overtake):
        shop.execute(order("1", ANNA), NOW)
    assert (available(), member().entries) == (1000, 2)


def test_who_loses_every_race_is_told_to_come_again_and_nothing_was_written(shop: Engine, pauses: list[float]) -> None:
    with intercepted(failing_writes(MAX_ATTEMPTS, conflict())), pytest.raises(Busy):
        shop.execute(order("1", ANNA), NOW)
    assert len(pauses) == MAX_ATTEMPTS
    assert table.load([MemberRef(ANNA)])[MemberRef(ANNA)] is None


@pytest.mark.usefixtures("moto_table")
def test_who_has_waited_long_enough_is_told_so_at_once(patience: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "PATIENCE_S", patience)
    pauses: list[float] = []
    ticks = iter([0.0, 1.0, patience + 0.1])
    shop = Engine(sleep=pauses.append, clock=lambda: next(ticks))
    with intercepted(failing_writes(MAX_ATTEMPTS, conflict())), pytest.raises(Busy):
        shop.execute(issue(), NOW)
    assert len(pauses) == 1


@pytest.mark.parametrize("attempt", range(MAX_ATTEMPTS))
def test_pauses_grow_to_a_limit(attempt: int) -> None:
    limit = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempt)
    assert longest_pause_s(attempt) == limit


@pytest.mark.parametrize("delivery", [order("1", ANNA), refund("0", amount=5000)], ids=["order", "refund"])
def test_a_lost_reply_does_not_post_twice(shop: Engine, delivery: Command) -> None:
    shop.execute(order("0", ANNA), NOW)
    with intercepted(failing_writes(1, timed_out(), after=True)), pytest.raises(Unavailable):
        shop.execute(delivery, NOW)
    posted = member()
    assert posted.entries == 2
    with metered() as meter:
        shop.execute(delivery, NOW + 60)
    assert meter.writes == []
    assert member() == posted


def test_a_lost_reply_to_a_request_with_a_key_is_answered_the_next_time(shop: Engine) -> None:
    key = Idempotency("key", "abc", "digest")
    shop.execute(order("0", ANNA), NOW)
    with intercepted(failing_writes(1, timed_out(), after=True)), pytest.raises(Unavailable):
        shop.execute(CREDIT, NOW, key)
    assert shop.execute(CREDIT, NOW, key)["available"] == 600
    assert available() == 600


def test_a_lost_reply_that_looks_like_a_lost_race_does_not_post_twice(shop: Engine) -> None:
    with intercepted(failing_writes(1, conflict(), after=True)):
        shop.execute(order("1", ANNA), NOW)
    assert (available(), member().entries) == (500, 1)


def test_events_are_published_after_the_commit_they_belong_to(store: str) -> None:
    seen: list[tuple[Event, bool]] = []

    def note(event: Event) -> None:
        ref = OrderRef(CONNECTION, "1")
        seen.append((event, isinstance(table.load([ref])[ref], Order)))

    engine = Engine(note, sleep=lambda pause: None)
    publish(engine)
    seen.clear()
    with intercepted(failing_writes(1, conflict())):
        engine.execute(order("1", ANNA), NOW)
    assert [type(event).__name__ for event, _ in seen] == ["OrderRecorded", "RewardPosted"]
    assert all(committed for _, committed in seen)


def test_a_refusal_writes_nothing(shop: Engine) -> None:
    shop.execute(order("1", ANNA), NOW)
    with metered() as meter, pytest.raises(InsufficientBalance):
        shop.execute(AdjustBalance(ANNA, "EUR/2", -501, "voucher"), NOW)
    assert meter.write_round_trips == 0


def test_an_answer_is_plain_data(shop: Engine) -> None:
    assert shop.execute(issue(BEN, OTHER_CODE), NOW) == {"member": BEN, "code": OTHER_CODE}


class TestProgrammes:
    """What a process sees of the programme's versions."""

    def test_the_first_version_is_never_missed_because_nothing_was_cached(self, engine: Engine) -> None:
        assert engine.history(NOW).newest == 0
        publish(Engine())
        assert engine.history(NOW).newest == 1

    def test_versions_are_read_once_in_a_while(self, shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RISTOURNE_CACHE_SECONDS", "60")
        shop.history(NOW)
        with metered() as meter:
            shop.history(NOW + 59)
            assert meter.operations == []
            shop.history(NOW + 60)
            assert meter.operations == ["BatchGetItem"]

    def test_a_new_version_is_known_when_the_cache_is_old_and_read_when_it_begins(
        self, shop: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("RISTOURNE_CACHE_SECONDS", "60")
        first = shop.history(NOW).numbered(1)
        publish(Engine(), referring(), expected=1, now=NOW, lead_s=100)
        assert shop.history(NOW + 59).newest == 1
        with metered() as meter:
            assert shop.history(NOW + 60).newest == 2
        assert meter.operations == ["BatchGetItem"]
        shop.history(NOW + 99)
        with metered() as meter:
            history = shop.history(NOW + 100)
        assert meter.operations == ["BatchGetItem"]
        second = history.at(NOW + 100)
        assert second is not None
        assert (second.number, second.effective_at, second.programme) == (2, NOW + 100, referring())
        assert history.at(NOW + 99) is first

    @pytest.mark.parametrize("versions", [1, 100])
    def test_a_start_reads_the_list_and_the_version_in_force(self, engine: Engine, versions: int) -> None:
        for number in range(versions):
            publish(engine, expected=number, now=number)
        requests: list[Collection[Ref]] = []

        def load(refs: Collection[Ref]) -> dict[Ref, Record | None]:
            requests.append(refs)
            return table.load(refs)

        history = Engine(load=load).history(NOW)
        assert requests == [[ProgrammeListRef(), BoardCutsRef()], [ProgrammeRef(versions)]]
        assert (history.newest, list(history.read)) == (versions, [versions])
        with metered() as meter:
            Engine().execute(order("1", ANNA, at=NOW), NOW)
        assert meter.read_round_trips == 3

    def test_an_old_version_is_read_when_an_order_asks_for_it_and_once(self, engine: Engine) -> None:
        publish(engine)
        publish(engine, programme_of(earn=[{"id": "double", "percent": 10}]), expected=1, now=NOW - 1)
        shop = Engine()
        shop.history(NOW)
        with metered() as meter:
            shop.execute(order("1", ANNA), NOW)
        assert meter.read_round_trips == 2
        assert available() == 500
        with metered() as meter:
            shop.execute(order("2", ANNA), NOW)
        assert meter.read_round_trips == 1

    def test_a_question_to_the_history_reads_what_it_misses(self, engine: Engine) -> None:
        for number in range(3):
            publish(engine, expected=number, now=number)
        shop = Engine()
        assert shop.of_history(lambda history: [history.numbered(n).number for n in (3, 1, 2)], NOW) == [3, 1, 2]
        with metered() as meter:
            shop.of_history(lambda history: history.at(1), NOW)
        assert meter.operations == []

    def test_a_process_with_an_old_cache_values_an_order_like_one_with_a_new(
        self, shop: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("RISTOURNE_CACHE_SECONDS", "60")
        shop.history(NOW)
        publish(Engine(), programme_of(earn=[{"id": "double", "percent": 10}]), expected=1, now=NOW + 1, lead_s=120)
        shop.execute(order("1", ANNA, at=NOW + 59), NOW + 59)
        with metered() as meter:
            Engine().execute(order("1", ANNA, at=NOW + 59), NOW + 500)
        assert meter.write_round_trips == 0


@pytest.fixture
def real_shop(local_table: str) -> InTable:
    return in_empty_table(referring(friends=1))


@pytest.mark.xdist_group("dynamodb-local")
def test_two_threads_that_race_on_one_members_orders_lose_nothing(real_shop: InTable) -> None:
    together = threading.Barrier(2)

    def deliver(numbers: range) -> None:
        engine = Engine(sleep=lambda pause: None)
        together.wait(timeout=30)
        for number in numbers:
            patiently(engine, order(str(number), ANNA))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(deliver, [range(20), range(10, 30)]))
    assert available() == 30 * 500
    assert member().entries == 30
    books = real_shop.books()
    assert sorted(int(entry.cause.partition("/")[2]) for entry in books.entries(ANNA)) == list(range(30))


@pytest.mark.xdist_group("dynamodb-local")
def test_two_threads_that_issue_a_code_agree_on_one(real_shop: InTable) -> None:
    together = threading.Barrier(2)

    def ask(code: str) -> str:
        together.wait(timeout=30)
        answer: str = Engine(sleep=lambda pause: None).execute(issue(BEN, code), NOW)["code"]
        return answer

    with ThreadPoolExecutor(2) as threads:
        assert len(set(threads.map(ask, [OTHER_CODE, issue().candidate]))) == 1


def patiently(engine: Engine, command: Command) -> None:
    """As a storefront does: a delivery that was refused for being busy comes again."""
    while True:
        try:
            engine.execute(command, NOW)
        except Busy:
            continue
        return
