"""Same sources, same bytes; other sources, another name."""

import zipfile

import pytest

from infra import package as packaging
from infra.package import LAMBDA, SOURCES, Target, fingerprint


@pytest.mark.slow
def test_another_build_is_equal_to_the_byte(monkeypatch, tmp_path):
    first = packaging.build(LAMBDA)
    monkeypatch.setattr(packaging, "BUILD", tmp_path)
    again = packaging.build(LAMBDA)
    assert again.code != first.code
    assert again.code.read_bytes() == first.code.read_bytes()
    assert again.template.read_bytes() == first.template.read_bytes()


def test_the_fingerprint_tells_targets_apart():
    assert fingerprint(SOURCES, LAMBDA) != fingerprint(SOURCES, Target("3.12", None))


def test_the_fingerprint_tells_sources_apart(monkeypatch, tmp_path):
    monkeypatch.setattr(packaging, "ROOT", tmp_path)
    source = tmp_path / "app.py"
    source.write_text("one")
    one = fingerprint(("app.py",), LAMBDA)
    source.write_text("two")
    assert fingerprint(("app.py",), LAMBDA) != one


def test_the_zip_does_not_depend_on_the_order_of_files(tmp_path):
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in ("b.py", "a.py"):
        (sources / name).write_text(name)
    packaging._write_zip(tmp_path / "code.zip", [sources])
    with zipfile.ZipFile(tmp_path / "code.zip") as code:
        assert code.namelist() == ["a.py", "b.py"]
