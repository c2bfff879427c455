"""The mutants of a module: every place in its source where one mistake can be made, and the code that it then has.

A mutant is known by its function and by what stands there before and after, not by its line: so the list of those that
cannot be told apart survives other edits. Imports the operators.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from tests.proof.mutation_operators import conditions, decided, replacements

_UNTOUCHED = frozenset({"annotation", "returns", "decorator_list", "keywords", "bases", "format_spec", "type_comment"})
"""Parts of a node that no mistake is made in; the keywords are those of a class."""


@dataclass(frozen=True)
class Site:
    """A place in a syntax tree: the field of a parent, at an index if the field is a list."""

    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST

    def put(self, node: ast.AST) -> None:
        """Let another node stand here."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


@dataclass(frozen=True)
class Mutant:
    """One mistake in a module. `function` is empty where it is made at import; `nth` tells equal ones apart, from 1."""

    module: str
    function: str
    was: str
    becomes: str
    nth: int
    line: int
    source: Source
    site: Site
    node: ast.AST
    starts: int

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What it is known by."""
        return self.module, self.function, self.was, self.becomes, self.nth

    def __str__(self) -> str:
        where = f"{self.module}.{self.function or '(import)'}, line {self.line}"
        return f"{where}: {self.was}  ->  {self.becomes}{f'  ({self.nth})' if self.nth > 1 else ''}"

    def code(self) -> CodeType:
        """The whole module's code with the mistake in it."""
        self.site.put(self.node)
        try:
            with warnings.catch_warnings():
                # A compiler may warn of a mistake, such as a subscript of a generator: it is to be tried all the same.
                warnings.simplefilter("ignore", SyntaxWarning)
                return compile(ast.fix_missing_locations(self.source.tree), str(self.source.path), "exec")
        finally:
            self.site.put(self.site.node)

    def code_of_function(self) -> CodeType:
        """The code of the function that the mistake is in."""
        codes = (code for code in functions_in(self.code()) if code.co_qualname == self.function)
        return next(code for code in codes if code.co_firstlineno == self.starts)


class Source:
    """A module's source, parsed once."""

    def __init__(self, module: str, path: Path) -> None:
        self.module = module
        self.path = path
        self.tree = ast.parse(path.read_text(), str(path))

    def mutants(self) -> list[Mutant]:
        """All of them, in the order of the source."""
        seen: Counter[tuple[str, str, str]] = Counter()
        mutants = []
        for name, starts, site, node in self._mistakes():
            texts = name, _text(site.node), _text(node)
            seen[texts] += 1
            line = getattr(site.node, "lineno", 0) or getattr(site.parent, "lineno", 0)
            mutants.append(Mutant(self.module, *texts, seen[texts], line, self, site, node, starts))
        return mutants

    def _mistakes(self) -> Iterator[tuple[str, int, Site, ast.AST]]:
        for name, starts, site in _sites(self.tree):
            if not name and not _is_plain(site.node):
                continue
            nodes: dict[str, ast.AST] = {}
            for node in _possible(site):
                nodes.setdefault(_text(node), ast.copy_location(node, site.node))
            yield from ((name, starts, site, node) for text, node in nodes.items() if text != _text(site.node))


def functions_in(code: CodeType) -> Iterator[CodeType]:
    """Every piece of code inside another, at any depth."""
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const
            yield from functions_in(const)


def _is_plain(node: ast.AST) -> bool:
    """What is changed of all that runs at import: numbers and sums, no types."""
    return isinstance(node, ast.Constant | ast.UnaryOp) or (
        isinstance(node, ast.BinOp) and not isinstance(node.op, ast.BitOr)
    )


def _possible(site: Site) -> Iterator[ast.AST]:
    if any(site.node is condition for condition in conditions(site.parent)):
        assert isinstance(site.node, ast.expr)
        yield from decided(site.node, site.parent)
    yield from replacements(site.node)


def _sites(tree: ast.AST, name: str = "", starts: int = 0, inside: str = "") -> Iterator[tuple[str, int, Site]]:
    """Each place with the outermost function that it is in and that function's first line."""
    for site in _children(tree):
        node = site.node
        if not name and isinstance(node, ast.Subscript):
            continue  # a type
        yield name, starts, site
        if isinstance(node, ast.ClassDef) and not name:
            yield from _sites(node, "", 0, f"{inside}{node.name}.")
        elif isinstance(node, ast.FunctionDef) and not name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield from _sites_of_function(node, f"{inside}{node.name}", first, inside)
        else:
            yield from _sites(node, name, starts, inside)


def _sites_of_function(node: ast.FunctionDef, name: str, starts: int, inside: str) -> Iterator[tuple[str, int, Site]]:
    """The body is the function's; the defaults belong to the import."""
    yield from _sites(node.args, "", 0, inside)
    for site in _children(node):
        if site.field == "body":
            yield name, starts, site
            yield from _sites(site.node, name, starts, inside)


def _children(parent: ast.AST) -> Iterator[Site]:
    for field, value in ast.iter_fields(parent):
        if field in _UNTOUCHED and not isinstance(parent, ast.Call):
            continue
        if isinstance(value, ast.AST):
            yield Site(parent, field, None, value)
        elif isinstance(value, list):
            yield from _listed(parent, field, value)


def _listed(parent: ast.AST, field: str, values: list[Any]) -> Iterator[Site]:
    for index, value in enumerate(values):
        if isinstance(value, ast.AST):
            yield Site(parent, field, index, value)


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())
