"""Has one of our own Lambda functions called, without waiting for it."""

from __future__ import annotations

from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import Unavailable
from chalicelib.store.dynamodb import transport
from chalicelib.store.dynamodb.dynamodb_errors import reason_of


def call_later(function: str, event: Mapping[str, str]) -> None:
    """Have a function called with an event, which may happen twice. Raises Unavailable where Lambda does not take it;
    then it may be called all the same.
    """
    try:
        transport.ask(transport.FUNCTIONS, function, event)
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(
            "the function %(function)s could not be called: %(error)s",
            function=function or "(none)",
            error=reason_of(error),
        ) from error
