"""A Lambda's first event, in a fresh interpreter: the unpacked package, no site-packages, its modules compiled as they
are uploaded (`unchecked-hash`: Python neither compiles anything nor looks whether a source file has changed).

Two contenders share these libraries: the application, and `floor`. Both talk to DynamoDB Local; SSM is a server
that answers at once. Judges nothing.
"""

from __future__ import annotations

import json
import py_compile
import resource
import shutil
import subprocess
import sys
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread

import botocore
import msgspec
from msgspec import Struct

from chalicelib.store.secrets import StoredConnection
from infra.build.package import build, this_machine
from infra.local.local_aws import HOST
from tests.bench.order import CONNECTION, SECRET
from tests.bench.shop import STAGE, Refused, Shop, environment, shop

FLOOR = Path(__file__).with_name("floor.py")

CLIENTS_DATA = str(Path(botocore.__file__).with_name("data"))
"""What a client of botocore reads; the package leaves it out, since ours makes no client."""

PROGRAM = """
import json, sys

sys.path[:0] = sys.argv[1:]
event = json.load(sys.stdin)
import app

answer = app.app(event, None)
print(json.dumps([answer["statusCode"], answer["body"], sorted(sys.modules)]))
"""


class Started(Struct, frozen=True):
    """A process that has answered its first event: processor time in seconds, its modules, what `-X` made it say."""

    cpu_s: float
    modules: tuple[str, ...] = ()
    printed: str = ""


class Lambda:
    """Starts processes, each of which answers one new order."""

    def __init__(self, folder: Path, opened: Shop, settings: Mapping[str, str]) -> None:
        self._folder, self._shop, self._settings = folder, opened, settings
        self._numbers = count(1)

    def ours(self, *options: str) -> Started:
        """The application, as it is deployed."""
        return self._start(["package"], options)

    def floor(self, *options: str) -> Started:
        """Chalice and one botocore client."""
        return self._start(["floor", "package"], options)

    def _start(self, folders: Sequence[str], options: Sequence[str]) -> Started:
        number = next(self._numbers)
        before = _cpu_of_children_s()
        done = subprocess.run(
            [sys.executable, "-I", "-S", *options, "-c", PROGRAM, *(str(self._folder / folder) for folder in folders)],
            input=json.dumps(self._shop.event(number, number)),
            env=dict(self._settings),
            capture_output=True,
            text=True,
        )
        cpu_s = _cpu_of_children_s() - before
        status, body, modules = json.loads(done.stdout.splitlines()[-1]) if done.stdout else (0, done.stderr, [])
        if status != 200:
            raise Refused(body)
        return Started(cpu_s, tuple(modules), done.stderr)


@contextmanager
def cold_lambda(endpoint: str) -> Iterator[Lambda]:
    """The package beside a shop of its own on the DynamoDB at an endpoint."""
    with tempfile.TemporaryDirectory(prefix="ristourne-cold-") as work, shop(endpoint) as opened, _parameters() as ssm:
        folder = Path(work)
        _unpack(folder / "package")
        _put_floor(folder / "floor")
        yield Lambda(
            folder, opened, {**environment(endpoint), "AWS_ENDPOINT_URL_SSM": ssm, "AWS_DATA_PATH": CLIENTS_DATA}
        )


def _unpack(folder: Path) -> None:
    """The zip as Lambda unpacks it."""
    with zipfile.ZipFile(build(this_machine()).code) as code:
        code.extractall(folder)


def _put_floor(folder: Path) -> None:
    folder.mkdir()
    path = shutil.copy(FLOOR, folder / "app.py")
    py_compile.compile(str(path), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)


@contextmanager
def _parameters() -> Iterator[str]:
    """An SSM that knows one connection; yields its endpoint."""
    with ThreadingHTTPServer((HOST, 0), _Parameters) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()


class _Parameters(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = msgspec.json.encode({"Parameters": _stored()})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _stored() -> list[dict[str, str]]:
    stored = StoredConnection(CONNECTION, "shopify", CONNECTION, (SECRET,))
    values = {"root": b64encode(b"r" * 32), f"connections/{CONNECTION}": msgspec.json.encode(stored)}
    return [{"Name": f"/ristourne/{STAGE}/{name}", "Value": value.decode()} for name, value in values.items()]


def _cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
