"""What people mistype ends in one plain sentence and a status that is not 0, and never in a traceback."""

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.__main__ import main
from infra.api import Api, ApiAnswer, ApiError
from infra.build.artifacts import ROOT
from infra.commands import connections, keys, terminal
from infra.local.local_aws import LocalAwsError, port_from_environment
from tests.infra.terminals import at_a_terminal

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; its status and what it printed on standard error."""
    monkeypatch.setenv("RISTOURNE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("RISTOURNE_KEY", "rk_admin_x")
    for name in ("RISTOURNE_SECRET", "RISTOURNE_STOREFRONT_TOKEN", "RISTOURNE_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(connections, "_rows", lambda: [{"id": "acme", "kind": "shopify", "secrets": 1}])

    def command(*words: str, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        status = main(words)
        return status, capsys.readouterr().err

    return command


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        (("connection", "add", "new", "shopify"), "RISTOURNE_SECRET"),
        (("connection", "rotate", "acme"), "RISTOURNE_SECRET"),
        (("send", "acme", "shopify", "pyproject.toml", "--topic", "orders/paid"), "RISTOURNE_SECRET"),
        (("member", "find"), "RISTOURNE_EMAIL"),
    ],
)
def test_a_secret_without_a_terminal_is_asked_for_by_its_variable(run: Run, words: Any, variable: str) -> None:
    status, message = run(*words)
    assert status == 1
    assert message.endswith(f"type it, send it on standard input, or set {variable}\n")


def test_a_secret_may_come_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RISTOURNE_SECRET", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO("hush-hush\n"))
    assert terminal.secret() == "hush-hush"


@pytest.mark.parametrize(("keys_pressed", "status"), [(EOFError, 1), (KeyboardInterrupt, 130)])
def test_a_prompt_may_be_left(run: Run, monkeypatch: pytest.MonkeyPatch, keys_pressed: Any, status: int) -> None:
    def leave(_: str) -> str:
        raise keys_pressed

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("getpass.getpass", leave)
    monkeypatch.setattr(io, "StringIO", Terminal)
    code, message = run("connection", "add", "new", "shopify")
    assert code == status
    assert "Traceback" not in message


@pytest.mark.parametrize("url", ["api.example", "localhost:4566", "ftp://x", "https://", "https:///x"])
def test_an_address_without_scheme_or_host_is_named(run: Run, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("RISTOURNE_URL", url)
    assert run("deliveries") == (
        1,
        f"RISTOURNE_URL must begin with https:// (or http:// for make run), got {url!r}\n",
    )


@pytest.mark.parametrize("port", ["abc", "0", "99999", "-1", "4566x", "٤"])
def test_a_port_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("RISTOURNE_PORT", port)
    with pytest.raises(LocalAwsError, match="RISTOURNE_PORT must be a number from 1 to 65535"):
        port_from_environment()


def test_ids_name_one_thing_each(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`member show x/../y` showed the member y."""
    paths: list[str] = []

    def call(_: Api, method: str, path: str, *rest: Any) -> Any:
        paths.append(path)
        raise ApiError("not there")

    monkeypatch.setattr(Api, "call", call)
    run("member", "show", "x/../y")
    run("replay", "a/b?c#d")
    run("settle", "x y")
    assert paths == [
        "/v1/members/x%2F..%2Fy",
        "/v1/deliveries/a%2Fb%3Fc%23d/replay",
        "/v1/members/x%20y/referrals/settle",
    ]
    assert run("member", "show", "..") == (1, "an id must not be empty, . or ..\n")


@pytest.mark.parametrize("words", [("programme", "check", "nope.yaml"), ("send", "acme", "stripe", "nope.yaml")])
def test_a_missing_file_is_named(run: Run, words: Any) -> None:
    assert run(*words) == (1, "nope.yaml: No such file or directory\n")


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (("member", "merge", "shop.1", "shop.2"), "Merge shop.2 into shop.1 for good? [y/N] "),
        (("member", "erase", "shop.1"), "Erase the personal data of shop.1 for good? [y/N] "),
        (("user", "remove", "ada"), "Remove ada, with every passkey and session? [y/N] "),
        (
            ("connection", "remove", "acme"),
            "Remove acme, so that what it sends is refused and its secrets are forgotten? [y/N] ",
        ),
        (
            ("key", "revoke", "abcdefgh", "--stage", "prod"),
            "End the key abcdefgh, so that whatever uses it is refused? [y/N] ",
        ),
    ],
)
@pytest.mark.parametrize(("typed", "yes", "count"), [("y", (), 1), ("n", (), 0), ("", (), 0), ("n", ("--yes",), 1)])
def test_what_nothing_takes_back_is_asked_for_on_a_terminal(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    question: str,
    typed: str,
    yes: tuple[str, ...],
    count: int,
) -> None:
    moved: list[str] = []

    def call(_: Api, method: str, path: str, *rest: Any) -> Any:
        moved.append(path)
        return {}

    def revoke_keys(names: list[str], environment: dict[str, str]) -> list[str]:
        moved.extend(names)
        return names

    monkeypatch.setattr(Api, "call", call)
    monkeypatch.setattr(keys, "environment_of_stage", lambda _: {})
    monkeypatch.setattr(keys, "revoke_keys", revoke_keys)
    screen = at_a_terminal(monkeypatch, f"{typed}\n")
    assert main([*words, *yes]) == (0 if count else 1)
    assert len(moved) == count
    assert screen.getvalue().startswith("" if yes else question)


