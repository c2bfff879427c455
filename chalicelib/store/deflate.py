"""Bytes made smaller by zlib, and back, never beyond a stated size: what the table holds could have been tampered with.

Imports nothing of the project.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode

MAX_INFLATED_BYTES = 8 * 1024 * 1024
"""More than the largest delivery, and many times the facts of the largest order."""


def deflated(content: bytes) -> bytes:
    """The content, compressed."""
    return zlib.compress(content)


def inflated(content: bytes, most: int = MAX_INFLATED_BYTES) -> bytes:
    """The content as it was. Raises ValueError for what is damaged, or larger than `most` bytes."""
    inflater = zlib.decompressobj()
    try:
        whole = inflater.decompress(content, most + 1)
    except zlib.error as error:
        raise ValueError(f"cannot be inflated: {error}") from None
    if len(whole) > most:
        raise ValueError(f"inflates to more than {most} bytes")
    if not inflater.eof:
        raise ValueError("cannot be inflated: it is cut off")
    return whole


def to_base64(text: str) -> str:
    """A text, compressed, as DynamoDB's JSON writes binary values."""
    return b64encode(deflated(text.encode())).decode()


def from_base64(content: str) -> str:
    """The text of `to_base64`. Raises ValueError."""
    return inflated(b64decode(content, validate=True)).decode()
