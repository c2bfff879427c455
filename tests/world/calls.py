"""Where tests step between the program and DynamoDB: its own requests, and those of every botocore client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from botocore.client import BaseClient

from chalicelib.store.dynamodb import transport

Ask = Callable[[str, Any], Any]
"""From an operation and its request to the reply."""


@contextmanager
def around(step: Callable[[Ask, str, Any], Any]) -> Iterator[None]:
    """Every request to DynamoDB goes through `step`, which is given the way that it would have gone."""
    by_client, by_transport = BaseClient._make_api_call, transport.dynamodb

    def client_call(client: Any, operation: str, request: Any) -> Any:
        if client.meta.service_model.service_name != "dynamodb":
            return by_client(client, operation, request)
        return step(lambda name, body: by_client(client, name, body), operation, request)

    def transport_call(operation: str, request: Any) -> Any:
        return step(by_transport, operation, request)

    with (
        mock.patch.object(BaseClient, "_make_api_call", client_call),
        mock.patch.object(transport, "dynamodb", transport_call),
    ):
        yield
