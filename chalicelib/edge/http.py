"""Registers the route table with Chalice: converts a gateway request to a typed one, authorises the caller, runs the
handler, and converts its result or exception to a response.

A handler is named by text (`members:show`, in `edge/api`) and imported at its first call, so that a webhook's cold
start does not load what only other routes need. Rows of the console go through `edge/console/access/gate.py` instead.
Chalice is used here and in app.py only.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, cast, get_type_hints
from urllib.parse import unquote

import msgspec
from chalice.app import Chalice, CORSConfig, MultiDict, Response

from chalicelib.domain.core.validation_errors import SECRET, meant, plainly
from chalicelib.domain.errors import Forbidden, InvalidInput, TooLarge, Unauthenticated
from chalicelib.edge import problems
from chalicelib.edge.messages import ADMIN, ANYONE, CONTROL, REQUIRED, Reply, Request, Route

CONTENT_TYPES = ["application/json", "application/yaml", "application/x-www-form-urlencoded", "text/plain"]

BODY = "the body"
"""What a body is called in its problems."""

PASTED = ("code", "secret")
"""Fields that may have control characters: a code is found in whatever was pasted, and neither is written anywhere."""

CORS = CORSConfig(allow_headers=["Authorization", "Content-Type", "Idempotency-Key"], max_age=600)
"""For the routes that a member's own browser may call, from any shop's pages: a token is sent, no cookie."""

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every answer whose handler states no others."""


routes: list[Route] = []
"""The rows of the API that were registered, for the OpenAPI document."""


def register(app: Chalice, rows: Sequence[Route]) -> None:
    """Register every row of the route table with Chalice."""
    routes[:] = [row for row in rows if not row.is_page]
    app.middleware("http")(_as_problem_details)
    for row in rows:
        app.route(
            row.path,
            methods=["GET", "HEAD"] if answers_head(row) else [row.method],
            name=f"{'console_' if row.is_page else ''}{row.handler.replace(':', '_').replace('.', '_')}",
            content_types=CONTENT_TYPES,
            cors=CORS if row.takes_other_origins else None,
        )(_view(app, row))


def answers_head(row: Route) -> bool:
    """Whether a row answers HEAD too: public GET routes, which mail scanners, link previews and monitors try."""
    return row.method == "GET" and row.who == ANYONE


def _view(app: Chalice, row: Route) -> Callable[..., Response]:
    """What answers a row's requests: by the handler's reply, or the problem details of the exception that was raised.

    A page's own gate makes pages of exceptions.
    """

    def view(**path: str) -> Response:
        if row.is_page:
            from chalicelib.edge.console.access import gate

            reply = gate.answer(row, _request(app, row, path))
        else:
            try:
                reply = _run(row, _request(app, row, path))
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the caller gets an answer
                reply = problems.reply(error)
        response = _as_chalice(reply)
        if app.current_request is not None and app.current_request.method == "HEAD":
            response.body = ""
        return response

    return view


def _as_problem_details(event: Any, get_response: Callable[[Any], Response]) -> Response:
    """Chalice middleware that turns Chalice's own refusals (method, content type) into problem details."""
    response = get_response(event)
    if not (isinstance(response.body, dict) and response.status_code in problems.TITLES):
        return response
    detail = response.body["Message"]
    if response.status_code == 415:
        detail = f"Content-Type must be one of {', '.join(CONTENT_TYPES)}"
    reply = _as_chalice(problems.refused_by_chalice(response.status_code, detail))
    reply.headers = {**response.headers, **reply.headers}
    return reply


def _run(row: Route, request: Request) -> Reply:
    if row.max_body is not None and len(request.body) > row.max_body:
        raise TooLarge(
            "the body must be at most %(most)s bytes, got %(size)s", most=row.max_body, size=len(request.body)
        )
    if row.who != ANYONE:
        from chalicelib.edge import access

        try:
            request = msgspec.structs.replace(request, caller=access.check(row.who, request))
        except (Unauthenticated, Forbidden) as error:
            from chalicelib.edge import security_log

            security_log.refused_credential(row, request, error)
            raise
    if row.logs is not None and request.caller.role == ADMIN:
        from chalicelib.edge import acts

        fields = acts.fields_of(request) if row.logs else {}
        return acts.recorded(row, request, fields, lambda: _handle(row, request))
    if row.who == ADMIN:
        from chalicelib.edge import security_log

        if security_log.is_administrative(row):
            return security_log.logged(row, request, lambda: _handle(row, request))
    return _handle(row, request)


def _handle(row: Route, request: Request) -> Reply:
    """The handler's reply to a request whose caller may call it."""
    if request.query:
        _check_query(row, request)
    if row.key == REQUIRED:
        request.check_key()
    handler = handler_of(row)
    result = handler(request, parse(request.body, body_of(row))) if row.body else handler(request)
    return result if isinstance(result, Reply) else Reply(200, result)


