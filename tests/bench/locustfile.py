"""What Locust sends: signed orders, each a new one of a new customer, as fast as the answers come.

    FIRST_ORDER=1 TIMES=/tmp/times.json python -m locust -f tests/bench/locustfile.py --headless --host ... --users 8

Writes the times of the answers to the file TIMES, in milliseconds and unrounded, which Locust's own statistics are not.
Runs in .venv-bench only.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from locust import FastHttpUser, events, task

from tests.bench.order import CONNECTION, delivery

numbers = count(int(os.environ["FIRST_ORDER"]))
times_ms: list[float] = []
failures: list[str] = []


class Storefront(FastHttpUser):
    """One connection."""

    @task
    def order(self) -> None:
        number = next(numbers)
        sent = delivery(number, number, int(time.time()))
        headers = {name: value for name, value in sent.headers.items() if name != "Host"}
        self.client.post(f"/webhooks/{CONNECTION}", data=sent.body, headers=headers)


def note(response_time: float, exception: Exception | None, **_: Any) -> None:
    """One answer."""
    if exception:
        failures.append(f"{type(exception).__name__}: {exception}")
    else:
        times_ms.append(response_time)


def write(**_: Mapping[str, Any]) -> None:
    """What was seen, when the run has ended."""
    Path(os.environ["TIMES"]).write_text(json.dumps({"times_ms": times_ms, "failures": failures}))


events.request.add_listener(note)
events.quitting.add_listener(write)
