"""What a request says of money: an asset, and an amount of it.

An amount is an integer in the minor unit of its asset; a float never gets here (`edge/http.py` refuses it).
"""

from __future__ import annotations

from contextlib import suppress

from chalicelib.domain.core import money
from chalicelib.domain.errors import InvalidInput

MAX_AMOUNT = 10**12
"""More than any shop moves at once, and far from where sums of them would lose digits anywhere."""

SALT_BYTES = 16
"""Random bytes that hide the reason of what a person does behind its digest."""


def check_asset(asset: str) -> None:
    """Raises InvalidInput for what is not a currency with its own number of decimals."""
    with suppress(InvalidInput):
        if asset == money.asset_of(money.currency_of(asset)):
            return
    raise InvalidInput("asset", "be a currency and its decimals such as EUR/2", asset)


def check_amount(field: str, amount: int | None) -> None:
    """Raises InvalidInput for what is not positive, or too much; None is not stated and passes."""
    if amount is not None and not 1 <= amount <= MAX_AMOUNT:
        raise InvalidInput(field, f"be between 1 and {MAX_AMOUNT}, in minor units", amount)