def _check_query(row: Route, request: Request) -> None:
    """Raises InvalidInput for a parameter that a route has not, or that stands twice: it would change what is done.

    Webhooks, links, public documents and the console's open pages take any: whoever made their addresses may add to
    them.
    """
    if row.who == ANYONE and not row.path.startswith("/v1/"):
        return
    unknown = next((name for name in request.query if name not in row.query), None)
    if unknown is None:
        names = [name for name, _ in request.pairs]
        twice = next((name for name in request.query if names.count(name) > 1), None)
        if twice:
            raise InvalidInput(twice, "must stand once in the query")
        return
    hint = meant(unknown[:40], row.query)
    if not row.query:
        raise InvalidInput("query", "must be left out, since the route has no parameters", unknown[:40])
    raise InvalidInput(
        "query", "must name parameters of the route (%(names)s)", unknown[:40], names=row.query, hint=hint
    )


@cache
def handler_of(row: Route) -> Callable[..., Any]:
    """The function that a row names."""
    return cast(Callable[..., Any], getattr(_module_of(row), row.handler.partition(":")[2]))


@cache
def body_of(row: Route) -> Any:
    """The type of the JSON body that a row names."""
    return getattr(_module_of(row), row.body)


def _module_of(row: Route) -> ModuleType:
    folder = "console" if row.is_page else "api"
    return import_module(f"chalicelib.edge.{folder}.{row.handler.partition(':')[0]}")


def parse(body: bytes, kind: Any) -> Any:
    """A typed JSON body. Raises InvalidInput that names the field and the fix."""
    try:
        document = msgspec.json.decode(body or b"{}")
        json.loads(body or b"{}", object_pairs_hook=_check_fields)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput("body", "must be JSON in UTF-8 (%(error)s)", error=str(error)) from None
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        refused = plainly(str(error), document, kind, BODY)
        # A secret may stand in the place of another field.
        raise (refused.without_value() if _has_secret(kind) else refused) from None


def body_with(kind: Any, /, **fields: Any) -> Any:
    """A body made of what a form has, within the bounds of one that is sent as JSON. Raises InvalidInput likewise."""
    return parse(msgspec.json.encode(fields), kind)


def _check_fields(pairs: list[tuple[str, Any]]) -> None:
    """Raises InvalidInput for a field that stands twice in an object, since which of them counts is anybody's guess,
    and for text with control characters.
    """
    names = [name for name, _ in pairs]
    if len({*names}) < len(names):
        raise InvalidInput(next(name for name in names if names.count(name) > 1)[:40], "must stand once in the body")
    for name, value in pairs:
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str) and CONTROL.search(text) and name not in PASTED:
                from chalicelib.edge.request_checks import check_text

                check_text(name[:40], text)


def _has_secret(kind: Any) -> bool:
    """Whether a body has a field whose values no answer repeats."""
    hints = get_type_hints(kind, include_extras=True).values()
    return any(SECRET in getattr(hint, "__metadata__", ()) for hint in hints)


def _request(app: Chalice, row: Route, path: Mapping[str, str]) -> Request:
    """A gateway's request as a typed one; behind the gateway's own host name the base URL contains the stage."""
    current = app.current_request
    assert current is not None
    context, headers = current.context, {name.lower(): value for name, value in current.headers.items()}
    scheme = "http" if headers.get("x-forwarded-proto", "").partition(",")[0] == "http" else "https"
    host = headers.get("host") or context.get("domainName", "")
    asked = str(context.get("path", "")).rstrip("/")
    segments = asked.split("/")
    prefix = "/".join(segments[: -row.path.count("/")]) if len(segments) > 1 else f"/{context.get('stage', '')}"
    if row.path.endswith("+}"):
        prefix = asked.partition(row.path.partition("{")[0])[0]
    body, params = current.raw_body, current.query_params or MultiDict({})
    return Request(
        method=current.method,
        path={name: unquote(value) for name, value in path.items()},
        query=dict(params),
        headers=headers,
        body=body if isinstance(body, bytes) else body.encode(),
        base_url=f"{scheme}://{host}{prefix.rstrip('/')}",
        now=int(time.time()),
        pairs=tuple((name, value) for name in params for value in params.getlist(name)),
        address=str(context.get("identity", {}).get("sourceIp") or ""),
    )


def _as_chalice(reply: Reply) -> Response:
    body = reply.body
    headers: dict[str, str | list[str]] = {**SECURITY_HEADERS}
    if not isinstance(body, (bytes, str)):
        body = msgspec.json.encode(body)
        headers["Content-Type"] = "application/json"
    text = body.decode() if isinstance(body, bytes) else body
    return Response(text, headers={**headers, **reply.headers}, status_code=reply.status)
