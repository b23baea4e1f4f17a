"""axchat's own tokenizer service for a model directory, also at the address that a run script names."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from axchat.engines.base import Capabilities
from axchat.engines.context_cache import ContextCache
from axchat.engines.owned_conversation import OwnedConversation
from axchat.errors import ModelError
from axchat.events import Event, Level, Notice
from axchat.modeldir.eras import has_tokenizer_json
from axchat.tokenizer import huggingface
from axchat.tokenizer.chat_prompt import ChatPrompts
from axchat.tokenizer.lifecycle import Address
from axchat.tokenizer.service import TokenizerService
from axchat.tokenizer.vision import encode_with_image

OWN_TOKENIZER = Capabilities(sampling=frozenset({"max_tokens", "stop"}), stays_loaded=False)
"""A script whose tokenizer is axchat's own service."""

OTHERS_TOKENIZER = Capabilities(
    history=False,
    system=False,
    stays_loaded=False,
    exact_counts=False,
    lacks="the model's tokenizer.json in its directory",
)
"""A script whose tokenizer is somebody else's server."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, slots=True)
class OwnTokenizer:
    """The running service and what turns requests into prompts for it; ``close`` ends both."""

    service: TokenizerService
    prompts: ChatPrompts
    conversation: OwnedConversation

    @property
    def url(self) -> str:
        """Where a runner calls it."""
        host, port = self.service.address
        return f"http://{host}:{port}"

    def close(self) -> None:
        """End the service and the process that renders templates."""
        self.service.close()
        self.prompts.close()


def own_tokenizer(
    folder: Path,
    *,
    port: int = 0,
    is_stateful: bool = False,
    history_tokens: int | None = None,
    vision: Address | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> OwnTokenizer:
    """Start the service for a model directory.

    Args:
        folder: the model directory.
        port: 0 takes a free one.
        is_stateful: the runner keeps its cache between turns.
        history_tokens: see ``OwnedConversation``.
        vision: of a vision model, where its own tokenizer server encodes prompts with pictures.
        clock: seconds, monotonic.

    Raises:
        ModelError: the directory has no tokenizer that can be read.
        OSError: the port cannot be had.
    """
    tokenizer = huggingface.load(folder)
    service = TokenizerService(bos_id=tokenizer.bos_id, eos_id=tokenizer.eos_id, port=port)
    prompts = ChatPrompts(
        tokenizer, tokenizer.template, bos_token=tokenizer.bos_token, eos_token=tokenizer.eos_token
    )
    conversation = OwnedConversation(
        tokenizer,
        prompts,
        service,
        cache=ContextCache() if is_stateful else None,
        history_tokens=history_tokens,
        with_image=None if vision is None else partial(encode_with_image, vision),
        clock=clock,
    )
    prompts.prepare()
    return OwnTokenizer(service, prompts, conversation)


def open_at(folder: Path, address: Address) -> tuple[OwnTokenizer | None, list[Event]]:
    """The service at this address, or None where it cannot stand in; and what the user should know.

    Args:
        folder: the model directory.
        address: where the run script's runner will ask.
    """
    if address.host not in _LOOPBACK or not has_tokenizer_json(folder):
        return None, []
    try:
        return own_tokenizer(folder, port=address.port), []
    except ModelError as error:
        text = f"axchat's own tokenizer service cannot serve it: {error.message}"
        return None, [Notice(text, Level.WARNING)]
    except OSError:
        text = (
            f"something listens at {address}, the script's tokenizer address, and is used as it is: "
            "one line a prompt, no history, no system prompt, and characters may arrive torn"
        )
        return None, [Notice(text)]
