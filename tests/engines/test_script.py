"""What the script engine refuses before anything is started."""

from pathlib import Path

import pytest

from axchat.engines.script import ScriptEngine, TokenizerSettings
from axchat.errors import ModelError

RUNNER = "./main_axcl_x86"


@pytest.mark.parametrize(
    ("name", "text", "said", "engine"),
    [
        ("config.json", '{"model_name": "Qwen3"}', "is for axllm", "session"),
        ("run_x86.sh", f'{RUNNER} --system_prompt "You" --devices 0\n', "the context dialect", "session"),
        ("run_x86.sh", f"{RUNNER} --axmodel_num 4\n", "an unknown dialect", "session"),
        ("run_api_x86.sh", "./main_api_axcl_x86 --devices 0\n", "HTTP", "vendor-api"),
    ],
)
def test_what_another_engine_drives_is_refused_with_its_name(
    tmp_path: Path, name: str, text: str, said: str, engine: str
) -> None:
    """A directory or script of another kind is not driven, and the hint names the engine that does."""
    (tmp_path / name).write_text(text)
    model = tmp_path if name == "config.json" else tmp_path / name
    script = ScriptEngine(model, TokenizerSettings(False, "python3", tmp_path / "log"), machine="x86_64")

    with pytest.raises(ModelError) as refused:
        list(script.start())

    assert said in refused.value.message
    assert f"--engine {engine} -m DIR" in (refused.value.hint or "")
