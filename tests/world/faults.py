"""Steps between the store and DynamoDB: watches every request, and can answer, fail or lose the reply instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.world.calls import Ask, around

Call = Callable[[], Any]
Step = Callable[[str, Call], Any]
"""From the name of an operation, and the call itself, to the reply."""


@contextmanager
def intercepted(step: Step = lambda operation, call: call()) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Every request goes through `step`; yields the operations with their requests."""
    requests: list[tuple[str, dict[str, Any]]] = []

    def noted(ask: Ask, operation: str, request: dict[str, Any]) -> Any:
        requests.append((operation, request))
        return step(operation, lambda: ask(operation, request))

    with around(noted):
        yield requests


def refusing(code: str, *reasons: str) -> Step:
    """Every request is refused with that error; `reasons` are those of a cancelled transaction."""

    def refuse(operation: str, call: Call) -> Any:
        response: Any = {"Error": {"Code": code, "Message": "injected"}, "ResponseMetadata": {"RequestId": "0"}}
        raise ClientError(response | {"CancellationReasons": [{"Code": reason} for reason in reasons]}, operation)

    return refuse


def timed_out() -> Exception:
    error: Exception = ReadTimeoutError(endpoint_url="https://dynamodb.example")
    return error


def failing_writes(times: int, error: Exception, *, after: bool = False) -> Step:
    """The first `times` transactions fail with `error`; `after` they have succeeded: only the reply is lost."""
    errors = [error] * times

    def fail(operation: str, call: Call) -> Any:
        if operation != "TransactWriteItems" or not errors:
            return call()
        if after:
            call()
        raise errors.pop()

    return fail


def conflict() -> ClientError:
    """Another transaction is writing one of the items."""
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "injected"},
        "ResponseMetadata": {"RequestId": "0"},
        "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
    }
    return ClientError(response, "TransactWriteItems")
