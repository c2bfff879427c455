"""The text of a programme document with a part added, a value replaced or a section left out.

What its author wrote stays: comments, order, layout. A part is plain data (mappings, lists, text, numbers, days) and is
written as the document writes its own. Each edit is read again, and refused where it says anything but what was meant.
Imports the reader of documents, and no part of the programme.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct

from chalicelib.domain.errors import InvalidInput
from chalicelib.edge.yaml_document import read_document, read_nodes

_PLAIN = re.compile(r"(https://)?[^\W\d_]([\w\u2019' ./-]*[\w/])?")
"""Text that YAML takes for text without quotes, but for the words below."""

_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


class DocumentStyle(Struct, frozen=True):
    """How a document writes its values. `quoted`: every text in quotes, as in JSON."""

    quoted: bool = False

    def flow(self, value: Any) -> str:
        """A value on one line: `{fr: Carte café, en: Coffee card}`."""
        match value:
            case Mapping():
                return "{" + ", ".join(f"{self.text(name)}: {self.flow(part)}" for name, part in value.items()) + "}"
            case list() | tuple():
                return "[" + ", ".join(map(self.flow, value)) + "]"
            case bool():
                return "true" if value else "false"
            case int() | Decimal():
                return str(value)
            case date():
                return f'"{value}"' if self.quoted else str(value)
            case _:
                return self.text(value)

    def text(self, text: str) -> str:
        """A text, in quotes where it could be taken for anything else."""
        if not self.quoted and _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
            return text
        return json.dumps(text, ensure_ascii=not text.isprintable())

    def block(self, value: Mapping[str, Any], column: int) -> str:
        """The fields of a mapping on lines of their own, from a column on; the first one's line begins before it."""
        fields = [f"{self.text(name)}: {self.flow(part)}" for name, part in value.items()]
        return f"\n{' ' * column}".join(fields)


def with_item(source: str, path: str, item: Mapping[str, Any], after: int | None = None) -> str:
    """The document with another item in the list at a path, behind the item `after`, the last one by default; a list
    that is not there begins at the document's end. Raises InvalidInput for a document that is written too unusually.
    """
    root = read_nodes(source)
    items = _at(root, path)
    if items is None or items.id != "sequence" or not items.value:
        return with_section(source, path, [item])
    number = len(items.value) - 1 if after is None else after
    expected = _plain(source)
    _holder(expected, path)[path.rpartition(".")[2]].insert(number + 1, _as_read(item))
    return _checked(_behind(source, items, number, item, DocumentStyle(quoted=root.flow_style)), expected)


def with_section(source: str, name: str, value: Any) -> str:
    """The document with a section at its end, or in the place of one that is empty. Raises InvalidInput as `with_item`
    does.
    """
    root = read_nodes(source)
    style = DocumentStyle(quoted=root.flow_style)
    known = next((pair for pair in root.value if pair[0].value == name), None)
    written = _filled(source, known, value, style, root) if known else _appended(source, name, value, style, root)
    return _checked(written, {**_plain(source), name: _as_read(value)})


def with_value(source: str, path: str, value: Any) -> str:
    """The document with another value in place of the one at a path. Raises InvalidInput as `with_item` does."""
    root = read_nodes(source)
    node = _at(root, path)
    if node is None or node.id != "scalar":
        raise _too_unusual()
    written = DocumentStyle(quoted=root.flow_style).flow(value)
    expected = _plain(source)
    _holder(expected, path)[_steps(path)[-1]] = _as_read(value)
    return _checked(source[: node.start_mark.index] + written + source[node.end_mark.index :], expected)


def without_section(source: str, name: str) -> str:
    """The document without a section that stands on lines of its own. Raises InvalidInput as `with_item` does."""
    key, value = next(pair for pair in read_nodes(source).value if pair[0].value == name)
    start = source.rfind("\n", 0, key.start_mark.index) + 1
    written = source[:start] + source[_line_end(source, _end(value)) + 1 :]
    expected = _plain(source)
    del expected[name]
    return _checked(written, expected)


def _plain(source: str) -> Any:
    return read_document(source.encode())


def _holder(document: Any, path: str) -> Any:
    """The mapping or list of a document that holds what stands at a path."""
    for step in _steps(path)[:-1]:
        document = document[step]
    return document


def _as_read(value: Any) -> Any:
    """A part as the reader gives it."""
    match value:
        case Mapping():
            return {name: _as_read(part) for name, part in value.items()}
        case list() | tuple():
            return [_as_read(part) for part in value]
        case date():
            return str(value)
        case _:
            return value


