"""Mistakes made on purpose in the rules of the books, one by one: the tests must notice each of them.

    python -m tests.proof.mutation [--modules core.money,orders.kept] [--sample 1000 --seed 1] [--processes 2]

Every function of `chalicelib/domain` and of `chalicelib/store/table.py` is changed in every place where a condition, a
sign, a border or a rounding can be wrong (`mutation_operators.py`), and the tests that call it are run
(`mutation_plugin.py`). A mutant that no test can notice, because it does the same, stands in
`mutation_equivalents.toml` with its reason. A run over all modules is published in docs/proof.md, a sample as well.

Why not a ready tool: mutmut 3 leaves out properties and cannot remove a condition or one part of it; cosmic-ray starts
the whole suite anew for each mutant.
"""

from __future__ import annotations

import argparse
import random
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from tests.machine import ROOT
from tests.proof.mutation_plugin import OPTIONS, Plugin
from tests.proof.mutation_sites import Mutant, Source
from tests.report import Row, Section, publish

DOMAIN = ROOT / "chalicelib" / "domain"
TABLE = ROOT / "chalicelib" / "store" / "table.py"
EQUIVALENTS = Path(__file__).with_name("mutation_equivalents.toml")

TESTS = ("tests/domain",)
TESTS_OF = {"table": ("tests/store/test_table.py",)}
"""What some modules need besides."""

LEAST = 97
"""Percent of all mutants, equivalent ones too, that the tests must notice."""

SHOWS = """Every condition, border, sign, rounding, keyword and statement of the domain and of the commit is made wrong,
one at a time, and the tests that call the function are run. A mutant survives if none of them fails. Those that behave
alike are listed, each with its reason, in tests/proof/mutation_equivalents.toml."""

MISSED = """The tests of the domain alone are asked: what tests of pages, commands and the store notice besides is not
seen. What only saves work cannot be noticed by any test; the list of equal mutants says so of each."""

Key = tuple[str, str, str, str, int]


class Tally:
    """What became of the mutants."""

    def __init__(self, known: dict[Key, str]) -> None:
        self.known = known
        self.made: dict[str, int] = {}
        self.survived: dict[str, int] = {}
        self.equivalent: dict[str, int] = {}
        self.unexplained: list[Mutant] = []
        self.noticed: list[Mutant] = []
        self.failing: list[str] = []

    def count(self, mutant: Mutant, killed: bool) -> None:
        """One mutant more."""
        self.made[mutant.module] = self.made.get(mutant.module, 0) + 1
        if killed:
            self.noticed += [mutant] if mutant.key in self.known else []
            return
        self.survived[mutant.module] = self.survived.get(mutant.module, 0) + 1
        if mutant.key in self.known:
            self.equivalent[mutant.module] = self.equivalent.get(mutant.module, 0) + 1
        else:
            self.unexplained.append(mutant)
            sys.stderr.write(f"survived: {mutant}\n")  # at once: a whole run takes a while

    @property
    def killed(self) -> int:
        """How many were noticed."""
        return sum(self.made.values()) - sum(self.survived.values())

    @property
    def violations(self) -> tuple[str, ...]:
        """What did not hold."""
        return (
            *(f"survived: {mutant}" for mutant in self.unexplained),
            *(f"listed as equivalent, and noticed: {mutant}" for mutant in self.noticed),
            *(f"fails without any mutant: {test}" for test in self.failing),
        )


def run(mutants: Sequence[Mutant], tests: Sequence[Path], processes: int, tally: Tally) -> Tally:
    """Try some mutants on some tests."""
    plugin = Plugin(mutants, processes, tally.count)
    code = pytest.main([*OPTIONS, *map(str, tests)], plugins=[plugin])
    assert code == pytest.ExitCode.OK, f"pytest ended with {code!r}"
    tally.failing += plugin.failing
    return tally


def drawn(mutants: Sequence[Mutant], sample: int | None, seed: int) -> Sequence[Mutant]:
    """All mutants, or a sample of them: those that are listed as equivalent count as survivors in both."""
    if sample is None:
        return mutants
    return random.Random(seed).sample(mutants, min(sample, len(mutants)))  # noqa: S311


