"""What the program says of itself: one JSON line per event or count, never with personal data or a secret.

Counts are lines in CloudWatch's embedded metric format
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html),
so that counting costs no call.
"""

from __future__ import annotations

import sys
import time

import msgspec

from chalicelib.domain.events import Event


def event(happened: Event) -> None:
    """Say what has happened."""
    _line(happened)


def count(metric: str, **dimensions: str) -> None:
    """Count one of something, such as UnknownTopic, per connection or kind."""
    definition = {"Namespace": "Ristourne", "Dimensions": [sorted(dimensions)], "Metrics": [{"Name": metric, "Unit": "Count"}]}
    _line({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [definition]}, metric: 1, **dimensions})


def _line(content: object) -> None:
    sys.stdout.write(msgspec.json.encode(content).decode() + "\n")
