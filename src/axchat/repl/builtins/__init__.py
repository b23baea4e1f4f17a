"""The commands that every chat has, in the order of the help: to add one, decorate a function in a topic."""

from axchat.repl.builtins import attach, keep, model, output, sampling, talk, tools
from axchat.repl.builtins.help import add_help
from axchat.repl.commands import CommandTable

TABLE = CommandTable()
add_help(TABLE)
for _topic in (talk, output, attach, keep, model, sampling, tools):
    TABLE.include(_topic.COMMANDS)
