"""Commands on the conversations that are kept."""

from axchat.repl.commands import CommandTable

COMMANDS = CommandTable("conversations")
