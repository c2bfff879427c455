"""A file that a command writes: whole, or not at all. Standard library only."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO

FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
"""What goes wrong with a write; the error then names no file."""

FIXED = frozenset((errno.EBUSY, errno.EXDEV))
"""What goes wrong where another file cannot take a file's place, such as one that a container has mounted."""

OUTPUTS = ("/dev", "/proc")
"""The folders of devices, and of what a process has open: `/dev/stdout` may be a file that others write to as well."""


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """What is written here becomes the file's content when all of it was written; else the file stays as it was, and
    nothing is left beside it. Written to as they are: a device, a pipe, the command's own output, and a file beside
    which none can be made. Raises OSError, which names the file.
    """
    mode = _mode(target)
    if mode is not None and stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    try:
        beside = _beside(target, mode)
        if beside is None:
            with target.open("wb") as out:
                yield out
            return
        try:
            with beside as file:
                yield file  # type: ignore[misc] # it is binary, and typeshed has it as IO[bytes]
            _take_place(Path(beside.name), Path(os.path.realpath(target)))
        finally:
            Path(beside.name).unlink(missing_ok=True)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise OSError(error.errno, error.strerror, str(target)) from error


def _mode(target: Path) -> int | None:
    """What a path leads to, and who may use it; None for nothing. Raises OSError where that cannot be told."""
    try:
        return target.stat().st_mode
    except FileNotFoundError:
        return None


def _beside(target: Path, mode: int | None) -> IO[bytes] | None:
    """A new file beside the target, or beside what a link leads to; None where it is written to as it is."""
    is_output = any(target.absolute().is_relative_to(folder) for folder in OUTPUTS)
    if mode is not None and (is_output or not stat.S_ISREG(mode)):
        return None
    try:
        folder = Path(os.path.realpath(target)).parent
        file = NamedTemporaryFile(dir=folder, prefix=".", suffix=".part", delete=False)  # noqa: SIM115 (the caller does)
    except OSError as error:
        if mode is not None:
            return None  # in a folder in which this user may write to files, and make none
        raise OSError(error.errno, error.strerror, str(target)) from error
    Path(file.name).chmod(0o666 & ~_umask() if mode is None else stat.S_IMODE(mode))
    return file


def _take_place(written: Path, final: Path) -> None:
    try:
        written.replace(final)
    except OSError as error:
        if error.errno not in FIXED:
            raise
        shutil.copyfile(written, final)


def _umask() -> int:
    """The permissions that new files of this process have not; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
