"""The script of `<ristourne-loyalty>` as it is served: `widget.js` with the texts of each language in it.

The texts come from the catalogues, so that a language is added to the widget by the same file as to everything else.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from chalicelib.edge import words

SOURCE = Path(__file__).with_name("widget.js")
PLACE = "const TEXTS = {};"
TEXT = re.compile(r'\bt\(\s*"((?:[^"\\]|\\.)*)"')
"""A text in the script: the first argument of `t`."""


@cache
def script() -> str:
    """The script with its texts, without comments and the spaces that lines begin with."""
    source = SOURCE.read_text(encoding="utf-8")
    texts = dict.fromkeys(json.loads(f'"{text}"') for text in TEXT.findall(source))
    languages = [words.of(language) for language in words.languages() if language != words.ENGLISH]
    table = {language.locale: {text: language.gettext(text) for text in texts} for language in languages}
    filled = source.replace(PLACE, f"const TEXTS = {json.dumps(table, ensure_ascii=False)};")
    return re.sub(r"^\s*//.*\n|^\s+", "", filled, flags=re.MULTILINE)


@cache
def etag() -> str:
    """What the script is compared by."""
    return f'"{hashlib.sha256(script().encode()).hexdigest()[:20]}"'
