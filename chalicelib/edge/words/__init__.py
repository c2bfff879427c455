"""Texts, amounts and days in a reader's language: the server writes them for pages, the widget and the API alike.

A text stands in the code in English, marked by `gettext`, `ngettext` or `marked`; `fr.po` beside this module has its
French, and another language is one more file (`python -m infra words` finds new texts and compiles). Amounts and days
are written by Babel. Both are loaded at the first use, so that a webhook's start does without.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import Per, local_day, period_name
from chalicelib.domain.core.phrases import SINGLE

if TYPE_CHECKING:
    from gettext import NullTranslations

    from babel import Locale
    from babel.numbers import NumberPattern

    from chalicelib.domain.core.phrases import Part
    from chalicelib.domain.programme.assets import Asset
    from chalicelib.domain.programme.document import Programme

ENGLISH = "en"
"""The language of the code's texts, and of whoever names none that we have."""

FOLDER = Path(__file__).parent
REMEMBERED = 4096
"""Amounts and numbers of which is remembered how a language writes them: a card writes most of them several times."""

THINGS = "things"
"""An asset without decimals: what a whole number counts is written as that is."""

MINUS, NO_BREAK = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"


def marked(text: str) -> str:
    """The text as it is: marks one that stands in a table, and is translated where it is used."""
    return text


