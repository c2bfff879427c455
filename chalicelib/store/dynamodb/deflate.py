"""zlib compression, and decompression up to a limit: what the table holds could have been tampered with.

Imports nothing of the project.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode

MAX_INFLATED_BYTES = 8 * 1024 * 1024
"""More than the largest delivery, and many times the facts of the largest order."""


def deflated(content: bytes) -> bytes:
    """The content compressed by zlib."""
    return zlib.compress(content)


def inflated(content: bytes, most: int = MAX_INFLATED_BYTES) -> bytes:
    """The content decompressed. Raises ValueError for damaged content, and for more than `most` bytes."""
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
    """A text compressed and in base64, as DynamoDB's JSON writes binary values."""
    return b64encode(deflated(text.encode())).decode()


def from_base64(content: str) -> str:
    """The text that `to_base64` has compressed. Raises ValueError for anything else."""
    return inflated(b64decode(content, validate=True)).decode()
