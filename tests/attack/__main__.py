"""`make attack`: sends deliveries that were tampered with, and writes what came of it into docs/security.md.

python -m tests.attack --count 100000 [--seed 1]
"""

from __future__ import annotations

import argparse
import io
import secrets
import sys
import time
from contextlib import redirect_stdout

from infra.progress import ProgressLine
from tests.attack.api import attacked_api
from tests.attack.campaign import Results, run
from tests.machine import ROOT
from tests.world.senders import NOW
from tests.world.summaries import summarise, table

PAGE = ROOT / "docs" / "security.md"
PUBLISHED_COUNT = 100_000
"""From so many on the page is written."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make attack")
    parser.add_argument("--count", type=int, default=PUBLISHED_COUNT)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = secrets.randbelow(2**32) if arguments.seed is None else arguments.seed
    print(f"{arguments.count:,} deliveries, seed {seed}", flush=True)
    progress, started = ProgressLine(sys.stderr), time.monotonic()
    with redirect_stdout(io.StringIO()), attacked_api(NOW) as api:
        results = run(api, seed, arguments.count, lambda number: progress.show(f"{number:,}"))
    progress.clear()
    lines = summary(results, time.monotonic() - started)
    print("\n".join(lines))
    if arguments.count >= PUBLISHED_COUNT:
        summarise(PAGE, "attack", lines)
    if results.violations:
        raise SystemExit("\n".join(results.violations[:20]))


def summary(results: Results, took_s: float) -> list[str]:
    """What came of a campaign, as Markdown."""
    rows = {
        "sent": results.sent,
        "the sender's library refuses": results.count("forged"),
        "of these: WooCommerce's ping, which has no signature, and was ignored": results.answers["forged", 200],
        "of these: accepted otherwise": sum(results.answers["forged", status] for status in (201, 202)),
        "the sender's library accepts": results.count("authentic"),
        "of these: refused all the same": results.refused_authentic,
        "answered 5xx": sum(number for (_, status), number in results.answers.items() if status >= 500),
        "broken rules, writes of a refused delivery among them": len(results.violations),
    }
    return table(f"seed {results.seed}, {took_s:.0f} s, `make attack`", "deliveries", rows)


if __name__ == "__main__":
    main()
