"""Log lines and metrics: one JSON line per event, count or failure, never with personal data or a secret.

Counts are lines in CloudWatch's embedded metric format
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html),
so that counting costs no call.
"""

from __future__ import annotations

import sys
import time
import traceback

import msgspec

from chalicelib import settings


def count(metric: str, **dimensions: str) -> None:
    """Add one to a CloudWatch metric, such as UnknownTopic, of the stage, and of the stage with further dimensions."""
    counted = [["stage"], ["stage", *sorted(dimensions)]] if dimensions else [["stage"]]
    definition = {
        "Namespace": "Ristourne",
        "Dimensions": counted,
        "Metrics": [{"Name": metric, "Unit": "Count"}],
    }
    embedded = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [definition]}
    line({"_aws": embedded, metric: 1, "stage": settings.stage(), **dimensions})


def failure(what: str, error: BaseException) -> None:
    """Log an unexpected exception by its class and stack, without its text, which may repeat a request's data."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rpartition('chalicelib/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    cause = error.__cause__ or error.__context__
    kinds = [type(exception).__name__ for exception in (error, cause) if exception]
    line({"failure": what, "error": kinds, "where": where})
    count("UnexpectedError")


def line(content: object) -> None:
    """Log an event, or anything else that has happened, as a line of JSON."""
    sys.stdout.write(msgspec.json.encode(content).decode() + "\n")
