"""The tokenizer service, asked over real sockets."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.tokenizer.base import HOLD, Hold, Prompt
from axchat.tokenizer.connections import DRIP_S
from axchat.tokenizer.http_request import BadRequest, Request, read_request
from axchat.tokenizer.service import TokenizerService
from axchat.tokenizer.turn_calls import TurnCalls

PATIENCE_S = 30
# As the runner's HTTP library writes it (recorded session 50-axcl-llm-pty-own-tokenizer).
ENCODE = (
    b"POST /encode HTTP/1.1\r\nAccept: */*\r\nConnection: close\r\nContent-Length: 16\r\n"
    b"Content-Type: application/json\r\nHost: 127.0.0.1:42065\r\nUser-Agent: cpp-httplib/0.15.3\r\n\r\n"
    b'{"text":"#7f3a"}'
)


DECODE = b'POST /decode HTTP/1.1\r\nContent-Length: 17\r\n\r\n{"token_ids":[1]}'


def heard_out(sock: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    return b"".join(iter(lambda: sock.recv(4096), b""))


def raising(error: BaseException) -> Callable[[], object]:
    """A call-back that raises."""

    def call() -> object:
        raise error

    return call


class Scripted:
    """A turn that answers from a list and keeps what it was asked."""

    def __init__(self, prompt: object = Prompt((1, 2, 3)), decoded: object = "") -> None:
        self.answers = {"prompt": prompt, "decoded": decoded}
        self.asked: list[object] = []
        self.called = threading.Event()

    def prompt(self, text: str, last_reply: str | None) -> Prompt | Hold | None:
        return self._answer("prompt", (text, last_reply))

    def decoded(self, ids: tuple[int, ...]) -> str | Hold:
        return self._answer("decoded", ids)

    def _answer(self, name: str, asked: object):
        self.asked.append(asked)
        self.called.set()
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer


@pytest.fixture
def service() -> Iterator[TokenizerService]:
    """A running service."""
    with TokenizerService(bos_id=-1, eos_id=7, system_ids=[5, 6]) as running:
        yield running


def ask(service: TokenizerService, path: str, body: object = None, timeout: float = PATIENCE_S) -> object:
    """One call on a connection of its own."""
    connection = http.client.HTTPConnection(*service.address, timeout=timeout)
    try:
        connection.request(
            "GET" if body is None else "POST", path, None if body is None else json.dumps(body).encode()
        )
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def test_start_up_questions_of_both_protocols_are_answered(service: TokenizerService) -> None:
    """bos, eos, a uid, and the system prompt's ids for both forms of reset."""
    uid = ask(service, "/get_uid")["uid"]  # type: ignore[index]

    assert len(uid) == 36
    assert ask(service, "/bos_id") == {"bos_id": -1}
    assert ask(service, f"/eos_id?uid={uid}") == {"eos_id": 7}
    assert ask(service, "/reset", {"uid": uid})["token_ids"] == [5, 6]  # type: ignore[index]
    assert ask(service, f"/reset?uid={uid}")["success"] is True  # type: ignore[index]


def test_a_turn_hands_over_its_prompt_and_hears_every_id(service: TokenizerService) -> None:
    """The text and the last reply go to the turn, its ids to the runner."""
    turn = Scripted(Prompt((1, 2, 3), (3,)))
    service.begin_turn(turn)

    assert ask(service, "/encode", {"text": "#7f3a", "last_reply": "yes"}) == {
        "token_ids": [1, 2, 3],
        "diff": [3],
    }
    assert ask(service, "/decode", {"token_ids": [4, 5]}) == {"text": ""}
    assert turn.asked == [("#7f3a", "yes"), (4, 5)]


@pytest.mark.parametrize("turn", [None, Scripted(None), Scripted(ValueError("x")), Scripted(Prompt(()))])
def test_encode_always_gets_one_valid_id(service: TokenizerService, turn: Scripted | None) -> None:
    """Without a turn, for a stranger's text, after an exception and for an empty prompt."""
    if turn is not None:
        service.begin_turn(turn)

    assert ask(service, "/encode", {"text": "who?"}) == {"token_ids": [7], "diff": [7]}
    assert (service.strangers > 0) != (service.failure is not None)


