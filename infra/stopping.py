"""Signals that ask a command to stop: Ctrl-C, a supervisor's, and the end of the session that it was typed in.

All of them end a command as Ctrl-C does, so that whatever it has to clean up is cleaned up. Standard library only.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal has asked the command to stop; `status` is what a shell gives a program that it has ended."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _stop(signum: int, _: FrameType | None) -> None:
    raise Stopped(128 + signum)


@contextmanager
def stoppable() -> Iterator[None]:
    """Any of these signals raises Stopped meanwhile; one that the caller ignores (`nohup`) stays ignored."""
    with _handled(_stop, STOPS):
        yield


@contextmanager
def unstoppable(*signals: signal.Signals) -> Iterator[None]:
    """These signals (none: all that ask to stop) are ignored meanwhile, also by processes that are started."""
    with _handled(signal.SIG_IGN, signals or STOPS):
        yield


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], Any] | signal.Handlers, signals: Any) -> Iterator[None]:
    # Python lets no other thread say what a signal does.
    is_main = threading.current_thread() is threading.main_thread()
    chosen = [sign for sign in signals if is_main and signal.getsignal(sign) not in (None, signal.SIG_IGN)]
    before = {sign: signal.signal(sign, handler) for sign in chosen}
    try:
        yield
    finally:
        for sign, earlier in before.items():
            signal.signal(sign, earlier)
