"""The stand-in for ``axllm serve``: what happens between clients, and at its end."""

import json
import re
import signal
from collections.abc import Callable
from pathlib import Path

from support import recorded_http, standin_axllm
from support.standin_axllm import request
from support.standin_serve import ServeRun, read_answer

LONG_S = 100.0
WINDOW_S = 2.0
"""A token takes so long that what a test does meanwhile comes before it."""
CANCELLED = b"chat stream cancelled by client"


def contents(answer: bytes) -> list[str]:
    """The texts of a stream's chunks."""
    return [json.loads(text) for text in re.findall(rb'"content":("(?:[^"\\]|\\.)*")', answer)]


def has_chunks(count: int) -> Callable[[bytes], bool]:
    """Whether a stream has that many chunks of text."""
    return lambda answer: len(contents(answer)) >= count


def ids(text: str) -> list[int]:
    """One id for each of the single letters of a text."""
    return list(text.encode())


class TestSlot:
    """One answer at a time, but for streams."""

    def test_who_waits_too_long_for_a_whole_answer_is_refused(self, tmp_path: Path) -> None:
        """503, the connection closed, streams as well (s04-slot-wait-503)."""
        answers = [{"match": "long", "ids": ids("ab"), "slow": {"1": LONG_S}}]
        standin_axllm.write(tmp_path, answers=answers, slot_wait_s=0.1)
        recorded = recorded_http.exchanges("s04-slot-wait-503")
        with standin_axllm.serve(tmp_path) as run, run.connect() as first:
            first.sendall(request("long"))
            run.wait_for(lambda printed: b"ttft" in printed)
            health = run.exchange(recorded[3].sent)
            refused = [run.exchange(request("x")), run.exchange(request("x", stream=True))]

        assert health == recorded[3].received.replace(b'"concurrency": 0,', b'"concurrency": 1,')
        assert refused == [recorded[1].received, recorded[2].received]

    def test_a_second_request_takes_over_from_a_stream(self, tmp_path: Path) -> None:
        """The first client's stream ends as if it were whole; the second gets both texts (s04-two-)."""
        answers = [
            {"match": "first", "ids": ids("abcdef"), "slow": {"2": WINDOW_S, "5": LONG_S}},
            {"match": "second", "ids": ids("uv"), "slow": {"1": LONG_S}},
        ]
        standin_axllm.write(tmp_path, answers=answers)
        with standin_axllm.serve(tmp_path) as run, run.connect() as peer:
            peer.sendall(request("first", stream=True))
            begun = read_answer(peer, has_chunks(1))
            with run.connect() as other:
                other.sendall(request("second", stream=True))
                second = read_answer(other, has_chunks(3))
            first = begun + read_answer(peer, lambda _: False)

        assert contents(first) == ["a", "b"]
        assert b'"finish_reason":"stop"' in first
        assert first.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
        assert contents(second) == ["u", "c", "d"]


class TestClientsThatLeave:
    """What becomes of an answer whose reader is gone."""

    def test_a_stream_is_cancelled_and_the_next_request_is_right(self, tmp_path: Path) -> None:
        """Two log lines say so, the cache is emptied, and the next answer is its own (s05-disconnect-)."""
        answers = [
            {"match": "q1", "ids": ids("abcdefgh"), "slow": {"3": 1.0}},
            {"match": "q2", "ids": ids("z")},
        ]
        standin_axllm.write(tmp_path, answers=answers)
        with standin_axllm.serve(tmp_path) as run:
            with run.connect() as peer:
                peer.sendall(request("q1", stream=True))
                read_answer(peer, has_chunks(2))
            run.wait_for(lambda printed: CANCELLED in printed)
            answer = run.exchange(request("q2"))

        assert b"ERR operator():1574 | provider not writable" in run.printed
        assert b'"content": "z"' in answer
        assert b"history not append" not in run.printed

    def test_a_request_before_that_gets_the_old_text_and_sigint_kills(self, tmp_path: Path) -> None:
        """The old answer goes on into the new stream, and the end is a SIGSEGV (s11)."""
        answers = [
            {"match": "q1", "ids": ids("abcdefgh"), "slow": {"3": WINDOW_S, "6": LONG_S}},
            {"match": "q2", "ids": ids("uv"), "slow": {"1": LONG_S}},
        ]
        standin_axllm.write(tmp_path, answers=answers)
        with standin_axllm.serve(tmp_path) as run:
            with run.connect() as peer:
                peer.sendall(request("q1", stream=True))
                read_answer(peer, has_chunks(2))
            with run.connect() as peer:
                peer.sendall(request("q2", stream=True))
                answer = read_answer(peer, has_chunks(3))
                status = run.end(signal.SIGINT)

        assert contents(answer) == ["u", "d", "e"]
        assert CANCELLED not in run.printed
        assert status == -signal.SIGSEGV


