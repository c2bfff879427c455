"""The language that a request asks for: by `?locale=`, else by Accept-Language where it names one that we have.

A request that asks for none is answered in English as the API writes it. Imports the words and phrases.
"""

from __future__ import annotations

import re

from chalicelib.domain.core.phrases import ENGLISH, Wording
from chalicelib.domain.errors import InvalidInput
from chalicelib.edge import words
from chalicelib.edge.messages import Request

LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
MAX_HEADER = 1000
"""Characters of an Accept-Language that are read."""


def wording(request: Request) -> Wording:
    """How the answer is written. Raises InvalidInput for a locale that is none."""
    locale = language(request)
    return words.of(locale) if locale else ENGLISH


def language(request: Request) -> str:
    """The locale that a request asks for, empty where it asks for none that we have. Raises InvalidInput."""
    locale = request.query.get("locale")
    if locale is None:
        return language_of(request.headers.get("accept-language", ""))
    if not LOCALE.fullmatch(locale):
        raise InvalidInput("locale", "must be a language, with a region or not, such as fr or fr-CA", locale)
    return locale


def language_of(header: str) -> str:
    """The language of an Accept-Language that we have, the most wanted first; empty where it names none."""
    wanted = []
    for place, part in enumerate(header[:MAX_HEADER].split(",")):
        locale, _, quality = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q=([01](\.[0-9]{0,3})?)\s*", quality)
        share = float(weight[1]) if weight else float(not quality)
        if share and words.known(locale):
            wanted.append((-share, place, words.known(locale)))
    return min(wanted)[2] if wanted else ""
