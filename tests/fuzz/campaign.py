"""Schemathesis makes requests from the document, good and bad ones; each answer must be one that it states."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from math import ceil
from random import Random
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from msgspec import Struct, field
from requests import PreparedRequest, Request
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks

from tests.attack.api import aws, table_of
from tests.attack.deliveries import SECRETS, signed
from tests.fuzz.shop import GOOD_PROGRAMME, PROGRAMME, Shop
from tests.machine import ROOT
from tests.world.gateway import Reply, ask
from tests.world.senders import NOW

ADDRESS = "http://api.example"
DOCUMENT = ROOT / "docs" / "openapi.json"
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


class Results(Struct):
    """What came of a campaign. `answers`: how often each operation gave each status. `violations`: one for each kind of
    failure of an operation, with the request.
    """

    seed: int
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    violations: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        """How many requests were made."""
        return sum(self.answers.values())

    def good(self) -> set[str]:
        """The operations that have done what was asked, once at the least."""
        return {operation for operation, status in self.answers if status < 400}


def run(seed: int, count: int, tick: Callable[[str, int], object] = lambda *_: None) -> Results:
    """Make about `count` requests: as many of each operation, each with a table of its own, which is quick while small.

    Operations on connections, whose secrets others need, come last.
    """
    results = Results(seed)
    operations = [result.ok() for result in schema().get_all_operations()]
    operations.sort(key=lambda operation: operation.path.startswith("/v1/connections"))
    with aws(NOW) as api:
        for number, operation in enumerate(operations):
            tick(operation.label, results.sent)
            # What one operation cannot take, since nothing more about it can be wrong, the others do.
            share = ceil((count - results.sent) / (len(operations) - number))
            with table_of(api, PROGRAMME):
                try_operation(results, Shop(), operation, share)
    return results


def schema() -> Any:
    """The document as Schemathesis reads it."""
    return schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text()))


def try_operation(results: Results, shop: Shop, operation: Any, count: int) -> None:
    """Make so many requests of one operation: half of them of data that do not fit its schema, if there are any."""
    begun = results.sent
    try_mode(results, shop, operation, GenerationMode.NEGATIVE, max(count // 2, 1))
    try_mode(results, shop, operation, GenerationMode.POSITIVE, max(count - (results.sent - begun), 1))


def try_mode(results: Results, shop: Shop, operation: Any, mode: GenerationMode, most: int) -> None:
    """Make up to so many requests of one operation, of data that fit its schema, or of such that do not."""
    random = Random(f"{results.seed} {operation.label} {mode.value}")  # noqa: S311 (a test)

    @seeded(results.seed)
    @settings(
        max_examples=most,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def judge(case: Any) -> None:
        request = prepared(random, shop, case)
        headers = {name: text(value) for name, value in request.headers.items()}
        reply = ask(str(request.method), str(request.url), headers, raw_body(request))
        results.answers[operation.label, reply.status] += 1
        if reply.route:  # the gateway's own answers are not in the document
            note(results, case, request, reply)

    try:
        judge()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "there is nothing about it that could be wrong"


def prepared(random: Random, shop: Shop, case: Any) -> PreparedRequest:
    """The request of a case, aimed at what is in the table; what a storefront sends is signed, mostly."""
    case.path_parameters = shop.aim(random, case.path_parameters)
    if isinstance(case.body, dict):
        case.body = shop.aim(random, case.body)
    if "Idempotency-Key" in case.headers and random.random() < 0.8:
        case.headers["Idempotency-Key"] = f"key-{random.randrange(10**9)}"
    if case.operation.label == "PUT /v1/programme" and random.random() < 0.3:
        case.headers["If-Match"], case.query, case.body = "1", {}, json.loads(GOOD_PROGRAMME)
    request = Request(**case.as_transport_kwargs(base_url=ADDRESS)).prepare()
    if random.random() < 0.9:
        request.headers.update(shop.headers())
    if case.operation.path.startswith("/webhooks/") and random.random() < 0.9:
        sign(random, request)
    return request


def sign(random: Random, request: PreparedRequest) -> None:
    """Sign a request's body as the storefront of the kind does, and send it to that connection."""
    kind = random.choice([*SECRETS])
    raw = raw_body(request).decode(errors="replace").encode()
    topic = "orders/paid" if kind == "shopify" else "order.updated"
    request.url, request.body = f"{ADDRESS}/webhooks/shop-{kind}", raw
    request.headers.update(signed(kind, topic, raw, NOW).headers)


def note(results: Results, case: Any, request: PreparedRequest, reply: Reply) -> None:
    """Hold an answer against the document, and note what it violates."""
    headers = {name: [value] for name, value in reply.headers.items()}
    response = schemathesis.Response(reply.status, headers, reply.body, request, 0.1, verify=False)
    try:
        case.validate_response(response, checks=CHECKS)
    except (Failure, FailureGroup) as error:
        for failure in failures(error):
            shown = f"{request.method} {request.url} {request.body!r:.400} -> {reply.status} {reply.body!r:.300}"
            results.violations.setdefault((case.operation.label, type(failure).__name__), f"{failure}\n{shown}")


def failures(error: BaseException) -> Iterator[BaseException]:
    yield from error.exceptions if isinstance(error, BaseExceptionGroup) else [error]


def raw_body(request: PreparedRequest) -> bytes:
    """A prepared request's body as bytes."""
    body = request.body or b""
    assert isinstance(body, (bytes, str))
    return body.encode() if isinstance(body, str) else body


def text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
