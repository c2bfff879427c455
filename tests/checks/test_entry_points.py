"""`app.py` is one screen of entry points and knows Chalice and the edge. import-linter sees only packages."""

import ast
import sys
from collections.abc import Iterator

from tests.machine import ROOT

ALLOWED = ("chalice", "chalicelib")


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module


def test_app_knows_chalice_and_our_own_code_only() -> None:
    names = {name.split(".")[0] for name in imported(ast.parse((ROOT / "app.py").read_text()))}
    assert names - sys.stdlib_module_names <= {*ALLOWED}
