"""What several test packages share: settings that reach no real account, and tables to work on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar
from unittest import mock

import boto3
import pytest
from hypothesis import HealthCheck, settings
from moto import mock_aws
from msgspec.structs import replace

from chalicelib import engine as engine_module
from chalicelib.engine import Engine
from chalicelib.store.dynamodb import transport
from chalicelib.store.dynamodb.transport import Policy
from infra.local.dynamodb_local import dynamodb_local

TABLE = "ristourne-test"

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return nothing_skipped((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return nothing_skipped((yield))


def nothing_skipped(report: Report) -> Report:
    """In CI whatever was skipped has failed, so that no suite can be left out unnoticed."""
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"skipped in CI: {str(reason).removeprefix('Skipped: ')}"
    return report


settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
# For `make fast`, which looks again after each change; `make test` has all examples.
settings.register_profile("quick", settings.get_profile("ci"), max_examples=25)
settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def request_policy() -> Iterator[Policy]:
    """A table of the tests has a minute to answer: a busy computer is no fault. Yields the product's own policy."""
    own = transport.REQUEST_POLICY
    with mock.patch.object(transport, "REQUEST_POLICY", replace(own, connect_s=10.0, read_s=60.0)):
        yield own


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[float]:
    """A command of the tests waits for others as long as it takes, like above. Yields the product's own patience."""
    own = engine_module.PATIENCE_S
    with mock.patch.object(engine_module, "PATIENCE_S", float("inf")):
        yield own


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, profile, endpoint or region of the computer that the test runs on."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "RISTOURNE_"))]:
        monkeypatch.delenv(name)
    variables = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "RISTOURNE_TABLE": TABLE,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def moto_table(no_account: None) -> Iterator[str]:
    """An empty table on moto; yields its name. For one thread only: moto does not isolate transactions."""
    with mock_aws(), fresh_table():
        yield TABLE


@pytest.fixture(scope="session")
def dynamodb_endpoint() -> Iterator[str]:
    """AWS's own engine, once per worker; skipped without Java, which fails in CI."""
    if shutil.which("java") is None:
        pytest.skip("DynamoDB Local needs Java")
    with dynamodb_local() as endpoint:
        yield endpoint


@pytest.fixture
def local_table(no_account: None, dynamodb_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty table on DynamoDB Local; yields its name."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_endpoint)
    with fresh_table():
        yield TABLE


@pytest.fixture
def store(store_kind: str, request: pytest.FixtureRequest) -> str:
    """An empty table on moto, and the same test again on DynamoDB Local; yields its name."""
    name: str = request.getfixturevalue(store_kind)
    return name


@pytest.fixture(
    params=[
        pytest.param("moto_table", id="moto"),
        pytest.param("local_table", id="dynamodb-local", marks=pytest.mark.xdist_group("dynamodb-local")),
    ]
)
def store_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that the engine would have made."""
    return []


@pytest.fixture
def engine(store: str, pauses: list[float]) -> Engine:
    """The engine on an empty table; it notes its pauses instead of making them."""
    return Engine(sleep=pauses.append)


@contextmanager
def fresh_table() -> Iterator[None]:
    """A table with the keys of infra/resources.yaml, and a connection of the store's own to it."""
    client = boto3.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    )
    transport.forget()
    try:
        yield
    finally:
        transport.forget()
        client.delete_table(TableName=TABLE)
        client.close()
