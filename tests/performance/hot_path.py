"""What a token costs on its way from the runner's console to the screen: CPU time of each part by itself.

The same markdown answer goes through all: the console parser, after the recorded start of a runner; the
tokenizer service, a process of its own, three ids a call as the runner sends them; a holder, a process of its
own over a scripted engine, whose own CPU time is taken off; its client; and the rows of a terminal, a frame
every two tokens. Holder and client work at 500 tokens a second, so that each token wakes them. CPU time of
whole processes or threads, with what the kernel does for them. A token that goes out by the API, as a
server-sent event, takes that way instead of a holder's line to the client: told, and not in the sum.
"""

import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axchat.chat.turn import run_turn
from axchat.console.events import ConsoleEvent
from axchat.console.parser import ConsoleParser
from axchat.deadline import Deadline
from axchat.engines.base import Engine, Request
from axchat.engines.scripted import ScriptedEngine
from axchat.events import TextDelta
from axchat.messages import Message, Role, Sampling
from performance import rendering
from performance.commands import scale_of, show
from performance.decode_round_trip import call
from performance.reaching import attached
from performance.row import Row, Scale, at_most
from support.feeding import drain, feed, parser_for
from support.live_holder import DEFAULT
from support.sessions import Recording

PARTS = {
    "parser": "console parser: bytes in, text out",
    "tokenizer": "tokenizer service: a third of a `/decode` call",
    "holder": "holder: an event in, a line out at its socket",
    "client": "`axchat run`: a line in, an event out",
    "renderer": "rows of a terminal",
}
KEYS = (*(f"hot-path/{part}" for part in PARTS), "hot-path/sum", "hot-path/sse")
TOKENS = {Scale.QUICK: 500, Scale.FULL: 3000}
TOKEN_S = 0.002
IDS_PER_CALL = 3
CARD_TOKEN_US = 20_000.0
"""Of a model that writes 50 tokens a second."""

CEILING_US = 800.0
"""Twice the sum on two shared cores; most of it is threads and processes that wake each other."""

MOST_HELD_BACK = 200
"""Characters at the end that may still become the runner's own line."""

RECORDED = "04-pty-answers-live1"
TIMEOUT_S = 120.0

SERVICE = """
import sys
from axchat.engines.owned_turn import OwnedTurn
from axchat.tokenizer.answer import AnswerTokens
from axchat.tokenizer.scripted import ScriptedTokenizer
from axchat.tokenizer.service import TokenizerService
with TokenizerService(bos_id=-1, eos_id=7) as service:
    turn = OwnedTurn("go", [1], AnswerTokens(ScriptedTokenizer().detokenizer()),
                     put=lambda text: None, interrupt=lambda: None)
    service.begin_turn(turn)
    print(service.address[1], flush=True)
    sys.stdin.read()
"""
HOLDER = """
import sys
from pathlib import Path
from axchat.engines.scripted import ScriptedEngine
from performance.hot_path import TOKEN_S, tokens
from support.live_holder import LiveHolder
def build(_spec, _sampling):
    return ScriptedEngine([tokens(int(sys.argv[2]))], token_s=TOKEN_S)
with LiveHolder(Path(sys.argv[1]), build) as holder:
    print(holder.port, flush=True)
    sys.stdin.read()
"""


def tokens(count: int) -> list[str]:
    """The answer's, some characters each."""
    step = rendering.CHARACTERS_PER_TOKEN
    text = rendering.answer(count)
    return [text[at : at + step] for at in range(0, len(text), step)]


@contextmanager
def child(program: str, *arguments: str) -> Iterator[tuple[int, int]]:
    """A program that says its port, killed at the end: its process id and port."""
    # its standard input is held open: a child whose parent was killed ends with it
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process.pid, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def cpu_us(pid: int) -> float:
    """CPU time of a process and all its threads so far: Linux has a clock for each process."""
    return 1e6 * time.clock_gettime((~pid << 3) | 2)


def request() -> Request:
    """What is asked; the answer is the same whatever it is."""
    return Request((Message(Role.USER, "go"),), Sampling(), Deadline(TIMEOUT_S))


