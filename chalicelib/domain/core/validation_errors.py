"""Rewrites msgspec's validation errors for people: the path first, then the rule, then the refused value.

Imports the errors, and phrases where something is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import Meta, Struct
from msgspec.structs import fields

from chalicelib.domain.errors import InvalidInput

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Phrase, Value

SECRET = Meta(extra={"secret": True})
"""Marks a type whose values no answer repeats: `Annotated[str, SECRET]`."""

BY_RULE = Meta(extra={"by": "rule"})
"""Marks a mapping of numbers by the ids of rules, where others are sums by currency."""

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+|\.\.\.)\]")
"""A step of a path: the name of a field, or an index (`...`: any value of a mapping)."""


_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
"""A number that is written as text."""


def plainly(message: str, document: Any, kind: type[Any], whole: str, within: str = "") -> InvalidInput:
    """``Expected `int`, got `str` - at `$.earn[0].vest_days` `` as `earn[0].vest_days must be a whole number, got 'x'`.

    `document` is the plain data that was refused, `kind` the type it was to be, `whole` what it is called (a text of
    the catalogues). `within` is the path of the document in what the reader sees, empty where it is all of that.
    """
    from chalicelib.domain.core.phrases import Phrase

    problem, path = parted(message)
    inside = joined(within, path)
    if unknown := unknown_field(problem):
        field, hint = joined(inside, unknown), _instead(unknown, _names(kind, path))
        return InvalidInput(field, "is not a field of %(whole)s", whole=Phrase(whole), hint=hint)
    if missing := missing_field(problem):
        return InvalidInput(joined(inside, missing), "must be given")
    value = value_at(document, path)
    value = None if isinstance(value, Mapping) or _is_secret(type_at(kind, path)) else value
    refused = refusal(inside, problem, type_at(kind, path), value, is_whole=not path)
    if path.endswith("[...]"):
        values = {"path": inside.removesuffix("[...]"), **refused.values}
        return InvalidInput("", "every value of %(path)s must be %(kind)s", value, hint=refused.hint, **values)
    if inside:
        return refused
    return InvalidInput(
        "", "%(whole)s must be %(kind)s", value, hint=refused.hint, whole=Phrase(whole), **refused.values
    )


def refusal(path: str, problem: str, kind: Any, value: object, *, is_whole: bool = False) -> InvalidInput:
    """A value that is not of its type: the path, the rule, the value, the word that may be meant or what fields a
    mapping has in its place; of a whole document (`is_whole`) these are too many to help.
    """
    words = [choice for choice in _choices(kind) if isinstance(choice, str)]
    hint = meant(value, words)
    rule = _by_key(kind, value) or _rule(problem, kind, words, value)
    return InvalidInput(
        path, "must be %(kind)s", value, kind=rule, hint=hint or (None if is_whole else _fields_of(kind, value))
    )


def meant(value: object, words: Iterable[str]) -> Phrase | None:
    """`did you mean delivery?` for a word that is like one of some; None where none is."""
    from chalicelib.domain.core.phrases import Phrase

    word = similar(value, words) if isinstance(value, str) else ""
    return Phrase("did you mean %(word)s?", {"word": word}) if word else None


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


def _rule(problem: str, kind: Any, words: list[str], value: object) -> Value:
    """What a value must be."""
    from chalicelib.domain.core.phrases import Phrase

    if length := re.match(r"Expected `(str|array)` of length ([<>])= ([0-9]+)", problem):
        return _of_length(length[1], length[2], length[3])
    if bound := re.match(r"Expected `int` ([<>])= (-?[0-9]+)", problem):
        if bound[1] == "<":
            return Phrase("a whole number up to %(number)s", {"number": bound[2]})
        return Phrase("a whole number from %(number)s on", {"number": bound[2]})
    if date in members(kind):
        return Phrase("a date such as 2027-01-15")
    expected = re.match(r"Expected `(.+?)`", problem.replace("Invalid decimal string", "Expected `decimal`"))
    if not expected:
        return _one_of(kind, words)
    return _of_texts(kind, value) or _hinted(_kind(expected[1]), expected[1], value)


def _one_of(kind: Any, words: list[str]) -> Phrase:
    """The words that can stand in a place, and what can stand there besides."""
    from chalicelib.domain.core.phrases import Phrase

    if not words:
        return Phrase("one of the documented values")
    values: dict[str, Value] = {"words": tuple(words)}
    if dict[str, Decimal] in members(kind):
        return Phrase("one of %(words)s, or a mapping by currency such as {EUR: 1.00}", values)
    return Phrase("one of %(words)s", values)


def _by_key(kind: Any, value: object) -> Phrase | None:
    """How numbers are written of which one is stated for each rule, or for each currency; None for anything else."""
    from chalicelib.domain.core.phrases import Phrase

    is_number = isinstance(value, int | Decimal) or (isinstance(value, str) and bool(_NUMBER.fullmatch(value)))
    is_number = is_number and not isinstance(value, bool)
    if _is_marked(kind, BY_RULE):
        return Phrase("a mapping by rule such as {cashback: %(number)s}", {"number": str(value) if is_number else "2"})
    if dict[str, Decimal] in members(kind) and is_number:
        return Phrase("a mapping by currency such as {EUR: %(number)s}", {"number": str(value)})
    return None


def _of_texts(kind: Any, value: object) -> Phrase | None:
    """How a mapping of yes and no by name, one of texts by language, or a list of texts is written; None for others."""
    from chalicelib.domain.core.phrases import Phrase

    if dict[str, bool | None] in members(kind):
        return Phrase('a mapping of names to true, false or null, such as {"newsletter": true}')
    if dict[str, str] in members(kind) and isinstance(value, str):
        return Phrase("a mapping by language such as {en: %(text)s}", {"text": value[:40]})
    if tuple[str, ...] in members(kind) and isinstance(value, str):
        return Phrase("a list such as [%(text)s]", {"text": value[:40]})
    return None


def _of_length(kind: str, bound: str, number: str) -> Value:
    """What is too short (`>`) or too long (`<`) must be, by msgspec's name of its kind and its bound."""
    from chalicelib.domain.core.phrases import Phrase

    values: dict[str, Value] = {"number": number}
    match kind, bound:
        case "str", "<":
            return Phrase("text of at most %(number)s characters", values)
        case "str", _:
            return Phrase("text of at least %(number)s characters", values)
        case _, "<":
            return Phrase("a list of at most %(number)s", values)
    return Phrase("a list of %(number)s or more", values)


