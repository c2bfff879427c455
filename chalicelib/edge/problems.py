"""Maps exceptions to HTTP statuses and RFC 9457 problem details. Knows no route."""

from __future__ import annotations

import msgspec

from chalicelib.domain import errors
from chalicelib.edge import telemetry
from chalicelib.edge.messages import Reply

STATUS: dict[type[errors.Rejection], int] = {
    errors.InvalidInput: 400,
    errors.InvalidProgramme: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.VersionMismatch: 412,
    errors.TooLarge: 413,
    errors.Unprocessable: 422,
    errors.Busy: 503,
    errors.Unavailable: 503,
}
"""The status of each class of rejections; a class without one has that of its nearest ancestor."""

TITLES = {
    400: "Invalid input",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict",
    412: "Changed in between",
    405: "Not a method of this route",
    413: "Too large",
    415: "Not a content type that we read",
    422: "Refused",
    500: "Our mistake",
    503: "Try again",
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details; `code` is stable, `detail` is for people, `problems` lists all of several."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    problems: list[str] = []


def reply(error: Exception) -> Reply:
    """The problem details of an exception. One that is no Rejection is a bug: it is only logged."""
    if isinstance(error, errors.Rejection):
        if status_of(error) == 503:
            telemetry.count("Unavailable")
        return _reply(status_of(error), error.code, error.detail, getattr(error, "problems", []))
    telemetry.failure("request", error)
    return _reply(500, "internal", "an unexpected error; it was logged", [])


def refused_by_chalice(status: int, detail: str) -> Reply:
    """The problem details of a request that Chalice refused."""
    code = {405: "method_not_allowed", 415: "unsupported_media_type"}.get(status, "internal")
    return _reply(status, code, detail, [])


def status_of(error: errors.Rejection) -> int:
    """The HTTP status of a rejection."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def _reply(status: int, code: str, detail: str, problems: list[str]) -> Reply:
    problem = Problem(f"urn:ristourne:problem:{code}", TITLES[status], status, code, detail, problems)
    headers = {"Content-Type": "application/problem+json"}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        headers["Retry-After"] = "2"
    return Reply(status, problem, headers)
