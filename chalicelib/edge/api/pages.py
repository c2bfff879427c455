"""Handlers of public pages: health, the OpenAPI document, and the same as HTML."""

from __future__ import annotations

from typing import Any

from chalicelib.edge import http, process
from chalicelib.edge.answers import Health
from chalicelib.edge.messages import Reply, Request


def health(request: Request) -> Health:  # noqa: ARG001
    """Whether the API answers; reads nothing."""
    return Health("ok")


def openapi(request: Request) -> Reply:
    """The OpenAPI 3.1 document."""
    return Reply(200, _document(request), {"Cache-Control": "max-age=300"})


def docs(request: Request) -> Reply:
    """The API as a page for people."""
    from chalicelib.edge.openapi import docs_page

    page = docs_page.render(_document(request))
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Cache-Control": "max-age=300",
    }
    return Reply(200, page, headers)


def widget(request: Request) -> Reply:
    """The script of the shopper's widget, for any shop's pages; the same one is not sent twice."""
    from chalicelib.edge import widget as shoppers

    headers = {
        "Content-Type": "text/javascript; charset=utf-8",
        "Cache-Control": "public, max-age=300",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "ETag": shoppers.etag(),
    }
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return Reply(304, b"", headers) if shoppers.etag() in known else Reply(200, shoppers.script(), headers)


def _document(request: Request) -> dict[str, Any]:
    from chalicelib.edge.openapi.document import document

    return document(http.routes) | {"servers": [{"url": process.address(request)}]}
