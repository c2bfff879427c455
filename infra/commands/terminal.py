"""Helpers of the commands: the API of the environment, secrets typed without echo, tables on a terminal."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from infra.api import Api, ApiError

Arguments = argparse.Namespace
Command = Callable[[Arguments], int | None]
"""Runs a command; the number that it returns, if any, is the program's exit status."""


def add_command(group: Any, name: str, text: str, command: Command) -> argparse.ArgumentParser:
    command_parser: argparse.ArgumentParser = group.add_parser(name, help=text, description=text)
    command_parser.set_defaults(run=command)
    return command_parser


def api() -> Api:
    """The API that the environment names."""
    return Api(setting("RISTOURNE_URL"), setting("RISTOURNE_KEY"))


def secret() -> str:
    """A storefront's secret, from the environment or typed without echo."""
    return os.environ.get("RISTOURNE_SECRET") or getpass.getpass("Secret of the storefront: ")


def storefront_token() -> str:
    """The credential of the storefront's own API, from the environment or typed without echo."""
    return os.environ.get("RISTOURNE_STOREFRONT_TOKEN") or getpass.getpass("Token of the storefront's API: ")


def setting(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ApiError(f"{name} is not set; `make run` and `make deploy` print it")
    return value


def place(*segments: object) -> str:
    """The path of a thing of the API, each segment quoted: an id with a slash names no other thing."""
    return "/".join(["/v1", *(quote(str(segment), safe="") for segment in segments)])


def pages(path: str, next_of: Callable[[Any], str | None] = itemgetter("next"), **query: object) -> Iterator[Any]:
    """The pages of a list; `next_of` returns a page's cursor of the next one, None on the last."""
    cursor: str | None = ""
    while cursor is not None:
        page = api().call(
            "GET", f"{path}?{urlencode({'limit': 100, **query, **({'cursor': cursor} if cursor else {})})}"
        )
        yield page
        cursor = next_of(page)


def move(path: str, body: dict[str, Any]) -> Any:
    """The answer of a POST that moves money, with a fresh Idempotency-Key: each command is a new request."""
    return api().call("POST", path, body, {"Idempotency-Key": uuid4().hex})


def table(columns: list[str], rows: list[list[Any]]) -> None:
    """Rows under their columns, each as wide as its widest cell."""
    lines = [columns, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def show(answer: Any) -> None:
    """A small JSON answer, a field a line."""
    for name, value in answer.items():
        print(f"{name}: {value}")
