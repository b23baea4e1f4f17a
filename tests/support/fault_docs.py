"""docs/faults.md: the fault table with what the user reads.

python -m support.fault_docs     in tests/: plays every row and writes the document
"""

import re
import sys
import tempfile
from pathlib import Path

from support.fault_play import PATIENCE_S, SILENCE_S, Outcome, play
from support.fault_rows import ROWS, Row, When

FILE = Path(__file__).parents[2] / "docs" / "faults.md"

_HEAD = f"""\
# When a runner fails

Every failure of the vendor's runners that is known, what axchat makes of it, and how long that takes. Each
row is a test (`tests/engines/test_faults.py`): the stand-in plays the failure (names as in [its
page](standin.md)), the error and the exit status are compared with this table, and then another request is
asked in the same engine. **In every row that next request is answered whole.** Nothing here was seen on a
card.

`runner` says who fails: a build of the legacy console (`axcl-llm`, `prefill`, `multi`) or the `context`
console, driven by the session engine with axchat's own tokenizer service; `axllm` is `axllm run` under the
session engine, `script` the vendor's script with a tokenizer server of somebody else. `text` says what of
the answer comes before the error: nothing, a part, or all of it. `exit` is what `axchat run` ends with; 0 is
an answer with a notice.

Seconds were taken on one machine with two cores, with a stand-in that loads at once. A runner that hangs
for good is given up after 90 s of silence while loading and 180 s while answering; a quit and a stop have
10 s. For these rows the limits were {SILENCE_S:.0f} s and {PATIENCE_S:.0f} s. `--timeout` ends every wait
sooner. This file is written by `python -m support.fault_docs` in `tests/`.
"""
_TITLES = {
    When.START: "Before the first answer",
    When.ENCODE: "When the prompt is handed over",
    When.DECODE: "When the answer's tokens come back",
    When.ANSWER: "In the middle of an answer",
    When.IDLE: "Between two answers",
    When.EXIT: "At the end",
}
_COLUMNS = "| what happens | runner | injected | error | exit | the user reads | text | seconds |"


def line_of(row: Row, outcome: Outcome, seconds: str) -> str:
    """The row as a line of the table; without ``seconds`` as ``lines_of`` gives it."""
    error = outcome.answered.error
    text = outcome.answered.text
    amount = "all" if error is None and row.text is not None else "a part" if text else "nothing"
    injected = ", ".join(filter(None, (row.fails and f"`{row.fails}`", row.kills, row.spoils)))
    cells = (
        row.what,
        row.runner,
        injected or ("nothing" if row.ending else "a long prompt"),
        "none" if error is None else f"`{error.id}`",
        str(0 if error is None else error.exit_status),
        _masked(_told(row, outcome)),
        amount,
        seconds,
    )
    return "| " + " | ".join(cells) + " |"


def _told(row: Row, outcome: Outcome) -> str:
    if row.ending is not None:
        return f"nothing; it is {row.ending}"
    error = outcome.answered.error
    return outcome.told if error is None else f"{error.message} -> {error.hint}"


def _masked(text: str) -> str:
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text.replace("\n", "; ").replace("|", "\\|"))
    text = re.sub(r"; last line: .*?( -> |$)", r"; last line: ...\1", text)
    text = re.sub(r"(exit status \d+\)): .*?( -> |$)", r"\1: ...\2", text)
    text = re.sub(r"/\S+/(demo|context|axllm)\b", "DIR", text)
    text = re.sub(r"main_axcl_(x86|aarch64)", "main_axcl_ARCH", text)
    text = re.sub(r"\b(x86_64|aarch64)\b", "ARCH", text)
    return text.encode("ascii", "replace").decode() or "nothing"


def lines_of(document: str) -> dict[str, str]:
    """The document's rows by their id, without seconds, in order."""
    heads = ("| what", "| --")
    lines = [at for at in document.splitlines() if at.startswith("| ") and not at.startswith(heads)]
    return {row.id: re.sub(r" [^|]* \|$", "  |", line) for row, line in zip(ROWS, lines, strict=True)}


def main() -> int:
    """Play all and write."""
    parts = [_HEAD]
    for when in When:
        parts.append(f"\n## {_TITLES[when]}\n\n{_COLUMNS}\n|{' --- |' * _COLUMNS.count(' | ')} --- |\n")
        for row in (row for row in ROWS if row.when is when):
            with tempfile.TemporaryDirectory() as folder:
                outcome = play(row, Path(folder))
            parts.append(line_of(row, outcome, f"{outcome.seconds:.1f}") + "\n")
            sys.stderr.write(f"{row.id}: {parts[-1]}")
    FILE.write_text("".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
