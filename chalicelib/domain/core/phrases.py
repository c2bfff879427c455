"""Sentences as data: a text of a closed set, in English, with the values that fill it.

Who shows one gives a `Wording`: that of a language, or ENGLISH, which writes amounts and numbers as the API does
(`40.00 EUR`, and ids for names). The texts stand as literals in `Phrase` and `Plural`, where the catalogues find them.
Imports money and the calendar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import Per, iso, period_name

Programme: TypeAlias = Any
"""The programme whose names of assets count: handed on to the wording, and opaque here."""

Names = Mapping[str, str]
"""A shop's own text, by language."""

Part = Literal["level", "rule", "earning", "activity", "card", "goal", "board", "asset"]
"""What of a programme has an id and may have a name. An `earning` is a rule that shoppers know by what it gives."""


SINGLE: Mapping[str, str] = {"points": "point"}
"""Codes of assets that are words of English and French alike, with what a single one is called. Of other codes nobody
knows a singular but the programme.
"""


class Amount(Struct, frozen=True):
    """An amount in minor units of an asset."""

    minor: int
    asset: str

    def written(self, wording: Wording, programme: Programme | None) -> str:
        return wording.amount(self.minor, self.asset, programme)


class AssetName(Struct, frozen=True):
    """What people call an asset."""

    asset: str

    def written(self, wording: Wording, programme: Programme | None) -> str:
        return wording.name_of(self.asset, programme)


class Figure(Struct, frozen=True):
    """A number as the programme states it: `2.5`."""

    text: str

    def written(self, wording: Wording, programme: Programme | None) -> str:  # noqa: ARG002 (one signature for all)
        return wording.figure(self.text)


class CalendarDay(Struct, frozen=True):
    """A day of the calendar."""

    day: date

    def written(self, wording: Wording, programme: Programme | None) -> str:  # noqa: ARG002 (one signature for all)
        return wording.day(self.day)


class Instant(Struct, frozen=True):
    """An instant, in seconds; in the programme's time zone where there is one."""

    at: int

    def written(self, wording: Wording, programme: Programme | None) -> str:
        return wording.instant(self.at, programme.timezone if programme else "UTC")


class Span(Struct, frozen=True):
    """A period of the calendar, by its number."""

    per: Per
    number: int

    def written(self, wording: Wording, programme: Programme | None) -> str:  # noqa: ARG002 (one signature for all)
        return wording.period(self.per, self.number)


class Named(Struct, frozen=True):
    """A part of the programme by its id; a campaign is a rule too.

    `stored`: what it was called when an entry was written, for where the programme has no name of it.
    """

    part: Part
    id: str
    stored: str = ""

    def written(self, wording: Wording, programme: Programme | None) -> str:
        name = wording.called(self.part, self.id, programme)
        return self.stored or name if name == self.id else name


class Title(Struct, frozen=True):
    """What a part of the programme is called at the beginning of a sentence; `usual` where it has no name there."""

    part: Named
    usual: Phrase | AssetTitle

    def written(self, wording: Wording, programme: Programme | None) -> str:
        name = self.part.written(wording, programme)
        if name == self.part.id and not self._is_named(wording, programme):
            return self.usual.written(wording, programme)
        return name[:1].upper() + name[1:]

    def _is_named(self, wording: Wording, programme: Programme | None) -> bool:
        """Whether a text that is the id is also the part's name; the API's English has ids alone."""
        if wording is ENGLISH or programme is None:
            return False
        return self.part.id in programme.names_of(self.part.part, self.part.id).values()


class AssetTitle(Struct, frozen=True):
    """What an asset of the programme is called at the beginning of a sentence: as in the amounts of it, by its name, or
    its id where it has none or no language is asked for.
    """

    asset: str

    def written(self, wording: Wording, programme: Programme | None) -> str:
        name = wording.name_of(self.asset, programme)
        return name[:1].upper() + name[1:]


class Different(Struct, frozen=True):
    """Values with commas between them, of which those that read alike stand once."""

    values: tuple[Value, ...]

    def written(self, wording: Wording, programme: Programme | None) -> str:
        return ", ".join(dict.fromkeys(written(value, wording, programme) for value in self.values))


class ShopText(Struct, frozen=True):
    """A text that the shop has written, by language."""

    names: Names

    def written(self, wording: Wording, programme: Programme | None) -> str:  # noqa: ARG002 (one signature for all)
        return wording.name(self.names)


class InProgramme(Struct, frozen=True):
    """A value by the names of a programme of its own: of what another one has no more, or not yet."""

    value: Value
    programme: Programme

    def written(self, wording: Wording, programme: Programme | None) -> str:  # noqa: ARG002 (one signature for all)
        return written(self.value, wording, self.programme)


class Phrase(Struct, frozen=True):
    """A text with `%(name)s` for each of its values."""

    text: str
    values: Mapping[str, Value] = {}

    def written(self, wording: Wording, programme: Programme | None) -> str:
        return _filled(wording.gettext(self.text), self.values, wording, programme)


