"""Fixtures for what acts in an AWS account: an environment that names none, and an account in memory."""

import os
import signal

import pytest
from moto import mock_aws

from infra.stopping import STOPS


@pytest.fixture
def signals_heard():
    """What stops a command is ignored by nobody, as it may be by what has started the tests (`nohup`, `&`)."""
    usual = dict.fromkeys(STOPS, signal.SIG_DFL) | {signal.SIGINT: signal.default_int_handler}
    before = {sign: signal.signal(sign, handler) for sign, handler in usual.items()}
    yield
    for sign, handler in before.items():
        signal.signal(sign, handler)


@pytest.fixture
def plain_environment(monkeypatch):
    """Whatever the machine has configured of AWS does not count."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def aws(plain_environment, monkeypatch):
    """An AWS account in memory, with credentials and a region."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield
