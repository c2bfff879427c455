"""The programme document: check it, publish it, show a version, compare two."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.errors import InvalidInput, InvalidProgramme
from infra.api import newest_programme
from infra.commands import what_if
from infra.commands.terminal import (
    Arguments,
    add_command,
    add_group,
    add_yes,
    api,
    confirm,
    parsed_programme,
    print_json,
)

if TYPE_CHECKING:
    from chalicelib.domain.programme.document import Programme


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    commands = add_group(groups, "programme", "the programme document")
    check = add_command(commands, "check", "say everything that is wrong with a document", check_programme)
    check.add_argument("file", type=Path)
    check.add_argument(
        "--against",
        type=Path,
        help="the document that it would follow: says what it may not change, warns of what begins anew",
    )
    publish = add_command(commands, "publish", "publish a document as the next version", publish_programme)
    publish.add_argument("file", type=Path)
    publish.add_argument("--effective-at", help="from when it holds, such as 2027-01-01T00:00:00Z")
    add_yes(publish)
    what_if.add_sources(publish, required=False)
    add_command(commands, "show", "the newest version, or another", show_programme, shows=True).add_argument(
        "--number", type=int
    )
    diff = add_command(commands, "diff", "what differs between two versions", diff_programme)
    diff.add_argument("old", type=int)
    diff.add_argument("new", type=int)
    add_command(commands, "schema", "write docs/programme.schema.json, for editors, from the types", write_schema)


def check_programme(arguments: Arguments) -> None:
    from chalicelib.domain.programme.sale import lifetime_problems

    programme, now = parsed_programme(arguments.file), int(time.time())
    before = parsed_programme(arguments.against) if arguments.against else None
    problems = [*_broken(programme, before), *lifetime_problems(programme, now, now)]
    if problems:
        raise InvalidProgramme(problems)
    referral = "a" if programme.referral else "no"
    rules = ", ".join(rule.id for rule in programme.earn) or "none"
    print(f"{programme.name}: good; rules: {rules}; {referral} referral rule")
    for sentence in sentences(programme, now):
        print(f"  {sentence}")
    _warn(programme, before, now)


def sentences(programme: Programme, now: int) -> Iterator[str]:
    """What an order that is paid now earns in each currency, what friends bring, and what else there is to win."""
    from chalicelib.domain.core.phrases import written
    from chalicelib.domain.rewards import summary

    return (written(sentence) for sentence in summary.sentences(programme, now))


def _broken(programme: Programme, before: Programme | None) -> list[InvalidInput]:
    """What a programme may not change of the version that it follows."""
    from chalicelib.domain.programme.succession import fixed_of, succession_problems

    return list(succession_problems(before, programme, fixed_of(before))) if before else []


def _warn(programme: Programme, before: Programme | None, since: int) -> None:
    """Say on the error stream what is allowed and probably not meant of a version that holds `since` an instant.
    `before`: the one that it follows.
    """
    from chalicelib.domain.core.phrases import written
    from chalicelib.domain.programme.warnings import warnings

    for warning in warnings(programme, local_day(since, programme.timezone), before):
        print(f"warning: {written(warning)}", file=sys.stderr)


def publish_programme(arguments: Arguments) -> None:
    """Publish a document after saying what changes, and what it would have given for orders where some are named."""
    # What depends on when the version begins, the API checks: here that could be another instant.
    from chalicelib.domain.core.phrases import written
    from chalicelib.domain.rewards.changes import changes
    from chalicelib.edge.request_checks import instant

    draft = parsed_programme(arguments.file)
    newest, current = _newest()
    if current == draft and newest["in_force"] == newest["number"]:
        print(f"nothing differs from version {newest['number']}, which is in force: there is nothing to publish")
        return
    if problems := _broken(draft, current):
        raise InvalidProgramme(problems)
    if current:
        unchanged = f"nothing differs from version {newest['number']}, which holds from {newest['effective_at']}"
        print("\n".join(map(written, changes(current, draft))) or unchanged)
    if arguments.csv or arguments.export or arguments.stage:
        print("\n".join(what_if.answer_of(arguments, draft, current).lines()))
    since = instant("effective_at", arguments.effective_at) if arguments.effective_at else 0
    _warn(draft, current, max(since, int(time.time())))
    confirm(arguments, "Publish it?", "nothing was published")
    query = f"?{urlencode({'effective_at': arguments.effective_at})}" if arguments.effective_at else ""
    headers = {"If-Match": str(newest["number"]), "Content-Type": "application/yaml"}
    published = api().call("PUT", f"/v1/programme{query}", arguments.file.read_bytes(), headers)
    print(f"version {published['number']} holds from {published['effective_at']}")


def _newest() -> tuple[dict[str, Any], Programme | None]:
    """The version that was published last and its document; a number 0 and None before the first."""
    from chalicelib.edge.yaml_document import as_published

    version = newest_programme(api())
    return (version, as_published(version["source"])) if version else ({"number": 0, "in_force": 0}, None)


def write_schema(_: Arguments) -> None:
    from infra.build import programme_schema

    print(programme_schema.write())


def show_programme(arguments: Arguments) -> None:
    query = f"?number={arguments.number}" if arguments.number is not None else ""
    version = api().call("GET", f"/v1/programme{query}")
    if arguments.json:
        print_json(version)
        return
    # Beside the document, which may be sent into a file, edited and published.
    about = f"version {version['number']}, from {version['effective_at']}; in force: version {version['in_force']}"
    print(f"# {about}", file=sys.stderr)
    print(version["source"].removesuffix("\n"))


def diff_programme(arguments: Arguments) -> None:
    query = urlencode({"from": arguments.old, "to": arguments.new})
    print(api().call("GET", f"/v1/programme/versions?{query}")["changes"] or "no difference")
