"""Compiles Python modules for the Python of another machine.

Lambda's disk is read-only: what is not compiled in the package is compiled again at every cold start. Bytecode fits
one minor version of Python and every processor and system, so any Python of that version can compile it. In this order:

1. this Python, or one of that version that uv finds on this computer;
2. where there are node and npm: Pyodide, CPython in WebAssembly, a package of 6 MB from npm;
3. a CPython that uv downloads into `.build` (30 MB).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.build.artifacts import BUILD, FetchError, npm_package

THIS_PYTHON = "{}.{}".format(*sys.version_info)
LAMBDAS_FOLDER = "/var/task"

PYODIDE_PYTHON = "3.14"
PYODIDE = "pyodide@314.0.7"
PYODIDE_SHA512 = "0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
OLDEST_NODE = 20
COMPILE_IN_PYODIDE = """
import { pathToFileURL } from "node:url";
const [pyodide, folder, lambdasFolder] = process.argv.slice(1);
const { loadPyodide } = await import(pathToFileURL(pyodide + "/pyodide.mjs"));
const python = await loadPyodide({ env: { PYTHONHASHSEED: "0" } });
python.mountNodeFS("/modules", folder);
const compiled = python.runPython(`
import compileall, py_compile
compileall.compile_dir("/modules", maxlevels=20, quiet=1, stripdir="/modules", prependdir="${lambdasFolder}",
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)`);
process.exit(compiled ? 0 : 1);
"""


def compile_modules(folder: Path, python: str) -> None:
    """Compile all modules under a folder for a version of Python ("3.14"), as they will lie in Lambda."""
    interpreter = installed(python)
    if interpreter is None and python == PYODIDE_PYTHON and _has_node():
        _compile_in_pyodide(folder)
    else:
        _compile(folder, interpreter or downloaded(python))


def installed(python: str) -> str | None:
    """The path of a Python of this version on this computer."""
    return sys.executable if python == THIS_PYTHON else _find(python, {})


def downloaded(python: str) -> str:
    """The path of a Python of this version that uv has put into `.build`."""
    settings = {"UV_PYTHON_INSTALL_DIR": str(BUILD / "pythons")}
    done = _uv(["install", "--no-bin", f"cpython@{python}"], settings | {"UV_PYTHON_DOWNLOADS": "manual"})
    interpreter = _find(python, settings)
    if interpreter is None:
        raise FetchError(
            f"Python {python} has to compile the package for Lambda, and there is none: install it, or node and npm, "
            f"or let uv download it. uv said:\n{done.stderr}"
        )
    return interpreter


def _find(python: str, settings: dict[str, str]) -> str | None:
    done = _uv(["find", "--no-project", f"cpython@{python}"], settings | {"UV_PYTHON_DOWNLOADS": "never"})
    return done.stdout.strip() if done.returncode == 0 else None


def _has_node() -> bool:
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    done = subprocess.run(["node", "--print", "process.versions.node"], capture_output=True, text=True)
    return done.returncode == 0 and int(done.stdout.split(".")[0]) >= OLDEST_NODE


def _uv(command: list[str], settings: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    uv = [sys.executable, "-m", "uv", "python", *command]
    return subprocess.run(uv, env=os.environ | settings, capture_output=True, text=True)


def _compile(folder: Path, interpreter: str) -> None:
    flags = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", LAMBDAS_FOLDER]
    # Frozen sets are written in the order of their hashes.
    _run([interpreter, "-m", "compileall", *flags, str(folder)], os.environ | {"PYTHONHASHSEED": "0"})


def _compile_in_pyodide(folder: Path) -> None:
    pyodide = npm_package(PYODIDE, PYODIDE_SHA512)
    program = ["--input-type=module", "--eval", COMPILE_IN_PYODIDE]
    _run(["node", *program, str(pyodide), str(folder), LAMBDAS_FOLDER], dict(os.environ))


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"The package could not be compiled:\n{done.stdout}{done.stderr}")
