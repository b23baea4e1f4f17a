"""The stand-in against the real ``axllm serve``: recorded requests get the recorded answers and log lines."""

import json
import re
import signal
import socket
from pathlib import Path

import pytest

from support import recorded_http, recordings
from support.axllm_recordings import Case, mask, write_answers, write_model
from support.axllm_vocabulary import pieces_of
from support.ports import free_port
from support.recorded_http import AXLLM_SERVE, Exchange
from support.replay import SLOW_S
from support.standin_run import AXLLM as PROGRAM
from support.standin_run import WAIT_S, Run
from support.standin_serve import ServeRun, read_answer

RESET = "会话已重置"
KNOWN_ROLES = ("system", "user", "assistant")
OVERFLOW = "当前会话上下文已超过该模型的长度上限，请发送 /reset 清空当前会话后重新开始对话。"
OVERFLOW_BYTES = OVERFLOW.encode()
MELTING = (b"\xf0\x9f", b"\xab", b"\xa0")
FOURTH = (b"four", b"th")
GREEK = (b" alpha", b" beta", b" gamma", b" delta")
CASES = {
    "s01-pipe-start-chat": Case(),
    "s02-params": Case(words=(b" you",)),
    "s02-raw-bodies": Case(words=(b"hi",)),
    "s03-sse-exact": Case(
        answers={0: (b"Hi", b" ", "你好".encode(), *MELTING, b" end"), 3: MELTING, 4: MELTING, 5: MELTING}
    ),
    "s06-context-overflow": Case(words=(OVERFLOW_BYTES[:54], OVERFLOW_BYTES[54:91])),
    "s08-arg-host": Case(),
    "s09-device-dead": Case(fail="dead-device-token-2"),
    "s10-history-reuse": Case(answers={4: FOURTH, 5: FOURTH, 6: FOURTH}),
    "s20-stream-timeout-alone": Case(
        config={"server_timeout_ms": 1000},
        answers={0: GREEK * 12},
        slow={0: {"48": 1.5}},
        until=b"cancelled by client",
    ),
}


def masked(data: bytes) -> bytes:
    """Mask what varies; the other addresses of the recording's machine go, for the stand-in has one."""
    data = re.sub(rb"  (GET |POST) http://192\.[^\n]*\n", b"", data)
    data = re.sub(rb"(on port |0\.0\.0\.0:|127\.0\.0\.1:)\d+", rb"\1PORT", data)
    data = re.sub(rb'"created": ?\d+', b'"created":C', data)
    return mask(re.sub(rb"chatcmpl-[0-9a-f]{24}", b"chatcmpl-ID", data))


def body_of(message: bytes) -> bytes:
    """The body of a request or an answer."""
    return message.partition(b"\r\n\r\n")[2]


def answer_in(exchange: Exchange) -> list[bytes] | None:
    """The tokens of a recorded answer, None for one that no model gave."""
    received = exchange.received
    if not received.startswith(b"HTTP/1.1 200"):
        return None
    if b"text/event-stream" in received:
        found = re.findall(rb'"content":("(?:[^"\\]|\\.)*")', received)
        tokens = [json.loads(text).encode() for text in found]
    else:
        text = json.loads(body_of(received)).get("choices", [{}])[0].get("message", {}).get("content")
        tokens = None if text is None else pieces_of(text)
    if tokens is None or any(text.encode() in body_of(received) for text in (OVERFLOW, RESET)):
        return None
    return tokens


def write(directory: Path, name: str, case: Case, exchanges: list[Exchange]) -> recordings.Recording:
    """The model directory and script of a recording."""
    recording = recordings.read(name, AXLLM_SERVE)
    answers = {}
    asked = []
    for exchange in exchanges:
        body = body_of(exchange.sent)
        try:
            request = json.loads(body.decode("utf-8", "replace"))
            contents = [message["content"] for message in request["messages"]]
            asked += [content for content in contents if isinstance(content, str) and content.isascii()]
        except (ValueError, TypeError, KeyError):
            request = {}
        is_strange = isinstance(request, dict) and any(
            m["role"] not in KNOWN_ROLES for m in request.get("messages") or [] if isinstance(m, dict)
        )
        if not is_strange and (tokens := answer_in(exchange)) is not None:
            is_cut = isinstance(request, dict) and request.get("max_tokens", 0) > 0
            answers[len(answers)] = [*tokens, b"x", b"x", b"x"] if is_cut else tokens
    write_model(directory, recording, case.config)
    write_answers(directory, recording, case, asked, answers)
    return recording


