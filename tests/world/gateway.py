"""API Gateway in this process: finds the route of a request, calls the Lambda's handler, and answers for itself where
there is no such route.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

import app as entry

NO_ROUTE = {"type": "about:blank", "title": "There is no such route", "code": "no_such_route", "status": 404}


class Reply(Struct, frozen=True):
    """An answer as it goes over the wire; `route`: the path's template, empty where the gateway itself answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    route: str = ""


def ask(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """The answer to a request; the path's parts stay quoted, as API Gateway leaves them."""
    place = urlsplit(url)
    for route, methods in entry.app.routes.items():
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(route))
        match = re.fullmatch(re.sub(r"\\{(\w+)\\\+\\}", r"(?P<\1>.+)", pattern), place.path)
        if match and method in methods:
            context = {"httpMethod": method, "resourcePath": route, "path": place.path, "stage": "api"}
            event = {
                "requestContext": context,
                "headers": dict(headers),
                "pathParameters": match.groupdict(),
                "multiValueQueryStringParameters": parse_qs(place.query, keep_blank_values=True) or None,
                "stageVariables": None,
                "body": body.decode(errors="replace"),
                "isBase64Encoded": False,
            }
            reply = entry.app(event, None)
            lists = {name: ",".join(values) for name, values in reply["multiValueHeaders"].items()}
            return Reply(reply["statusCode"], {**reply["headers"], **lists}, reply["body"].encode(), route)
    return Reply(404, {"Content-Type": "application/problem+json"}, json.dumps(NO_ROUTE).encode())
