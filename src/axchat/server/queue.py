"""The queue in front of a card: first come, first served within a client, in turn between clients. Pure."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Items of several clients; whoever asks for much waits behind his own requests only.

    A client that was served goes to the end of the ring; so does one that comes anew.
    """

    def __init__(self) -> None:
        self._ring: dict[str, deque[T]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._ring.values()))

    def add(self, client: str, item: T) -> None:
        """Put an item behind the client's others."""
        self._ring.setdefault(client, deque()).append(item)

    def take(self) -> T | None:
        """The next item, removed; None when there is none."""
        if not self._ring:
            return None
        client = next(iter(self._ring))
        waiting = self._ring.pop(client)
        item = waiting.popleft()
        if waiting:
            self._ring[client] = waiting
        return item

    def remove(self, item: T) -> bool:
        """Remove an item; whether it was there."""
        for client, waiting in self._ring.items():
            if item in waiting:
                waiting.remove(item)
                if not waiting:
                    del self._ring[client]
                return True
        return False

    def order(self) -> list[T]:
        """All items, in the order in which ``take`` would give them."""
        lanes = [list(waiting) for waiting in self._ring.values()]
        longest = max(map(len, lanes), default=0)
        return [lane[turn] for turn in range(longest) for lane in lanes if turn < len(lane)]
