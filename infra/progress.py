"""A line of progress for commands that take long. Standard library only."""

from __future__ import annotations

from typing import TextIO


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

    def clear(self) -> None:
        """Empty the line, for what is printed next."""
        self.show("")
