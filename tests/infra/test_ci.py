"""In CI a test that was skipped is a test that failed: the suite that a missing tool leaves out must not pass."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.machine import ROOT

SKIPS = {
    "by a fixture or a test": "import pytest\ndef test_it():\n    pytest.skip('there is no Java')\n",
    "by a mark": "import pytest\n@pytest.mark.skip(reason='there is no Java')\ndef test_it():\n    pass\n",
    "as a whole module": "import pytest\npytest.skip('there is no Java', allow_module_level=True)\n",
}
FINE = {
    "passed": "def test_it():\n    pass\n",
    "expected to fail": "import pytest\n@pytest.mark.xfail\ndef test_it():\n    raise ValueError\n",
}


def run(folder: Path, test: str, **environment: str) -> tuple[int, str]:
    (folder / "test_it.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(folder), "-p", "tests.conftest"]
    plain = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST_")}
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", str(folder)],
        cwd=ROOT,
        env=plain | environment,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("how", SKIPS)
def test_what_is_skipped_fails_in_ci_only(tmp_path: Path, how: str) -> None:
    code, output = run(tmp_path, SKIPS[how], CI="true")
    assert code, output
    assert "skipped in CI: there is no Java" in " ".join(output.split())
    code, output = run(tmp_path, SKIPS[how])
    assert "1 skipped" in output.splitlines()[-1]
    assert "failed" not in output


@pytest.mark.parametrize("how", FINE)
def test_what_ran_is_as_it_was(tmp_path: Path, how: str) -> None:
    code, output = run(tmp_path, FINE[how], CI="true")
    assert code == 0, output
