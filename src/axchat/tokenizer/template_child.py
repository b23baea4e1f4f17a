"""The parent's end of the template child: one order, one answer, or it is killed."""

import json
import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Mapping

from axchat.deadline import Deadline
from axchat.process.launch import child_environment

ANSWER_LIMIT_S = 10.0
"""More than the child allows a template, for its own start on a slow board."""


class TemplateFailed(Exception):
    """The template gave no text; says why."""


class TemplateChild:
    """A running child that renders; started before or with the first order, killed by one that fails it.

    Orders may come from several threads; they are rendered in turn.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the child, without waiting for it; does nothing when it runs.

        Raises:
            OSError: it cannot be started.
        """
        with self._lock:
            self._start()

    def _start(self) -> None:
        """Requires the lock."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "axchat.tokenizer.templates"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=child_environment(),
                start_new_session=True,
                bufsize=0,
            )

    def render(self, template: str, variables: Mapping[str, object]) -> str:
        """Return the rendered text.

        Raises:
            TemplateFailed: the template raised, ran too long, took too much memory or broke the child.
        """
        order = json.dumps({"template": template, "variables": dict(variables)}).encode("ascii") + b"\n"
        with self._lock:
            try:
                answer = json.loads(self._ask(order, Deadline(ANSWER_LIMIT_S)))
            except (OSError, ValueError) as error:
                self._end()
                raise TemplateFailed("it ran too long or broke the process that renders it") from error
        if "text" not in answer:
            raise TemplateFailed(str(answer.get("error")))
        return str(answer["text"])

    def close(self) -> None:
        """End the child, also one at work. May be called twice, and a later order starts another."""
        process = self._process
        if process is not None:
            process.kill()  # whoever waits for its answer is woken, and lets go of the lock
        with self._lock:
            self._end()

    def _end(self) -> None:
        """Requires the lock."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _ask(self, order: bytes, deadline: Deadline) -> bytes:
        """Requires the lock."""
        self._start()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        # The child reads an order whole before it writes, so this cannot wait for each other.
        rest = memoryview(order)
        while rest:
            rest = rest[process.stdin.write(rest) or 0 :]
        answer = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not answer.endswith(b"\n"):
                if not selector.select(deadline.left()):
                    raise OSError("no answer in time")
                piece = os.read(process.stdout.fileno(), 1024 * 1024)
                if not piece:
                    raise OSError("the child ended")
                answer += piece
        return answer
