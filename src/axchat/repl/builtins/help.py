"""``/help``, which is made from the table it stands in, and ``/quit``."""

from axchat.errors import UsageError
from axchat.repl.commands import Chat, CommandTable
from axchat.repl.input_line import nearest
from axchat.repl.suggest import Completes

KEYS = (
    ("//text", "say /text"),
    ('"""', "begin and end a message of several lines"),
    ("Enter", "send"),
    ("Alt-Enter, Ctrl-J", "new line"),
    ("Ctrl-R", "search what was typed before"),
    ("Ctrl-X Ctrl-E", "write the message in $EDITOR"),
    ("Ctrl-C", "stop the answer; clear the line; twice: quit"),
    ("Ctrl-Z", "back to the shell; fg comes back"),
    ("Ctrl-D", "quit"),
)


def add_help(table: CommandTable) -> None:
    """Put ``/help`` on ``table``, and ``/quit``."""

    @table.command(
        "help",
        "?",
        argument="[NAME]",
        summary="show this list, or more on one command",
        completes=Completes.COMMAND,
    )
    def show_help(chat: Chat, argument: str) -> None:
        """All commands and keys, or all that is known of one."""
        if not argument:
            chat.tell(table.help_text(KEYS))
            return
        name = argument.removeprefix("/").lower()
        command = table.find(name)
        if command is None:
            near = nearest(name, table.names)
            raise UsageError(
                f"there is no command /{name}",
                hint=f"did you mean /help {near}?" if near else "/help lists them",
            )
        waits = "It does not wait for the end of an answer." if command.during_answer else ""
        chat.tell("\n".join(filter(None, (command.usage, command.summary, command.details, waits))))

    @table.command("quit", "exit", "bye", summary="end the chat")
    def quit_chat(chat: Chat, _argument: str) -> None:
        """The end."""
        chat.is_over = True
