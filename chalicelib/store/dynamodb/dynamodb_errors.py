"""Maps failures of PynamoDB and botocore to the domain's Unavailable, and to DynamoDB's error codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pynamodb.exceptions import PynamoDBException

from chalicelib.domain.errors import Unavailable

CONDITION_FAILED = "ConditionalCheckFailedException"
"""DynamoDB's code where the condition of a write does not hold: somebody else was faster."""


@contextmanager
def unavailable_on_error() -> Iterator[None]:
    """A context manager and decorator that turns a PynamoDBException into Unavailable."""
    try:
        yield
    except PynamoDBException as error:
        raise Unavailable("the table did not answer: %(error)s", error=reason_of(error)) from error


def reason_of(error: Exception) -> str:
    """DynamoDB's error code, or the exception's class name where there is none. `error`: botocore's, or PynamoDB's
    around it.

    PynamoDB's own `cause_response_code` fails on a read time-out, whose `response` is None.
    """
    cause = getattr(error, "cause", None) or error
    response = getattr(cause, "response", None) or {}
    code: str | None = response.get("Error", {}).get("Code")
    return code or type(cause).__name__
