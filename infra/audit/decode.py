"""Decoder of the lines of a DynamoDB export, an item each, in the form that `store/codec.py` takes."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from chalicelib.store.codec import Raw


class Exported(Struct):
    """A line of an export."""

    item: Raw = msgspec.field(name="Item")


line = msgspec.json.Decoder(Exported).decode
