"""Messages to the exact ids of a chat prompt, in which nothing that a message says is a control token.

Special spellings in a message are replaced by unguessable marks before the template sees it; the rendered
text is then split at the template's own tokens, as the vocabulary would, and the marks become ordinary
text again.
"""

import contextlib
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from axchat.messages import Message, Role
from axchat.tokenizer.base import Tokenizer
from axchat.tokenizer.template_child import TemplateChild, TemplateFailed

THINKING_SWITCH = "enable_thinking"
"""The variable by which published templates (Qwen3, SmolLM3) are told whether the model is to think."""

NO_TEMPLATE = "the model directory has no chat template; the built-in ChatML one is used"


@dataclass(frozen=True, slots=True)
class ChatPrompt:
    """The ids of a prompt; ``notice`` is what the user should know of how they were made, or None."""

    ids: tuple[int, ...]
    notice: str | None = None


def chatml(messages: Sequence[Message], *, add_generation_prompt: bool) -> str:
    """Return the messages in ChatML, the built-in template."""
    text = "".join(f"<|im_start|>{message.role}\n{message.text}<|im_end|>\n" for message in messages)
    return text + ("<|im_start|>assistant\n" if add_generation_prompt else "")


class ChatPrompts:
    """Renders the prompts of one model; ``close`` it.

    Args:
        tokenizer: the model's vocabulary.
        template: its chat template (Jinja), or None for ChatML.
        bos_token: what the template knows as ``bos_token``.
        eos_token: what the template knows as ``eos_token``.
    """

    def __init__(
        self, tokenizer: Tokenizer, template: str | None, *, bos_token: str = "", eos_token: str = ""
    ) -> None:
        self._tokenizer = tokenizer
        self._template = template
        self._specials = {"bos_token": bos_token, "eos_token": eos_token}
        self._child = TemplateChild()
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def can_think(self) -> bool:
        """Whether the template has a switch for thinking."""
        return self._template is not None and THINKING_SWITCH in self._template

    def prepare(self) -> None:
        """Start the process that renders, so that the first prompt does not wait for it."""
        if self._template is not None:
            with contextlib.suppress(OSError):  # the first prompt tries again, and says why it failed
                self._child.start()

    def close(self) -> None:
        """End the process that renders."""
        self._is_closed = True
        self._child.close()

    def render(
        self, messages: Sequence[Message], *, add_generation_prompt: bool = True, think: bool | None = None
    ) -> ChatPrompt:
        """Return the ids of the messages' prompt; ChatML's, with a notice, where the template fails.

        Args:
            messages: the conversation.
            add_generation_prompt: end with the beginning of an answer.
            think: what the template is told about thinking; None leaves it to the template.
        """
        marks: dict[str, str] = {}
        masked = [self._mask(message, marks) for message in messages]
        text, notice = self._text(masked, add_generation_prompt, think)
        return ChatPrompt(tuple(self._ids(text, marks)), notice)

    def count(self, messages: Sequence[Message], *, think: bool | None = None) -> int | None:
        """How many ids the messages' prompt has; None once this is closed. From any thread."""
        if self._is_closed:
            return None
        tokens = len(self.render(messages, think=think).ids)
        # one that was closed meanwhile has lost its template, and counted another prompt
        return None if self._is_closed else tokens

    def _text(
        self, messages: Sequence[Message], add_generation_prompt: bool, think: bool | None
    ) -> tuple[str, str | None]:
        failed = NO_TEMPLATE
        if self._template is not None:
            variables = {
                "messages": [{"role": str(m.role), "content": _valid(m.text)} for m in messages],
                "add_generation_prompt": add_generation_prompt,
                "tools": None,
                "documents": None,
                **self._specials,
            }
            if think is not None:
                variables[THINKING_SWITCH] = think
            try:
                return self._child.render(self._template, variables), None
            except TemplateFailed as error:
                failed = f"the model's chat template failed ({error}); the built-in ChatML one is used"
        return chatml(messages, add_generation_prompt=add_generation_prompt), failed

    def _mask(self, message: Message, marks: dict[str, str]) -> Message:
        # Templates take reasoning marks out of earlier answers, so an answer keeps those that are shown.
        wanted = self._tokenizer.special if message.role is Role.ASSISTANT else self._tokenizer.added
        if not wanted:
            return message

        def mark(found: re.Match[str]) -> str:
            name = f"\ue000{secrets.token_hex(16)}\ue001"
            marks[name] = found.group()
            return name

        return Message(message.role, _any_of(wanted).sub(mark, message.text))

    def _ids(self, text: str, marks: dict[str, str]) -> list[int]:
        added = self._tokenizer.added
        if not marks or not added:
            return self._tokenizer.encode(text)
        restore = _any_of(marks)
        ids: list[int] = []
        waiting = ""
        for piece in re.split(f"({_any_of(added).pattern})", text):
            if restore.search(piece) is None:
                waiting += piece
                continue
            ids += self._tokenizer.encode(waiting)
            ids += self._tokenizer.encode_plain(restore.sub(lambda found: marks[found.group()], piece))
            waiting = ""
        return ids + self._tokenizer.encode(waiting)


def _any_of(spellings: Collection[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(text) for text in sorted(spellings, key=len, reverse=True)))


def _valid(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