class TestEnd:
    """How the server ends."""

    def test_sigint_cuts_a_stream(self, tmp_path: Path) -> None:
        """The client gets no [DONE]; exit 0 with the noise of every end (s07-SIGINT-stream)."""
        answers = [{"ids": ids("abcd"), "slow": {"2": LONG_S}}]
        standin_axllm.write(tmp_path, answers=answers)
        with standin_axllm.serve(tmp_path) as run, run.connect() as peer:
            peer.sendall(request(stream=True))
            answer = read_answer(peer, has_chunks(1))
            status = run.end(signal.SIGINT)
            answer += read_answer(peer, lambda _: False)

        assert contents(answer) == ["a"]
        assert b"[DONE]" not in answer
        assert status == 0
        assert run.printed.endswith(b"ERR axcl_Exit:35 | AXCL device 0 not inited\r\n")

    def test_sigint_waits_for_a_whole_answer(self, tmp_path: Path) -> None:
        """It is delivered first (facts, part III section 6)."""
        standin_axllm.write(tmp_path, answers=[{"ids": ids("abcd"), "slow": {"2": 0.5}}])
        with standin_axllm.serve(tmp_path) as run, run.connect() as peer:
            peer.sendall(request())
            run.wait_for(lambda printed: b"ttft" in printed)
            status = run.end(signal.SIGINT)
            answer = read_answer(peer)

        assert b'"content": "abcd"' in answer
        assert status == 0

    def test_sigterm_ends_it_at_once(self, tmp_path: Path) -> None:
        """Nothing is printed, the signal is the status."""
        standin_axllm.write(tmp_path)
        with standin_axllm.serve(tmp_path) as run:
            before = run.printed
            status = run.end(signal.SIGTERM)

        assert status == -signal.SIGTERM
        assert run.printed == before

    def test_a_hung_device_leaves_sigterm_only(self, tmp_path: Path) -> None:
        """SIGINT does not end a call that does not return."""
        standin_axllm.write(tmp_path, answers=[{"ids": ids("abcd")}], fail="hang-token-2")
        with standin_axllm.serve(tmp_path) as run, run.connect() as peer:
            peer.sendall(request(stream=True))
            read_answer(peer, has_chunks(1))
            run.wait_for(lambda printed: printed.endswith(b"ab"))
            run.kill(signal.SIGINT)
            read_answer(peer, lambda _: False)
            status = run.end(signal.SIGTERM)

        assert status == -signal.SIGTERM


class TestRequests:
    """What the recordings do not hold."""

    def test_an_orphan_goes_on_after_a_timeout(self, tmp_path: Path) -> None:
        """504 for the client, the turn goes on without the slot, and SIGINT then kills."""
        answers = [{"ids": ids("abcd"), "slow": {"2": LONG_S}}]
        standin_axllm.write(tmp_path, {"server_timeout_ms": 100}, answers=answers)
        with standin_axllm.serve(tmp_path) as run:
            answer = run.exchange(request())
            status = run.end(signal.SIGINT)

        assert answer.startswith(b"HTTP/1.1 504 Gateway Timeout\r\nConnection: close\r\n")
        assert status == -signal.SIGSEGV

    def test_models_and_unknown_paths(self, tmp_path: Path) -> None:
        """One model, by the configuration's name; 404 without a body for the rest."""
        standin_axllm.write(tmp_path)
        with standin_axllm.serve(tmp_path) as run:
            models = run.exchange(b"GET /v1/models HTTP/1.1\r\n\r\n")
            unknown = run.exchange(b"GET /nothing HTTP/1.1\r\n\r\n")

        listed = json.loads(models.partition(b"\r\n\r\n")[2])["data"]
        assert [(model["id"], model["owned_by"]) for model in listed] == [(standin_axllm.NAME, "openai-api")]
        assert unknown == b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

    def test_a_connection_is_kept_after_a_whole_answer(self, tmp_path: Path) -> None:
        """Two requests on one connection, the second sent in chunks."""
        standin_axllm.write(tmp_path, answers=[{"ids": ids("a")}, {"ids": ids("b")}])
        with standin_axllm.serve(tmp_path) as run, run.connect() as peer:
            peer.sendall(request())
            first = read_answer(peer)
            body = request().partition(b"\r\n\r\n")[2]
            head = b"POST /chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            peer.sendall(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
            second = read_answer(peer)

        assert b'"content": "a"' in first
        assert b'"content": "b"' in second

    def test_a_long_unbroken_text_kills_it(self, tmp_path: Path) -> None:
        """30,000 bytes without a blank are the death of the real tokenizer."""
        standin_axllm.write(tmp_path)
        with standin_axllm.serve(tmp_path) as run:
            answer = run.exchange(request("x" * 30_000))
            status = run.end()

        assert answer == b""
        assert status == -signal.SIGSEGV

    def test_a_taken_port_ends_it_before_loading(self, tmp_path: Path) -> None:
        """Status 255, and no word of the model."""
        standin_axllm.write(tmp_path)
        with standin_axllm.serve(tmp_path) as first:
            second = ServeRun(
                standin_axllm.AXLLM,
                ["serve", str(tmp_path), "--port", str(first.port)],
                tmp_path,
                port=first.port,
                ready=b"not inited",
                env=standin_axllm.PLAIN,
            )
            with second:
                status = second.end()

        assert status == 255
        assert b"ERR run_server_mode:1347 | Port %d is unavailable" % first.port in second.printed
        assert b"LLM init start" not in second.printed
