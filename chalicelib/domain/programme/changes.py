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
from chalicelib.domain.core.phrases import Phrase, Value
from chalicelib.domain.programme.document import Programme

EARN = "earn"


def changes(old: Programme, new: Programme) -> Iterator[Phrase]:
    """A sentence for each field, rule and part that differs; defaults count as not stated."""
    before, after = _plain(old), _plain(new)
    rules_before, rules_after = (_by_id(document.pop(EARN, [])) for document in (before, after))
    for rule in dict.fromkeys((*rules_before, *rules_after)):
        yield from _part(rule, rules_before.get(rule), rules_after.get(rule), of_rule=True)
    for name in dict.fromkeys((*before, *after)):
        yield from _part(name, before.get(name), after.get(name))


def _plain(programme: Programme) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(programme, builtin_types=(Decimal, date))
    return plain


def _by_id(rules: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {rule["id"]: {name: value for name, value in rule.items() if name != "id"} for rule in rules}


def _part(path: str, before: Any, after: Any, *, of_rule: bool = False) -> Iterator[Phrase]:
    """What differs in a part of the document, down to the fields that do. `path`: of a rule its id, and the field."""
    if before == after:
        return
    where: Value = Phrase("rule %(path)s", {"path": path}) if of_rule else path
    if before is None:
        yield Phrase("%(where)s is new: %(value)s", {"where": where, "value": value_of(after)})
    elif after is None:
        yield Phrase("%(where)s is dropped; it was %(value)s", {"where": where, "value": value_of(before)})
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            yield from _part(f"{path}.{name}", before.get(name), after.get(name), of_rule=of_rule)
    else:
        values = {"where": where, "before": value_of(before), "after": value_of(after)}
        yield Phrase("%(where)s was %(before)s, becomes %(after)s", values)


def value_of(value: Any) -> Value:
    """A value of the document in a line, as its author wrote it: `percent 5, limits (amount 20, per month)`."""
    match value:
        case Mapping():
            return tuple(_field(name, part) for name, part in value.items()) or Phrase("as usual")
        case list() | tuple():
            return tuple(map(_nested, value)) or Phrase("none")
        case bool():
            return "true" if value else "false"
        case Decimal():
            return money.plain(value)
        case _:
            return str(value)


def _field(name: str, value: Any) -> Value:
    return Phrase("%(field)s %(value)s", {"field": name, "value": _nested(value)})


def _nested(value: Any) -> Value:
    inner = value_of(value)
    return Phrase("(%(value)s)", {"value": inner}) if isinstance(value, Mapping | list | tuple) else inner
