"""Many clients at once on one holder: orders over its Unix socket and OpenAI's API over TCP.

Some go away at a random moment. Every answer that was read to its end has to be exact; afterwards the holder
tells what it still has, and in which order it took the requests.
"""

import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axchat import __version__
from axchat.messages import Message, Role
from axchat.wire.holder import API, Order, encode_order
from support.scripted_holder import MODEL, answer_to

PATIENCE_S = 60.0
LAST = 1
"""The job that the owner of the card had last is in its hands until the next."""

LEAVES = 0.3
"""Which part of the requests goes away before the answer's end."""


class ScriptedHolder:
    """The holder's process.

    Args:
        folder: for its socket, private.
        token_s: seconds a token.
    """

    def __init__(self, folder: Path, token_s: float = 0.0) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed by end
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.scripted_holder", str(folder), str(token_s)],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self.socket = folder / "axchat" / "holder-0.sock"
        self.port: int = self._said()["port"]

    def _said(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(self.said)
        return json.loads(line)

    def tell(self) -> dict[str, Any]:
        """What it has and did; see ``support.scripted_holder``."""
        self._process.send_signal(signal.SIGUSR1)
        told: dict[str, Any] = self._said()
        return told

    @property
    def said(self) -> str:
        """What it has said on stderr."""
        self._log.seek(0)
        return self._log.read().decode()

    def end(self) -> str:
        """End it politely; what it said on stderr."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=PATIENCE_S)
        finally:
            self._process.kill()
        with self._log:
            said = self.said
            assert self._process.returncode == 0, said
        return said


class Gone(Exception):
    """The client goes away here."""


@dataclass(frozen=True)
class Leaving:
    """When a client goes away: after so many lines of the answer, or in the middle of the request (-1)."""

    after_lines: int | None = None


@dataclass
class Asked:
    """One request, and when its client sent it and had its end."""

    prompt: str
    sent_at: float
    ended_at: float | None = None


async def ask_local(holder: ScriptedHolder, client: str, prompt: str, leaving: Leaving) -> str:
    """The answer's text, over the private route."""
    body = encode_order(Order(MODEL, (Message(Role.USER, prompt),), client=client, version=__version__))
    reader, writer = await asyncio.open_unix_connection(str(holder.socket))
    text = ""
    async for given in _lines(reader, writer, f"{API}/generate", body, leaving):
        told = json.loads(given)
        assert told["event"] != "failed", given
        text += told["text"] if told["event"] == "text" else ""
        if told["event"] == "finished":
            return text
    raise AssertionError(f"{prompt} had no end: {text!r}")


async def ask_openai(holder: ScriptedHolder, client: str, prompt: str, leaving: Leaving) -> str:
    """The answer's text, over OpenAI's API."""
    body = json.dumps(
        {"model": "m", "stream": True, "user": client, "messages": [{"role": "user", "content": prompt}]}
    ).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", holder.port)
    text = ""
    async for line in _lines(reader, writer, "/v1/chat/completions", body, leaving):
        if line == b"data: [DONE]\n":
            return text
        if line.startswith(b"data: "):
            told = json.loads(line[6:])
            assert "error" not in told, line
            text += "".join(choice["delta"].get("content") or "" for choice in told["choices"])
    raise AssertionError(f"{prompt} had no end: {text!r}")


async def _lines(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes, leaving: Leaving
) -> AsyncIterator[bytes]:
    """Send a request; the lines of its answer, until the client goes away."""
    head = (
        f"POST {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    try:
        sent = head + body
        writer.write(sent if leaving.after_lines != -1 else sent[:-10])
        await writer.drain()
        if leaving.after_lines == -1:
            raise Gone
        status = await reader.readline()
        assert b" 200 " in status, status
        while await reader.readline() != b"\r\n":
            pass
        count = 0
        while True:
            if count == leaving.after_lines:
                raise Gone
            if not (line := await reader.readline()):
                return
            count += 1
            yield line
    finally:
        writer.transport.abort()


Way = Callable[[ScriptedHolder, str, str, Leaving], Any]
WAYS: tuple[Way, ...] = (ask_local, ask_openai)


@dataclass
class Soak:
    """Asks so often, with so many clients at once, and checks.

    Attributes:
        holder: whom.
        seed: of who leaves when.
        clients: how many ask at once; every fourth has a name of its own, three share one.
        asked: every request that was answered to its end.
        left: how many went away.
    """

    holder: ScriptedHolder
    seed: int
    clients: int = 64
    asked: list[Asked] = field(default_factory=list)
    left: int = 0

    async def ask(self, requests: int) -> None:
        """Ask so often; wrong answers are errors."""
        numbers = iter(range(requests))
        async with asyncio.TaskGroup() as group:
            for client in range(self.clients):
                group.create_task(self._client(client, numbers))

    async def _client(self, client: int, numbers: Any) -> None:
        chance = random.Random(self.seed * 1000 + client)
        name = f"shared-{client // 8}" if client % 4 else f"own-{client}"
        for number in numbers:
            prompt = f"c{client}n{number}:{chance.randrange(1, 12)}"
            leaving = Leaving(chance.randrange(-1, 8) if chance.random() < LEAVES else None)
            asked = Asked(prompt, time.monotonic())
            try:
                async with asyncio.timeout(PATIENCE_S):
                    text = await WAYS[client % 2](self.holder, name, prompt, leaving)
            except Gone:
                self.left += 1
                continue
            asked.ended_at = time.monotonic()
            assert text == "".join(answer_to(prompt)), f"{prompt}: {text!r}"
            self.asked.append(asked)


def assert_fair(moves: Sequence[tuple[str, str, str]]) -> None:
    """Fail unless no client was passed over: who waits behind n of his own waits for n + 1 of each other.

    Args:
        moves: what was put into the queue, taken and removed, in order.
    """
    assert moves
    waiting: dict[str, tuple[str, int, dict[str, int]]] = {}
    """Of each job: its client, how many of its client's were before it, how often each other was taken."""
    for move, client, job in moves:
        if move == "add":
            before = sum(1 for other, _, _ in waiting.values() if other == client)
            waiting[job] = (client, before, {})
            continue
        waiting.pop(job)
        if move == "take":
            for owner, before, served in waiting.values():
                if owner != client:
                    served[client] = served.get(client, 0) + 1
                    assert served[client] <= before + 1, (
                        f"{client} came before {owner} {served[client]} times"
                    )
    assert not waiting, f"never served: {waiting}"


def added_ms(asked: Sequence[Asked], turns: Sequence[tuple[str, float, float]]) -> list[float]:
    """Milliseconds that the holder and its client added to each answer, sorted.

    That is from the moment when the card was free and the request sent until its turn began, and from the
    end of its turn until the client had its end.
    """
    spans: dict[str, tuple[float, float, float]] = {}
    free_at = 0.0
    for prompt, began, ended in turns:
        spans[prompt] = (free_at, began, ended)
        free_at = ended
    found = []
    for one in asked:
        assert one.ended_at is not None
        free, began, ended = spans[one.prompt]
        found.append(1000 * (began - max(free, one.sent_at) + one.ended_at - ended))
    return sorted(found)


@dataclass(frozen=True)
class Figures:
    """What a soak found."""

    answered: int
    left: int
    seconds: float
    added_ms: Sequence[float]
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    def __str__(self) -> str:
        added = self.added_ms
        kept = [
            f"{name} {self.before[name]} -> {self.after[name]}"
            for name in ("descriptors", "threads", "objects", "resident_kib")
        ]
        return (
            f"{self.answered} answers exact, {self.left} clients went away, "
            f"{(self.answered + self.left) / self.seconds:.0f} requests/s\n"
            f"added by the holder: median {statistics.median(added):.2f} ms, "
            f"p99 {added[int(len(added) * 0.99)]:.2f} ms, most {added[-1]:.2f} ms\n" + ", ".join(kept)
        )


def soak(folder: Path, requests: int, seed: int, token_s: float = 0.002) -> Figures:
    """Ask a fresh holder so often; a tenth of it comes before what is measured.

    Args:
        folder: empty.
        requests: how often.
        seed: of who asks what and leaves when.
        token_s: pace of the engine; 0 makes holder and clients the slowest part.

    Raises:
        AssertionError: an answer was wrong, somebody was passed over, or something was kept.
    """
    holder = ScriptedHolder(folder, token_s)
    try:
        asyncio.run(Soak(holder, seed).ask(max(200, requests // 10)))
        before = _settled(holder)
        measured = Soak(holder, seed + 1)
        began = time.monotonic()
        asyncio.run(measured.ask(requests))
        seconds = time.monotonic() - began
        after = _settled(holder, before["descriptors"])
        assert_fair(after["moves"])
        assert after["threads"] <= before["threads"] + 1, (before["threads"], after["threads"])
    finally:
        said = holder.end()
    assert "Traceback" not in said, said
    added = added_ms(measured.asked, after["turns"])
    return Figures(len(measured.asked), measured.left, seconds, added, before, after)


def _settled(holder: ScriptedHolder, descriptors: int | None = None) -> dict[str, Any]:
    """What it has once everybody who went away has been noticed, and no more descriptors than so many."""
    deadline = time.monotonic() + PATIENCE_S
    turns: list[Any] = []
    moves: list[Any] = []
    while True:
        told = holder.tell()
        turns += told["turns"]
        moves += told["moves"]
        has_room = descriptors is None or told["descriptors"] <= descriptors
        if told["jobs"] <= LAST and told["answers"] <= LAST and has_room:
            return {**told, "turns": turns, "moves": moves}
        kept = {name: told[name] for name in ("jobs", "answers", "descriptors")}
        assert time.monotonic() < deadline, f"kept: {kept}"
