"""The part of AWS's command line that docs/operations.md uses, by boto3: an operation of a service with its parameters,
`wait`, `--query` and `--output text`. The pages' commands run without the real one being installed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import boto3
import jmespath

OWN = ("query", "output")
"""Options of the command line itself."""


def main(words: Sequence[str]) -> None:
    service, operation, *rest = words
    client = boto3.client(service)
    if operation == "wait":
        waiter, *rest = rest
        named = options(rest)
        client.get_waiter(waiter.replace("-", "_")).wait(
            **{camel(name, ()): value for name, value in named.items() if isinstance(value, str)}
        )
        return
    method = operation.replace("-", "_")
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method]).input_shape
    members = dict(shape.members) if shape else {}
    named = options(rest)
    request = {
        camel(name, members): typed(value, members[camel(name, members)])
        for name, value in named.items()
        if name not in OWN
    }
    answer = getattr(client, method)(**request)
    answer.pop("ResponseMetadata")
    shown = jmespath.search(str(named["query"]), answer) if "query" in named else answer
    print(text(shown) if named.get("output") == "text" else json.dumps(shown, indent=4, default=str))


def options(words: Sequence[str]) -> dict[str, str | bool]:
    """`--name value`, `--flag` and `--no-flag` by their names."""
    named: dict[str, str | bool] = {}
    for number, word in enumerate(words):
        if not word.startswith("--"):
            continue
        following = words[number + 1] if number + 1 < len(words) else "--"
        if not following.startswith("--"):
            named[word[2:]] = following
        else:
            named[word.removeprefix("--no-").removeprefix("--")] = not word.startswith("--no-")
    return named


def camel(name: str, members: Any) -> str:
    """The parameter that an option names, in the service's own spelling."""
    plain = name.replace("-", "")
    return next((member for member in members if member.lower() == plain), name.title().replace("-", ""))


def typed(value: str | bool, shape: Any) -> Any:
    """An option's text as its parameter wants it."""
    if isinstance(value, bool) or shape.type_name in ("string", "timestamp"):
        return value
    return json.loads(value)


def text(shown: Any) -> str:
    return "\t".join(map(str, shown)) if isinstance(shown, list) else str(shown)


if __name__ == "__main__":
    main(sys.argv[1:])
