"""Parses a programme document, YAML or JSON, as plain data, without YAML's ambiguities.

Numbers are exact decimals, never octal or in base 60; a field stands once; its name is text; tags are refused, and
aliases, which can grow without end. JSON is read as JSON, in which a character beyond 16 bits is written as a pair of
surrogates. Depth and number of values are bounded, since reading YAML takes time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import yaml
from yaml.events import AliasEvent

from chalicelib.domain.core.phrases import Phrase, Value
from chalicelib.domain.errors import InvalidInput, InvalidProgramme, TooLarge
from chalicelib.domain.programme.document import Programme, unchecked
from chalicelib.edge.words import marked

MAX_DOCUMENT_BYTES = 128 * 1024
"""A version is stored as written and as JSON, at most twice as long, in one item of at most 400 kB."""

MAX_DEPTH = 20
MAX_VALUES = 10_000
"""Values (fields, items, texts, numbers) of a YAML document; as JSON it may have as many as fit into its bytes."""

REPLACED = "\N{REPLACEMENT CHARACTER}"
"""What stands for bytes that were no UTF-8: of a body that a gateway has decoded, or of a file that an editor has."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Characters that no text of a programme needs: control characters but tab and line feed, and changes of direction."""

_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]{0,14})(\.[0-9]{0,15})?")


_FROM_PARSER = (
    marked("mapping values are not allowed here"),
    marked("sequence entries are not allowed here"),
    marked("mapping keys are not allowed here"),
    marked("could not find expected ':'"),
    marked("found character %(character)s that cannot start any token"),
    marked("found unknown escape character %(character)s"),
    marked("found unexpected end of stream"),
    marked("found unexpected document separator"),
    marked("expected <block end>, but found %(token)s"),
    marked("expected the node content, but found %(token)s"),
    marked("expected '<document start>', but found %(token)s"),
    marked("expected ',' or ']', but got %(token)s"),
    marked("expected ',' or '}', but got %(token)s"),
    marked("expected alphabetic or numeric character, but found %(character)s"),
    marked("expected chomping or indentation indicators, but found %(character)s"),
    marked("expected a comment or a line break, but found %(character)s"),
    marked("but found another document"),
    marked(
        'unacceptable character %(character)s: special characters are not allowed in "<unicode string>", '
        "position %(at)s"
    ),
)
"""What the YAML parser says of usual mistakes; of others it says so in English."""


def as_published(source: str) -> Programme:
    """The programme of a version's source; what was good when it was published may be refused since."""
    return unchecked(read_document(source.encode()))


def check_size(document: bytes) -> None:
    """Raises TooLarge for a document that no item could hold."""
    if len(document) > MAX_DOCUMENT_BYTES:
        raise TooLarge(
            "the programme must be at most %(most)s bytes, got %(size)s", most=MAX_DOCUMENT_BYTES, size=len(document)
        )


def read_new_document(body: bytes) -> Any:
    """A document that somebody has written now, as `read_document` has it. Raises InvalidProgramme, also for what was
    no UTF-8 before somebody decoded it: what is published already may have that.
    """
    document = read_document(body)
    before, replaced, _ = body.decode().partition(REPLACED)
    if replaced:
        line = before.count("\n") + 1
        raise _refused(
            Phrase("line %(line)s: %(problem)s", {"line": line, "problem": Phrase("a character is no UTF-8")})
        )
    return document


def read_document(body: bytes) -> Any:
    """The document as mappings, lists, text, integers, decimals and booleans. Raises InvalidProgramme."""
    return _read(lambda: _plain(body.decode()))


def read_nodes(text: str) -> Any:
    """The document as the parser's nodes, which say where in the text they stand; None of an empty one. Raises
    InvalidProgramme.
    """
    return _read(lambda: _Loader(text).get_single_node())


def _plain(text: str) -> Any:
    document = _json(text) if text.lstrip()[:1] == "{" else None
    return _characters(_Loader(text).get_single_data() if document is None else document)


def _read(parsed: Callable[[], Any]) -> Any:
    """What is parsed. Raises InvalidProgramme, with the parser's reason, for what cannot be."""
    problem: Value
    try:
        return parsed()
    except yaml.MarkedYAMLError as error:
        problem = _placed(error.problem_mark, _translatable(error.problem or error.context or ""))
    except (yaml.YAMLError, ValueError) as error:
        problem = _translatable(" ".join(str(error).split()))
    except RecursionError:
        problem = Phrase("it is nested too deeply")
    raise _refused(problem)


def _refused(problem: Value) -> InvalidProgramme:
    return InvalidProgramme(
        [InvalidInput("", "the programme must be YAML or JSON in UTF-8: %(problem)s", problem=problem)]
    )


def _placed(mark: Any, problem: Value) -> Value:
    """What is wrong, with its line."""
    return Phrase("line %(line)s: %(problem)s", {"line": mark.line + 1, "problem": problem}) if mark else problem


def _translatable(problem: str) -> Value:
    """What the parser says, as a text of the catalogues where it is one."""
    for text in _FROM_PARSER:
        pattern = re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(text))
        if match := re.fullmatch(pattern, problem, re.DOTALL):
            return Phrase(text, match.groupdict())
    return problem


