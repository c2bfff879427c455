"""Parses a programme document, YAML or JSON, as plain data, without YAML's ambiguities.

Numbers are exact decimals, never octal or in base 60; a field stands once; its name is text; tags are refused, and
aliases, which can grow without end.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml
from yaml.events import AliasEvent

from chalicelib.domain.errors import InvalidProgramme

_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]{0,14})(\.[0-9]{0,15})?")


def read_document(body: bytes) -> Any:
    """The document as mappings, lists, text, integers, decimals and booleans. Raises InvalidProgramme."""
    try:
        return _Loader(body.decode()).get_single_data()
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        problem = f"{line}{error.problem or error.context}"
    except (yaml.YAMLError, ValueError) as error:
        problem = " ".join(str(error).split())
    except RecursionError:
        problem = "it is nested too deeply"
    raise InvalidProgramme([f"the programme must be YAML or JSON in UTF-8: {problem}"])


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, AliasEvent):
            raise _unclear(event, f"the alias *{event.anchor} is not taken in a programme")
        if getattr(event, "tag", None):
            raise _unclear(event, f"the tag {event.tag} is not taken in a programme")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        names = set()
        for name, _ in node.value:
            if name.tag != "tag:yaml.org,2002:str":
                raise _unclear(name, "the name of a field must be text; put it in quotes")
            if name.value in names:
                raise _unclear(name, f"{name.value} stands twice")
            names.add(name.value)
        return super().construct_mapping(node, deep)


def _text(loader: Any, node: Any) -> str:
    return str(loader.construct_scalar(node))


def _number(loader: Any, node: Any) -> Decimal:
    text = _text(loader, node)
    if not _NUMBER.fullmatch(text):
        raise _unclear(node, f"{text[:40]} is not a plain decimal number such as 2.5; put text in quotes")
    return Decimal(text)


_Loader.add_constructor("tag:yaml.org,2002:float", _number)
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(_number(loader, node)))
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)


def _unclear(part: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=part.start_mark)
