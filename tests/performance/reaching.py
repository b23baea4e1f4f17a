"""The client of a holder, in this process."""

from pathlib import Path

from axchat.attach.place import connect
from axchat.deadline import Deadline
from axchat.engines.attached import AttachedEngine
from axchat.wire.holder import ModelSpec


def attached(socket: Path, spec: ModelSpec) -> AttachedEngine:
    """An engine that asks the holder at a socket, which must be there."""

    def reach(_deadline: Deadline, _on_start: object) -> object:
        return connect(socket)

    return AttachedEngine(spec, reach, client="bench")  # type: ignore[arg-type]
