"""What of a sentence a French reader would read in English."""

from __future__ import annotations

import re

from chalicelib.domain.core.phrases import English, Value, written
from chalicelib.edge.words import FOLDER
from infra.build import words

FRENCH = words.messages(words.read(FOLDER / "fr.po"))

ENGLISH_WORDS = re.compile(r"\b(the|an|be|is|are|must|not|or|and|with|which|than|least|most|has|its)\b")
"""Words that only a sentence has; no id, field or value of the tests is one of them."""

REASON = "it still cannot be processed: %(reason)s"
"""What is said of a delivery, whose stored reason is in English and stands in quotes."""


class ValuesAlone(English):
    """A language in which a text is what fills it. `unknown`: texts that the French catalogue does not have."""

    def __init__(self) -> None:
        self.unknown: list[str] = []

    def gettext(self, text: str) -> str:
        if not all(FRENCH.get(text, ("",))):
            self.unknown.append(text)
        return "" if text == REASON else " ".join(re.findall(r"%\(\w+\)s|%%", text))


def english_in(sentence: Value) -> list[str]:
    """The texts without French, and the words of English sentences among the values."""
    wording = ValuesAlone()
    values = written(sentence, wording)
    return [*wording.unknown, *ENGLISH_WORDS.findall(values)]
