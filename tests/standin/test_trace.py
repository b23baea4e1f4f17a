"""What a trace holds."""

from pathlib import Path

import pytest

from axchat.standin import vocabulary
from axchat.standin.tokenizer_server import chat_prompt
from support import standin_model
from support.standin_run import Run
from support.standin_sessions import TEXT, started
from support.tokenizer_server import TokenizerServer, from_vocabulary


@pytest.mark.parametrize("build", ["axcl-llm", "prefill", "multi"])
def test_a_legacy_turn_starts_with_an_empty_cache(build: str, tmp_path: Path) -> None:
    """Both turns feed the whole prompt, and the cache holds that prompt and its answer."""
    with started(build, tmp_path) as session:
        session.turn(1, b"one\n")
        session.turn(2, b"two\n")
        session.quit()

    for number, (line, said) in enumerate(zip(session.trace(), ["one", "two"], strict=True)):
        prompt, answer = vocabulary.encode(chat_prompt(said)), vocabulary.encode(TEXT)
        assert line == {"turn": number, "fed": prompt, "kv": prompt + answer, "answered": answer}


def test_a_variable_names_the_trace_of_a_program_that_a_script_starts(tmp_path: Path) -> None:
    """AXCHAT_STANDIN_TRACE does what the option does."""
    standin_model.write(tmp_path)
    with TokenizerServer(from_vocabulary) as server:
        arguments = standin_model.arguments(server.address, prompt="go")
        arguments[arguments.index("--continue") + 1] = "0"
        env = {"AXCHAT_STANDIN_TRACE": str(tmp_path / "here")}
        with Run(arguments, tmp_path, env=env) as run:
            run.finish()

    assert (tmp_path / "here").read_text().startswith('{"turn": 0, "fed": [151644, ')
