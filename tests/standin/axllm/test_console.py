"""The stand-in for ``axllm run``: what the recordings do not hold."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from support import standin_axllm
from support.standin_axllm import trace_of

MARKER = b"prompt >> "


def ready(printed: bytes) -> bool:
    """Whether the marker stands at the end."""
    return printed.endswith(MARKER)


def turn_after(count: int) -> Callable[[bytes], bool]:
    """Whether that many markers were printed, the last at the end."""
    return lambda printed: printed.count(MARKER) == count and printed.endswith(MARKER)


class TestTypedLines:
    """How a line is read, facts part III section 3."""

    def test_erasing_a_character_of_several_bytes_leaves_its_first(self, tmp_path: Path) -> None:
        """The rest of the line follows on a torn character, which the model gets as one."""
        standin_axllm.write(tmp_path)
        with standin_axllm.run(tmp_path) as run:
            run.wait_for(ready)
            run.send("深圳".encode() + b"\x7f!\n/pp\n/q\n")
            run.finish()

        assert "user: 深\N{REPLACEMENT CHARACTER}!".encode() in run.printed

    def test_erasing_an_ascii_character_takes_it_away(self, tmp_path: Path) -> None:
        """Backspace and delete do the same; at the start of a line they do nothing."""
        standin_axllm.write(tmp_path)
        with standin_axllm.run(tmp_path) as run:
            run.wait_for(ready)
            run.send(b"\x08/qx\x7f\n")
            status = run.finish()

        assert status == 0

    def test_the_end_of_text_key_ends_it_at_the_start_of_a_line_only(self, tmp_path: Path) -> None:
        """In the middle of a line it is ignored; a pipe's interrupt byte begins a new line."""
        standin_axllm.write(tmp_path, answers=[{"text": "said"}])
        with standin_axllm.run(tmp_path, on_pty=False) as run:
            run.wait_for(ready)
            run.send(b"lost\x03one\x04two\n\x04")
            status = run.finish()

        assert b"prompt >> lost\nprompt >> onetwo\n" in run.printed
        assert b"prompt >> \n" in run.printed
        assert status == 0


class TestVisionModels:
    """A model that sees asks for media after each prompt, facts part I section 5.4."""

    @pytest.mark.parametrize("marker", ["media", "image"])
    def test_a_picture_is_fed_with_the_prompt(self, marker: str, tmp_path: Path) -> None:
        """The marker is the script's; an empty line is a turn of text alone."""
        standin_axllm.write(
            tmp_path,
            {"vlm_type": "Qwen3VL"},
            answers=[{"text": "a cat"}, {"text": "a dog"}],
            media_marker=marker,
        )
        (tmp_path / "cat.png").touch()
        env = {**standin_axllm.PLAIN, "AXCHAT_STANDIN_TRACE": str(tmp_path / "trace")}
        asks = f"{marker} >> ".encode()
        with standin_axllm.run(tmp_path, env=env) as run:
            run.wait_for(ready)
            run.send(b"what?\n")
            run.wait_for(lambda printed: printed.endswith(asks))
            run.send(f"{tmp_path}/cat.png\n".encode())
            run.wait_for(turn_after(2))
            run.send(b"and now?\n\n")
            run.wait_for(turn_after(3))
            run.send(b"/q\n")
            run.finish()

        assert b"VLM enabled: Qwen3VL\r\n" in run.printed
        first, second = trace_of(tmp_path)
        assert len(first["fed"]) > len(second["fed"])
        assert second["kv"][: len(first["kv"])] == first["kv"]

    def test_a_missing_picture_ends_the_turn_without_an_end_line(self, tmp_path: Path) -> None:
        """An error, then the marker; nothing was fed."""
        standin_axllm.write(tmp_path, {"vlm_type": "Qwen3VL"})
        with standin_axllm.run(tmp_path) as run:
            run.wait_for(ready)
            run.send(b"what?\n/nowhere.png\n")
            run.wait_for(turn_after(2))

        assert b"vision.Prepare failed" in run.printed
        assert b"SetKVCache" not in run.printed
        assert b"NTC" not in run.printed


class TestTraces:
    """What the model was fed."""

    def test_a_turn_adds_to_the_cache_what_is_new(self, tmp_path: Path) -> None:
        """The second turn's cache begins with the first's, answer included."""
        standin_axllm.write(tmp_path, answers=[{"text": "one"}, {"text": "two"}])
        env = {**standin_axllm.PLAIN, "AXCHAT_STANDIN_TRACE": str(tmp_path / "trace")}
        with standin_axllm.run(tmp_path, env=env) as run:
            run.wait_for(ready)
            run.send(b"a\nb\n/q\n")
            run.finish()

        first, second = trace_of(tmp_path)
        assert first["kv"] == first["fed"] + first["answered"]
        assert second["kv"] == first["kv"] + second["fed"] + second["answered"]

    def test_a_context_that_is_full_empties_the_cache(self, tmp_path: Path) -> None:
        """The turn feeds nothing, the next one everything."""
        standin_axllm.write(tmp_path, answers=[{"text": "one"}, {"text": "two"}], prefill_groups=[64, 128])
        env = {**standin_axllm.PLAIN, "AXCHAT_STANDIN_TRACE": str(tmp_path / "trace")}
        with standin_axllm.run(tmp_path, env=env) as run:
            run.wait_for(ready)
            run.send(b"a\n" + b"long " * 100 + b"\nb\n/reset\nc\n/q\n")
            run.finish()

        assert [(line["fed"] == [], line["kv"] == []) for line in trace_of(tmp_path)] == [
            (False, False),
            (True, True),
            (True, True),
            (False, False),
        ]


