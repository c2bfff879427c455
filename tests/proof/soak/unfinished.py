"""The shops of a run that has not ended yet, so that one that was stopped goes on where it was.

A run of ten million operations takes hours. Each shop's outcome is written down when the shop ends; the same command
with the same seeds takes it from there, and the files go once the run's report is written. The code may have changed
in between: an outcome says under which state of it the shop ran, and the report how many states there were.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.machine import ROOT
from tests.proof.soak.epoch import Outcome

FOLDER = ROOT / ".build" / "soak"

_RUNS_IN_A_SHOP = ("chalicelib", "tests/proof")


class Ended(Struct, frozen=True):
    """A shop's outcome, and the state of the code under which it ran."""

    code: str
    outcome: Outcome


@cache
def state_of_the_code() -> str:
    """A fingerprint of all that decides how a shop lives: the product, and the simulator."""
    files = (path for folder in _RUNS_IN_A_SHOP for path in sorted((ROOT / folder).rglob("*.py")))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def ended(seed: int, folder: Path = FOLDER) -> list[Ended]:
    """The shops of a seed that ended in a run which was stopped; a last line that was cut off is removed."""
    path = _path(seed, folder)
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    return [msgspec.json.decode(line, type=Ended, dec_hook=_counter) for line in whole.splitlines()]


def note(seed: int, shop: Ended, folder: Path = FOLDER) -> None:
    """Write down that a shop of the seed has ended."""
    path = _path(seed, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(shop) + b"\n")


def forget(seeds: Iterable[int], folder: Path = FOLDER) -> None:
    """The runs of these seeds have ended, and their report is written."""
    for seed in seeds:
        _path(seed, folder).unlink(missing_ok=True)


def _path(seed: int, folder: Path) -> Path:
    return folder / f"{seed}.jsonl"


def _counter(type_: type, value: dict[str, int]) -> Counter[str]:
    """msgspec knows no Counter, which is the only type here that it has to ask for."""
    assert type_ == Counter[str], type_
    return Counter(value)
