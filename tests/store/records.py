"""Random records of every kind, made from the types of their fields."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from chalicelib.domain.ledger.transfers import Posting

BIG = 2**100
"""Beyond what a float, and beyond what a 64-bit integer holds."""

_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=12),
    int: st.integers(-BIG, BIG),
    bool: st.booleans(),
    type(None): st.none(),
}


def some(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type, down to the fields of its structs."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in _COMPOSED:
        return _COMPOSED[origin](arguments)
    if issubclass(kind, tuple):
        return st.builds(kind, **{name: some(part) for name, part in get_type_hints(kind).items()})
    fields = msgspec.structs.fields(kind)
    # An account's name is never empty, and what is packed takes an empty one for the account that is written once.
    accounts = dict.fromkeys(("source", "destination"), st.text(min_size=1, max_size=12)) if kind is Posting else {}
    return st.deferred(lambda: st.builds(kind, **{field.name: some(field.type) for field in fields} | accounts))


def _unions(arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.one_of(*map(some, arguments))


def _tuples(arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if arguments[-1] is Ellipsis:
        return st.lists(some(arguments[0]), max_size=2).map(tuple)
    return st.tuples(*map(some, arguments))


_COMPOSED: dict[Any, Callable[[tuple[Any, ...]], st.SearchStrategy[Any]]] = {
    Annotated: lambda _: st.integers(1, BIG),
    Union: _unions,
    types.UnionType: _unions,
    Literal: st.sampled_from,
    dict: lambda arguments: st.dictionaries(some(arguments[0]), some(arguments[1]), max_size=2),
    tuple: _tuples,
}
