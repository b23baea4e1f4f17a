"""``axchat config edit``: a copy is edited, checked, and takes the file's place; nothing typed is lost."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from axchat.cli.config_mistakes import mistake
from axchat.cli.context import AppContext
from axchat.cli.editor import FOUND, editor_of, run_editor
from axchat.config.load import from_text
from axchat.config.parsing import decoded
from axchat.config.reading import bytes_of
from axchat.config.sources import Found, Wrong
from axchat.config.template import template
from axchat.config.writing import replace_if_same
from axchat.errors import ConfigError, Interrupted, UsageError
from axchat.ui.stderr import Reporter


@dataclass(frozen=True, slots=True)
class _Edit:
    """One edit.

    Attributes:
        file: what is to be changed.
        before: what it held; None where it was not there.
        begun_with: what the editor was given.
        copy: the file that is edited. It lies beside the other: where it cannot be, nobody types in vain.
    """

    file: Path
    before: bytes | None
    begun_with: bytes
    copy: Path

    def content(self) -> bytes:
        """What the copy holds now; what it began with where the editor took it away."""
        try:
            return self.copy.read_bytes()
        except FileNotFoundError:
            return self.begun_with

    def kept(self) -> str | None:
        """Where that is what was typed; a copy in which nothing was is removed."""
        if self.content() != self.begun_with:
            return f"what you typed is in {self.copy}"
        self.copy.unlink(missing_ok=True)
        return None


def edit_file(context: AppContext, file: Path, mode: int) -> None:
    """Let the user edit a configuration file; one that is not there begins with every setting as a comment.

    Args:
        context: the surroundings.
        file: to be edited.
        mode: of a new file.

    Raises:
        UsageError: no editor, or it failed.
        ConfigError: the file cannot be read or written, the new text is wrong, or another program changed it.
    """
    editor = editor_of(context.env)
    is_ours = editor[1] == FOUND
    if is_ours and not (context.stdin_is_terminal and context.stdout_is_terminal):
        raise UsageError("an editor needs a terminal", hint="axchat config set KEY VALUE needs none")
    edit = _begun(file)
    reporter = Reporter(context.stderr, is_terminal=False)
    try:
        after = _edited(context, edit, editor, reporter)
        if after is None:
            edit.kept()
            reporter.line(f"nothing was changed in {file}")
            return
        replace_if_same(file, edit.before, after, mode)
    except (UsageError, ConfigError) as error:
        raise type(error)(error.message, hint=edit.kept() or error.hint) from error
    except KeyboardInterrupt as stop:
        raise Interrupted("interrupted", hint=edit.kept()) from stop
    except SystemExit:  # told to end
        if kept := edit.kept():
            reporter.line(kept)
        raise
    edit.copy.unlink()
    reporter.line(f"{file} is changed")


def problems_in(content: bytes, file: str) -> list[str]:
    """Everything that is wrong with a file's new content. Pure."""
    try:
        items = from_text(decoded(content, file), file)
    except ConfigError as error:
        return [error.message]
    wrong = [item.text for item in items if isinstance(item, Wrong)]
    found = [item for item in items if isinstance(item, Found)]
    return wrong + [f"{item.origin}: {text}" for item in found if (text := mistake(item))]


def _begun(file: Path) -> _Edit:
    if file.exists() and not file.is_dir() and not file.is_file():
        raise ConfigError(f"cannot edit {file}: it is no regular file")
    before = bytes_of(file)
    content = template().encode() if before is None else before
    folder = file.resolve().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{file.stem}-edit-", suffix=".toml", dir=folder)
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
    except OSError as error:
        raise ConfigError(f"cannot write in {folder}: {error.strerror}") from error
    return _Edit(file, before, content, Path(name))


def _edited(
    context: AppContext, edit: _Edit, editor: tuple[list[str], str], reporter: Reporter
) -> bytes | None:
    """The new content, which is right; None where nothing was changed.

    Raises:
        UsageError: the editor failed.
        ConfigError: it is wrong, and the user keeps the old file.
    """
    while True:
        run_editor(*editor, edit.copy, context.env)
        after = edit.content()
        if after == edit.begun_with:
            return None
        problems = problems_in(after, str(edit.file))
        if not problems:
            return after
        reporter.error(ConfigError(problems[0], problems=problems))
        if not _edits_again(context):
            raise ConfigError(f"{edit.file} stays as it was")


def _edits_again(context: AppContext) -> bool:
    """Ask on the terminal; False where nobody can be asked."""
    stdin, stderr = context.stdin, context.stderr
    if not (context.stdin_is_terminal and context.stderr_is_terminal and stdin and stderr):
        return False
    stderr.write("Edit again, or keep the old file? [e/K] ")
    stderr.flush()
    return stdin.readline().strip().lower() in {"e", "edit"}
