"""The holder's status as text and JSON."""

import json
from collections.abc import Mapping
from typing import Any

from axchat.ui.escapes import for_terminal


def as_json(status: Mapping[str, Any] | None) -> str:
    """The status as one JSON object; ``null`` where no holder lives."""
    return json.dumps(status, ensure_ascii=False)


def as_text(status: Mapping[str, Any], *, now: float) -> str:
    """The status as lines of a name and a value.

    Args:
        status: as the holder's private route gives it.
        now: seconds of the wall clock.
    """
    rows = [("model", _model(status)), ("state", _state(status)), *_loaded(status, now)]
    rows += [
        ("queue", f"{status['queue']} waiting" if status["queue"] else "empty"),
        ("answered", str(status["answered"])),
        ("holder", _holder(status, now)),
    ]
    if status["error"]:
        rows.append(("last error", status["error"]["message"]))
    return "\n".join(f"{name + ':':<14}{for_terminal(value)}" for name, value in rows)


def _model(status: Mapping[str, Any]) -> str:
    spec = status["spec"]
    return "none loaded" if spec is None else f"{spec['name']} (engine {spec['engine']})"


def _state(status: Mapping[str, Any]) -> str:
    percent, left = status["load_percent"], status["load_left_s"]
    if status["state"] != "loading":
        return "answering" if status["is_busy"] and status["state"] == "ready" else str(status["state"])
    progress = "" if percent is None else f" {percent:.0f} %"
    return f"loading{progress}" + ("" if left is None else f", about {left:.0f} s left")


def _loaded(status: Mapping[str, Any], now: float) -> list[tuple[str, str]]:
    if status["since"] is None:
        return []
    rows = [("loaded", f"{ago(now - status['since'])} ago, in {status['load_s']:.1f} s")]
    if status["remaining_cmm_mib"] is not None:
        rows.append(("card memory", f"{status['remaining_cmm_mib']} MiB of CMM left"))
    expires = status["expires_at"]
    if expires is not None:
        rows.append(("unloads", f"in {ago(max(0.0, expires - now))} unless it is used"))
    elif not status["is_busy"]:
        rows.append(("unloads", "never (axchat stop)"))
    return rows


def _holder(status: Mapping[str, Any], now: float) -> str:
    kind = "in the background" if status["is_background"] else "axchat serve"
    return (
        f"pid {status['pid']}, {kind}, since {ago(now - status['started_at'])}, "
        f"axchat {status['version']}, card {status['device']}"
    )


def ago(seconds: float) -> str:
    """A time span for people: ``42 s``, ``4 min``, ``3 h 5 min``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
