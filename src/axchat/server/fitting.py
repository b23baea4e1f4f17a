"""What of a request's sampling reaches the loaded model, and what has to be told instead. Pure."""

from collections.abc import Mapping
from typing import Any

from axchat.engines.base import Capabilities
from axchat.messages import Sampling


def fitted(
    sampling: Sampling,
    able: Capabilities,
    loaded_with: Mapping[str, object],
    *,
    allows_reload: bool,
    is_lenient: bool,
) -> tuple[Sampling, tuple[str, ...]]:
    """The sampling to generate with, and the names of chosen values that it does not have.

    Args:
        sampling: what the request chose.
        able: of the engine.
        loaded_with: the values that were read at the load, by name (``Capabilities.reloads``).
        allows_reload: pass such a value on although the engine then loads the model again.
        is_lenient: leave out what the engine does not have; else it stays, for the engine to refuse.
    """
    chosen: dict[str, Any] = sampling.chosen()
    ignored = []
    for name in sampling.chosen():
        is_unable = name not in able.sampling and is_lenient
        is_costly = name in able.reloads and not allows_reload and chosen[name] != loaded_with.get(name)
        if is_unable or is_costly:
            ignored.append(name)
            chosen[name] = None
    if not allows_reload or not able.reloads & chosen.keys():
        # a value that nobody chose stays as loaded: leaving it out would ask for the load's own default
        chosen.update(loaded_with)
    return Sampling(**chosen), tuple(ignored)


def reload_values(sampling: Sampling, able: Capabilities) -> dict[str, object]:
    """The chosen values that are read at a load."""
    return {name: value for name, value in sampling.chosen().items() if name in able.reloads}


def kept_values(sampling: Sampling, able: Capabilities, loaded_with: Mapping[str, object]) -> str | None:
    """What to tell of the values that the model was loaded with; None where the request chose of them."""
    if not loaded_with or reload_values(sampling, able):
        return None
    return "sampling as the model was loaded: " + ", ".join(f"{k} {v}" for k, v in loaded_with.items())
