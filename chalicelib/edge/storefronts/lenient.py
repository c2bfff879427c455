"""Coerces a JSON body that failed strict validation towards the type that is expected.

Shops send `null` for a list and for a flag, `""` for a number, `[]` for an object (PHP has one empty array for both),
an object with the keys 0, 2, 3 for a list, and one object where a list of one was meant. None of that says anything of
money. Rules, by the type that a field has:

    an empty value (null, "", [], {}, a date of zeros) that the type does not know    the field is not stated
    an object for a list      its values if the keys count them, else the list of that one object
    a list of one object for an object                                                that object
    an empty entry of a list                                                          is no entry
    "true", "yes", 1 for a flag; a number for text; digits for a whole number         what they mean
    what cannot be read of a field that is marked LENIENT                               is not stated

Here is too what else only a body that failed needs: which document stands in an order's place, the words of a field.
Imports msgspec only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, inspect

Build = Callable[[type[Any], object], object]

FLAGS = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}

_STEP = re.compile(r"([^.\[\]]+)|(\[[0-9]+\])")
"""A step of a path: the name of a field, or an index."""

_DIGITS = re.compile(r"[0-9]{1,15}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,79}")
_ENVELOPES = frozenset({"order", "refund", "dispute", "charge"})


def fit(raw: object, shape: Any, build: Build) -> object:
    """A value coerced towards `shape` (a type that msgspec knows); `build` makes the types of ours in it."""
    result = _fit(raw, _type_info(shape), build)
    return raw if result is UNSET else result


def known_mistake(raw: object) -> str:
    """A text that names the known document that was sent in place of an order; empty for any other document."""
    if not isinstance(raw, dict) or "id" in raw:
        return ""
    code = raw.get("code")
    if "message" in raw and isinstance(code, str) and _CODE.fullmatch(code):
        return (
            f"the body is an error of the shop's REST API ({code}) in the place of an order: "
            "the user to whom the webhook belongs must be allowed to read orders"
        )
    if "errors" in raw or isinstance(raw.get("error"), dict | str):
        return "the body is an error document of the storefront's API in the place of an order"
    envelopes = _ENVELOPES & raw.keys()
    if envelopes and "type" not in raw:
        name = min(envelopes)
        return f"the body must be the {name} itself, not an envelope with {name!r}: set the webhook to the newest API"
    return ""


def words_at(shape: Any, path: str) -> list[str]:
    """The words of which the field at a path such as `data.status` takes one."""
    kinds = _members(_type_info(shape))
    for name, index in _STEP.findall(path):
        within = (_within(kind, name, index) for kind in kinds)
        kinds = [member for inner in within if inner for member in _members(inner)]
    return [str(value) for kind in kinds if isinstance(kind, inspect.LiteralType) for value in kind.values]


def _members(kind: inspect.Type) -> list[inspect.Type]:
    """The types that a type allows, without what annotates them."""
    if isinstance(kind, inspect.Metadata):
        return _members(kind.type)
    if isinstance(kind, inspect.UnionType):
        return [member for inner in kind.types for member in _members(inner)]
    return [kind]


def _within(kind: inspect.Type, name: str, index: str) -> inspect.Type | None:
    """The type of a field, or of an entry, of a type; None where it has none."""
    if index:
        return kind.item_type if isinstance(kind, inspect.ListType) else None
    fields = kind.fields if isinstance(kind, inspect.StructType) else ()
    return next((field.type for field in fields if field.encode_name == name), None)


@cache
def _type_info(shape: Any) -> inspect.Type:
    return inspect.type_info(shape)


def _is_empty(raw: object) -> bool:
    return raw is None or raw in ("", [], {}) or (isinstance(raw, str) and raw.startswith("0000-00-00"))


def _fit(raw: object, wanted: inspect.Type, build: Build) -> object:
    """A value coerced towards a type; UNSET if it counts as not given."""
    match wanted:
        case inspect.AnyType():
            fitted = raw
        case inspect.Metadata():
            fitted = _fit(raw, wanted.type, build)
        case inspect.UnionType():
            fitted = _fit_union(raw, wanted, build)
        case inspect.ListType():
            fitted = _fit_list(raw, wanted, build)
        case inspect.StructType():
            fitted = _fit_struct(raw, wanted, build)
        case inspect.StrType() if raw == "":
            fitted = raw
        case _:
            fitted = UNSET if _is_empty(raw) else _fit_scalar(raw, wanted)
    return fitted


def _fit_scalar(raw: object, wanted: inspect.Type) -> object:
    if isinstance(wanted, inspect.BoolType) and isinstance(raw, str | int):
        return FLAGS.get(str(raw).strip().lower(), raw)
    if isinstance(wanted, inspect.StrType) and isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        return str(raw)
    if isinstance(wanted, inspect.IntType) and isinstance(raw, str) and _DIGITS.fullmatch(raw):
        return int(raw)
    return raw


def _fit_union(raw: object, wanted: inspect.UnionType, build: Build) -> object:
    """A value coerced towards the only member of a union that it can be: an object is never text."""
    nothing = None if wanted.includes_none else UNSET
    if raw is None:
        return nothing
    members = [member for member in wanted.types if not isinstance(member, inspect.NoneType)]
    if len(members) > 1 and isinstance(raw, dict):
        members = [member for member in members if isinstance(member, inspect.StructType)]
    if len(members) == 1:
        raw = _fit(raw, members[0], build)
    return nothing if raw is UNSET or (len(members) > 1 and _is_empty(raw)) else raw


def _fit_list(raw: object, wanted: inspect.ListType, build: Build) -> object:
    if isinstance(raw, dict):
        raw = list(raw.values()) if all(key.isdecimal() for key in raw) else [raw]
    if not isinstance(raw, list):
        return UNSET if _is_empty(raw) else raw
    entries = [_fit(entry, wanted.item_type, build) for entry in raw if entry is not None]
    return [entry for entry in entries if entry is not UNSET]


def _fit_struct(raw: object, wanted: inspect.StructType, build: Build) -> object:
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if _is_empty(raw) and (raw != {} or any(field.required for field in wanted.fields)):
        return UNSET
    if not isinstance(raw, dict):
        return raw
    known = {field.encode_name for field in wanted.fields}
    fields = {name: raw[name] for name in raw.keys() - known if wanted.forbid_unknown_fields}
    for field in wanted.fields:
        if field.encode_name not in raw:
            continue
        fitted = _fit(raw[field.encode_name], field.type, build)
        if _is_lenient(field.type):
            fitted = _readable(fitted, _hints(wanted.cls)[field.name], build)
        if fitted is not UNSET:
            fields[field.encode_name] = fitted
    return fields


def _is_lenient(wanted: inspect.Type) -> bool:
    return isinstance(wanted, inspect.Metadata) and bool((wanted.extra or {}).get("lenient"))


@cache
def _hints(shape: type[Any]) -> dict[str, Any]:
    # With what annotates them: text that is longer than its field allows cannot be read either.
    return get_type_hints(shape, include_extras=True)


def _readable(fitted: object, hint: Any, build: Build) -> object:
    """A value if it is of its type and within its bounds, a list's valid entries, else UNSET."""
    bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    listed = next((kind for kind in (bare, *get_args(bare)) if get_origin(kind) is list), None)
    if isinstance(fitted, list) and listed:
        entries = (_readable(entry, get_args(listed)[0], build) for entry in fitted)
        return [entry for entry in entries if entry is not UNSET]
    try:
        msgspec.convert(fitted, hint, dec_hook=build)
    except msgspec.ValidationError:
        return UNSET
    return fitted
