"""The commands that every chat has."""

from axchat.repl.commands import Chat, CommandTable

TABLE = CommandTable()

KEYS = (
    ("//text", "say /text"),
    ("Enter", "send"),
    ("Alt-Enter, Ctrl-J", "new line"),
    ("Ctrl-C", "stop the answer; clear the line; twice: quit"),
    ("Ctrl-D", "quit"),
)


@TABLE.command("help", summary="show this list")
def show_help(chat: Chat, _argument: str) -> None:
    """All commands and keys."""
    chat.tell(TABLE.help_text(KEYS))


@TABLE.command("new", summary="forget the conversation and start a new one")
def start_anew(chat: Chat, _argument: str) -> None:
    """An empty conversation with the same system prompt."""
    was_empty = chat.conversation.is_empty
    chat.conversation.clear()
    chat.tell(
        "nothing was said yet" if was_empty else "new conversation; the model sees nothing of the old one"
    )


@TABLE.command("quit", "exit", summary="end the chat")
def quit_chat(chat: Chat, _argument: str) -> None:
    """The end."""
    chat.is_over = True
