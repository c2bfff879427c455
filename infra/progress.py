"""A line of progress for commands that take long. Standard library only."""

from __future__ import annotations

from typing import TextIO

CELLS = 24
"""The width of a bar."""


class Progress:
    """A line of progress on a terminal; nothing elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()

    def show(self, text: str) -> None:
        """Replace the line by a text."""
        if self._live:
            self._stream.write(f"\r\033[K{text}")
            self._stream.flush()

    def bar(self, text: str, done: int, total: int, note: str = "") -> None:
        """Replace the line by a bar of how much is done; without a bar where the total is unknown (0)."""
        share = min(done / total, 1.0) if total else 0.0
        filled = round(CELLS * share)
        drawn = f"{'█' * filled}{'░' * (CELLS - filled)} {share:4.0%}  " if total else ""
        self.show(f"{text}  {drawn}{note}".rstrip())

    def clear(self) -> None:
        """Empty the line, for what is printed next."""
        self.show("")
