"""The local AWS starts, says why when it cannot, and leaves nothing behind."""

import os
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from infra.local.local_aws import HOST, LocalAwsError, free_port, healthy, local_aws, port_from_environment


def test_leaves_no_process_and_no_file(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with local_aws(free_port()) as aws:
        assert healthy(aws)
        assert list(tmp_path.iterdir())
    assert not healthy(aws)
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def test_a_busy_port_is_named_with_the_way_out():
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalAwsError, match=rf"Port {port} is taken.*RISTOURNE_PORT="), local_aws(port):
            pass


def test_the_port_is_a_choice(monkeypatch):
    monkeypatch.delenv("RISTOURNE_PORT", raising=False)
    assert port_from_environment() == 4566
    monkeypatch.setenv("RISTOURNE_PORT", "4600")
    assert port_from_environment() == 4600


def test_the_environment_keeps_real_accounts_out(monkeypatch):
    with local_aws(free_port()) as aws:
        environment = aws.environment()
    assert environment["AWS_ENDPOINT_URL"] == aws.endpoint
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == environment["AWS_CONFIG_FILE"] == os.devnull
    assert not Path(environment["AWS_CONFIG_FILE"]).is_file()
