"""Modules are compiled for the Python that will run them, by whichever Python of that version can be had."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from infra.build import bytecode
from infra.build.artifacts import FetchError
from infra.build.bytecode import PYODIDE_PYTHON, THIS_PYTHON, compile_modules
from tests.machine import missing

MAGIC = {"3.14": 3627}
"""What the bytecode of a released Python begins with (CPython's Include/internal/pycore_magic_number.h)."""


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    folder = tmp_path / "modules"
    (folder / "package").mkdir(parents=True)
    (folder / "package" / "module.py").write_text("VALUE = 2**80\n")
    return folder


def compiled(modules: Path, python: str) -> bytes:
    return (modules / "package" / "__pycache__" / f"module.cpython-{python.replace('.', '')}.pyc").read_bytes()


def test_this_python_compiles_for_itself(modules: Path) -> None:
    compile_modules(modules, THIS_PYTHON)
    # The file's name as it stands in the code object, which tracebacks show.
    assert b"/var/task/package/module.py" in compiled(modules, THIS_PYTHON)


@pytest.mark.slow
@pytest.mark.skipif(THIS_PYTHON == PYODIDE_PYTHON, reason="this Python is the one that Pyodide stands in for")
def test_pyodide_compiles_for_lambdas_python(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not bytecode._has_node():
        missing("Pyodide needs node and npm")
    monkeypatch.setattr(bytecode, "installed", lambda python: None)
    compile_modules(modules, PYODIDE_PYTHON)
    header = compiled(modules, PYODIDE_PYTHON)[:8]
    assert int.from_bytes(header[:2], "little") == MAGIC[PYODIDE_PYTHON]
    assert header[2:4] == b"\r\n"
    # 1: it is checked by a hash of its source, and that hash is not looked at.
    assert int.from_bytes(header[4:], "little") == 1


def test_a_module_that_does_not_compile_is_named(modules: Path) -> None:
    (modules / "package" / "wrong.py").write_text("def (:\n")
    with pytest.raises(SystemExit, match=r"could not be compiled[\s\S]*package/wrong\.py"):
        compile_modules(modules, THIS_PYTHON)


def test_without_any_python_of_the_version_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    # A version that there never was, so that uv looks nowhere in the network.
    with pytest.raises(FetchError, match=r"Python 3\.99 has to compile the package for Lambda, and there is none"):
        bytecode.downloaded("3.99")


def test_an_old_node_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, script in {"node": "echo 12.22.9", "npm": "exit 1"}.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert shutil.which("node") == str(tmp_path / "node")
    assert subprocess.run(["node"], capture_output=True, text=True).stdout == "12.22.9\n"
    assert not bytecode._has_node()
