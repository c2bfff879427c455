"""What a command writes into a file is there whole, or the file is as it was."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from infra.whole_file import whole_file
from tests.machine import ROOT


def write(target: Path, content: bytes = b"new") -> None:
    with whole_file(target) as file:
        file.write(content)


def test_the_file_has_all_of_it_and_nothing_is_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "books.csv")
    assert (tmp_path / "books.csv").read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [tmp_path / "books.csv"]


@pytest.mark.parametrize("stop", [OSError("the table does not answer"), KeyboardInterrupt()])
def test_what_stops_halfway_leaves_the_earlier_file(tmp_path: Path, stop: BaseException) -> None:
    (tmp_path / "books.csv").write_bytes(b"old")

    def fail() -> None:
        with whole_file(tmp_path / "books.csv") as file:
            file.write(b"half")
            raise stop

    with pytest.raises(type(stop)) as raised:
        fail()
    assert raised.value is stop
    assert (tmp_path / "books.csv").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [tmp_path / "books.csv"]


def test_a_file_that_only_its_owner_reads_stays_so(tmp_path: Path) -> None:
    (tmp_path / "books.csv").write_bytes(b"old")
    (tmp_path / "books.csv").chmod(0o600)
    write(tmp_path / "books.csv")
    assert stat.S_IMODE((tmp_path / "books.csv").stat().st_mode) == 0o600


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there" / "books.csv")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "books.csv").read_bytes() == b"new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """`ristourne export /dev/full` put a file where the device was."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(pipe)
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_the_command_prints_into_a_file_goes_on_there(tmp_path: Path) -> None:
    """`( ristourne segment export --all /dev/stdout ...; echo done ) > out.csv` lost what came after it."""
    program = "from pathlib import Path; from infra.whole_file import whole_file\n"
    program += "with whole_file(Path('/dev/stdout')) as file: file.write(b'rows, ')"
    command = f'( {sys.executable} -c "{program}"; echo done ) > out.csv'
    subprocess.run(["sh", "-c", command], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
    assert "done" in (tmp_path / "out.csv").read_text()


def test_two_at_once_do_not_mix_and_no_file_of_somebody_else_is_touched(tmp_path: Path) -> None:
    target, others = tmp_path / "books.csv", tmp_path / ".books.csv.part"
    others.write_bytes(b"mine")
    with whole_file(target) as first, whole_file(target) as second:
        first.write(b"A" * 10)
        second.write(b"B" * 5)
    assert target.read_bytes() == b"A" * 10
    assert others.read_bytes() == b"mine"


def test_a_new_file_is_for_whom_new_files_are(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "books.csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "books.csv").stat().st_mode) == 0o640


def test_a_file_whose_place_no_other_can_take_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that a container has mounted."""
    (tmp_path / "books.csv").write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", mock.Mock(side_effect=OSError(errno.EBUSY, "busy")))
    write(tmp_path / "books.csv")
    assert (tmp_path / "books.csv").read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [tmp_path / "books.csv"]


def test_a_file_in_a_folder_that_takes_no_new_ones_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "books.csv").write_bytes(b"old")
    refusing = mock.Mock(side_effect=PermissionError(errno.EACCES, "Permission denied", "/tmp/.x.part"))
    monkeypatch.setattr("infra.whole_file.NamedTemporaryFile", refusing)
    write(tmp_path / "books.csv")
    assert (tmp_path / "books.csv").read_bytes() == b"new"
    with pytest.raises(PermissionError) as raised:
        write(tmp_path / "others.csv")
    assert raised.value.filename == str(tmp_path / "others.csv")


@pytest.mark.parametrize(
    ("place", "reason"), [("plain/x", "Not a directory"), ("loop", "Too many levels"), ("x" * 300, "too long")]
)
def test_what_can_be_no_file_is_told_by_its_name(tmp_path: Path, place: str, reason: str) -> None:
    (tmp_path / "plain").write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(OSError, match=reason) as raised:
        write(tmp_path / place)
    assert raised.value.filename == str(tmp_path / place)


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="this system has no device that is full")
def test_a_full_disk_is_told_with_the_name_of_the_file() -> None:
    with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
        write(Path("/dev/full"), b"x" * 100_000)


@pytest.mark.parametrize("place", [".", "", "folder"])
def test_a_folder_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write(Path(place))


def test_a_folder_that_is_not_there_is_told_by_the_files_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        write(tmp_path / "none" / "books.csv")
    assert raised.value.filename == str(tmp_path / "none" / "books.csv")
