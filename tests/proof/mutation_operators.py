"""The mistakes that are made on purpose: what each piece of a program can be turned into.

A condition is removed or turned round, a border moved by one, a sign or a rounding changed, a statement, a keyword or a
part of a list left out. Text is left alone, and so are annotations. Imports nothing of the project.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}

_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}

_SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any", "ROUND_FLOOR": "ROUND_CEILING"}
_ROUNDED = {"half_up": "half_even", "half_even": "down", "down": "half_up"}
_LEFT_OUT = frozenset({"abs", "sorted", "round"})
_SPELT = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "normalize"})
_USUAL = frozenset({"strict=False"})
"""Keywords that say what holds without them too."""

Operator = Callable[[Any], Iterator[ast.AST]]


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node, one mistake each."""
    for kind, operator in _OPERATORS:
        if isinstance(node, kind):
            yield from operator(node)


def conditions(node: ast.AST) -> list[ast.expr]:
    """The conditions that a node asks; each can be removed."""
    match node:
        case ast.If() | ast.IfExp() | ast.While() | ast.Assert():
            return [node.test]
        case ast.comprehension():
            return node.ifs
        case ast.match_case() if node.guard:
            return [node.guard]
        case _:
            return []


def decided(condition: ast.expr, where: ast.AST) -> Iterator[ast.expr]:
    """A condition that always holds, and one that never does; no loop without an end, no assertion that must fail."""
    outcomes = {ast.While: (False,), ast.Assert: (True,)}.get(type(where), (True, False))
    yield from (ast.Constant(outcome) for outcome in outcomes)


def _compare(node: ast.Compare) -> Iterator[ast.AST]:
    for index, operator in enumerate(node.ops):
        for other in _COMPARED[type(operator)]:
            yield _with(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])


def _compute(node: ast.BinOp) -> Iterator[ast.AST]:
    if not any(map(_is_text, ast.iter_child_nodes(node))):
        yield _with(node, op=_COMPUTED[type(node.op)]())


def _assign_more(node: ast.AugAssign) -> Iterator[ast.AST]:
    yield _with(node, op=_COMPUTED[type(node.op)]())


def _combine(node: ast.BoolOp) -> Iterator[ast.AST]:
    """The other connective, and each operand left out."""
    yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for rest in _one_fewer(node.values):
        yield rest[0] if len(rest) == 1 else _with(node, values=rest)


def _negate(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not | ast.USub):
        yield node.operand


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    elif isinstance(value, str) and value in _ROUNDED:
        yield ast.Constant(_ROUNDED[value])


def _name(node: ast.Name) -> Iterator[ast.AST]:
    if node.id in _SWAPPED and isinstance(node.ctx, ast.Load):
        yield ast.Name(_SWAPPED[node.id], ast.Load())


def _call(node: ast.Call) -> Iterator[ast.AST]:
    """Without one keyword; without the call where it only sorts, rounds, spells or drops a sign."""
    if not (isinstance(node.func, ast.Name) and node.func.id == "field"):
        for keyword in node.keywords:
            if keyword.arg and ast.unparse(keyword) not in _USUAL:
                yield _with(node, keywords=[other for other in node.keywords if other is not keyword])
    if isinstance(node.func, ast.Name) and node.func.id in _LEFT_OUT and node.args:
        yield node.args[0]
    if isinstance(node.func, ast.Attribute) and node.func.attr in _SPELT:
        yield node.func.value


def _display(node: ast.Tuple | ast.List) -> Iterator[ast.AST]:
    """A list without one of the lists that it is put together from."""
    for index, element in enumerate(node.elts):
        if isinstance(element, ast.Starred):
            yield _with(node, elts=[*node.elts[:index], *node.elts[index + 1 :]])


def _slice(node: ast.Slice) -> Iterator[ast.AST]:
    for border in ("lower", "upper", "step"):
        if getattr(node, border):
            yield _with(node, **{border: None})


def _return(node: ast.Return) -> Iterator[ast.AST]:
    if node.value and not isinstance(node.value, ast.Constant):
        yield ast.Return(ast.Constant(None))


def _statement(node: ast.stmt) -> Iterator[ast.AST]:
    """Nothing instead of what is done for its effect."""
    match node:
        case ast.Expr(ast.Constant()):
            return
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            yield ast.Pass()


def _cases(node: ast.Match) -> Iterator[ast.AST]:
    """One case fewer, where there are others."""
    for rest in _one_fewer(node.cases):
        if rest:
            yield _with(node, cases=rest)


def _one_fewer(values: list[Any]) -> Iterator[list[Any]]:
    for index in range(len(values)):
        yield [*values[:index], *values[index + 1 :]]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    changed = copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


_OPERATORS: tuple[tuple[type[ast.AST] | tuple[type[ast.AST], ...], Operator], ...] = (
    (ast.Compare, _compare),
    (ast.BinOp, _compute),
    (ast.AugAssign, _assign_more),
    (ast.BoolOp, _combine),
    (ast.UnaryOp, _negate),
    (ast.Constant, _constant),
    (ast.Name, _name),
    (ast.Call, _call),
    ((ast.Tuple, ast.List), _display),
    (ast.Slice, _slice),
    (ast.Return, _return),
    (ast.Match, _cases),
    (ast.stmt, _statement),
)
