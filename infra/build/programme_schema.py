"""The JSON Schema of the programme document, for editors: generated from its types, committed in `docs/`.

An earning rule is of the kind whose marks it has, as where it is read. What only a computation can tell (a zone that
exists, days that outlast others) is said by `programme check`. Imports the programme's types.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.domain.programme import assets, awards, boards, campaigns, referral
from chalicelib.domain.programme.document import MAX_HOLD_MINUTES, MAX_RULES, Programme
from chalicelib.domain.programme.kinds import KINDS, EarningKind
from chalicelib.domain.programme.rules import ID, MAX_DAYS, MAX_MONTHS, MAX_TIMES, OF_REFERRALS, Earning
from chalicelib.domain.programme.segments import MAX_SEGMENTS
from chalicelib.domain.rewards.ladder import MAX_RUNGS
from infra.build.artifacts import ROOT

PLACE = ROOT / "docs" / "programme.schema.json"
Bounds = dict[str, dict[str, Any]]
"""What fields are held to, by their names."""


def _between(least: int, most: int) -> dict[str, Any]:
    """The bounds of a number."""
    return {"minimum": least, "maximum": most}


def _listed(least: int, most: int) -> dict[str, Any]:
    """How many a list has."""
    return ({"minItems": least} if least else {}) | {"maxItems": most}


DAY = {"pattern": "^2[0-9]{3}-"}
"""From FIRST_DAY to LAST_DAY."""

BOUNDS: Bounds = {
    **dict.fromkeys(("percent", "min_percent", "max_percent", "holdout"), _between(0, 100)),
    **dict.fromkeys(("vest_date", "starts", "ends"), DAY),
    "vest_days": _between(0, MAX_DAYS),
    "expire_days": _between(1, MAX_DAYS),
    "expire_months": _between(1, MAX_MONTHS),
    "id": {"pattern": f"^(?!{OF_REFERRALS}){ID}$"},
    "currency": {"pattern": "^[A-Z]{3}$"},
}
"""What fields of these names are held to, wherever they stand."""

BOUNDS_IN: dict[str, Bounds] = {
    "Programme": {
        "inactive_days": _between(1, MAX_DAYS),
        "remind_days": _between(0, MAX_DAYS),
        "assets": {"maxProperties": assets.MAX_ASSETS},
        "segments": {"maxProperties": MAX_SEGMENTS},
        "earn": _listed(0, MAX_RULES),
        "cards": _listed(0, awards.MAX_CARDS),
        "goals": _listed(0, awards.MAX_GOALS),
        "campaigns": _listed(0, campaigns.MAX_CAMPAIGNS),
        "boards": _listed(0, boards.MAX_BOARDS),
    },
    "Asset": {"decimals": _between(0, assets.MAX_DECIMALS)},
    "Audience": {"members": _listed(0, campaigns.MAX_LISTED)},
    "Board": {
        "top": _between(1, boards.MAX_TOP),
        "prizes": _listed(0, boards.MAX_PRIZES),
        "settle_days": _between(0, boards.MAX_SETTLE_DAYS),
    },
    "BonusStep": {"bonuses": {"minimum": 2}},
    "Card": {"size": _between(1, awards.MAX_SIZE)},
    "Ladder": {"ladder": _listed(1, MAX_RUNGS)},
    "Levels": {"steps": _listed(1, awards.MAX_STEPS), "grace_days": _between(0, awards.MAX_GRACE_DAYS)},
    "Limit": {"times": _between(1, MAX_TIMES)},
    "Referral": {
        "friends": _between(1, referral.MAX_FRIENDS),
        "window_days": _between(1, MAX_DAYS),
        "limit": {"minimum": 1},
        "ladder": _listed(0, referral.MAX_STEPS),
    },
    "ReviewRule": {"threshold": _between(1, referral.MAX_WEIGHT)},
    "Spending": {"hold_minutes": _between(1, MAX_HOLD_MINUTES), "return_days": _between(0, MAX_DAYS)},
    "Velocity": {"bonuses": _between(1, referral.MAX_VELOCITY), "days": _between(1, MAX_DAYS)},
}
"""What fields of these parts are held to besides."""

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
        "$defs": {name: _bounded(name, _readable(part)) for name, part in sorted(parts.items())},
    }


def _bounded(kind: str, part: dict[str, Any]) -> dict[str, Any]:
    """A part whose fields have the bounds that the check holds them to, by their names and the part's kind."""
    bounds = BOUNDS | BOUNDS_IN.get(kind, {})
    properties = {name: value | bounds.get(name, {}) for name, value in part.get("properties", {}).items()}
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
