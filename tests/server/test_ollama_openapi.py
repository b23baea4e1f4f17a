"""What the OpenAPI document promises of Ollama's endpoints is what the server does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from axchat.engines.base import Capabilities
from axchat.engines.scripted import ScriptedEngine
from support.ollama_server import served

RUN_S = 20


@pytest.mark.slow
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    """Schemathesis breaks no promise of the document: what it allows is accepted, the rest is refused.

    Only the name of the model is put into the document first, so that requests get past it.
    """
    able = Capabilities(sampling=frozenset({"max_tokens", "stop", "temperature"}), images=True, schema=True)
    said = ["<think>so", "</think>\n", "Hel", "lo"]
    with served(lambda _: ScriptedEngine([said], capabilities=able)) as server:
        document = httpx.get(server.url + "/openapi.json", timeout=60).json()
        for path in ("/api/chat", "/api/generate", "/api/show"):
            body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
            body["properties"]["model"] = {"enum": ["tiny"]}
            body["required"] = ["model"]
        (tmp_path / "openapi.json").write_text(json.dumps(document))
        (tmp_path / "schemathesis.toml").write_text("request-timeout = 60\n")
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli"),
                *("--config-file", "schemathesis.toml", "run", "openapi.json"),
                *("--url", server.url, "--include-path-regex", "^/(api/.*)?$"),
                *("--max-time", str(RUN_S), "--continue-on-failure", "--no-color"),
            ],
            cwd=tmp_path,
            env=os.environ | {"PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            timeout=110,
        )
        asked = server.owner.submitted.qsize()
    assert done.returncode == 0, done.stdout + done.stderr
    assert asked, "none got past the checks"
