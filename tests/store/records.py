"""Random records of every kind, made from the types of their fields."""

from __future__ import annotations

import types
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

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
    if origin is Annotated:
        return st.integers(1, BIG)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(some, arguments))
    if origin is dict:
        return st.dictionaries(some(arguments[0]), some(arguments[1]), max_size=2)
    if origin is tuple:
        return _tuples(arguments)
    fields = msgspec.structs.fields(kind)
    return st.deferred(lambda: st.builds(kind, **{field.name: some(field.type) for field in fields}))


def _tuples(arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if arguments[-1] is Ellipsis:
        return st.lists(some(arguments[0]), max_size=2).map(tuple)
    return st.tuples(*map(some, arguments))
