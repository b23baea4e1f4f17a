"""Ollama's lists of models from what we know of them; what is not known is empty or left out. Pure.

Facts: ollama/ollama api/types.go (``ListModelResponse``, ``ProcessModelResponse``, ``ShowResponse``).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from axchat.engines.base import Capabilities
from axchat.server.model_facts import ModelFacts
from axchat.server.status import Status
from axchat.wire.holder import ModelSpec
from axchat.wire.ollama import listed_name
from axchat.wire.ollama_answer import time_text

FOR_EVER = timedelta(microseconds=(2**63 - 1) // 1000)
"""How far away Ollama puts the end of a model that stays for ever: Go's longest duration, 292 years."""


def listed(name: str, facts: ModelFacts) -> dict[str, Any]:
    """One entry of ``/api/tags``."""
    return _known(
        name=listed_name(name),
        model=listed_name(name),
        modified_at=None if facts.modified_at is None else time_text(facts.modified_at),
        size=facts.size,
        digest=facts.digest,
        details=_details(facts),
    )


def running(status: Status, name: str, spec: ModelSpec, facts: ModelFacts, now: datetime) -> dict[str, Any]:
    """One entry of ``/api/ps``: the loaded model, by the name that ``/api/tags`` has first.

    ``size`` is that of its files. The CPU engine takes no memory of a card; what an NPU's runner takes is
    not told.
    """
    return _known(
        name=listed_name(name),
        model=listed_name(name),
        size=facts.size,
        digest=facts.digest,
        details=_details(facts),
        expires_at=_expiry(status, now),
        size_vram=0 if spec.engine == "cpu" else None,
        context_length=facts.context_tokens,
    )


def shown(facts: ModelFacts, able: Capabilities | None) -> dict[str, Any]:
    """The answer of ``/api/show``; ``able`` where the model is loaded, None where it is not.

    That a model takes pictures is only known once it is loaded.
    """
    return _known(
        modelfile="",
        parameters="",
        template="",
        license=facts.values.get("general.license"),
        details=_details(facts),
        model_info=dict(facts.values),
        capabilities=["completion", *(["vision"] if able is not None and able.images else [])],
        modified_at=None if facts.modified_at is None else time_text(facts.modified_at),
    )


def _details(facts: ModelFacts) -> dict[str, Any]:
    family = facts.gguf.architecture or ""
    return {
        "parent_model": "",
        "format": facts.format,
        "family": family,
        "families": [family] if family else [],
        "parameter_size": facts.gguf.size_label or "",
        "quantization_level": facts.gguf.quantization or "",
    }


def _expiry(status: Status, now: datetime) -> str | None:
    """When it is unloaded; not known while it is in use, because the time begins at the end of that."""
    if status.expires_at is not None:
        return time_text(datetime.fromtimestamp(status.expires_at, UTC))
    return None if status.is_busy else time_text(now + FOR_EVER)


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
