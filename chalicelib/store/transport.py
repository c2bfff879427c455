"""The one way to AWS: signed requests of its JSON protocols, to DynamoDB and to SSM, by commands and operators alike.

botocore finds the credentials, signs, keeps the connections and trusts the certificates, but its client is left out:
making one costs a cold start more than all our modules together, and each call more than a whole decision
(docs/benchmarks.md). Its `before-send` event is emitted as the client does, so whoever watches requests there still
does. PynamoDB's queries, scans and updates ride on this too (`items.py`). Knows nothing of records.
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
from botocore.exceptions import ConnectionError as NotReached
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from msgspec import Struct, field


class Policy(Struct, frozen=True):
    """How long one attempt may take to connect and to answer, how often it is tried, and the longest pause between."""

    connect_s: float
    read_s: float
    attempts: int
    longest_pause_s: float


IN_A_REQUEST = Policy(connect_s=0.3, read_s=1.15, attempts=2, longest_pause_s=0.05)
"""One call takes 3 s at the most, so that a delivery can still be kept and answered when the table is slow. Both
attempts fit in, since a connection that was cut off while the process slept is noticed by its silence only.
"""

OF_AN_OPERATOR = Policy(connect_s=5.0, read_s=30.0, attempts=10, longest_pause_s=5.0)
"""Somebody is waiting for a whole table: a busy one is asked again for a while."""

FIRST_PAUSE_S = 0.05
"""The longest pause before the second attempt; it doubles with each one that follows."""

QUOTA, OF_A_RETRY, OF_A_SILENCE, OF_A_SUCCESS = 500, 5, 10, 1
"""What a process may spend on retries, what each costs, and what a success gives back: botocore's standard mode."""

PASSING = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
        "429",
    }
)
"""What passes by itself, beside the service's own failures; the number is that of a proxy without a word. The same as
in botocore's `_retry.json`."""


_AT_ONCE = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
"""Without this a body waits 40 ms for the acknowledgement of its headers; botocore's client sets it too."""


CHECKSUM = "x-amz-crc32"
"""The header in which DynamoDB states the checksum of its answer's body."""


class Service(Struct, frozen=True):
    """A service that speaks AWS's JSON protocol: its name, the prefix of its operations, the protocol's version."""

    name: str
    target: str
    version: str


class Refusal(Struct, frozen=True):
    """What a service says when it refuses; all of it is missing where a proxy in between has answered."""

    type: str = field(default="", name="__type")
    lower: str | None = field(default=None, name="message")
    upper: str | None = field(default=None, name="Message")
    reasons: list[dict[str, Any]] = field(default_factory=list, name="CancellationReasons")

    @property
    def code(self) -> str:
        """The type without its namespace and without where it is explained."""
        return self.type.partition(":")[0].rpartition("#")[2]


DYNAMODB = Service("dynamodb", "DynamoDB_20120810", "1.0")
SSM = Service("ssm", "AmazonSSM", "1.1")


def dynamodb(operation: str, body: Mapping[str, Any]) -> Any:
    """What DynamoDB answers, as it says it. Raises ClientError where it refuses, another BotoCoreError where it does
    not answer; then nobody knows whether a write was done.
    """
    return ask(DYNAMODB, operation, body)


def ask(
    service: Service, operation: str, body: Mapping[str, Any], policy: Policy | None = None, region: str = ""
) -> Any:
    """The answer of a service as plain data, by IN_A_REQUEST and in the region of the environment unless others are
    named. Raises as `dynamodb` does.

    What may pass by itself is tried again, as often as the policy says and as the process's quota of retries lasts; a
    transaction carries a token, so that it is never written twice.
    """
    policy = policy or IN_A_REQUEST
    sender, content = _sender(service, policy, region), msgspec.json.encode(body)
    for attempt in range(policy.attempts - 1):
        try:
            return sender.send(operation, content)
        except (NotReached, HTTPClientError):
            if not sender.quota.spend(OF_A_SILENCE):
                raise
        except ClientError as error:
            if not _passes(error) or not sender.quota.spend(OF_A_RETRY):
                raise
        time.sleep(random.uniform(0, min(policy.longest_pause_s, FIRST_PAUSE_S * 2**attempt)))  # noqa: S311 (a pause)
    return sender.send(operation, content)


def forget() -> None:
    """Start over, for a process that changes its region or its credentials (tests do)."""
    _sender.cache_clear()
    _session.cache_clear()


