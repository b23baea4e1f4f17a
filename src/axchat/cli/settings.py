"""The settings of a command: read, and what there is to tell of the files told once."""

from collections.abc import Mapping, Sequence

from axchat.cli.context import AppContext
from axchat.cli.model_names import names_here
from axchat.config.load import Loaded, load
from axchat.config.renames import RENAMED, Rename
from axchat.ui.stderr import Reporter


def settings_of(
    context: AppContext,
    flags: Mapping[str, object] | None = None,
    *,
    is_quiet: bool = False,
    renames: Sequence[Rename] = RENAMED,
) -> Loaded:
    """The settings, and a line on stderr for each that is set by an old name.

    Args:
        context: the surroundings; remembers what was told.
        flags: values given on the command line, by field name; None means not given.
        is_quiet: tell nothing.
        renames: settings' old names.

    Raises:
        ConfigError: see ``load``.
        ModelError: the names of models here cannot be read, and settings of one model are asked for.
    """
    loaded = load(flags, context.env, look_up=names_here(), renames=renames)
    for notice in loaded.notices:
        if notice not in context.told and not is_quiet:
            context.told.add(notice)
            Reporter(context.stderr, is_terminal=False).line(notice)
    return loaded
