"""From ``LLM init start`` to ``LLM init ok``, or the failure that ends the program with status 255.

Order: device, tokenizer, layers, post model, sizes, embeddings, sampling (recorded axllm-r01, r09; lines that
no recording shows: runner-console facts, part III section 4).
"""

import json
import time
from pathlib import Path

from axchat.standin.axllm.config import TOKENIZER_TYPES
from axchat.standin.axllm.kv_cache import KvCache
from axchat.standin.axllm.parts import Parts
from axchat.standin.clock import Pace
from axchat.standin.session import StartFailed, runtime_log
from axchat.standin.streams import complain

REMAIN_CMM_MB = 7021
_SET_DEVICE_STDERR = (
    b"[E][device manager][request_ports][464]: request ports from device 1 fail, errno: 1 "
    b"Operation not permitted\n"
)
_BARS_BESIDE_LAYERS = 3
_UNREAD_LAYERS = ("load-layer", "create-context", "io-info", "memory-full")


def load(parts: Parts, cache: KvCache) -> None:
    """Play the start. Raises StartFailed."""
    log, script = parts.log, parts.script
    log.line("INF", "Init:1773", "LLM init start")
    _open_device(parts)
    try:
        bars = _Bars(parts)
        _start_tokenizer(parts)
        bars.draw("tokenizer init ok")
        _load_models(parts, bars)
        log.line("INF", "Init:1953", f"max_token_len : {script.max_token_len}")
        sizes = f"kv_cache_size : {script.kv_cache_size}, kv_cache_num: {script.max_token_len}"
        log.line("INF", "Init:1956", sizes)
        if parts.faults.has("max-token-len"):
            message = f"max_token_len({script.max_token_len}) > kv_cache_num({script.max_token_len - 1})"
            _fail(parts, "Init:1962", message)
        _report_groups(parts, cache)
        _load_embeddings(parts)
        bars.draw("embed_selector init ok")
        log.close_bar()
        _load_sampling(parts)
    except StartFailed:
        log.line("INF", "run:80", f"AXCLWorker exit with devid {parts.config.device}")
        raise
    log.line("INF", "Init:2055", "LLM init ok")


class _Bars:
    def __init__(self, parts: Parts) -> None:
        self._log = parts.log
        self._total = parts.config.layers + _BARS_BESIDE_LAYERS
        self._done = 0
        self._step_s = parts.script.load_s / (parts.config.layers + 1)
        self._pace = Pace(parts.interrupts, stoppable=False)
        self._started = time.monotonic()

    def wait(self) -> None:
        self._pace.step(self._step_s)

    def draw(self, text: str) -> None:
        self._done += 1
        self._log.bar(self._done, self._total, time.monotonic() - self._started, "count", text)


def _open_device(parts: Parts) -> None:
    log, faults = parts.log, parts.faults
    if faults.has("hang-setdevice"):
        log.line("INF", "run:30", f"AXCLWorker start with devid {parts.config.device}")
        parts.interrupts.hang()
    log.line("INF", "run:30", f"AXCLWorker start with devid {parts.config.device}")
    if faults.has("no-device"):
        log.line("ERR", "run:35", f"Get AXCL device failed{{0x{0:8x}}}, find total 0 device.")
    elif faults.has("setdevice"):
        complain(_SET_DEVICE_STDERR)
        log.line("ERR", "run:50", "Set AXCL device failed{0x80300186}.")
    elif faults.has("engine-init"):
        log.line("ERR", "run:57", "axclrtEngineInit failed{0x8030010c}.")
    else:
        return
    log.line("ERR", "Init:1819", f"axcl_Init({parts.config.device}) failed")
    log.line("ERR", "axcl_Exit:35", f"AXCL device {parts.config.device} not inited")
    raise StartFailed


def _start_tokenizer(parts: Parts) -> None:
    config = parts.config
    number = TOKENIZER_TYPES.get(config.tokenizer_type)
    if number is None:
        complain(b"create tokenizer failed")
        _fail(parts, "Init:1827", f"create_tokenizer({config.tokenizer_type}) failed")
    parts.log.write(f"tokenizer_type = {number}\n".encode())
    if not config.tokenizer.is_file():
        complain(f"Failed: can't load tokenzier from: {config.tokenizer}.\n".encode())
        _fail(parts, "Init:1828", f"tokenizer.init({config.tokenizer}) failed")
    parts.log.write(b"huggingface tokenizer mode = gpt2_byte_bpe\n")


