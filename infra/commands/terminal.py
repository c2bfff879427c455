"""What commands have in common: their parsers, the API of the environment, secrets typed without echo, tables."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, urlencode
from uuid import uuid4

from chalicelib.domain.core import money
from chalicelib.domain.errors import InvalidInput, TooLarge
from chalicelib.edge.request_checks import check_asset
from infra.api import Api, ApiError

if TYPE_CHECKING:
    from chalicelib.domain.programme.document import Programme

Arguments = argparse.Namespace
Command = Callable[[Arguments], int | None]
"""Runs a command; the number that it returns, if any, is the program's exit status."""


class CommandParser(argparse.ArgumentParser):
    """A parser whose refusals have the status 1, as any other reason why nothing was done: 2 means wrong books."""

    def error(self, message: str) -> NoReturn:
        """End the process with the usage and what is wrong with the words."""
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: error: {message}\n")


def positive(text: str) -> int:
    """How many of something, as an option states it. Raises ArgumentTypeError for none, and for what is no number."""
    if not re.fullmatch("[1-9][0-9]{0,8}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, got {text!r}")
    return int(text)


def parsed_day(text: str) -> date:
    """A day, as an option states it. Raises ArgumentTypeError."""
    with suppress(ValueError):
        return date.fromisoformat(text)
    raise argparse.ArgumentTypeError(f"must be a day such as 2026-11-26, got {text!r}")


def add_group(groups: Any, name: str, text: str) -> Any:
    """What takes the commands of a group, such as `key issue` and `key revoke`."""
    return groups.add_parser(name, help=text).add_subparsers(required=True, metavar="COMMAND")


def add_command(group: Any, name: str, text: str, command: Command, *, shows: bool = False) -> argparse.ArgumentParser:
    """A command's parser; one that lists or shows something takes `--json`."""
    command_parser = add_hidden_command(group, name, text, command, help=text)
    if shows:
        command_parser.add_argument("--json", action="store_true", help="print what the API answers, as JSON")
    return command_parser


def add_hidden_command(group: Any, name: str, text: str, command: Command, **options: str) -> argparse.ArgumentParser:
    """A command's parser; the list of commands does not have it. What it does not know, its own usage stands with."""
    command_parser: argparse.ArgumentParser = group.add_parser(name, description=text, **options)
    command_parser.set_defaults(run=command, parser=command_parser)
    return command_parser


def api() -> Api:
    """The API that the environment names."""
    return Api(address(), setting("RISTOURNE_KEY"))


def address() -> str:
    """The API's address, from the environment. Raises ApiError for one that is none."""
    url = setting("RISTOURNE_URL")
    if not re.match(r"https?://[^/\s]", url):
        raise ApiError(f"RISTOURNE_URL must begin with https:// (or http:// for make run), got {url!r}")
    return url


def secret() -> str:
    """A storefront's secret, from the environment or typed without echo."""
    return typed("RISTOURNE_SECRET", "Secret of the storefront")


def storefront_token() -> str:
    """The credential of the storefront's own API, from the environment or typed without echo."""
    return typed("RISTOURNE_STOREFRONT_TOKEN", "Token of the storefront's API")


def typed(variable: str, what: str) -> str:
    """What the environment states, else what is typed without echo, else a line of standard input. Raises ApiError."""
    value = os.environ.get(variable, "")
    try:
        if not value and sys.stdin.isatty():
            value = getpass.getpass(f"{what}: ")
        elif not value:
            value = sys.stdin.readline().strip()
    except EOFError:
        value = ""
    if not value:
        raise ApiError(f"{what} is missing: type it, send it on standard input, or set {variable}")
    return value


def confirmed(question: str) -> bool:
    """Whether a person at a terminal says yes; where there is nobody to ask, in a script, that is taken for granted."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def add_yes(command: argparse.ArgumentParser) -> None:
    """The option of a command that asks before it does what nothing takes back."""
    command.add_argument("--yes", action="store_true", help="do not ask on a terminal; elsewhere it never asks")


def confirm(arguments: Arguments, question: str, otherwise: str) -> None:
    """Ask a person at a terminal, unless `--yes` answers. Raises ApiError unless they say yes."""
    if not arguments.yes and not confirmed(question):
        raise ApiError(otherwise)


def setting(name: str) -> str:
    """What a variable of the environment states. Raises ApiError where it states nothing."""
    value = os.environ.get(name, "")
    if not value:
        raise ApiError(f"{name} is not set; `make run` and `make deploy` print it")
    return value


def api_path(*segments: object) -> str:
    """The path of a route of the API, each segment quoted: an id with a slash names no other thing. Raises ApiError."""
    if {"", ".", ".."} & {str(segment) for segment in segments}:
        raise ApiError("an id must not be empty, . or ..")
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


def post_once(path: str, body: dict[str, Any]) -> Any:
    """The answer of a POST that moves money, with a fresh Idempotency-Key: each command is a new request."""
    try:
        return api().call("POST", path, body, {"Idempotency-Key": uuid4().hex})
    except ApiError as error:
        raise ApiError(_as_typed(str(error), body.get("asset", "")), error.status, error.code) from None


def _as_typed(refusal: str, asset: str) -> str:
    """What the API says of an amount, in the amounts that the operator types: `0.01`, where the API takes a 1."""
    if not (asset and refusal.startswith("amount ") and _MINOR in refusal):
        return refusal
    numbers = re.compile(r"(?<![\w.-])-?[0-9]+(?![\w.-])")
    return numbers.sub(lambda number: money.text(int(number[0]), asset), refusal.replace(_MINOR, ""))


_MINOR = ", in minor units"
"""How the API's refusals say in what it takes amounts."""


