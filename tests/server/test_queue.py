"""The fair queue, as values."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from axchat.server.queue import FairQueue


def filled(*clients: str) -> FairQueue[str]:
    """A queue with one item per name, called ``name1``, ``name2`` and so on."""
    queue: FairQueue[str] = FairQueue()
    seen: dict[str, int] = {}
    for client in clients:
        seen[client] = seen.get(client, 0) + 1
        queue.add(client, f"{client}{seen[client]}")
    return queue


def drained(queue: FairQueue[str]) -> list[str]:
    """Everything, in the order of ``take``."""
    taken = []
    while (item := queue.take()) is not None:
        taken.append(item)
    return taken


def test_a_client_that_asks_for_much_waits_behind_his_own_requests() -> None:
    """Clients take turns, whoever came first; within a client, order is kept."""
    assert drained(filled("a", "a", "a", "b", "c", "b")) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_client_that_was_served_and_comes_again_goes_to_the_end() -> None:
    """Asking again at once does not get ahead of those that wait."""
    queue = filled("a", "b")
    assert queue.take() == "a1"
    queue.add("a", "a2")
    assert drained(queue) == ["b1", "a2"]


@given(st.lists(st.sampled_from("abcd")))
def test_the_order_told_is_the_order_taken(clients: list[str]) -> None:
    """What waiters are told of their position is what happens."""
    queue = filled(*clients)
    told = queue.order()
    assert len(queue) == len(told)
    assert drained(queue) == told


@given(st.lists(st.sampled_from("abcd"), min_size=1), st.data())
def test_who_leaves_is_gone_and_nobody_else(clients: list[str], data: st.DataObject) -> None:
    """Removing one item leaves all others, once each."""
    queue = filled(*clients)
    leaving = data.draw(st.sampled_from(queue.order()))
    rest = sorted(item for item in queue.order() if item != leaving)
    assert queue.remove(leaving)
    assert not queue.remove(leaving)
    assert sorted(drained(queue)) == rest


@given(st.lists(st.sampled_from("abcd")))
def test_nobody_is_served_twice_while_somebody_waits_who_was_not_served(clients: list[str]) -> None:
    """Between two turns of a client, every other that waits has one."""
    taken = [item[0] for item in drained(filled(*clients))]
    for client in set(taken):
        turns = [index for index, name in enumerate(taken) if name == client]
        for one, next_one in itertools.pairwise(turns):
            assert set(taken[next_one:]) - {client} <= set(taken[one:next_one])
