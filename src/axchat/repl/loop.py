"""The chat on a terminal: the input line in the main thread, the session in one of its own."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from axchat.deadline import Deadline
from axchat.repl.builtins import TABLE
from axchat.repl.completer import completer
from axchat.repl.display import Display
from axchat.repl.editor import Editor
from axchat.repl.introduction import introduction
from axchat.repl.keyboard import typing_unseen
from axchat.repl.keys import Hands, Typed
from axchat.repl.prompt_history import open_history
from axchat.repl.run import Manner, Streams
from axchat.repl.session import ChatSession
from axchat.repl.terminal_display import TerminalDisplay
from axchat.ui.answer import AnswerWriter, OutputClosed
from axchat.ui.rendering import import_ahead, new_rows

STOP_PATIENCE_S = 10.0
"""For an engine to end what it is doing when the chat ends; then its processes are ended under it."""

HURRY_S = 0.5
"""The same for somebody who pressed Ctrl-C twice."""


class Conversing:
    """Holds together the keys, the display and the session; see ``converse``."""

    def __init__(
        self,
        new_session: Callable[[Display], ChatSession],
        streams: Streams,
        manner: Manner,
        clock: Callable[[], float],
    ) -> None:
        screen = streams.screen
        assert screen is not None, "somebody looks on"
        answers = None if screen is streams.stdout else AnswerWriter(streams.stdout.buffer, is_terminal=False)
        self._display = TerminalDisplay(
            lambda thoughts: new_rows(thoughts, is_plain=streams.is_plain, clock=clock),
            answers=answers,
            is_plain=streams.is_plain,
            clock=clock,
        )
        self._session = new_session(self._display)
        self._is_plain = streams.is_plain
        self._deadline = Deadline(manner.answer_timeout_s, clock)
        self._inbox: SimpleQueue[Typed | None] = SimpleQueue()
        self._may_quit = False
        self._is_stopping = False
        self._is_loaded = False
        self._failure: BaseException | None = None
        hands = Hands(
            self._send,
            self._interrupt,
            self._leave,
            self._display.toolbar,
            lambda: self._display.is_busy,
        )
        self._editor = Editor(
            hands,
            open_history(manner.history_path, self._display.tell),
            stdin=streams.stdin,
            screen=screen,
            completer=completer(TABLE, manner.lent),
            is_vi=manner.is_vi,
        )
        self._display.attach(self._editor)
        self._thread = threading.Thread(target=self._lead, name="chat", daemon=True)

    def run(self) -> None:
        """Until the user leaves, or the session cannot go on; raises what ended it."""
        try:
            self._editor.app.run(pre_run=self._begin, handle_sigint=True)
        except EOFError:  # of the terminal, which is gone
            self._failure = OutputClosed("the terminal is gone")
        finally:
            self._end()
            self._display.flush()
        failure = self._display.failure or self._failure
        if failure is not None:
            raise failure

    # In the terminal's thread.

    def _begin(self) -> None:
        self._display.begin_work()  # the load
        self._thread.start()
        self._display.drain()

    def _send(self, typed: Typed) -> None:
        self._may_quit = False
        if self._display.is_asking:
            self._display.reply(typed.text)
        elif self._display.is_busy and self._session.stops_with(typed.text, is_literal=typed.is_pasted):
            self._stop()
        else:
            if not self._display.is_busy:
                self._is_stopping = False
                self._session.allow()
                self._display.begin_work()
            self._inbox.put(typed)

    def _interrupt(self, had_draft: bool) -> None:
        if self._display.is_asking:
            self._display.reply(None)
        elif self._display.is_busy:
            if self._is_stopping or not self._is_loaded:
                self._failure = KeyboardInterrupt()
                self._editor.app.exit()
                return
            self._stop()
        elif self._may_quit and not had_draft:
            self._leave()
        else:
            self._may_quit = True
            self._display.tell("Ctrl-C again, or Ctrl-D, quits")

    def _stop(self) -> None:
        """Stop the answer; what was sent and waits comes back to the input line."""
        self._is_stopping = True
        self._display.status("stopping")
        if waiting := self._taken_back():
            self._editor.put_draft("\n".join(waiting))
        self._session.stop()

    def _taken_back(self) -> list[str]:
        """What was sent and waits; it is not asked any more."""
        waiting: list[str] = []
        while True:
            try:
                typed = self._inbox.get_nowait()
            except Empty:
                return waiting
            if typed is not None:
                waiting.append(typed.text)

    def _leave(self) -> None:
        if self._editor.app.is_running and not self._editor.app.is_done:
            self._editor.app.exit()

    def _end(self) -> None:
        """No thread and no process is left."""
        self._editor.keep_draft()
        self._taken_back()
        self._inbox.put(None)
        if self._thread.ident is None:
            return
        self._display.end()
        if self._display.is_busy:
            self._session.stop()
        self._thread.join(HURRY_S if isinstance(self._failure, KeyboardInterrupt) else STOP_PATIENCE_S)
        if self._thread.is_alive():
            self._session.engine.close()

    # In the session's thread.

    def _lead(self) -> None:
        """Load, then take one message after the other."""
        session = self._session
        try:
            session.start(self._deadline)
            self._is_loaded = True
            import_ahead(is_plain=self._is_plain)
            self._display.work(False)
            for text in introduction(session):
                session.tell(text)
            while not session.is_over:
                typed = self._inbox.get()
                if typed is None:
                    break
                self._is_stopping = False
                self._display.work(True)
                session.handle(typed.text, is_literal=typed.is_pasted)
                self._display.work(False)
        except BaseException as error:  # noqa: BLE001  of a thread: it is raised in the main one
            self._failure = self._failure or error
        finally:
            session.engine.close()
            session.recorder.close()
            self._editor.soon(self._leave)


def converse(
    new_session: Callable[[Display], ChatSession],
    streams: Streams,
    manner: Manner,
    *,
    clock: Callable[[], float],
) -> int:
    """Prompt and answer until the user quits; gives the exit status, 0. It raises what ``run_repl`` does."""
    with typing_unseen(streams.stdin.fileno()):
        Conversing(new_session, streams, manner, clock).run()
    return 0
