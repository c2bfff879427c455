"""Runs the tests against mutants inside one pytest process: everything is imported and collected once.

First each test runs alone, and which functions it calls is noted. Then each mutant gets a forked child in which its
function has the changed code; the child runs the tests that call the function, the quickest first, until one fails. A
mistake that is made at import needs the project imported anew, in the child. Knows pytest and the mutants, and nothing
of the domain.
"""

from __future__ import annotations

import functools
import gc
import importlib
import importlib.machinery
import os
import resource
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, NoReturn

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

from tests.machine import ROOT
from tests.proof.mutation_sites import Mutant

KILLED, SURVIVED, BROKEN = 1, 0, 70
"""How a child ends: a test failed, none did, or the child could not do its work."""

CPU_S = 20
"""Seconds of the processor, beyond ten times what its tests need, that a mutant may take: it may loop for ever."""

MEMORY = 4 * 2**30
"""Bytes that a mutant may take."""

EXAMPLES = 25
"""So many of each property, where it does not state how many: fewer than elsewhere, for there are many mutants."""

PHASES = (Phase.explicit, Phase.generate)
"""A failing example need not be made small."""

Where = tuple[str, int]
"""A function of a file: its qualified name and first line."""


class Plugin:
    """Takes over pytest's loop. `report` hears of each mutant whether it was killed, in the order they end."""

    def __init__(self, mutants: Sequence[Mutant], processes: int, report: Callable[[Mutant, bool], None]) -> None:
        self.failing: list[str] = []
        # An import takes longer than a call: those last.
        self._mutants = sorted(mutants, key=lambda mutant: not mutant.function)
        self._processes = processes
        self._report = report
        self._calls: dict[tuple[str, Where], list[pytest.Item]] = defaultdict(list)
        self._cost: dict[pytest.Item, float] = {}
        self._remembering: list[Any] = []
        self._functions: dict[tuple[str, Where], list[FunctionType]] = {}

    def pytest_configure(self) -> None:
        """Properties that are quick to fail."""
        usual = settings.get_profile("ci")
        quick = settings(usual, max_examples=EXAMPLES, phases=PHASES, report_multiple_bugs=False)
        settings.register_profile("mutation", quick)
        settings.load_profile("mutation")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Examples first; what they leave alive, the properties."""
        paths = {mutant.source.path for mutant in self._mutants}
        _import(path for path in paths if path.is_relative_to(ROOT / "chalicelib"))
        self._remembering = _remembering()
        self._functions = _functions({str(path) for path in paths})
        gc.collect()
        gc.freeze()
        properties = [item for item in session.items if item.get_closest_marker("hypothesis")]
        examples = [item for item in session.items if item not in properties]
        alive = self._round(self._mutants, examples, last=not properties)
        if alive and properties:
            self._round(alive, properties, last=True)
        return True

    def _round(self, mutants: Sequence[Mutant], items: list[pytest.Item], last: bool) -> list[Mutant]:
        self._calls.clear()
        self._trace(items, {str(mutant.source.path) for mutant in mutants})
        imports = [mutant for mutant in mutants if not mutant.function]
        if any(failed for _, failed in _each_in_a_child(imports[:1], self._import_as_it_is, 1)):
            self.failing.append("the tests, where the project is imported anew: all mutants of imports fail so")
        alive = []
        for mutant, killed in _each_in_a_child(mutants, self._attempt, self._processes):
            # An import is tried on all examples at once; the properties come to the functions only.
            final = killed or last or not mutant.function
            self._report(mutant, killed) if final else alive.append(mutant)
        return alive

    def _trace(self, items: list[pytest.Item], files: set[str]) -> None:
        """Which functions of the files each test calls, and how long it takes; none that fails by itself."""
        for item, following in pairwise([*items, None]):
            assert item
            called: set[tuple[str, Where]] = set()
            self._forget()
            began = time.process_time()
            sys.settrace(_noting(called, files))
            try:
                failed = _fails(item, following)
            finally:
                sys.settrace(None)
            self._cost[item] = time.process_time() - began
            if failed:
                self.failing.append(item.nodeid)
                continue
            for place in called:
                self._calls[place].append(item)

    def _forget(self) -> None:
        for cache in self._remembering:
            cache.cache_clear()

    def _attempt(self, mutant: Mutant) -> bool:
        """In a child: whether any test notices the mutant."""
        if not mutant.function:
            return _imported_anew(mutant, self._files(mutant), mutant.code())
        where = str(mutant.source.path), (mutant.function, mutant.starts)
        items = sorted(self._calls[where], key=lambda item: self._cost[item])
        code = mutant.code_of_function()
        assert self._functions[where], f"there is no function {where}"
        if any(candidate.__code__.co_freevars != code.co_freevars for candidate in self._functions[where]):
            return _imported_anew(
                mutant, self._files(mutant), mutant.code()
            )  # without super() a method has another shape
        _limit(sum(self._cost[item] for item in items))
        for function in self._functions[where]:
            function.__code__ = code
        self._forget()
        return any(_fails(item, following) for item, following in pairwise([*items, None]) if item)

    def _import_as_it_is(self, mutant: Mutant) -> bool:
        """In a child: whether tests fail that import the project anew, though nothing in it is wrong."""
        return _imported_anew(mutant, self._files(mutant), None)

    def _files(self, mutant: Mutant) -> list[str]:
        """The files of tests, those that are named for the mutant's module first."""
        files = {str(item.path): None for item in self._cost}
        return sorted(files, key=lambda file: f"test_{mutant.module}" not in file)


