"""The report: sections replace their own kind only, and the page says what the figures say."""

from __future__ import annotations

import json
from pathlib import Path
from xml.dom import minidom

from tests.chart import bars
from tests.report import Row, Section, page, publish, published


def section(name: str = "one", **parts: object) -> Section:
    stated = {"title": f"Title of {name}", "shows": "What it shows.", "rows": (Row("violations", 0, "0", True),)}
    return Section(name=name, **stated | parts)


def test_a_section_replaces_its_own_and_no_other(tmp_path: Path) -> None:
    publish(section("one", seed=1), tmp_path)
    publish(section("two", seed=2), tmp_path)
    publish(section("one", seed=3), tmp_path)
    assert {each.name: each.seed for each in published(tmp_path)} == {"one": 3, "two": 2}


def test_the_page_shows_every_section(tmp_path: Path) -> None:
    publish(section("one", operations=1_234_567), tmp_path)
    publish(section("two"), tmp_path)
    text = (tmp_path / "proof.md").read_text()
    assert "## Title of one" in text
    assert "## Title of two" in text
    assert "1\u202f234\u202f567 operations" in text


def test_what_was_not_reached_is_said() -> None:
    failed = section(rows=(Row("violations", 2, "0", met=False),), violations=("the books are wrong\nseed 7",))
    assert not failed.met
    assert "| violations | 2 | 0 | **no** |" in page([failed])
    assert "seed 7" in page([failed])


def test_a_violation_alone_is_enough_to_fail() -> None:
    assert section().met
    assert not section(violations=("something",)).met


def test_no_unfinished_file_is_left(tmp_path: Path) -> None:
    publish(section(counters={"Faults": {"crash": 3}}, drawn=True), tmp_path)
    written = {"proof.json", "proof-sections.json", "proof.md", "proof-one.svg"}
    assert {path.name for path in tmp_path.iterdir()} == written


def test_the_drawing_is_svg_and_says_every_number() -> None:
    drawing = minidom.parseString(bars("Faults & more", {"Faults": {"crash <1>": 12, "never": 0}}))  # noqa: S318 - ours
    said = {each.nodeValue for element in drawing.getElementsByTagName("text") for each in element.childNodes}
    assert {"Faults & more", "crash <1>", "12", "never", "0"} <= said


def test_the_command_and_the_time_are_stated(tmp_path: Path) -> None:
    made = publish(section(), tmp_path)
    assert made.command
    assert made.made_at.endswith("Z")
    assert made.command in (tmp_path / "proof.md").read_text()


def test_each_figure_is_a_row_for_programs(tmp_path: Path) -> None:
    publish(section(), tmp_path)
    (row,) = json.loads((tmp_path / "proof.json").read_bytes())
    assert row == {"proof": "one", "name": "violations", "value": 0, "target": "0", "met": True}
