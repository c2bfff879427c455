"""Pseudonymous identities: member ids, normalised e-mails, keyed hashes of e-mails and traits, referral codes.

A member id is opaque and the storefront's own (`shop.207119551`); a guest is known by a keyed hash of the e-mail
(`guest.k3v…`). The key is the deployment's root secret, so that the table alone cannot be tested for an address.
Imports the errors and msgspec only.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from base64 import b32encode
from collections.abc import Iterator
from urllib.parse import unquote

from msgspec import Struct

from chalicelib.domain.errors import InvalidInput

MAX_MEMBER = 100
"""Letters of a member's id, with its namespace."""

_MEMBER = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:~-]{{0,{MAX_MEMBER - 1}}}")
_GMAIL = frozenset({"gmail.com", "googlemail.com"})

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that a code survives being read aloud (https://www.crockford.com/base32.html)."""

GUEST = "guest."
"""The prefix of a guest's member id; no storefront may have this namespace."""

HASH_SYMBOLS = 26
"""Symbols of an e-mail's keyed hash: 130 bits in base 32."""

_GUEST_ID = re.compile(rf"{re.escape(GUEST)}[a-z2-7]{{{HASH_SYMBOLS}}}")

ANYBODY = f"{GUEST}quote"
"""The buyer of a basket of whom nothing is known; no guest has this id, since theirs are hashes."""

_CODE_RANDOM = 11
_GROUP = 4
_OTHER_GROUPS = ((6, 6), (8, 4), (4, 8), (3, 3, 3, 3))
"""The lengths of groups in which people write a code, beside three groups of four."""

_GF32 = 0b100101
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CYRILLIC = dict(zip("АВЕЗКМНОРСТУХЅІЈԚԜавезкмнорстухѕіјԛԝ", "ABE3KMH0PCTYXS1JQWABE3KMH0PCTYXS1JQW", strict=True))
_GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεικορτχıİ", "ABEZH1KMN0PTYXABE1K0PTX11", strict=True))
_OTHER_ALPHABETS = str.maketrans(_CYRILLIC | _GREEK)
"""Letters of other alphabets that look like one symbol only; small nu, eta and upsilon look like v, n and u."""

MAX_CODE_TEXT = 2000
"""Characters of a text that are searched for a code: as long as a link with everything that networks append to it."""

_MAX_DECOMPOSED = 2 * MAX_CODE_TEXT
"""Characters of such a text once its letters are taken apart that are searched: an accent becomes a character of its
own, and some characters become eighteen.
"""

_QUOTINGS = 2
"""A link in the query of a network's own link is quoted, and once more where that link is shared in turn."""

_IN_A_PATH = re.compile(r"/r/([^/?#&\s]+)", re.IGNORECASE)
_IN_A_QUERY = re.compile(r"[?&#][^=&#\s]+=([^&#\s]+)")
_NUMBER_SIGNS = str.maketrans({"№": " ", "º": "°"})
"""Signs for "number" that would become letters: `№` reads "No"."""

_LABELS = re.compile(r"[\s,;:=#&?]+|\b(?:no|nr|n)[.°]", re.IGNORECASE)
"""What parts the words of a sentence; `No.` and `n°` stand before a code without a space."""

MAX_LABEL = 63
"""Characters of a label in a host's name (RFC 1035, 2.3.4)."""

MAX_EMAIL = 1000
"""Characters of an e-mail with the name before it; the address alone has 254 at the most (RFC 5321, 4.5.3.1). Composing
letters takes a time that grows with the square of a text's length.
"""

_QUOTED = re.compile(r'"([^\s"@\\(),:;<>\[\]]+)"')
"""A mailbox's name in quotes that it does not need."""


def member_id(value: str, field: str = "member") -> str:
    """A valid member id, unchanged. Raises InvalidInput, which does not repeat the value.

    An e-mail is refused: ids stand in the ledger, where no personal data may.
    """
    if not _MEMBER.fullmatch(value):
        raise InvalidInput(field, "must be 1 to 100 letters, digits or ._:~- (your customer id, never an e-mail)")
    return value


def member_of(namespace: str, customer: str | int, field: str) -> str:
    """The member id of a storefront's customer. Raises InvalidInput, which does not repeat the customer's id."""
    member = f"{namespace}.{customer}"
    if not _MEMBER.fullmatch(member):
        raise InvalidInput(
            field,
            "must be 1 to %(most)s letters, digits or ._:~- (your customer id, never an e-mail): with %(namespace)s. "
            "before it, it is a member id of 100 at most",
            most=MAX_MEMBER - len(namespace) - 1,
            namespace=namespace,
        )
    return member


def is_guest(member: str) -> bool:
    """Whether a member id is a guest's, who is known by an e-mail address only."""
    return member.startswith(GUEST)


def is_guest_id(member: str) -> bool:
    """Whether a member id is one that orders of guests can have: a keyed hash of an e-mail."""
    return bool(_GUEST_ID.fullmatch(member))


def normalised_email(email: str) -> str:
    """An e-mail in the one spelling of its mailbox: lower case, no plus tag, Gmail without dots; else empty.

    Angle brackets and a name before them are left out, as are zero-width characters and quotes that change nothing
    (RFC 5321, 4.1.2); letters are composed (RFC 6532, 3.1), and the host is in ASCII (UTS 46) without the dot of the
    root (RFC 1034, 3.1). What is longer than MAX_EMAIL is no e-mail.
    """
    if len(email) > MAX_EMAIL:
        return ""
    text = "".join(symbol for symbol in email if unicodedata.category(symbol) != "Cf").strip()
    if text.endswith(">"):
        text = text[:-1].rpartition("<")[2].strip()
    name, _, host = text.rpartition("@")
    quoted = _QUOTED.fullmatch(name)
    name = quoted[1] if quoted else name
    # Lower case can decompose, so that both are normalised again.
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).lower()).partition("+")[0]
    host = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", host).lower())
    labels = host.replace("\u3002", ".").removesuffix(".").split(".")
    # Not by Python's `idna` codec, which is that of 2003 and makes one host of `straße.de` and `strasse.de`. A label
    # that is longer than DNS allows is unchanged, as encoding is slow.
    host = ".".join(
        label if label.isascii() or len(label) > MAX_LABEL else f"xn--{label.encode('punycode').decode()}"
        for label in labels
    )
    if "." not in host:
        return ""
    if host in _GMAIL:
        name, host = name.replace(".", ""), "gmail.com"
    return f"{name}@{host}" if name else ""


