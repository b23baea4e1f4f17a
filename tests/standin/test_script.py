"""What the stand-in says: scripts, their errors, and the choice of an answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from axchat.standin import vocabulary
from axchat.standin.script import BadScript, Script, built_in_answer, read_script
from axchat.standin.tokenizer_server import chat_prompt


def said(script: Script, prompt: str, typed: str = "#1") -> str:
    """The text of the answer to a prompt that our own tokenizer encoded."""
    return vocabulary.decode(script.reply_to(typed, vocabulary.encode(chat_prompt(prompt))).ids)


class TestChoice:
    """Which answer is given."""

    def test_a_match_is_looked_for_in_the_last_user_turn(self) -> None:
        """The ids from /encode tell the prompt; the typed line may be a placeholder."""
        script = Script({"answers": [{"match": "cat", "text": "meow"}, {"match": None, "text": "what?"}]})

        assert said(script, "a cat?") == "meow"
        assert said(script, "a dog?") == "what?"

    def test_earlier_turns_do_not_match(self) -> None:
        """Only the last user turn of a conversation is looked at."""
        script = Script({"answers": [{"match": "cat", "text": "meow"}]})
        ids = vocabulary.encode("<|im_start|>user\ncat<|im_end|>\n" + chat_prompt("dog"))

        assert vocabulary.decode(script.reply_to("x", ids).ids) == built_in_answer("dog")

    def test_foreign_ids_leave_the_typed_line(self) -> None:
        """Ids of another vocabulary are not decoded; the typed line is matched."""
        script = Script({"answers": [{"match": "cat", "text": "meow"}]})

        assert vocabulary.decode(script.reply_to("my cat", [151644, 8948, 9999]).ids) == "meow"

    def test_answers_without_a_match_take_turns(self) -> None:
        """They are given in order, and from the start again."""
        script = Script({"answers": [{"text": "one"}, {"text": "two"}]})

        assert [said(script, "go") for _ in range(3)] == ["one", "two", "one"]

    def test_without_answers_it_says_what_it_is(self) -> None:
        """The built-in answer names the stand-in and repeats the prompt."""
        text = said(Script({}), "who are you?")

        assert "stand-in" in text
        assert "no card" in text
        assert text.endswith("who are you?")


class TestBadScripts:
    """Scripts that are refused."""

    @pytest.mark.parametrize(
        "values",
        [
            {"tokens_s": 1},
            {"load_s": "2"},
            {"load_s": -1},
            {"prefill_groups": []},
            {"prefill_groups": [0, 512]},
            {"answers": ["hi"]},
            {"answers": [{"text": "a", "ids": [1]}]},
            {"answers": [{"text": "a", "pause": 1}]},
        ],
    )
    def test_an_unknown_key_or_a_wrong_value_is_refused(self, values: dict[str, Any]) -> None:
        """Nothing is guessed."""
        with pytest.raises(BadScript):
            Script(values)

    @pytest.mark.parametrize("text", ["{", "[]", '"x"'])
    def test_a_file_without_an_object_is_refused(self, text: str, tmp_path: Path) -> None:
        """The file's name is in the message."""
        (tmp_path / "bad.json").write_text(text)

        with pytest.raises(BadScript, match=r"bad\.json"):
            read_script(str(tmp_path / "bad.json"))


class TestWhereItComesFrom:
    """Option, environment, working directory."""

    def test_the_option_wins_then_the_environment_then_the_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each is used only where the one before is missing."""
        for number, name in enumerate(("standin.json", "env.json", "option.json"), 1):
            (tmp_path / name).write_text(json.dumps({"load_s": number}))
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            assert read_script(None).load_s == 1
            patch.setenv("AXCHAT_STANDIN_SCRIPT", "env.json")
            assert read_script(None).load_s == 2
            assert read_script("option.json").load_s == 3

    def test_the_environment_replaces_the_failures(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """AXCHAT_STANDIN_FAIL beats the script's fail, also when empty."""
        path = tmp_path / "script.json"
        path.write_text(json.dumps({"fail": "silent"}))
        with monkeypatch.context() as patch:
            patch.setenv("AXCHAT_STANDIN_FAIL", "")
            assert read_script(str(path)).fail == ""
        assert read_script(str(path)).fail == "silent"
