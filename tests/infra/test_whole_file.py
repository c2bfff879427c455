"""What a command writes into a file is there whole, or the file is as it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from infra.whole_file import whole_file


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
