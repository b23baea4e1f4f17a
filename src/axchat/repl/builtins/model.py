"""Commands on the model and the card it is on."""

from axchat.engines.base import Engine
from axchat.errors import UsageError
from axchat.repl.commands import Chat, CommandTable
from axchat.repl.extracts import counted
from axchat.repl.settings import without_unable
from axchat.repl.suggest import Completes

COMMANDS = CommandTable("model")

_LISTED = 20


@COMMANDS.command(
    "model",
    argument="[NAME]",
    summary="show the model, or go on with another",
    details="NAME is a model's name, directory or file. The conversation is kept.\n"
    "Values that the other engine cannot set are left to the model, and named.",
    completes=Completes.MODEL,
)
def change_model(chat: Chat, argument: str) -> None:
    """What answers."""
    if not argument:
        chat.tell(f"{chat.engine.model} ({chat.engine.name})")
        names = chat.lent.models()
        if names:
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            chat.tell(f"/model NAME opens another: {', '.join(names[:_LISTED])}{more}")
        return
    if chat.lent.open_model is None:
        raise UsageError("another model cannot be opened in this chat", hint="axchat chat -m NAME")
    chat.use_engine(chat.lent.open_model(argument))
    chat.tell(f"now talking with {chat.engine.model} ({chat.engine.name})")
    _fit(chat, chat.engine)


def _fit(chat: Chat, engine: Engine) -> None:
    """Take out what the engine would refuse, and name what only the user can."""
    able = engine.capabilities
    kept = without_unable(chat.sampling, able)
    gone = sorted(chat.sampling.chosen().keys() - kept.chosen().keys())
    if gone:
        chat.sampling = kept
        chat.tell(f"the {engine.name} engine cannot set {', '.join(gone)}: left to the model")
    if chat.think is not None and not able.think:
        chat.think = None
        chat.tell(f"the {engine.name} engine cannot set think: left to the model")
    if chat.conversation.system is not None and not able.system:
        chat.tell(f"the {engine.name} engine cannot take the system prompt; /system off removes it")
    if not able.images:
        if any(message.images for message in chat.attached):
            chat.tell("it cannot take the attached images; /image clear takes them back")
        seen = sum(bool(exchange.user.images) for exchange in chat.conversation.seen)
        if seen:
            chat.tell(f"it cannot take the images of {counted(seen, 'earlier message')}; /new leaves them")


@COMMANDS.command(
    "stop",
    summary="stop the answer; otherwise unload the model",
    details="While an answer comes it stops it, as Ctrl-C does.\n"
    "Otherwise it takes the model off the card, as axchat stop does; the next message loads it again.",
    during_answer=True,
)
def stop(chat: Chat, _argument: str) -> None:
    """Free the card, or at least the model's tongue."""
    if chat.is_answering:
        chat.stop_answer()
        return
    if chat.lent.unload is None:
        raise UsageError(
            "the model is loaded for this chat only, and goes with it", hint="/quit ends the chat"
        )
    chat.tell(chat.lent.unload())
