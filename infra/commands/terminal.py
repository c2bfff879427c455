"""What commands share: the API that the environment names, secrets that are typed unseen, tables on a terminal."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from infra.api import Api, ApiError

Arguments = argparse.Namespace
Command = Callable[[Arguments], int | None]
"""Does what was asked; its number, if any, is the program's status."""


def add_command(group: Any, name: str, text: str, command: Command) -> argparse.ArgumentParser:
    found: argparse.ArgumentParser = group.add_parser(name, help=text, description=text)
    found.set_defaults(run=command)
    return found


def api() -> Api:
    """The API that the environment names."""
    return Api(setting("RISTOURNE_URL"), setting("RISTOURNE_KEY"))


def secret() -> str:
    """A storefront's secret, from the environment or typed unseen."""
    return os.environ.get("RISTOURNE_SECRET") or getpass.getpass("Secret of the storefront: ")


def storefront_token() -> str:
    """What the storefront's own API asks for, from the environment or typed unseen."""
    return os.environ.get("RISTOURNE_STOREFRONT_TOKEN") or getpass.getpass("Token of the storefront's API: ")


def setting(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ApiError(f"{name} is not set; `make run` and `make deploy` print it")
    return value


def pages(path: str, place: Callable[[Any], str | None] = itemgetter("next"), **query: object) -> Iterator[Any]:
    """The pages of a list; `place` says where the next one begins, None on the last."""
    cursor: str | None = ""
    while cursor is not None:
        page = api().call(
            "GET", f"{path}?{urlencode({'limit': 100, **query, **({'cursor': cursor} if cursor else {})})}"
        )
        yield page
        cursor = place(page)


def move(path: str, body: dict[str, Any]) -> Any:
    """A request that moves money, under a key of its own: each command is a new one."""
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
