"""`make drill`: every drill on the deployed package, and what came of it into docs/operations.md."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from infra.local.local_aws import free_port, local_aws, port_from_environment
from infra.progress import ProgressLine
from tests.drills.drills import DRILLS
from tests.drills.stage import PAGE, Stage, open_stage
from tests.world.summaries import summarise

GROUPS = ("connection", "key", "member")
"""Commands of `ristourne` that have commands of their own."""

HEADING = ("drill", "took", "what a person did", "books")


def main() -> None:
    progress, rows = ProgressLine(sys.stderr), list[tuple[str, ...]]()
    port = port_from_environment() if "RISTOURNE_PORT" in os.environ else free_port()
    with tempfile.TemporaryDirectory(prefix="ristourne-drill-") as folder, local_aws(port) as local:
        progress.show("deploying to the local AWS")
        with open_stage(local, Path(folder)) as stage:
            for drill in DRILLS:
                progress.show(drill.__name__)
                rows.append(run(stage, drill))
                progress.clear()
                print("  ".join((rows[-1][0].ljust(28), rows[-1][1].rjust(6), rows[-1][3])), flush=True)
    made = f"{datetime.now(UTC):%Y-%m-%d}, `make drill`:"
    table = [f"| {' | '.join(row)} |" for row in (HEADING, ("---", "---:", "---", "---"), *rows)]
    summarise(PAGE, "drills", [made, "", *table])
    if any(row[3] != "right" for row in rows):
        raise SystemExit("the books are not right after each drill")


def run(stage: Stage, drill: Callable[[Stage], None]) -> tuple[str, ...]:
    """One drill: its name, how long it took, what a person ran, what `verify` says after it."""
    stage.typed.clear()
    started = time.monotonic()
    drill(stage)
    took_s = time.monotonic() - started
    done = ", ".join(dict.fromkeys(f"`{name_of(command)}`" for command in stage.typed)) or "nothing"
    return drill.__name__.replace("_", " "), f"{took_s:.1f} s", done, "right" if stage.is_right() else "**wrong**"


def name_of(command: str) -> str:
    """The program and its command, such as `aws ssm put-parameter` or `ristourne replay`, without what it is about."""
    program, *words = re.sub(r"^\w+=\$\(", "", command).split()
    return " ".join([program, *words[: 2 if program == "aws" or words[0] in GROUPS else 1]])


if __name__ == "__main__":
    main()
