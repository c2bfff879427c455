"""The lines of a DynamoDB export: an item a line, in the form that `chalicelib/store/codec.py` makes records of."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from chalicelib.store.codec import Raw


class Exported(Struct):
    """A line of an export."""

    item: Raw = msgspec.field(name="Item")


line = msgspec.json.Decoder(Exported).decode
