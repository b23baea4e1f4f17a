"""``axchat serve``: the holder in the foreground, with OpenAI's and Ollama's API in front of it."""

import logging
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.fetching import fetcher
from axchat.cli.output import say
from axchat.cli.serving import Serving, live
from axchat.cli.settings import settings_of
from axchat.errors import AxchatError
from axchat.ui.stderr import Reporter

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 11435
"""Next to Ollama's 11434, so that both can run."""


@app.command()
def serve(
    model: options.Model = None,
    engine: options.Engine = None,
    host: Annotated[
        str | None,
        typer.Option("--host", help=f"Listen on TCP at this address ({DEFAULT_HOST}).", metavar="ADDRESS"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", help=f"Listen on TCP at this port ({DEFAULT_PORT}).", min=0, max=65535, metavar="N"
        ),
    ] = None,
    device: options.Device = None,
    keep_alive: options.KeepAlive = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file",
            help="File with the API key that TCP clients need.",
            metavar="FILE",
            readable=False,
        ),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Allow another address than loopback without a key.")
    ] = False,
    print_systemd: Annotated[
        Literal["user", "system"] | None,
        typer.Option(
            "--print-systemd",
            help="Print a script that installs systemd units for you or the machine, and end.",
        ),
    ] = None,
    quiet: options.Quiet = False,
    yes: options.Yes = False,
    background: Annotated[bool, typer.Option("--background", hidden=True)] = False,
    report_fd: Annotated[int | None, typer.Option("--report-fd", hidden=True)] = None,
) -> None:
    """Keep a model loaded, and serve it over HTTP. A Unix socket always, TCP when asked for."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if not background:  # its start and its end are told by us
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
    context = AppContext()
    if print_systemd is not None:
        from axchat.server.systemd import units

        say(context, units(str(own_program()), user=print_systemd == "user"))
        return
    reporter = Reporter(context.stderr, is_terminal=context.stderr_can_rewrite, is_quiet=quiet)
    try:
        flags = {
            "model": model,
            "engine": engine,
            "device": device,
            "keep_alive": keep_alive,
            "serve_key_file": None if key_file is None else str(key_file),
        }
        loaded = settings_of(context, flags, is_quiet=quiet)
        wants_tcp = host is not None or port is not None
        live(
            Serving(
                loaded,
                fetcher(context, reporter, assume_yes=yes),
                host=(host or DEFAULT_HOST) if wants_tcp else None,
                port=DEFAULT_PORT if port is None else port,
                is_insecure=insecure,
                is_background=background,
                report_fd=report_fd,
            ),
            context,
            reporter,
        )
    except AxchatError as error:
        if report_fd is not None:
            from axchat.server.life import report

            report(report_fd, error)
        raise


def own_program() -> Path:
    """The ``axchat`` program that runs, by the path it was called by: an update may move its target."""
    called = Path(sys.argv[0]).absolute()
    return called if called.name == "axchat" else Path(sys.executable).with_name("axchat")