def _load_models(parts: Parts, bars: _Bars) -> None:
    """Load every layer, also after one that failed; a loading thread is a layer ahead of the bars."""
    config, faults = parts.config, parts.faults
    given = parts.script.remain_cmm_mb
    cmm = REMAIN_CMM_MB if given is None else given
    failed = [number for number in range(config.layers) if _is_bad(parts, number)]
    for number in range(config.layers):
        if faults.at("hang-layer", number):
            parts.interrupts.hang()
        bars.wait()
        for bad in failed:
            if number == max(bad - 1, 0):
                _report_unread(parts, bad)
        bars.draw(f"init {number} axmodel ok,devid({config.device}) remain_cmm({cmm} MB)")
    if failed:
        _fail(parts, "Init:1919", f"init axmodel({config.layer(failed[0])}) failed")
    bars.wait()
    if faults.has("missing-post") or faults.has("load-post") or not config.post.is_file():
        parts.log.line("ERR", "init:396", "AX_ENGINE_CreateHandle")
        _fail(parts, "Init:1923", f"init post axmodel({config.post}) failed")
    bars.draw(f"init post axmodel ok,remain_cmm({cmm} MB)")
    parts.log.close_bar()


def _is_bad(parts: Parts, number: int) -> bool:
    if any(parts.faults.at(name, number) for name in _UNREAD_LAYERS):
        return True
    missing = number == 0 and parts.faults.has("missing-layer")
    return missing or not Path(parts.config.layer(number)).is_file()


def _report_unread(parts: Parts, number: int) -> None:
    if Path(parts.config.layer(number)).is_file() and not parts.faults.has("missing-layer"):
        runtime_log("E", "engine", "axclrtEngineLoadFromMem", 152, "load model fail, ret = 0x8030070c")
    parts.log.line("ERR", "init:396", "AX_ENGINE_CreateHandle")


def _report_groups(parts: Parts, cache: KvCache) -> None:
    log, script = parts.log, parts.script
    log.line("INF", "init_groups_from_model:1320", f"prefill_token_num : {script.prefill_token_num}")
    decode = f"decode grp: 0, gid: 0, max_token_len : {script.max_token_len}"
    log.line("INF", "init_groups_from_model:1534", decode)
    for group in cache.groups:
        caps = f"history_cap: {group.history_cap}, total_cap: {group.total_cap}"
        message = f"prefill grp: {group.number - 1}, gid: {group.number}, {caps}"
        message += f", symbolic_cap: {group.symbolic_cap}"
        log.line("INF", "init_groups_from_model:1538", message)
    log.line("INF", "init_groups_from_model:1545", f"prefill_max_token_num : {cache.limit}")


def _load_embeddings(parts: Parts) -> None:
    parts.log.line("INF", "Init:28", "LLaMaEmbedSelector use mmap")
    if parts.faults.has("hang-load"):
        parts.interrupts.hang()
    embed = parts.config.embed
    if parts.faults.has("missing-embed") or not embed.is_file():
        parts.log.line("ERR", "Init:31", f"embed file({embed}) open failed")
        _fail(parts, "Init:1983", f"embed_selector.Init({embed}) failed")


def _load_sampling(parts: Parts) -> None:
    path = parts.config.post_config
    if parts.faults.has("missing-config") or not path.is_file():
        parts.log.line("ERR", "load_config:440", f"config file({path}) open failed")
        parts.log.line("WRN", "Init:2051", f"load postprocess config({path}) failed")
        return
    shown = json.dumps(json.loads(path.read_bytes()), indent=4, sort_keys=True, ensure_ascii=False)
    parts.log.line("INF", "load_config:444", f"load config: \n{shown}")


def _fail(parts: Parts, place: str, message: str) -> None:
    parts.log.line("ERR", place, message)
    raise StartFailed
