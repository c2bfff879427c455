"""The first document of a shop: the starter, with what a form asks put in its places."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import Phrase
from chalicelib.edge.console.programme.document.fields import FilledForm, PartField, Rows
from chalicelib.edge.console.programme.document.paying import paying_fields, typed_most
from chalicelib.edge.console.programme.document.pieces import lasting_fields, spendable
from chalicelib.edge.console.programme.document.text import with_value, without_field
from chalicelib.edge.words import Words, marked

NO_PAGE = marked("Write the address of a page of your shop, as your browser shows it.")
NO_HTTPS = marked("The address must begin with https://.")

CURRENCIES = (
    *("EUR", "USD", "GBP", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON"),
    *("TRY", "MAD", "TND", "XOF", "XAF", "ZAR", "AED", "ILS", "INR", "SGD", "HKD", "JPY", "KRW", "BRL", "MXN"),
)
"""Common currencies; the document takes any other."""

PROPOSED = {"minimum": "2.00", "gift": "3.00", "friend_minimum": "20.00"}
"""The sums that the form proposes; a hundred times as much of a currency without decimals, whose units are small."""

REGIONS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")

ZONES = {"fr": "Europe/Paris", "en": "Europe/London"}
"""The zone that the form proposes, by the reader's language."""


def rows(words: Words) -> Rows:
    """The fields of the form."""
    currencies = tuple((code, f"{code} · {words.currency_name(code)}") for code in CURRENCIES)
    zones = tuple((zone, zone.replace("_", " ")) for zone in _zones())
    small = words.gettext("If it has no decimals, like JPY, the sums proposed below become a hundred times as much.")
    page = words.gettext("Where the links lead that members share: your first page, or one that welcomes newcomers.")
    return [
        (PartField("name", words.gettext("Name of the shop"), needed=True, whole=("name",)),),
        (
            PartField("currency", words.gettext("Currency"), "choice", small, options=currencies, whole=("currency",)),
            PartField(
                "timezone",
                words.gettext("Time zone"),
                "choice",
                value=ZONES.get(words.locale, ""),
                options=zones,
                whole=("timezone",),
            ),
        ),
        (PartField("page", words.gettext("A page of your shop"), hint=page, needed=True, whole=("landing",)),),
        (
            PartField(
                "percent",
                words.gettext("Cashback, percent of each order"),
                "number",
                value="5",
                needed=True,
                whole=("earn[0].percent",),
            ),
        ),
        _lasting_row(words),
        paying_fields(words, PROPOSED["minimum"], "50"),
        *_referral_rows(words),
    ]


def _lasting_row(words: Words) -> tuple[PartField, ...]:
    """From when and until when rewards can be spent."""
    fields = lasting_fields(words, {"vest_days": "14", "expire_days": "365"})
    return tuple(replace(field, paths=(), whole=(f"earn[0].{field.name}",)) for field in fields)


def _referral_rows(words: Words) -> Rows:
    bonus, gift = words.gettext("Percent of what two friends buy"), words.gettext("Welcome gift for a friend")
    label = words.gettext("Members who bring friends get a bonus")
    return [
        (PartField("referral", label, "check", value="1"),),
        (
            PartField("bonus", bonus, "number", value="10", whole=("referral.percent",)),
            PartField(
                "gift",
                gift,
                "number",
                words.gettext("Empty: none."),
                value=PROPOSED["gift"],
                whole=("referral.welcome",),
            ),
            PartField(
                "friend_minimum",
                words.gettext("Smallest order of a friend"),
                "number",
                words.gettext("Below it a friend does not count and gets no gift. Empty: any order counts."),
                value=PROPOSED["friend_minimum"],
                whole=("referral.qualifies",),
            ),
        ),
    ]


FOR_EDITORS = "# yaml-language-server:"


def document(starter: str, form: FilledForm) -> str:
    """The starter with what the form states; with something else in the place of what cannot be read. The line for
    editors at its beginning leads nowhere in a shop.
    """
    starter = starter.partition("\n")[2] if starter.startswith(FOR_EDITORS) else starter
    page, host = _page(form)
    currency = form.choice("currency", CURRENCIES)
    values: dict[str, Any] = {
        "name": form.text("name", needed=True),
        "currency": currency,
        "timezone": form.choice("timezone", _zones()),
        "landing.page": page,
        "landing.hosts[0]": host,
        "earn[0].percent": form.number("percent", needed=True, is_percent=True),
    }
    lasting = spendable(form)
    values |= {f"earn[0].{name}": days for name, days in lasting.items()}
    values["spending.max_percent"] = typed_most(form)
    values["spending.minimum"] = _proposed(form, "minimum", currency)
    if form.has("referral"):
        values |= _referral(form, currency, lasting)
    else:
        starter = without_field(starter, "", "referral")
    return starter if form.wrong else _with_values(starter, values)


def _referral(form: FilledForm, currency: str, lasting: Mapping[str, int | Decimal | None]) -> dict[str, Any]:
    """The values of the section for friends, whose rewards last as long as cashback does."""
    values: dict[str, Any] = {"referral.percent": form.number("bonus", needed=True, is_percent=True)}
    least, gift = _proposed(form, "friend_minimum", currency), _proposed(form, "gift", currency)
    values |= {"referral.qualifies": None} if least is None else {"referral.qualifies.minimum": least}
    values |= {f"referral.{name}": days for name, days in lasting.items()}
    if gift is None:
        return values | {"referral.welcome": None}
    values |= {f"referral.welcome.{name}": days for name, days in lasting.items()}
    return values | {"referral.welcome.amount": gift}


def _proposed(form: FilledForm, name: str, currency: str) -> Decimal | None:
    """A sum of the form; where it is the one that was proposed, that of the currency."""
    if form.text(name).replace(",", ".") == PROPOSED[name] and money.scale_of(currency) == 0:
        return Decimal(int(Decimal(PROPOSED[name]) * 100))
    return form.number(name, asset=money.asset_of(currency))


def _with_values(source: str, values: Mapping[str, Any]) -> str:
    """A document with values in their places, and without the fields that have none."""
    for path, value in values.items():
        part, _, name = path.rpartition(".")
        source = without_field(source, part, name) if value is None else with_value(source, path, value)
    return source


def _page(form: FilledForm) -> tuple[str, str]:
    """The address that was typed, with https where no scheme was, and its host."""
    typed = form.text("page", needed=True)
    address = typed if "://" in typed or not typed else f"https://{typed}"
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    if typed and (not host or " " in address):
        form.wrong["page"] = Phrase(NO_PAGE)
    elif not address.startswith("https://") and host not in ("localhost", "127.0.0.1", ""):
        form.wrong["page"] = Phrase(NO_HTTPS)
    return address, host


def _zones() -> list[str]:
    """The zones that people live in."""
    return sorted(zone for zone in available_timezones() if zone.startswith(REGIONS))
