"""Money: integers in the minor unit of an asset, and the only functions that round, allocate or format them.

An asset is written `CODE/SCALE` (`EUR/2`, `JPY/0`, `KWD/3`, `points/1`), or `points` alone where it has no decimals:
the scale travels with every amount, so that nobody has to guess it. Floats never enter. Imports nothing of the project
but the errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from chalicelib.domain.errors import InvalidInput

Rounding = Literal["half_up", "half_even", "down"]

# ISO 4217 minor units that differ from 2 (list one of the maintenance agency, 2026-01-01).
_ZERO = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_THREE = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
_FOUR = frozenset("CLF UYW".split())
_TWO = frozenset(
    """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
    CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV
    MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD
    SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW
    ZWG""".split()
)


@lru_cache(256)
def scale_of(currency: str) -> int:
    """The number of decimals of an ISO 4217 currency (EUR 2, JPY 0, KWD 3). Raises InvalidInput for an unknown code."""
    for codes, scale in ((_TWO, 2), (_ZERO, 0), (_THREE, 3), (_FOUR, 4)):
        if currency in codes:
            return scale
    raise InvalidInput("currency", "must be an ISO 4217 code such as EUR", currency)


def code_of(currency: str) -> str:
    """The ISO 4217 code that a text is in capital or small letters: `eur` is `EUR`. Raises InvalidInput."""
    try:
        scale_of(currency.upper())
    except InvalidInput:
        raise InvalidInput("currency", "must be an ISO 4217 code such as EUR", currency) from None
    return currency.upper()


@lru_cache(256)
def asset_of(currency: str) -> str:
    """The asset of a currency: `EUR` becomes `EUR/2`."""
    return f"{currency}/{scale_of(currency)}"


def currency_of(asset: str) -> str:
    """The currency of an asset: `EUR/2` becomes `EUR`."""
    return asset.partition("/")[0]


def is_money(asset: str) -> bool:
    """Whether an asset is a currency, which is in capital letters, and not one of a programme's own such as points."""
    return asset.isupper()


def decimals_of(asset: str) -> int:
    """The number of decimals of an asset: 2 of `EUR/2`, 0 of `points`."""
    return int(asset.partition("/")[2] or 0)


def text(amount: int, asset: str) -> str:
    """An amount as text: 1234 of `EUR/2` is `12.34 EUR`, 50 of `points` is `50 points`."""
    code, _, scale = asset.partition("/")
    return f"{Decimal(f'{amount}E-{scale or 0}'):f} {code}"


def minor_of(amount: Decimal, asset: str) -> int:
    """A decimal amount of an asset in its minor units. Raises InvalidInput for more decimals than the asset has."""
    return _whole(amount, decimals_of(asset), asset)


def minor(amount: Decimal, currency: str) -> int:
    """A decimal amount in minor units. Raises InvalidInput where it has more decimals than its currency."""
    return _whole(amount, scale_of(currency), currency)


def _whole(amount: Decimal, decimals: int, name: str) -> int:
    """An amount in parts of so many decimals. `name`: what it is of, for the refusal of more of them."""
    units, per_unit = _ratio(amount, decimals)
    if units % per_unit:
        from chalicelib.domain.core.phrases import decimal_count

        most = decimal_count(decimals)
        raise InvalidInput("amount", "must have at most %(decimals)s in %(name)s", amount, decimals=most, name=name)
    return units // per_unit


def _ratio(amount: Decimal, decimals: int) -> tuple[int, int]:
    if not amount.is_finite():
        raise InvalidInput("amount", "must be a finite number", amount)
    units, per_unit = amount.as_integer_ratio()
    return units * 10**decimals, per_unit


def minor_parts(amounts: Sequence[Decimal], currency: str) -> list[int]:
    """Decimal parts in minor units, rounded so that they sum to the rounded total.

    WooCommerce can show more decimals than its currency has; rounding each part alone would lose or invent a cent.
    """
    ratios = [_ratio(amount, scale_of(currency)) for amount in amounts]
    if not any(units % per_unit for units, per_unit in ratios):
        return [units // per_unit for units, per_unit in ratios]
    exact = [Fraction(*ratio) for ratio in ratios]
    return _fit(exact, round_fraction(sum(exact, Fraction(0)), "half_up"))


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to weights of one sign by largest remainder: the parts always sum to it.

    All weights zero: everything falls on the first part; no weights: the total must be zero.
    """
    weight_sum = sum(weights)
    if not weight_sum:
        return [total] + [0] * (len(weights) - 1) if weights else []
    # The same as with fractions, by integers alone: an order of five lines asks for a dozen of these.
    shares = [divmod(total * weight, weight_sum) for weight in weights]
    parts = [floor for floor, _ in shares]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-abs(shares[i][1]), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def _fit(exact: Sequence[Fraction], total: int) -> list[int]:
    """Each part rounded down, plus the remaining units on the largest remainders, the earliest first."""
    floors = [part.numerator // part.denominator for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in by_remainder[: total - sum(floors)]:
        floors[i] += 1
    return floors


def round_fraction(value: Fraction, rounding: Rounding) -> int:
    """An exact value rounded to an integer, as `round_ratio` does it."""
    return round_ratio(value.numerator, value.denominator, rounding)


def round_ratio(units: int, per_unit: int, rounding: Rounding) -> int:
    """units / per_unit rounded to an integer: `half_up` rounds a half away from zero, `half_even` to the even integer,
    `down` truncates. `per_unit` is positive.
    """
    whole, rest = divmod(abs(units), per_unit)
    if rounding == "half_up":
        whole += 2 * rest >= per_unit
    elif rounding == "half_even":
        whole += 2 * rest + whole % 2 > per_unit
    return -whole if units < 0 else whole


MILLIONTHS = 1_000_000
"""A reward is computed in millionths of a minor unit: a percent has four decimals at most, so that is exact."""


@lru_cache(1024)
def millionths_of(percent: Decimal) -> int:
    """A percent as an integer of MILLIONTHS; an amount times that is exact, and its caller rounds once, at the end of
    its sum. Cached: a programme has few percents, and every order uses them.
    """
    millionths = percent * (MILLIONTHS // 100)
    assert millionths == int(millionths), f"a percent has at most 4 decimals, not {percent}"
    return int(millionths)


def plain(number: Decimal) -> str:
    """A decimal without an exponent or trailing zeros: `5.0` is `5`, `2.50` is `2.5`."""
    return format((number + 0).normalize(), "f")  # + 0: nothing has no sign