def _kind(expected: str) -> Value:
    """Types as people call them: `text or a whole number`."""
    from chalicelib.domain.core.phrases import Phrase

    names = {
        "object": Phrase("a mapping"),
        "array": Phrase("a list"),
        "str": Phrase("text"),
        "int": Phrase("a whole number"),
        "decimal": Phrase("a number"),
        "bool": Phrase("true or false"),
    }
    first, *others = (names.get(word, word) for word in expected.split(" | "))
    for other in others:
        first = Phrase("%(kind)s or %(other)s", {"kind": first, "other": other})
    return first


def _hinted(kind: Value, expected: str, value: object) -> Value:
    """How to write what is almost right: a number with a comma or a percent sign, a word that YAML reads as another."""
    from chalicelib.domain.core.phrases import Phrase

    if "decimal" in expected and isinstance(value, str) and re.fullmatch(r"[0-9.]+,[0-9]+", value.strip()):
        return Phrase("%(kind)s with a decimal point, not a comma", {"kind": kind})
    if ("decimal" in expected or "int" in expected) and isinstance(value, str) and value.strip().endswith("%"):
        return Phrase("%(kind)s without the percent sign", {"kind": kind})
    if expected.startswith("str") and isinstance(value, bool):
        # YAML takes the words yes and no for truth values.
        return Phrase('%(kind)s in quotes, such as "%(word)s"', {"kind": kind, "word": "yes" if value else "no"})
    return kind


def _instead(unknown: str, names: list[str]) -> Phrase:
    """What to do about an unknown field: the field that it is like, or all there are."""
    from chalicelib.domain.core.phrases import Phrase

    if hint := meant(unknown, names):
        return hint
    return Phrase("its fields are %(names)s", {"names": tuple(names)}) if names else Phrase("remove it")


def _fields_of(kind: Any, value: object) -> Phrase | None:
    """`its fields are amount, give, of` for a value that stands in the place of a mapping of these; None for others."""
    names = _names(kind, "")
    return _instead("", names) if names and not isinstance(value, Mapping) and value is not None else None


def _names(kind: Any, path: str) -> list[str]:
    """The names of the fields of the struct at a path, its own before those that others have too."""
    structs = (member for member in members(type_at(kind, path)) if isinstance(member, type))
    return [name for struct in structs if issubclass(struct, Struct) for name in _own_first(struct)]


def _own_first(struct: type[Struct]) -> list[str]:
    """The names of a struct's fields, those first that the fewest of its base classes have."""
    bases = [base for base in struct.__mro__ if issubclass(base, Struct)]
    by_age = sorted(fields(struct), key=lambda field: sum(field.name in base.__struct_fields__ for base in bases))
    return [field.encode_name for field in by_age]


def _choices(kind: Any) -> list[Any]:
    return [choice for member in members(kind) if get_origin(member) is Literal for choice in get_args(member)]


def _is_secret(kind: Any) -> bool:
    """Whether values of a type must not be repeated in errors, which callers may log."""
    return _is_marked(kind, SECRET)


def _is_marked(kind: Any, mark: Meta) -> bool:
    """Whether a type, or one that it allows, is annotated with a mark."""
    choices = (kind, *get_args(kind))
    return any(mark in getattr(choice, "__metadata__", ()) for choice in choices)
