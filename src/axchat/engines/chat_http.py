"""One streamed chat completion over HTTP, from the request to its end: shared by the engines that need it."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from axchat.errors import AxchatError
from axchat.events import Event, Finished
from axchat.process.http_stream import HttpStream
from axchat.wire.openai_errors import error_of
from axchat.wire.sse import SseReader


class ChatReader(Protocol):
    """Turns the data of server-sent events into events; ``wire.openai.ChatStream`` is one."""

    is_finished: bool

    def receive(self, data: str) -> list[Event]:
        """Take the data of one server-sent event."""

    def receive_eof(self) -> list[Event]:
        """The stream ended."""

    def cancelled(self) -> Finished:
        """The end of an answer that we stopped."""


def stream_chat(
    stream: HttpStream, path: str, body: bytes, headers: Mapping[str, str], chat: ChatReader
) -> Iterator[Event]:
    """Post a request and yield its answer's events; the caller closes the stream.

    Raises:
        AxchatError: the server refused, broke off, or was too slow.
    """
    status = stream.post(path, body, headers)
    if status is not None and status != 200:
        raise failure(stream, status)
    reader = SseReader()
    received = (data for chunk in stream.chunks() for data in reader.receive(chunk))
    for data in received:
        # Before it is taken in, so that the counts of a cancelled answer are those of its text.
        if stream.was_cancelled:
            break
        yield from chat.receive(data)
    if stream.was_cancelled and not chat.is_finished:
        yield chat.cancelled()
    else:
        yield from chat.receive_eof()


def failure(stream: HttpStream, status: int) -> AxchatError:
    """The error that an answer with this status means; reads its body."""
    return error_of(status, stream.error_body(), stream.header("Retry-After"))
