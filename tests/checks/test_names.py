"""The words of the code: a name says what its value is, an exception stands in one tree, a class has its name alone."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from chalicelib.domain import errors
from tests.machine import ROOT

SAYS_NOTHING = frozenset("each one every found stated left said heard whoever there mine".split())
"""Words that say how a value was come by, or that there is one, and not what it is."""

SOURCES = [path for folder in ("chalicelib", "infra") for path in sorted((ROOT / folder).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PAYLOADS = "chalicelib/edge/storefronts"
"""Its classes are the senders' objects, and named as the sender names them."""


def place_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def identifiers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that a module gives or uses, with its line: variables, parameters, attributes, functions, classes."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.keyword(arg=str(name)) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name, getattr(node, "lineno", 0)


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=place_of)
def test_a_name_says_what_its_value_is(path: Path) -> None:
    names = identifiers(ast.parse(path.read_text()))
    assert [f"line {line}: {name}" for name, line in names if name.lower() in SAYS_NOTHING] == []


@pytest.mark.parametrize(
    "source",
    [
        "for each in ():\n    pass",
        "def found(): pass",
        "lambda said: 1",
        "a.left",
        "f(one=1)",
        "class Found: pass",
        "SAID = 1",
    ],
)
def test_a_name_that_says_nothing_is_seen(source: str) -> None:
    assert [name for name, _ in identifiers(ast.parse(source)) if name.lower() in SAYS_NOTHING]


def exceptions() -> list[type[BaseException]]:
    """The exception classes that are defined in `chalicelib`."""
    modules = [place_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in SOURCES]
    classes = (
        value for name in modules if name.startswith("chalicelib") for value in vars(import_module(name)).values()
    )
    raised = {value for value in classes if isinstance(value, type) and issubclass(value, BaseException)}
    return sorted((cls for cls in raised if cls.__module__.startswith("chalicelib.")), key=lambda cls: cls.__name__)


@pytest.mark.parametrize("error", exceptions(), ids=lambda error: error.__name__)
def test_an_exception_stands_in_the_tree(error: type[BaseException]) -> None:
    assert issubclass(error, errors.RistourneError)
    assert re.search(rf"^ *([│├└─ ]*── )?{error.__name__}( |$)", errors.__doc__ or "", re.MULTILINE)


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn: list[tuple[str, str]] = []
    parents: list[str] = []
    for indent, name in re.findall(r"^    ([│├└─ ]*)(\w+)", errors.__doc__ or "", re.MULTILINE):
        del parents[len(indent) // 4 :]
        drawn += [(name, parents[-1])] if parents else []
        parents.append(name)
    assert sorted(drawn) == sorted(
        (error.__name__, error.__bases__[0].__name__) for error in exceptions() if error is not errors.RistourneError
    )


def is_payload(path: Path) -> bool:
    return place_of(path.parent) == PAYLOADS and path.stem != "__init__"


def test_no_two_classes_share_a_name() -> None:
    ours = [path for path in SOURCES if not is_payload(path)]
    classes = [node for path in ours for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]
    counts = Counter(node.name for node in classes)
    assert {name for name, count in counts.items() if count > 1} == set()


OF_ANY_SCRIPT = re.compile(r"(?<!\\W)\\d")
"""`\\d` in a regular expression, which the digits of every script match; `[^\\W\\d_]`, a letter, is none."""


@pytest.mark.parametrize("path", SOURCES, ids=place_of)
def test_a_number_that_is_read_has_the_digits_0_to_9(path: Path) -> None:
    """int("٣") is 3: what a caller writes so was no number for whoever wrote the rule, nor in the schemas."""
    texts = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    assert [f"line {node.lineno}" for node in texts if OF_ANY_SCRIPT.search(str(node.value))] == []
