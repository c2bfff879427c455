"""Validation of the amounts and assets of requests.

An amount is an integer in the minor unit of its asset; a float never gets here (`edge/http.py` refuses it).
"""

from __future__ import annotations

from contextlib import suppress

from chalicelib.domain.core import money
from chalicelib.domain.errors import InvalidInput

MAX_AMOUNT = 10**12
"""The largest amount of a request, in minor units; sums of such amounts lose digits nowhere, JavaScript included."""

SALT_BYTES = 16
"""Random bytes in the digest of a written reason, which keep the reason from being guessed."""


def check_asset(asset: str) -> None:
    """Raises InvalidInput for an asset that is no currency with its number of decimals."""
    with suppress(InvalidInput):
        if asset == money.asset_of(money.currency_of(asset)):
            return
    raise InvalidInput("asset", "be a currency and its decimals such as EUR/2", asset)


def check_amount(field: str, amount: int | None) -> None:
    """Raises InvalidInput for an amount below 1 or above MAX_AMOUNT; None (not given) passes."""
    if amount is not None and not 1 <= amount <= MAX_AMOUNT:
        raise InvalidInput(field, f"be between 1 and {MAX_AMOUNT}, in minor units", amount)
