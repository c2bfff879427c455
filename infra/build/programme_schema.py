"""The JSON Schema of the programme document, for editors: generated from its types, committed in `docs/`.

An earning rule is of the kind whose marks it has, as where it is read. What only a computation can tell (a zone that
exists, days that outlast others) is said by `programme check`. Imports the programme's types.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.kinds import KINDS, EarningKind
from chalicelib.domain.programme.rules import ID, OF_REFERRALS, Earning
from infra.build.artifacts import ROOT

PLACE = ROOT / "docs" / "programme.schema.json"
PERCENT = {"minimum": 0, "maximum": 100}
BOUNDS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("percent", "min_percent", "max_percent", "holdout"), PERCENT),
    "id": {"pattern": f"^(?!{OF_REFERRALS}){ID}$"},
    "currency": {"pattern": "^[A-Z]{3}$"},
}
"""What fields of these names are held to, wherever they stand."""

DECIMAL = "decimal"
"""The format of text that msgspec takes a decimal for; in the document it is a number."""


def schema() -> dict[str, Any]:
    """The schema, JSON Schema 2020-12."""
    kinds = [kind.document() for kind in KINDS]
    (programme, *_), parts = msgspec.json.schema_components([Programme, *kinds], ref_template="#/$defs/{name}")
    del parts[Earning.__name__]
    parts[Programme.__name__]["properties"]["earn"]["items"] = _rule(KINDS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The programme document of Ristourne",
        **programme,
        "$defs": {name: _bounded(_readable(part)) for name, part in sorted(parts.items())},
    }


def _bounded(part: dict[str, Any]) -> dict[str, Any]:
    """A part whose fields have the bounds that the check holds them to, by their names."""
    properties = {name: value | BOUNDS.get(name, {}) for name, value in part.get("properties", {}).items()}
    return part | ({"properties": properties} if properties else {})


def write() -> Path:
    """Write the schema where it is committed; that place."""
    PLACE.write_text(json.dumps(schema(), indent=2) + "\n")
    return PLACE


def _rule(kinds: tuple[EarningKind, ...]) -> dict[str, Any]:
    """A rule's schema: that of the first kind of which it has a mark, and of the first kind where it has none."""
    chosen = _ref(kinds[0])
    for kind in reversed(kinds):
        marked = {"anyOf": [{"required": [mark]} for mark in kind.marks]}
        chosen = {"if": marked, "then": _ref(kind), "else": chosen}
    return chosen


def _ref(kind: EarningKind) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{kind.document().__name__}"}


def _readable(part: Any) -> Any:
    """A part with decimals as numbers, and with each description as one paragraph."""
    if isinstance(part, dict) and part.get("format") == DECIMAL:
        return {"type": "number"} | ({"default": float(part["default"])} if part.get("default") else {})
    if isinstance(part, dict):
        plain = {name: _readable(value) for name, value in part.items()}
        if isinstance(plain.get("description"), str):
            plain["description"] = " ".join(plain["description"].split())
        return plain
    return [_readable(value) for value in part] if isinstance(part, list | tuple) else part
