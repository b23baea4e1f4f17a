"""Which dialect a runner speaks: from its options, its help or its configuration; proven by its first bytes.

The same program name may stand for different dialects, so names tell nothing (runner-console 0).
"""

import re
from collections.abc import Collection, Mapping

from axchat.console.base import Dialect
from axchat.console.dialects import AXLLM, CONTEXT, LEGACY
from axchat.errors import ModelError

_LEGACY_OPTIONS = {"--prompt", "--continue"}
_VISION_OPTIONS = {"--filename_image_encoder_axmodedl", "--filename_vpm_resampler_axmodedl"}
_CONTEXT_OPTIONS = {"--system_prompt", "--kvcache_path"}
_CONTEXT_TOKENIZER = "--url_tokenizer_model"
_AXLLM_KEYS = {"model_name", "tokenizer_type", "template_filename_axmodel"}

_OPTION = re.compile(r"--[a-z][a-z0-9_]*")
_AXLLM_USAGE = re.compile(r"\baxllm (run|serve)\b|\brun <model")

_AXLLM_LOG = rb"\d\d:\d\d:\d\d\.\d{3} (?:EMG|ALT|CRT|ERR|WRN|NTC|INF|DBG) \S*:\d+ \| "
_CONTEXT_LOG = rb"\]: (?:uid: |system_prompt: |load kvcache from path)|GenerateKVCachePrefill\]"

# lines that no other dialect prints
_PROOFS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("serve", re.compile(rb"OpenAI API Server starting on ")),
    ("api", re.compile(rb"Server running on port ")),
    (AXLLM.name, re.compile(rb"(?:^|[\n\r]|\x1b\[\d*m)" + _AXLLM_LOG)),
    (AXLLM.name, re.compile(rb"(?:^|\n)tokenizer_type = \d|\x1b\[33m\r *\d+% \| \x1b\[0m")),
    (AXLLM.name, re.compile(rb'"(?:reset|dd|pp)" to |/reset {2,}')),
    (CONTEXT.name, re.compile(_CONTEXT_LOG)),
    (LEGACY.name, re.compile(rb"(?:^|\n)build time: |\n>> \Z")),
)


def from_options(options: Collection[str]) -> Dialect:
    """The dialect that these options of a runner belong to, with their dashes.

    Raises:
        ModelError: they belong to none, as those of the HTTP servers do.
    """
    names = set(options)
    if names & _LEGACY_OPTIONS:
        return LEGACY
    if names & _CONTEXT_OPTIONS:
        return CONTEXT
    if names & _VISION_OPTIONS:
        # builds of 2025 have neither option of their prompt, whatever they call their tokenizer
        return LEGACY
    if _CONTEXT_TOKENIZER in names:
        return CONTEXT
    raise ModelError(
        "the runner's options do not tell which console protocol it speaks",
        hint="a run script with --prompt, --continue or --system_prompt is needed",
        options=sorted(names),
    )


def is_vision(options: Collection[str]) -> bool:
    """Whether a legacy runner with these options takes pictures."""
    return bool(_VISION_OPTIONS & set(options))


def is_vision_config(config: Mapping[str, object]) -> bool:
    """Whether ``axllm`` takes pictures with this ``config.json``; without a vlm_type it passes over them.

    The published source reads it as a number or a name, of which case and separators do not count.
    """
    kind = config.get("vlm_type", config.get("VLM_TYPE"))
    if isinstance(kind, str):
        return "".join(filter(str.isalnum, kind)).lower() not in {"", "none"}
    return isinstance(kind, int) and kind != 0


def from_help(text: str) -> Dialect:
    """The dialect of a runner whose ``--help`` prints this; asking for it touches no device.

    Raises:
        ModelError: the text is no help of a runner.
    """
    return AXLLM if _AXLLM_USAGE.search(text) else from_options(_OPTION.findall(text))


def from_config(config: Mapping[str, object]) -> Dialect:
    """The dialect of a model directory's ``config.json``: directories of the axllm era have a filled one.

    Raises:
        ModelError: it is not a configuration of axllm; older directories have an empty file.
    """
    if _AXLLM_KEYS & config.keys():
        return AXLLM
    raise ModelError("config.json is not the configuration of an axllm model", keys=sorted(config))


def confirm(dialect: Dialect, first: bytes) -> bool:
    """Whether the first console bytes prove the choice; False while they are common to several dialects.

    Vision builds of ``legacy`` and ``context`` runners can be alike up to the first turn.

    Args:
        dialect: the choice.
        first: all bytes since the start, up to the first marker or a one-shot answer.

    Raises:
        ModelError: they prove another dialect; names both.
    """
    found = [(place.start(), name) for name, pattern in _PROOFS if (place := pattern.search(first))]
    if not found:
        return False
    _, proven = min(found)
    if proven != dialect.name:
        raise ModelError(
            f"the runner was taken for a {dialect.name!r} one, but its console is of the {proven!r} kind",
            hint="run script and runner program do not belong together",
            chosen=dialect.name,
            found=proven,
        )
    return True
