"""From the first log line to ``LLM init ok``, or the failure that ends the start with status 255.

Order: tokenizer, embed file, layers with the device, post model, sizes, configuration (recorded 01, 30, 31).
"""

import json
import time
from pathlib import Path

from axchat.standin import death, text
from axchat.standin.clock import Pace
from axchat.standin.session import Session, runtime_log
from axchat.standin.streams import complain
from axchat.standin.tokenizer_client import BadStart, Specials, TokenizerClient

HTTP_TOKENIZER = 2
POST_CONFIG = "post_config.json"
BARS_BESIDE_LAYERS = 3
_LINE_MMAP = 26
_LINE_EMBED_OPEN = 33
_LINE_EMBED_SIZE = 42
_LINE_EMBED_FAILED = 128
_LINE_LAYER_FAILED = 167
_LINE_POST_FAILED = 198
_LINE_READ_FILE = 347
_LINE_GET_DEVICE = 381
_LINE_SET_DEVICE = 386
_LINE_CREATE_HANDLE = 409
_LINE_CONFIG_OPEN = 278
_LINE_CONFIG = 282
_LINE_CONFIG_FAILED = 284
_LINE_CREATE_TOKENIZER = 452
_BYTES_PER_WEIGHT = 2
_SET_DEVICE_STDERR = b"[E][device manager][request_ports][464]: request ports from device 1 fail, errno: 1 "


class StartFailed(Exception):
    """The start failed and said why; the program ends with status 255."""


def load(session: Session, tokenizer: TokenizerClient) -> Specials:
    """Play the start; return the tokenizer's special ids. Raises StartFailed."""
    _log(session, "I", "Init", session.build.line_start, "LLM init start")
    specials = _start_tokenizer(session, tokenizer)
    bars = _Bars(session)
    bars.draw("tokenizer init ok")
    _load_embed(session)
    bars.draw("embed_selector init ok")
    if session.faults.has("hang-load"):
        session.interrupts.hang()
    _load_layers(session, bars)
    _report_sizes(session)
    if session.build.prints_config:
        _load_config(session)
    _log(session, "I", "Init", session.build.line_ok, "LLM init ok")
    return specials


class _Bars:
    """The loading bars, with the script's loading time spread over the layers and the post model."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._total = session.settings.layers + BARS_BESIDE_LAYERS
        self._done = 0
        self._pace = Pace(session.interrupts, stoppable=False)
        self._step_s = session.script.load_s / (session.settings.layers + 1)
        self._started = time.monotonic()

    def wait(self) -> None:
        self._pace.step(self._step_s)

    def draw(self, message: str) -> None:
        self._done += 1
        elapsed_ms = int((time.monotonic() - self._started) * text.MILLISECONDS)
        bar = text.progress(self._done, self._total, elapsed_ms, "count", message)
        self._session.output.write(bar)
        self._session.output.flush()


def _start_tokenizer(session: Session, tokenizer: TokenizerClient) -> Specials:
    settings = session.settings
    if settings.tokenizer_type != HTTP_TOKENIZER:
        message = f"unknown tokenizer type: {settings.tokenizer_type}"
        _log(session, "E", "CreateTokenizer", _LINE_CREATE_TOKENIZER, message)
        death.segmentation_fault()
    try:
        return tokenizer.start()
    except BadStart as error:
        message = f"tokenizer.Init({settings.tokenizer}, {settings.bos:d}, {settings.eos:d}) failed"
        _log(session, "E", "Init", session.build.line_tokenizer_failed, message)
        raise StartFailed from error


def _load_embed(session: Session) -> None:
    """Map or read the embeddings; a mapped file of a wrong size goes unnoticed, as in the vendor's."""
    settings = session.settings
    path = Path(settings.embed)
    if settings.mmap:
        _log(session, "I", "Init", _LINE_MMAP, "LLaMaEmbedSelector use mmap")
    wanted = settings.embed_num * settings.embed_size * _BYTES_PER_WEIGHT
    if not path.is_file():
        _log(session, "E", "Init", _LINE_EMBED_OPEN, f"embed file({settings.embed}) open failed")
    elif not settings.mmap and path.stat().st_size != wanted:
        numbers = f"token_num({settings.embed_num}) * embed_size({settings.embed_size}) * 2"
        message = f"embed file({settings.embed}) size({path.stat().st_size}) not equal {numbers}"
        _log(session, "E", "Init", _LINE_EMBED_SIZE, message)
    else:
        return
    message = f"embed_selector.Init({settings.embed}, {settings.embed_num}, {settings.embed_size}) failed"
    _log(session, "E", "Init", _LINE_EMBED_FAILED, message)
    raise StartFailed


