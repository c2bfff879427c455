"""The transport to AWS: signed requests of its JSON protocols to DynamoDB, SSM and Lambda, for commands and operators
alike.

botocore provides credentials, signatures, the connection pool and certificates, but not its client: creating one costs
a cold start more than all our modules together, and each call more than a whole decision (docs/benchmarks.md).
botocore's `before-send` event is emitted as its client does, for tools that watch requests there. PynamoDB's queries,
scans and updates use this too (`items.py`). Knows nothing of records.
"""

from __future__ import annotations

import os
import random
import re
import socket
import threading
import time
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import botocore.session
import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
)
from botocore.exceptions import ConnectionError as HTTPConnectionError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from msgspec import Struct, field


class Policy(Struct, frozen=True):
    """Time-outs of one attempt, the number of attempts, and the longest pause (backoff) between two."""

    connect_s: float
    read_s: float
    attempts: int
    longest_pause_s: float


REQUEST_POLICY = Policy(connect_s=0.3, read_s=1.15, attempts=2, longest_pause_s=0.05)
"""For a call inside a request: 3 s at most, so that a delivery can still be kept and answered when the table is slow.
Both attempts fit in, since a connection that was cut off while the process slept shows by a time-out only.
"""

OPERATOR_POLICY = Policy(connect_s=5.0, read_s=30.0, attempts=10, longest_pause_s=5.0)
"""For an operator who waits for a whole table: a throttled one is retried for a while."""

FIRST_PAUSE_S = 0.05
"""The longest pause before the second attempt; it doubles with each further one (exponential backoff, full jitter)."""

RETRY_QUOTA, RETRY_COST, TIMEOUT_COST, SUCCESS_CREDIT = 500, 5, 10, 1
"""The retry quota of a process, what each retry costs, and what a success returns, as in botocore's standard mode."""

TRANSIENT_CODES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
        "429",
    }
)
"""Error codes that are retried, beside statuses of 500 and more; "429" is a proxy's status without a code. The same as
in botocore's `_retry.json`."""


_NO_DELAY = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
"""Without this a body waits 40 ms for the acknowledgement of its headers; botocore's client sets it too."""


OVERRIDE = "AWS_ENDPOINT_URL"
"""The variable that names another endpoint for all services; with a service's name after it, for that one."""

ACCEPTED = 202
"""The status of Lambda's answer where a function will be called; it has no body."""

CHECKSUM = "x-amz-crc32"
"""The header with the checksum of DynamoDB's response body."""


class Service(Struct, frozen=True):
    """A service that speaks AWS's JSON protocol: its name, the prefix of its operations, the protocol's version.

    `path`: where the one operation that we ask of a service with paths is, with the place of what it is asked of.
    """

    name: str
    target: str
    version: str
    path: str = ""


class Refusal(Struct, frozen=True):
    """The body of a service's error response; all fields are missing where a proxy has answered."""

    type: str = field(default="", name="__type")
    lower: str | None = field(default=None, name="message")
    upper: str | None = field(default=None, name="Message")
    reasons: list[dict[str, Any]] = field(default_factory=list, name="CancellationReasons")

    @property
    def code(self) -> str:
        """The error code: the type without its namespace and the address after it."""
        return self.type.partition(":")[0].rpartition("#")[2]


DYNAMODB = Service("dynamodb", "DynamoDB_20120810", "1.0")
SSM = Service("ssm", "AmazonSSM", "1.1")
FUNCTIONS = Service("lambda", "", "", "/2015-03-31/functions/{}/invocations")
"""Lambda, asked to call the function that stands in the operation's place, later and without an answer of its own."""


def dynamodb(operation: str, body: Mapping[str, Any]) -> Any:
    """DynamoDB's response as plain data. Raises ClientError where it refuses, another BotoCoreError where it does not
    answer: then it is unknown whether a write was done.
    """
    return ask(DYNAMODB, operation, body)


def ask(
    service: Service, operation: str, body: Mapping[str, Any], policy: Policy | None = None, region: str = ""
) -> Any:
    """A service's response as plain data. `policy`: REQUEST_POLICY by default; `region`: that of the environment.
    Raises as `dynamodb` does.

    Transient errors are retried within the policy and the process's retry quota; a transaction carries a token, which
    makes its retry idempotent.
    """
    policy = policy or REQUEST_POLICY
    sender, content = _sender(service, policy, region), msgspec.json.encode(body)
    for attempt in range(policy.attempts - 1):
        try:
            return sender.send(operation, content)
        except (HTTPConnectionError, HTTPClientError):
            if not sender.quota.spend(TIMEOUT_COST):
                raise
        except ClientError as error:
            if not _is_transient(error) or not sender.quota.spend(RETRY_COST):
                raise
        time.sleep(random.uniform(0, min(policy.longest_pause_s, FIRST_PAUSE_S * 2**attempt)))  # noqa: S311 (a pause)
    return sender.send(operation, content)


def forget() -> None:
    """Drop the cached sessions and senders, for a process that changes its region or credentials (tests do)."""
    _sender.cache_clear()
    _session.cache_clear()


