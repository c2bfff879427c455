"""Asks an API again when it is busy or fails for the moment: so often, so long, and no more."""

from __future__ import annotations

import time
from collections.abc import Mapping

from infra.api import Answer, Api, ApiError

AGAIN = frozenset({429, 500, 502, 503, 504})
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
LONGEST_S = 60.0
"""What a server's Retry-After is believed up to."""


class Patient:
    """An API, asked up to five times. One that never answered at all is asked once: its name may be wrong."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._reached = False

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """The first answer that is no request to wait, or the last one. Raises ApiError where there is none."""
        for pause_s in PAUSES_S:
            try:
                answer = self._api.raw(method, path, body, headers)
                self._reached = True
            except ApiError:
                if not self._reached:
                    raise
                time.sleep(pause_s)
                continue
            if answer.status not in AGAIN:
                return answer
            time.sleep(_retry_after_s(answer, pause_s))
        return self._api.raw(method, path, body, headers)


def _retry_after_s(answer: Answer, otherwise: float) -> float:
    """Seconds that the server asks for (Shopify writes `2.0`); a date, or nothing, means our own pause."""
    stated = {name.lower(): value for name, value in answer.headers.items()}.get("retry-after", "")
    return min(float(stated), LONGEST_S) if stated.replace(".", "", 1).isdecimal() else otherwise
