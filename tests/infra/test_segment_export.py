"""`ristourne segment export`: the members of a segment in a CSV file, of an export of the table."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.commands import PublishCuts
from chalicelib.store.codec import item_of
from infra.__main__ import main
from infra.build.artifacts import ROOT
from infra.segments import COLUMNS
from tests.domain.rewards.progress.shops import bought, instant, play, shop
from tests.domain.rewards.progress.test_segments import day
from tests.proof.verify_world import exported
from tests.world.builders import ANNA, BEN, CLEO, line, merge
from tests.world.memory import Memory

SEGMENTED: dict[str, Any] = {"segments": {"best": {"money": [2, 5]}, "others": {}}}


@pytest.fixture
def books() -> Memory:
    """Anna has bought a lot twice, Ben little and long ago, and Cleo was merged into Anna; there are cuts."""
    memory = play(
        shop(**SEGMENTED),
        bought("1", "2026-08-03", line(net=1234), buyer=BEN),
        bought("2", "2026-11-10", line(net=50_000)),
        bought("3", "2026-11-12", line(net=700), buyer=CLEO),
    )
    memory.execute(merge(CLEO, ANNA), instant("2026-11-13"))
    cuts = PublishCuts(day("2026-11-20"), 500, (day("2026-09-01"),) * 4, (1,) * 4, (9_999,) * 4, {})
    memory.execute(cuts, instant("2026-11-19"))
    return memory


def write(books: Memory, place: Path) -> None:
    place.write_bytes(b"".join(exported(item_of(record)) for record in books.records.values()))


def rows_of(books: Memory, folder: Path, *words: str) -> list[dict[str, str]]:
    place, target = folder / "export.ndjson", folder / "members.csv"
    write(books, place)
    assert main(["segment", "export", *words, str(target), "--file", str(place), "--day", "2026-11-26"]) == 0
    with target.open(newline="") as file:
        return list(csv.DictReader(file))


def test_all_members_who_ordered_are_written_with_their_segment_and_scores(books: Memory, tmp_path: Path) -> None:
    rows = {row["member"]: row for row in rows_of(books, tmp_path, "--all")}
    assert set(rows) == {ANNA, BEN}
    assert rows[ANNA] == dict(
        zip(COLUMNS, [ANNA, "best", "14", "2", "507.00", "EUR", "5", "5", "5", "2026-11-12", "507.00"], strict=True)
    )
    assert rows[BEN] == dict(
        zip(COLUMNS, [BEN, "others", "117", "1", "12.34", "EUR", "1", "1", "1", "2026-08", "12.34"], strict=True)
    )


def test_those_of_one_segment_alone(books: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [row["member"] for row in rows_of(books, tmp_path, "others")] == [BEN]
    assert capsys.readouterr().out == f"1 members written to {tmp_path / 'members.csv'}\n"


def test_without_cuts_nobody_is_in_a_segment_and_all_are_in_none(tmp_path: Path) -> None:
    books = play(shop(**SEGMENTED), bought("1", "2026-11-10"))
    assert [(row["segment"], row["money_score"]) for row in rows_of(books, tmp_path, "--all")] == [("", "")]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["nobody", "FILE"], "there is no segment nobody; there are best, others\n"),
        (["best", "FILE", "--all"], "name a segment, or say --all for every member\n"),
        (["FILE"], "name a segment, or say --all for every member\n"),
    ],
)
def test_what_cannot_be_written_is_refused(
    words: list[str], reason: str, books: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, target = tmp_path / "export.ndjson", tmp_path / "members.csv"
    write(books, place)
    named = [str(target) if word == "FILE" else word for word in words]
    assert main(["segment", "export", *named, "--file", str(place)]) == 1
    assert capsys.readouterr().err == reason
    assert not target.exists()


def test_into_a_pipe_go_the_rows_alone(books: Memory, tmp_path: Path) -> None:
    write(books, tmp_path / "export.ndjson")
    words = ["segment", "export", "--all", "/dev/stdout", "--file", str(tmp_path / "export.ndjson")]
    done = subprocess.run([sys.executable, "-m", "infra", *words], cwd=ROOT, capture_output=True, text=True)
    assert [row[0] for row in csv.reader(done.stdout.splitlines())] == ["member", BEN, ANNA]
    assert done.stderr == "2 members written to /dev/stdout\n"


def test_an_export_that_breaks_off_leaves_the_earlier_file(
    books: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, target = tmp_path / "export.ndjson", tmp_path / "members.csv"
    target.write_text("of yesterday")
    write(books, place)
    with place.open("ab") as file:
        file.write(b'{"Item": {"pk"')
    assert main(["segment", "export", "--all", str(target), "--file", str(place)]) == 1
    assert target.read_text() == "of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.ndjson", "members.csv"]


def test_a_segment_of_a_shop_without_scores_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "export.ndjson"
    write(play(shop(**SEGMENTED), bought("1", "2026-11-10")), place)
    assert main(["segment", "export", "best", str(tmp_path / "m.csv"), "--file", str(place)]) == 1
    assert "nobody has scores" in capsys.readouterr().err
