"""What a command found, written into a page between two marks that name it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path


def summarise(page: Path, name: str, lines: Sequence[str]) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->` in a page."""
    text = page.read_text()
    block = "\n".join([f"<!-- {name} -->", *lines, f"<!-- /{name} -->"])
    marked, count = re.subn(f"<!-- {name} -->.*?<!-- /{name} -->", lambda _: block, text, flags=re.DOTALL)
    assert count == 1, f"{page} has no marks of {name}"
    page.write_text(marked)


def table(how: str, subject: str, counts: Mapping[str, int]) -> list[str]:
    """The lines of a table of counts: today's date and how they came about, then what was counted of which subject."""
    made = f"{datetime.now(UTC):%Y-%m-%d}, {how}:"
    return [made, "", f"| {subject} | |", "|---|---:|", *(f"| {name} | {count:,} |" for name, count in counts.items())]
