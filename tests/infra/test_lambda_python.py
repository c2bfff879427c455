"""The zip for Lambda runs on Lambda's Python, whatever Python this computer has.

It is run by Pyodide, which is CPython of that version compiled to WebAssembly. Only the compiled library, msgspec, is
replaced by its wheel for that processor, of the same version and pinned by the same lock, and urllib3 gets the part of
it that is for browsers.
"""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import urllib3

from infra.build.artifacts import FetchError, npm_package
from infra.build.bytecode import PYODIDE, PYODIDE_PYTHON, PYODIDE_SHA512
from infra.build.package import LAMBDA, build
from tests.machine import ROOT, missing

PLATFORM = "pyemscripten_2026_0_wasm32"
EVENT = {
    "requestContext": {
        "httpMethod": "GET",
        "resourcePath": "/health",
        "path": "/health",
        "stage": "api",
        "identity": {"sourceIp": "192.0.2.1"},
    },
    "path": "/health",
    "headers": {"host": "localhost"},
    "multiValueHeaders": {},
    "multiValueQueryStringParameters": None,
    "pathParameters": None,
    "stageVariables": None,
    "body": None,
    "isBase64Encoded": False,
}
OF_A_BROWSER = Path("contrib", "emscripten")

PROGRAM = """
import { pathToFileURL } from "node:url";
const [pyodide, task, event] = process.argv.slice(1);
const { loadPyodide } = await import(pathToFileURL(pyodide + "/pyodide.mjs"));
const settings = { AWS_DEFAULT_REGION: "eu-west-1", RISTOURNE_TABLE: "none", RISTOURNE_STAGE: "none", EVENT: event };
const python = await loadPyodide({ env: settings });
python.mountNodeFS("/var/task", task);
python.runPython(`
import importlib, json, os, pkgutil, sys
sys.dont_write_bytecode = True
sys.path.insert(0, "/var/task")
import app, chalicelib
modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(chalicelib.__path__, "chalicelib.")]
answer = app.app(json.loads(os.environ["EVENT"]), None)
print(json.dumps({"python": "{}.{}".format(*sys.version_info), "status": answer["statusCode"], "body": answer["body"],
                  "uncompiled": [each.__name__ for each in modules if not os.path.exists(each.__cached__)],
                  "modules": len(modules)}))`);
"""


def install_msgspec_for_pyodide(task: Path) -> None:
    pin = re.search(r"^msgspec==(?:.*\\\n)+.*\n", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert pin is not None
    requirements = task.with_name("requirements.txt")
    requirements.write_text(pin[0])
    options = ["--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--platform", PLATFORM]
    where = ["--python-version", LAMBDA.python, "--target", str(task), "--upgrade"]
    pip = [sys.executable, "-m", "pip", "install", *options, *where, "-r", str(requirements)]
    done = subprocess.run(pip, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_zip_answers_on_lambdas_python(tmp_path: Path) -> None:
    assert LAMBDA.python == PYODIDE_PYTHON, "take the Pyodide of Lambda's Python"
    try:
        pyodide = npm_package(PYODIDE, PYODIDE_SHA512)
    except FetchError as error:
        missing(str(error))
    task = tmp_path / "task"
    with zipfile.ZipFile(build(LAMBDA).code) as code:
        code.extractall(task)
    install_msgspec_for_pyodide(task)
    # There urllib3 asks a browser for its connections; the zip has nothing of other systems.
    shutil.copytree(Path(urllib3.__file__).parent / OF_A_BROWSER, task / "urllib3" / OF_A_BROWSER)
    command = ["node", "--input-type=module", "--eval", PROGRAM, str(pyodide), str(task), json.dumps(EVENT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert (answer["python"], answer["status"], json.loads(answer["body"])) == (LAMBDA.python, 200, {"status": "ok"})
    assert answer["modules"] > 100
    assert answer["uncompiled"] == []
