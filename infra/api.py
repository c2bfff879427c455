"""Calls the API of a deployment, for the operator's command, the demo story and the tests over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

HEADER = re.compile(r"[\t -~\xa0-\xff]*")
"""What a header can say."""

TIMEOUT = urllib3.Timeout(connect=5, read=35)
_POOL = urllib3.PoolManager(timeout=TIMEOUT, retries=False)


class ApiError(Exception):
    """The API refused, or could not be reached; the text is what a person should read."""

    def __init__(self, text: str, status: int = 0, code: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """An answer of the API as it came: its status, its headers and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON. Raises ApiError where it is none: something else answers at that address."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise no_json(self) from None


@dataclass(frozen=True, slots=True)
class Api:
    """`url` is the address that `make run` and `make deploy` print; `key` is an API key, or empty."""

    url: str
    key: str = ""

    def call(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON of a good answer. Raises ApiError with the problem's detail for any other."""
        answer = self.raw(method, path, body, headers)
        if 200 <= answer.status < 300:
            return answer.json
        raise refusal(answer)

    def raw(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> ApiAnswer:
        """Any answer, redirects included; a body of bytes is sent unchanged, any other as JSON."""
        all_headers = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        if self.key:
            all_headers.setdefault("Authorization", f"Bearer {self.key}")
        if wrong := [name for name, value in all_headers.items() if not HEADER.fullmatch(value)]:
            raise ApiError(
                f"{', '.join(wrong)} cannot be sent: a key, a token or a topic has a line's end or a letter that no "
                "header can have; state it anew"
            )
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        address = f"{self.url.rstrip('/')}/{path.lstrip('/')}"
        try:
            reply = _POOL.request(method, address, body=data, headers=all_headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise ApiError(f"{self.url} does not answer: {error}") from None
        return ApiAnswer(reply.status, dict(reply.headers), reply.data)


def newest_programme(api: Api) -> Any:
    """The version of the programme that was published last, as the API answers it; None before the first."""
    try:
        return api.call("GET", "/v1/programme")
    except ApiError as error:
        if error.status != 404:
            raise
        return None


def newest_version(api: Api) -> int:
    """The number of the newest programme version, 0 before the first."""
    version = newest_programme(api)
    return int(version["newest"]) if version else 0


def refusal(answer: ApiAnswer) -> ApiError:
    """The ApiError of an answer that is no success: the problem's detail, or all problems of a programme."""
    try:
        problem = answer.json
        lines = problem.get("problems") or [problem.get("detail") or problem["message"]]
        return ApiError("\n".join(map(str, lines)), answer.status, problem.get("code", ""))
    except ApiError as error:
        return error
    except (KeyError, AttributeError):
        return no_json(answer)


def no_json(answer: ApiAnswer) -> ApiError:
    """The ApiError of an answer that is not of the API's making."""
    return ApiError(
        f"{answer.status} was answered, and not as Ristourne does: is the address (RISTOURNE_URL) that of its API?",
        answer.status,
    )