def guest_id(email_hash: str) -> str:
    """The member id of the guest of an e-mail, given its keyed hash; empty for an empty one."""
    return f"{GUEST}{email_hash}" if email_hash else ""


class Identities(Struct, frozen=True):
    """Maps a storefront's data of a buyer to pseudonymous ids and keyed hashes.

    `namespace` keeps the customer numbers of two storefronts apart; storefronts that share customers share it.
    """

    key: bytes
    namespace: str = ""

    def __repr__(self) -> str:
        """The namespace alone: no text shows the key."""
        return f"Identities({self.namespace!r})"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return [("namespace", self.namespace)]

    def email_hash(self, email: str | None) -> str:
        """The keyed hash of an e-mail (130 bits of HMAC-SHA256, base 32); empty without an e-mail."""
        address = normalised_email(email or "")
        return self._hash("email", address, HASH_SYMBOLS) if address else ""

    def print_of(self, kind: str, value: str) -> str:
        """The fingerprint of a buyer's trait: its kind and its keyed hash, such as `card:k3v…`; `value` is normalised.

        50 bits of HMAC-SHA256 over both, base 32: enough to distinguish the buyers of one shop, and short.
        """
        return f"{kind}:{self._hash(kind, value, 10)}"

    def buyer(self, customer: str | int | None, email: str | None) -> str:
        """The member id of a buyer: the customer, else the guest of that e-mail, else empty."""
        if customer not in (None, "", 0, "0"):
            return member_of(self.namespace, customer, "customer id")
        return guest_id(self.email_hash(email))

    def _hash(self, kind: str, value: str, symbols: int) -> str:
        digest = hmac.new(self.key, f"{kind}:{value}".encode(), hashlib.sha256).digest()
        return b32encode(digest)[:symbols].decode().lower()


