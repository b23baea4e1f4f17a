"""``python -m axchat.standin demo DIR``: write a demo model directory."""

import sys
from collections.abc import Callable
from pathlib import Path

from axchat.standin import demo
from axchat.standin.demo_api import write_api_demo
from axchat.standin.demo_axllm import write_axllm_demo
from axchat.standin.demo_context import write_context_demo

DEMO_WRITERS: dict[str, Callable[..., Path]] = {
    "legacy": demo.write_demo,
    "context": write_context_demo,
    "axllm": write_axllm_demo,
    "api": write_api_demo,
}
_USAGE = "usage: python -m axchat.standin demo DIR [options]   (see docs/standin.md)\n"


def main(argv: list[str]) -> int:
    """Run the named command; 2 for an unknown one."""
    if argv and argv[0] == "demo":
        return demo.main(argv[1:], DEMO_WRITERS)
    sys.stderr.write(_USAGE)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
