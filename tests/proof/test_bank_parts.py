"""The bank's own tools: histories that survive a kill, a proxy that counts its faults, figures that are met or not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.proof import bank_proxy
from tests.proof import bank_world as world
from tests.proof.bank_history import Action, Answered, HistoryWriter, Invoked, in_flight, operations, read
from tests.proof.bank_proxy import Faults, Message
from tests.proof.bank_report import Report

FIRST, SECOND = Action("redeem-1", "redeem", "m", 1, 5), Action("redeem-2", "redeem", "m", 2, 6)
HEAD = b"POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.%s\r\n\r\n"


def transaction(token: str, items: int = 3) -> Message:
    body = {"TransactItems": [{}] * items, "ClientRequestToken": token}
    return Message(HEAD % b"TransactWriteItems", json.dumps(body).encode())


def test_a_killed_worker_leaves_what_it_has_written_and_no_more(tmp_path: Path) -> None:
    history = tmp_path / "history"
    writer = HistoryWriter(history)
    writer.invoke(FIRST, 7)
    writer.answer(FIRST, "ok", answer={"entry": 1})
    writer.invoke(SECOND, 8)
    with history.open("ab") as file:
        file.write(b'{"type":"answ')
    first, answer, second = read(history)
    assert (isinstance(first, Invoked), isinstance(answer, Answered), isinstance(second, Invoked)) == (True,) * 3
    assert in_flight(read(history)) == [SECOND]


def test_the_attempts_of_an_operation_are_found_over_several_lives(tmp_path: Path) -> None:
    HistoryWriter(tmp_path / "1").invoke(FIRST, 7)
    younger = HistoryWriter(tmp_path / "2")
    younger.invoke(FIRST, 9)
    younger.answer(FIRST, "ok", answer={"entry": 1})
    operation = operations([tmp_path / "1", tmp_path / "2"])[FIRST.name]
    assert [(attempt.now, attempt.outcome) for attempt in operation.attempts] == [(7, "indeterminate"), (9, "ok")]
    assert (operation.outcome, operation.answers) == ("ok", [{"entry": 1}])
    assert operation.known_by_ns == operation.attempts[1].ended_ns


def test_the_proxy_makes_a_tenth_conflict_and_loses_a_fiftieth_and_counts_both() -> None:
    faults = Faults([0] * bank_proxy.COUNTERS, world.dice(1))
    requests = [transaction(f"t{number}") for number in range(10_000)]
    conflicts = sum(faults.conflicts(request) for request in requests)
    lost = sum(faults.loses_reply(request) for request in requests)
    assert faults.counters[bank_proxy.CONFLICTED] == conflicts
    assert faults.counters[bank_proxy.LOST_WRITES] == lost
    assert 900 < conflicts < 1100
    assert 150 < lost < 250
    reading = Message(HEAD % b"BatchGetItem", b"{}")
    assert not any(faults.conflicts(reading) for _ in range(100))


def test_the_proxy_loses_every_second_reply_twice() -> None:
    faults = Faults([0] * bank_proxy.COUNTERS, world.dice(1))
    tokens = [f"t{number}" for number in range(20_000)]
    lost = [token for token in tokens if faults.loses_reply(transaction(token))]
    twice = set(faults.again)
    assert 0.3 < len(twice) / len(lost) < 0.7
    assert all(faults.loses_reply(transaction(token)) for token in twice)
    assert not faults.again


def test_a_conflict_looks_like_dynamodbs() -> None:
    reply = bank_proxy.cancelled(transaction("t", items=4))
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert f"Content-Length: {len(body)}".encode() in head
    assert [reason["Code"] for reason in json.loads(body)["CancellationReasons"]] == ["None"] * 3 + [
        "TransactionConflict"
    ]


@pytest.mark.parametrize("worker", range(world.WORKERS))
def test_numbers_are_given_once_and_fit_into_shared_memory(worker: int) -> None:
    last = world.START + world.DAYS * 86_400
    numberings = [world.Numbering(worker, life, thread) for life in (0, 4095) for thread in range(world.THREADS)]
    numbers = {numbering.next(now) for numbering in numberings for now in (world.START, last) for _ in range(5)}
    assert len(numbers) == len(numberings) * 10
    assert max(numbers) < 1 << 63
    assert {world.second_of(number) for number in numbers} == {world.START, last}


FIGURES = Report(
    seed=1,
    minutes=2,
    operations={"pay": {"ok": 5, "indeterminate": 1}},
    attempts=7,
    answered=5,
    conflicts=1,
    lost_replies=2,
    lost_writes=1,
    transactions=9,
    kills=1,
    killed_in_flight=1,
    reads=3,
    entries_read=4,
    entries=5,
    versions=5,
    violations=[],
)


def test_a_run_is_met_when_everything_was_tried_and_nothing_is_wrong() -> None:
    assert FIGURES.section().met
    assert FIGURES.section().operations == 6
    assert "1 indeterminate, 5 ok" in str(FIGURES)


@pytest.mark.parametrize("figure", ["conflicts", "lost_replies", "kills", "killed_in_flight", "reads", "entries"])
def test_a_run_that_did_not_try_something_is_not_met(figure: str) -> None:
    assert not replace(FIGURES, **{figure: 0}).section().met


def test_a_run_with_a_violation_is_not_met() -> None:
    wrong = replace(FIGURES, violations=["shop.m00: overspent"])
    assert not wrong.section().met
    assert "shop.m00: overspent" in str(wrong)
