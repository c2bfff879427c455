"""The operator's command: what the API can do, from a terminal.

    ristourne programme check|publish|show|diff           ristourne deliveries|replay
    ristourne connection list|add|test|rotate|remove      ristourne send
    ristourne member show|statement|code|profile|adjust   ristourne key issue|revoke
    ristourne member hold|capture|release|redeem|undo     ristourne reviews list|approve|deny|undo
    ristourne member find|export|erase|merge              ristourne data-requests
    ristourne report | owed                               ristourne segment list|members|export
    ristourne member best|list                            ristourne reconcile
    ristourne settle
    ristourne verify                                      ristourne export
    ristourne anchors rebuild                             ristourne restore | what-if | campaign report
    ristourne user invite|remove

`python -m infra` is the same, in the checkout.

RISTOURNE_URL and RISTOURNE_KEY name the API and an admin key. A storefront's secret is asked for, or read from
RISTOURNE_SECRET, and the token of its API from RISTOURNE_STOREFRONT_TOKEN; never are they taken from the command line,
where every process of the computer could read them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.edge.openapi import VERSION
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
from infra.commands.terminal import Arguments, add_command
from infra.deploy import DeployError

EPILOG = "RISTOURNE_URL and RISTOURNE_KEY name the API and an admin key, as make run and make deploy print them."

GROUPS = (programme, what_if, campaigns, connections, members, reports, reviews, deliveries, tables, keys, users)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; 0 (or its own status) when it did what was asked, 1 with the reason on standard error."""
    arguments = parser().parse_args(words)
    try:
        return arguments.run(arguments) or 0
    except (ApiError, InvalidProgramme) as error:
        print(error if isinstance(error, ApiError) else "\n".join(error.problems), file=sys.stderr)
        return 1
    except (OSError, DeployError, BotoCoreError, ClientError) as error:
        print(_reason(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


def _reason(error: Exception) -> str:
    """What went wrong in words; of a file its name first."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def parser() -> argparse.ArgumentParser:
    """Every command and what it takes."""
    root = argparse.ArgumentParser(prog="ristourne", description="Operate a deployment of Ristourne.", epilog=EPILOG)
    root.add_argument("--version", action="version", version=f"ristourne {VERSION}")
    groups = root.add_subparsers(required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add(groups)
    add_command(groups, "openapi", "write docs/openapi.json from the types", write_openapi)
    add_command(groups, "words", "bring the catalogues of texts in step with the code, and compile them", update_words)
    return root


def write_openapi(_: Arguments) -> None:
    import app
    from chalicelib.edge.openapi import document

    target = Path(__file__).parent.parent / "docs" / "openapi.json"
    target.write_text(json.dumps(document(app.ROUTES), indent=2) + "\n")
    print(target)


def update_words(_: Arguments) -> int:
    from infra.build import words

    missing = [(path, text) for path in words.catalogues() for text in words.update(path)]
    for path, text in missing:
        print(f"{path.name}: no translation of {text!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
