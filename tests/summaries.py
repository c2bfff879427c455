"""What a command found, written into a page between two marks that name it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path


def summarise(page: Path, name: str, lines: Sequence[str]) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->` in a page."""
    text = page.read_text()
    block = "\n".join([f"<!-- {name} -->", *lines, f"<!-- /{name} -->"])
    marked, count = re.subn(f"<!-- {name} -->.*?<!-- /{name} -->", lambda _: block, text, flags=re.DOTALL)
    assert count == 1, f"{page} has no marks of {name}"
    page.write_text(marked)
