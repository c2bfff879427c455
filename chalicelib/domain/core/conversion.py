"""Converts plain data to a typed document, and says everything that is wrong with it at once.

msgspec stops at the first problem. Here each one is mended by a value of its type, and the conversion goes on; what was
mended is remembered, since nothing true can be said of it any more. Imports the errors of validation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from chalicelib.domain.core.validation_errors import (
    joined,
    members,
    missing_field,
    parted,
    plainly,
    refusal,
    type_at,
    unknown_field,
    value_at,
)
from chalicelib.domain.errors import InvalidInput

T = TypeVar("T")

MAX_PROBLEMS = 100

MAX_READINGS = 300
"""How often a document is read, each time as a whole: once more for each problem, and each number written as text."""

_WHOLE = re.compile(r"([+-]?[0-9]{1,18})(?:\.0+)?")
"""A whole number, with decimals of 0 or without."""

_VALUES: dict[Any, Any] = {str: "-", bool: False, int: 1, Decimal: 1, date: "2027-01-01"}


class TypedDocument(Struct, Generic[T], frozen=True):
    """A document, the problems of its types, and the paths at which it was mended, so that it says nothing there."""

    document: T
    problems: tuple[InvalidInput, ...] = ()
    mended: tuple[str, ...] = ()


def converted(plain: Any, kind: type[T], whole: str, within: str = "") -> TypedDocument[T]:
    """Plain data as a typed document, with every problem of types, missing and unknown fields.

    `whole` is what the document is called, `within` its path in what the reader sees.
    """
    draft, problems, mended = plain, list[InvalidInput](), list[str]()
    readings = 0
    while True:
        try:
            return TypedDocument(msgspec.convert(draft, kind), tuple(problems), tuple(mended))
        except msgspec.ValidationError as error:
            message = str(error)
        draft = _copy(plain) if draft is plain else draft
        readings += 1
        is_too_much = len(problems) >= MAX_PROBLEMS or readings > MAX_READINGS
        if is_too_much or (not parted(message)[1] and not isinstance(draft, Mapping)):
            problem = plainly(message, draft, kind, whole, within)
            return TypedDocument(msgspec.convert(_value(kind), kind), (*problems, problem), (*mended, within))
        for path, problem in _mended(draft, message, kind, whole, within):
            mended.append(joined(within, path))
            problems.append(problem)


def _mended(draft: Any, message: str, kind: Any, whole: str, within: str) -> Iterator[tuple[str, InvalidInput]]:
    """The problem that a message is about, by its path, while the draft is mended there. A whole number that is written
    with decimals of 0 or in quotes is none, as it is none where decimals are taken.
    """
    problem, path = parted(message)
    before, is_mapping, _ = path.partition("[...]")
    if is_mapping:
        yield from _mended_values(draft, before, kind, whole, within)
        return
    sentence = plainly(message, draft, kind, whole, within)
    if unknown := unknown_field(problem):
        del value_at(draft, path)[unknown]
        yield joined(path, unknown), sentence
    elif missing := missing_field(problem):
        value_at(draft, path)[missing] = _value(type_at(kind, joined(path, missing)))
        yield joined(path, missing), sentence
    elif (number := _whole(value_at(draft, path))) is not None and int in members(type_at(kind, path)):
        _put(draft, path, number)
    else:
        _put(draft, path, _value(type_at(kind, path)))
        yield path, sentence


def _whole(value: object) -> int | None:
    """The whole number that stands in plain data as a decimal or as text; None for anything else."""
    match = _WHOLE.fullmatch(str(value)) if isinstance(value, Decimal | str) else None
    return int(match[1]) if match else None


def _mended_values(draft: Any, path: str, kind: Any, whole: str, within: str) -> Iterator[tuple[str, InvalidInput]]:
    """The problems of a mapping's values, by path, while these are mended or taken out: msgspec names no key."""
    mapping, mapping_kind, value_kind = value_at(draft, path), type_at(kind, path), type_at(kind, f"{path}[...]")
    is_of_parts = _is_struct(value_kind)
    for key, value in list(mapping.items()):
        at = joined(path, key)
        if is_of_parts and isinstance(value, Mapping):
            for inner, sentence in _mended_part(value, value_kind, whole, joined(within, at)):
                yield joined(at, inner), sentence
        try:
            msgspec.convert({key: value}, mapping_kind)
        except msgspec.ValidationError as error:
            number = _whole(value)
            if number is not None and int in members(value_kind):
                mapping[key] = number
                continue
            del mapping[key]
            problem, _ = parted(str(error))
            shown = None if isinstance(value, Mapping) else value
            yield at, refusal(joined(within, at), problem, value_kind, shown)


def _mended_part(part: Any, kind: Any, whole: str, within: str) -> Iterator[tuple[str, InvalidInput]]:
    """The problems of a part of the draft, by path, while they are mended one by one."""
    for _ in range(MAX_PROBLEMS):
        try:
            msgspec.convert(part, kind)
        except msgspec.ValidationError as error:
            message = str(error)
        else:
            return
        yield from _mended(part, message, kind, whole, within)


def _copy(plain: Any) -> Any:
    """A copy of plain data in which no part stands twice: what is mended at one place stays as it is at others."""
    if isinstance(plain, Mapping):
        return {name: _copy(value) for name, value in plain.items()}
    return [_copy(value) for value in plain] if isinstance(plain, list | tuple) else plain


def _put(draft: Any, path: str, value: Any) -> None:
    """Put a value at a path of plain data."""
    if path.endswith("]"):
        before, _, index = path.rpartition("[")
        value_at(draft, before)[int(index[:-1])] = value
    else:
        before, _, name = path.rpartition(".")
        value_at(draft, before)[name] = value


def _value(kind: Any) -> Any:
    """A value, as plain data, that a type takes: null where it may be null."""
    allowed = list(members(kind))
    if NoneType in allowed:
        return None
    first = allowed[0]
    if get_origin(first) is Literal:
        return get_args(first)[0]
    if _is_struct(first):
        required = (field for field in fields(first) if field.default is NODEFAULT)
        return {field.encode_name: _value(field.type) for field in required if field.default_factory is NODEFAULT}
    if get_origin(first) is tuple and Ellipsis not in get_args(first):
        return [_value(part) for part in get_args(first)]
    return _VALUES.get(first, {} if get_origin(first) is dict else [])


def _is_struct(kind: Any) -> bool:
    """Whether a type is a struct, whose fields have types of their own."""
    return isinstance(kind, type) and issubclass(kind, Struct)
