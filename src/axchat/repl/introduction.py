"""What a chat tells before the first message: who answers, and what this engine cannot do."""

from axchat.engines.base import Capabilities
from axchat.repl.session import ChatSession


def introduction(session: ChatSession, *, with_name: bool = True) -> list[str]:
    """Who answers, where help is, what to know before the first message; nothing if quiet."""
    engine = session.engine
    if session.is_quiet:
        return []
    if not with_name:
        return caveats(engine.capabilities)
    about = f"{engine.model} ({engine.name}); /help lists commands and keys"
    turns = len(session.conversation.exchanges)
    count = f"{turns} turn" + ("" if turns == 1 else "s")
    begun = f"going on with {session.recorder.title} ({count}); /history shows them"
    return [about, *([begun] if turns else []), *caveats(engine.capabilities)]


def caveats(capabilities: Capabilities) -> list[str]:
    """What a user of such an engine has to know before the first message."""
    told = []
    if not capabilities.stays_loaded:
        told.append("every message loads the model again with this engine")
    if not capabilities.history:
        told.append("the model sees only the message you send, not the earlier ones, with this engine")
    return told
