"""What the program says of itself: one JSON line per event or count, never with personal data or a secret.

Counts are lines in CloudWatch's embedded metric format
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html),
so that counting costs no call.
"""

from __future__ import annotations

import sys
import time
import traceback

import msgspec

from chalicelib.domain.events import Event


def event(happened: Event) -> None:
    """Say what has happened."""
    _line(happened)


def count(metric: str, **dimensions: str) -> None:
    """Count one of something, such as UnknownTopic, per connection or kind."""
    definition = {
        "Namespace": "Ristourne",
        "Dimensions": [sorted(dimensions)],
        "Metrics": [{"Name": metric, "Unit": "Count"}],
    }
    _line({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [definition]}, metric: 1, **dimensions})


def failure(what: str, error: BaseException) -> None:
    """Say where our own mistake is: the error's kind and the way to it; its text may repeat what was sent."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rpartition('chalicelib/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    cause = error.__cause__ or error.__context__
    kinds = [type(each).__name__ for each in (error, cause) if each]
    _line({"failure": what, "error": kinds, "where": where})
    count("UnexpectedError")


def _line(content: object) -> None:
    sys.stdout.write(msgspec.json.encode(content).decode() + "\n")
