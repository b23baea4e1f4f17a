"""What the stand-in says and how long it takes: a JSON script file, checked on reading.

Keys, all optional: load_s, token_s, prefill_token_s (seconds), max_token_len, prefill_token_num,
kv_cache_size, remain_cmm_mb, prefill_groups, connect_retry_s, idle_s, trigger, steady, media_marker,
slot_wait_s, api_port (docs/standin.md), fail (see ``faults``), vocabulary: path of a ``tokenizer.json`` (from
the script file's folder) in which a prompt in its ids is answered, answers: a list of {"match": substring or
null, "text": ...} or {"match": ..., "ids": [...]}, each with an optional "slow": seconds more for the answer
token with that number from 0, or for "prefill": {"prefill": 2, "9": 60}.
"""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from axchat.standin import vocabulary
from axchat.standin.vocabulary import Vocabulary, VocabularyFile

SCRIPT_VARIABLE = "AXCHAT_STANDIN_SCRIPT"
FAIL_VARIABLE = "AXCHAT_STANDIN_FAIL"
DEFAULT_FILE = "standin.json"

DEFAULTS: dict[str, Any] = {
    "load_s": 0.5,
    "token_s": 0.02,
    "prefill_token_s": 0.002,
    "max_token_len": 1023,
    "prefill_token_num": 128,
    "kv_cache_size": 256,
    "remain_cmm_mb": None,
    "prefill_groups": [1, 512, 1024, 1536, 2048],
    "connect_retry_s": 1.0,
    "idle_s": 0.0,
    "trigger": "",
    "steady": False,
    "media_marker": "media",
    "slot_wait_s": 5.0,
    "api_port": 8000,
    "fail": "",
    "vocabulary": None,
    "answers": [],
}
_ANSWER_KEYS = frozenset({"match", "text", "ids", "slow"})
_TURN = "<|im_start|>user\n"
_TURN_END = "<|im_end|>"


class BadScript(Exception):
    """The script cannot be read or says something unknown."""


class Answer(NamedTuple):
    """One scripted answer; ``match`` None takes its turn whenever nothing else matches."""

    match: str | None
    ids: list[int]
    slow: dict[str, float]


class _Scripted(NamedTuple):
    match: str | None
    says: str | list[int]
    slow: dict[str, float]

    def into(self, words: Vocabulary) -> Answer:
        ids = words.encode(self.says) if isinstance(self.says, str) else self.says
        return Answer(self.match, ids, self.slow)


class Script:
    """A read script; ``reply_to`` chooses the answer of a turn. Paths in it start at ``folder``."""

    def __init__(self, values: dict[str, Any], folder: Path = Path()) -> None:
        unknown = sorted(set(values) - set(DEFAULTS))
        if unknown:
            raise BadScript(f"unknown key {unknown[0]!r}; known: {', '.join(DEFAULTS)}")
        values = DEFAULTS | values
        self.load_s = _number(values, "load_s")
        self.token_s = _number(values, "token_s")
        self.prefill_token_s = _number(values, "prefill_token_s")
        self.max_token_len = int(_number(values, "max_token_len"))
        self.prefill_token_num = int(_number(values, "prefill_token_num"))
        self.kv_cache_size = int(_number(values, "kv_cache_size"))
        self.remain_cmm_mb = (
            None if values["remain_cmm_mb"] is None else int(_number(values, "remain_cmm_mb"))
        )
        self.prefill_groups = _sizes(values["prefill_groups"])
        self.connect_retry_s = _number(values, "connect_retry_s")
        self.idle_s = _number(values, "idle_s")
        self.trigger = str(values["trigger"])
        self.steady = bool(values["steady"])
        self.media_marker = str(values["media_marker"])
        self.slot_wait_s = _number(values, "slot_wait_s")
        self.api_port = int(_number(values, "api_port"))
        self.fail = str(values["fail"])
        self._file = None if values["vocabulary"] is None else _read_vocabulary(folder / values["vocabulary"])
        answers = [_answer(item) for item in values["answers"]]
        self._matched = [answer for answer in answers if answer.match is not None]
        self._in_turn = [answer for answer in answers if answer.match is None]
        self._given = 0

    @property
    def words(self) -> Vocabulary:
        """The script's vocabulary, else the built-in one."""
        return self._file or vocabulary.BUILT_IN

    def reply_to(self, typed: str, ids: list[int]) -> Answer:
        """Return the answer to a typed line that /encode turned into ``ids``.

        The prompt's text is the last user turn that the ids hold if they are of a vocabulary of ours, and the
        typed line; the first answer whose match occurs in either is given, else the ones without a match in
        turn. It is said in the ids of the prompt's vocabulary.
        """
        words: Vocabulary = self._file if self._file and self._file.is_chat(ids) else vocabulary.BUILT_IN
        said = last_user_text(words.decode(ids)) if words.is_own(ids) else typed
        return self._chosen(said, typed).into(words)

    def _chosen(self, said: str, typed: str) -> _Scripted:
        for answer in self._matched:
            assert answer.match is not None
            if answer.match in said or answer.match in typed:
                return answer
        if not self._in_turn:
            return _Scripted(None, built_in_answer(said), {})
        answer = self._in_turn[self._given % len(self._in_turn)]
        self._given += 1
        return answer


def built_in_answer(said: str) -> str:
    """Return the answer of a stand-in without a script."""
    return (
        "This is axchat's stand-in runner: a program that plays the console, "
        f"with no card and no model behind it. You wrote: {said}"
    )


def last_user_text(prompt: str) -> str:
    """Return the text of the last user turn of a ChatML prompt, or all of another prompt."""
    _, found, turn = prompt.rpartition(_TURN)
    return turn.partition(_TURN_END)[0] if found else prompt


def read_script(path: str | None, folder: Path = Path()) -> Script:
    """Read the script at ``path``, else from AXCHAT_STANDIN_SCRIPT, else standin.json of ``folder``.

    No file is an empty script. AXCHAT_STANDIN_FAIL replaces the script's failures. Raises BadScript.
    """
    named = path or os.environ.get(SCRIPT_VARIABLE)
    file = Path(named) if named else folder / DEFAULT_FILE
    values: Any = {}
    if named or file.is_file():
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadScript(f"{file}: {error}") from error
    if not isinstance(values, dict):
        raise BadScript(f"{file}: not an object")
    fail = os.environ.get(FAIL_VARIABLE)
    return Script(values if fail is None else values | {"fail": fail}, file.parent)


def _read_vocabulary(path: Path) -> VocabularyFile:
    try:
        return VocabularyFile(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadScript(f"vocabulary {path}: {error!r}") from error


def _number(values: dict[str, Any], key: str) -> float:
    value = values[key]
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (value < 0 and key != "remain_cmm_mb")
    ):
        raise BadScript(f"{key} is {value!r}; a number of at least 0 is wanted")
    return float(value)


def _sizes(value: Any) -> list[int]:
    if not isinstance(value, list) or not value or not all(type(size) is int and size > 0 for size in value):
        raise BadScript(f"prefill_groups is {value!r}; a list of sizes is wanted")
    return value


def _answer(item: Any) -> _Scripted:
    if not isinstance(item, dict) or ("text" in item) == ("ids" in item) or set(item) - _ANSWER_KEYS:
        raise BadScript(f"an answer is {{match, text}} or {{match, ids}}, not {item!r}")
    says = str(item["text"]) if "text" in item else [int(token) for token in item["ids"]]
    slow = {str(at): float(seconds) for at, seconds in item.get("slow", {}).items()}
    return _Scripted(item.get("match"), says, slow)
