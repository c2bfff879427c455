"""The assets of a programme besides its currencies, such as points: their names, decimals, worth and expiry.

In the document an asset is named `points`; in the ledger `points` too, or `points/2` where it has two decimals, beside
`EUR/2` for a currency. Imports money and the parts of rules.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import field

from chalicelib.domain.core import calendar, money
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.rules import EXPIRY, MAX_DAYS, MAX_MONTHS, MAX_SUM, Document, Sum, range_problems

if TYPE_CHECKING:
    from chalicelib.domain.programme.document import Programme

MAX_ASSETS, MAX_DECIMALS, MAX_WORTH_DECIMALS = 5, 4, 6
NAME = r"[a-z][a-z0-9-]{0,15}"
"""An asset's name in the document; that of a currency is in capital letters, so that none can be taken for another."""

MEASURES = ("spend", "orders", "friends")
"""What levels and boards can measure besides an asset, which has none of these names so that each says one thing."""

MAX_NAME = 40


class Asset(Document, frozen=True, kw_only=True):
    """An asset besides the currencies: its `name` by language, `singular` for a single one, and its `worth`, the
    price of one for spending.

    `decimals`: into how many decimal places one is divided. The expiry holds for every rule that gives the asset and
    states none of its own.
    """

    name: dict[str, str] = field(default_factory=dict)
    singular: dict[str, str] = field(default_factory=dict)
    worth: Sum | None = None
    decimals: int = 0
    expire_days: int | None = None
    expire_months: int | None = None
    expire_end: calendar.Border | None = None

    @property
    def expiry(self) -> dict[str, object]:
        """The fields that say when the asset expires, of those that are stated."""
        fields = {name: getattr(self, name) for name in EXPIRY}
        return {name: value for name, value in fields.items() if value is not None}

    def ledger_name(self, name: str) -> str:
        """The asset in the ledger: `points`, or `points/2`."""
        return f"{name}/{self.decimals}" if self.decimals else name

    def worth_in(self, currency: str, programme: Programme) -> Decimal | None:
        """The price of one in a currency; None where none is stated for it, so that it cannot be spent there."""
        by_currency = self.worth if isinstance(self.worth, dict) else {programme.currency: self.worth}
        return by_currency.get(currency)


def asset_problems(assets: Mapping[str, Asset], programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with the assets, each naming the path, the rule and the value."""
    if len(assets) > MAX_ASSETS:
        yield InvalidInput("assets", "must be at most %(most)s", len(assets), most=MAX_ASSETS)
    for name, asset in assets.items():
        path = f"assets.{name}"
        if not re.fullmatch(NAME, name):
            yield InvalidInput(path, "must be named in lower-case letters, digits and dashes, at most 16", name)
        if name in MEASURES:
            yield InvalidInput(
                path, "must be none of %(reserved)s: levels or boards measure these", name, reserved=MEASURES
            )
        yield from name_problems(f"{path}.name", asset.name)
        yield from name_problems(f"{path}.singular", asset.singular)
        yield from range_problems(f"{path}.decimals", asset.decimals, 0, MAX_DECIMALS)
        yield from _price_problems(f"{path}.worth", asset.worth, programme)
        yield from _expiry_problems(path, asset)


def ledger_names(programme: Programme) -> list[str]:
    """The ledger's names of all assets of a programme, its currencies first."""
    names = (*programme.all_currencies, *programme.assets)
    return list(dict.fromkeys(programme.asset_named(name) for name in names))


def asset_in(programme: Programme, ledger_name: str) -> Asset | None:
    """The asset that has a name in the ledger; None for a currency, and for what the programme does not have."""
    assets = programme.assets.items()
    return next((asset for name, asset in assets if asset.ledger_name(name) == ledger_name), None)


def check_known(asset: str, programme: Programme | None, held: Collection[str]) -> None:
    """Raises InvalidInput for an asset that the programme in force does not have, and that is none of those `held`.

    A member keeps the use of what it holds in a currency that the programme does not name any more. Without a programme
    any currency passes.
    """
    if asset in held or (programme is None and money.is_money(asset)):
        return
    names = ledger_names(programme) if programme else []
    if asset not in names:
        if not names:
            raise InvalidInput("asset", "must be a currency while no programme is in force", asset)
        raise InvalidInput("asset", "must be one of the programme's: %(names)s", asset, names=tuple(names))


def worth_in(amount: int, asset: str, currency: str, programme: Programme) -> int | None:
    """What an amount of an asset of the programme is worth in a currency, in its minor units; None without a price."""
    own = asset_in(programme, asset)
    price = own.worth_in(currency, programme) if own else None
    return None if price is None else worth_of(amount, asset, price, currency)


def name_problems(path: str, names: Mapping[str, str]) -> Iterator[InvalidInput]:
    """What is wrong with a text for shoppers, by language."""
    for language, text in names.items():
        if not re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", language):
            yield InvalidInput(path, "must be by language, such as fr or en", language)
        if not text.strip() or len(text) > MAX_NAME:
            yield InvalidInput(f"{path}.{language}", "must be 1 to %(most)s characters", text, most=MAX_NAME)


def _expiry_problems(path: str, asset: Asset) -> Iterator[InvalidInput]:
    if asset.expire_days is not None and asset.expire_months is not None:
        yield InvalidInput(path, "must have either expire_days or expire_months")
    if asset.expire_days is not None:
        yield from range_problems(f"{path}.expire_days", asset.expire_days, 1, MAX_DAYS)
    if asset.expire_months is not None:
        yield from range_problems(f"{path}.expire_months", asset.expire_months, 1, MAX_MONTHS)


def _price_problems(path: str, worth: Sum | None, programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with a price of one, which may be less than a minor unit."""
    prices = worth if isinstance(worth, dict) else {programme.currency: worth} if worth is not None else {}
    for currency, price in prices.items():
        at = f"{path}.{currency}" if isinstance(worth, dict) else path
        if currency not in programme.all_currencies:
            yield InvalidInput(at, "must be in one of the programme's currencies", currency)
        elif not price.is_finite() or not 0 < price <= MAX_SUM:
            yield InvalidInput(at, "must be more than 0 and at most %(most)s", price, most=MAX_SUM)
        elif price != round(price, MAX_WORTH_DECIMALS):
            yield InvalidInput(at, "must have at most %(most)s decimals", price, most=MAX_WORTH_DECIMALS)


def worth_of(amount: int, asset: str, price: Decimal, currency: str) -> int:
    """What an amount of an asset is worth in a currency, in its minor units; a part of a unit is not counted."""
    units, per_unit = price.as_integer_ratio()
    scale: int = 10 ** money.scale_of(currency)
    parts: int = 10 ** money.decimals_of(asset)
    return amount * units * scale // (per_unit * parts)
