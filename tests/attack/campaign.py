"""Tampers with genuine deliveries at random, sends them, and compares each answer with the sender's own verdict."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from random import Random

from msgspec import Struct, field

from tests.attack.api import Answer, Api
from tests.attack.deliveries import Sent, genuine
from tests.attack.mutations import tampered
from tests.attack.verdicts import is_authentic

PING = "the ping of a new webhook"


class Results(Struct):
    """What came of a campaign. `answers`: how often each status came, by the sender's verdict (authentic or forged).
    `violations`: what no delivery may do, each with how to see it again.
    """

    seed: int
    sent: int = 0
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def count(self, verdict: str) -> int:
        """How many deliveries had a verdict."""
        return sum(number for (name, _), number in self.answers.items() if name == verdict)

    @property
    def refused_authentic(self) -> int:
        """How many deliveries we refuse that the sender's library would accept."""
        return sum(number for (name, status), number in self.answers.items() if name == "authentic" and status >= 400)


def run(api: Api, seed: int, count: int, tick: Callable[[int], object] = lambda _: None) -> Results:
    """Send every delivery as it is, then so many that were tampered with."""
    random, results = Random(seed), Results(seed)  # noqa: S311 (a test)
    captured = genuine(api.now)
    for sent in captured:
        judge(results, sent, ("as it is",), api.receive(sent))
    assert {*results.answers} <= {("authentic", 200), ("authentic", 202)}, results
    for number in range(count):
        sent, ways = tampered(random, random.choice(captured))
        judge(results, sent, ways, api.receive(sent))
        tick(number)
    return results


def judge(results: Results, sent: Sent, ways: tuple[str, ...], answer: Answer) -> None:
    """Count an answer, and note what it violates."""
    authentic = is_authentic(sent)
    results.sent += 1
    results.answers["authentic" if authentic else "forged", answer.status] += 1
    results.ways.update(ways)
    if broken := broken_rule(authentic, answer):
        results.violations.append(f"seed {results.seed}, delivery {results.sent}, {', '.join(ways)}: {broken}; {sent}")


def broken_rule(authentic: bool, answer: Answer) -> str:
    """The rule that an answer breaks; empty if it is good."""
    accepted = 200 <= answer.status < 300
    if answer.status >= 500:
        return f"answered {answer.status}"
    if accepted and not authentic and not is_ping(answer):
        return f"accepted, and the sender's library refuses it: {answer.body[:200]}"
    if answer.writes and not (accepted and authentic):
        return f"answered {answer.status}, and {answer.writes} writes were made"
    return ""


def is_ping(answer: Answer) -> bool:
    """Whether a delivery was taken for WooCommerce's ping, which has no signature and changes nothing."""
    return answer.status == 200 and json.loads(answer.body) == {"result": "ignored", "reason": PING}
