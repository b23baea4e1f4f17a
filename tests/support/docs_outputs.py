"""Writes what documented commands really print into the pages: ``python -m support.docs_outputs [PAGE...]``.

In ``tests/``, with the small model fetched. An output that differs in masked parts only stays as it is. What
it changed has to be read: that a command says something is no proof that it should.
"""

import sys
from pathlib import Path

import platformdirs

from support.page_blocks import CONSOLE, ROOT, blocks, pages, written
from support.page_play import play

MODEL = Path(platformdirs.user_data_dir("axchat")) / "models" / "smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf"


def main(names: list[str]) -> int:
    """Rewrite the named pages, or all; 1 when a command without output fails."""
    failed = 0
    for path in [Path(name).resolve() for name in names] or pages():
        text = path.read_text(encoding="utf-8")
        if not any(blocks(text)):
            continue
        lines = text.splitlines()
        page = path.relative_to(ROOT).as_posix()
        for played in reversed(list(play(page, text, MODEL))):  # from the end: line numbers stay right
            block = played.block
            if block.kind == CONSOLE:
                lines[block.first : block.end] = written(block, played.outputs)
            elif played.complaints:
                print(*played.complaints, sep="\n", file=sys.stderr)
                failed = 1
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(page, file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
