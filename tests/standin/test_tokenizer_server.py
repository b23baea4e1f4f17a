"""The vendor-style tokenizer server of the stand-in (facts: vendor tokenizer HTTP servers)."""

import json
import threading
from collections.abc import Iterator

import pytest

from axchat.standin import http_client, vocabulary
from axchat.standin.tokenizer_server import TokenizerServer, chat_prompt


@pytest.fixture
def address() -> Iterator[str]:
    """A running server's address."""
    with TokenizerServer("127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def ask(address: str, path: str, body: object = None) -> bytes:
    """The body of an answer with status 200."""
    data = None if body is None else json.dumps(body).encode()
    reply = http_client.request(address, "GET" if data is None else "POST", path, data)
    assert reply.status == 200
    return reply.body


class TestAnswers:
    """The four calls and everything else."""

    def test_the_special_ids(self, address: str) -> None:
        """No bos, Qwen's eos."""
        assert json.loads(ask(address, "/bos_id")) == {"bos_id": -1}
        assert json.loads(ask(address, "/eos_id")) == {"eos_id": 151645}

    def test_encode_wraps_the_text_in_the_chat_template(self, address: str) -> None:
        """System prompt, user turn, the assistant's opening."""
        ids = json.loads(ask(address, "/encode", {"text": "hi 深"}))["token_ids"]

        assert vocabulary.decode(ids) == chat_prompt("hi 深")
        assert vocabulary.decode(ids).endswith("<|im_start|>user\nhi 深<|im_end|>\n<|im_start|>assistant\n")

    def test_decode_replaces_torn_characters(self, address: str) -> None:
        """As the vendor's does with errors="replace"."""
        ids = vocabulary.encode("a🎉")[:2]

        assert json.loads(ask(address, "/decode", {"token_ids": ids})) == {"text": "a\ufffd"}

    def test_another_path_is_error_with_status_200(self, address: str) -> None:
        """Not JSON, not 404."""
        assert ask(address, "/health") == b"error"
        assert ask(address, "/reset", {}) == b"error"

    @pytest.mark.parametrize("body", [{"txt": "a"}, [], "x"])
    def test_a_body_of_another_shape_gets_no_answer(self, body: object, address: str) -> None:
        """The connection closes without a word, and the next request is served."""
        with pytest.raises(http_client.TransportFailed):
            ask(address, "/encode", body)

        assert ask(address, "/bos_id")