def amount(text: str, asset: str, field: str = "amount") -> tuple[int, str]:
    """`3.00` of `EUR` (or `EUR/2`, `points`, `points/1`) as minor units and the asset. Raises ApiError unless all its
    decimals are written.

    `300` is refused: whoever means 3.00 by it would spend a hundred times as much.
    """
    currency, asset = asset.partition("/")[0], _named(asset)
    scale = money.decimals_of(asset)
    pattern = r"-?[0-9]{1,12}" + (rf"\.[0-9]{{{scale}}}" if scale else "")
    if not re.fullmatch(pattern, text, re.ASCII):
        example = f"3.{'0' * scale}" if scale else "3"
        raise ApiError(
            f"{field} must be written with all decimals of {currency}, such as {example}, got {text!r}{_hint(asset)}"
        )
    return money.minor_of(Decimal(text), asset), asset


def _hint(asset: str) -> str:
    """What may be meant by an asset without decimals whose amount has some."""
    if money.is_money(asset) or money.decimals_of(asset):
        return ""
    with suppress(InvalidInput):
        return f"; the currency is written {money.code_of(asset)}"
    return f"; an asset with decimals is named with their number, as {asset}/1"


def _named(asset: str) -> str:
    """The ledger's name of an asset that the operator has written: `EUR/2` of `EUR`. Raises ApiError."""
    with suppress(InvalidInput):
        check_asset(asset)
        return asset
    with suppress(InvalidInput):
        return money.asset_of(asset.partition("/")[0])
    raise ApiError(f"asset must be a currency such as EUR, or one of the programme such as points, got {asset!r}")


def parsed_programme(path: Path) -> Programme:
    """The programme of a document. Raises InvalidProgramme with all that is wrong with it, ApiError for one that is too
    large to be published, or OSError.
    """
    from chalicelib.domain.programme.document import parse
    from chalicelib.edge.yaml_document import check_size, read_new_document

    document = path.read_bytes()
    try:
        check_size(document)
    except TooLarge as error:
        raise ApiError(str(error)) from None
    return parse(read_new_document(document))


def print_json(answer: Any) -> None:
    """An answer of the API as JSON, for scripts."""
    print(json.dumps(answer, indent=2, ensure_ascii=False))


def table(columns: list[str], rows: list[list[Any]]) -> None:
    """Rows under their columns, each as wide as its widest cell."""
    lines = [columns, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def show(answer: Any) -> None:
    """A small JSON answer, a field a line; parts of a part are named by their path, what has a text is that text.

    An amount is the text that stands beside it (`amount_text`), which names its asset.
    """
    texts = {name: answer[f"{name}_text"] for name in answer if f"{name}_text" in answer}
    repeated = {*(f"{name}_text" for name in texts), *(["asset"] if texts else [])}
    for name, value in (answer | texts).items():
        if name in repeated:
            continue
        if isinstance(value, dict) and value and "text" not in value:
            show({f"{name}.{part}": of_part for part, of_part in value.items()})
        else:
            print(f"{name}: {_cell(value)}")


def _cell(value: Any) -> str:
    """A value of an answer as a person reads it."""
    if isinstance(value, dict):
        value = value.get("text") or (json.dumps(value, ensure_ascii=False) if value else "")
    if isinstance(value, list):
        value = ", ".join(map(_cell, value))
    words = {True: "yes", False: "no"}
    return words[value] if isinstance(value, bool) else "-" if value in (None, "") else str(value)


def tell_written(what: str, target: Path) -> None:
    """Say what was written into a file; on standard error where a pipe or a device is it, such as `/dev/stdout`."""
    print(f"{what} written to {target}", file=sys.stdout if target.is_file() else sys.stderr)


def counted(number: int, noun: str) -> str:
    """So many of something: `1 day`, `2,000 days`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
