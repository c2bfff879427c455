"""What the OpenAPI document promises, held against every answer that any test of this package gets."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

import app
from chalicelib.edge.openapi.document import document

DOCUMENT = document(app.ROUTES)


def check(method: str, path: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """The status is described, the content type is one of it, and JSON fits its schema."""
    operation = operation_of(method, path)
    if operation is None:
        return
    described = operation["responses"].get(str(status))
    assert described, f"{method} {path} answered {status}, which docs/openapi.json does not know: {body[:300]!r}"
    content = described.get("content", {})
    if method == "HEAD":
        assert body == b"", f"HEAD {path} was answered with a body"
        return
    kind = headers["content-type"].partition(";")[0] if content else ""
    assert not content or kind in content, f"{method} {path} answered {status} as {kind}"
    if kind.endswith("json"):
        validator(json.dumps(content[kind]["schema"])).validate(json.loads(body))


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """What the document says of a request, None for a route that is not ours."""
    for template, operations in DOCUMENT["paths"].items():
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path.partition("?")[0]):
            operation: dict[str, Any] | None = operations.get(method.lower())
            readable = operations.get("get")
            if method == "HEAD" and readable and not readable["security"]:
                return dict(readable)
            return operation
    return None


@cache
def validator(schema: str) -> Draft202012Validator:
    """A validator of a schema (JSON) that may refer to the document's components."""
    return Draft202012Validator({**json.loads(schema), "components": DOCUMENT["components"]})
