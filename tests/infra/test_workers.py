"""The processes of an audit end with it, and say nothing of their own when it is stopped."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from infra.audit.workers import Workers


def work(place: Path) -> None:
    """What takes a while, and leaves something where it was done."""
    time.sleep(3)
    place.touch()


@pytest.mark.usefixtures("signals_heard")
def test_what_is_being_worked_out_is_given_up_when_the_audit_is_stopped(tmp_path: Path) -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Workers(2, stop) as pool:
        list(pool.map(work, [(tmp_path / "one",), (tmp_path / "other",)]))
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("signals_heard")
def test_ctrl_c_of_the_terminal_is_heard_by_the_command_alone() -> None:
    """Each process of `verify` printed a traceback."""
    with Workers(2, lambda *_: None) as pool:
        assert list(pool.map(signal.getsignal, [(signal.SIGINT,)])) == [signal.SIG_IGN]
        assert list(pool.map(signal.getsignal, [(signal.SIGTERM,)])) == [signal.SIG_DFL]
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
