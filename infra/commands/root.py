"""Every command and what it takes, and one run of it: to a status, or to the reason in words."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.edge.openapi.document import VERSION
from infra.api import ApiError
from infra.commands import (
    campaigns,
    connections,
    deliveries,
    keys,
    members,
    programme,
    reports,
    reviews,
    tables,
    users,
    what_if,
)
from infra.commands.terminal import Arguments, CommandParser, add_hidden_command
from infra.stage import DeployError

EPILOG = "RISTOURNE_URL and RISTOURNE_KEY name the API and an admin key, as make run and make deploy print them."

GROUPS = (programme, what_if, campaigns, connections, members, reports, reviews, deliveries, tables, keys, users)


def run(words: Sequence[str] | None) -> int:
    """Run the command of these words (None: those of the process). Returns its status; a reason goes to standard error.
    Raises BrokenPipeError where nobody reads what it prints.
    """
    arguments, unknown = parser().parse_known_args(words)
    if unknown:
        arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        return arguments.run(arguments) or 0
    except (ApiError, InvalidProgramme) as error:
        print(error if isinstance(error, ApiError) else "\n".join(error.problems), file=sys.stderr)
    except BrokenPipeError:
        raise
    except (OSError, DeployError, BotoCoreError, ClientError) as error:
        print(_reason(error), file=sys.stderr)
    return 1


def _reason(error: Exception) -> str:
    """What went wrong in words; of a file its name first."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def parser() -> argparse.ArgumentParser:
    """Every command and what it takes."""
    root = CommandParser(prog="ristourne", description="Operate a deployment of Ristourne.", epilog=EPILOG)
    root.add_argument("--version", action="version", version=f"ristourne {VERSION}")
    groups = root.add_subparsers(required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add(groups)
    # For developers: they write into the checkout, and the list that `--help` prints is an operator's.
    add_hidden_command(groups, "openapi", "write docs/openapi.json from the types", write_openapi)
    text = "bring the catalogues of texts in step with the code, and compile them"
    add_hidden_command(groups, "words", text, update_words)
    return root


def write_openapi(_: Arguments) -> None:
    import app
    from chalicelib.edge.openapi.document import document

    target = Path(__file__).parents[2] / "docs" / "openapi.json"
    target.write_text(json.dumps(document(app.ROUTES), indent=2) + "\n")
    print(target)


def update_words(_: Arguments) -> int:
    from infra.build import words

    missing = [(path, text) for path in words.catalogues() for text in words.update(path)]
    for path, text in missing:
        print(f"{path.name}: no translation of {text!r}")
    return 1 if missing else 0