def new_code(entropy: bytes) -> str:
    """A referral code from at least 7 random bytes: 55 random bits and a check character."""
    number = int.from_bytes(entropy, "big")
    symbols = "".join(CODE_ALPHABET[number >> shift & 31] for shift in range(0, 5 * _CODE_RANDOM, 5))
    return symbols + _check(symbols)


def parse_code(text: str) -> str:
    """The referral code in a text that was typed or pasted; empty if its check character is wrong, as in a coupon.

    Characters other than letters and digits are ignored: spaces, dashes, quotes, accents, zero-width characters. So
    are a label before the code (`code: …`), and a sentence or a link around it, percent-encoded or not; letters of
    another width or alphabet that look the same are equal. In a sentence the code may be in groups of four, or in two
    of six, of eight and four, or four of three, where nothing else can be a code.
    """
    if text.isascii() and text.isalnum() and len(text) != _CODE_RANDOM + 1:
        return ""
    plain = _decomposed(text[:MAX_CODE_TEXT].translate(_NUMBER_SIGNS))
    codes = (code for place in _places(plain) if (code := _exactly(place)))
    return next(codes, "")


def _places(text: str) -> Iterator[str]:
    """The parts of a text that may be a code, the likeliest first: the text, a link's path and query, labels, words."""
    readings = _unquoted(text)
    yield from readings
    for reading in readings:
        # Our links lead to pages on which the code is the last parameter, behind those of networks.
        for quoted in (*_IN_A_PATH.findall(reading), *reversed(_IN_A_QUERY.findall(reading))):
            yield _decomposed(unquote(quoted))
    for reading in readings:
        yield from re.split(r"[:=#]", reading)
        yield from _words(reading)


def _unquoted(text: str) -> list[str]:
    """A text unchanged and, where it has percent signs, percent-decoded once and twice (a link inside a link)."""
    readings = [text]
    while len(readings) <= _QUOTINGS and "%" in readings[-1]:
        readings.append(_decomposed(unquote(readings[-1])))
    return readings


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", text)[:_MAX_DECOMPOSED]


def _words(text: str) -> Iterator[str]:
    """The words of a sentence that may be a code, then adjacent groups; ordinary words have no digit."""
    words = [bare for part in _LABELS.split(text) if (bare := "".join(filter(str.isalnum, part)))]
    threes = ["".join(group) for group in _in_a_row(words, (_GROUP,) * 3)]
    yield from (word for word in (*words, *threes) if _has_digit(word))
    others = {code for form in _OTHER_GROUPS for group in _in_a_row(words, form) if (code := _grouped(group))}
    if len(others) == 1:
        yield from others


def _in_a_row(words: list[str], lengths: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    """Adjacent words with these lengths."""
    rows = zip(*(words[i:] for i in range(len(lengths))), strict=False)
    return (row for row in rows if tuple(map(len, row)) == lengths)


def _grouped(group: tuple[str, ...]) -> str:
    """The code that some groups form, or empty: no group may be an ordinary word."""
    likely = all(_has_digit(part) or part.isupper() for part in group) and any(map(_has_digit, group))
    return _exactly("".join(group)) if likely else ""


def _has_digit(text: str) -> bool:
    return any(symbol.isdecimal() for symbol in text)


def _exactly(text: str) -> str:
    """The code that all letters and digits of a text form, or empty."""
    symbols = "".join(map(_digit, filter(str.isalnum, text.translate(_OTHER_ALPHABETS))))
    code = symbols.upper().translate(_LOOK_ALIKES)
    if len(code) != _CODE_RANDOM + 1 or any(symbol not in CODE_ALPHABET for symbol in code):
        return ""
    return code if _check(code[:-1]) == code[-1] else ""


def _digit(symbol: str) -> str:
    """A decimal digit of any script as 0 to 9; any other symbol unchanged."""
    return str(unicodedata.decimal(symbol, symbol))


def _check(symbols: str) -> str:
    # A sum in GF(32), doubled after each symbol, catches every wrong symbol and every two neighbours swapped.
    total = 0
    for symbol in symbols:
        total = (total ^ CODE_ALPHABET.index(symbol)) << 1
        total ^= _GF32 if total > 31 else 0
    return CODE_ALPHABET[total]
