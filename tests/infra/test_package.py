"""Same sources, same bytes; other sources, another name."""

import platform
import zipfile

import pytest

from infra.build import package as packaging
from infra.build.package import LAMBDA, SOURCES, Target, fingerprint


@pytest.mark.slow
def test_another_build_is_equal_to_the_byte(monkeypatch, tmp_path):
    first = packaging.build(LAMBDA)
    monkeypatch.setattr(packaging, "BUILD", tmp_path)
    again = packaging.build(LAMBDA)
    assert again.code != first.code
    assert again.code.read_bytes() == first.code.read_bytes()
    assert again.template.read_bytes() == first.template.read_bytes()


def test_the_fingerprint_tells_targets_apart():
    assert fingerprint(SOURCES, LAMBDA) != fingerprint(SOURCES, Target("3.12", "arm64", None))
    assert fingerprint(SOURCES, LAMBDA) != fingerprint(SOURCES, Target(LAMBDA.python, "x86_64", LAMBDA.platform))


def test_a_computer_like_lambda_runs_lambdas_package(monkeypatch):
    monkeypatch.setattr(packaging, "THIS_PYTHON", LAMBDA.python)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert packaging.this_machine() == LAMBDA


@pytest.mark.parametrize(
    ("system", "machine", "architecture"),
    [("Linux", "x86_64", "x86_64"), ("Darwin", "arm64", "arm64"), ("Windows", "AMD64", "x86_64")],
)
def test_another_computer_runs_a_package_of_its_own(monkeypatch, system, machine, architecture):
    monkeypatch.setattr(packaging, "THIS_PYTHON", LAMBDA.python)
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert packaging.this_machine() == Target(LAMBDA.python, architecture, None)


def test_the_fingerprint_tells_sources_apart(monkeypatch, tmp_path):
    monkeypatch.setattr(packaging, "ROOT", tmp_path)
    source = tmp_path / "app.py"
    source.write_text("one")
    before = fingerprint(("app.py",), LAMBDA)
    source.write_text("two")
    assert fingerprint(("app.py",), LAMBDA) != before


def test_the_zip_does_not_depend_on_the_order_of_files(tmp_path):
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in ("b.py", "a.py"):
        (sources / name).write_text(name)
    packaging._write_zip(tmp_path / "code.zip", [sources])
    with zipfile.ZipFile(tmp_path / "code.zip") as code:
        assert code.namelist() == ["a.py", "b.py"]