CEILING = (
    "amount must be between 1 and 100000, or between -100000 and -1, in minor units "
    "(the parameter max-adjustment is the ceiling), got 500000"
)
CEILING_IN_EUROS = (
    "amount must be between 0.01 EUR and 1000.00 EUR, or between -1000.00 EUR and -0.01 EUR "
    "(the parameter max-adjustment is the ceiling), got 5000.00 EUR"
)


@pytest.mark.parametrize(
    ("typed", "refusal", "told"),
    [
        (("5000.00", "EUR"), CEILING, CEILING_IN_EUROS),
        (("7", "points"), "amount must be between 1 and 5, in minor units, got 7", None),
        (("1.00", "EUR"), "hold h_22 of shop.1 is over, in minor units", "hold h_22 of shop.1 is over, in minor units"),
        (("1.00", "EUR"), "the balance is not enough: 100 asked", "the balance is not enough: 100 asked"),
    ],
)
def test_a_refused_amount_is_told_as_it_is_typed(
    run: Run, monkeypatch: pytest.MonkeyPatch, typed: tuple[str, str], refusal: str, told: str | None
) -> None:
    def refuse(*_: Any) -> Any:
        raise ApiError(refusal, 400, "invalid_input")

    monkeypatch.setattr(Api, "call", refuse)
    told = told or "amount must be between 1 points and 5 points, got 7 points"
    assert run("member", "adjust", "shop.1", *typed, "a gift") == (1, f"{told}\n")


def test_that_an_email_has_no_member_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Api, "call", lambda *_: {"members": []})
    assert main(["member", "find", "--email", "nobody@shop.example"]) == 0
    assert capsys.readouterr().out == "no member has this e-mail\n"
    assert main(["member", "find", "--email", "nobody@shop.example", "--json"]) == 0
    assert capsys.readouterr().out == "[]\n"


def test_in_a_script_nothing_is_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Api, "call", lambda *_: {})
    assert run("member", "merge", "shop.1", "shop.2") == (0, "")


def test_a_key_that_is_not_there_was_not_revoked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "environment_of_stage", lambda _: {})
    monkeypatch.setattr(keys, "revoke_keys", lambda *_: [])
    assert run("key", "revoke", "NOPE", "--stage", "prod")[0] == 1
    monkeypatch.setattr(keys, "revoke_keys", lambda names, _: names)
    assert run("key", "revoke", "abcdefgh", "--stage", "prod")[0] == 0


def test_a_whole_key_is_not_repeated_where_its_name_is_asked_for(run: Run) -> None:
    status, message = run("key", "revoke", "rk_admin_abcdefgh_verysecret", "--stage", "prod", "--yes")
    assert (status, "verysecret" in message) == (1, False)


@pytest.mark.parametrize("secret", ["rk_admin_x\n", "rk_admin_x\r", "rk_\u0430dmin_x", "rk\x00"])
def test_a_key_that_no_header_can_have_is_a_sentence_without_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    """Of a file with line ends of Windows; the traceback had the key."""
    if "\x00" not in secret:
        monkeypatch.setenv("RISTOURNE_KEY", secret)
        status, message = run("owed")
        assert (status, message.startswith("Authorization cannot be sent: "), secret in message) == (1, True, False)
    with pytest.raises(ApiError, match="cannot be sent"):
        Api("https://shop.example", secret).raw("GET", "/")


@pytest.mark.parametrize(
    "words",
    [
        ("owed",),
        ("connection", "widget", "acme"),
        ("programme", "show"),
        ("replay", "--all"),
        ("reconcile", "acme", "--since", "2026-11-01T00:00:00Z", "--file", "pyproject.toml"),
    ],
)
@pytest.mark.parametrize("status", [200, 404, 502])
def test_an_address_where_something_else_answers_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], status: int
) -> None:
    """The shop's own page was a traceback."""
    monkeypatch.setattr(Api, "raw", lambda *_: ApiAnswer(status, {}, b"<html>the shop</html>"))
    monkeypatch.setattr("time.sleep", lambda _: None)
    wanted = f"{status} was answered, and not as Ristourne does: is the address (RISTOURNE_URL) that of its API?\n"
    assert run(*words) == (1, wanted)


