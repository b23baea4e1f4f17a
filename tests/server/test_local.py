"""The private routes' answers, as an ASGI server calls them."""

import asyncio
from typing import Any

from starlette.types import Message

from axchat.server.local import AnswerLines


class Left:
    """An answer that notes that it was left."""

    is_closed = False

    def close(self) -> None:
        """See ``Answer``."""
        self.is_closed = True


def test_a_client_that_goes_before_the_first_line_ends_its_answer() -> None:
    """Nothing of the answer was begun, and yet its place in the queue is given up and forgotten."""
    answer, forgotten = Left(), []

    async def run() -> None:
        async def gone() -> Message:
            return {"type": "http.disconnect"}

        async def never(_: Message) -> None:
            await asyncio.Event().wait()

        lines: Any = AnswerLines(answer, lambda: forgotten.append(1))  # type: ignore[arg-type]
        await lines({"type": "http", "asgi": {"spec_version": "2.3"}}, gone, never)

    asyncio.run(run())
    assert (answer.is_closed, forgotten) == (True, [1])
