"""A program that chats with a scripted engine; started by tests on a real terminal or with pipes.

Its one argument is JSON, or ``@`` and a file of it: ``history`` (path), and optionally ``answers`` (lists of
tokens; without it the answer names all messages the engine was sent), ``token_s``, ``stop_s``,
``load_steps``, ``load_s``, ``system``, ``history_capable``, ``stays_loaded``, ``tell_cancel`` (a FIFO that
gets a line when it is cancelled), ``fault_at`` (the first answer fails after so many tokens),
``first_token_s``, ``thoughts``, ``is_vi``, ``store`` (path of the conversations),
``continues`` (the last one), ``notices`` (the engine has something to say), ``is_quiet``,
``forgets`` (the engine does not keep the requests).
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from axchat.chat.conversation import Conversation
from axchat.chat.recorder import NoRecorder, Recorder
from axchat.chat.store_recorder import StoreRecorder
from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Request
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.errors import AxchatError, DeviceFailed
from axchat.events import Event, Notice
from axchat.repl.run import Manner, Streams, run_repl
from axchat.store.store import Store
from axchat.ui.answer import OutputClosed
from axchat.ui.thoughts import Thoughts


class TellingEngine(ScriptedEngine):
    """Says in a FIFO that it was asked to stop; ``os.write``, because a signal handler asks."""

    told_to = -1

    def cancel(self) -> None:
        """Stop, and say so."""
        super().cancel()
        os.write(self.told_to, b"cancel\n")


class NoticingEngine(ScriptedEngine):
    """Has something to say at its start."""

    def start(self, deadline: Deadline) -> Iterator[Event]:
        """Say it, and load."""
        yield Notice("context is short")
        yield from super().start(deadline)


def build(settings: dict[str, object]) -> ScriptedEngine:
    """The engine that the settings describe."""
    count = 0

    def answer(request: Request) -> Answer:
        nonlocal count
        count += 1
        if settings.get("forgets"):
            engine.requests.clear()
        scripted = settings.get("answers")
        seen = "|".join(f"{message.role[0]}:{message.text}" for message in request.messages)
        pieces = scripted[(count - 1) % len(scripted)] if isinstance(scripted, list) else [f"[{seen}]"]
        fault_at = settings.get("fault_at")
        if count == 1 and isinstance(fault_at, int):
            return Answer(pieces, DeviceFailed("the card\x1b[31m is dead", hint="axchat doctor"), fault_at)
        return Answer(pieces)

    capabilities = Capabilities(
        history=bool(settings.get("history_capable", True)),
        stays_loaded=bool(settings.get("stays_loaded", True)),
        sampling=frozenset({"max_tokens"}),
    )
    engine = _kind(settings)(
        answer,
        capabilities=capabilities,
        load_steps=int(str(settings.get("load_steps", 1))),
        load_s=float(str(settings.get("load_s", 0.0))),
        first_token_s=float(str(settings.get("first_token_s", 0.0))),
        token_s=float(str(settings.get("token_s", 0.0))),
        stop_s=float(str(settings.get("stop_s", 0.0))),
    )
    if isinstance(engine, TellingEngine):
        engine.told_to = os.open(str(settings["tell_cancel"]), os.O_WRONLY)
    return engine


def _kind(settings: dict[str, object]) -> type[ScriptedEngine]:
    if settings.get("tell_cancel"):
        return TellingEngine
    return NoticingEngine if settings.get("notices") else ScriptedEngine


def begun(settings: dict[str, object]) -> tuple[Conversation, Recorder]:
    """The conversation that the settings mean, and what keeps it."""
    system = settings.get("system")
    conversation = Conversation(None if system is None else str(system))
    if "store" not in settings:
        return conversation, NoRecorder()
    path = Path(str(settings["store"]))
    recorder = StoreRecorder(lambda _patience_s: Store(path), lambda *_: "not stored anywhere")
    if settings.get("continues"):
        conversation = recorder.resume(None)
        recorder.release()
    return conversation, recorder


def main() -> int:
    """Chat; exit statuses as the command line gives them."""
    told = sys.argv[1]
    settings = json.loads(Path(told[1:]).read_text() if told.startswith("@") else told)
    try:
        conversation, recorder = begun(settings)
        return run_repl(
            build(settings),
            conversation,
            recorder,
            Streams(sys.stdin, sys.stdout, sys.stderr, is_dumb=os.environ.get("TERM") == "dumb"),
            Manner(
                Path(settings["history"]),
                thoughts=Thoughts(settings.get("thoughts", "hide")),
                is_vi=bool(settings.get("is_vi")),
                is_quiet=bool(settings.get("is_quiet")),
            ),
        )
    except AxchatError as error:
        print(f"{error.id}: {error.message} ({error.hint})", file=sys.stderr)
        return error.exit_status
    except OutputClosed:
        return 99
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
