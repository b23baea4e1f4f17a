"""Reads the settings: files, then environment, then flags; every value knows where it came from."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from axchat.config import paths
from axchat.config.models import matching, names_of
from axchat.config.parsing import parsed
from axchat.config.reading import text_of
from axchat.config.renames import RENAMED, Rename
from axchat.config.schema import Settings, options
from axchat.config.sources import Former, Found, Item, Wrong, from_environment, from_flags, from_table
from axchat.errors import ConfigError, UsageError

Layer = Sequence[Found]
"""What one source sets; a nearer one comes behind."""


LookUp = Callable[[str], tuple[str | None, Sequence[str]]]
"""Gives the path of a model that has a name here, if it has one, and all its names."""


def no_names(_typed: str) -> tuple[str | None, Sequence[str]]:
    """No model has a name here."""
    return None, ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings and, by field name, the source of each.

    Attributes:
        settings: for the model that they name.
        origins: ``default``, ``FILE:LINE``, ``environment NAME`` or ``--flag``.
        own: fields that tables of that model alone set, whether or not something nearer wins.
        layers: every source, the nearest last.
        notices: what the user should know about the files: old names.
        look_up: knows models by name.
    """

    settings: Settings
    origins: Mapping[str, str]
    own: frozenset[str] = frozenset()
    layers: Sequence[Layer] = ()
    notices: Sequence[str] = ()
    look_up: LookUp = field(default=no_names, repr=False, compare=False)

    def for_model(self, typed: str | None, path: str | None = None) -> "Loaded":
        """The settings for another model than the one that is set; for none, without any model's own.

        Args:
            typed: a name or a path; None for what holds for every model.
            path: the directory or file, where it does not follow from ``typed``.
        """
        names = () if typed is None else self._names(typed, path)
        return _chosen(self.layers, names, self.notices, self.look_up)

    @property
    def has_models_own(self) -> bool:
        """Whether a file sets something for one model alone."""
        return any(found.model is not None for layer in self.layers for found in layer)

    def _names(self, typed: str, path: str | None) -> tuple[str, ...]:
        if not self.has_models_own:
            return ()  # nobody need be asked
        known, also = self.look_up(path or typed)
        place = path or known or os.path.abspath(paths.expanded(typed))  # noqa: PTH100  without ..
        return names_of(typed, place, also)


def load(
    flags: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    file: Path | None = None,
    *,
    look_up: LookUp = no_names,
    renames: Sequence[Rename] = RENAMED,
) -> Loaded:
    """All settings, for the model that they name.

    Args:
        flags: values given on the command line, by field name; None means not given.
        env: the environment; ours by default.
        file: the user's configuration file, which may be missing; the machine's is read before it.
        look_up: knows models by name, for the tables ``[models."NAME"]``.
        renames: settings' old names.

    Raises:
        ConfigError: every problem at once (fact ``problems``); the message is the first.
        UsageError: a flag's value cannot be.
    """
    if mistyped := [item.text for item in from_flags(flags or {}) if isinstance(item, Wrong)]:
        raise UsageError(mistyped[0], problems=mistyped)
    layers, items = read(flags, env, file, renames=renames)
    if wrong := [item for item in items if isinstance(item, Wrong)]:
        raise ConfigError(
            wrong[0].text,
            hint=wrong[0].hint or "mend it; axchat config check looks again",
            problems=[each.text for each in wrong],
        )
    notices = [item.text for item in items if isinstance(item, Former)]
    plain = _chosen(layers, (), notices, look_up)
    return plain if plain.settings.model is None else plain.for_model(plain.settings.model)


def read(
    flags: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    file: Path | None = None,
    *,
    renames: Sequence[Rename] = RENAMED,
) -> tuple[list[Layer], list[Item]]:
    """Every source's values, and all that was found in the sources; see ``load``."""
    env = os.environ if env is None else env
    files = paths.config_files(env)
    if file is not None:
        files = (*files[:-1], file)
    sources = [
        *(_from_file(each, renames, must_exist=each == paths.named_file(env)) for each in files),
        list(from_environment(env, renames)),
        list(from_flags(flags or {})),
    ]
    layers = [[item for item in items if isinstance(item, Found)] for items in sources]
    return list(layers), [item for items in sources for item in items]


def from_text(text: str, file: str, renames: Sequence[Rename] = RENAMED) -> list[Item]:
    """What stands in the text of a configuration file. Pure; ``file`` is its name.

    Raises:
        ConfigError: it is not TOML.
    """
    from axchat.config.positions import lines_of

    return list(from_table(parsed(text, file), file, lines_of(text), renames))


def _from_file(file: Path, renames: Sequence[Rename], *, must_exist: bool) -> list[Item]:
    try:
        text = text_of(file)
        if text is not None:
            return from_text(text, str(file), renames)
    except ConfigError as error:  # told with what is wrong elsewhere
        return [Wrong(error.message, error.hint if isinstance(error.__cause__, OSError) else None)]
    return [Wrong(f"AXCHAT_CONFIG names a file that does not exist: {file}")] if must_exist else []


def _chosen(
    layers: Sequence[Layer],
    names: Sequence[str],
    notices: Sequence[str],
    look_up: LookUp,
) -> Loaded:
    """The nearest value of each setting; within a file, a model's own are nearer."""
    values: dict[str, object] = {}
    origins = {option.name: "default" for option in options()}
    own: set[str] = set()
    for layer in layers:
        sections = matching(names, {found.model for found in layer if found.model is not None})
        for section in (None, *sections):
            for found in layer:
                if found.model == section:
                    values[found.name] = found.value
                    origins[found.name] = found.origin
                    own |= {found.name} if section is not None else set()
    settings = Settings(**values)  # type: ignore[arg-type]  # converted to the fields' types
    return Loaded(settings, origins, frozenset(own), layers, notices, look_up)
