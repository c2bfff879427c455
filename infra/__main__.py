"""The operator's command: what the API can do, from a terminal.

`ristourne --help` lists the commands, and the README says what each does; a group of them is a module of `commands/`.
`python -m infra` is the same, in the checkout.

RISTOURNE_URL and RISTOURNE_KEY name the API and an admin key. A storefront's secret is asked for, or read from
RISTOURNE_SECRET, and the token of its API from RISTOURNE_STOREFRONT_TOKEN; never are they taken from the command line,
where every process of the computer could read them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper

from infra.stopping import Stopped, stoppable

INTERRUPTED, NOBODY_READS = 130, 141
"""The statuses that a shell gives a program which Ctrl-C or a closed pipe has ended; another signal has its own."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; 0 (or its own status) when it did what was asked, 1 with the reason on standard error."""
    try:
        with stoppable():
            from infra.commands.root import run  # takes a while, in which Ctrl-C may be typed

            if isinstance(sys.stdout, TextIOWrapper):  # what the terminal's letters do not have is shown by its number
                sys.stdout.reconfigure(errors="backslashreplace")
            try:
                return run(words)
            finally:  # `--help` too, which ends the process
                sys.stdout.flush()
    except KeyboardInterrupt as stop:
        with suppress(OSError):  # the terminal may be gone
            print("\nstopped", file=sys.stderr)
        return stop.status if isinstance(stop, Stopped) else INTERRUPTED
    except OSError as error:  # of the output alone: that of a command is told by `run`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still to be written goes nowhere
        if isinstance(error, BrokenPipeError):  # such as `| head`, which has enough
            return NOBODY_READS
        print(f"what is printed could not be written: {error.strerror}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
