"""The installed command, and what it says of itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.__main__ import main
from infra.build.artifacts import ROOT
from infra.commands.terminal import counted, show


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


def test_an_answer_is_shown_as_people_write_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`worth: {'asset': …}` and `ended_at: None` were Python's own words."""
    worth = {"asset": "EUR/2", "amount": 500, "text": "5.00 EUR"}
    consents = {"mail": True, "sms": False}
    show(
        {
            "hold": "h_1",
            "worth": worth,
            "ended_at": None,
            "order": "",
            "captured": 0,
            "consents": consents,
            "none": {},
            "links": ["a", "b"],
        }
    )
    assert capsys.readouterr().out.splitlines() == [
        "hold: h_1",
        "worth: 5.00 EUR",
        "ended_at: -",
        "order: -",
        "captured: 0",
        "consents.mail: yes",
        "consents.sms: no",
        "none: -",
        "links: a, b",
    ]


@pytest.mark.parametrize(("number", "words"), [(0, "0 days"), (1, "1 day"), (2, "2 days")])
def test_what_is_counted_stands_in_the_singular_where_it_is_one(number: int, words: str) -> None:
    assert counted(number, "day") == words
