"""A proxy between the workers and the table: it makes transactions conflict and loses replies, and counts both.

DynamoDB Local never raises TransactionConflict by itself, and answers whoever asked. Here 10 % of the transactions are
cancelled before they reach the engine, and 2 % of all requests reach it while the connection closes without an answer;
of those transactions every second one loses the reply to its re-sent copy too, so that the caller has to come back by
itself. Knows HTTP and two fields of DynamoDB's JSON; imports nothing of the project.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import MutableSequence
from contextlib import suppress
from dataclasses import dataclass, field

CONFLICTS, LOSSES = 0.10, 0.02
LOST_TWICE = 0.5

REQUESTS, TRANSACTIONS, CONFLICTED, LOST_READS, LOST_WRITES = range(5)
"""The places of the counters."""
COUNTERS = 5

HOST = "127.0.0.1"
MAX_HEAD = 1 << 16


@dataclass(frozen=True)
class Message:
    """An HTTP request or reply as bytes, and what its head says."""

    head: bytes
    body: bytes

    @property
    def is_transaction(self) -> bool:
        return b"TransactWriteItems" in self.head


@dataclass
class Faults:
    """What happens to whom; the counters are shared with the coordinator."""

    counters: MutableSequence[int]
    chance: random.Random
    again: set[str] = field(default_factory=set)

    def conflicts(self, request: Message) -> bool:
        """Whether a transaction is cancelled on its way."""
        self.counters[REQUESTS] += 1
        self.counters[TRANSACTIONS] += request.is_transaction
        hit = request.is_transaction and self.chance.random() < CONFLICTS
        self.counters[CONFLICTED] += hit
        return hit

    def loses_reply(self, request: Message) -> bool:
        """Whether the answer to a request that was carried out goes missing."""
        token = token_of(request)
        hit = token in self.again or self.chance.random() < LOSSES
        if token in self.again:
            self.again.discard(token)
        elif hit and token and self.chance.random() < LOST_TWICE:
            self.again.add(token)
        self.counters[LOST_WRITES if request.is_transaction else LOST_READS] += hit
        return hit


def token_of(request: Message) -> str:
    """What makes a transaction's re-sent copy known to the engine; empty for other requests."""
    return json.loads(request.body).get("ClientRequestToken", "") if request.is_transaction else ""


def cancelled(request: Message) -> bytes:
    """The reply to a transaction, one of whose items is being written by another one."""
    count = len(json.loads(request.body)["TransactItems"])
    reasons: list[dict[str, str]] = [{"Code": "None"}] * (count - 1)
    reasons.append({"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"})
    body = json.dumps(
        {
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
            "CancellationReasons": reasons,
        }
    ).encode()
    head = (
        f"HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def read_message(stream: asyncio.StreamReader) -> Message:
    """The next request or reply. Raises IncompleteReadError when the other side has gone."""
    head = await stream.readuntil(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return Message(head, await stream.readexactly(int(lengths[0]) if lengths else 0))


class FaultyProxy:
    """One client's connection after the other, each with a connection of its own to the engine."""

    def __init__(self, engine_port: int, faults: Faults) -> None:
        self._engine_port = engine_port
        self._faults = faults

    async def serve(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        engine, onward = await asyncio.open_connection(HOST, self._engine_port, limit=MAX_HEAD)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._pass_on(client, back, engine, onward):
                pass
        for writer in (back, onward):
            writer.close()

    async def _pass_on(
        self,
        client: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        engine: asyncio.StreamReader,
        onward: asyncio.StreamWriter,
    ) -> bool:
        """One request; whether the connection stays open."""
        request = await read_message(client)
        if self._faults.conflicts(request):
            back.write(cancelled(request))
            return True
        onward.write(request.head + request.body)
        reply = await read_message(engine)
        if self._faults.loses_reply(request):
            return False
        back.write(reply.head + reply.body)
        return True


def run(port: int, engine_port: int, counters: MutableSequence[int], chance: random.Random) -> None:
    """Serve for ever; the process is ended by whoever started it."""
    asyncio.run(_serve(port, FaultyProxy(engine_port, Faults(counters, chance))))


async def _serve(port: int, proxy: FaultyProxy) -> None:
    async with await asyncio.start_server(proxy.serve, HOST, port, limit=MAX_HEAD) as server:
        await server.serve_forever()
