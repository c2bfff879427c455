"""Generates the OpenAPI 3.1 document from the route table and the types of the handlers.

`docs/openapi.json` is the committed copy, compared in CI. A handler's docstring gives summary and description.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any, get_type_hints

import msgspec

from chalicelib.edge import cursors, messages
from chalicelib.edge.api.webhooks import Received
from chalicelib.edge.http import body_of, handler_of
from chalicelib.edge.messages import Reply, Route
from chalicelib.edge.openapi.fields import ANSWERED, described, example
from chalicelib.edge.problems import TITLES, Problem

VERSION = "0.1.0"

QUERY: dict[str, dict[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": cursors.MAX_LIMIT, "default": cursors.DEFAULT_LIMIT},
    "cursor": {"type": "string", "description": "`next` of the page before, of the same list"},
    "all": {"enum": ["0", "1"], "description": "1: also those that were decided"},
    "locale": {
        "type": "string",
        "description": "the language of the texts, such as fr; else Accept-Language counts, where it names one of ours",
    },
    "number": {"type": "integer", "minimum": 1, "description": "the version; the newest by default"},
    "effective_at": {"type": "string", "format": "date-time"},
    "from": {"type": "integer", "minimum": 1, "description": "compare this version; beside `to` only"},
    "period": {
        "type": "string",
        "description": "the period, such as 2026-05, 2026-W19 or 2026-Q2; the running one by default",
    },
    "/v1/reports from": {"type": "string", "format": "date", "description": "the first day; 29 before `to` by default"},
    "/v1/reports to": {"type": "string", "format": "date", "description": "the last day; yesterday by default"},
    "day": {"type": "string", "format": "date", "description": "as of the last round until this day; today by default"},
    "to": {"type": "integer", "minimum": 1, "description": "with this one; beside `from` only"},
}
"""The schema of each query parameter, the same on every route but those whose path stands before its name."""

PROGRAMME = """name: Acme Tea
currency: EUR
landing: {page: https://acme-tea.example/welcome, hosts: [acme-tea.example]}
earn:
  - {id: cashback, percent: 5}
"""
"""The example of a programme: what is required, and a rule."""

WHO = {
    messages.ANYONE: "Anyone.",
    messages.MEMBER: "A storefront key, or the member's own token.",
    messages.STOREFRONT: "A storefront key.",
    messages.ADMIN: "An admin key.",
}


def document(rows: Sequence[Route]) -> dict[str, Any]:
    """The OpenAPI document as plain data."""
    kinds = _kinds(rows)
    _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    schemas = {name: _tidy(name, schema) for name, schema in sorted(components.items())}
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ristourne",
            "version": VERSION,
            "summary": "A whole loyalty programme with exact books.",
            "description": "Amounts are integers in the minor unit of their asset (`EUR/2`: cents). "
            "Times are RFC 3339 in UTC. Errors are RFC 9457 problem details with a stable `code`; the gateway's own "
            "are 404 `no_such_route` for an unknown path or method, and 429 `throttled`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
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
    bodies = [body_of(row) for row in rows if row.body]
    results = [get_type_hints(handler_of(row))["return"] for row in rows]
    return [*dict.fromkeys(kind for kind in (*bodies, *results) if kind is not Reply), Problem, Received]


def _operation(row: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    handler = handler_of(row)
    summary, _, rest = (inspect.getdoc(handler) or "").partition("\n")
    operation: dict[str, Any] = {
        "operationId": row.handler.replace(":", "_"),
        "summary": summary,
        "description": f"{rest.strip()}\n\n{WHO[row.who]}".strip(),
        "parameters": _parameters(row),
        "tags": [_tag(row.path)],
        "responses": _responses(row, get_type_hints(handler)["return"], schemas),
    }
    if row.body or row.raw:
        operation["requestBody"] = {"required": True, "content": _body(row, schemas)}
    keys: list[dict[str, Any]] = [] if row.who == messages.ANYONE else [{"key": []}]
    operation["security"] = [*keys, *([{"token": []}] if row.who == messages.MEMBER else [])]
    return operation


def _tag(path: str) -> str:
    """What an operation is about: the first word of its path."""
    return path.removeprefix("/").removeprefix("v1/").partition("/")[0].removesuffix(".json")


def _parameters(row: Route) -> list[dict[str, Any]]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", row.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": QUERY.get(f"{row.path} {name}", QUERY.get(name))}
        for name in row.query
    ]
    if row.key != messages.IGNORED:
        is_required = row.key == messages.REQUIRED
        key = {"type": "string", "maxLength": 128}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": is_required, "schema": key})
    if row.if_match:
        parameters.append({"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    return parameters


def _body(row: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    """The content of a request's body by content type: one of our schemas, or a document described by `raw`."""
    if row.body:
        return {messages.JSON: {"schema": _ref(row.body), "example": example(_ref(row.body), schemas)}}
    kinds = {messages.JSON: "object", messages.YAML: "string"}
    contents: dict[str, Any] = {
        kind: {"schema": {"type": kinds[kind], "description": row.raw}} for kind in row.contents
    }
    if messages.YAML in contents:
        contents[messages.YAML]["example"] = PROGRAMME
    return contents


def _responses(row: Route, kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    answers = row.answers or (messages.RouteAnswer(200, "the answer", shape=kind.__name__),)
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    wrong = {str(status): {"description": TITLES[status], "content": problem} for status in sorted(_refusals(row))}
    return {str(answer.status): _good(row, answer, schemas) for answer in answers} | wrong


def _good(row: Route, answer: messages.RouteAnswer, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = _ref(answer.shape) if answer.shape else {"type": "object" if answer.content == messages.JSON else "string"}
    shown = (
        {"example": example(schema, schemas) | ANSWERED.get(f"{row.handler} {answer.status}", {})}
        if answer.shape
        else {}
    )
    content = {"content": {answer.content: {"schema": schema} | shown}} if answer.content else {}
    return {"description": answer.meaning, **content}


def _refusals(row: Route) -> set[int]:
    """The HTTP statuses of the problems that a route can answer with."""
    always = {415, 500} | ({413} if row.max_body is not None else set())
    if row.who == messages.ANYONE:
        return always | set(row.refuses)
    reading = always | {400, 401, 403, 404, 503} | set(row.refuses)
    return reading if row.method == "GET" else reading | {409, 422}


def _ref(shape: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{shape}"}


def _tidy(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its description (a docstring) as one paragraph, and what is to be said of its fields."""
    parts = schema.get("properties", {}).items()
    fields = {field: described(name, field, kind) for field, kind in parts}
    more = {"description": " ".join(schema["description"].split())} if "description" in schema else {}
    return schema | more | ({"properties": fields} if "properties" in schema else {})
