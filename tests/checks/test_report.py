"""The report: sections replace their own kind only, and the page says what the figures say."""

from __future__ import annotations

import json
from pathlib import Path
from xml.dom import minidom

from msgspec.structs import replace

from tests.chart import Bar, Chart, Group, number, svg
from tests.report import Row, Section, page, publish, published, render


def section(name: str = "one", **parts: object) -> Section:
    fields = {"title": f"Title of {name}", "shows": "What it shows.", "rows": (Row("violations", 0, "0", True),)}
    return Section(name=name, **fields | parts)


def test_a_section_replaces_its_own_and_no_other(tmp_path: Path) -> None:
    publish(section("one", seed=1), tmp_path)
    publish(section("two", seed=2), tmp_path)
    publish(section("one", seed=3), tmp_path)
    assert {part.name: part.seed for part in published(tmp_path)} == {"one": 3, "two": 2}


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
    publish(section(charts=(CHART,)), tmp_path)
    written = {"proof.json", "proof-sections.json", "proof.md", "proof-one-faults.svg"}
    assert {path.name for path in tmp_path.iterdir()} == written


CHART = Chart(
    name="faults",
    title="Faults & more",
    scale="how often",
    groups=(Group("in a year", (Bar("crash <1>", 12_000, ours=True, note="all right"), Bar("never", 0))),),
)


def texts(chart: Chart) -> set[str]:
    drawing = minidom.parseString(svg(chart))  # noqa: S318 - ours
    return {
        child.nodeValue or ""
        for kind in ("text", "tspan")
        for element in drawing.getElementsByTagName(kind)
        for child in element.childNodes
    }


def test_a_picture_is_svg_and_says_every_number() -> None:
    assert {"Faults & more", "how often", "in a year", "crash <1>", "12\u202f000", "all right", "never", "0"} <= texts(
        CHART
    )


def test_a_picture_says_in_words_what_it_shows() -> None:
    described = "Faults & more (how often). in a year: crash <1> 12\u202f000 (all right), never 0."
    assert described == CHART.alt
    assert f"![{described}](proof-one-faults.svg)" in page([section(charts=(CHART,))])


def test_the_scale_is_drawn_from_nothing_to_beyond_the_longest_bar() -> None:
    assert {"0", "5\u202f000", "10\u202f000", "15\u202f000"} <= texts(CHART)
    assert {"1", "10", "10\u202f000", "100\u202f000", "how often; logarithmic"} <= texts(
        replace(CHART, logarithmic=True)
    )


def test_bars_are_as_long_as_their_values() -> None:
    bars = (Bar("whole", 10), Bar("half", 5), Bar("nothing", 0))
    drawing = minidom.parseString(svg(Chart("c", "t", "s", (Group("", bars),))))  # noqa: S318 - ours
    whole, half, nothing = (int(bar.getAttribute("width")) for bar in drawing.getElementsByTagName("rect")[1:])
    assert (whole, half, nothing) == (290, 145, 1)


def test_numbers_are_read_easily() -> None:
    assert [number(value) for value in (0, 8.0, 8.18, 0.5, 1234567)] == ["0", "8", "8.18", "0.5", "1\u202f234\u202f567"]


def test_a_page_shows_the_headlines_and_whatever_was_not_reached() -> None:
    rows = (Row("one", 1, "1", True), Row("two", 2, "2", True), Row("three", 3, "0", False))
    text = page([section(rows=rows, headlines=("one",), missed="It is hard.")])
    assert "| one | 1 |" in text
    assert "| two | 2 |" not in text
    assert "| three | 3 | 0 | **no** |" in text
    assert "It is hard." in text
    assert "It is hard." not in page([section(rows=rows[:2], headlines=("one",), missed="It is hard.")])


def test_a_table_and_notes_are_shown(tmp_path: Path) -> None:
    text = page([section(table=(("handler", "units"), ("ours", "6")), notes=("By counting.",))])
    assert "| handler | units |\n|---|---:|\n| ours | 6 |" in text
    assert "<details><summary>How it was done</summary>\n\nBy counting.\n\n</details>" in text


def test_pages_are_rendered_anew_from_what_was_published(tmp_path: Path) -> None:
    publish(section(charts=(CHART,)), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for name in ("proof.md", "proof.json", "proof-one-faults.svg"):
        (tmp_path / name).unlink()
    render(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_command_and_the_time_are_stated(tmp_path: Path) -> None:
    made = publish(section(), tmp_path)
    assert made.command
    assert made.made_at.endswith("Z")
    assert made.command in (tmp_path / "proof.md").read_text()


def test_each_figure_is_a_row_for_programs(tmp_path: Path) -> None:
    publish(section(), tmp_path)
    (row,) = json.loads((tmp_path / "proof.json").read_bytes())
    assert row == {"proof": "one", "name": "violations", "value": 0, "target": "0", "met": True}
