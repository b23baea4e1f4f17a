"""The stand-in against the real legacy runner: each recorded session, replayed, gives the same bytes."""

import json
from pathlib import Path

import pytest

from support import recordings, tokenizer_server
from support.ports import free_port
from support.recordings import LEGACY, mask
from support.replay import (
    SLOW_S,
    Case,
    arguments_of,
    asked,
    replay,
    script_of,
    write_models,
)
from support.standin_run import Run
from support.tokenizer_server import Misbehaviour, TokenizerServer

STANDIN = LEGACY.parent / "standin"
STATUS_500 = Misbehaviour(status=500)
CASES = {
    "01-pty-start-turn-q": Case(),
    "02-pty-oneshot-live0-cont0": Case(),
    "02-pty-oneshot-live0-cont1": Case(),
    "02-pty-oneshot-live1-cont0": Case(),
    "02-pty-oneshot-live1-cont1": Case(),
    "03-pipe-oneshot-live0-cont0": Case(),
    "03-pipe-oneshot-live1-cont1": Case(),
    "04-pipe-answers-live0": Case(),
    "04-pty-answers-live1": Case(),
    "05-pty-length-limit": Case(),
    "07-pty-0x03-midline": Case(),
    "07-pty-invalid-utf8-lone-ff": Case(),
    "07-pty-newline-in-prompt": Case(),
    "07-pty-tab": Case(),
    "08-pty-empty-line": Case(),
    "08-pty-noecho": Case(),
    "10-pty-SIGTERM-generating": Case(slow={"9": SLOW_S}, cut=True),
    # The recorded last token came from a step that the signal cut short (facts, part II section 5).
    "10-pty-ctrlC-generating": Case(fail="stale-token", slow={"9": SLOW_S}, cut=True),
    "10-pty-ctrlC-prefill": Case(slow={"prefill": SLOW_S}, cut=True),
    "20-pipe-tok-down-at-start": Case(),
    "20-pty-tok-500-bos": Case(wrong={1: STATUS_500}),
    "20-pty-tok-down-at-start": Case(),
    "20-pty-tok-slow-1.2": Case(wrong={1: Misbehaviour(silent=True)}),
    "21-pty-decode-500-once": Case(wrong={5: STATUS_500}),
    "21-pty-decode-empty-text": Case(),
    "21-pty-encode-500": Case(wrong={3: STATUS_500}),
    "21-pty-encode-empty": Case(),
    "21-pty-tok-dies-at-2nd-decode": Case(wrong={5: Misbehaviour(close=True)}),
    "30-pty-load-fail-layer2": Case(fail="load-layer-2"),
    "30-pty-no-device": Case(fail="no-device"),
    "30-pty-setdevice-fail": Case(fail="setdevice"),
    "31-pty-missing-layer": Case(),
    "31-pty-no-post-config": Case(post_config=False),
    "32-pty-help": Case(),
    "32-pty-unknown-arg": Case(),
    # The recording rig's words on stderr are its own.
    "34-pty-crash-segv-token5": Case(fail="segv-token-5", cut=True, same_stderr=False),
    "34-pty-device-dead-logonly": Case(fail="late-log"),
    "34-pty-device-dead-short": Case(fail="dead-device-token-5", same_stderr=False, folder=STANDIN),
    "06-pty-canon-line-5000": Case(folder=STANDIN),
    "11-pty-ctrlC-idle": Case(folder=STANDIN),
    "12-pty-typeahead": Case(folder=STANDIN),
    "33-pty-hang-setdevice": Case(fail="hang-setdevice", folder=STANDIN),
    # The recorded hang had begun before the key was pressed, which the console does not show.
    "34-pty-hang-token5": Case(fail="ignore-int,hang-token-5", cut=True, folder=STANDIN),
    "50-axcl-llm-pty-own-tokenizer": Case(folder=STANDIN),
    "50-multi-pty-own-tokenizer": Case(build="multi", children=True, folder=STANDIN),
    "51-pty-SIGINT-inside-decode-1": Case(cut=True, folder=STANDIN),
    "51-pty-SIGINT-inside-encode": Case(cut=True, folder=STANDIN),
    "52-pty-short-answers": Case(folder=STANDIN),
    "54-pty-bos1-eos1-srvbos-1": Case(folder=STANDIN),
    # The recorded stderr holds what children of the vendor's program print without a card.
    "60-prefill-pty-start-turn-q": Case(build="prefill", same_stderr=False),
    "60-multi-pty-start-turn-q": Case(build="multi", same_stderr=False),
    "61-multi-pty-setdevice-fail": Case(build="multi", fail="setdevice"),
    "61-multi-pty-tok-down-at-start": Case(build="multi"),
    "62-prefill-pty-length-limit-p128": Case(build="prefill", children=True, folder=STANDIN),
    "70-stdin-pipe-stdout-pty": Case(options_of="52-pty-short-answers", quits=True, folder=STANDIN),
}


