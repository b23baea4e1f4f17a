"""The child that renders a model directory's chat template; jinja2's only home.

Run as ``python -P -m axchat.tokenizer.templates``. A template is a program from the internet: the sandbox
keeps it from the machine, but not from looping or from filling memory, so it runs here under a memory limit
and an alarm that ends the process. Each line of standard input is an order (``template``, ``variables``),
each line of standard output its ``text`` or ``error``; the end of standard input is the end.
"""

import datetime
import json
import resource
import signal
import sys
from typing import Any, NoReturn

import jinja2
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

RENDER_LIMIT_S = 4
MEMORY_LIMIT_BYTES = 1024 * 1024 * 1024
TEXT_LIMIT = 16 * 1024 * 1024


def environment() -> ImmutableSandboxedEnvironment:
    """Return the environment that published templates are written for, as transformers sets it up."""
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    made.filters["tojson"] = _tojson
    made.globals["raise_exception"] = _raise_exception
    made.globals["strftime_now"] = _strftime_now
    return made


def render(order: dict[str, Any]) -> dict[str, str]:
    """Return the ``text`` of an order, or the ``error`` that its template ended in."""
    try:
        text = environment().from_string(order["template"]).render(**order["variables"])
    except MemoryError:
        return {"error": "it takes more memory than a template may"}
    except Exception as error:  # noqa: BLE001  a template may end in anything
        return {"error": f"{type(error).__name__}: {error}"[:500]}
    return {"text": text} if len(text) <= TEXT_LIMIT else {"error": "its text is absurdly long"}


def _raise_exception(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _strftime_now(form: str) -> str:
    return datetime.datetime.now().astimezone().strftime(form)


def _tojson(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def main() -> None:
    """Answer orders until standard input ends; SIGALRM ends a template that runs too long."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        order = json.loads(line)
        signal.alarm(RENDER_LIMIT_S)
        answer = json.dumps(render(order)).encode("ascii") + b"\n"
        signal.alarm(0)
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
