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
    _use(chat, chat.lent.open_model(argument))


def _use(chat: Chat, engine: Engine) -> None:
    """Take out of the chat what the engine would refuse, or say what stands in its way.

    What a model in the holder can is known once it is loaded: that is looked at twice.
    """
    before = chat.sampling

    def fit() -> None:
        _refuse_what_was_said(chat, engine)
        chat.sampling = without_unable(before, engine.capabilities)

    _refuse_what_was_said(chat, engine)
    try:
        chat.use_engine(engine, fit)
    except BaseException:  # Ctrl-C too: the old engine goes on with its own
        chat.sampling = before
        raise
    chat.tell(f"now talking with {chat.engine.model} ({chat.engine.name})")
    gone = sorted(before.chosen().keys() - chat.sampling.chosen().keys())
    if chat.think is not None and not engine.capabilities.think:
        chat.think = None
        gone.append("think")
    if gone:
        chat.tell(f"the {engine.name} engine cannot set {', '.join(gone)}: left to the model")
    if any(message.images for message in chat.attached) and not engine.capabilities.images:
        chat.tell("it cannot take the attached images; /image clear takes them back")


def _refuse_what_was_said(chat: Chat, engine: Engine) -> None:
    able = engine.capabilities
    if chat.conversation.system is not None and not able.system:
        raise UsageError(
            f"the {engine.name} engine cannot take the system prompt", hint="/system off removes it"
        )
    seen = sum(bool(exchange.user.images) for exchange in chat.conversation.seen)
    if seen and not able.images:
        raise UsageError(
            f"the {engine.name} engine cannot take the images of {counted(seen, 'message')} with this model",
            hint="/new begins a conversation without them",
        )


@COMMANDS.command(
    "stop",
    summary="stop the answer; otherwise unload the model",
    details="While an answer comes it stops it, as Ctrl-C does.\n"
    "Otherwise it takes the model off the card, as axchat stop does; the next message loads it again.",
    during_answer=True,
)
def stop(chat: Chat, _argument: str) -> None:
    """Free the card; while an answer streams, the input line stops it instead."""
    if chat.lent.unload is None:
        raise UsageError(
            "the model is loaded for this chat only, and goes with it", hint="/quit ends the chat"
        )
    chat.tell(chat.lent.unload(chat.engine))
