"""axchat's own tokenizer service at the address that a run script names, where nobody else answers."""

from dataclasses import dataclass
from pathlib import Path

from axchat.engines.base import Capabilities
from axchat.engines.owned_conversation import OwnedConversation
from axchat.errors import ModelError
from axchat.events import Event, Level, Notice
from axchat.modeldir.eras import has_tokenizer_json
from axchat.tokenizer.base import Tokenizer
from axchat.tokenizer.huggingface import load_directory
from axchat.tokenizer.lifecycle import Address
from axchat.tokenizer.service import TokenizerService

OWN_TOKENIZER = Capabilities(sampling=frozenset({"max_tokens", "stop"}), stays_loaded=False)
"""A script whose tokenizer is axchat's own service."""

OTHERS_TOKENIZER = Capabilities(history=False, system=False, stays_loaded=False, exact_counts=False)
"""A script whose tokenizer is somebody else's server."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, slots=True)
class OwnTokenizer:
    """The service, and what turns requests into prompts for it."""

    service: TokenizerService
    conversation: OwnedConversation


def service_for(tokenizer: Tokenizer, port: int = 0) -> TokenizerService:
    """A running tokenizer service for a model; port 0 takes a free one.

    Raises:
        OSError: the port cannot be had.
    """
    return TokenizerService(bos_id=tokenizer.bos_id, eos_id=tokenizer.eos_id, port=port)


def open_own_tokenizer(folder: Path, address: Address) -> tuple[OwnTokenizer | None, list[Event]]:
    """The service at this address, or None where it cannot stand in; and what the user should know.

    Args:
        folder: the model directory.
        address: where the run script's runner will ask.
    """
    if address.host not in _LOOPBACK or not has_tokenizer_json(folder):
        return None, []
    try:
        loaded = load_directory(folder)
    except ModelError as error:
        return None, [Notice(f"axchat's own tokenizer service cannot serve it: {error.message}", Level.WARNING)]
    try:
        service = service_for(loaded.tokenizer, port=address.port)
    except OSError:
        text = (
            f"something listens at {address}, the script's tokenizer address, and is used as it is: "
            "one line a prompt, no history, no system prompt, and characters may arrive torn"
        )
        return None, [Notice(text)]
    conversation = OwnedConversation(loaded.tokenizer, loaded.chat_prompt, service)
    return OwnTokenizer(service, conversation), list(loaded.notices)
