"""The installed command, and what it says of itself."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.__main__ import main
from infra.build.artifacts import ROOT
from infra.commands import root
from infra.commands.terminal import counted, show
from infra.stopping import STOPS


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


def test_the_list_of_commands_is_an_operators(capsys: pytest.CaptureFixture[str]) -> None:
    """Two commands write into the checkout, for developers; they are there all the same."""
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = re.findall(r"^    (\S+)  ", capsys.readouterr().out, re.MULTILINE)
    assert {"member", "restore"} <= set(listed)
    assert not {"openapi", "words"} & set(listed)
    for word in ("openapi", "words"):
        with pytest.raises(SystemExit) as done:
            main([word, "--help"])
        assert done.value.code == 0


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (["member", "show", "shop.1", "--bogus"], "usage: ristourne member show [-h] [--json] member\n"),
        (["owed", "--bogus"], "usage: ristourne owed "),
        (["openapi", "more"], "usage: ristourne openapi [-h]\n"),
    ],
)
def test_a_word_that_a_command_does_not_know_is_told_with_its_own_usage(
    words: list[str], usage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        main(words)
    assert done.value.code == 1
    told = capsys.readouterr().err
    assert told.startswith(usage)
    assert told.endswith(f"error: unrecognized arguments: {words[-1]}\n")


def command_line(*words: str) -> subprocess.Popen[bytes]:
    """The command in a process of its own, which writes at its end as processes usually do."""
    line, environment = [sys.executable, "-m", "infra", *words], os.environ | {"PYTHONUNBUFFERED": ""}
    return subprocess.Popen(line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("words", [("--help",), ("programme", "check", "infra/demo/programme.yaml")])
def test_whoever_reads_no_further_is_no_mistake(words: tuple[str, ...]) -> None:
    """As `| head` does, which said `[Errno 32] Broken pipe`."""
    with command_line(*words) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        told = process.stderr.read()
    assert b"Broken pipe" not in told
    assert b"Traceback" not in told
    assert process.returncode == 128 + signal.SIGPIPE


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="this system has no device that is full")
def test_an_output_that_takes_nothing_is_told() -> None:
    with Path("/dev/full").open("wb") as full:
        line, environment = [sys.executable, "-m", "infra", "--help"], os.environ | {"PYTHONUNBUFFERED": ""}
        done = subprocess.run(line, cwd=ROOT, env=environment, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr == b"what is printed could not be written: No space left on device\n"


def test_ctrl_c_ends_a_command_that_is_still_being_imported(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """In the first second it was a traceback."""

    class Interrupting:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "infra.commands.root":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "infra.commands.root", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    assert main(["--help"]) == 130
    assert capsys.readouterr().err == "\nstopped\n"


@pytest.mark.usefixtures("signals_heard")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_supervisor_and_a_closed_terminal_stop_a_command_as_ctrl_c_does(
    sign: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A restore that was stopped so left the functions of its stage off."""
    cleaned: list[str] = []

    def run(_: object) -> int:
        try:
            signal.raise_signal(sign)
        finally:
            cleaned.append("up")
        return 0

    before = {other: signal.getsignal(other) for other in STOPS}
    monkeypatch.setattr(root, "run", run)
    assert main(["restore"]) == 128 + sign
    assert cleaned == ["up"]
    assert capsys.readouterr().err == "\nstopped\n"
    assert {other: signal.getsignal(other) for other in STOPS} == before


def test_a_command_goes_on_whose_terminal_closes_under_nohup(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def run(_: object) -> int:
        signal.raise_signal(signal.SIGHUP)
        return 0

    monkeypatch.setattr(root, "run", run)
    try:
        assert main(["restore"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_letters_that_the_terminal_does_not_have_are_no_traceback() -> None:
    """`LANG=fr_FR.ISO-8859-1`, and a programme with a name in Greek."""
    program = "import sys; from infra.__main__ import main; from infra.commands import root; "
    program += "root.run = lambda _: print('\\u03b1'); sys.exit(main([]))"
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("\\u03b1\n", "")


def test_nothing_that_takes_long_is_imported_where_ctrl_c_is_a_traceback() -> None:
    program = "import sys, infra.__main__; print(*{'botocore', 'msgspec', 'argparse'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("\n", "")


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


def test_an_amount_is_shown_once_and_with_its_currency(capsys: pytest.CaptureFixture[str]) -> None:
    """`asset: EUR/2`, `amount: 300` are the API's, for programs."""
    show({"hold": "h_1", "asset": "EUR/2", "amount": 300, "amount_text": "3.00 EUR", "text": "a text", "order": ""})
    assert capsys.readouterr().out.splitlines() == ["hold: h_1", "amount: 3.00 EUR", "text: a text", "order: -"]


@pytest.mark.parametrize(("number", "words"), [(2000, "2,000 days"), (0, "0 days"), (1, "1 day"), (2, "2 days")])
def test_what_is_counted_stands_in_the_singular_where_it_is_one(number: int, words: str) -> None:
    assert counted(number, "day") == words
