"""Rewrites msgspec's validation errors for people: the path first, then the rule, then the refused value.

Imports the errors only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from msgspec import Meta, Struct
from msgspec.structs import fields

from chalicelib.domain.errors import InvalidInput

SECRET = Meta(extra={"secret": True})
"""Marks a type whose values no answer repeats: `Annotated[str, SECRET]`."""

_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "decimal": "a number",
    "bool": "true or false",
}


def plainly(message: str, document: Any, kind: type[Any], whole: str, within: str = "") -> str:
    """``Expected `int`, got `str` - at `$.earn[0].vest_days` `` as `earn[0].vest_days must be a whole number, got 'x'`.

    `document` is the plain data that was refused, `kind` the type it was to be, `whole` what it is called. `within` is
    the path of the document in what the reader sees, empty where it is all of that.
    """
    problem, _, where = message.partition(" - at `$")
    path = where.rstrip("`").lstrip(".")
    unknown = re.match(r"Object contains unknown field `(.+)`", problem)
    inside = _joined(within, path)
    if unknown:
        return f"{_joined(inside, unknown[1])} is not a field of {whole}; remove it or check its spelling"
    missing = re.match(r"Object missing required field `(.+)`", problem)
    if missing:
        return f"{_joined(inside, missing[1])} must be given"
    named = f"every value of {inside.removesuffix('[...]')}" if path.endswith("[...]") else inside or whole
    value = None if _is_secret(_type_at(kind, path)) else _value_at(document, path)
    return str(InvalidInput(named, f"be {_rule(problem, path, kind)}", value))


def _rule(problem: str, path: str, kind: type[Any]) -> str:
    length = re.match(r"Expected `str` of length ([<>])= (\d+)", problem)
    if length:
        return f"text of at {'most' if length[1] == '<' else 'least'} {length[2]} characters"
    expected = re.match(r"Expected `(.+?)`", problem.replace("Invalid decimal string", "Expected `decimal`"))
    if not expected:
        choices = [choice for choice in get_args(_type_at(kind, path)) if isinstance(choice, str)]
        return f"one of {', '.join(choices)}" if choices else "one of the documented values"
    return " or ".join(_WORDS.get(word, word) for word in expected[1].split(" | "))


def _type_at(kind: Any, path: str) -> Any:
    """The type at a path; inside a union such as `ReviewRule | None` that of its struct."""
    for name in re.findall(r"[^.\[\]]+(?![^\[]*\])", path):
        inside = next(
            (member for member in (kind, *get_args(kind)) if isinstance(member, type) and issubclass(member, Struct)),
            None,
        )
        kind = next((field.type for field in fields(inside) if field.name == name), None) if inside else None
    return _without_none(kind)


def _is_secret(kind: Any) -> bool:
    """Whether values of a type must not be repeated in errors, which callers may log."""
    choices = (kind, *get_args(kind))
    return any(meta is SECRET for choice in choices for meta in getattr(choice, "__metadata__", ()))


def _without_none(kind: Any) -> Any:
    return (
        next((member for member in get_args(kind) if get_args(member)), kind) if type(None) in get_args(kind) else kind
    )


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


def _value_at(document: Any, path: str) -> object:
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        try:
            document = document[int(index)] if index else document[key]
        except (KeyError, IndexError, TypeError):
            return None
    return None if isinstance(document, Mapping) else document
