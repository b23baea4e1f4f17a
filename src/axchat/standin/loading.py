"""From the first log line to ``LLM init ok``, or the failure that ends the start with status 255.

Order: tokenizer, embed file, layers with the device, post model, sizes, configuration (recorded 01, 30, 31).
"""

import json
from pathlib import Path
from typing import Protocol

from axchat.standin import death, layers, text
from axchat.standin.bars import Bars
from axchat.standin.session import Session, StartFailed
from axchat.standin.tokenizer_client import BadStart, Specials

HTTP_TOKENIZER = 2
POST_CONFIG = "post_config.json"
_LINE_MMAP = 26
_LINE_GROUP = 291
_LINE_LAST_GROUP = 293
_LINE_TOO_LONG = 228
_LINE_EMBED_OPEN = 33
_LINE_EMBED_SIZE = 42
_LINE_MMAP_FAILED = 57
_LINE_EMBED_FAILED = 128
_LINE_CONFIG_OPEN = 278
_LINE_CONFIG = 282
_LINE_CONFIG_FAILED = 284
_LINE_CREATE_TOKENIZER = 452
_BYTES_PER_WEIGHT = 2


class Tokenizer(Protocol):
    """What the start asks of a tokenizer's client."""

    def start(self) -> Specials:
        """Return the special ids; raises BadStart after printing why."""


def load(session: Session, tokenizer: Tokenizer) -> Specials:
    """Play the start; return the tokenizer's special ids. Raises StartFailed."""
    _log(session, "I", "Init", session.build.line_start, "LLM init start")
    specials = _start_tokenizer(session, tokenizer)
    bars = Bars(session)
    bars.draw("tokenizer init ok")
    _load_embed(session)
    bars.draw("embed_selector init ok")
    if session.faults.has("hang-load"):
        session.interrupts.hang()
    if session.build.has_workers:
        layers.start_workers(session)
    layers.load_layers(session, bars)
    _report_sizes(session)
    if session.build.has_workers:
        session.output.write(layers.cmm_table(session))
    if session.build.prints_config:
        _load_config(session)
    _log(session, "I", "Init", session.build.line_ok, "LLM init ok")
    return specials


def _start_tokenizer(session: Session, tokenizer: Tokenizer) -> Specials:
    settings = session.settings
    if settings.tokenizer_type != HTTP_TOKENIZER:
        message = f"unknown tokenizer type: {settings.tokenizer_type}"
        _log(session, "E", "CreateTokenizer", _LINE_CREATE_TOKENIZER, message)
        death.segmentation_fault()
    try:
        return tokenizer.start()
    except BadStart as error:
        flags = "" if session.build.has_groups else f", {settings.bos:d}, {settings.eos:d}"
        message = f"tokenizer.Init({settings.tokenizer}{flags}) failed"
        _log(session, "E", "Init", session.build.line_tokenizer_failed, message)
        raise StartFailed from error


def _load_embed(session: Session) -> None:
    """Map or read the embeddings; a mapped file of a wrong size goes unnoticed, as in the vendor's."""
    settings = session.settings
    path = Path(settings.embed)
    if settings.mmap:
        _log(session, "I", "Init", _LINE_MMAP, "LLaMaEmbedSelector use mmap")
    wanted = settings.embed_num * settings.embed_size * _BYTES_PER_WEIGHT
    if session.faults.has("missing-embed") or not path.is_file():
        _log(session, "E", "Init", _LINE_EMBED_OPEN, f"embed file({settings.embed}) open failed")
    elif session.faults.has("embed-size") or (not settings.mmap and path.stat().st_size != wanted):
        numbers = f"token_num({settings.embed_num}) * embed_size({settings.embed_size}) * 2"
        message = f"embed file({settings.embed}) size({path.stat().st_size}) not equal {numbers}"
        _log(session, "E", "Init", _LINE_EMBED_SIZE, message)
    elif settings.mmap and session.faults.has("mmap"):
        _log(session, "E", "Init", _LINE_MMAP_FAILED, "mmap")
    else:
        return
    message = f"embed_selector.Init({settings.embed}, {settings.embed_num}, {settings.embed_size}) failed"
    _log(session, "E", "Init", _LINE_EMBED_FAILED, message)
    raise StartFailed


def _report_sizes(session: Session) -> None:
    build, script = session.build, session.script
    _log(session, "I", "Init", build.line_max_token_len, f"max_token_len : {script.max_token_len}")
    message = f"kv_cache_size : {script.kv_cache_size}, kv_cache_num: {script.max_token_len}"
    _log(session, "I", "Init", build.line_kv_cache, message)
    if session.faults.has("max-token-len"):
        message = f"max_token_len({script.max_token_len}) > kv_cache_num({script.max_token_len - 1})"
        _log(session, "E", "Init", _LINE_TOO_LONG, message)
        raise StartFailed
    if build.line_prefill:
        _log(session, "I", "Init", build.line_prefill, f"prefill_token_num : {script.prefill_token_num}")
    if build.has_groups:
        for number, size in enumerate(script.prefill_groups, 1):
            _log(session, "I", "Init", _LINE_GROUP, f"grp: {number}, prefill_max_token_num : {size}")
        _log(session, "I", "Init", _LINE_LAST_GROUP, f"prefill_max_token_num : {script.prefill_groups[-1]}")


def _load_config(session: Session) -> None:
    path = Path(POST_CONFIG)
    if session.faults.has("missing-config") or not path.is_file():
        _log(session, "E", "load_config", _LINE_CONFIG_OPEN, f"config file({POST_CONFIG}) open failed")
        _log(session, "W", "Init", _LINE_CONFIG_FAILED, f"load postprocess config({POST_CONFIG}) failed")
        return
    try:
        shown = json.dumps(json.loads(path.read_bytes()), indent=4, sort_keys=True, ensure_ascii=False)
    except ValueError as error:
        death.uncaught("parse_error", f"[json.exception.parse_error.101] {error}")
    _log(session, "I", "load_config", _LINE_CONFIG, f"load config: \n{shown}\n")


def _log(session: Session, level: str, function: str, line: int, message: str) -> None:
    session.output.write(text.log(level, function, line, message))
