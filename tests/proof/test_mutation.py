"""Mutants: a sample of those of the books is noticed, and the harness does say when one is not."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.machine import ROOT
from tests.proof.mutation import equivalents, modules_of_the_project, path_of
from tests.proof.mutation_sites import Source

SAMPLE, SEED = 20, 1
MODULES = "core.money,core.calendar,programme.sale,ledger.accounts,ledger.transfers,rewards.cashback"
"""Those of the money itself, in which every mistake is noticed; `make mutation` tries all of them."""

TESTS = [
    *("core", "ledger", "rewards/test_cashback.py", "rewards/test_kinds.py", "rewards/test_offers.py"),
    *("programme/test_document.py", "programme/test_sale.py"),
]
"""Those of them that look at these modules closely: which test calls what is not asked of the others."""

CAPPED = """
LEAST = 5

def capped(amount, most):
    if amount > most:
        return most
    return max(amount, LEAST)
"""

WHOLE = """
from capped import capped

def test_it_is_cut():
    assert capped(30, 20) == 20

def test_it_is_left():
    assert capped(10, 20) == 10

def test_it_is_raised():
    assert capped(3, 20) == 5
"""


def mutation(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.proof.mutation", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_sample_of_the_mutants_is_noticed() -> None:
    tests = [argument for name in TESTS for argument in ("--tests", str(ROOT / "tests" / "domain" / name))]
    done = mutation("--modules", MODULES, "--sample", str(SAMPLE), "--seed", str(SEED), *tests)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"mutants: {SAMPLE} " in done.stdout


def survivors(directory: Path, tests: str) -> list[str]:
    """What becomes of the mutants of a few lines with their own tests."""
    source, examples = directory / "capped.py", directory / "test_capped.py"
    source.write_text(CAPPED)
    examples.write_text(tests)
    done = mutation("--source", str(source), "--tests", str(examples))
    mutants = [line.partition("survived: ")[2] for line in done.stdout.splitlines() if line.startswith("survived: ")]
    assert done.returncode == (1 if mutants else 0), done.stdout + done.stderr
    assert "mutants: 8 " in done.stdout
    return mutants


def test_whoever_tests_everything_has_no_survivor_but_the_same(tmp_path: Path) -> None:
    """Equal to the most: cut or left, it is the same."""
    assert survivors(tmp_path, WHOLE) == ["capped.capped, line 5: amount > most  ->  amount >= most"]


@pytest.mark.parametrize(
    ("missing", "survivor"),
    [
        ("test_it_is_cut", "amount > most  ->  False"),
        ("test_it_is_left", "amount > most  ->  amount >= most"),
        ("test_it_is_raised", "(import), line 2: 5  ->  6"),
    ],
)
def test_a_missing_test_is_a_survivor(missing: str, survivor: str, tmp_path: Path) -> None:
    alive = survivors(tmp_path, WHOLE.replace(missing, missing.removeprefix("test_")))
    assert [mutant for mutant in alive if mutant.endswith(survivor)]


IMPORTED_ONCE = """
import builtins

builtins.imports = getattr(builtins, "imports", 0) + 1

def test_it_is_imported_once():
    assert builtins.imports == 1
"""


def test_tests_that_fail_whenever_they_are_imported_anew_are_named(tmp_path: Path) -> None:
    """Every mutant of an import counted as noticed since two tests failed so, whatever was wrong."""
    source, examples = tmp_path / "capped.py", tmp_path / "test_capped.py"
    source.write_text(CAPPED)
    examples.write_text(WHOLE + IMPORTED_ONCE)
    done = mutation("--source", str(source), "--tests", str(examples))
    assert "fails without any mutant: the tests, where the project is imported anew" in done.stdout
    assert done.returncode == 1


def test_every_equivalent_mutant_is_still_made_and_has_a_reason() -> None:
    made = {mutant.key for module in modules_of_the_project() for mutant in Source(module, path_of(module)).mutants()}
    assert equivalents().keys() - made == set()
    assert all(len(reason) > 20 for reason in equivalents().values())


OPERATORS: Sequence[tuple[str, set[str]]] = [
    ("a < b", {"a <= b", "a >= b"}),
    ("a == b", {"a != b"}),
    ("a + b", {"a - b"}),
    ("a // b", {"a * b"}),
    ("'a' + b", set()),
    ("a and b", {"a or b", "a", "b"}),
    ("not a", {"a"}),
    ("-a", {"a"}),
    ("1", {"2"}),
    ("True", {"False"}),
    ("'half_up'", {"'half_even'"}),
    ("'text'", set()),
    ("min(a)", {"max(a)"}),
    ("abs(a)", {"a"}),
    ("f(a, note=b)", {"f(a)"}),
    ("zip(a, b, strict=False)", {"zip(a, b, strict=True)"}),
    ("[*a, b]", {"[b]"}),
    ("a[b:]", {"a[:]"}),
    ("a if b else c", {"a if True else c", "a if False else c"}),
]


@pytest.mark.parametrize(("written", "mistakes"), OPERATORS, ids=[written for written, _ in OPERATORS])
def test_the_mistakes_that_are_made(written: str, mistakes: set[str], tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text(f"def one():\n    found = {written}\n")
    source = Source("one", path)
    made = set()
    for mutant in source.mutants():
        mutant.site.put(mutant.node)
        made.add(ast.unparse(source.tree).partition("found = ")[2])
        mutant.site.put(mutant.site.node)
    assert made == mistakes
    assert ast.unparse(source.tree) == ast.unparse(ast.parse(path.read_text()))