class TestFailures:
    """The failures that the other consoles play too."""

    @pytest.mark.parametrize(
        ("fail", "status", "said"),
        [
            ("no-device", 255, b"Get AXCL device failed"),
            ("engine-init", 255, b"axcl_Init(0) failed"),
            ("load-layer-1", 255, b"axmodel("),
            ("missing-post", 255, b"init post axmodel("),
            ("missing-embed", 255, b"embed_selector.Init("),
            ("max-token-len", 255, b"max_token_len(1023) > kv_cache_num(1022)"),
            ("exit-7", 7, b""),
            ("garbage", 1, b""),
        ],
    )
    def test_a_start_that_fails(self, fail: str, status: int, said: bytes, tmp_path: Path) -> None:
        """Its words and its status; no marker."""
        standin_axllm.write(tmp_path, fail=fail)
        with standin_axllm.run(tmp_path) as run:
            ended = run.finish()

        assert ended == status
        assert said in run.printed
        assert MARKER not in run.printed

    @pytest.mark.parametrize(
        ("fail", "status"), [("segv-token-2", -11), ("abrt-token-2", -6), ("exit-token-2", 1)]
    )
    def test_a_turn_that_kills(self, fail: str, status: int, tmp_path: Path) -> None:
        """The console breaks off in the answer."""
        standin_axllm.write(tmp_path, answers=[{"ids": list(b"abcd")}], fail=fail)
        with standin_axllm.run(tmp_path) as run:
            run.wait_for(ready)
            run.send(b"go\n")
            ended = run.finish()

        assert ended == status
        assert run.printed.endswith(b" ms\r\nab")

    def test_a_hung_call_ignores_sigint(self, tmp_path: Path) -> None:
        """SIGTERM ends it."""
        standin_axllm.write(tmp_path, answers=[{"ids": list(b"abcd")}], fail="hang-token-2")
        with standin_axllm.run(tmp_path) as run:
            run.wait_for(ready)
            run.send(b"go\n")
            run.wait_for(lambda printed: printed.endswith(b"ab"))
            run.kill(signal.SIGINT)
            run.kill(signal.SIGTERM)
            ended = run.finish()

        assert ended == -signal.SIGTERM

    def test_a_device_that_dies_at_the_marker(self, tmp_path: Path) -> None:
        """The library's lines stand behind the marker; the next turn has nothing but errors."""
        trigger = tmp_path / "trigger"
        answers = [{"ids": list(b"ab")}]
        standin_axllm.write(
            tmp_path, answers=answers, fail="idle-dead", trigger=str(trigger), max_token_len=40
        )
        with standin_axllm.run(tmp_path) as run:
            run.wait_for(ready)
            trigger.touch()
            run.wait_for(lambda printed: b"memory leak: 0x14a46f000" in printed)
            run.send(b"go\n")
            run.wait_for(turn_after(2))

        assert b"prompt >> [" in run.printed
        assert b"ERR inference:581 | AX_ENGINE_Execute" in run.printed


class TestCommandLine:
    """What comes before a model is loaded."""

    @pytest.mark.parametrize(
        ("words", "status", "said"),
        [
            ([], 255, b"Usage:"),
            (["run"], 255, b"Usage:"),
            (["run", ".", "--help"], 0, b"Usage:"),
            (["fly", "."], 255, b"Unknown mode: fly"),
            (["run", "nowhere"], 255, b"Model path does not exist: nowhere"),
        ],
    )
    def test_a_wrong_one(self, words: list[str], status: int, said: bytes, tmp_path: Path) -> None:
        """Its words, the noise about a device that was never opened, its status."""
        run = standin_axllm.Run(
            words, tmp_path, stderr_on_pty=True, env=standin_axllm.PLAIN, command=standin_axllm.AXLLM
        )
        with run:
            ended = run.finish()

        assert ended == status
        assert said in run.printed
        assert run.printed.endswith(b"ERR axcl_Exit:35 | AXCL device 0 not inited\r\n")

    @pytest.mark.parametrize("config", ["", "{", "[]"])
    def test_a_bad_configuration_fails_after_the_device_was_opened(self, config: str, tmp_path: Path) -> None:
        """Three errors, then a tokenizer that is not there."""
        standin_axllm.write(tmp_path)
        (tmp_path / "config.json").write_text(config)
        with standin_axllm.run(tmp_path) as run:
            ended = run.finish()

        assert ended == 255
        assert b"Using default configuration\r\n" in run.printed
        assert b"AXCLWorker start with devid 0\r\ncreate tokenizer failed" in run.printed
        assert run.printed.endswith(b"ERR run_interactive_mode:728 | LLM.Init failed\r\n")