def tests_of(modules: Sequence[str]) -> list[Path]:
    """The tests that some modules are tried on."""
    besides = (test for module in modules for test in TESTS_OF.get(module, ()))
    return [ROOT / fromkey for fromkey in dict.fromkeys([*TESTS, *besides])]


def equivalents(path: Path = EQUIVALENTS) -> dict[Key, str]:
    """The mutants that behave alike, each with its reason."""
    listed = tomllib.loads(path.read_text())["equivalent"]
    return {
        (row["module"], row.get("function", ""), row["was"], row["becomes"], row.get("nth", 1)): row["reason"]
        for row in listed
    }


def modules_of_the_project() -> list[str]:
    """All that are tried."""
    return [*sorted(name_of(path) for path in DOMAIN.rglob("*.py") if path.stem != "__init__"), TABLE.stem]


def path_of(module: str) -> Path:
    """Where a module lies."""
    return TABLE if module == TABLE.stem else DOMAIN / f"{module.replace('.', '/')}.py"


def name_of(path: Path) -> str:
    """How a module is named here: `orders.kept`, below the domain; a file from elsewhere by its own name."""
    return ".".join(path.relative_to(DOMAIN).with_suffix("").parts) if path.is_relative_to(DOMAIN) else path.stem


def section(tally: Tally, possible: int, seed: int | None) -> Section:
    """For docs/proof.md: what became of all `possible` mutants, or of those that a seed drew."""
    made, unexplained = sum(tally.made.values()), len(tally.unexplained)
    score = percent(tally.killed, made)
    scores = {
        name: int(float(percent(count - tally.survived.get(name, 0), count))) for name, count in tally.made.items()
    }
    worst = min(scores, key=lambda name: scores[name])
    return Section(
        name="mutation",
        title="Every mistake is noticed",
        shows=SHOWS.replace("\n", " "),
        missed=MISSED.replace("\n", " "),
        seed=seed,
        rows=(
            Row("mutants", made, "more than 0", met=made > 0),
            Row("mutants that can be made", possible, "as it is", met=True),
            Row("noticed by the tests", f"{score}%", f"{LEAST}% or more", met=100 * tally.killed >= LEAST * made),
            Row(f"the module with the lowest score, {worst}", f"{scores[worst]}%", "any", met=True),
            Row("behave alike, explained one by one", sum(tally.equivalent.values()), "any number", met=True),
            Row("survived without an explanation", unexplained, "0", met=not unexplained),
            Row("listed as alike, and yet noticed", len(tally.noticed), "0", met=not tally.noticed),
        ),
        counters={
            "Mutants, by module": tally.made,
            "Noticed, in percent": scores,
            "Behave alike, by module": tally.equivalent,
        },
        violations=tally.violations,
    )


def percent(part: int, whole: int) -> str:
    """With one decimal, cut and not rounded up."""
    tenths = 1000 * part // whole if whole else 0
    return f"{tenths // 10}.{tenths % 10}"


def main() -> int:
    arguments = _arguments()
    modules = arguments.modules.split(",") if arguments.modules else modules_of_the_project()
    files = arguments.source or [path_of(module) for module in modules]
    sources = [Source(name_of(path), path) for path in files]
    tests = arguments.tests or tests_of([source.module for source in sources])
    tally = Tally(equivalents())
    mutants = [mutant for source in sources for mutant in source.mutants()]
    run(drawn(mutants, arguments.sample, arguments.seed), tests, arguments.processes, tally)
    summary = section(tally, len(mutants), arguments.seed if arguments.sample else None)
    _say(tally, summary)
    if not any((arguments.modules, arguments.source, arguments.tests)):
        publish(summary)
    return 0 if not tally.violations else 1


def _say(tally: Tally, summary: Section) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for name, count in tally.made.items():
        console.print(f"{name}: {count - tally.survived.get(name, 0)} of {count} noticed")
    for line in (*tally.violations, *(f"{row.name}: {row.value} (must be {row.target})" for row in summary.rows)):
        console.print(line, markup=False)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutation", description="Mistakes made on purpose.")
    parser.add_argument("--modules", help="some modules only, such as core.money,orders.kept")
    parser.add_argument("--sample", type=int, help="so many mutants only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--source", type=Path, action="append", help="another file than the project's")
    parser.add_argument("--tests", type=Path, action="append", help="other tests than the project's")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