@lru_cache
def languages() -> tuple[str, ...]:
    """The languages that there are, English first."""
    return (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.mo")))


def known(locale: str) -> str:
    """The language of a locale such as `fr-CA` (`fr`); empty for one that we do not have."""
    language = locale.replace("_", "-").partition("-")[0].strip().lower()
    return language if language in languages() else ""


DAY_FIRST = {"long": "d MMMM y", "medium": "d MMM y"}
"""How days are written in English: as most shops' readers do, where Babel's own is the form of the United States."""


QUARTER = {ENGLISH: "QQQ y"}
"""How a quarter is written where Babel's long form does not stand in a sentence: `in Q4 2026`."""


def of(locale: str) -> Words:
    """The words of a locale's language; English where we do not have it."""
    return _words(known(locale) or ENGLISH)


@lru_cache
def _words(language: str) -> Words:
    return Words(language)


class Words:
    """What a reader of one language is shown. `locale`: the language, as `lang` of a page names it."""

    def __init__(self, locale: str) -> None:
        from gettext import GNUTranslations, NullTranslations

        from babel import Locale

        self.locale = locale
        self._babel: Locale = Locale.parse(locale)
        self._texts: NullTranslations = NullTranslations()
        self._in_figures = lru_cache(REMEMBERED)(self._written_amount)
        if locale != ENGLISH:
            with (FOLDER / f"{locale}.mo").open("rb") as catalogue:
                self._texts = GNUTranslations(catalogue)

    def gettext(self, text: str) -> str:
        """A text of the code in this language, its placeholders (`%(name)s`) unfilled."""
        return self._texts.gettext(text) if text else ""

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """The form of a text that stands with a number, its placeholders unfilled."""
        return self._texts.ngettext(singular, plural, number)

    def amount(self, minor: int, asset: str, programme: Programme | None = None) -> str:
        """An amount in minor units: `€1,234.50`, `1 234,50 €`; `120 points` by the programme's name of the asset."""
        text = self._in_figures(minor, asset)
        if money.is_money(asset):
            return text
        return f"{text}{NO_BREAK}{self._single(minor, asset, programme) or self.name_of(asset, programme)}"

    def _written_amount(self, minor: int, asset: str) -> str:
        """An amount of money with its currency, or the number alone of what the programme names."""
        decimals, code = money.decimals_of(asset), money.currency_of(asset)
        value = Decimal(minor).scaleb(-decimals)
        if money.is_money(asset):
            return self._number(value, decimals, self._babel.currency_formats["standard"], code)
        return self._number(value, decimals, self._babel.decimal_formats[None])

    def name_of(self, asset: str, programme: Programme | None = None) -> str:
        """What people call an asset: the programme's name of it, or its code."""
        own = _own_asset(asset, programme)
        return self.name(own.name if own else {}, money.currency_of(asset))

    def _single(self, minor: int, asset: str, programme: Programme | None) -> str:
        """What people call as many of an asset as this language says in the singular; empty where they have no word."""
        own = _own_asset(asset, programme)
        value = Decimal(minor).scaleb(-money.decimals_of(asset))
        if self._babel.plural_form(value) != "one":
            return ""
        return (self._in_this(own.singular) if own else "") or SINGLE.get(self.name_of(asset, programme), "")

    def currency_name(self, code: str) -> str:
        """The name of a currency: `euro`."""
        from babel.numbers import get_currency_name

        return get_currency_name(code, locale=self._babel)

    def name(self, names: Mapping[str, str], fallback: str = "") -> str:
        """A shop's own text, by language: in this one, in another region's, in English, or as it stands first."""
        return self._in_this(names) or names.get(ENGLISH) or next(iter(names.values()), fallback)

    def _in_this(self, names: Mapping[str, str]) -> str:
        """A shop's own text in this language, or in that of a region; empty where it has none."""
        regional = (text for language, text in names.items() if language.startswith(f"{self.locale}-"))
        return names.get(self.locale) or next(regional, "")

    def called(self, part: Part, name: str, programme: Programme | None) -> str:
        """What people call a level, a rule or an activity: the programme's name of it, or its id; an earning without a
        name by the asset that it gives, or its kind.
        """
        names = programme.names_of(part, name) if programme else {}
        if programme and part == "earning" and not names:
            return self._given_by(name, programme)
        return self.name(names, name)

    def _given_by(self, rule: str, programme: Programme) -> str:
        """What a rule without a name gives, in the middle of a sentence: `leaves`, `cashback`; else its id."""
        earning = next((earning for earning in programme.earn if earning.id == rule), None)
        if earning is None:
            return rule
        asset = earning.asset(programme.currency, programme)
        if not money.is_money(asset):
            return self.name_of(asset, programme)
        kind = self.gettext(earning.NAME)
        return kind[:1].lower() + kind[1:]

    def figure(self, text: str) -> str:
        """A number as the programme states it, such as a percent: `2.5`, `2,5`."""
        point = self._babel.number_symbols["latn"]["decimal"]
        return text.replace(".", point)

    def percent(self, part: int, whole: int) -> str:
        """A part of a whole in percent, with a decimal: `7.4%`, `7,4 %`. `whole` must not be 0."""
        value = (Decimal(part) / whole).quantize(Decimal("0.001"), ROUND_HALF_UP)
        return self._number(value, 1, self._babel.percent_formats[None])

    def period(self, per: Per, number: int) -> str:
        """A period of the calendar: `November 2026`, `novembre 2026`; empty for all time."""
        from babel.dates import format_date

        match per:
            case "day":
                return self.day(date.fromordinal(number))
            case "week":
                week = date.fromordinal(number * 7 + 1).isocalendar()
                return self.gettext("week %(week)s of %(year)s") % {"week": week.week, "year": week.year}
            case "month" | "quarter":
                months = 1 if per == "month" else 3
                year, part = divmod(number, 12 // months)
                form = "MMMM y" if per == "month" else QUARTER.get(self.locale, "QQQQ y")
                return format_date(date(year, part * months + 1, 1), form, locale=self._babel)
            case _:
                return period_name(per, number)

    def number(self, value: int) -> str:
        """A whole number: `1,234`, `1 234`."""
        return self._in_figures(value, THINGS)

    def _number(self, value: Decimal, decimals: int, pattern: NumberPattern, currency: str | None = None) -> str:
        """A number with the asset's own decimals, which are not always those that Babel's pattern has."""
        exact = copy(pattern)
        exact.frac_prec = (decimals, decimals)
        text: str = exact.apply(value, self._babel, currency=currency, currency_digits=False)
        return text.replace("-", MINUS)

    def day(self, day: date) -> str:
        """A day in full: `25 November 2027`, `25 novembre 2027`, `1er janvier 2027`."""
        return self._date(day, "long")

    def _date(self, day: date, form: Literal["long", "medium"]) -> str:
        """A day by a form of Babel's, which writes the first of a month as a plain number in every language."""
        from babel.dates import format_date

        pattern = DAY_FIRST[form] if self.locale == ENGLISH else form
        return self._first(format_date(day, pattern, locale=self._babel))

    def _first(self, text: str) -> str:
        """A day that begins with its number, the first of a month as this language writes that."""
        first = self.gettext("1 ")
        return f"{first}{text[2:]}" if text.startswith("1 ") else text

    def day_of_year(self, month_and_day: str) -> str:
        """A day of every year, stated as `05-12`: `12 May`, `12 mai`; empty where none is stated."""
        from babel.dates import format_date

        if not month_and_day:
            return ""
        text = format_date(date.fromisoformat(f"2000-{month_and_day}"), "d MMMM", locale=self._babel)
        return self._first(text)

    def months(self) -> list[str]:
        """The names of the twelve months, as they stand alone."""
        names = self._babel.months["stand-alone"]["wide"]
        return [names[number] for number in range(1, 13)]

    def last_day(self, end: int, timezone: str) -> str:
        """The last day, in the programme's zone, before an instant at which something ends: `expires_at` of a lot."""
        return self.day(last_day(end, timezone))

    def instant(self, at: int, timezone: str) -> str:
        """An instant in a zone, to the minute: `25 November 2027, 2:05 PM GMT+01:00`."""
        from babel.dates import format_datetime, format_time

        zoned = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(timezone))
        clock = format_time(zoned, "short", tzinfo=zoned.tzinfo, locale=self._babel)
        zone = format_datetime(zoned, "ZZZZ", tzinfo=zoned.tzinfo, locale=self._babel)
        return f"{self.day(zoned.date())}, {clock} {zone}"

    def moment(self, at: int, timezone: str) -> str:
        """An instant in a zone that stands elsewhere, to the minute and short: `25 Nov 2027, 2:05 PM`."""
        from babel.dates import format_time

        zoned = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(timezone))
        clock = format_time(zoned, "short", tzinfo=zoned.tzinfo, locale=self._babel)
        return f"{self._date(zoned.date(), 'medium')}, {clock}"


def last_day(end: int, timezone: str) -> date:
    """The last local day before an instant at which something ends."""
    return local_day(end - 1, timezone)


def _own_asset(asset: str, programme: Programme | None) -> Asset | None:
    """The programme's own asset of a ledger's name; None for money, and for what it does not have."""
    from chalicelib.domain.programme import assets

    return assets.asset_in(programme, asset) if programme else None
