"""A file that a command writes: whole, or not at all. Standard library only."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
"""What goes wrong with a write; the error then names no file."""


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """What is written here becomes the file's content when all of it was written; else the file stays as it was, and
    nothing is left beside it. A device or a pipe is written to as it is. Raises OSError, which names the file.
    """
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    is_replaced = target.is_file() or not target.exists()
    final = target.resolve()  # the file that a link leads to, and not the link
    written = final.with_name(f".{final.name}.part") if is_replaced else target
    try:
        with written.open("wb") as out:
            if target.is_file():
                shutil.copymode(final, written)
            yield out
        if is_replaced:
            written.replace(final)
    except OSError as error:
        if error.filename != str(written) and error.errno not in FULL:
            raise
        raise OSError(error.errno, error.strerror, str(target)) from error
    finally:
        if is_replaced:
            written.unlink(missing_ok=True)
