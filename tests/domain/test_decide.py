"""Deciders are imported with their first command; every command has one, by a name that exists."""

import subprocess
import sys
from typing import get_args

import pytest

from chalicelib.domain import decide
from chalicelib.domain.commands import Command
from tests.machine import ROOT

BY_ORDERS = """
import sys
from chalicelib.domain import decide
from chalicelib.domain.commands import RecordOrder
decide._decider_of(RecordOrder)
print(*sorted(name.rpartition(".")[2] for name in sys.modules if name.startswith("chalicelib.domain.")))
"""


def test_every_command_has_a_decider() -> None:
    assert {*decide.DECIDERS} == {*get_args(Command)}


@pytest.mark.parametrize("kind", decide.DECIDERS, ids=lambda kind: kind.__name__)
def test_every_decider_is_where_its_name_says(kind: type[Command]) -> None:
    assert callable(decide._decider_of(kind))


def test_a_process_that_hears_orders_loads_no_other_decider() -> None:
    done = subprocess.run([sys.executable, "-c", BY_ORDERS], cwd=ROOT, capture_output=True, text=True, check=True)
    others = {name.partition(":")[0] for name in decide.DECIDERS.values()} - {"purchase"}
    assert others.isdisjoint(done.stdout.split())
