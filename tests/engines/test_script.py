"""What the script engine refuses before anything is started."""

from pathlib import Path

import pytest

from axchat.engines.base import Request, refuse_unsupported
from axchat.engines.script import ScriptEngine, TokenizerSettings
from axchat.errors import ModelError, UsageError
from axchat.messages import Message, Role, Sampling

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


def test_a_token_limit_is_refused_with_the_file_that_would_allow_it(tmp_path: Path) -> None:
    """Behind somebody else's tokenizer nothing counts tokens; with tokenizer.json axchat does."""
    (tmp_path / "run_x86.sh").write_text(f'{RUNNER} --prompt "$1"\n')
    script = ScriptEngine(tmp_path, TokenizerSettings(False, "python3", tmp_path / "log"), machine="x86_64")
    limited = Request((Message(Role.USER, "hi"),), Sampling(max_tokens=8))

    with pytest.raises(UsageError) as refused:
        refuse_unsupported(script, limited)
    assert "with the model's tokenizer.json in its directory it can" in (refused.value.hint or "")

    (tmp_path / "tokenizer.json").touch()
    refuse_unsupported(script, limited)
