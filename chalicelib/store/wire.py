"""One signed request of AWS's JSON protocols: how every command reaches DynamoDB, and how SSM is asked.

botocore finds the credentials, signs, keeps the connections and trusts the certificates, but its client is left out:
making one costs a cold start more than all our modules together, and each call more than a whole decision
(docs/benchmarks.md). Its `before-send` event is emitted as the client does, so whoever watches requests there still
does. What is rare (queries, scans, what an operator looks at) goes through PynamoDB and its client.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, HTTPClientError, NoCredentialsError, NoRegionError
from botocore.exceptions import ConnectionError as NotReached
from botocore.httpsession import URLLib3Session
from msgspec import Struct

CONNECT_S, READ_S = 1, 1.5
"""One call takes 3 s at the most, so that a delivery can still be kept and answered when the table is slow."""

ATTEMPTS, LONGEST_PAUSE_S = 2, 0.05
BUSY = frozenset({"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"})
"""What passes by itself, beside the service's own failures."""


class Service(Struct, frozen=True):
    """A service that speaks AWS's JSON protocol: its name, the prefix of its operations, the protocol's version."""

    name: str
    target: str
    version: str


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
        self._events = session.get_component("event_emitter")
        self._http = URLLib3Session(timeout=(CONNECT_S, READ_S))

    def send(self, operation: str, content: bytes) -> Any:
        """One attempt."""
        request = self._signed(operation, content)
        event = f"before-send.{self._service.name}.{operation}"
        reply = self._events.emit_until_response(event, request=request)[1] or self._http.send(request)
        if reply.status_code != 200:
            raise _refused(reply, operation)
        return msgspec.json.decode(reply.content)

    def _signed(self, operation: str, content: bytes) -> Any:
        headers = {
            "Content-Type": f"application/x-amz-json-{self._service.version}",
            "X-Amz-Target": f"{self._service.target}.{operation}",
            "User-Agent": "ristourne",
        }
        url = _endpoint(self._service.name, self._region)
        request = AWSRequest(method="POST", url=url, data=content, headers=headers)
        credentials = self._credentials.get_frozen_credentials()
        SigV4Auth(credentials, self._service.name, self._region).add_auth(request)
        return request.prepare()


def _passes(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in BUSY or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500


def _endpoint(service: str, region: str) -> str:
    stated = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    return stated or f"https://{service}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}/"


def _refused(reply: Any, operation: str) -> ClientError:
    """The refusal in botocore's words; a proxy in between may have answered something else."""
    try:
        said = msgspec.json.decode(reply.content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = {}
    code = str(said.get("__type", "")).rpartition("#")[2] or str(reply.status_code)
    message = said.get("message") or said.get("Message") or ""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": reply.status_code},
        "CancellationReasons": said.get("CancellationReasons", []),
    }
    return ClientError(response, operation)
