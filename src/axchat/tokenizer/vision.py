"""The ids of a prompt with a picture, from the vendor's own tokenizer server.

How many places a picture takes, and between which tokens, is written in each vision model's tokenizer script
and nowhere else; so the script is asked, with ``img_prompt`` (runner-console part I, section 4). The server
adds its template and its system prompt.
"""

import http.client
import json
from collections.abc import Sequence

from axchat.errors import TokenizerFault
from axchat.tokenizer.lifecycle import Address

ENCODE_TIMEOUT_S = 10.0
MAX_REPLY_BYTES = 4_000_000


def encode_with_image(address: Address, text: str) -> Sequence[int]:
    """The prompt's token ids.

    Args:
        address: where the server listens.
        text: of the user's message; the picture itself goes to the runner.

    Raises:
        TokenizerFault: nothing answers there, or not with ids.
    """
    connection = http.client.HTTPConnection(address.host, address.port, timeout=ENCODE_TIMEOUT_S)
    try:
        body = json.dumps({"text": text, "img_prompt": True})
        headers = {"Content-Type": "application/json", "Connection": "close"}
        connection.request("POST", "/encode", body, headers)
        ids = json.loads(connection.getresponse().read(MAX_REPLY_BYTES))["token_ids"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise TokenizerFault(
            f"a picture needs the model's own tokenizer server at {address}, which gives no tokens: {error}",
            hint=f"start its *tokenizer*.py with --host {address.host} --port {address.port}",
        ) from error
    finally:
        connection.close()
    if not (isinstance(ids, list) and ids and all(type(number) is int and number >= 0 for number in ids)):
        raise TokenizerFault(f"the tokenizer server at {address} answers /encode without token ids")
    return ids
