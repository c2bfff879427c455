"""The table that the proofs run on: an empty one on DynamoDB Local, and settings that reach no real account."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from msgspec.structs import replace

from chalicelib.store.dynamodb import transport
from tests.conftest import TABLE, fresh_table
from tests.proof.bank_world import PATIENCE_S
from tests.world.builders import DAY_S

__all__ = ["TABLE", "table_on"]

YEAR_S = 365 * DAY_S


@contextmanager
def table_on(endpoint: str) -> Iterator[None]:
    """The settings, for this process and those that it starts, and the table; the programme is read once."""
    variables = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "RISTOURNE_TABLE": TABLE,
        "RISTOURNE_CACHE_SECONDS": str(YEAR_S),
    }
    patience = mock.patch.object(transport, "REQUEST_POLICY", replace(transport.REQUEST_POLICY, read_s=PATIENCE_S))
    with patience, mock.patch.dict(os.environ, variables), fresh_table():
        yield
