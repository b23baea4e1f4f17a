"""Recorded sessions of ``axllm``: masks, the tokens of the answers, and the model directory they ran on."""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from support import recordings
from support.axllm_vocabulary import Pieces, pieces_of
from support.recordings import Recording

AXLLM = Path(__file__).parents[1] / "captures" / "axllm"
NOTHING: Mapping[Any, Any] = MappingProxyType({})
POST_CONFIG = {
    "enable_temperature": False,
    "temperature": 0.9,
    "enable_repetition_penalty": False,
    "repetition_penalty": 1.2,
    "penalty_window": 20,
    "enable_top_p_sampling": False,
    "top_p": 0.8,
    "enable_top_k_sampling": False,
    "top_k": 10,
}
LAYERS = 4
NAME = "AXERA-TECH/Qwen2.5-rig"
SMALL = {"max_token_len": 127, "prefill_token_num": 32, "prefill_groups": [32, 64, 96]}
USUAL = {"max_token_len": 511, "prefill_token_num": 128, "prefill_groups": [128, 256, 384]}

_MASKS = (
    (rb"\d\d:\d\d:\d\d\.\d{3} (?=[A-Z]{3} )", b"T "),
    (rb"\r {60,}\r", b"\r<blanks>\r"),
    (rb"/[^ ()\r\n]*/(?=config\.json|qwen_l\d)", b"DIR/"),
    (rb"\[[0-9.]+s<[0-9.inf]+s, [0-9.inf]+ (count|token)/s\]", rb"[\1]"),
    (rb"decode avg [0-9.]+ token/s", b"decode avg R token/s"),
)
_TTFT = re.compile(rb"ttft: [^\n]*\n(?:\x1b\[0m)?")
_EMPTY = re.compile(rb"first decode token hit stop: token=(\d+)")
_END = re.compile(rb"\n\n(?:\x1b\[35m)?\d\d:\d\d:\d\d\.\d{3} NTC Run:3583 ")


def mask(data: bytes) -> bytes:
    """Replace times, rates, the widths of bars, free memory and absolute paths by fixed words."""
    for pattern, word in _MASKS:
        data = re.sub(pattern, word, data)
    return recordings.mask(data)


class Case(NamedTuple):
    """What a replay needs beside the recording.

    ``words``: pieces that the vocabulary has too; ``without``: typed words that it has not; ``unmade``: see
    Pieces; ``answers``: tokens of answers where the recording does not show where they begin, by number;
    ``slow``: as in a script, by answer that a signal cut; ``killed``: it was, at the end; ``until``: what was
    printed before the last signal.
    """

    fail: str = ""
    words: tuple[bytes, ...] = ()
    without: tuple[bytes, ...] = ()
    unmade: tuple[bytes, ...] = ()
    answers: Mapping[int, tuple[bytes | int, ...]] = NOTHING
    slow: Mapping[int, Mapping[str, float]] = NOTHING
    env: Mapping[str, str] = NOTHING
    script: Mapping[str, Any] = NOTHING
    config: Mapping[str, Any] = NOTHING
    killed: bool = False
    until: bytes = b""


def chunks_of(name: str, folder: Path) -> list[bytes]:
    """What the program wrote, cut where it wrote; a terminal's line ends undone."""
    lines = (line.split(None, 2) for line in (folder / f"{name}.timed").read_text().splitlines())
    chunks = [ast.literal_eval(text) for _, stream, text in lines if stream in ("tty", "out")]
    return [chunk.replace(b"\r\n", b"\n") for chunk in chunks]


def answers_of(name: str, folder: Path) -> list[list[bytes | int]]:
    """The tokens of each answer, as the writes show them."""
    chunks = chunks_of(name, folder)
    data = b"".join(chunks)
    cuts = [0]
    for chunk in chunks:
        cuts.append(cuts[-1] + len(chunk))
    answers: list[list[bytes | int]] = []
    at = 0
    while (begin := _TTFT.search(data, at)) and (end := _END.search(data, begin.end())):
        inner = [cut for cut in cuts if begin.end() < cut < end.start()]
        bounds = [begin.end(), *inner, end.start()]
        tokens: list[bytes | int] = [data[a:b] for a, b in pairwise(bounds) if a < b]
        empty = _EMPTY.search(data, begin.end(), end.start())
        answers.append([int(empty[1])] if empty else tokens)
        at = end.start()
    return answers


def write_model(directory: Path, recording: Recording, more: Mapping[str, Any] = NOTHING) -> None:
    """The model directory that the recorded command line names."""
    config = {
        "model_name": NAME,
        "tokenizer_type": "Qwen2_5",
        "url_tokenizer_model": "qwen_tokenizer.txt",
        "template_filename_axmodel": "qwen_l%d.axmodel",
        "axmodel_num": LAYERS,
        "filename_post_axmodel": "qwen_post.axmodel",
        "filename_tokens_embed": "embed.bin",
        "tokens_embed_num": 151936,
        "tokens_embed_size": 8,
        "post_config_path": "post_config.json",
    }
    model = Path(recording.argv[2]).name
    if model == "nokey":
        del config["model_name"]
    (directory / "config.json").write_text(json.dumps(config | dict(more)))
    (directory / "post_config.json").write_text(json.dumps(POST_CONFIG))
    layers = [f"qwen_l{layer}.axmodel" for layer in range(LAYERS) if (model, layer) != ("nolayer", 2)]
    for name in (*layers, "qwen_post.axmodel", "embed.bin", "qwen_tokenizer.txt"):
        (directory / name).touch()


def write_script(directory: Path, recording: Recording, case: Case, folder: Path) -> None:
    """A script that gives the recorded answers at once, in a vocabulary with the recorded pieces."""
    typed = [step.typed.decode("utf-8", "replace") for step in recording.steps]
    answers = dict(enumerate(answers_of(recording.name, folder)))
    write_answers(directory, recording, case, typed, answers)


def write_answers(
    directory: Path,
    recording: Recording,
    case: Case,
    typed: Sequence[str],
    answers: Mapping[int, Sequence[bytes | int]],
) -> None:
    """A script that gives these answers, in a vocabulary with their tokens and the words that were typed."""
    pieces = Pieces(unmade=case.unmade)
    for text in typed:
        for piece in pieces_of(text):
            pieces.add(piece)
    for word in case.words:
        pieces.add(word)
    for word in case.without:
        del pieces.ids[word]
    given: list[dict[str, Any]] = [
        {"ids": [token if isinstance(token, int) else pieces.add(token) for token in tokens]}
        for tokens in (dict(answers) | dict(case.answers)).values()
    ]
    for number, slow in case.slow.items():
        given[number]["slow"] = dict(slow)
        given[number]["ids"] += [7, 7, 7]
    (directory / "tokenizer.json").write_text(pieces.written())
    small = Path(recording.argv[2]).name.startswith("small")
    script = {
        "load_s": 0,
        "token_s": 0,
        "prefill_token_s": 0,
        "kv_cache_size": 32,
        "vocabulary": "tokenizer.json",
        "answers": given,
        "fail": case.fail,
        **(SMALL if small else USUAL),
        **case.script,
    }
    (directory / "standin.json").write_text(json.dumps(script))
