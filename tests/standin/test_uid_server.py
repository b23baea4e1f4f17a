"""The uid tokenizer server of the stand-in (facts: vendor tokenizer HTTP servers, uid version)."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from axchat.standin import http_client, vocabulary
from axchat.standin.uid_server import UidServer, UidSession


@pytest.fixture
def address() -> Iterator[str]:
    """A running server's address."""
    with UidServer("127.0.0.1", 0, "You help.") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def ask(address: str, path: str, body: object = None) -> dict[str, object]:
    """The answer with status 200, as a value."""
    data = None if body is None else json.dumps(body).encode()
    reply = http_client.request(address, "GET" if data is None else "POST", path, data)
    assert reply.status == 200
    value = json.loads(reply.body)
    assert isinstance(value, dict)
    return value


class TestCalls:
    """What it answers over HTTP."""

    def test_each_uid_is_a_conversation_of_its_own(self, address: str) -> None:
        """The first turn of either is the same, and the special ids ask for the uid."""
        one, two = (ask(address, "/get_uid")["uid"] for _ in range(2))

        assert one != two
        first, second = (ask(address, "/encode", {"uid": uid, "text": "hi"}) for uid in (one, two))
        assert first == second
        assert ask(address, f"/eos_id?uid={one}") == {"eos_id": vocabulary.EOS_ID}
        assert ask(address, f"/bos_id?uid={two}") == {"bos_id": -1}

    @pytest.mark.parametrize("path", ["/encode", "/decode", "/reset", "/eos_id?uid=x"])
    def test_an_unknown_uid_is_an_error_with_status_200(self, path: str, address: str) -> None:
        """The vendor's words."""
        body = None if "?" in path else {"uid": "x", "text": "a", "token_ids": []}

        assert ask(address, path, body) == {"error": "Invalid uid"}

    def test_reset_takes_a_system_prompt(self, address: str) -> None:
        """Its ids come back; without one the last stays."""
        uid = ask(address, "/get_uid")["uid"]

        given = ask(address, "/reset", {"uid": uid, "system_prompt": "Be brief."})["token_ids"]
        assert given == vocabulary.encode("<|im_start|>system\nBe brief.<|im_end|>\n")
        assert ask(address, "/reset", {"uid": uid})["token_ids"] == given

    def test_the_command_line_starts_it(self) -> None:
        """``tokenizer_server --uid`` says where it listens, in the vendor's words."""
        command = [sys.executable, "-m", "axchat.standin.tokenizer_server", "--uid"]
        with subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            said, _, address = process.stdout.readline().strip().rpartition(" ")
            try:
                assert said == "Server running at"
                assert "uid" in ask(address, "/get_uid")
            finally:
                process.terminate()


class TestDiff:
    """Which ids are new."""

    def test_it_begins_behind_what_the_last_turn_left(self) -> None:
        """After a system prompt's /reset the first diff is the user's turn; then each next one."""
        session = UidSession("You help.")
        known = session.reset(None)

        ids, diff = session.encode("hi", None)
        assert known + diff == ids
        ids, diff = session.encode("more", "hello")
        assert vocabulary.decode(diff) == "<|im_start|>user\nmore<|im_end|>\n<|im_start|>assistant\n"
        assert ids[-len(diff) :] == diff
        assert "assistant\nhello<|im_end|>\n" in vocabulary.decode(ids)

    def test_a_lost_answer_shifts_the_conversation(self) -> None:
        """Without last_reply the next user's turn follows the open one of the assistant."""
        session = UidSession("You help.")
        session.reset(None)
        session.encode("hi", None)

        ids, diff = session.encode("more", None)
        assert vocabulary.decode(ids).count("<|im_start|>user") == 2
        assert not vocabulary.decode(diff).startswith("<|im_start|>user")

    def test_a_torn_character_waits(self) -> None:
        """Nothing is shown until the rest of it comes."""
        session = UidSession("")
        ids = vocabulary.encode("a🎉b")

        assert [session.decode(ids[:3]), session.decode(ids[3:])] == ["", "a🎉b"]
