"""What a programme gives, in English sentences, for `programme check`; reads no table."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.core.phrases import written
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.rewards import summary


def sentences(programme: Programme, now: int) -> Iterator[str]:
    """What an order that is paid now earns in each currency, what friends bring, and what else there is to win."""
    return (written(sentence) for sentence in summary.sentences(programme, now))
