"""A streamed answer as the bytes of server-sent events: chunks, comments while waiting, the end. Pure.

A chunk costs one string escape: everything around the text is made once. Text is escaped to ASCII, because
widely used line readers also split at U+2028, U+2029 and U+0085.
"""

import json
from collections.abc import Sequence

from axchat.events import Event, Finished, LoadProgress, Notice, PromptEstimate, Queued, TextDelta
from axchat.wire.openai_answer import CHUNK, TEXT, Ending, Head, about, finish_reason, usage_of
from axchat.wire.openai_fields import END_OF_STREAM, without_surrogates
from axchat.wire.thinking import ThinkingSplitter

ALIVE = b": still working\n\n"
"""A comment that keeps a silent connection open."""

DONE = f"data: {END_OF_STREAM}\n\n".encode("ascii")

_escaped = json.encoder.encode_basestring_ascii


class AnswerChunks:
    """Writes one streamed answer: ``receive`` for each batch of events, then ``ending``.

    Args:
        head: what every chunk says of itself.
        is_chat: chunks of a chat; otherwise of a ``text_completion``.
        parts_thought: a ``<think>`` block becomes ``reasoning_content``; only in a chat.
        with_usage: a chunk with ``usage`` ends the stream, and the others say null.
        with_comments: comments tell how long the wait still is.
    """

    def __init__(
        self,
        head: Head,
        *,
        is_chat: bool = True,
        parts_thought: bool = True,
        with_usage: bool = False,
        with_comments: bool = True,
    ) -> None:
        self.finished: Finished | None = None
        self.notices: list[str] = []
        self._is_open = not is_chat  # a text_completion has no first chunk that says who speaks
        self._fields = head.fields(CHUNK if is_chat else TEXT)
        self._is_chat = is_chat
        self._with_usage = with_usage
        self._with_comments = with_comments
        self._splitter = ThinkingSplitter() if is_chat and parts_thought else None
        self._said = self._around("content" if is_chat else "text")
        self._thought = self._around("reasoning_content")

    def receive(self, events: Sequence[Event]) -> bytes:
        """What a batch of events adds to the stream, in one piece; a ``Finished`` is kept for ``ending``."""
        pieces: list[str] = []
        for event in events:
            if isinstance(event, TextDelta):
                self._text(event.text, pieces)
            elif isinstance(event, Finished):
                self.finished = event
            else:
                if isinstance(event, Notice):
                    self.notices.append(event.text)
                if self._with_comments:
                    pieces.append(f": {comment_of(event)}\n\n")
        return "".join(pieces).encode("utf-8", "replace")

    def ending(self, ending: Ending) -> bytes:
        """The rest of a complete answer: what was held back, why it ends, usage, the end mark."""
        pieces: list[str] = []
        if self._splitter is not None:
            self._write(*self._splitter.finish(), pieces)
        self._open(pieces)
        choice: dict[str, object] = {"delta": {}} if self._is_chat else {"text": ""}
        choice["finish_reason"] = finish_reason(ending.finished.reason)
        pieces.append(self._chunk(choice, about(ending)))
        if self._with_usage:
            pieces.append(_data(self._fields | {"choices": [], "usage": usage_of(ending)}))
        return "".join(pieces).encode("ascii") + DONE

    def _text(self, text: str, pieces: list[str]) -> None:
        text = without_surrogates(text)
        if self._splitter is None:
            self._write("", text, pieces)
        else:
            self._write(*self._splitter.receive(text), pieces)

    def _open(self, pieces: list[str]) -> None:
        """The first chunk comes with the first text: clients take it for the first token."""
        if not self._is_open:
            self._is_open = True
            pieces.append(self._chunk({"delta": {"role": "assistant", "content": ""}, "finish_reason": None}))

    def _write(self, thought: str, said: str, pieces: list[str]) -> None:
        if thought or said:
            self._open(pieces)
        if thought:
            before, after = self._thought
            pieces.append(f"{before}{_escaped(thought)}{after}")
        if said:
            before, after = self._said
            pieces.append(f"{before}{_escaped(said)}{after}")

    def _around(self, name: str) -> tuple[str, str]:
        """What stands before and after the text of a chunk."""
        fields = json.dumps(self._fields, separators=(",", ":"))[:-1]
        usage = ',"usage":null' if self._with_usage else ""
        before, after = (f'"delta":{{"{name}":', "}") if self._is_chat else (f'"{name}":', "")
        return (
            f'data: {fields},"choices":[{{"index":0,{before}',
            f'{after},"logprobs":null,"finish_reason":null}}]{usage}}}\n\n',
        )

    def _chunk(self, choice: dict[str, object], axchat: dict[str, object] | None = None) -> str:
        fields: dict[str, object] = {"choices": [{"index": 0} | choice | {"logprobs": None}]}
        if self._with_usage:
            fields["usage"] = None
        if axchat is not None:
            fields["axchat"] = axchat
        return _data(self._fields | fields)


def comment_of(event: Queued | LoadProgress | PromptEstimate | Notice) -> str:
    """What a waiting client may be told, on one line."""
    match event:
        case Queued(position=position, wait_s=wait_s):
            return f"queued {position}{_about_s(wait_s)}"
        case LoadProgress(is_over=True):
            return "loaded"
        case LoadProgress(done=done, total=total, remaining_s=remaining_s):
            percent = f" {100 * done // total} %" if total > 0 else ""
            return f"loading{percent}{_about_s(remaining_s)}"
        case PromptEstimate(tokens=tokens, cached_tokens=cached, seconds=seconds):
            return f"reading {tokens - cached} tokens{_about_s(seconds)}"
        case Notice(text=text):
            return "notice: " + " ".join(text.split())


def error_event(body: dict[str, object]) -> bytes:
    """The end of a stream that fails after its head was sent: the error, then the end mark."""
    return _data(body).encode("ascii") + DONE


def _about_s(seconds: float | None) -> str:
    return "" if seconds is None else f", about {max(1, round(seconds))} s"


def _data(value: object) -> str:
    return f"data: {json.dumps(value, separators=(',', ':'))}\n\n"