# Its signal fell while a token was computed that nothing showed: when to repeat it cannot be seen.
INDETERMINATE = {"10-pipe-kill-INT-generating"}
# Neither its typed line nor its tokenizer calls were recorded: a test of its own says what they were.
WITHOUT_STEPS = {"06-pty-raw-line-70000"}


class TestRecordedSessions:
    """What the stand-in prints, returns and asks is what the real program printed, returned and asked."""

    @pytest.mark.parametrize("name", CASES)
    def test_a_replayed_session_gives_the_recorded_bytes(self, name: str, tmp_path: Path) -> None:
        """Console, stderr, exit status and tokenizer calls agree, numbers that vary masked."""
        case = CASES[name]
        recording = recordings.read(name, case.folder)
        if case.children:
            recording = recording.without_children()
        if case.options_of:
            recording = recording._replace(argv=recordings.read(case.options_of, case.folder).argv)
        exchanges = tokenizer_server.recorded(case.folder, name)
        (tmp_path / "script.json").write_text(json.dumps(script_of(recording, exchanges, case)))
        answers = tokenizer_server.from_recording(exchanges)
        with TokenizerServer(answers, case.wrong) as server:
            address = f"http://127.0.0.1:{free_port()}" if "tok-down" in name else server.address
            run = replay(recording, case, tmp_path, server, address)

        assert mask(run.printed) == mask(recording.console)
        assert run.returncode == recording.returncode
        if case.same_stderr:
            assert mask(run.stderr()) == mask(recording.stderr or b"")
        heads = any(exchange.request.head for exchange in exchanges)
        assert [asked(r, heads) for r in server.requests] == [asked(e.request, heads) for e in exchanges]

    def test_every_capture_of_the_played_builds_is_replayed(self) -> None:
        """No recorded session of a build that the stand-in plays is left out, but the indeterminate one."""
        captured = {path.stem for folder in (LEGACY, STANDIN) for path in folder.glob("*.meta")}

        assert captured == {*CASES, *INDETERMINATE, *WITHOUT_STEPS}

    def test_a_line_of_70000_bytes_is_one_prompt_on_a_raw_terminal(self, tmp_path: Path) -> None:
        """It reaches /encode whole; its ids are too many, so the answer is empty (06-pty-raw-line-70000)."""
        recording = recordings.read("06-pty-raw-line-70000", STANDIN)
        (tmp_path / "script.json").write_text(json.dumps(script_of(recording, [], Case())))
        write_models(tmp_path, recording.argv, Case())
        line = b"x" * 70000
        with TokenizerServer(tokenizer_server.from_vocabulary) as server:
            arguments = arguments_of(recording, server.address, Case())
            env = {"AXCHAT_STANDIN_SCRIPT": str(tmp_path / "script.json")}
            with Run(arguments, tmp_path, raw=True, env=env) as run:
                run.wait_for_end_of(b">> ")
                run.send(line + b"\n")
                run.wait_for(lambda printed: printed.endswith(b">> ") and b"hit eos" in printed)
                run.send(b"q\n")
                run.finish()

        assert mask(run.printed) == mask(recording.console)
        assert run.returncode == recording.returncode
        assert [json.loads(r.body)["text"] for r in server.requests if r.path == "/encode"] == [line.decode()]
