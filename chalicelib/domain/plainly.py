"""What msgspec says of a document, as a person says it: the path first, then the rule, then the value that was there.

Imports the errors only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.domain.errors import InvalidInput

_WORDS = {"object": "a mapping", "array": "a list", "str": "text", "int": "a whole number", "decimal": "a number"}


def plainly(message: str, document: Any, whole: str) -> str:
    """``Expected `int`, got `str` - at `$.earn[0].vest_days` `` as `earn[0].vest_days must be a whole number, got 'x'`.

    `whole` names the document (`a programme`), `document` is the plain data that was refused.
    """
    problem, _, where = message.partition(" - at `$")
    path = where.rstrip("`").lstrip(".")
    unknown = re.match(r"Object contains unknown field `(.+)`", problem)
    if unknown:
        return f"{_joined(path, unknown[1])} is not a field of {whole}; remove it or check its spelling"
    missing = re.match(r"Object missing required field `(.+)`", problem)
    if missing:
        return f"{_joined(path, missing[1])} must be given"
    expected = re.match(r"Expected `(.+?)`", problem.replace("Invalid decimal string", "Expected `decimal`"))
    words = expected[1].split(" | ") if expected else ["one of the documented values"]
    rule = " or ".join(_WORDS.get(word, word) for word in words)
    return str(InvalidInput(path or whole, f"be {rule}", _value_at(document, path)))


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _value_at(document: Any, path: str) -> object:
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        try:
            document = document[int(index)] if index else document[key]
        except (KeyError, IndexError, TypeError):
            return None
    return None if isinstance(document, Mapping) else document
