"""How a programme document writes its values: on one line, or on lines of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct

_PLAIN = re.compile(r"(https://)?[^\W\d_]([\w\u2019' ./-]*[\w/])?")
"""Text that YAML takes for text without quotes, but for the words below."""

_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))


class DocumentStyle(Struct, frozen=True):
    """How a document writes its values. `quoted`: every text in quotes, as in JSON."""

    quoted: bool = False

    def flow(self, value: Any) -> str:
        """A value on one line: `{fr: Carte café, en: Coffee card}`."""
        match value:
            case Mapping():
                return "{" + ", ".join(f"{self.text(name)}: {self.flow(part)}" for name, part in value.items()) + "}"
            case list() | tuple():
                return "[" + ", ".join(map(self.flow, value)) + "]"
            case bool():
                return "true" if value else "false"
            case int() | Decimal():
                return str(value)
            case date():
                return f'"{value}"' if self.quoted else str(value)
            case _:
                return self.text(value)

    def text(self, text: str) -> str:
        """A text, in quotes where it could be taken for anything else."""
        if not self.quoted and _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
            return text
        return json.dumps(text, ensure_ascii=not text.isprintable())

    def block(self, value: Mapping[str, Any], column: int) -> str:
        """The fields of a mapping on lines of their own, from a column on; the first one's line begins before it."""
        fields = [f"{self.text(name)}: {self.flow(part)}" for name, part in value.items()]
        return f"\n{' ' * column}".join(fields)

    def inside(self, value: Any, column: int) -> str:
        """What stands behind the name of a field: items and fields on lines of their own, two columns further in."""
        margin = f"\n{' ' * (column + 2)}"
        match value:
            case list():
                return "".join(f"{margin}- {self.block(item, column + 4)}" for item in value)
            case Mapping():
                inside = ((self.text(name), self.inside(part, column + 2)) for name, part in value.items())
                return "".join(f"{margin}{name}:{part}" for name, part in inside)
            case _:
                return f" {self.flow(value)}"
