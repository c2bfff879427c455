"""The text of a programme document with a part or a field added, replaced or left out.

What its author wrote stays: comments, order, layout. A part is plain data (mappings, lists, text, numbers, days) and is
written as the document writes its own. Each edit is read again, and refused where it says anything but what was meant.
Imports the reader of documents, and no part of the programme.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from chalicelib.domain.errors import InvalidInput
from chalicelib.edge.console.programme.document.style import DocumentStyle
from chalicelib.edge.yaml_document import read_document, read_nodes

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


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
    _inside_of(expected, _steps(path)).insert(number + 1, _as_read(item))
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


def with_named(source: str, section: str, name: str, value: Any) -> str:
    """The document with another named part in a section of such parts; it may begin that. Raises InvalidInput as
    `with_item` does.
    """
    parts = _at(read_nodes(source), section)
    if parts is None or not parts.value:
        return with_section(source, section, {name: value})
    return with_field(source, section, name, value)


def with_value(source: str, path: str, value: Any) -> str:
    """The document with another value in place of the one at a path. Raises InvalidInput as `with_item` does."""
    root = read_nodes(source)
    node = _at(root, path)
    if node is None or node.id != "scalar":
        raise too_unusual()
    written = DocumentStyle(quoted=root.flow_style).flow(value)
    expected = _plain(source)
    *above, last = _steps(path)
    _inside_of(expected, above)[last] = _as_read(value)
    return _checked(source[: node.start_mark.index] + written + source[node.end_mark.index :], expected)


def with_field(source: str, path: str, name: str, value: Any) -> str:
    """The document with another value of a field of the part at a path; behind the part's first field where it has no
    such field yet. Raises InvalidInput as `with_item` does.
    """
    root = read_nodes(source)
    part = _at(root, path)
    if part is None or part.id != "mapping" or not part.value:
        raise too_unusual()
    style = DocumentStyle(quoted=root.flow_style)
    known = next((pair for pair in part.value if pair[0].value == name), None)
    if known:
        start = source.index(":", known[0].end_mark.index) + 1
        written = f"{source[:start]} {style.flow(value)}{source[max(start, _end(known[1])) :]}"
    else:
        written = _behind_first_field(source, part, f"{style.text(name)}: {style.flow(value)}")
    expected = _plain(source)
    _inside_of(expected, _steps(path))[name] = _as_read(value)
    return _checked(written, expected)


def with_difference(source: str, path: str, after: Mapping[str, Any]) -> str:
    """The document with the fields of the part at a path, of the whole one where that is empty, as `after` states them;
    those that are the same stay as they are written, and so do the comments of others. Raises InvalidInput as
    `with_item` does.
    """
    before = value_at(source, path)
    for name, value in after.items():
        if name not in before:
            source = with_field(source, path, name, value) if path else with_section(source, name, value)
        elif before[name] != _as_read(value):
            source = _with_other(source, path, name, value)
    for name in before:
        if name not in after:
            source = without_field(source, path, name)
    return source


def value_at(source: str, path: str) -> Any:
    """What stands at a path of a document, as plain data."""
    return _inside_of(_plain(source), _steps(path))


def without_item(source: str, path: str, number: int) -> str:
    """The document without an item of the list at a path, and the comment right above it; the last one takes its
    section with it. Raises InvalidInput as `with_item` does.
    """
    root = read_nodes(source)
    items = _at(root, path)
    if items is None or items.id != "sequence" or len(items.value) <= number:
        raise too_unusual()
    if len(items.value) == 1:
        return without_field(source, "", path.partition(".")[0])
    spans = [(item.start_mark.index, _end(item)) for item in items.value]
    if items.flow_style:
        written = _cut_in_line(source, spans, number)
    else:
        start, end = spans[number]
        end = _behind_comments(source, end, items.start_mark.column + 1)
        written = _cut_lines(source, _commented_from(source, start), end)
    expected = _plain(source)
    del _inside_of(expected, _steps(path))[number]
    return _checked(written, expected)


def without_field(source: str, path: str, name: str) -> str:
    """The document without a field of the part at a path, or without a section where the path is empty, and the comment
    right above it. Raises InvalidInput as `with_item` does.
    """
    part = _at(read_nodes(source), path)
    spans = [(key.start_mark.index, _end(value)) for key, value in part.value]
    number = [key.value for key, _ in part.value].index(name)
    if part.flow_style:
        written = _cut_in_line(source, spans, number)
    elif not number and len(spans) > 1 and not _begins_line(source, spans[0][0]):
        written = _cut_behind_dash(source, spans)
    else:
        written = _cut_lines(source, _commented_from(source, spans[number][0]), spans[number][1])
    expected = _plain(source)
    del _inside_of(expected, _steps(path))[name]
    return _checked(written, expected)


def _with_other(source: str, path: str, name: str, value: Any) -> str:
    """The text with another value of a field that the part at a path has."""
    inside = f"{path}.{name}" if path else name
    before = value_at(source, inside)
    if isinstance(before, Mapping) and isinstance(value, Mapping) and before and value:
        return with_difference(source, inside, value)
    if isinstance(before, list) and isinstance(value, list) and before and value and _have_fields([*before, *value]):
        return _with_items(source, inside, before, value)
    return with_field(source, path, name, value)


def _have_fields(items: Iterable[Any]) -> bool:
    return all(isinstance(item, Mapping) for item in items)


def _with_items(source: str, path: str, before: list[Any], after: list[Any]) -> str:
    """The text with other items of the list at a path; what is gone goes with its comments. Items with ids are the same
    by these, so that a new one is put between those that stay as they are written.
    """
    have_ids = all("id" in item for item in [*before, *after])
    items, wanted = ([item["id"] if have_ids else _as_read(item) for item in side] for side in (before, after))
    while len(items) > (1 if have_ids else len(wanted)) and (gone := [item for item in items if item not in wanted]):
        number = items.index(gone[0])
        source = without_item(source, path, number)
        del items[number]
    for number, item in enumerate(after):
        if number < len(items) and (items[number] == wanted[number] or not (have_ids and number)):
            source = with_difference(source, f"{path}[{number}]", item)
        else:
            source = with_item(source, path, item, number - 1)
            items.insert(number, wanted[number])
    for number in reversed(range(len(after), len(items))):
        source = without_item(source, path, number)
    return source


def _plain(source: str) -> Any:
    return read_document(source.encode())


def _inside_of(document: Any, steps: Iterable[str | int]) -> Any:
    """What stands at a path of a document, by the path's steps."""
    for step in steps:
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
    """The written text, if it says what was meant. Raises InvalidInput, or InvalidProgramme where it says nothing."""
    if _plain(written) != expected:
        raise too_unusual()
    return written