def test_a_day_that_is_none_is_refused_with_an_example(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("segment", "export", "--all", "x.csv", "--stage", "prod", "--day", "yesterday")
    assert "must be a day such as 2026-11-26, got 'yesterday'" in capsys.readouterr().err


def test_the_programmes_version_0_is_not_the_newest(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def call(_: Api, method: str, path: str, *rest: Any) -> Any:
        asked.append(path)
        raise ApiError("there is none")

    monkeypatch.setattr(Api, "call", call)
    run("programme", "show", "--number", "0")
    assert asked == ["/v1/programme?number=0"]


@pytest.mark.parametrize(("result", "status"), [("kept", 1), ("recorded", 0), ("unchanged", 0), ("ignored", 0)])
def test_a_delivery_that_was_only_kept_is_no_success(
    run: Run, monkeypatch: pytest.MonkeyPatch, result: str, status: int
) -> None:
    monkeypatch.setenv("RISTOURNE_SECRET", "the-secret")
    monkeypatch.setattr(Api, "call", lambda *_: {"result": result})
    assert run("send", "acme", "shopify", str(ROOT / "pyproject.toml"), "--topic", "orders/paid")[0] == status


class TestMake:
    """The Makefile on its own, in a folder with an environment that is broken, or another one than the named."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        shutil.copy(ROOT / "Makefile", tmp_path)
        (tmp_path / ".venv" / "bin").mkdir(parents=True)
        (tmp_path / ".venv" / "uv").touch()
        return tmp_path

    def make(self, folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {"PATH": "/usr/local/bin:/usr/bin:/bin", **environment}
        return subprocess.run(["make", *words], cwd=folder, env=variables, capture_output=True, text=True)

    def python(self, folder: Path, name: str, answer: str) -> str:
        program = folder / name
        program.write_text(f"#!/bin/sh\n{answer}\n")
        program.chmod(0o755)
        return str(program)

    @pytest.mark.parametrize("answer", ["exit 1", "echo False", "echo 'no such version installed' >&2; exit 127"])
    def test_a_named_python_that_does_not_do_is_refused_at_once(self, folder: Path, answer: str) -> None:
        python = self.python(folder, "python9", answer)
        for words, environment in (((f"PYTHON={python}",), {}), ((), {"PYTHON": python})):
            done = self.make(folder, "help", *words, **environment)
            assert done.returncode == 2
            assert f"PYTHON={python} is no Python from 3.11 to 3.14 that runs" in done.stderr
        assert (folder / ".venv" / "uv").exists()

    def test_an_environment_whose_python_is_gone_is_made_anew(self, folder: Path) -> None:
        (folder / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
        assert self.make(folder, "help").returncode == 0
        assert not (folder / ".venv").exists()

    def test_an_environment_of_another_python_than_the_named_is_made_anew(self, folder: Path) -> None:
        self.python(folder, ".venv/bin/python", "echo '(3, 9) /other'")
        assert self.make(folder, "help", f"PYTHON={sys.executable}").returncode == 0
        assert not (folder / ".venv").exists()

    def test_an_environment_of_the_named_python_stays(self, folder: Path) -> None:
        (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
        assert self.make(folder, "help").returncode == 0
        assert self.make(folder, "help", f"PYTHON={folder}/.venv/bin/python").returncode == 0
        assert (folder / ".venv" / "uv").exists()

    def test_the_systems_certificates_are_used_unless_somebody_says_otherwise(self, folder: Path) -> None:
        text = (ROOT / "Makefile").read_text()
        (folder / "Makefile").write_text(f"{text}\nshow-certs:\n\t@echo certs=$$UV_SYSTEM_CERTS\n")
        (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
        has_store = any(map(Path.exists, map(Path, ["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"])))
        assert self.make(folder, "show-certs").stdout == f"certs={'true' if has_store else ''}\n"
        assert self.make(folder, "show-certs", UV_SYSTEM_CERTS="false").stdout == "certs=false\n"


@pytest.mark.parametrize(("kind", "topic"), [("shopify", "orders/paid"), ("woocommerce", "order.updated")])
def test_a_storefront_whose_topic_stands_in_a_header_is_not_sent_without_one(run: Run, kind: str, topic: str) -> None:
    status, text = run("send", "acme", kind, str(ROOT / "pyproject.toml"))
    assert (status, text) == (1, f"--topic must be given for {kind}, such as {topic}\n")
