"""`make fuzz`: requests that Schemathesis makes from docs/openapi.json, and what came of them into docs/security.md.

python -m tests.fuzz --count 10000 [--seed 1]
"""

from __future__ import annotations

import argparse
import io
import secrets
import sys
import time
from contextlib import redirect_stdout

from infra.progress import ProgressLine
from tests.fuzz.campaign import Results, run
from tests.machine import ROOT
from tests.world.summaries import summarise, table

PAGE = ROOT / "docs" / "security.md"
PUBLISHED_COUNT = 10_000
"""From so many on the page is written."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--count", type=int, default=PUBLISHED_COUNT)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = secrets.randbelow(2**32) if arguments.seed is None else arguments.seed
    print(f"about {arguments.count:,} requests, seed {seed}", flush=True)
    progress, started = ProgressLine(sys.stderr), time.monotonic()
    with redirect_stdout(io.StringIO()):
        results = run(seed, arguments.count, lambda label, sent: progress.show(f"{sent:,}  {label}"))
    progress.clear()
    lines = summary(results, time.monotonic() - started)
    print("\n".join(lines))
    if arguments.count >= PUBLISHED_COUNT:
        summarise(PAGE, "fuzz", lines)
    if results.violations:
        raise SystemExit("\n\n".join(map(str, results.violations.items())))


def summary(results: Results, took_s: float) -> list[str]:
    """What came of a campaign, as Markdown."""
    operations = {operation for operation, _ in results.answers}
    rows = {
        "requests": results.sent,
        "operations": len(operations),
        "of these: did what was asked, once at the least": len(results.good()),
        "answered 2xx or 3xx": sum(number for (_, status), number in results.answers.items() if status < 400),
        "answered 4xx": sum(number for (_, status), number in results.answers.items() if 400 <= status < 500),
        "answered 5xx": sum(number for (_, status), number in results.answers.items() if status >= 500),
        "answers that the document does not state": len(results.violations),
    }
    return table(f"seed {results.seed}, {took_s:.0f} s, `make fuzz`", "requests", rows)


if __name__ == "__main__":
    main()
