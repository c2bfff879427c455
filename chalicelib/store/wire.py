"""One signed request of AWS's JSON protocols: how every command reaches DynamoDB, and how SSM is asked.

botocore finds the credentials, signs, keeps the connections and trusts the certificates, but its client is left out:
making one costs a cold start more than all our modules together, and each call more than a whole decision
(docs/benchmarks.md). Its `before-send` event is emitted as the client does, so whoever watches requests there still
does. What is rare (queries, scans, what an operator looks at) goes through PynamoDB and its client.
"""

from __future__ import annotations

import os
import random
import re
import socket
import time
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

CONNECT_S, READ_S = 0.3, 1.15
ATTEMPTS, LONGEST_PAUSE_S = 2, 0.05
"""One call takes 3 s at the most, so that a delivery can still be kept and answered when the table is slow. Both
attempts fit in, since a connection that was cut off while the process slept is noticed by its silence only.
"""

BUSY = frozenset({"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException", "429"})
"""What passes by itself, beside the service's own failures; the number is that of a proxy without a word."""


_AT_ONCE = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
"""Without this a body waits 40 ms for the acknowledgement of its headers; botocore's client sets it too."""


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


def ask(service: Service, operation: str, body: Mapping[str, Any]) -> Any:
    """The answer of a service as plain data. Raises as `dynamodb` does.

    What may pass by itself is tried a second time; a transaction carries a token, so that it is never written twice.
    """
    sender, content = _sender(service), msgspec.json.encode(body)
    for _ in range(ATTEMPTS - 1):
        try:
            return sender.send(operation, content)
        except (NotReached, HTTPClientError):
            pass
        except ClientError as error:
            if not _passes(error):
                raise
        time.sleep(random.uniform(0, LONGEST_PAUSE_S))  # noqa: S311 (a pause, no secret)
    return sender.send(operation, content)


def forget() -> None:
    """Start over, for a process that changes its region or its credentials (tests do)."""
    _sender.cache_clear()
    _session.cache_clear()


@cache
def _sender(service: Service) -> _Sender:
    return _Sender(service, _session())


@cache
def _session() -> Any:
    return botocore.session.get_session()


class _Sender:
    """What requests to one service share, for the life of the process."""

    def __init__(self, service: Service, session: Any) -> None:
        self._service = service
        self._region = session.get_config_variable("region")
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
            timeout=(CONNECT_S, READ_S),
            socket_options=_AT_ONCE,
        )

    def send(self, operation: str, content: bytes) -> Any:
        """One attempt."""
        request = self._signed(operation, content)
        event = f"before-send.{self._service.name}.{operation}"
        reply = self._events.emit_until_response(event, request=request)[1] or self._http.send(request)
        if reply.status_code != 200:
            raise _refused(reply, operation)
        return _said(reply)

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
    return error.response["Error"]["Code"] in BUSY or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500


def _stated(service: str) -> str | None:
    return os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")


def _home(service: str, region: str, session: Any) -> str:
    """Where a service answers, in the partition that the region is of (China's, the European sovereign one, ...)."""
    partitions = session.get_component("data_loader").load_data("partitions")["partitions"]
    found = (each["outputs"]["dnsSuffix"] for each in partitions if re.match(each["regionRegex"], region))
    fips = session.get_config_variable("use_fips_endpoint") and not region.startswith("us-gov-")  # all are, there
    return f"https://{service}{'-fips' if fips else ''}.{region}.{next(found, 'amazonaws.com')}/"


def _said(reply: Any) -> Any:
    """The answer as plain data. One that is cut off or is no object is not the service's: taken for none at all."""
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
