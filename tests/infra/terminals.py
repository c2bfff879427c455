"""A terminal with a person at it, for what a command asks before it does something."""

from __future__ import annotations

import io
import sys

import pytest


class Terminal(io.StringIO):
    """What is typed, or what is shown."""

    def isatty(self) -> bool:
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, typed: str) -> Terminal:
    """A person types this at the next question; returns what they see. Without a line it is the end of the input."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stdout", screen)
    return screen