@cache
def _sender(service: Service, policy: Policy, region: str) -> _Sender:
    return _Sender(service, policy, region, _session())


@cache
def _session() -> Any:
    return botocore.session.get_session()


class RetryQuota:
    """The retry quota of a process: used up while nothing succeeds, so that each call is then tried once only."""

    def __init__(self) -> None:
        self._rest = RETRY_QUOTA
        self._lock = threading.Lock()

    def spend(self, cost: int) -> bool:
        """Take a retry's cost from the quota; False, and nothing taken, where the rest is less."""
        with self._lock:
            enough = cost <= self._rest
            self._rest -= cost if enough else 0
            return enough

    def succeed(self) -> None:
        """Return a part of the quota after a successful attempt."""
        with self._lock:
            self._rest = min(self._rest + SUCCESS_CREDIT, RETRY_QUOTA)


class _Sender:
    """Sends signed requests to one service: its credentials, endpoint and connection pool, for the process's life."""

    def __init__(self, service: Service, policy: Policy, region: str, session: Any) -> None:
        self.quota = RetryQuota()
        self._service = service
        self._region = region or session.get_config_variable("region")
        if not self._region:
            raise NoRegionError
        self._credentials = session.get_credentials()
        if self._credentials is None:
            raise NoCredentialsError
        self._override = f"{OVERRIDE}_{service.name.upper()}"
        self._default_endpoint = default = _default_endpoint(service.name, self._region, session)
        self._events = session.get_component("event_emitter")
        self._http = URLLib3Session(
            verify=session.get_config_variable("ca_bundle") or True,
            proxies=get_environ_proxies(os.environ.get(self._override) or os.environ.get(OVERRIDE) or default),
            timeout=(policy.connect_s, policy.read_s),
            socket_options=_NO_DELAY,
        )

    def send(self, operation: str, content: bytes) -> Any:
        """The response of one attempt. Raises ClientError, HTTPClientError or HTTPConnectionError."""
        request = self._signed(operation, content)
        event = f"before-send.{self._service.name}.{operation}"
        reply = self._events.emit_until_response(event, request=request)[1] or self._http.send(request)
        if reply.status_code not in (200, ACCEPTED):
            raise _client_error(reply, operation)
        answer: Any = {}
        if reply.status_code != ACCEPTED:
            # A body that is cut off, damaged or no JSON object is no answer.
            checksum = reply.headers.get(CHECKSUM)
            if checksum is not None and str(zlib.crc32(reply.content)) != checksum:
                raise HTTPClientError(error=f"the body's {CHECKSUM} is not {checksum}")
            try:
                answer = msgspec.json.decode(reply.content, type=dict[str, Any])
            except (ValueError, RecursionError) as error:
                raise HTTPClientError(error=error) from error
        self.quota.succeed()
        return answer

    def _signed(self, operation: str, content: bytes) -> Any:
        service, headers = self._service, {"User-Agent": "ristourne"}
        url = os.environ.get(self._override) or os.environ.get(OVERRIDE) or self._default_endpoint
        if service.path:
            url = url.rstrip("/") + service.path.format(quote(operation))
            headers |= {"Content-Type": "application/json", "X-Amz-Invocation-Type": "Event"}
        else:
            headers["Content-Type"] = f"application/x-amz-json-{service.version}"
            headers["X-Amz-Target"] = f"{service.target}.{operation}"
        request = AWSRequest(method="POST", url=url, data=content, headers=headers)
        try:
            credentials = self._credentials.get_frozen_credentials()
        except RuntimeError as error:  # botocore raises it for refreshed credentials that are still expired
            raise CredentialRetrievalError(provider=self._credentials.method, error_msg=str(error)) from error
        SigV4Auth(credentials, service.name, self._region).add_auth(request)
        return request.prepare()


def _is_transient(error: ClientError) -> bool:
    return (
        error.response["Error"]["Code"] in TRANSIENT_CODES
        or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    )


def _default_endpoint(service: str, region: str, session: Any) -> str:
    """A service's endpoint in the region's partition (China's, the European sovereign one, ...)."""
    partitions = session.get_component("data_loader").load_data("partitions")["partitions"]
    suffixes = (
        partition["outputs"]["dnsSuffix"] for partition in partitions if re.match(partition["regionRegex"], region)
    )
    fips = session.get_config_variable("use_fips_endpoint") and not region.startswith("us-gov-")  # all are, there
    return f"https://{service}{'-fips' if fips else ''}.{region}.{next(suffixes, 'amazonaws.com')}/"


def _client_error(reply: Any, operation: str) -> ClientError:
    """The ClientError of an error response, in the form of botocore's."""
    try:
        refusal = msgspec.json.decode(reply.content, type=Refusal)
    except (ValueError, RecursionError):
        refusal = Refusal()
    response: Any = {
        "Error": {"Code": refusal.code or str(reply.status_code), "Message": refusal.lower or refusal.upper or ""},
        "ResponseMetadata": {"HTTPStatusCode": reply.status_code},
        "CancellationReasons": refusal.reasons,
    }
    return ClientError(response, operation)