@cache
def _sender(service: Service, policy: Policy, region: str) -> _Sender:
    return _Sender(service, policy, region, _session())


@cache
def _session() -> Any:
    return botocore.session.get_session()


class Quota:
    """What is left for retries: where nothing succeeds any more, each call is tried once, and waits for nothing."""

    def __init__(self) -> None:
        self._rest = QUOTA
        self._lock = threading.Lock()

    def spend(self, cost: int) -> bool:
        """Take the cost of a retry; False where not so much is left."""
        with self._lock:
            enough = cost <= self._rest
            self._rest -= cost if enough else 0
            return enough

    def succeed(self) -> None:
        """Give back a part, for an attempt that had its answer."""
        with self._lock:
            self._rest = min(self._rest + OF_A_SUCCESS, QUOTA)


class _Sender:
    """What requests to one service share, for the life of the process."""

    def __init__(self, service: Service, policy: Policy, region: str, session: Any) -> None:
        self.quota = Quota()
        self._service = service
        self._region = region or session.get_config_variable("region")
        if not self._region:
            raise NoRegionError
        self._credentials = session.get_credentials()
        if self._credentials is None:
            raise NoCredentialsError
        self._home = _home(service.name, self._region, session)
        self._events = session.get_component("event_emitter")
        self._http = URLLib3Session(
            verify=session.get_config_variable("ca_bundle") or True,
            proxies=get_environ_proxies(_stated(service.name) or self._home),
            timeout=(policy.connect_s, policy.read_s),
            socket_options=_AT_ONCE,
        )

    def send(self, operation: str, content: bytes) -> Any:
        """One attempt."""
        request = self._signed(operation, content)
        event = f"before-send.{self._service.name}.{operation}"
        reply = self._events.emit_until_response(event, request=request)[1] or self._http.send(request)
        if reply.status_code != 200:
            raise _refused(reply, operation)
        answer = _answer(reply)
        self.quota.succeed()
        return answer

    def _signed(self, operation: str, content: bytes) -> Any:
        headers = {
            "Content-Type": f"application/x-amz-json-{self._service.version}",
            "X-Amz-Target": f"{self._service.target}.{operation}",
            "User-Agent": "ristourne",
        }
        url = _stated(self._service.name) or self._home
        request = AWSRequest(method="POST", url=url, data=content, headers=headers)
        SigV4Auth(self._renewed(), self._service.name, self._region).add_auth(request)
        return request.prepare()

    def _renewed(self) -> Any:
        try:
            return self._credentials.get_frozen_credentials()
        except RuntimeError as error:  # botocore's word for credentials that were renewed and are still too old
            raise CredentialRetrievalError(provider=self._credentials.method, error_msg=str(error)) from error


def _passes(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in PASSING or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500


def _stated(service: str) -> str | None:
    return os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")


def _home(service: str, region: str, session: Any) -> str:
    """Where a service answers, in the partition that the region is of (China's, the European sovereign one, ...)."""
    partitions = session.get_component("data_loader").load_data("partitions")["partitions"]
    found = (each["outputs"]["dnsSuffix"] for each in partitions if re.match(each["regionRegex"], region))
    fips = session.get_config_variable("use_fips_endpoint") and not region.startswith("us-gov-")  # all are, there
    return f"https://{service}{'-fips' if fips else ''}.{region}.{next(found, 'amazonaws.com')}/"


def _answer(reply: Any) -> Any:
    """The answer as plain data. One that is cut off, damaged or no object is not the service's: taken for none."""
    checksum = reply.headers.get(CHECKSUM)
    if checksum is not None and str(zlib.crc32(reply.content)) != checksum:
        raise HTTPClientError(error=f"the body's {CHECKSUM} is not {checksum}")
    try:
        return msgspec.json.decode(reply.content, type=dict[str, Any])
    except (ValueError, RecursionError) as error:
        raise HTTPClientError(error=error) from error


def _refused(reply: Any, operation: str) -> ClientError:
    """The refusal in botocore's words."""
    try:
        said = msgspec.json.decode(reply.content, type=Refusal)
    except (ValueError, RecursionError):
        said = Refusal()
    response: Any = {
        "Error": {"Code": said.code or str(reply.status_code), "Message": said.lower or said.upper or ""},
        "ResponseMetadata": {"HTTPStatusCode": reply.status_code},
        "CancellationReasons": said.reasons,
    }
    return ClientError(response, operation)
