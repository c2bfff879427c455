"""Fingerprints of a buyer's traits (address, phone, card, device), by which one person with two accounts is detected.

An address, a phone number, a card, a device: each is brought to one spelling and leaves this module as a keyed hash
after its kind (`address:k3v…`), never as itself. `mail:disposable` is said plainly of an e-mail at a provider of
throw-away mailboxes. A trait is a clue and never a reason to refuse an order: whatever cannot be read gives none.
Imports the domain, and the list of such providers only where there is an e-mail.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from chalicelib.domain.core.identity import Identities, normalised_email

DISPOSABLE = "mail:disposable"

_PHONE_DIGITS = 9
"""The last ones: enough for one subscriber, and without the prefixes that are written or left out."""

_FEWEST_DIGITS = 7
_LONGEST_HOST = 253

MAX_WORDS = 500
"""Characters of a part of an address, such as the street; a longer one is none. Shoppers write it, of any length, and
taking accents off takes a time that grows with the square of that.
"""


class Fields(Struct, frozen=True):
    """A sender's field names of an address; of several for the country the first that is filled counts."""

    street: tuple[str, ...]
    postcode: str
    city: str = "city"
    country: tuple[str, ...] = ("country",)


class Traits(Struct, frozen=True, kw_only=True):
    """A buyer's traits in an order; of several addresses (made by `address`) and phones the first valid one counts."""

    email: str | None = None
    addresses: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    card: str = ""
    device: str = ""


def prints(traits: Traits, identities: Identities) -> tuple[str, ...]:
    """The keyed hashes of traits, at most one of each kind, and DISPOSABLE for a throw-away mailbox."""
    values = {
        "address": next(filter(None, traits.addresses), ""),
        "phone": next(filter(None, map(_subscriber, filter(None, traits.phones))), ""),
        "card": traits.card.strip(),
        "device": traits.device.strip(),
    }
    hashes = (identities.print_of(kind, value) for kind, value in values.items() if value)
    return (*hashes, DISPOSABLE) if traits.email and _is_disposable(traits.email) else tuple(hashes)


def address(raw: object, fields: Fields) -> str:
    """An address normalised as street, postcode or else city, country; empty if one of the three is missing.

    The name is not part of it: a household shares its address. The flat is, where it is stated.
    """
    street = _words(" ".join(text(raw, name) for name in fields.street))
    place = _words(text(raw, fields.postcode)).replace(" ", "") or _words(text(raw, fields.city))
    country = _words(next((value for name in fields.country if (value := text(raw, name))), ""))
    return f"{street}|{place}|{country}" if street and place and country else ""


def text(raw: object, *path: str) -> str:
    """The text at a path of nested objects; empty where there is no text."""
    value = part(raw, *path)
    return value if isinstance(value, str) else ""


def part(raw: object, *path: str) -> Any:
    """The value at a path of nested objects; None where there is none."""
    for name in path:
        raw = raw.get(name) if isinstance(raw, Mapping) else None
    return raw


def joined_if_all(texts: Iterable[str]) -> str:
    """The texts joined, or an empty text if one is empty: a network address alone is shared by a house or an office."""
    parts = list(texts)
    return " ".join(parts) if all(parts) else ""


def _words(written: str) -> str:
    """A text in lower case without accents and punctuation, one space between words; empty beyond MAX_WORDS."""
    if len(written) > MAX_WORDS:
        return ""
    plain = unicodedata.normalize("NFKD", written.casefold())
    characters = (
        character if character.isalnum() else " " for character in plain if not unicodedata.combining(character)
    )
    return " ".join("".join(characters).split())


def _subscriber(phone: str) -> str:
    """The last digits of a phone number; empty for a short one, and for a placeholder such as 0000000."""
    digits = "".join(str(unicodedata.decimal(character)) for character in phone if character.isdecimal())
    return digits[-_PHONE_DIGITS:] if len(digits) >= _FEWEST_DIGITS and len(set(digits)) > 1 else ""


def _is_disposable(email: str) -> bool:
    host = normalised_email(email).rpartition("@")[2]
    if not host or len(host) > _LONGEST_HOST:
        return False
    from disposable_email_domains import blocklist

    labels = host.split(".")
    return any(".".join(labels[i:]) in blocklist for i in range(len(labels) - 1))