def _import(paths: Iterable[Path]) -> None:
    """The project's modules; the deciders are imported at their first command only, which may come in a test."""
    for path in paths:
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def _remembering() -> list[Any]:
    """The functions that remember their answers: that would hide from a test that they are wrong now."""
    caches = (cache for cache in gc.get_objects() if isinstance(cache, functools._lru_cache_wrapper))
    return [cache for cache in caches if str(cache.__module__).startswith("chalicelib.domain")]


def _fails(item: pytest.Item, following: pytest.Item | None) -> bool:
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def _noting(called: set[tuple[str, Where]], files: set[str]) -> Callable[[FrameType, str, Any], None]:
    def note(frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if code.co_filename in files:
            called.add((code.co_filename, (code.co_qualname, code.co_firstlineno)))

    return note


def _each_in_a_child(
    mutants: Sequence[Mutant], attempt: Callable[[Mutant], bool], processes: int
) -> Iterator[tuple[Mutant, bool]]:
    running: dict[int, Mutant] = {}
    waiting = list(reversed(mutants))
    while waiting or running:
        while waiting and len(running) < processes:
            mutant = waiting.pop()
            running[_child(attempt, mutant)] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        code = os.waitstatus_to_exitcode(status)
        assert code != BROKEN, f"could not be tried: {mutant}"
        # Whatever was ended by a signal has been noticed too: it did not end by itself.
        yield mutant, code != SURVIVED


def _child(attempt: Callable[[Mutant], bool], mutant: Mutant) -> int:
    child = os.fork()
    if not child:
        _attempt_and_leave(attempt, mutant)
    return child


def _attempt_and_leave(attempt: Callable[[Mutant], bool], mutant: Mutant) -> NoReturn:
    code = BROKEN
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1):
            os.dup2(nowhere, stream)
        code = KILLED if attempt(mutant) else SURVIVED
    except BaseException:  # noqa: BLE001 (the child must not go on as its parent would)
        traceback.print_exc()
    finally:
        os._exit(code)


def _limit(cost: float) -> None:
    """A mutant that does not end is ended: by its use of the processor, so that a busy machine ends none early."""
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    seconds = CPU_S + int(10 * cost)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _functions(files: set[str]) -> dict[tuple[str, Where], list[FunctionType]]:
    """All functions of some files by their code, whatever they are wrapped in."""
    functions: dict[tuple[str, Where], list[FunctionType]] = defaultdict(list)
    for function in (value for value in gc.get_objects() if isinstance(value, FunctionType)):
        code = function.__code__
        if code.co_filename in files:
            functions[code.co_filename, (code.co_qualname, code.co_firstlineno)].append(function)
    return functions


def _of_the_project(files: set[str]) -> list[str]:
    """The modules that are imported by now, of some files, the application and the tests."""
    ours = ("chalicelib", "infra", "tests")
    loaded = ((name, getattr(module, "__file__", None)) for name, module in list(sys.modules.items()))
    return [name for name, file in loaded if file in files or name.partition(".")[0] in ours]


def _imported_anew(mutant: Mutant, files: Iterable[str], code: CodeType | None) -> bool:
    """Whether tests fail that import a project in which a mutant's module has other code (None: its own)."""
    _limit(60)
    path = str(mutant.source.path)
    for name in _of_the_project({path, *files}):
        del sys.modules[name]
    honest = importlib.machinery.SourceFileLoader.get_code

    def get_code(loader: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
        is_other = code is not None and loader.get_filename(fullname) == path
        return code if is_other else honest(loader, fullname)

    setattr(importlib.machinery.SourceFileLoader, "get_code", get_code)  # noqa: B010 (typed for a parent class)
    return pytest.main([*OPTIONS, "-x", "-m", "not hypothesis", *files]) != pytest.ExitCode.OK


OPTIONS = (
    *("-p", "no:cacheprovider", "-qqq", "-rN", "--capture=no", "--tb=no", "-k", "not dynamodb-local"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
"""Quiet, and without what needs a server."""
