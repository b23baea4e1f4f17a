"""One turn: prompt in, tokens out, the end line (vendor LLM.hpp, observed in the recorded sessions).

axcl-llm and multi builds feed the prompt token by token through the decoder; prefill builds feed it at once
and do not check the first token for the end. Text comes only from the tokenizer's /decode, three ids at a
time.
"""

import time
from collections.abc import Sequence

from axchat.standin import death, text
from axchat.standin.clock import Pace
from axchat.standin.script import Answer
from axchat.standin.session import Session
from axchat.standin.tokenizer_client import Specials, TokenizerClient
from axchat.standin.turn_faults import play_faults, report_dead

IDS_PER_CHUNK = 3
_LINE_BY_INDEX = 70
_LINE_ENCODE = 379


class Turn:
    """A turn in progress; ``run`` plays it and returns what ``--live_print 0`` prints afterwards."""

    def __init__(self, session: Session, tokenizer: TokenizerClient, specials: Specials) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._specials = specials
        self._settings = session.settings
        self._device = session.device
        self._pace = Pace(session.interrupts, stoppable=True)
        self._answer: list[int] = []
        self._cached: list[int] = []
        self._kv: list[int] = []
        self._stopped_in_decode = False
        self._script = Answer(None, [], {})

    def run(self, prompt: bytes) -> bytes:
        """Play the turn of one typed line."""
        self._session.interrupts.stop = False
        ids = self._encode(prompt)
        self._begin()
        run = self._run_prefill if self._session.build.has_ttft else self._run_token_by_token
        shown = self._end(run(ids))
        self._session.trace.write(self._session.faults.turn, ids, self._kv, self._answer)
        return shown

    def _begin(self) -> None:
        self._started = time.monotonic()
        self._pace = Pace(self._session.interrupts, stoppable=True)

    def _encode(self, prompt: bytes) -> list[int]:
        ids = self._tokenizer.encode(prompt)
        if self._settings.bos:
            ids.insert(0, self._specials.bos_id)
        if self._settings.eos:
            ids.append(self._specials.eos_id)
        if not ids:
            death.segmentation_fault()
        self._script = self._session.script.reply_to(prompt.decode("utf-8", "replace"), ids)
        if self._session.build.has_ttft and len(ids) > self._session.script.prefill_token_num:
            limit = self._session.script.prefill_token_num
            self._log("E", "Encode", _LINE_ENCODE, f"input_ids({len(ids)}) > prefill_token_num({limit})")
            return []
        self._look_up(ids[0], first=True)
        return ids

    def _run_token_by_token(self, ids: list[int]) -> int:
        """Play an axcl-llm turn; return the tokens that its rate counts: prompt and answer."""
        self._pace.step(self._script.slow.get("prefill", 0.0))
        for position in range(self._session.script.max_token_len):
            if self._stops_clean():
                break
            if 0 < position < len(ids):
                self._look_up(ids[position])
            self._kv.append(ids[position] if position < len(ids) else self._answer[-1])
            if position + 1 < len(ids):
                if self._device.dead:
                    report_dead(self._session, self._settings.layers)
                if not self._pace.step(self._session.script.prefill_token_s):
                    break
            elif not self._next_token():
                break
            self._draw_bar(position + 1)
        return len(ids) + len(self._answer)

    def _run_prefill(self, ids: Sequence[int]) -> int:
        """Play a prefill build's turn; return the tokens that its rate counts: the answer's."""
        self._prefill(ids)
        if self._device.dead:
            report_dead(self._session, self._settings.layers + 1)
        self._answer.append(self._computed())
        self._cached.append(self._answer[-1])
        ttft_ms = (time.monotonic() - self._started) * text.MILLISECONDS
        self._log("I", "Run", self._session.build.line_ttft, f"ttft: {ttft_ms:.2f} ms")
        self._started = time.monotonic()
        for position in range(len(self._kv), self._session.script.max_token_len):
            if self._stops_clean():
                break
            self._kv.append(self._answer[-1])
            if not self._next_token():
                break
            self._draw_bar(position + 1)
        return len(self._answer)

    def _prefill(self, ids: Sequence[int]) -> None:
        """Put the prompt into the cache."""
        self._kv += ids
        slow_s = self._script.slow.get("prefill", 0.0)
        self._pace.step(self._session.script.prefill_token_s * len(ids) + slow_s)

    def _stops_clean(self) -> bool:
        """Say whether a stop ends the turn before another token; one inside a /decode always does."""
        stale = self._session.faults.has("stale-token") and not self._stopped_in_decode
        return self._session.interrupts.stop and not stale

    def _next_token(self) -> bool:
        """Compute one answer token and show it; False when the turn ends."""
        layers = self._settings.layers
        play_faults(self._session, len(self._answer), len(self._script.ids), layers, self._report_dead)
        slow_s = self._script.slow.get(str(len(self._answer)), 0.0)
        going_on = self._pace.step(self._session.script.token_s + slow_s)
        if not going_on and not self._session.faults.has("stale-token"):
            return False
        token = self._computed()
        if token == self._specials.eos_id:
            self._show_chunk()
            return False
        self._answer.append(token)
        self._cached.append(token)
        if len(self._cached) >= IDS_PER_CHUNK:
            self._show_chunk()
        return going_on

    def _report_dead(self, times: int) -> None:
        report_dead(self._session, times)

    def _computed(self) -> int:
        """Return the script's next token, or once more the last one of a device that has died since."""
        if not self._device.dead:
            made, ids = len(self._answer), self._script.ids
            self._device.last_token = ids[made] if made < len(ids) else self._specials.eos_id
        return self._device.last_token

    def _show_chunk(self) -> None:
        chunk, self._cached = self._cached, []
        if not self._settings.live or not chunk:
            return
        asked = time.monotonic()
        shown = text.c_string(self._tokenizer.decode(chunk))
        if not self._session.script.steady:
            self._pace.spent(time.monotonic() - asked)
        self._stopped_in_decode = self._session.interrupts.stop
        self._show(shown)

    def _show(self, data: bytes) -> None:
        """Print a piece of the answer."""
        self._session.output.write(data)
        self._session.output.flush()

    def _end(self, counted: int) -> bytes:
        seconds = time.monotonic() - self._started
        output = self._session.output
        output.write(b"\n" * self._session.build.end_newlines)
        output.flush()
        output.write(text.turn_end(self._session.build.line_run, counted, seconds))
        whole = self._tokenizer.decode(self._answer)
        self._keep(whole)
        return b"" if self._settings.live else text.c_string(whole) + b"\n"

    def _keep(self, reply: bytes) -> None:
        """Take the text of the whole answer; a stateless console has no use for it."""

    def _draw_bar(self, done: int) -> None:
        if self._settings.live:
            return
        elapsed_ms = int((time.monotonic() - self._started) * text.MILLISECONDS)
        bar = text.progress(done, self._session.script.max_token_len, elapsed_ms, "token", "")
        self._session.output.write(bar)
        self._session.output.flush()

    def _look_up(self, token: int, *, first: bool = False) -> None:
        """Look a token up in the embeddings; outside them it is an error line, and death for the first."""
        if 0 <= token < self._settings.embed_num:
            return
        message = f"index({token}) > token_num({self._settings.embed_num})"
        self._log("E", "getByIndex", _LINE_BY_INDEX, message)
        if first:
            death.segmentation_fault()

    def _log(self, level: str, function: str, line: int, message: str) -> None:
        self._session.output.write(text.log(level, function, line, message))
