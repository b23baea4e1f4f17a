"""A small program with the console of the vendor's vision builds, after runner-console part I; for tests.

No session of such a build was recorded. ``vision_program.py TOKENIZER_URL TRACE``: a turn is a line at
``prompt >> `` and one at ``image >> ``; TRACE gets a JSON line with the prompt's ids and the image's path.
It answers the ids of ANSWER, three to a /decode.
"""

import http.client
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

ANSWER = list(range(300, 310))


def log(level: str, function: str, message: str, colour: int = 32) -> str:
    """A log line of the vendor's."""
    return f"\x1b[1;30;{colour}m[{level}][{function:>32}][ 100]: {message}\x1b[0m\n"


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


class Tokenizer:
    """Calls to the tokenizer server, one connection each."""

    def __init__(self, url: str) -> None:
        self.address = urlsplit(url).netloc

    def call(self, path: str, body: object = None) -> dict[str, object]:
        """GET, or POST of a body."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        try:
            if body is None:
                connection.request("GET", path)
            else:
                connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            reply: dict[str, object] = json.loads(connection.getresponse().read())
            return reply
        finally:
            connection.close()


def turn(tokenizer: Tokenizer, trace: Path, prompt: str) -> None:
    """Answer one prompt."""
    say("image >> ")
    image = sys.stdin.readline().rstrip("\n")
    if image and not Path(image).is_file():
        say(log("E", "main", f"image prompt({image}) not found", 31))
    ids = tokenizer.call("/encode", {"text": prompt, "img_prompt": bool(image)})["token_ids"]
    with trace.open("a") as file:
        file.write(json.dumps({"ids": ids, "image": image}) + "\n")
    say(log("I", "Run", "ttft: 1.00 ms"))
    for at in range(0, len(ANSWER), 3):
        say(str(tokenizer.call("/decode", {"token_ids": ANSWER[at : at + 3]})["text"]))
    tokenizer.call("/decode", {"token_ids": ANSWER})
    say("\n\n" + log("N", "Run", "hit eos,avg 20.00 token/s\n", 35) + "prompt >> ")


def main() -> None:
    """Load, and answer until q."""
    tokenizer, trace = Tokenizer(sys.argv[1]), Path(sys.argv[2])
    say(log("I", "Init", "LLM init start"))
    tokenizer.call("/bos_id")
    tokenizer.call("/eos_id")
    say(log("I", "Init", "max_token_len : 1023") + log("I", "Init", "LLM init ok"))
    say('Type "q" to exit, Ctrl+c to stop current running\nprompt >> ')
    while (line := sys.stdin.readline()) and line != "q\n":
        turn(tokenizer, trace, line.rstrip("\n"))


if __name__ == "__main__":
    main()
