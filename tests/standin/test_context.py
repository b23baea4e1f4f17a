"""The context console: no session of the real one was recorded, so the facts of its source decide.

Facts: vendor LLM.hpp, main.cpp and Tokenizer.cpp of the context builds; runner-console facts, part I
sections 3 and 4.
"""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from axchat.standin import vocabulary
from support import standin_model
from support.recordings import mask
from support.standin_run import CONTEXT, Run
from support.tokenizer_server import Misbehaviour, TokenizerServer, UidAnswers

SYSTEM = "<|im_start|>system\nYou help.<|im_end|>\n"
ASK = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
READY = b"prompt >> "


@pytest.fixture
def server() -> Iterator[TokenizerServer]:
    """A uid tokenizer server on the stand-in's vocabulary."""
    with TokenizerServer(UidAnswers()) as running:
        yield running


def start(
    server: TokenizerServer, directory: Path, options: dict[str, str] | None = None, **script: Any
) -> Run:
    """A run on a terminal without echo, and with a trace."""
    standin_model.write(directory, connect_retry_s=0, **script)
    arguments = standin_model.context_arguments(server.address, **(options or {}))
    return Run(
        ["--standin-trace", str(directory / "trace"), *arguments], directory, echo=False, command=CONTEXT
    )


def trace(directory: Path) -> list[dict[str, Any]]:
    """The trace's lines."""
    return [json.loads(line) for line in (directory / "trace").read_text().splitlines()]


def talk(run: Run, *lines: str) -> bytes:
    """Type each line at the marker, then q; return what was printed after the first marker."""
    with run:
        for number, line in enumerate([*lines, "q"], 1):
            run.wait_for(
                lambda printed, number=number: printed.count(READY) == number and printed.endswith(READY)
            )
            run.send(line.encode() + b"\n")
        run.finish()
    assert run.returncode == 0
    return run.printed.replace(b"\r\n", b"\n").partition(READY)[2]


def plain(data: bytes) -> bytes:
    """The bytes with the colours and the source lines' numbers taken out, and rates and times masked."""
    return re.sub(rb"\[ *(\w+)\]\[ *\d+\]", rb"[\1]", re.sub(rb"\x1b\[[0-9;]*m", b"", mask(data)))


