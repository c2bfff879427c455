"""What differs between two programmes, in words: for `programme publish`, before it publishes.

Rules are told by their ids, so that one that moved in the list is the same. Imports the programme.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from chalicelib.domain.core import money
from chalicelib.domain.programme.document import Programme

EARN = "earn"


def changes(old: Programme, new: Programme) -> Iterator[str]:
    """A line for each field, rule and part that differs; defaults count as not stated."""
    before, after = _plain(old), _plain(new)
    rules_before, rules_after = (_by_id(document.pop(EARN, [])) for document in (before, after))
    for rule in dict.fromkeys((*rules_before, *rules_after)):
        yield from _part(f"rule {rule}", rules_before.get(rule), rules_after.get(rule))
    for name in dict.fromkeys((*before, *after)):
        yield from _part(name, before.get(name), after.get(name))


def _plain(programme: Programme) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(programme, builtin_types=(Decimal, date))
    return plain


def _by_id(rules: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {rule["id"]: {name: value for name, value in rule.items() if name != "id"} for rule in rules}


def _part(path: str, before: Any, after: Any) -> Iterator[str]:
    """What differs in a part of the document, down to the fields that do."""
    if before == after:
        return
    if before is None:
        yield f"{path} is new: {text(after)}"
    elif after is None:
        yield f"{path} is dropped; it was {text(before)}"
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            yield from _part(f"{path}.{name}", before.get(name), after.get(name))
    else:
        yield f"{path} was {text(before)}, becomes {text(after)}"


def text(value: Any) -> str:
    """A value of the document in a line: `percent 5, limits (amount 20, per month)`."""
    match value:
        case Mapping():
            return ", ".join(f"{name} {_nested(part)}" for name, part in value.items()) or "as usual"
        case list() | tuple():
            return ", ".join(map(_nested, value)) or "none"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return money.plain(value)
        case _:
            return str(value)


def _nested(value: Any) -> str:
    inner = text(value)
    return f"({inner})" if isinstance(value, Mapping | list | tuple) else inner