def _load_layers(session: Session, bars: _Bars) -> None:
    cmm = (
        session.build.remain_cmm_mb if session.script.remain_cmm_mb is None else session.script.remain_cmm_mb
    )
    for number in range(session.settings.layers):
        path = session.settings.layer(number)
        bars.wait()
        if _layer_fails(session, number, path):
            _log(session, "E", "Init", _LINE_LAYER_FAILED, f"init axmodel({path}) failed")
            raise StartFailed
        bars.draw(f"init {number} axmodel ok,remain_cmm({cmm} MB)")
    bars.wait()
    if not Path(session.settings.post).is_file():
        _log(session, "E", "init", _LINE_READ_FILE, "read_file")
        _log(session, "E", "Init", _LINE_POST_FAILED, f"init post axmodel({session.settings.post}) failed")
        raise StartFailed
    if session.build.reports_post_cmm:
        bars.draw(f"init post axmodel ok,remain_cmm({cmm} MB)")
        session.output.write(b"\n")
    else:
        bars.draw("init post axmodel ok\n")


def _layer_fails(session: Session, number: int, path: str) -> bool:
    """Print what the loading of one layer has to say; True when it failed. The first opens the device."""
    faults = session.faults
    if faults.has("missing-layer") or not Path(path).is_file():
        _log(session, "E", "init", _LINE_READ_FILE, "read_file")
    elif faults.has("no-device"):
        message = f"Get AXCL device failed{{0x{0:8x}}}, find total 0 device.\n"
        _log(session, "E", "init", _LINE_GET_DEVICE, message)
    elif faults.has("setdevice"):
        complain(_SET_DEVICE_STDERR + b"Operation not permitted\n")
        _log(session, "E", "init", _LINE_SET_DEVICE, "Set AXCL device failed{0x80300186}.\n")
    elif faults.number("load-layer") == number:
        runtime_log("E", "engine", "axclrtEngineLoadFromMem", 152, "load model fail, ret = 0x8030070c")
        _log(session, "E", "init", _LINE_CREATE_HANDLE, "AX_ENGINE_CreateHandle")
    else:
        return False
    return True


def _report_sizes(session: Session) -> None:
    build, script = session.build, session.script
    _log(session, "I", "Init", build.line_max_token_len, f"max_token_len : {script.max_token_len}")
    message = f"kv_cache_size : {script.kv_cache_size}, kv_cache_num: {script.max_token_len}"
    _log(session, "I", "Init", build.line_kv_cache, message)
    if build.line_prefill:
        _log(session, "I", "Init", build.line_prefill, f"prefill_token_num : {script.prefill_token_num}")


def _load_config(session: Session) -> None:
    try:
        data = Path(POST_CONFIG).read_bytes()
    except OSError:
        _log(session, "E", "load_config", _LINE_CONFIG_OPEN, f"config file({POST_CONFIG}) open failed")
        _log(session, "W", "Init", _LINE_CONFIG_FAILED, f"load postprocess config({POST_CONFIG}) failed")
        return
    try:
        shown = json.dumps(json.loads(data), indent=4, sort_keys=True, ensure_ascii=False)
    except ValueError as error:
        death.uncaught("parse_error", f"[json.exception.parse_error.101] {error}")
    _log(session, "I", "load_config", _LINE_CONFIG, f"load config: \n{shown}\n")


def _log(session: Session, level: str, function: str, line: int, message: str) -> None:
    session.output.write(text.log(level, function, line, message))