def too_unusual() -> InvalidInput:
    """The refusal of a document that is written in a way that no form can change."""
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
    lines = style.inside(value, root.start_mark.column)
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
    section = f"{' ' * column}{style.text(name)}:{style.inside(value, column)}\n"
    return source[:place].rstrip("\n") + gap + section + source[place:]


def _behind_first_field(source: str, part: Any, written: str) -> str:
    """The text with a field behind the first one of a part."""
    key, value = part.value[0]
    end = _end(value)
    if part.flow_style:
        return f"{source[:end]}, {written}{source[end:]}"
    end = _line_end(source, end)
    return f"{source[:end]}\n{' ' * key.start_mark.column}{written}{source[end:]}"


def _cut_in_line(source: str, spans: list[tuple[int, int]], number: int) -> str:
    """The text without one of several values in brackets, the comma before or behind it, and its own comments."""
    start, end = spans[number]
    if number + 1 < len(spans):
        return _cut_before_next(source, start, end, spans[number + 1][0])
    if not number:
        return source[:start] + source[end:]
    before = spans[number - 1][1]
    comma, gap = _around_comma(source[before:start])
    rest = source[end:]
    if _begins_line(source, start):
        own = _OWN_COMMENT.match(rest)
        rest = rest[own.end() :] if own else rest
        comma = f"{comma}," if own and "," in own[0].partition("#")[0] else comma
    kept = comma + (gap.partition("\n")[0] if "\n" in gap else "")
    margin = source[_line_start(source, start) : start]
    closing = f"\n{margin[: len(margin) - len(margin.lstrip())]}" if "#" in kept and rest[:1] != "\n" else ""
    return source[:before] + kept + closing + rest


_OWN_COMMENT = re.compile(r" *,? *#[^\n]*| *, *(?=\n)")
"""What stands behind a value in brackets that has a line to itself: a comma, a comment or both."""


def _cut_before_next(source: str, start: int, end: int, following: int) -> str:
    """The text without a value in brackets that others follow; comments of these, and of a line with others, stay."""
    _, gap = _around_comma(source[end:following])
    line, is_broken, below = gap.partition("\n")
    if not is_broken:
        return source[:start] + source[following:]
    if _begins_line(source, start):
        return source[: _commented_from(source, start)] + below + source[following:]
    if source[:start].rstrip(" ").endswith(","):
        return f"{source[:start].rstrip(' ')}{line}\n{below}{source[following:]}"
    return source[:start] + (f"\n{below}" if "#" in below else "") + source[following:]


def _around_comma(gap: str) -> tuple[str, str]:
    """What stands before the comma between two values in brackets, and what behind it; comments may have commas too."""
    before = re.match(r"(?:\s|#[^\n]*\n)*", gap)
    place = before.end() if before else 0
    return gap[:place].rstrip(" "), gap[place + 1 :]


def _begins_line(source: str, place: int) -> bool:
    return not source[_line_start(source, place) : place].strip()


def _cut_lines(source: str, start: int, end: int) -> str:
    """The text without the lines from one that begins at `start` to the one in which `end` stands, and without one of
    two empty lines that would meet.
    """
    before, rest = source[:start], source[_line_end(source, end) + 1 :]
    return before + (rest[1:] if before.endswith("\n\n") and rest.startswith("\n") else rest)


def _cut_behind_dash(source: str, spans: list[tuple[int, int]]) -> str:
    """The text with the second field of an item in the place of the first; a comment above it comes above the item."""
    (start, end), (following, _) = spans[:2]
    line = _line_start(source, start)
    margin, dash, _ = source[line:start].partition("-")
    if not dash or margin.strip():
        raise too_unusual()
    above = source[_line_end(source, end) : following].splitlines()
    comments = "".join(f"{margin}{text.strip()}\n" for text in above if text.strip())
    return f"{source[:line]}{comments}{source[line:start]}{source[following:]}"


def _line_start(source: str, place: int) -> int:
    return source.rfind("\n", 0, place) + 1


def _commented_from(source: str, place: int) -> int:
    """Where the line of an item or field begins, or the comment right above that line which begins in its column."""
    start = _line_start(source, place)
    column = len(source[start:]) - len(source[start:].lstrip(" "))
    while above := re.search(rf"^ {{{column}}}#[^\n]*\n\Z", source[:start], re.MULTILINE):
        start = above.start()
    return start


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
