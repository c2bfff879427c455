"""What the table's silence means to whoever asked: Unavailable, so that the caller may try again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pynamodb.exceptions import PynamoDBException

from chalicelib.domain.errors import Unavailable


@contextmanager
def noticed() -> Iterator[None]:
    """Around (or as a decorator of) what talks to the table. Raises Unavailable when it did not answer."""
    try:
        yield
    except PynamoDBException as error:
        raise Unavailable(f"the table did not answer: {reason_of(error)}") from error


def reason_of(error: Exception) -> str:
    """DynamoDB's code for what went wrong, or the name of the error without one. `error`: botocore's, or PynamoDB's
    around it.

    PynamoDB's own `cause_response_code` fails on a read time-out, whose `response` is None.
    """
    cause = getattr(error, "cause", None) or error
    response = getattr(cause, "response", None) or {}
    code: str | None = response.get("Error", {}).get("Code")
    return code or type(cause).__name__
