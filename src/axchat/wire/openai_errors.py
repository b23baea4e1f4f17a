"""What a refusal of a server with OpenAI's chat schema means: an error of ours. Pure."""

import json
import re
from collections.abc import Mapping

from axchat.errors import AxchatError, ContextOverflow, EngineFault, ModelError, RunnerFailed
from axchat.wire.openai_fields import count_of, mapping_of

# An error message is shown on one line; a server may put a page of HTML into it.
MAX_MESSAGE_CHARACTERS = 300

# vLLM, LM Studio, Ollama and OpenAI itself say it in words only, sometimes.
_SAYS_OVERFLOW = re.compile(
    r"maximum context length|context (length|size|window)|exceeds? .*\bcontext\b", re.IGNORECASE
)
_SAYS_NO_MODEL = re.compile(r"model\b.{0,200}\b(not found|does not exist|is not available)", re.IGNORECASE)


def error_of(status: int, body: bytes, retry_after: str | None = None) -> AxchatError:
    """The error that a server's answer means; OpenAI's and llama.cpp's forms are understood.

    Args:
        status: of HTTP; 200 for an error inside a stream.
        body: of the answer.
        retry_after: the field of that name.
    """
    error = _error_object(body)
    message = one_line(str(error.get("message") or body.decode("utf-8", "replace"))) or "no reason given"
    kinds = {str(error.get("type")), str(error.get("code"))}
    if kinds & {"exceed_context_size_error", "context_length_exceeded"}:
        return _overflow(error, message)
    if status in (400, 413) and _SAYS_OVERFLOW.search(message):
        return _overflow(error, message)
    if status in (401, 403):
        return EngineFault(
            f"the server refuses the key ({status}): {message}",
            hint="set AXCHAT_OPENAI_KEY, or the setting openai.key_file",
            status=status,
        )
    if "model_not_found" in kinds or (status in (400, 404) and _SAYS_NO_MODEL.search(message)):
        return ModelError(f"the server does not have the model: {message}", status=status)
    if status == 404:
        return RunnerFailed(
            f"the server has no chat completions at this address (404): {message}",
            hint="check the address; it usually ends with /v1",
            status=status,
        )
    if status in (429, 503):
        wait = retry_after.strip() if retry_after else ""
        hint = f"try again in {wait} s" if wait.isascii() and wait.isdigit() else "try again later"
        return EngineFault(f"the server is busy ({status}): {message}", hint=hint, status=status)
    if 500 <= status < 600:
        return RunnerFailed(f"the server failed ({status}): {message}", hint="see its own log", status=status)
    return RunnerFailed(f"the server refused the request ({status}): {message}", status=status)


def one_line(text: str) -> str:
    """What a server said, as a part of a message."""
    printable = "".join(c if c.isprintable() else " " for c in text[: 4 * MAX_MESSAGE_CHARACTERS])
    line = " ".join(printable.split())
    return line if len(line) <= MAX_MESSAGE_CHARACTERS else line[: MAX_MESSAGE_CHARACTERS - 1] + "…"


def _overflow(error: Mapping[str, object], message: str) -> ContextOverflow:
    prompt, context = count_of(error.get("n_prompt_tokens")), count_of(error.get("n_ctx"))
    if prompt is not None and context is not None:
        message = f"the prompt has {prompt} tokens, the context holds {context}"
    return ContextOverflow(
        message,
        hint="shorten the prompt or start a new conversation",
        prompt_tokens=prompt,
        context_tokens=context,
    )


def _error_object(body: bytes) -> Mapping[str, object]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    error = mapping_of(parsed).get("error")
    return {"message": error} if isinstance(error, str) else mapping_of(error)
