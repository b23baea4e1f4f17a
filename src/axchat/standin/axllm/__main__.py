"""``python -m axchat.standin.axllm run DIR`` and ``serve DIR``; see docs/standin.md."""

import sys

from axchat.standin.axllm.program import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
