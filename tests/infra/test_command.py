"""The installed command, and what it says of itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.__main__ import main
from infra.build.artifacts import ROOT


def test_the_installed_command_runs_from_any_folder(tmp_path: Path) -> None:
    place = tmp_path / "a checkout" / ".venv" / "bin"
    place.mkdir(parents=True)
    for name in ("infra", "chalicelib", "app.py"):
        (place.parent.parent / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "infra" / "ristourne", place)
    # A virtual environment's python finds its own libraries by the path that it is called by.
    (place / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (place / "python").chmod(0o755)
    (tmp_path / "link").symlink_to(place / "ristourne")
    for program in (place / "ristourne", tmp_path / "link"):
        command = [str(program), "programme", "check", str(ROOT / "infra" / "demo" / "programme.yaml")]
        done = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True)
        assert done.stdout.startswith("Acme Tea: good"), done.stderr


def test_make_installs_it(tmp_path: Path) -> None:
    recipes = (ROOT / "Makefile").read_text()
    assert recipes.count("@install -m 755 infra/ristourne $(BIN)/ristourne") == 2
    assert os.access(ROOT / "infra" / "ristourne", os.X_OK)


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_it_is_called_by_its_name(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main([word])
    assert done.value.code == 0
    assert "ristourne" in capsys.readouterr().out


def test_the_documents_name_the_one_command() -> None:
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "infra").glob("*.md")]:
        assert "python -m infra " not in path.read_text(), path
