"""Write a demo model directory of the context era that has the vendor's polled server beside the console.

Layout and run-script text: runner-console facts, part I sections 6 and 10 (Qwen3-1.7B).
"""

from pathlib import Path
from typing import Any

from axchat.standin.demo_context import options, write_context_demo
from axchat.standin.demo_files import (
    ARCHITECTURES,
    DEFAULT_LAYERS,
    DEFAULT_PORT,
    launcher,
    run_script,
    write_executable,
)

API_PORT = 8000
"""Where the vendor's server listens; there is no option for it."""


def write_api_demo(
    directory: Path,
    *,
    port: int = DEFAULT_PORT,
    layers: int = DEFAULT_LAYERS,
    arch: str = "both",
    api_port: int = API_PORT,
    script: dict[str, object] | None = None,
    **more: Any,
) -> Path:
    """Write the demo into ``directory`` (created if missing, files replaced) and return it.

    ``api_port`` is the server's; ``more`` and the rest are as for ``write_context_demo``. Raises OSError when
    a file cannot be written.
    """
    plays = {"api_port": api_port} | (script or {})
    write_context_demo(directory, port=port, layers=layers, arch=arch, script=plays, **more)
    for name in ARCHITECTURES[arch]:
        program = f"main_api_{name}"
        write_executable(directory / program, launcher(program, "axchat.standin.api_server"))
        text = run_script(program, options(port, layers))
        write_executable(directory / f"run_qwen2.5_1.5b_ctx_standin_api_{name}.sh", text)
    return directory