class TestStart:
    """From the first line to the marker."""

    def test_it_says_connect_uid_sizes_groups_and_system_prompt_in_order(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """Each line of the facts' start sequence comes, in that order."""
        run = start(server, tmp_path, prefill_groups=[1, 512])
        talk(run)

        wanted = [
            b"[I][Init]: LLM init start\n",
            b"[I][Init]: connect http://HOST ok\n[I][Init]: uid: uid-0\nbos_id: -1, eos_id: 151645\n",
            b"tokenizer init ok",
            b"AXCLWorker start with devid 0",
            b"init 1 axmodel ok,devid(0) remain_cmm(M)",
            b"max_token_len : 1023\n",
            b"prefill_token_num : 128\n[I][Init]: grp: 1, prefill_max_token_num : 1\n",
            b"grp: 2, prefill_max_token_num : 512\n[I][Init]: prefill_max_token_num : 512\n",
            b"|    ID| remain cmm(MB)|\n",
            b"load config: \n",
            b'LLM init ok\nType "q" to exit, Ctrl+c to stop current running\n',
            b"[I][GenerateKVCachePrefill]: input token num : ",
            b"[I][main]: precompute_len: ",
            b"[I][main]: system_prompt: You help.\nprompt >> ",
        ]
        printed = plain(run.printed.replace(b"\r\n", b"\n"))
        places = [printed.find(part) for part in wanted]
        assert -1 not in places, (wanted[places.index(-1)], printed)
        assert places == sorted(places)

    def test_a_tokenizer_that_is_down_is_tried_ten_times(self, tmp_path: Path) -> None:
        """A line each, then three that say that it failed, and status 255."""
        standin_model.write(tmp_path, connect_retry_s=0)
        run = Run(standin_model.context_arguments("http://127.0.0.1:1"), tmp_path, command=CONTEXT)
        with run:
            assert run.finish() == 255

        assert run.printed.count(b"connect failed http://127.0.0.1:1, try again in ") == 10
        assert b"try again in  0/10 \r\n" in run.printed
        assert b"tokenizer.Init(http://127.0.0.1:1) failed" in run.printed
        assert run.printed.endswith(b"lLaMa.Init failed\x1b[0m\r\n")

    def test_a_uid_that_does_not_come_at_once_is_asked_for_again(self, tmp_path: Path) -> None:
        """Two bad answers are two lines on stdout and two on stderr; then it starts."""
        answers = UidAnswers()
        bad = iter(["error", "{}"])
        with TokenizerServer(lambda request: next(bad, None) or answers(request)) as server:
            run = start(server, tmp_path)
            talk(run)

        assert b"get uid failed, try again 9/10" in run.printed
        assert b"get uid failed, try again 8/10" in run.printed
        assert len(run.stderr().splitlines()) == 2

    def test_another_status_ends_the_start(self, tmp_path: Path) -> None:
        """It is not asked again: status 255."""
        with TokenizerServer(UidAnswers(), {1: Misbehaviour(status=500)}) as server:
            with start(server, tmp_path) as run:
                assert run.finish() == 255
            assert b"get uid failed, status: 500" in run.printed

    def test_devices_are_required(self, tmp_path: Path) -> None:
        """The parser's own words and status."""
        with Run(["--live_print", "1"], tmp_path, command=CONTEXT) as run:
            assert run.finish() == 1

        assert run.stderr().startswith(b"need option: --devices\nusage: ")


class TestKvCacheFiles:
    """``--kvcache_path``."""

    def test_the_first_start_writes_it_and_the_second_reads_it(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """The second start computes nothing, and its cache holds the same ids."""
        (tmp_path / "kv").mkdir()
        first = start(server, tmp_path, {"kvcache_path": "kv"})
        talk(first)
        second = start(server, tmp_path, {"kvcache_path": "kv"})
        talk(second)

        assert b"load kvcache from path: kv failed,generate kvcache" in first.printed
        assert b"generate kvcache to path: kv" in first.printed
        assert b"load kvcache from path: kv success,precompute_len: " in second.printed
        assert b"GenerateKVCachePrefill" not in second.printed
        made, read = trace(tmp_path)
        assert made == read

    def test_a_missing_directory_is_two_errors_and_goes_on(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """Nothing creates it, and the last line claims all the same that it was written."""
        run = start(server, tmp_path, {"kvcache_path": "gone"}, answers=[{"text": "yes"}])
        printed = talk(run, "go")

        assert run.printed.count(b"save kvcache failed") == 2
        assert b"generate kvcache to path: gone" in run.printed
        assert b"\nyes\n\n" in printed


class TestTurn:
    """What a turn prints, feeds and asks."""

    def test_a_turn_is_these_lines(self, server: TokenizerServer, tmp_path: Path) -> None:
        """Cache, chunks, ttft, answer, end, cache."""
        printed = talk(start(server, tmp_path, answers=[{"text": "yes"}], prefill_token_num=8), "go")

        used = len(vocabulary.encode(SYSTEM))
        new = len(vocabulary.encode(ASK.format("go")))
        kept = used + new + len(vocabulary.encode("yes"))
        room = (2048 - used) // 8 * 8
        lines = [
            f"[I][SetKVCache]: prefill_grpid:2 kv_cache_num:512 precompute_len:{used} input_num_token:{new}",
            f"[I][SetKVCache]: current prefill_max_token_num:{room}",
            f"[I][Run]: input token num : {new}, prefill_split_num : 2",
            "[I][Run]: input_num_token:8",
            f"[I][Run]: input_num_token:{new - 8}",
            "[I][Run]: ttft: R ms",
            "yes\n",
            "[N][Run]: hit eos,avg R token/s\n",
            f"[I][GetKVCache]: precompute_len:{kept}, remaining:{2048 - kept}",
            "prompt >> ",
        ]
        assert plain(printed).split(b"[I][run]")[0] == "\n".join(lines).encode()

    def test_the_cache_holds_the_whole_conversation(self, server: TokenizerServer, tmp_path: Path) -> None:
        """Each turn feeds only what is new; what the cache holds is the dialogue, as its text shows."""
        talk(start(server, tmp_path, answers=[{"text": "one"}, {"text": "two"}]), "first", "second")

        filled, first, second = trace(tmp_path)
        assert vocabulary.decode(filled["kv"]) == SYSTEM
        assert vocabulary.decode(first["fed"]) == ASK.format("first")
        assert vocabulary.decode(second["fed"]) == ASK.format("second")
        # Nothing feeds the end of an answer: the vendor's diff begins behind it.
        assert vocabulary.decode(second["kv"]) == (
            SYSTEM + ASK.format("first") + "one" + ASK.format("second") + "two"
        )
        assert [vocabulary.decode(turn["answered"]) for turn in (first, second)] == ["one", "two"]

    def test_only_the_diff_is_fed(self, tmp_path: Path) -> None:
        """A wrong one leaves a cache that is not the conversation, and the trace shows it."""
        answers = UidAnswers()

        def repeating(request: Any) -> str:
            reply = json.loads(answers(request))
            return json.dumps({**reply, "diff": reply["token_ids"]} if "diff" in reply else reply)

        with TokenizerServer(repeating) as server:
            talk(start(server, tmp_path, answers=[{"text": "one"}]), "go")

        assert vocabulary.decode(trace(tmp_path)[-1]["kv"]) == SYSTEM + SYSTEM + ASK.format("go") + "one"

    def test_the_answer_goes_back_as_last_reply(self, server: TokenizerServer, tmp_path: Path) -> None:
        """Every call carries the uid; the first /encode has no last_reply; keys are in nlohmann's order."""
        talk(start(server, tmp_path, answers=[{"text": "one"}]), "a", "b")

        asked = [(r.path, r.body) for r in server.requests]
        assert asked[:4] == [
            ("/get_uid", ""),
            ("/bos_id?uid=uid-0", ""),
            ("/eos_id?uid=uid-0", ""),
            ("/reset", '{"system_prompt":"You help.","uid":"uid-0"}'),
        ]
        assert [body for path, body in asked if path == "/encode"] == [
            '{"img_prompt":false,"text":"a","uid":"uid-0"}',
            '{"img_prompt":false,"last_reply":"one","text":"b","uid":"uid-0"}',
        ]
        ids = json.dumps(vocabulary.encode("one"), separators=(",", ":"))
        assert ("/decode", f'{{"token_ids":{ids},"uid":"uid-0"}}') in asked

    def test_reset_fills_the_cache_anew(self, server: TokenizerServer, tmp_path: Path) -> None:
        """It is no turn: the prefill's lines, then the marker; the cache holds the system prompt alone."""
        printed = talk(start(server, tmp_path, answers=[{"text": "one"}]), "a", "reset")

        assert vocabulary.decode(trace(tmp_path)[-1]["kv"]) == SYSTEM
        after = plain(printed).split(READY)[1]
        assert after.startswith(b"[I][GenerateKVCachePrefill]: input token num : ")
        assert b"hit eos" not in after

    def test_without_live_print_the_answer_comes_after_the_end(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """Behind the line that tells of the cache."""
        printed = talk(start(server, tmp_path, {"live_print": "0"}, answers=[{"text": "one"}]), "a")

        assert re.search(rb"hit eos.*remaining:\d+\x1b\[0m\none\nprompt >> ", printed, re.DOTALL)

    def test_the_length_limit_leaves_the_last_token_out_of_the_cache(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """It was answered, but never fed; and what is not a whole chunk is not shown."""
        prompt = len(vocabulary.encode(SYSTEM + ASK.format("a")))
        run = start(server, tmp_path, answers=[{"text": "abcdefghijklmnop"}], max_token_len=prompt + 4)
        printed = talk(run, "a")

        last = trace(tmp_path)[-1]
        assert len(last["answered"]) == 5
        assert len(last["kv"]) == prompt + 4
        assert b"abcdef\n\n" in printed


class TestFullContext:
    """A turn for which the cache has no room."""

    def test_it_ends_without_an_answer_and_without_an_end_line(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """Two error lines and the marker; the cache is as it was."""
        run = start(server, tmp_path, prefill_groups=[1, 40], prefill_token_num=4, answers=[{"text": "one"}])
        printed = plain(talk(run, "a", "long " * 20))

        assert b"one\n\n[N][Run]: hit eos" in printed.split(READY)[0]
        full = printed.split(READY)[1]
        assert re.search(
            rb"\[E\]\[SetKVCache\]: precompute_len\(\d+\) \+ input_num_token\(\d+\) > "
            rb"_attr.prefill_max_kv_cache_num_grp\[1\]\n"
            rb"\[E\]\[main\]: SetKVCache failed: -1,the context may be full,"
            rb'input "reset" to reset context\n\Z',
            full,
        )
        assert b"hit eos" not in full
        first, refused = trace(tmp_path)[-2:]
        assert refused == {"turn": 1, "fed": [], "kv": first["kv"], "answered": []}

    def test_a_prompt_beyond_the_window_is_refused_though_the_cache_has_room(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """The window is rounded down to whole prefill chunks."""
        used, ends = len(vocabulary.encode(SYSTEM)), len(vocabulary.encode(ASK.format("")))
        groups = [1, used + 128 + 100]
        prompt = "é" * (groups[1] - used - ends)
        run = start(server, tmp_path, prefill_groups=groups)
        printed = plain(talk(run, prompt))

        refused = f"input_num_token({groups[1] - used}) > _attr.prefill_max_token_num(128)\n[E][main]"
        assert refused in printed.decode()

    def test_reset_makes_room_again(self, server: TokenizerServer, tmp_path: Path) -> None:
        """A refused turn leaves a smaller window to the next; after a reset it is as wide as at first."""
        run = start(server, tmp_path, prefill_groups=[1, 64], prefill_token_num=4, answers=[{"text": "one"}])
        turns = talk(run, "long " * 30, "long " * 30, "reset", "a").split(READY)[:4]

        assert [b"hit eos" in turn for turn in turns] == [False, False, False, True]
        window = re.compile(rb"current prefill_max_token_num:(-?\d+)")
        first, second, last = (int(found[1]) for turn in turns if (found := window.search(turn)))
        assert second < first == last


class TestInterrupt:
    """SIGINT."""

    def test_the_part_that_was_said_stays_in_the_conversation(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """It is the next turn's last_reply."""
        run = start(
            server, tmp_path, answers=[{"text": "abcdefghijklmnop", "slow": {"3": 100}}, {"text": "z"}]
        )
        with run:
            run.wait_for_end_of(READY)
            run.send(b"go\n")
            run.wait_for_end_of(b"abcdef")
            run.kill(signal.SIGINT)
            run.wait_for_end_of(READY)
            run.send(b"more\n")
            run.wait_for(lambda printed: printed.count(b"hit eos") == 2 and printed.endswith(READY))
            run.send(b"q\n")
            run.finish()

        encodes = [json.loads(r.body) for r in server.requests if r.path == "/encode"]
        assert encodes[1]["last_reply"] == "abcdef"

    def test_inside_encode_it_is_lost(self, server: TokenizerServer, tmp_path: Path) -> None:
        """The flag is taken back before the prompt is run: the answer is whole."""
        pids: list[int] = []

        def stop_at_encode() -> None:
            if server.requests[-1].path == "/encode":
                os.kill(pids[0], signal.SIGINT)

        server.before_answer = stop_at_encode
        run = start(server, tmp_path, answers=[{"text": "all of it"}])
        pids.append(run.pid)

        assert b"all of it\n\n" in talk(run, "go")


class TestTokenizerThatForgot:
    """A server that does not know the uid."""

    def test_an_invalid_uid_at_encode_is_death(self, server: TokenizerServer, tmp_path: Path) -> None:
        """SIGABRT of an exception that nobody catches."""
        with start(server, tmp_path, fail="encode-uid-0") as run:
            run.wait_for_end_of(READY)
            run.send(b"go\n")

            assert run.finish() == -signal.SIGABRT

        assert b"type_error" in run.stderr()

    def test_a_server_that_is_gone_is_death(self, tmp_path: Path) -> None:
        """SIGSEGV, as the legacy console."""
        with TokenizerServer(UidAnswers()) as server:
            run = start(server, tmp_path)
            run.wait_for_end_of(READY)
        with run:
            run.send(b"go\n")

            assert run.finish() == -signal.SIGSEGV

    def test_an_encode_that_fails_runs_a_turn_on_nothing(
        self, server: TokenizerServer, tmp_path: Path
    ) -> None:
        """Two error lines, then a whole turn with no input."""
        printed = plain(talk(start(server, tmp_path, fail="encode-500-0", answers=[{"text": "x"}]), "go"))

        assert b"[E][Encode]: encode failed, status: 500\n[E][Encode]: encode failed\n" in printed
        assert b"input token num : 0, prefill_split_num : 0\n" in printed
        assert b"hit eos" in printed
