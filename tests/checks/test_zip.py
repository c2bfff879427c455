"""The zip holds our code and the libraries of requirements.txt, nothing else, and runs by itself."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.build.package import BOTOCORE_DATA, LAMBDA, Package, build, this_machine
from tests.machine import ROOT

MOST_BYTES = 7_000_000
COMMITTED_BYTES = 6_680_000
"""What the zip weighed when this was written. Whoever lets it grow on purpose writes the new figure here."""
GROWTH_PERCENT = 5

OURS = {"app.py", "chalice", "chalicelib", "__pycache__"}
# Packages whose folder is not called like the distribution.
FOLDERS = {
    "crawler-user-agents": {"crawleruseragents"},
    "disposable-email-domains": {"disposable_email_domains"},
    "pyjwt": {"jwt"},
    "python-dateutil": {"dateutil"},
    "pyyaml": {"yaml", "_yaml"},
    "six": {"six.py"},
}


@pytest.fixture(scope="module")
def names(package: Package) -> list[str]:
    with zipfile.ZipFile(package.code) as code:
        return code.namelist()


def test_is_small(package: Package) -> None:
    assert package.code.stat().st_size <= MOST_BYTES


def test_does_not_grow_unnoticed(package: Package) -> None:
    assert package.code.stat().st_size * 100 <= COMMITTED_BYTES * (100 + GROWTH_PERCENT)


def test_the_committed_size_is_not_far_from_the_real_one(package: Package) -> None:
    # A zip that has become smaller must not leave room to grow back unnoticed.
    assert package.code.stat().st_size * 100 >= COMMITTED_BYTES * (100 - GROWTH_PERCENT)


def test_holds_only_what_runs(names: list[str]) -> None:
    pinned = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    expected = OURS.union(*(FOLDERS.get(name, {name}) for name in pinned))
    packed = {name.split("/")[0] for name in names}
    assert {name for name in packed if not name.endswith(".dist-info")} == expected


def test_has_no_model_of_a_service_since_it_makes_no_client(names: list[str]) -> None:
    assert {name.removeprefix("botocore/data/") for name in names if "botocore/data/" in name} == BOTOCORE_DATA


def test_every_package_of_ours_has_an_init(names: list[str]) -> None:
    packages = {str(Path(name).parent) for name in names if name.startswith("chalicelib/") and name.endswith(".py")}
    assert {package for package in packages if f"{package}/__init__.py" not in names} == set()


def test_is_sorted_and_dateless(package: Package) -> None:
    with zipfile.ZipFile(package.code) as code:
        entries = code.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_every_module_is_compiled_for_lambdas_python(names: list[str]) -> None:
    tag = f"cpython-{LAMBDA.python.replace('.', '')}"
    compiled = {f"{path.parent}/__pycache__/{path.stem}.{tag}.pyc" for path in map(Path, names) if path.suffix == ".py"}
    assert {name.removeprefix("./") for name in compiled} == {name for name in names if name.endswith(".pyc")}


def test_compiled_libraries_are_those_of_lambdas_processor(names: list[str]) -> None:
    processor = {"arm64": "aarch64", "x86_64": "x86_64"}[LAMBDA.architecture]
    suffix = f".cpython-{LAMBDA.python.replace('.', '')}-{processor}-linux-gnu.so"
    libraries = [name for name in names if name.endswith(".so")]
    assert {name.split("/")[0] for name in libraries} >= {"msgspec", "markupsafe"}
    assert [name for name in libraries if not name.endswith(suffix)] == []


@pytest.mark.parametrize("document", ["infra/README.md", "docs/decisions.md"])
def test_documents_name_what_lambda_runs(document: str) -> None:
    assert f"Python {LAMBDA.python} on" in " ".join((ROOT / document).read_text().split())


def test_chalice_is_told_the_same_processor() -> None:
    assert json.loads((ROOT / ".chalice" / "config.json").read_text())["lambda_architecture"] == LAMBDA.architecture


def test_imports_without_anything_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(build(this_machine()).code) as code:
        code.extractall(tmp_path)
    imports = "import app, pynamodb.models, yaml, jwt, segno; print(app.__file__)"
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {imports}"
    # Isolated and without site-packages: only the zip and the standard library are left to import from.
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "app.py")
