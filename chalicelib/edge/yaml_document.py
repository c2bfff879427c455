"""Parses a programme document, YAML or JSON, as plain data, without YAML's ambiguities.

Numbers are exact decimals, never octal or in base 60; a field stands once; its name is text; tags are refused, and
aliases, which can grow without end. JSON is read as JSON, in which a character beyond 16 bits is written as a pair of
surrogates. Depth and number of values are bounded, since reading YAML takes time.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import yaml
from yaml.events import AliasEvent

from chalicelib.domain.errors import InvalidProgramme

MAX_DEPTH = 20
MAX_VALUES = 10_000
"""Values (fields, items, texts, numbers) of a YAML document; as JSON it may have as many as fit into its bytes."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Characters that no text of a programme needs: control characters but tab and line feed, and changes of direction."""

_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]{0,14})(\.[0-9]{0,15})?")


def read_document(body: bytes) -> Any:
    """The document as mappings, lists, text, integers, decimals and booleans. Raises InvalidProgramme."""
    try:
        text = body.decode()
        document = _json(text) if text.lstrip()[:1] == "{" else None
        return _characters(_Loader(text).get_single_data() if document is None else document)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        problem = f"{line}{error.problem or error.context}"
    except (yaml.YAMLError, ValueError) as error:
        problem = " ".join(str(error).split())
    except RecursionError:
        problem = "it is nested too deeply"
    raise InvalidProgramme([f"the programme must be YAML or JSON in UTF-8: {problem}"])


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
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)} stands twice")
    return mapping


def _characters(value: Any, path: str = "", depth: int = 0) -> Any:
    """A document with surrogate pairs joined. Raises InvalidProgramme for other text, ValueError for its depth."""
    if depth > MAX_DEPTH:
        raise ValueError("it is nested too deeply")
    if isinstance(value, dict):
        inside = f"{path}." if path else ""
        return {
            _character_text(name, "the name of a field"): _characters(part, f"{inside}{name}", depth + 1)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [_characters(part, f"{path}[{index}]", depth + 1) for index, part in enumerate(value)]
    return _character_text(value, path or "the programme") if isinstance(value, str) else value


def _character_text(text: str, path: str) -> str:
    try:
        joined = text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise InvalidProgramme(
            [f"{path} must be characters; half a surrogate pair, such as \\ud83c alone, is none"]
        ) from None
    control = _CONTROL.search(joined)
    if control:
        raise InvalidProgramme([f"{path} must have no control character; it has U+{ord(control[0]):04X}"])
    return joined


class _Loader(yaml.SafeLoader):
    _depth = 0
    _values = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        self._values += 1
        if self._depth > MAX_DEPTH:
            raise _unclear(event, "it is nested too deeply")
        if self._values > MAX_VALUES:
            raise _unclear(event, f"it has more than {MAX_VALUES} values; leave some out, or write it as JSON")
        if isinstance(event, AliasEvent):
            raise _unclear(event, f"the alias *{event.anchor} is not taken in a programme")
        if getattr(event, "tag", None):
            raise _unclear(event, f"the tag {event.tag} is not taken in a programme")
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        names = set()
        for name, _ in node.value:
            if name.tag == "tag:yaml.org,2002:bool":
                # YAML 1.1 takes on, off, yes and no for truth values; as the names of fields they are words.
                name.tag = "tag:yaml.org,2002:str"
            if name.tag != "tag:yaml.org,2002:str":
                raise _unclear(name, "the name of a field must be text; put it in quotes")
            if name.value in names:
                raise _unclear(name, f"{name.value} stands twice")
            names.add(name.value)
        return super().construct_mapping(node, deep)


def _text(loader: Any, node: Any) -> str:
    return str(loader.construct_scalar(node))


def _number(loader: Any, node: Any) -> Decimal:
    try:
        return _decimal(_text(loader, node))
    except ValueError as error:
        raise _unclear(node, str(error)) from None


def _decimal(text: str) -> Decimal:
    """The exact number. Raises ValueError."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:40]} is not a plain decimal number such as 2.5; put text in quotes")
    return Decimal(text)


_Loader.add_constructor("tag:yaml.org,2002:float", _number)
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(_number(loader, node)))
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)


def _unclear(part: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=part.start_mark)
