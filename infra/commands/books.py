"""Where a command reads the books: the files of an export, or the live table of a stage.

Imports the audit's sources when a command runs, since they take longer to load than most commands to answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.commands.terminal import Arguments

if TYPE_CHECKING:
    from infra.audit.sources import TablePiece


def add_books(command: Any) -> None:
    """The options --file and --stage, of which a command takes one."""
    command.add_argument(
        "--file", type=Path, nargs="+", dest="export", help="an export of the books: files or a folder"
    )
    command.add_argument("--stage", help="the live table of a stage, with your AWS credentials; it is only read")


def pieces_of(arguments: Arguments) -> list[TablePiece]:
    """What the options name, in pieces. Raises SourceError or DeployError."""
    from infra.audit.command import table_of_stage
    from infra.audit.sources import ScanSegment, pieces

    return pieces(arguments.export) if arguments.export else [ScanSegment(table_of_stage(arguments.stage), 0, 1)]
