"""HMAC-SHA256 signatures, in the forms that the four kinds of senders use.

Every live secret is tried against every signature that was sent, each pair in constant time and none stopping the
others, so that the time taken tells nothing. Whatever is malformed simply does not match. Only of what was signed with
a live secret is it said that its time is too far away. An empty secret signs nothing, for anybody could. Imports the
errors only.
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256

from chalicelib.domain.errors import Unauthenticated

TOLERANCE_S = 300
"""How old a signed time may be, of the senders that sign one."""

HEADERS = (
    "X-Shopify-Hmac-SHA256",
    "X-WC-Webhook-Signature",
    "Stripe-Signature",
    "webhook-signature",
    "svix-signature",
)
"""The headers in which a signature can stand."""

_DIGITS = 12


def is_signed(
    message: bytes, keys: Iterable[bytes], given: Sequence[bytes], written: Callable[[bytes], bytes] = bytes
) -> bool:
    """Whether one of the given signatures is the HMAC-SHA256 of the message under one of the keys that are not empty.

    `written`: how the sender writes a signature. What is written is compared, as the senders document it: of base64
    several texts can stand for the same bytes.
    """
    expected = [written(hmac.new(key, message, sha256).digest()) for key in keys if key]
    return sum(hmac.compare_digest(wanted, signature) for wanted in expected for signature in given) > 0


def refusal(headers: Mapping[str, str]) -> Unauthenticated:
    """Why a delivery is not authentic, by its headers alone: of which connections there are it tells nothing."""
    if not any(headers.get(name.lower()) for name in HEADERS):
        return Unauthenticated("no signature came with it: one of the headers %(names)s must have it", names=HEADERS)
    return Unauthenticated(
        "the signature does not match: sign the body byte for byte as it is sent, with a live secret of the connection "
        "that the address names"
    )


def check_age(seconds: int) -> None:
    """Raises Unauthenticated where a signed time is more than TOLERANCE_S old, or ahead (below 0). To be asked of a
    signature that matches only: it tells whoever holds the secret, and nobody else.
    """
    if seconds > TOLERANCE_S:
        raise Unauthenticated(
            "the signature matches, but its time is %(seconds)s seconds old, and at most %(most)s are taken: set the "
            "sender's clock, and sign each attempt with the time at which it is sent",
            seconds=seconds,
            most=TOLERANCE_S,
        )
    if seconds < -TOLERANCE_S:
        raise Unauthenticated(
            "the signature matches, but its time is %(seconds)s seconds ahead, and at most %(most)s are taken: set the "
            "sender's clock",
            seconds=-seconds,
            most=TOLERANCE_S,
        )


def from_base64(text: str) -> bytes:
    """The bytes; empty for what is not base64."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""


def unix_seconds(text: str) -> int | None:
    """The number in a timestamp header; None for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None
