"""The programme document: check it, publish it, show a version, compare two."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme.document import Programme, parse
from infra.api import newest_version
from infra.commands.terminal import Arguments, add_command, api, print_json


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    kinds = groups.add_parser("programme", help="the programme document").add_subparsers(
        required=True, metavar="COMMAND"
    )
    add_command(kinds, "check", "say everything that is wrong with a document", check_programme).add_argument(
        "file", type=Path
    )
    publish = add_command(kinds, "publish", "publish a document as the next version", publish_programme)
    publish.add_argument("file", type=Path)
    publish.add_argument("--effective-at", help="from when it holds, such as 2027-01-01T00:00:00Z")
    add_command(kinds, "show", "the newest version, or another", show_programme, shows=True).add_argument(
        "--number", type=int
    )
    diff = add_command(kinds, "diff", "what differs between two versions", diff_programme)
    diff.add_argument("old", type=int)
    diff.add_argument("new", type=int)


def check_programme(arguments: Arguments) -> None:
    from chalicelib.domain.programme.lifetime import gone_too_soon
    from infra import preview

    programme, now = _parsed_programme(arguments), int(time.time())
    problems = gone_too_soon(programme, now, now)
    if problems:
        raise InvalidProgramme(problems)
    referral = "a" if programme.referral else "no"
    rules = ", ".join(rule.id for rule in programme.earn) or "none"
    print(f"{programme.name}: good; cashback rules: {rules}; {referral} referral rule")
    for sentence in preview.sentences(programme, now):
        print(f"  {sentence}")
    for warning in preview.warnings(programme):
        print(f"warning: {warning}", file=sys.stderr)


def _parsed_programme(arguments: Arguments) -> Programme:
    from chalicelib.edge.yaml_document import read_document

    return parse(read_document(arguments.file.read_bytes()))


def publish_programme(arguments: Arguments) -> None:
    # What depends on when the version begins, the API checks: here that could be another instant.
    _parsed_programme(arguments)
    query = f"?{urlencode({'effective_at': arguments.effective_at})}" if arguments.effective_at else ""
    headers = {"If-Match": str(newest_version(api())), "Content-Type": "application/yaml"}
    published = api().call("PUT", f"/v1/programme{query}", arguments.file.read_bytes(), headers)
    print(f"version {published['number']} holds from {published['effective_at']}")


def show_programme(arguments: Arguments) -> None:
    query = f"?number={arguments.number}" if arguments.number else ""
    version = api().call("GET", f"/v1/programme{query}")
    if arguments.json:
        print_json(version)
        return
    print(f"# version {version['number']}, from {version['effective_at']}; in force: version {version['in_force']}")
    print(version["source"])


def diff_programme(arguments: Arguments) -> None:
    query = urlencode({"from": arguments.old, "to": arguments.new})
    print(api().call("GET", f"/v1/programme/versions?{query}")["changes"] or "no difference")
