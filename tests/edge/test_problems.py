"""Errors: every refusal has a status and a code of its own, and our own mistakes tell nothing."""

import json
import re
from collections.abc import Iterator

import pytest

from chalicelib.domain import errors
from chalicelib.edge import problems
from tests.edge.conftest import Shop


def below(kind: type[errors.Rejection]) -> Iterator[type[errors.Rejection]]:
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


REJECTIONS = sorted(set(below(errors.Rejection)), key=lambda kind: kind.__name__)

OLDER: dict[type[errors.Rejection], str] = {errors.HoldNotOpen: "hold_ended"}
"""Codes that are older than the name of their class; clients rely on them."""


TWO_PROBLEMS = errors.InvalidProgramme([errors.InvalidInput(field, "must be good") for field in "ab"])


def made(kind: type[errors.Rejection]) -> errors.Rejection:
    if issubclass(kind, errors.InvalidInput):
        return kind("field", "must be good")
    return TWO_PROBLEMS if kind is errors.InvalidProgramme else kind("why")


@pytest.mark.parametrize("kind", REJECTIONS)
def test_every_rejection_is_a_problem_with_a_status_and_a_title(kind: type[errors.Rejection]) -> None:
    reply = problems.reply(made(kind))
    assert 400 <= reply.status < 600
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.body.type == f"urn:ristourne:problem:{kind.code}"
    assert reply.body.status == reply.status
    assert reply.body.title == problems.TITLES[reply.status]
    assert reply.body.detail == made(kind).detail


@pytest.mark.parametrize("kind", REJECTIONS)
def test_the_exception_tree_names_every_rejection(kind: type[errors.Rejection]) -> None:
    assert errors.__doc__
    assert re.search(rf"── {kind.__name__}\s+\S", errors.__doc__)


def test_every_code_is_its_own_and_spelt_like_its_class() -> None:
    for kind in REJECTIONS:
        assert kind.code == OLDER.get(kind, re.sub(r"(?<!^)([A-Z])", r"_\1", kind.__name__).lower())
    assert len({kind.code for kind in REJECTIONS}) == len(REJECTIONS)


def test_only_a_problem_of_ours_or_of_the_moment_is_a_5xx() -> None:
    late = {kind.__name__ for kind in REJECTIONS if problems.status_of(made(kind)) >= 500}
    assert late == {"Busy", "Unavailable"}


def test_all_problems_of_a_programme_are_listed() -> None:
    assert problems.reply(TWO_PROBLEMS).body.problems == ["a must be good", "b must be good"]


def test_a_503_says_when_to_come_again() -> None:
    assert int(problems.reply(errors.Busy("x")).headers["Retry-After"]) > 0


def test_a_mistake_of_ours_is_a_500_without_detail_and_a_line_in_the_log_without_what_was_sent(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> None:
        try:
            raise KeyError("ana@example.com")
        except KeyError as error:
            raise ValueError("ana@example.com") from error

    monkeypatch.setattr("chalicelib.edge.api.members.once", broken)
    answer = shop.call("PUT", "/v1/members/acme.1", {"email": "ana@example.com"}, shop.storefront)
    assert answer.problem == (500, "internal")
    assert answer.detail == "an unexpected error; it was logged"
    printed = capsys.readouterr()
    assert "ana@" not in answer.body.decode() + printed.out + printed.err + caplog.text
    failure, count = map(json.loads, printed.out.splitlines())
    assert failure["error"] == ["ValueError", "KeyError"]
    assert any(re.fullmatch(r"edge/api/members\.py:\d+ put", frame) for frame in failure["where"])
    assert count["UnexpectedError"] == 1
