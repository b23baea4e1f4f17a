"""Lists of models have the fields that clients read; what is not known is empty or left out."""

from dataclasses import replace
from datetime import UTC, datetime

from ollama import ListResponse, ProcessResponse, ShowResponse

from axchat.engines.base import Capabilities
from axchat.modeldir.gguf import GgufFacts
from axchat.server.model_facts import ModelFacts
from axchat.server.schemas.ollama_models import listed, running, shown
from axchat.server.status import State, Status
from axchat.wire.holder import ModelSpec

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SPEC = ModelSpec("smollm2", "cpu", "/m/smollm2.gguf")
FACTS = ModelFacts(
    size=98_362_432,
    modified_at=NOW,
    digest="ab" * 32,
    format="gguf",
    gguf=GgufFacts("llama", "135M", "Q4_1", 8192, "SmolLM2"),
    values={"general.license": "apache-2.0", "llama.context_length": 8192},
    context_tokens=4096,
)
STATUS = Status(State.READY, SPEC, "smollm2.gguf", Capabilities(), expires_at=NOW.timestamp() + 300)


def test_a_listed_model() -> None:
    """All that /api/tags tells of a GGUF file."""
    assert listed("smollm2", FACTS) == {
        "name": "smollm2:latest",
        "model": "smollm2:latest",
        "modified_at": "2026-11-28T00:00:00Z",
        "size": 98_362_432,
        "digest": "ab" * 32,
        "details": {
            "parent_model": "",
            "format": "gguf",
            "family": "llama",
            "families": ["llama"],
            "parameter_size": "135M",
            "quantization_level": "Q4_1",
        },
    }


def test_an_unknown_model_has_empty_details() -> None:
    """Nothing is guessed from a name; a size that is not known is left out."""
    entry = listed("qwen3-1.7b-int4", ModelFacts())
    assert entry["details"] == dict.fromkeys(
        ["parent_model", "format", "family", "parameter_size", "quantization_level"], ""
    ) | {"families": []}
    assert entry.keys() == {"name", "model", "digest", "details"}


def test_a_running_model() -> None:
    """The loaded model has an end and, on the CPU, no memory of a card."""
    entry = running(STATUS, "smollm2", SPEC, FACTS, NOW)
    assert entry["expires_at"] == "2026-11-28T00:05:00Z"
    assert (entry["size_vram"], entry["context_length"]) == (0, 4096)


def test_the_end_of_a_model_in_use_is_not_known() -> None:
    """While it answers there is no end; a model that stays for ever ends in 292 years, as in Ollama."""
    for_ever = replace(STATUS, expires_at=None)
    assert running(for_ever, "smollm2", SPEC, FACTS, NOW)["expires_at"].startswith("2319-03-")
    assert "expires_at" not in running(replace(for_ever, is_busy=True), "smollm2", SPEC, FACTS, NOW)


def test_what_a_card_holds_is_not_told() -> None:
    """No runner says how much memory of the card it takes."""
    assert "size_vram" not in running(STATUS, "smollm2", replace(SPEC, engine="session"), FACTS, NOW)


def test_a_shown_model() -> None:
    """/api/show repeats the file's own values; pictures are known once the model is loaded."""
    entry = shown(FACTS, None)
    assert entry["model_info"] == FACTS.values
    assert entry["license"] == "apache-2.0"
    assert entry["capabilities"] == ["completion"]
    assert shown(FACTS, Capabilities(images=True))["capabilities"] == ["completion", "vision"]


def test_the_official_client_reads_them() -> None:
    """The types of the ollama package take full entries and empty ones."""
    for facts in (FACTS, ModelFacts()):
        assert ListResponse(models=[listed("smollm2", facts)]).models[0].model == "smollm2:latest"
        now = running(STATUS, "smollm2", SPEC, facts, NOW)
        assert ProcessResponse(models=[now]).models[0].name == "smollm2:latest"
        assert ShowResponse(**shown(facts, None)).capabilities == ["completion"]