def started(directory: Path, recording: recordings.Recording, case: Case) -> ServeRun:
    """The stand-in with the recorded command line."""
    port = free_port()
    arguments = ["serve", str(directory), "--port", str(port), *recording.argv[5:]]
    return ServeRun(PROGRAM, arguments, directory, port=port, ready=b"Models: ", env=case.env)


class TestRecordedExchanges:
    """What the stand-in answers and prints is what the real server answered and printed."""

    @pytest.mark.parametrize("name", CASES)
    def test_replayed_requests_get_the_recorded_bytes(self, name: str, tmp_path: Path) -> None:
        """Answers, console and exit status agree, numbers that vary masked."""
        case = CASES[name]
        exchanges = recorded_http.exchanges(name)
        recording = write(tmp_path, name, case, exchanges)

        with started(tmp_path, recording, case) as run:
            received = [run.exchange(exchange.sent) for exchange in exchanges]
            run.wait_for(lambda printed: case.until in printed)
            status = run.end(signal.SIGINT)

        assert [masked(data) for data in received] == [masked(e.received) for e in exchanges]
        if recording.on_pty:
            assert masked(run.printed) == masked(recording.console)
        assert status == recording.returncode


class TestRecordedBreaks:
    """Recordings in which a client leaves, or the server is stopped, at a moment."""

    def test_a_client_that_leaves(self, tmp_path: Path) -> None:
        """The rest of the answer, its log, and the next answer are the recorded ones."""
        name = "s05-disconnect-close-stream"
        case = Case(answers={0: GREEK * 2, 1: (b"next", b" answer")}, slow={0: {"5": 1.0}})
        exchanges = recorded_http.exchanges(name)
        recording = write(tmp_path, name, case, exchanges)
        count = exchanges[0].received.count(b"data: ")

        with started(tmp_path, recording, case) as run:
            with run.connect() as peer:
                peer.sendall(exchanges[0].sent)
                first = read_answer(peer, lambda answer: answer.count(b"}\n\n\r\n") >= count)
            run.wait_for(lambda printed: b"cancelled by client" in printed)
            second = run.exchange(exchanges[1].sent)
            status = run.end(signal.SIGINT)

        assert masked(first) == masked(exchanges[0].received)
        assert masked(second) == masked(exchanges[1].received)
        assert masked(run.printed) == masked(recording.console)
        assert status == recording.returncode

    def test_a_server_that_is_stopped(self, tmp_path: Path) -> None:
        """The client's bytes and the console, but for two tokens that the real one makes after the signal."""
        name = "s07-SIGINT-stream"
        case = Case(answers={0: GREEK * 5}, slow={0: {"19": SLOW_S}})
        exchanges = recorded_http.exchanges(name)
        recording = write(tmp_path, name, case, exchanges)
        count = exchanges[0].received.count(b"data: ")

        with started(tmp_path, recording, case) as run, run.connect() as peer:
            peer.sendall(exchanges[0].sent)
            answer = read_answer(peer, lambda answer: answer.count(b"}\n\n\r\n") >= count)
            run.wait_for(lambda printed: printed.endswith(b" gamma"))
            status = run.end(signal.SIGINT)
            answer += read_answer(peer, lambda _: False)

        assert masked(answer) == masked(exchanges[0].received)
        shown = masked(recording.console).replace(b" gamma delta alpha\x1b", b" gamma\x1b")
        assert masked(run.printed) == shown
        assert status == recording.returncode

    def test_pipes_get_plain_lines(self, tmp_path: Path) -> None:
        """Stdout and stderr of a server on pipes, as recorded."""
        name = "s01-pipe-start-chat"
        exchanges = recorded_http.exchanges(name)
        recording = write(tmp_path, name, Case(), exchanges)
        port = free_port()
        arguments = ["serve", str(tmp_path), "--port", str(port)]
        env = {"TERM": "xterm", "NO_COLOR": ""}

        with Run(arguments, tmp_path, on_pty=False, env=env, command=PROGRAM) as run:
            run.wait_for(lambda printed: b"Models: " in printed)
            for exchange in exchanges:
                with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as peer:
                    peer.sendall(exchange.sent)
                    read_answer(peer)
            run.kill(signal.SIGINT)
            status = run.finish()

        assert masked(run.printed) == masked(recording.console)
        assert masked(run.stderr()) == masked(recording.stderr or b"")
        assert status == recording.returncode
