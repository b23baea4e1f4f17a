"""Work that ends with its client."""

import asyncio

import pytest
from starlette.types import Message

from axchat.server.client_gone import unless_gone


async def stays() -> Message:
    """A client that stays."""
    await asyncio.Event().wait()
    raise AssertionError


def test_work_is_done_for_a_client_that_stays() -> None:
    """The work runs to its end, and nobody listens afterwards."""
    done: list[str] = []

    async def work() -> None:
        done.append("work")

    async def run() -> set[asyncio.Task[None]]:
        await unless_gone(stays, work())
        return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}

    assert asyncio.run(run()) == set()
    assert done == ["work"]


def test_a_bug_in_the_work_is_not_hidden() -> None:
    """What the work raises is raised."""

    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(unless_gone(stays, work()))


def test_work_ends_with_its_client() -> None:
    """Work under way is cancelled, and may still tidy up before the call returns."""
    tidied: list[str] = []

    async def run() -> None:
        begun = asyncio.Event()

        async def work() -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                tidied.append("tidied")

        messages = iter([{"type": "http.request"}, {"type": "http.disconnect"}])

        async def goes() -> Message:
            await begun.wait()
            return next(messages)

        await unless_gone(goes, work())

    asyncio.run(run())
    assert tidied == ["tidied"]


def test_a_cancelled_caller_takes_its_work_along() -> None:
    """When the server itself cancels the call, the work ends too."""

    async def run() -> bool:
        begun, ended = asyncio.Event(), asyncio.Event()

        async def work() -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        call = asyncio.create_task(unless_gone(stays, work()))
        await begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        return ended.is_set()

    assert asyncio.run(run())
