"""A line of progress for commands that take long. Standard library only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

CELLS = 24
"""The width of a bar."""


class ProgressLine:
    """A line of progress on a terminal; nothing elsewhere, and no more once the terminal is gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()

    def show(self, text: str) -> None:
        """Replace the line by a text."""
        if not self._live:
            return
        try:
            self._stream.write(f"\r\033[K{text}")
            self._stream.flush()
        except OSError:
            self._live = False

    def bar(self, text: str, done: int, total: int, note: str = "") -> None:
        """Replace the line by a bar of how much is done; without a bar where the total is unknown (0)."""
        share = min(done / total, 1.0) if total else 0.0
        filled = round(CELLS * share)
        drawn = f"{'█' * filled}{'░' * (CELLS - filled)} {share:4.0%}  " if total else ""
        self.show(f"{text}  {drawn}{note}".rstrip())

    def reading(self, text: str, size: int) -> Callable[[int, int], None]:
        """What to call with the items and the bytes that were read since the last call; draws how much of `size` is."""
        read_items = read_bytes = 0

        def passed(items: int, bytes_: int) -> None:
            nonlocal read_items, read_bytes
            read_items, read_bytes = read_items + items, read_bytes + bytes_
            self.bar(text, read_bytes, size, f"{read_items:,} items")

        return passed

    def clear(self) -> None:
        """Empty the line, for what is printed next."""
        self.show("")
