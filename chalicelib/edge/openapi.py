"""The OpenAPI 3.1 document, made from the route table and the types of the handlers; nothing is written twice.

`docs/openapi.json` is the committed copy, compared in CI. A handler's docstring gives summary and description.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any, get_type_hints

import msgspec

from chalicelib.edge import messages
from chalicelib.edge.http import handler_of
from chalicelib.edge.messages import Reply, Route
from chalicelib.edge.problems import TITLES, Problem
from chalicelib.edge.storefronts import KINDS
from chalicelib.edge.webhooks import Received

VERSION = "0.1.0"

_PAGE: dict[str, dict[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 25},
    "cursor": {"type": "string", "description": "`next` of the page before"},
}

QUERY: dict[str, dict[str, dict[str, Any]]] = {
    "members:statement": _PAGE,
    "reviews:groups": _PAGE,
    "reviews:show": _PAGE | {"all": {"enum": ["0", "1"], "description": "1: also those that were decided"}},
    "programme:show": {
        "number": {"type": "integer", "minimum": 1, "description": "the version; the newest by default"}
    },
    "programme:publish": {"effective_at": {"type": "string", "format": "date-time"}},
    "programme:versions": {
        "from": {"type": "integer", "minimum": 1, "description": "compare this version"},
        "to": {"type": "integer", "minimum": 1, "description": "with this one; the newest by default"},
    },
    "deliveries:show": _PAGE,
    "erasure:requests": _PAGE,
    "erasure:export": _PAGE,
}
"""Query parameters by handler."""

_DELIVERY = {
    "application/json": {
        "schema": {"type": "object", "description": f"as the storefront sends it ({', '.join(KINDS)})"}
    }
}

RAW_BODY = {
    "programme:publish": {
        "application/yaml": {"schema": {"type": "string", "description": "the programme document"}},
        "application/json": {"schema": {"type": "object", "description": "the programme document"}},
    },
    "webhooks:receive": _DELIVERY,
    "reconcile:check": _DELIVERY,
}
"""Bodies that are read as bytes."""

PLAIN: dict[str, tuple[int, str, dict[str, Any]]] = {
    "webhooks:receive": (
        200,
        "what became of it",
        {"application/json": {"schema": {"$ref": "#/components/schemas/Received"}}},
    ),
    "links:follow": (302, "to the landing page of the programme", {}),
    "pages:openapi": (200, "this document", {"application/json": {"schema": {"type": "object"}}}),
    "pages:docs": (200, "the page", {"text/html": {"schema": {"type": "string"}}}),
}
"""Answers of handlers that return a Reply."""

WRITES_NOTHING = frozenset({"members:token", "reconcile:check", "erasure:search"})
"""Handlers of a POST that need no Idempotency-Key."""

MOVES_MONEY = frozenset(
    {
        "members:adjust",
        "members:merge",
        "reviews:decide",
        *(f"spending:{name}" for name in ("place", "capture", "release", "redeem", "undo")),
    }
)
"""Handlers of a POST that must have one."""

WHO = {
    messages.ANYONE: "Anyone.",
    messages.MEMBER: "A storefront key, or the member's own token.",
    messages.STOREFRONT: "A storefront key.",
    messages.ADMIN: "An admin key.",
}


def document(rows: Sequence[Route]) -> dict[str, Any]:
    """The whole document as plain data."""
    kinds = _kinds(rows)
    _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ristourne",
            "version": VERSION,
            "summary": "Cashback and referrals with exact books.",
            "description": "Amounts are integers in the minor unit of their asset (`EUR/2`: cents). "
            "Times are RFC 3339 in UTC. Errors are RFC 9457 problem details with a stable `code`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {name: _tidy(schema) for name, schema in sorted(components.items())},
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "an API key: `rk_admin_…` or `rk_storefront_…`",
                },
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "a member's own token",
                },
            },
        },
    }


def _kinds(rows: Sequence[Route]) -> list[Any]:
    hints = [get_type_hints(handler_of(row)) for row in rows]
    found = [hint[name] for hint in hints for name in ("body", "return") if name in hint]
    return [*dict.fromkeys(kind for kind in found if kind is not Reply), Problem, Received]


def _operation(row: Route) -> dict[str, Any]:
    handler = handler_of(row)
    summary, _, rest = (inspect.getdoc(handler) or "").partition("\n")
    operation: dict[str, Any] = {
        "operationId": row.handler.replace(":", "_"),
        "summary": summary,
        "description": f"{rest.strip()}\n\n{WHO[row.who]}".strip(),
        "parameters": _parameters(row),
        "responses": _responses(row, get_type_hints(handler)["return"]),
    }
    body = get_type_hints(handler).get("body")
    if body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body)}}}
    elif row.handler in RAW_BODY:
        operation["requestBody"] = {"required": True, "content": RAW_BODY[row.handler]}
    if row.who != messages.ANYONE:
        operation["security"] = [{"key": []}, *([{"token": []}] if row.who == messages.MEMBER else [])]
    return operation


def _parameters(row: Route) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", row.path)
    ]
    found += [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in QUERY.get(row.handler, {}).items()
    ]
    if row.method in ("POST", "PUT") and row.who != messages.ANYONE and row.handler not in WRITES_NOTHING:
        needed = row.handler in MOVES_MONEY
        key = {"type": "string", "maxLength": 128}
        found.append({"name": "Idempotency-Key", "in": "header", "required": needed, "schema": key})
    if row.handler == "programme:publish":
        found.append({"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    return found


def _responses(row: Route, kind: Any) -> dict[str, Any]:
    status, description, content = PLAIN.get(
        row.handler, (200, "the answer", {"application/json": {"schema": _ref(kind)}})
    )
    problem = {"application/problem+json": {"schema": _ref(Problem)}}
    good: dict[str, Any] = {"description": description} | ({"content": content} if content else {})
    if row.handler == "webhooks:receive":
        good = {"200": good, "202": good | {"description": "it could not be processed and is kept"}}
    else:
        good = {str(status): good}
    wrong = {str(each): {"description": TITLES[each], "content": problem} for each in sorted(_refusals(row))}
    return good | wrong


def _refusals(row: Route) -> set[int]:
    """The statuses of the problems that a route can answer."""
    always = {415, 500} | ({413} if row.max_body is not None else set())
    if row.who == messages.ANYONE:
        return always | _REFUSALS.get(row.handler, set())
    reading = always | {400, 401, 403, 404, 503}
    return reading if row.method == "GET" else reading | {409, 422} | _REFUSALS.get(row.handler, set())


_REFUSALS = {"webhooks:receive": {401, 503}, "links:follow": {404, 503}, "programme:publish": {412}}


def _ref(kind: Any) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """Docstrings as one paragraph."""
    return schema | ({"description": " ".join(schema["description"].split())} if "description" in schema else {})
