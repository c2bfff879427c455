"""Runs a local AWS (MiniStack) as a child process, without leaving anything behind.

It enforces IAM, so that a permission missing from a policy fails here and not in production.
"""

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.build.artifacts import ROOT

DEFAULT_PORT = 4566
REGION = "eu-west-1"
HOST = "127.0.0.1"
START_S = 60.0
STOP_S = 5.0


class LocalAwsError(Exception):
    """The local AWS cannot run; the text says what is wrong and what to do about it."""


@dataclass(frozen=True, slots=True)
class LocalAws:
    endpoint: str

    def environment(self) -> dict[str, str]:
        """The environment variables that direct every AWS client to it, whatever else the machine has configured."""
        nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        return nothing | self._sign_in() | {"AWS_DEFAULT_REGION": REGION}

    def before_command(self) -> str:
        """What directs a single command to it, to be written before that."""
        return " ".join(f"{name}={value}" for name, value in self._sign_in().items())

    def _sign_in(self) -> dict[str, str]:
        keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION} | keys


def port_from_environment() -> int:
    """The port that RISTOURNE_PORT names, or the default. Raises LocalAwsError for one that is none."""
    text = os.environ.get("RISTOURNE_PORT") or str(DEFAULT_PORT)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise LocalAwsError(f"RISTOURNE_PORT must be a number from 1 to 65535 such as 4666, got {text!r}")
    return int(text)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def local_aws(port: int) -> Iterator[LocalAws]:
    require_free(port)
    aws = LocalAws(f"http://{HOST}:{port}")
    with tempfile.TemporaryDirectory(prefix="ristourne-", ignore_cleanup_errors=True) as folder:
        child = start(port, Path(folder), aws)
        try:
            wait_ready(aws, child, Path(folder, "log"))
            yield aws
        finally:
            stop(child)


def require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise LocalAwsError(
                f"Port {port} is taken by another program. Stop that, or take another port: "
                f"RISTOURNE_PORT={port + 100 if port < 65000 else port - 100} make run"
            ) from None


def start(port: int, folder: Path, aws: LocalAws) -> subprocess.Popen[bytes]:
    """Start it in a process group of its own, to which its Lambda workers belong too."""
    python = ROOT / ".venv-aws" / "bin" / "python"
    if not python.exists():
        raise LocalAwsError("The environment of the local AWS is missing: make .venv-aws/run")
    environment = {"PATH": os.environ.get("PATH", os.defpath)}
    environment |= dict.fromkeys(("HOME", "TMPDIR", "S3_DATA_DIR", "STATE_DIR"), str(folder))
    environment |= {"GATEWAY_PORT": str(port), "BIND_HOST": HOST, "AUTH": "true", "MINISTACK_REGION": REGION}
    environment |= aws.environment()
    with (folder / "log").open("wb") as log:
        command = [str(python), "-m", "ministack"]
        return subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True)


def wait_ready(aws: LocalAws, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while not healthy(aws):
        if child.poll() is not None or time.monotonic() > deadline:
            raise LocalAwsError(f"The local AWS did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


def healthy(aws: LocalAws) -> bool:
    try:
        with urllib.request.urlopen(f"{aws.endpoint}/_ministack/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def stop(child: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, sign)
            child.wait(STOP_S)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
