"""Options that several commands share, and what they mean together."""

from pathlib import Path
from typing import Annotated

import typer

from axchat.cli.prompt import not_utf8_hint
from axchat.deadline import LONGEST_S
from axchat.errors import UsageError
from axchat.messages import Sampling

Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="Name, model directory, run script, or GGUF file.",
        metavar="MODEL",
    ),
]
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        "-e",
        help="auto, cpu, session, script, openai, scripted, axllm-serve or vendor-api.",
        metavar="ENGINE",
    ),
]
Device = Annotated[
    int | None, typer.Option("--device", help="Number of the card, from 0.", min=0, metavar="N")
]
System = Annotated[str | None, typer.Option("--system", "-s", help="System prompt.", metavar="TEXT")]
MaxTokens = Annotated[
    int | None, typer.Option("--max-tokens", help="Longest answer, in tokens.", min=1, metavar="N")
]
Temperature = Annotated[
    float | None, typer.Option("--temperature", help="0 is greedy.", min=0.0, metavar="X")
]
TopP = Annotated[
    float | None, typer.Option("--top-p", help="Nucleus sampling.", min=0.0, max=1.0, metavar="X")
]
TopK = Annotated[int | None, typer.Option("--top-k", help="Sample from the k likeliest.", min=0, metavar="N")]
Seed = Annotated[
    int | None, typer.Option("--seed", help="Makes sampling repeatable.", min=0, max=2**32 - 2, metavar="N")
]
Stop = Annotated[
    list[str] | None,
    typer.Option("--stop", help="End the answer before this text; repeatable.", metavar="TEXT"),
]
Image = Annotated[
    list[Path] | None,
    typer.Option("--image", help="An image for a vision model; repeatable.", metavar="FILE", readable=False),
]
Timeout = Annotated[
    float | None, typer.Option("--timeout", help="Seconds for the whole request, load included.", metavar="S")
]
KeepAlive = Annotated[
    str | None,
    typer.Option("--keep-alive", help="How long the model stays loaded: 5m, 0, -1 for ever.", metavar="TIME"),
]
Once = Annotated[
    bool, typer.Option("--once", help="Load for this command only, without the holder in the background.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Fetch a missing model without asking.")]
Continue = Annotated[bool, typer.Option("--continue", "-c", help="Go on with the last conversation.")]
Resume = Annotated[
    str | None,
    typer.Option("--resume", help="Go on with this conversation: its title or number.", metavar="NAME"),
]
Plain = Annotated[bool, typer.Option("--plain", help="The answer as it is, without markdown and colours.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notices, only errors.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


MOST_TOKENS = 2**31 - 1
"""Of an answer, as llama.cpp and the vendor's runners count them."""


def sampling(
    max_tokens: int | None,
    temperature: float | None,
    top_p: float | None,
    top_k: int | None,
    seed: int | None,
    stop: list[str] | None,
) -> Sampling:
    """The sampling options that were given.

    Raises:
        UsageError: one of them cannot be.
    """
    refuse_endless("--temperature", temperature)
    refuse_endless("--top-p", top_p)
    for text in stop or []:
        refuse_not_text("--stop", text)
        if not text:
            raise UsageError("--stop takes a text; every answer begins with an empty one")
    if max_tokens is not None and max_tokens > MOST_TOKENS:
        raise UsageError(f"--max-tokens must be at most {MOST_TOKENS}", hint="without it there is no limit")
    return Sampling(max_tokens, temperature, top_p, top_k, seed, tuple(stop) if stop else None)


def refuse_endless(name: str, value: float | None) -> None:
    """Raise UsageError for what Python takes for a number, and nobody else does: nan, inf, and 1e400."""
    if value is not None and not abs(value) < LONGEST_S:
        raise UsageError(f"{name} must be a number below {LONGEST_S:.0f}, not {value}")


def refuse_not_text(name: str, text: str | None) -> None:
    """Raise UsageError for a text whose bytes were not UTF-8."""
    if text is not None and not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise UsageError(f"{name} is not valid UTF-8", hint=not_utf8_hint())


def images(paths: list[Path] | None) -> tuple[str, ...]:
    """The images as absolute paths: a runner has another working directory.

    Raises:
        UsageError: a file is not there, or is none.
    """
    from axchat.modeldir.files import Kind
    from axchat.modeldir.read import look_at

    for path in paths or []:
        fact = look_at(path)
        if fact.kind is Kind.MISSING:
            raise UsageError(f"no such image: {path}")
        if fact.kind is Kind.UNREADABLE:
            raise UsageError(f"the image {path} cannot be read: {fact.error}")
        if fact.kind is not Kind.FILE or not fact.size:
            found = "empty" if fact.kind is Kind.FILE else f"a {fact.kind}"
            raise UsageError(f"the image {path} is {found}")
    return tuple(str(path.absolute()) for path in paths or [])
