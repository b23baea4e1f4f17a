"""What ``--schema`` names: a file, JSON, or a short list of fields."""

from collections.abc import Mapping
from pathlib import Path

from axchat.chat.answer_schema import schema_of_fields, schema_of_json
from axchat.chat.text_files import read_text
from axchat.errors import UsageError


def read_schema(told: str | None) -> Mapping[str, object] | None:
    """The schema; None where none was given.

    Raises:
        UsageError: there is no such file, or it is no schema.
        PromptRefused: the file is no UTF-8 text.
    """
    if told is None:
        return None
    if told.lstrip().startswith("{"):
        return schema_of_json(told, "--schema")
    path = Path(told)
    if _is_there(path):
        return schema_of_json(read_text(path, image_hint="a schema is JSON"), told)
    if "/" in told or told.endswith(".json"):
        raise UsageError(f"--schema: there is no file {told}")
    return schema_of_fields(told)


def _is_there(path: Path) -> bool:
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):  # a list of fields may be longer than a name may be
        return False
