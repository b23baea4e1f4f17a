"""Writes the page of errors from the tree of classes: ``python -m support.error_docs`` in ``tests/``."""

from collections.abc import Iterator
from pathlib import Path

from axchat.errors import AxchatError

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"

HEAD = """# Errors

Every error that axchat raises on purpose, by its `error.id`: in `--json`, on the holder's socket, and in the
HTTP APIs (`code` of OpenAI's). The message names the cause at hand and, behind `->`, the next command; this
page says what there is to know beside it. Anything else is a bug, exits with 1 and says so; `AXCHAT_DEBUG=1`
shows where. Runners' failures one by one: [faults](faults.md). Exit statuses: [their page](exit-codes.md).

This file is written by `python -m support.error_docs` in `tests/`.

| `error.id` | exit | HTTP | means | comes from | do |
| --- | --- | --- | --- | --- | --- |
"""

KNOWN: dict[str, tuple[str, str]] = {
    "error": ("output that cannot be written, and what has no id of its own", "read the message"),
    "usage": ("options that do not go together, an option this engine does not have", "follow the hint"),
    "prompt-refused": (
        "a line break, a control character or too many bytes for a script's command line",
        "use an engine that takes any text: a directory with a tokenizer.json",
    ),
    "forbidden": (
        "a web page, a name in `Host`, or another user's process",
        "allow it: [serve](serve.md)",
    ),
    "key-refused": (
        "a request without `Authorization`, or with another key",
        "send the key of `axchat serve`",
    ),
    "body-refused": (
        "a body that is nested too deep, too slow, or too large",
        "send less; limits: [API](api.md)",
    ),
    "not-supported": (
        "part of OpenAI's or Ollama's API that no runner can do",
        "see the tables of [OpenAI's](api.md) and [Ollama's](api-ollama.md)",
    ),
    "config": (
        "a wrong key or value in the file, the environment or an option",
        "`axchat config` shows every setting and where it comes from",
    ),
    "model": (
        "a path that is not there, a git-lfs pointer, a missing layer, a runner for another processor",
        "download it again; `axchat doctor -m DIR` lists what is missing",
    ),
    "model-choice": (
        "`axchat models pull` of a repository with several quantisations or context lengths",
        "name one: `--include`, `--file` or `REPO:QUANT`; [models](models.md#fetch-a-model)",
    ),
    "source-not-found": (
        "a misspelt repository, a revision or file that is not there",
        "look it up on the server that the message names",
    ),
    "source-refused": (
        "a private or gated repository, a token that is not accepted",
        "accept the terms on the repository's page, set `HF_TOKEN`",
    ),
    "source-unreachable": (
        "no network, a proxy, a mirror that is down, too many requests, a connection that broke",
        "run the same command again: it goes on; another server: `HF_ENDPOINT`",
    ),
    "download-damaged": (
        "a broken mirror or proxy, a page instead of the file",
        "run the same command again: only this file is fetched",
    ),
    "device": ("the card, where nothing more is known", "`axchat doctor`"),
    "no-device": (
        "no card on the bus, no driver for it, a card that fell off the bus",
        "`axchat doctor`; power off and on, not only a reboot, after a lost link",
    ),
    "device-permission": ("nodes in /dev that this user may not open", "`axchat doctor` names the udev rule"),
    "device-busy": (
        "another program, a runner that was left behind, the holder (`--once`)",
        "`axchat ps`, `axchat stop`; `axchat doctor` names who has it",
    ),
    "queue-full": ("`serve.max_queue` requests wait already", "ask again later: `Retry-After`"),
    "queue-timeout": ("the request waited for `serve.max_wait_s`", "ask again, or raise it"),
    "holder-stopping": ("`axchat stop` while the request waited", "ask again: a new holder starts"),
    "device-failed": (
        "a dead card, a refused port (0x80300186), a fault of the NPU",
        "`axchat doctor`; `--explain CODE` for the number",
    ),
    "engine": ("the engine, where nothing more is known", "ask again; `axchat doctor`"),
    "engine-unavailable": ("no AVX2, no libgomp1, axchat without `[cpu]`", "the hint names what to install"),
    "runner-failed": (
        "a crash (the signal is named), a program that says what it may not say",
        "ask again; [faults](faults.md) by kind",
    ),
    "runner-timeout": (
        "a hang, a `--timeout` that is too short for the load",
        "`--timeout`; `axchat doctor`",
    ),
    "tokenizer": (
        "no server at the script's address, one that answers badly",
        "put the model's tokenizer.json into the directory, or start its server: [tokenizer](tokenizer.md)",
    ),
    "holder": (
        "a socket that is another user's, a process that was killed during the answer",
        "ask again; `axchat ps`; `--once` does without it",
    ),
    "holder-version": (
        "a holder from before an update",
        "nothing: the command replaces an idle one by itself",
    ),
    "context-overflow": (
        "a prompt or a conversation that is longer than the model's context",
        "`/compact` or `/new` in a chat; a shorter prompt",
    ),
    "truncated": ("`--strict` and an answer that reached `--max-tokens`", "raise `--max-tokens`"),
    "no-code-block": (
        "`--extract` and an answer without a fence",
        "ask for a code block; the answer is on stderr",
    ),
    "interrupted": ("Ctrl-C", "nothing was lost: what was said stands on the screen"),
    "store": ("the file of conversations", "[when the store fails](history.md#when-the-store-fails)"),
    "store-locked": (
        "another program that holds the file for longer than 5 s",
        "end it; the chat goes on meanwhile",
    ),
    "store-read-only": ("a folder or medium that cannot be written", "`history.path` names another place"),
    "store-full": ("no space", "make room; unsaved turns are in a rescue file"),
    "store-corrupt": ("a damaged file, or one that is not axchat's", "`axchat history aside` puts it away"),
    "store-newer": (
        "a newer axchat, which changed the file",
        "update this one, or name another file: `history.path`",
    ),
    "conversation-unknown": ("a title or number that no stored conversation has", "`axchat history list`"),
}
"""What an error comes from, and what to do."""


def errors(kind: type[AxchatError] = AxchatError) -> Iterator[type[AxchatError]]:
    """Every class, each behind the one that it is a kind of; only axchat's own."""
    yield kind
    for each in kind.__subclasses__():
        if each.__module__ == AxchatError.__module__:
            yield from errors(each)


def page() -> str:
    """The whole page."""
    return HEAD + "".join(row(kind) for kind in errors())


def row(kind: type[AxchatError]) -> str:
    """One error."""
    means = str(kind.__doc__).partition("\n")[0].replace("``", "`")
    comes_from, do = KNOWN[kind.id]
    cells = (f"`{kind.id}`", kind.exit_status, kind.http_status, means, comes_from, do)
    return f"| {' | '.join(str(cell) for cell in cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