def test_calls_are_counted_and_timed_in_the_service(service: TokenizerService) -> None:
    """Of a turn: its prompt and its ids. Not a stranger's call, a reset, or what was of an earlier turn.

    The time ends with the answer, so a call-back that waits for the test makes it as long as that wait.
    """
    released = threading.Event()
    waits: list[float] = []

    def wait() -> str:
        began = time.perf_counter()
        assert released.wait(PATIENCE_S)
        waits.append(time.perf_counter() - began)
        return ""

    turn = Scripted(decoded=wait)
    service.begin_turn(turn)
    ask(service, "/encode", {"text": "#7f3a"})
    encoded = service.turn_calls()
    ask(service, "/bos_id")
    ask(service, "/reset", {})
    ask(service, "/decode", {"ids": [1]})
    turn.called.clear()
    asking = threading.Thread(target=ask, args=(service, "/decode", {"token_ids": [1]}))
    began = time.perf_counter()
    asking.start()
    assert turn.called.wait(PATIENCE_S)
    assert service.turn_calls() == encoded
    released.set()
    asking.join(PATIENCE_S)
    took = time.perf_counter() - began

    calls = service.turn_calls()
    assert (encoded.count, calls.count) == (1, 2)
    assert waits[0] <= calls.seconds - encoded.seconds <= took
    assert encoded.encoded_at == calls.encoded_at
    assert encoded.encoded_at is not None
    assert encoded.encoded_at < began
    service.begin_turn(turn)
    assert service.turn_calls() == TurnCalls()


def test_the_turn_knows_when_it_was_called(service: TokenizerService) -> None:
    """When the call was read, not when its turn came: here it stands behind one that takes long."""
    released = threading.Event()
    stamps: list[float] = []

    def note() -> str:
        stamps.append(service.called_at)
        assert released.wait(PATIENCE_S)
        return ""

    service.begin_turn(Scripted(decoded=note))
    with (
        socket.create_connection(service.address) as first,
        socket.create_connection(service.address) as second,
    ):
        for sock in (first, second):
            with socket.create_connection(service.address) as probe:
                ask(service, "/bos_id")  # answered behind the accepting of all that knocked before
                before = time.perf_counter()
                sock.sendall(DECODE)
                probe.sendall(b"GET /bos_id HTTP/1.1\r\nHost: a\r\n\r\n")  # read behind what came before
                assert b"bos_id" in heard_out(probe)
        after = time.perf_counter()
        released.set()
        assert b'{"text": ""}' in heard_out(first)
        assert b'{"text": ""}' in heard_out(second)
    assert stamps[0] < before <= stamps[1] <= after