def parser_us(count: int) -> float:
    """Microseconds a token in the console parser, each token in a read of its own."""
    parser = answering()
    pieces = [token.replace("\n", "\r\n").encode() for token in tokens(count)]
    texts: list[ConsoleEvent] = []
    began = time.thread_time()
    for piece in pieces:
        parser.receive_data(piece)
        texts += drain(parser)
    took = time.thread_time() - began
    said = "".join(event.text for event in texts if isinstance(event, TextDelta))
    held_back = len(rendering.answer(count)) - len(said)
    assert rendering.answer(count).startswith(said), said[-200:]
    assert held_back < MOST_HELD_BACK, held_back
    return 1e6 * took / count


def answering() -> ConsoleParser:
    """A parser in the middle of a recorded answer."""
    recording = Recording(RECORDED)
    parser = parser_for(recording)
    for step in recording.steps():
        if step.kind == "sent":
            parser.receive_silence()
            list(drain(parser))
            parser.begin_turn(step.data.removesuffix(b"\n").decode())
            continue
        for at in range(len(step.data)):
            if any(isinstance(event, TextDelta) for event in feed(parser, step.data[at : at + 1])):
                return parser
    raise AssertionError("no answer was recorded")


def tokenizer_us(count: int) -> float:
    """Microseconds a token in the tokenizer service."""
    calls = count // IDS_PER_CALL
    with child(SERVICE) as (pid, port):
        call(port, 0.0)
        began = cpu_us(pid)
        for _ in range(calls):
            call(port, 0.0)
        return (cpu_us(pid) - began) / (calls * IDS_PER_CALL)


def turn_us(engine: Engine, count: int) -> float:
    """Microseconds a token in the thread that reads an engine's events."""
    pieces = 0
    began = time.thread_time()
    with contextlib.closing(run_turn(engine, request())) as turn:
        for event in turn:
            pieces += isinstance(event, TextDelta)
    took = time.thread_time() - began
    assert pieces == count, (pieces, count)
    return 1e6 * took / count


def holder_us(count: int) -> dict[str, float]:
    """Microseconds a token in holder and client, and in the holder by its API."""
    engine = turn_us(ScriptedEngine([tokens(count)], token_s=TOKEN_S), count)
    found = {}
    with tempfile.TemporaryDirectory() as folder, child(HOLDER, folder, str(count)) as (pid, port):
        client = attached(Path(folder) / "axchat" / "holder-0.sock", DEFAULT)
        turn_us(client, count)
        began = cpu_us(pid)
        found["client"] = turn_us(client, count)
        found["holder"] = (cpu_us(pid) - began) / count - engine
        began = cpu_us(pid)
        chunks = streamed(port)
        found["sse"] = (cpu_us(pid) - began) / count - engine
        assert chunks > count // 2, chunks
    return found


def streamed(port: int) -> int:
    """Read an answer over OpenAI's API; how many events it had."""
    asked = {"model": DEFAULT.name, "stream": True, "messages": [{"role": "user", "content": "go"}]}
    body = json.dumps(asked).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    received = b""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        connection.sendall(head.encode() + body)
        while b"[DONE]" not in received[-200:]:
            piece = connection.recv(65536)
            assert piece, received[-500:]
            received += piece
    return received.count(b"data: ")


def renderer_us(count: int) -> float:
    """Microseconds a token in a terminal's rows."""
    rendering.ours(rendering.answer(50))  # imports are paid once in a process
    return 1e6 * rendering.ours(rendering.answer(count)).cpu_s / count


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    count = TOKENS[scale]
    took = {
        "parser": parser_us(count),
        "tokenizer": tokenizer_us(count),
        "renderer": renderer_us(count),
        **holder_us(count),
    }
    total = sum(took[part] for part in PARTS)
    for part, what in PARTS.items():
        shown = f"{took[part]:.1f} us, {100 * took[part] / total:.0f} %"
        yield Row(f"hot-path/{part}", what, shown, "", took[part], None)
    share = 100 * total / CARD_TOKEN_US
    what = f"all of it, of the {CARD_TOKEN_US / 1000:.0f} ms that a token takes at 50 a second"
    yield Row(
        "hot-path/sum", what, f"{total:.0f} us", "", share, at_most(CEILING_US / CARD_TOKEN_US * 100, "%")
    )
    what = "holder: an event in, a server-sent event out over TCP"
    yield Row("hot-path/sse", what, f"{took['sse']:.1f} us", "", took["sse"], None)


def main() -> int:
    """Measure, print, and judge."""
    scale = scale_of(sys.argv)
    return show(list(rows(scale)), scale)


if __name__ == "__main__":
    raise SystemExit(main())
