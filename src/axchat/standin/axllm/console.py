"""``axllm run``: the marker, its commands, and turns of a conversation that the program keeps.

Recorded axllm-r05 (commands), r08 (a full context), r12 (ends of input).
"""

from pathlib import Path

from axchat.standin.axllm.kv_cache import ContextFull
from axchat.standin.axllm.line_input import EchoedLines, Terminal
from axchat.standin.axllm.model import Generation, Model
from axchat.standin.axllm.template import Message
from axchat.standin.idle import play_idle

BANNER = (
    "Commands:\n  /q, /exit  退出\n  /reset     重置 kvcache\n  /dd        删除一轮对话\n"
    "  /pp        打印历史对话\nCtrl+C: 停止当前生成\n"
)
RULE = "-" * 40 + "\n"
PROMPT = b"prompt >> "
RESETS = ("/reset", "reset", "/clean", "clean")
_QUITS = ("/q", "/exit")
_PLAIN = "0"
_COLOURS = {"system": "33", "user": "32", "assistant": _PLAIN}
_VISION = "<|vision_start|>{}<|vision_end|>"


class Console:
    """One conversation on a terminal or a pipe."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._parts = model.parts
        self._log = model.parts.log
        self._history = self._beginning()
        self._media: list[str] = []

    def _beginning(self) -> list[Message]:
        system = self._parts.config.system_prompt
        return [Message("system", system)] if system else []

    def run(self) -> None:
        """Converse until a quit or the end of input."""
        self._log.write(BANNER.encode())
        if self._parts.config.vlm_type:
            self._log.write(f"VLM enabled: {self._parts.config.vlm_type}\n".encode())
        self._log.write(RULE.encode())
        terminal = Terminal()
        lines = EchoedLines(self._log.write)
        try:
            while not self._parts.output.broken:
                self._log.write(PROMPT)
                play_idle(self._parts, lines)
                line = lines.line()
                if line is None or not self._obeys(line.decode("utf-8", "replace"), lines):
                    return
        finally:
            terminal.restore()

    def _obeys(self, line: str, lines: EchoedLines) -> bool:
        """Do what a line says; False for a quit."""
        word = line.strip()
        if word in _QUITS:
            return self._parts.faults.has("ignore-q")
        if word in RESETS:
            self._history = self._beginning()
            self._media = []
            self._model.reset()
            self._log.line("INF", "run_interactive_mode:776", "reset kvcache")
        elif word == "/dd":
            self._remove_last()
        elif word == "/pp":
            self._print_history()
        elif word:
            self._answer(line, lines)
        return True

    def _answer(self, line: str, lines: EchoedLines) -> None:
        if self._parts.config.vlm_type and not self._takes_media(lines):
            return
        self._history.append(Message("user", self._with_media(line)))
        self._parts.interrupts.stop = False
        try:
            text = Generation(self._model, self._parts.interrupts, self._show).run(self._history)
        except ContextFull:
            return
        self._history.append(Message("assistant", text))

    def _show(self, text: str) -> bool:
        # fprintf("%s") ends at a NUL; the history keeps it.
        self._log.write(text.replace("\0", "").encode())
        return True

    def _with_media(self, line: str) -> str:
        pictures, self._media = "".join(map(_VISION.format, self._media)), []
        return pictures + line

    def _takes_media(self, lines: EchoedLines) -> bool:
        """Ask for media; False when one of them is not there, which ends the turn."""
        self._log.write(f"{self._parts.script.media_marker} >> ".encode())
        paths = (lines.line() or b"").decode("utf-8", "replace").split()
        for path in paths:
            name = path.removeprefix("video:").removeprefix("audio:")
            if not Path(name).exists():
                message = f"vision.Prepare failed: cannot read {path}"
                self._log.line("ERR", "Run:3702", message)
                return False
        self._media = paths
        return True

    def _remove_last(self) -> None:
        if [message.role for message in self._history[-2:]] != ["user", "assistant"]:
            return
        question, answer = self._history[-2:]
        del self._history[-2:]
        for text in ("remove last conversation ", f"Q:{question.content} ", f"A:{answer.content}"):
            self._log.line("INF", "run_interactive_mode:788", text)

    def _print_history(self) -> None:
        self._log.line("INF", "run_interactive_mode:804", f"history size: {len(self._history)}")
        for role, content in self._history:
            text = f"{role}: {content}".rstrip("\n").encode("utf-8", "replace")
            self._log.write(self._log.coloured(_COLOURS[role], text))
