"""What the OpenAPI document promises is what the server does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from axchat.engines.base import Capabilities
from axchat.engines.scripted import ScriptedEngine
from support.http_calls import call
from support.serving import serving

RUN_S = 20
CONFIGURATION = """
# one small answer takes milliseconds; on a busy machine it may take its time
request-timeout = 60

# there are none, and that is what the document says
[[operations]]
include-path = "/v1/embeddings"
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", 501]
"""


@pytest.mark.slow
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    """Schemathesis breaks no promise of the document: what it allows is accepted, the rest is refused.

    Only the name of the model is put into the document first, so that requests get past it.
    """
    able = Capabilities(sampling=frozenset({"max_tokens", "stop", "temperature"}), images=True, schema=True)
    engines: list[ScriptedEngine] = []

    def make() -> ScriptedEngine:
        engines.append(ScriptedEngine([["<think>so", "</think>\n", "Hel", "lo"]], capabilities=able))
        return engines[-1]

    with serving({"m": make}, tmp_path) as server:
        document = call(server.port, "GET", "/openapi.json").json
        for body in ("ChatRequest", "CompletionRequest"):
            document["components"]["schemas"][body]["properties"]["model"] = {"enum": ["m"]}
        (tmp_path / "openapi.json").write_text(json.dumps(document))
        (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli"),
                *("--config-file", "schemathesis.toml", "run", "openapi.json"),
                *("--url", f"http://127.0.0.1:{server.port}", "--include-path-regex", "^/v1/"),
                *("--max-time", str(RUN_S), "--continue-on-failure", "--no-color"),
            ],
            cwd=tmp_path,
            env=os.environ | {"PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            timeout=110,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout
    assert any(engine.requests for engine in engines), "none got past the checks"
