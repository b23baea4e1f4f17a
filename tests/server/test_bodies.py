"""How much a request may send."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from axchat.server.bodies import MAX_BODY_BYTES, MAX_DEPTH, MAX_PARTS, Bodies, shape_refusal

MIB = 2**20


class TestShape:
    """What is never given to a parser."""

    @given(
        st.recursive(
            st.none() | st.text() | st.booleans(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_ordinary_values_pass(self, value: object) -> None:
        """Brackets within strings do not count."""
        assert shape_refusal(json.dumps(value, ensure_ascii=False).encode()) is None

    def test_the_depth_has_a_limit(self) -> None:
        """One level more is too much; brackets in a string are text, however it is escaped."""
        assert shape_refusal(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is None
        assert shape_refusal(b"[" * (MAX_DEPTH + 1)) == "the body is nested deeper than 64 levels"
        assert shape_refusal(json.dumps("[" * 1000 + '\\"{').encode()) is None

    def test_the_parts_have_a_limit(self) -> None:
        """A body of nothing but empty lists takes many times its size in memory."""
        assert shape_refusal(b"[" + b"{}," * (MAX_PARTS // 2 - 1) + b"]") is None
        assert shape_refusal(b"[" + b"{}," * (MAX_PARTS // 2) + b"]") == "the body has more than 200000 parts"

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
    def test_only_utf_8_is_json(self, encoding: str) -> None:
        """A parser that guesses other encodings would see brackets that were not counted."""
        assert shape_refusal(("[" * 9999).encode(encoding)) == "the body is not UTF-8"

    @pytest.mark.parametrize(
        "body",
        [
            b'"' + b'\\"' * (MAX_BODY_BYTES // 2),
            b'{"a": "' + b"x" * MAX_BODY_BYTES + b'"}',
            b'"' + b"\\" * MAX_BODY_BYTES,
            b'""' * (MAX_BODY_BYTES // 2),
        ],
        ids=["quotes without an end", "one long string", "backslashes", "many strings"],
    )
    @pytest.mark.timeout(120)
    def test_no_body_takes_more_time_than_its_size(self, body: bytes) -> None:
        """The largest of each kind is looked at in a second, where going back took hours."""
        shape_refusal(body)


class Sending:
    """A client that sends pieces and then waits."""

    def __init__(self, *pieces: bytes, ends: bool = True) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)
        self._left = len(pieces)
        self._ends = ends

    async def __call__(self) -> Message:
        """See ASGI."""
        piece = next(self._pieces, None)
        if piece is None:
            await asyncio.Event().wait()
        self._left -= 1
        return {"type": "http.request", "body": piece, "more_body": self._left > 0 or not self._ends}


SCOPE: Scope = {"type": "http", "method": "POST", "path": "/", "headers": []}


async def asked(app: ASGIApp, receive: Receive) -> tuple[int, str]:
    """Status of an answer, and its error's message."""
    sent: list[Any] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await app(SCOPE, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])["error"]["message"]


async def no_app(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that must not be reached."""
    raise AssertionError


class TestBodies:
    """Reading."""

    def test_who_dribbles_is_cut_off(self) -> None:
        """The time is for the whole body, whatever came of it."""
        status, said = asyncio.run(asked(Bodies(no_app, timeout_s=0.05), Sending(b"{", b"}", ends=False)))
        assert (status, said) == (408, "the body did not come within 0.05 s")

    def test_what_was_not_announced_is_counted(self) -> None:
        """The piece that is too much is not kept."""
        pieces = [b" " * MIB] * (MAX_BODY_BYTES // MIB + 1)
        assert asyncio.run(asked(Bodies(no_app), Sending(*pieces))) == (413, "the body is larger than 32 MiB")

    def test_all_bodies_under_way_share_the_memory(self) -> None:
        """As long as one is answered its bytes count; when it is over there is room again."""

        async def play() -> None:
            came, go = asyncio.Event(), asyncio.Event()
            bodies: list[bytes] = []

            async def app(scope: Scope, receive: Receive, send: Send) -> None:
                bodies.append((await receive())["body"])
                came.set()
                await go.wait()

            limited = Bodies(app, max_held_bytes=3 * MIB)
            first = asyncio.create_task(limited(SCOPE, Sending(b" " * MIB, b" " * MIB), _unsent))
            await came.wait()
            status, said = await asked(limited, Sending(b" " * MIB, b" " * MIB))
            assert (status, said) == (429, "requests of 3 MiB are under way already; try again later")
            go.set()
            await first
            await limited(SCOPE, Sending(b" " * MIB, b" " * 2 * MIB), _unsent)
            assert list(map(len, bodies)) == [2 * MIB, 3 * MIB]

        asyncio.run(play())

    def test_a_client_that_goes_away_while_it_sends_is_forgotten(self) -> None:
        """Nothing is answered, and its bytes do not count any more."""

        async def play() -> None:
            limited = Bodies(no_app, max_held_bytes=MIB)
            for _ in range(2):
                parts: Iterator[Message] = iter(
                    [
                        {"type": "http.request", "body": b" " * MIB, "more_body": True},
                        {"type": "http.disconnect"},
                    ]
                )

                async def receive(parts: Iterator[Message] = parts) -> Message:
                    return next(parts)

                await limited(SCOPE, receive, _unsent)

        asyncio.run(play())


async def _unsent(message: Message) -> None:
    raise AssertionError(message)
