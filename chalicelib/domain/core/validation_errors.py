"""Rewrites msgspec's validation errors for people: the path first, then the rule, then the refused value.

Imports the errors only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

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

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+|\.\.\.)\]")
"""A step of a path: the name of a field, or an index (`...`: any value of a mapping)."""


def plainly(message: str, document: Any, kind: type[Any], whole: str, within: str = "") -> str:
    """``Expected `int`, got `str` - at `$.earn[0].vest_days` `` as `earn[0].vest_days must be a whole number, got 'x'`.

    `document` is the plain data that was refused, `kind` the type it was to be, `whole` what it is called. `within` is
    the path of the document in what the reader sees, empty where it is all of that.
    """
    problem, path = parted(message)
    inside = joined(within, path)
    if unknown := unknown_field(problem):
        return f"{joined(inside, unknown)} is not a field of {whole}; {_instead(unknown, _names(kind, path))}"
    if missing := missing_field(problem):
        return f"{joined(inside, missing)} must be given"
    named = f"every value of {inside.removesuffix('[...]')}" if path.endswith("[...]") else inside or whole
    refused = value_at(document, path)
    value = None if isinstance(refused, Mapping) or _is_secret(type_at(kind, path)) else refused
    return refusal(named, problem, type_at(kind, path), value)


def refusal(path: str, problem: str, kind: Any, value: object) -> str:
    """The sentence for a value that is not of its type: the path, the rule, the value, the word that may be meant."""
    words = [choice for choice in _choices(kind) if isinstance(choice, str)]
    return f"{InvalidInput(path, f'be {_rule(problem, kind, words, value)}', value)}{meant(value, words)}"


def meant(value: object, words: Iterable[str]) -> str:
    """`; did you mean delivery?` for a word that is like one of some; empty where none is."""
    word = similar(value, words) if isinstance(value, str) else ""
    return f"; did you mean {word}?" if word else ""


def similar(text: str, words: Iterable[str]) -> str:
    """The word that a text is most like: begun alike to the end of one of both, or nearly the same; empty if none."""
    from difflib import get_close_matches

    bare = {word.lower().replace("_", "").replace("-", ""): word for word in words}
    wanted = text.lower().replace("_", "").replace("-", "")
    begun = [key for key in bare if len(wanted) > 2 and (wanted.startswith(key) or key.startswith(wanted))]
    matches = begun or get_close_matches(wanted, list(bare), 1, 0.7)
    return bare[matches[0]] if matches else ""


def parted(message: str) -> tuple[str, str]:
    """What msgspec says is wrong, and the path where, empty for the whole."""
    problem, _, where = message.partition(" - at `$")
    return problem, where.rstrip("`").lstrip(".")


def unknown_field(problem: str) -> str:
    """The name of the unknown field that a problem is about; empty where it is about none."""
    match = re.match(r"Object contains unknown field `(.+)`", problem)
    return match[1] if match else ""


def missing_field(problem: str) -> str:
    """The name of the missing field that a problem is about; empty where it is about none."""
    match = re.match(r"Object missing required field `(.+)`", problem)
    return match[1] if match else ""


def joined(path: str, name: str) -> str:
    """The path of a field of what stands at a path."""
    return f"{path}.{name}" if path and name else path or name


def type_at(kind: Any, path: str) -> Any:
    """The type that is declared at a path; None where there is none."""
    for name, index in _STEP.findall(path):
        kind = next((inner for member in members(kind) if (inner := _inside(member, name, index))), None)
    return kind


def members(kind: Any) -> Iterator[Any]:
    """The types that a type allows: the members of a union, without what annotates them."""
    if get_origin(kind) in (Union, UnionType):
        for member in get_args(kind):
            yield from members(member)
    elif get_origin(kind) is Annotated:
        yield from members(get_args(kind)[0])
    else:
        yield kind


def value_at(document: Any, path: str) -> Any:
    """What stands at a path of plain data; None where nothing does."""
    for name, index in _STEP.findall(path):
        try:
            document = document[int(index)] if index else document[name]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return document


def _inside(kind: Any, name: str, index: str) -> Any:
    """The type of a field, or of an item, of one type."""
    if name:
        is_struct = isinstance(kind, type) and issubclass(kind, Struct)
        return next((field.type for field in fields(kind) if field.encode_name == name), None) if is_struct else None
    if get_origin(kind) is dict:
        return get_args(kind)[1] if index == "..." else None
    return get_args(kind)[0] if get_origin(kind) in (tuple, list) else None


def _rule(problem: str, kind: Any, words: list[str], value: object) -> str:
    length = re.match(r"Expected `str` of length ([<>])= (\d+)", problem)
    if length:
        return f"text of at {'most' if length[1] == '<' else 'least'} {length[2]} characters"
    if date in members(kind):
        return "a date such as 2027-01-15"
    expected = re.match(r"Expected `(.+?)`", problem.replace("Invalid decimal string", "Expected `decimal`"))
    if not expected:
        return f"one of {', '.join(words)}" if words else "one of the documented values"
    rule = " or ".join(_WORDS.get(word, word) for word in expected[1].split(" | "))
    return f"{rule}{_hint(expected[1], value)}"


def _hint(expected: str, value: object) -> str:
    """How to write what is almost right: a number with a comma or a percent sign, a list without dashes."""
    if "decimal" in expected and isinstance(value, str) and re.fullmatch(r"[\d.]+,\d+", value.strip()):
        return " with a decimal point, not a comma"
    if ("decimal" in expected or "int" in expected) and isinstance(value, str) and value.strip().endswith("%"):
        return " without the percent sign"
    return ""


def _instead(unknown: str, names: list[str]) -> str:
    """What to do about an unknown field: the field that it is like, or all there are."""
    if name := similar(unknown, names):
        return f"did you mean {name}?"
    return f"its fields are {', '.join(names)}" if names else "remove it"


def _names(kind: Any, path: str) -> list[str]:
    """The names of the fields of the struct at a path."""
    structs = (member for member in members(type_at(kind, path)) if isinstance(member, type))
    return [field.encode_name for struct in structs if issubclass(struct, Struct) for field in fields(struct)]


def _choices(kind: Any) -> list[Any]:
    return [choice for member in members(kind) if get_origin(member) is Literal for choice in get_args(member)]


def _is_secret(kind: Any) -> bool:
    """Whether values of a type must not be repeated in errors, which callers may log."""
    choices = (kind, *get_args(kind))
    return any(meta is SECRET for choice in choices for meta in getattr(choice, "__metadata__", ()))