def _json(text: str) -> Any:
    """A JSON document, None for what is no JSON and may be YAML in braces. Raises ValueError."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_mapping,
            parse_float=_decimal,
            parse_int=lambda number: int(_decimal(number)),
            parse_constant=_decimal,
        )
    except json.JSONDecodeError:
        return None


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        names = [name for name, _ in pairs]
        raise _refused(_twice(next(name for name in names if names.count(name) > 1)))
    return mapping


def _characters(value: Any, path: str = "", depth: int = 0) -> Any:
    """A document with surrogate pairs joined. Raises InvalidProgramme for other text, and for its depth."""
    if depth > MAX_DEPTH:
        raise _refused(Phrase("it is nested too deeply"))
    if isinstance(value, dict):
        inside = f"{path}." if path else ""
        return {_character_text(name): _characters(part, f"{inside}{name}", depth + 1) for name, part in value.items()}
    if isinstance(value, list):
        return [_characters(part, f"{path}[{index}]", depth + 1) for index, part in enumerate(value)]
    return _character_text(value, path) if isinstance(value, str) else value


def _character_text(text: str, path: str | None = None) -> str:
    """Text with surrogate pairs joined. `path`: of the value that it is; None for the name of a field."""
    try:
        joined = text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise _bad_text(
            path, Phrase("must be characters; half a surrogate pair, such as \\ud83c alone, is none")
        ) from None
    control = _CONTROL.search(joined)
    if control:
        code = {"code": f"U+{ord(control[0]):04X}"}
        raise _bad_text(path, Phrase("must have no control character; it has %(code)s", code))
    return joined


def _bad_text(path: str | None, predicate: Phrase) -> InvalidProgramme:
    if path:
        return InvalidProgramme([InvalidInput(path, "%(predicate)s", predicate=predicate)])
    if path is None:
        return InvalidProgramme([InvalidInput("", "the name of a field %(predicate)s", predicate=predicate)])
    return InvalidProgramme([InvalidInput("", "the programme %(predicate)s", predicate=predicate)])


class _Loader(yaml.SafeLoader):
    _depth = 0
    _values = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        self._values += 1
        if self._depth > MAX_DEPTH:
            raise _unclear(event, Phrase("it is nested too deeply"))
        if self._values > MAX_VALUES:
            raise _unclear(
                event,
                Phrase("it has more than %(most)s values; leave some out, or write it as JSON", {"most": MAX_VALUES}),
            )
        if isinstance(event, AliasEvent):
            raise _unclear(
                event, Phrase("the alias *%(name)s is not taken in a programme", {"name": str(event.anchor)})
            )
        if getattr(event, "tag", None):
            raise _unclear(event, Phrase("the tag %(tag)s is not taken in a programme", {"tag": str(event.tag)}))
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        names = set()
        before: Any = None
        for name, value in node.value:
            if name.tag == "tag:yaml.org,2002:bool":
                # YAML 1.1 takes on, off, yes and no for truth values; as the names of fields they are words.
                name.tag = "tag:yaml.org,2002:str"
            if _is_after_comma(before, name):
                text = f"{before.value},{name.value}"
                raise _unclear(
                    before,
                    Phrase(
                        "%(text)s is cut at its comma: write decimals after a point, as in 2.5, and thousands without "
                        "a comma",
                        {"text": text[:40]},
                    ),
                )
            if name.tag != "tag:yaml.org,2002:str":
                raise _unclear(name, Phrase("the name of a field must be text; put it in quotes"))
            if name.value in names:
                raise _unclear(name, _twice(name.value))
            names.add(name.value)
            before = value
        return super().construct_mapping(node, deep)


def _is_after_comma(before: Any, name: Any) -> bool:
    """Whether the name of a field is what follows the comma of a number before it: `{percent: 5,5}`."""
    numbers = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
    if before is None or before.tag not in numbers or name.tag not in numbers:
        return False
    return bool(before.end_mark.index + 1 == name.start_mark.index)


def _text(loader: Any, node: Any) -> str:
    return str(loader.construct_scalar(node))


def _number(loader: Any, node: Any) -> Decimal:
    text = _text(loader, node)
    if not _NUMBER.fullmatch(text):
        raise _unclear(node, _no_decimal(text))
    return Decimal(text)


def _decimal(text: str) -> Decimal:
    """The exact number. Raises InvalidProgramme."""
    if not _NUMBER.fullmatch(text):
        raise _refused(_no_decimal(text))
    return Decimal(text)


def _no_decimal(text: str) -> Phrase:
    return Phrase("%(text)s is not a plain decimal number such as 2.5; put text in quotes", {"text": text[:40]})


_Loader.add_constructor("tag:yaml.org,2002:float", _number)
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(_number(loader, node)))
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)


def _twice(name: str) -> Phrase:
    return Phrase("%(name)s stands twice", {"name": name})


def _unclear(part: Any, problem: Value) -> InvalidProgramme:
    return _refused(_placed(part.start_mark, problem))
