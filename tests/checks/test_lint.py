"""Style, types and the direction of imports, each by its own tool and its own settings in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.machine import ROOT

TOOLS = {
    "style": ["ruff", "check", "--quiet", "."],
    "layout": ["ruff", "format", "--check", "--quiet", "."],
    "types": ["mypy"],
    "import direction": ["lint-imports", "--no-cache"],
}


@pytest.mark.timeout(400)  # mypy without its cache, beside the other tests, on two cores
@pytest.mark.parametrize("tool", TOOLS)
def test_is_clean(tool: str) -> None:
    program, *arguments = TOOLS[tool]
    # The settings name modules of the checkout, which is where import-linter must look for them.
    done = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
