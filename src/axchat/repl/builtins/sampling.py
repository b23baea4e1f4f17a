"""Commands on how answers are sampled and how thoughts are shown."""

from axchat.errors import UsageError
from axchat.repl import settings
from axchat.repl.commands import Chat, CommandTable
from axchat.repl.suggest import Completes
from axchat.ui.thoughts import Thoughts

COMMANDS = CommandTable("settings")

_THINK_WIDTH = max(map(len, settings.NAMES))


@COMMANDS.command(
    "set",
    argument="[NAME [VALUE]]",
    summary="show or set how answers are sampled",
    details="\n".join(
        [
            *(f"{one.name:<{_THINK_WIDTH}}  {one.wanted}; {one.meaning}" for one in settings.SETTINGS),
            f"{'think':<{_THINK_WIDTH}}  on, off or auto; whether the model is asked to think first",
            "/set NAME off leaves a value to the model.",
            "A value holds from the next message on, until the chat ends.",
        ]
    ),
    completes=Completes.SETTING,
)
def set_value(chat: Chat, argument: str) -> None:
    """List, show or change values."""
    able, engine = chat.engine.capabilities, chat.engine.name
    name, text = (*argument.split(maxsplit=1), "", "")[:2]
    listing = [*settings.listing(chat.sampling, able, engine), _think_line(chat)]
    if not name:
        chat.tell("\n".join(listing))
        return
    if name.lower() == "think":
        _set_think(chat, text)
        return
    setting = settings.setting_of(name)
    if text:
        chat.sampling = settings.changed(chat.sampling, setting, text, able, engine)
        listing = settings.listing(chat.sampling, able, engine)
    chat.tell(next(line for line in listing if line.split()[0] == setting.name))
    if text and setting.name in able.reloads:
        chat.tell("the next message loads the model again, with this value")


def _think_line(chat: Chat) -> str:
    word = next(word for word, value in settings.THINK_WORDS.items() if value is chat.think)
    said = "left to the model" if word == "auto" else word
    if not chat.engine.capabilities.think:
        said = f"the {chat.engine.name} engine cannot set it"
    return f"{'think':<{_THINK_WIDTH}}  {said}  (whether the model thinks first)"


def _set_think(chat: Chat, text: str) -> None:
    if text and text.lower() not in settings.THINK_WORDS:
        raise UsageError(f"think is on, off or auto, not {text}", hint="/think sets how thoughts are shown")
    if text:
        wanted = settings.THINK_WORDS[text.lower()]
        if wanted is not None and not chat.engine.capabilities.think:
            raise UsageError(
                f"the {chat.engine.name} engine cannot set think with this model",
                hint="/think hide folds what it thinks",
            )
        chat.think = wanted
    chat.tell(_think_line(chat))


@COMMANDS.command(
    "think",
    argument="[show|hide|off]",
    summary="show what the model thinks, fold it, or leave it out",
    details="show  dimmed, as it comes\n"
    "hide  one line with the time it took\n"
    "off   nothing of it\n"
    "This is how thoughts are shown; they are kept all the same. /set think off asks the model not to think.",
    words=tuple(Thoughts),
)
def show_thoughts(chat: Chat, argument: str) -> None:
    """How thoughts are shown from now on."""
    if argument:
        try:
            chat.thoughts = Thoughts(argument.lower())
        except ValueError:
            raise UsageError(
                f"/think takes {', '.join(Thoughts)}, not {argument}",
                hint="/set think on asks the model to think",
            ) from None
    chat.tell(f"thoughts: {chat.thoughts}")
