"""What the deployment tells the program, read when asked for, so that importing never fails. Standard library only."""

from __future__ import annotations

import os

MAX_DELIVERY_BYTES = 6 * 1024 * 1024
"""The largest body of a delivery that is read, and kept. Lambda hands over no more: its request is smaller than
6,291,556 bytes, with the body in it as one JSON string, whose quotes are escaped
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
"""


def table() -> str:
    """The name of the table."""
    return os.environ["RISTOURNE_TABLE"]


def stage() -> str:
    """The stage; part of every parameter name."""
    return os.environ.get("RISTOURNE_STAGE", "dev")


def calculate_function() -> str:
    """The name of the function that works something out of all orders; empty where there is none."""
    return os.environ.get("RISTOURNE_CALCULATE", "")


def cache_s() -> int:
    """How long a Lambda may work with what it has read of the programme's list, secrets, API keys, referral codes and
    shares of budgets with nothing left.
    """
    return int(os.environ.get("RISTOURNE_CACHE_SECONDS", "60"))


def lead_s() -> int:
    """How far ahead a programme version must be published: longer than any cache, with room for clocks that differ."""
    return 2 * cache_s()