def test_a_held_answer_drips_until_it_is_released(service: TokenizerService) -> None:
    """The runner's second between bytes never passes; the released text arrives whole."""
    turn = Scripted(decoded=HOLD)
    service.begin_turn(turn)
    with socket.create_connection(service.address, timeout=PATIENCE_S) as runner:
        body = b'{"token_ids":[1]}'
        runner.sendall(b"POST /decode HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        heard = b""
        while heard.count(b"1\r\n \r\n") < 4:
            heard += runner.recv(4096)
        service.release("done")
        while piece := runner.recv(4096):
            heard += piece

    assert b'{"text": "done"}' in heard
    assert heard.endswith(b"0\r\n\r\n")


def test_the_end_of_a_turn_gives_what_it_held(service: TokenizerService) -> None:
    """A turn that forgets to release does not kill the runner."""
    turn = Scripted(prompt=HOLD)
    service.begin_turn(turn)
    ender = threading.Thread(target=lambda: (turn.called.wait(PATIENCE_S), service.end_turn()))
    ender.start()

    assert ask(service, "/encode", {"text": "#"}) == {"token_ids": [7], "diff": [7]}
    ender.join(PATIENCE_S)


@pytest.mark.parametrize("call", ["encode", "decode"])
def test_a_call_back_that_takes_long_does_not_silence_the_service(
    service: TokenizerService, call: str
) -> None:
    """White space comes until the answer does, more often than the runner's second of patience ends."""
    think = threading.Event()

    def late(answer: object) -> Callable[[], object]:
        return lambda: answer if think.wait(PATIENCE_S) else None

    service.begin_turn(Scripted(late(Prompt((9,))), late("late")))
    heard = b""
    with socket.create_connection(service.address, timeout=PATIENCE_S) as runner:
        runner.sendall(ENCODE if call == "encode" else DECODE)
        while heard.count(b"1\r\n \r\n") < 8:
            heard += runner.recv(4096)
        think.set()
        heard += heard_out(runner)

    assert DRIP_S <= 0.5
    assert heard.startswith(b"HTTP/1.1 200 OK\r\n")
    assert {"encode": b'{"token_ids": [9], "diff": [9]}', "decode": b'{"text": "late"}'}[call] in heard


def test_what_is_no_http_is_a_strangers_call(service: TokenizerService) -> None:
    """It is refused, and counted with the unknown paths."""
    for said in (b"\x16\x03\x01 hello\r\n\r\n", b"GET /nothing HTTP/1.1\r\n\r\n"):
        with socket.create_connection(service.address, timeout=PATIENCE_S) as sock:
            sock.sendall(said)
            heard_out(sock)
    assert service.strangers == 2


def test_idle_half_open_and_garbage_connections_block_nobody(service: TokenizerService) -> None:
    """Many more than the service keeps; the runner's call is answered among them."""
    others = [socket.create_connection(service.address) for _ in range(80)]
    others[-1].sendall(ENCODE[:30])
    others[-2].sendall(b"\0\xff garbage\r\n\r\n" * 50)
    others[-3].shutdown(socket.SHUT_WR)
    try:
        assert ask(service, "/eos_id") == {"eos_id": 7}
    finally:
        for other in others:
            other.close()


def test_a_call_back_that_takes_long_holds_up_no_other_connection(service: TokenizerService) -> None:
    """A second runner starts while the engine thinks."""
    think = threading.Event()
    turn = Scripted(decoded=lambda: "late" if think.wait(PATIENCE_S) else "")
    service.begin_turn(turn)
    with socket.create_connection(service.address, timeout=PATIENCE_S) as runner:
        runner.sendall(DECODE)
        assert turn.called.wait(PATIENCE_S)
        assert ask(service, "/eos_id") == {"eos_id": 7}
        assert not think.is_set()
        think.set()
        assert b'{"text": "late"}' in heard_out(runner)


def test_a_call_back_that_panics_gets_the_runner_a_harmless_answer(service: TokenizerService) -> None:
    """A panic of a library in Rust is no Exception; the next call is answered too."""
    panic = BaseException("panicked")
    service.begin_turn(Scripted(raising(panic), raising(panic)))

    assert ask(service, "/encode", {"text": "#"}) == {"token_ids": [7], "diff": [7]}
    assert ask(service, "/decode", {"token_ids": [1]}) == {"text": ""}
    assert service.failure is panic


def test_a_reset_that_fails_is_told_and_answered(service: TokenizerService) -> None:
    """The engine reads why; the runner, which knows no errors, goes on."""
    wrong = ValueError("no template")
    service.on_reset = raising(wrong)

    assert ask(service, "/reset", {})["success"] is True
    assert service.failure is wrong


def test_fifty_half_requests_hold_up_nobody_and_are_still_heard_out(service: TokenizerService) -> None:
    """The runner's call goes between; the other half of a request, when it comes, gets its answer."""
    service.begin_turn(Scripted())
    others = [socket.create_connection(service.address, timeout=PATIENCE_S) for _ in range(50)]
    for other in others:
        other.sendall(ENCODE[:-5])
    assert ask(service, "/decode", {"token_ids": [4]}) == {"text": ""}
    for other in others:
        with other:
            other.sendall(ENCODE[-5:])
            assert b"[1, 2, 3]" in heard_out(other)


def test_closing_ends_a_client_that_drips(service: TokenizerService) -> None:
    """A held answer and a call-back's long thought do not keep the connection after ``close``."""
    service.begin_turn(Scripted(decoded=HOLD))
    with socket.create_connection(service.address, timeout=PATIENCE_S) as runner:
        runner.sendall(DECODE)
        heard = runner.recv(4096)
        service.close()
        rest = heard_out(runner)

    assert heard.startswith(b"HTTP/1.1 200 OK\r\n")
    assert not rest.endswith(b"0\r\n\r\n")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(service.address)


def test_an_answer_is_for_the_client_that_waits_not_for_one_that_is_gone(service: TokenizerService) -> None:
    """A runner killed in a held call does not swallow the next one's answer."""
    turn = Scripted(decoded=HOLD)
    service.begin_turn(turn)
    with socket.create_connection(service.address, timeout=PATIENCE_S) as dead:
        dead.sendall(DECODE)
        dead.recv(4096)
    with socket.create_connection(service.address, timeout=PATIENCE_S) as runner:
        runner.sendall(DECODE)
        heard = runner.recv(4096)
        service.release("mine")
        heard += heard_out(runner)

    assert b'{"text": "mine"}' in heard


def test_only_loopback_is_listened_to(service: TokenizerService) -> None:
    """Another machine cannot ask."""
    assert service.address[0] == "127.0.0.1"


def test_closing_leaves_no_descriptor_and_no_thread_behind() -> None:
    """Fifty services come and go."""
    before = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    for _ in range(50):
        with TokenizerService(bos_id=-1, eos_id=7) as service:
            ask(service, "/bos_id")

    assert (len(list(Path("/proc/self/fd").iterdir())), threading.active_count()) == before


@given(st.integers(0, len(ENCODE)))
def test_a_request_cut_anywhere_is_not_whole_until_its_last_byte(cut: int) -> None:
    """Only all bytes give the request; what follows is not its."""
    whole = Request("POST", "/encode", "", b'{"text":"#7f3a"}')

    assert read_request(ENCODE[:cut]) == (whole if cut == len(ENCODE) else None)
    assert read_request(ENCODE + ENCODE[:cut]) == whole


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_waited_for(data: bytes) -> None:
    """Nothing else can be raised."""
    try:
        read_request(data + b"\r\n\r\n")
    except BadRequest:
        return
