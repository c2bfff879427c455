"""An API client that retries transient failures with exponential backoff."""

from __future__ import annotations

import time
from collections.abc import Mapping

from infra.api import Api, ApiAnswer, ApiError

RETRIED = frozenset({429, 500, 502, 503, 504})
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
MAX_RETRY_AFTER_S = 60.0
"""The longest Retry-After of a server that is obeyed."""


class RetryingApi:
    """An API client with up to five attempts; one attempt where it has never answered: the address may be wrong."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._reached = False

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> ApiAnswer:
        """The first answer whose status is not retried, or that of the last attempt. Raises ApiError without one."""
        for pause_s in PAUSES_S:
            try:
                answer = self._api.raw(method, path, body, headers)
                self._reached = True
            except ApiError:
                if not self._reached:
                    raise
                time.sleep(pause_s)
                continue
            if answer.status not in RETRIED:
                return answer
            time.sleep(_retry_after_s(answer, pause_s))
        return self._api.raw(method, path, body, headers)


def _retry_after_s(answer: ApiAnswer, otherwise: float) -> float:
    """The server's Retry-After in seconds (Shopify writes `2.0`); `otherwise` for a date or none."""
    retry_after = {name.lower(): value for name, value in answer.headers.items()}.get("retry-after", "")
    return min(float(retry_after), MAX_RETRY_AFTER_S) if retry_after.replace(".", "", 1).isdecimal() else otherwise