def _checked(written: str, expected: Any) -> str:
    """The written text, if it says what was meant. Raises InvalidInput."""
    if _plain(written) != expected:
        raise _too_unusual()
    return written


def _too_unusual() -> InvalidInput:
    return InvalidInput("", "the document is written in a way that no form can change; change it as text")


def _steps(path: str) -> list[str | int]:
    """The names and numbers of a path: `campaigns[1].ends`."""
    return [int(number) if number else name for name, number in _STEP.findall(path)]


def _at(root: Any, path: str) -> Any:
    """The node at a path; None where there is none."""
    node = root
    for step in _steps(path):
        if isinstance(step, int):
            inside = node.value[step : step + 1] if node.id == "sequence" else []
        else:
            inside = [value for name, value in node.value if name.value == step] if node.id == "mapping" else []
        if not inside:
            return None
        node = inside[0]
    return node


def _behind(source: str, items: Any, number: int, item: Mapping[str, Any], style: DocumentStyle) -> str:
    """The text with an item behind another one of a list that has items."""
    before = items.value[number]
    end = _end(before)
    if items.flow_style:
        is_tall = before.start_mark.line > items.start_mark.line
        gap = f"\n{' ' * before.start_mark.column}" if is_tall else " "
        return f"{source[:end]},{gap}{style.flow(item)}{source[end:]}"
    dash, column = items.start_mark.column, before.start_mark.column
    is_last = number == len(items.value) - 1
    end = _behind_comments(source, end, dash if is_last and dash else dash + 1)
    lines = f"\n{' ' * dash}-{' ' * (column - dash - 1)}{style.block(item, column)}"
    return source[:end] + lines + source[end:]


def _behind_comments(source: str, end: int, column: int) -> int:
    """The end of the line that `end` stands in, and of the lines below that are only comments, from a column on."""
    end = _line_end(source, end)
    while below := re.match(rf"\n {{{column},}}#[^\n]*", source[end:]):
        end += below.end()
    return end


def _filled(source: str, known: Any, value: Any, style: DocumentStyle, root: Any) -> str:
    """The text with a value in the place of an empty one; the comment of its line stays there."""
    name, old = known
    start = source.index(":", name.end_mark.index) + 1
    end = max(start, old.end_mark.index) if old.end_mark.index > old.start_mark.index else start
    if root.flow_style:
        return f"{source[:start]} {style.flow(value)}{source[end:]}"
    line_end = _line_end(source, end)
    lines = _inside(value, style, root.start_mark.column)
    return f"{source[:start]}{source[end:line_end]}{lines}{source[line_end:]}"


def _appended(source: str, name: str, value: Any, style: DocumentStyle, root: Any) -> str:
    """The text with a section behind all others."""
    end = _end(root.value[-1][1])
    if root.flow_style:
        return f"{source[:end]}, {style.text(name)}: {style.flow(value)}{source[end:]}"
    closed = re.search(r"^\.\.\.", source[end:], re.MULTILINE)
    place = end + closed.start() if closed else len(source)
    gap = "\n\n" if re.search(r"\n\s*\n", source) else "\n"
    column = root.start_mark.column
    section = f"{' ' * column}{style.text(name)}:{_inside(value, style, column)}\n"
    return source[:place].rstrip("\n") + gap + section + source[place:]


def _inside(value: Any, style: DocumentStyle, column: int) -> str:
    """What stands behind the name of a field: items and fields on lines of their own, two columns further in."""
    margin = f"\n{' ' * (column + 2)}"
    match value:
        case list():
            return "".join(f"{margin}- {style.block(item, column + 4)}" for item in value)
        case Mapping():
            inside = ((style.text(name), _inside(part, style, column + 2)) for name, part in value.items())
            return "".join(f"{margin}{name}:{part}" for name, part in inside)
        case _:
            return f" {style.flow(value)}"


def _end(node: Any) -> int:
    """Where the text of a node ends: before the comments and empty lines that follow it."""
    if node.id == "scalar" or node.flow_style or not node.value:
        end: int = node.end_mark.index
        return end
    last = node.value[-1]
    return max(_end(part) for part in last) if node.id == "mapping" else _end(last)


def _line_end(source: str, place: int) -> int:
    """The end of the line that a place stands in. A text of several lines ends at the beginning of the next line."""
    if place and source[place - 1] == "\n":
        return len(source[:place].rstrip("\n"))
    end = source.find("\n", place)
    return len(source) if end < 0 else end
