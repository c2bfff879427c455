"""The published pages are what the commands measured, are short, and their pictures can be read by everybody."""

from __future__ import annotations

import re
from pathlib import Path
from xml.dom import minidom

import pytest

from tests.report import BENCHMARKS, DOCS, PROOF, Book, Section, page, pictures, published

BOOKS = (PROOF, BENCHMARKS)
MOST_PICTURES = 6
MOST_WORDS, MOST_LINES = 650, 70
"""Of prose, and of tables: what a person reads in three minutes."""


def sections() -> list[Section]:
    return [section for book in BOOKS for section in published(book=book)]


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_the_page_and_its_pictures_are_rendered_from_what_was_measured(book: Book) -> None:
    measured = published(book=book)
    assert (DOCS / f"{book.name}.md").read_text() == page(measured, book)
    for name, picture in pictures(measured, book).items():
        assert (DOCS / name).read_text() == picture


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_the_page_is_read_in_three_minutes(book: Book) -> None:
    text = re.sub(r"<details>.*?</details>|!\[.*?\]", "", (DOCS / f"{book.name}.md").read_text(), flags=re.DOTALL)
    lines = [line for line in text.splitlines() if line and not line.startswith(("Made", "<a", "|---"))]
    prose = " ".join(line for line in lines if not line.startswith("|"))
    assert len(re.sub(r"\(.*?\)", "", prose).split()) <= MOST_WORDS
    assert sum(line.startswith("|") for line in lines) <= MOST_LINES


def test_there_are_few_pictures_and_each_is_used() -> None:
    made = {name for book in BOOKS for name in pictures(published(book=book), book)}
    of_the_command = {"what-if.svg"}  # an example of what the command draws, which docs/programme.md shows
    assert {path.name for path in DOCS.glob("*.svg")} == made | of_the_command
    assert all(f"]({name})" in (DOCS / "programme.md").read_text() for name in of_the_command)
    assert len(made) <= MOST_PICTURES


@pytest.mark.parametrize("picture", sorted(DOCS.glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_is_for_light_and_dark_and_says_its_content(picture: Path) -> None:
    text = picture.read_text()
    (title,) = minidom.parseString(text).getElementsByTagName("title")  # noqa: S318 - ours
    assert len(title.toxml().split()) >= 12
    assert "prefers-color-scheme: dark" in text


def test_every_comparison_shows_the_product() -> None:
    groups = [group for section in sections() for chart in section.charts for group in chart.groups]
    assert groups
    assert all(any(bar.ours for bar in group.bars) for group in groups)


def test_every_headline_is_a_figure() -> None:
    headlines = {section.name: set(section.headlines) for section in sections() if section.headlines}
    assert headlines
    rows = {section.name: {row.name for row in section.rows} for section in sections()}
    assert {name: these - rows[name] for name, these in headlines.items() if these - rows[name]} == {}


def test_a_missed_target_is_explained() -> None:
    for section in sections():
        assert section.met or section.missed or section.violations, section.name
