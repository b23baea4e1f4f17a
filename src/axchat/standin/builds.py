"""The vendor builds that the stand-in plays: what they print and with which source lines.

The numbers are those of the recorded sessions (``prefill`` and ``multi``: those with these names,
``axcl-llm``: the others). No session of ``context`` was recorded: its numbers are those of published logs
where they show one (runner-console facts, part I section 3). A line that nothing shows carries a plausible
number; no reader may depend on any of them.
"""

from typing import NamedTuple

BUILD_TIME = "Feb 13 2025 15:44:57"
"""The build time of the shipped binary; a recording's is its own."""


class Build(NamedTuple):
    """One branch of the vendor's runner; ``line_*`` are source lines in its log.

    ``has_workers``: it needs ``--devices`` and gives each device a thread; ``has_groups``: its models have
    prefill groups.
    """

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
    line_connect: int = 0
    line_ttft: int = 0
    has_workers: bool = False
    has_groups: bool = False
    prompt: bytes = b">> "
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
    line_ttft=510,
)
MULTI = Build(
    name="multi",
    has_build_time=True,
    has_ttft=False,
    prints_config=True,
    sends_img_prompt=False,
    reports_post_cmm=True,
    remain_cmm_mb=-1,
    line_start=122,
    line_tokenizer_failed=128,
    line_max_token_len=206,
    line_kv_cache=209,
    line_prefill=0,
    line_ok=237,
    line_run=410,
    line_execute=495,
    line_connect=321,
    has_workers=True,
)
CONTEXT = Build(
    name="context",
    has_build_time=False,
    has_ttft=True,
    prints_config=True,
    sends_img_prompt=True,
    reports_post_cmm=True,
    remain_cmm_mb=3788,
    line_start=134,
    line_tokenizer_failed=140,
    line_max_token_len=275,
    line_kv_cache=278,
    line_prefill=286,
    line_ok=305,
    line_run=1112,
    line_execute=495,
    line_connect=34,
    line_ttft=1030,
    has_workers=True,
    has_groups=True,
    prompt=b"prompt >> ",
)
BUILDS = {build.name: build for build in (AXCL_LLM, PREFILL, MULTI)}
"""The builds of the legacy console; ``context`` is another program (``axchat.standin.context``)."""
