"""The vendor builds that the stand-in plays: what they print and with which source lines.

The numbers are those of the recorded sessions (group 60 for ``prefill``, the others for ``axcl-llm``).
A line that no recording shows carries a plausible number; no reader may depend on any of them.
"""

from typing import NamedTuple

BUILD_TIME = "Feb 13 2025 15:44:57"
"""The build time of the shipped binary; a recording's is its own."""


class Build(NamedTuple):
    """One branch of the vendor's runner; ``line_*`` are source lines in its log."""

    name: str
    has_build_time: bool
    has_ttft: bool
    prints_config: bool
    sends_img_prompt: bool
    reports_post_cmm: bool
    remain_cmm_mb: int
    line_start: int
    line_tokenizer_failed: int
    line_max_token_len: int
    line_kv_cache: int
    line_prefill: int
    line_ok: int
    line_run: int
    line_execute: int
    end_newlines: int = 2


AXCL_LLM = Build(
    name="axcl-llm",
    has_build_time=True,
    has_ttft=False,
    prints_config=True,
    sends_img_prompt=False,
    reports_post_cmm=False,
    remain_cmm_mb=7021,
    line_start=111,
    line_tokenizer_failed=117,
    line_max_token_len=226,
    line_kv_cache=231,
    line_prefill=0,
    line_ok=288,
    line_run=610,
    line_execute=529,
)
PREFILL = Build(
    name="prefill",
    has_build_time=False,
    has_ttft=True,
    prints_config=False,
    sends_img_prompt=True,
    reports_post_cmm=True,
    remain_cmm_mb=-1,
    line_start=129,
    line_tokenizer_failed=135,
    line_max_token_len=253,
    line_kv_cache=258,
    line_prefill=266,
    line_ok=347,
    line_run=635,
    line_execute=540,
)
BUILDS = {build.name: build for build in (AXCL_LLM, PREFILL)}
