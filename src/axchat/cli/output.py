"""Results on stdout, other than answers."""

from axchat.cli.context import AppContext
from axchat.ui.answer import AnswerWriter


def say(context: AppContext, text: object) -> None:
    """Write a result and end its line.

    Raises:
        OutputClosed: the reader of stdout has gone.
        UsageError: stdout is closed.
        AxchatError: it cannot be written.
    """
    writer = AnswerWriter(context.answer_stream(), is_terminal=context.stdout_is_terminal)
    writer.write(str(text))
    writer.finish()