class Plural(Struct, frozen=True):
    """A text that depends on a number, which it has as `%(number)s`."""

    singular: str
    plural: str
    number: int

    def written(self, wording: Wording, programme: Programme | None) -> str:
        text = wording.ngettext(self.singular, self.plural, self.number)
        return _filled(text, {"number": self.number}, wording, programme)


def exact_amount(amount: Decimal, asset: str) -> Amount:
    """An amount of an asset, with all its decimals: the worth of a point may have more than money has."""
    decimals = max(money.decimals_of(asset), -int(amount.normalize().as_tuple().exponent))
    named = asset if decimals == money.decimals_of(asset) else f"{money.currency_of(asset)}/{decimals}"
    return Amount(int(amount.scaleb(decimals)), named)


def day_count(number: int) -> Plural:
    """So many days, as the middle of a sentence."""
    return Plural("%(number)s day", "%(number)s days", number)


def decimal_count(number: int) -> Plural:
    """So many decimals, as the middle of a sentence."""
    return Plural("%(number)s decimal", "%(number)s decimals", number)


Value: TypeAlias = (
    "str | int | Amount | AssetName | Figure | CalendarDay | Instant | Span | Named | Title | AssetTitle"
    " | Different | ShopText | InProgramme | Phrase | Plural | tuple[Value, ...]"
)
"""What fills a text; of several values a list with commas is made."""


def together(values: Sequence[Value]) -> Value:
    """Values in one phrase: `a, b and c`."""
    *some, last = values
    return Phrase("%(some)s and %(other)s", {"some": tuple(some), "other": last}) if some else last


def either(values: Sequence[Value]) -> Value:
    """Values in one phrase: `a, b or c`."""
    *some, last = values
    return Phrase("%(some)s or %(other)s", {"some": tuple(some), "other": last}) if some else last


AnyValue = TypeVar("AnyValue", bound=Value)


def with_semicolons(values: Sequence[AnyValue]) -> AnyValue | Phrase:
    """Values in one phrase, with semicolons between them: by halves, so that hundreds are not nested hundreds deep."""
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    some, other = with_semicolons(values[:half]), with_semicolons(values[half:])
    return Phrase("%(some)s; %(other)s", {"some": some, "other": other})


class Wording(Protocol):
    """How one language writes what a phrase is made of."""

    def gettext(self, text: str) -> str:
        """A text of the code in the language."""

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """The form that stands with a number."""

    def amount(self, minor: int, asset: str, programme: Programme | None = None) -> str:
        """An amount in minor units; an asset of the programme's own by its name."""

    def name_of(self, asset: str, programme: Programme | None = None) -> str:
        """What people call an asset."""

    def figure(self, text: str) -> str:
        """A number as the programme states it."""

    def number(self, value: int) -> str:
        """A whole number."""

    def period(self, per: Per, number: int) -> str:
        """A period of the calendar."""

    def day(self, day: date) -> str:
        """A day of the calendar."""

    def instant(self, at: int, timezone: str) -> str:
        """An instant in a zone."""

    def name(self, names: Names, fallback: str = "") -> str:
        """A shop's own text."""

    def called(self, part: Part, name: str, programme: Programme | None) -> str:
        """A part of the programme by its name, or by its id where it has none."""


class English:
    """English as the API writes it where no language is asked for."""

    def gettext(self, text: str) -> str:
        return text

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return singular if number == 1 else plural

    def amount(self, minor: int, asset: str, programme: Programme | None = None) -> str:  # noqa: ARG002 (see Wording)
        return f"1 {SINGLE[asset]}" if minor == 1 and asset in SINGLE else money.text(minor, asset)

    def name_of(self, asset: str, programme: Programme | None = None) -> str:  # noqa: ARG002 (see Wording)
        return money.currency_of(asset)

    def figure(self, text: str) -> str:
        return text

    def number(self, value: int) -> str:
        return str(value)

    def period(self, per: Per, number: int) -> str:
        return period_name(per, number)

    def day(self, day: date) -> str:
        return day.isoformat()

    def instant(self, at: int, timezone: str) -> str:  # noqa: ARG002 (see Wording)
        return iso(at)

    def name(self, names: Names, fallback: str = "") -> str:
        return names.get("en") or next(iter(names.values()), fallback)

    def called(self, part: Part, name: str, programme: Programme | None) -> str:  # noqa: ARG002 (see Wording)
        return name


ENGLISH = English()


def written(value: Value, wording: Wording = ENGLISH, programme: Programme | None = None) -> str:
    """A phrase, or a value of one, in words. `programme`: that whose names of assets count."""
    if isinstance(value, tuple):
        return ", ".join(written(part, wording, programme) for part in value)
    if isinstance(value, int):
        return wording.number(value)
    return value if isinstance(value, str) else value.written(wording, programme)


def _filled(text: str, values: Mapping[str, Value], wording: Wording, programme: Programme | None) -> str:
    return text % {name: written(value, wording, programme) for name, value in values.items()}
