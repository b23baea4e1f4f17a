"""The stand-in for ``main_api_*``, held to what is known of it (facts, part I section 6)."""

import signal
from pathlib import Path

from support import standin_api

LONG_S = 100.0
BEGUN = b"ttft: "
SAID = list(b"abcdefghi")


class TestTurns:
    """Asked for, polled, stopped."""

    def test_an_answer_is_polled_to_its_end(self, tmp_path: Path) -> None:
        """It comes by polls only; stdout has the log without it."""
        with standin_api.started(tmp_path, answers=[{"ids": SAID}]) as api:
            asked = api.generate("hi")
            text = api.answer(BEGUN)
            after = api.poll()

        assert asked == (200, {"status": "ok"})
        assert text == "abcdefghi"
        assert after == {"done": True, "response": ""}
        assert b"abc" not in api.run.printed
        assert b"hit eos,avg" in api.run.printed

    def test_the_conversation_is_one_for_all(self, tmp_path: Path) -> None:
        """A later turn's cache begins with the one before."""
        with standin_api.started(tmp_path, answers=[{"ids": SAID}]) as api:
            api.generate("a")
            api.answer(BEGUN)
            status, said = api.call("POST", "/api/chat", {"messages": [{"role": "user", "content": "b"}]})
            system, first, second = api.trace()

        assert (status, said) == (200, {"done": True, "message": "abcdefghi"})
        assert first["kv"][: len(system["kv"])] == system["kv"]
        assert second["kv"][: len(first["kv"])] == first["kv"]

    def test_only_the_first_message_of_a_chat_is_used(self, tmp_path: Path) -> None:
        """Also when a later one is the question."""
        answers = [{"match": "first", "text": "one"}, {"match": "second", "text": "two"}]
        messages = [{"role": "user", "content": "first"}, {"role": "user", "content": "second"}]
        with standin_api.started(tmp_path, answers=answers) as api:
            said = api.call("POST", "/api/chat", {"messages": messages})[1]

        assert said["message"] == "one"

    def test_a_second_request_is_refused_and_a_stop_makes_room(self, tmp_path: Path) -> None:
        """400 while a turn runs; the turn that was stopped is over, the next one is another."""
        answers = [{"match": "a", "ids": SAID, "slow": {"6": LONG_S}}, {"match": "b", "text": "next"}]
        with standin_api.started(tmp_path, answers=answers) as api:
            api.generate("a")
            text = api.text_of(6)
            refused = [api.generate("b"), api.call("POST", "/api/reset", {})]
            api.call("GET", "/api/stop")
            rest = api.answer(b"hit eos")
            api.generate("b")
            api.run.wait_for(lambda printed: printed.count(b"hit eos") == 2)
            after = api.answer(b"hit eos")

        assert refused == [(400, {"error": "llm is running"})] * 2
        assert (text, rest) == ("abcdef", "")
        assert after == "next"

    def test_a_full_context_is_an_answer(self, tmp_path: Path) -> None:
        """With the vendor's unfilled place for a number; after a reset there is room."""
        with standin_api.started(
            tmp_path, answers=[{"text": "said"}], prefill_groups=[1, 64, 128, 192]
        ) as api:
            api.generate("long " * 100)
            full = api.answer(b"SetKVCache failed")
            reset = api.call("POST", "/api/reset", {"system_prompt": "Be brief."})
            while api.generate("a")[0] != 200:
                continue
            text = api.answer(BEGUN)

        assert full == "error: SetKVCache failed: %d,the context may be full,please reset"
        assert reset == (200, {"status": "ok"})
        assert text == "said"


class TestCalls:
    """Wrong ones, and the end."""

    def test_wrong_requests_are_refused(self, tmp_path: Path) -> None:
        """400 with the vendor's words; 404 for other paths."""
        with standin_api.started(tmp_path) as api:
            answers = [
                api.call("POST", "/api/generate", b"{"),
                api.call("POST", "/api/generate", {"text": "x"}),
                api.call("POST", "/api/chat", {"messages": [{"content": "x"}]}),
                api.call("GET", "/v1/models"),
            ]

        assert answers == [
            (400, {"error": "Invalid request format"}),
            (400, {"error": "Invalid request format"}),
            (400, {"error": "Invalid message format"}),
            (404, None),
        ]

    def test_sigint_ends_it(self, tmp_path: Path) -> None:
        """The device is let go."""
        with standin_api.started(tmp_path) as api:
            status = api.run.end(signal.SIGINT)

        assert status == 0
        assert b"AXCLWorker exit with devid 0" in api.run.printed

    def test_a_device_that_dies_repeats_a_token_to_the_limit(self, tmp_path: Path) -> None:
        """The truth is in the log only."""
        answers = [{"ids": SAID}]
        with standin_api.started(
            tmp_path, answers=answers, fail="dead-device-token-2", max_token_len=90
        ) as api:
            api.generate("a")
            text = api.answer(b"AX_ENGINE_Execute")

        assert text.startswith("abbbb")
        assert text.endswith("b")
