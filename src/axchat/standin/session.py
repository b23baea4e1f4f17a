"""What one run of the stand-in holds: its settings and the parts that its steps share."""

import os
import threading
import time
from typing import NamedTuple

from axchat.standin import builds, clock, faults, script, streams, trace


class StartFailed(Exception):
    """The start failed and said why; the program ends with status 255."""


class BadDevices(Exception):
    """``--devices`` holds something that is no number."""


class Settings(NamedTuple):
    """The vendor options, as values."""

    prompt: str
    layer_template: str
    post: str
    tokenizer_type: int
    tokenizer: str
    embed: str
    bos: bool
    eos: bool
    layers: int
    embed_num: int
    embed_size: int
    mmap: bool
    live: bool
    continues: bool
    devices: tuple[int, ...] = (0,)
    system_prompt: str = ""
    kvcache_path: str = ""

    def layer(self, number: int) -> str:
        """Return the file of one layer: the template's ``%d`` replaced."""
        return self.layer_template.replace("%d", str(number))


def settings_of(values: dict[str, str]) -> Settings:
    """Return the settings of parsed options; of the context console's too. Raises BadDevices."""
    return Settings(
        prompt=values.get("prompt", ""),
        layer_template=values["template_filename_axmodel"],
        post=values["filename_post_axmodel"],
        tokenizer_type=int(values["tokenizer_type"]),
        tokenizer=values.get("url_tokenizer_model", values.get("filename_tokenizer_model", "")),
        embed=values["filename_tokens_embed"],
        bos=int(values.get("bos", "0")) == 1,
        eos=int(values.get("eos", "0")) == 1,
        layers=int(values["axmodel_num"]),
        embed_num=int(values["tokens_embed_num"]),
        embed_size=int(values["tokens_embed_size"]),
        mmap=int(values["use_mmap_load_embed"]) == 1,
        live=int(values.get("live_print", "1")) == 1,
        continues=int(values.get("continue", "1")) == 1,
        devices=_devices(values.get("devices", "0")),
        system_prompt=values.get("system_prompt", ""),
        kvcache_path=values.get("kvcache_path", ""),
    )


def _devices(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(item) for item in text.split(","))
    except ValueError as error:
        raise BadDevices(text) from error


class Device:
    """What outlives a turn: a dead device stays dead and repeats its last token."""

    def __init__(self) -> None:
        self.dead = False
        self.last_token = 0


class Session(NamedTuple):
    """The parts of a run."""

    settings: Settings
    build: builds.Build
    script: script.Script
    faults: faults.Faults
    output: streams.Output
    interrupts: clock.Waits
    device: Device
    trace: trace.Trace


def runtime_log(level: str, module: str, function: str, line: int, message: str) -> None:
    """Print a line of the device library's own log; on stderr, where the recorded sessions have it."""
    streams.complain(runtime_line(level, module, function, line, message))


def runtime_line(level: str, module: str, function: str, line: int, message: str) -> bytes:
    """A line of the device library's own log, with the time and thread of now."""
    now = time.time()
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
    milliseconds = int(now * 1000) % 1000
    return (
        f"[{stamp}.{milliseconds:03d}][{threading.get_native_id() or os.getpid()}][{level}]"
        f"[{module}][{function}][{line}]: {message}\n"
    ).encode()
