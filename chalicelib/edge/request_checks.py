"""Validation of the amounts, assets and written texts of requests.

An amount is an integer in the minor unit of its asset; a float never gets here (`edge/http.py` refuses it).
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import datetime

from chalicelib.domain.core import money
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.assets import MAX_DECIMALS, NAME
from chalicelib.edge.messages import CONTROL

MAX_AMOUNT = 10**12
"""The largest amount of a request, in minor units; sums of such amounts lose digits nowhere, JavaScript included."""

SALT_BYTES = 16
"""Random bytes in the digest of a written reason, which keep the reason from being guessed."""


_OWN_ASSET = re.compile(rf"{NAME}(/[1-{MAX_DECIMALS}])?")


def check_text(field: str, text: str | None) -> None:
    """Raises InvalidInput for text with control characters, which whoever prints it would obey; None passes."""
    control = CONTROL.search(text or "")
    if control:
        raise InvalidInput(field, "must have no control character; it has %(code)s", code=f"U+{ord(control[0]):04X}")


def check_reason(reason: str, *, in_statement: bool = False) -> None:
    """Raises InvalidInput for a written reason with control characters, or in which nothing can be seen."""
    check_text("reason", reason)
    if all(character.isspace() or unicodedata.category(character) == "Cf" for character in reason):
        if in_statement:
            raise InvalidInput("reason", "must say why, for the statement")
        raise InvalidInput("reason", "must say why")


def check_asset(asset: str) -> None:
    """Raises InvalidInput for text that names no asset: neither a currency with its decimals nor one such as points.

    Whether the programme has it, the decision on the command says.
    """
    if _OWN_ASSET.fullmatch(asset):
        return
    with suppress(InvalidInput):
        if asset == money.asset_of(money.currency_of(asset)):
            return
    raise InvalidInput(
        "asset", "must be a currency and its decimals such as EUR/2, or an asset of the programme such as points", asset
    )


def check_amount(field: str, amount: int | None) -> None:
    """Raises InvalidInput for an amount below 1 or above MAX_AMOUNT; None (not given) passes."""
    if amount is not None and not 1 <= amount <= MAX_AMOUNT:
        raise InvalidInput(field, "must be between 1 and %(most)s, in minor units", amount, most=MAX_AMOUNT)


def instant(field: str, text: str) -> int:
    """A time with its zone (RFC 3339), in seconds. Raises InvalidInput."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise InvalidInput(field, "must be a time with its zone such as 2027-01-01T00:00:00Z", text)
    if not 1970 < time.year < 9999:
        raise InvalidInput(
            field, "must be a time with its zone such as 2027-01-01T00:00:00Z, after 1970 and before 9999", text
        )
    return int(time.timestamp())
