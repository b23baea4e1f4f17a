from pathlib import Path

import pytest

from axchat.cli.schema_option import read_schema
from axchat.errors import UsageError


def test_json_a_file_and_fields_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What begins with a brace is JSON, what is a file is read, the rest are fields."""
    monkeypatch.chdir(tmp_path)
    Path("name").write_text('{"type": "array"}')

    assert read_schema(None) is None
    assert read_schema(' {"type": "null"}') == {"type": "null"}
    assert read_schema("name") == {"type": "array"}
    assert read_schema("name, age int")["required"] == ["name", "age"]  # type: ignore[index]
    assert read_schema("f" * 5000)["required"] == ["f" * 5000]  # type: ignore[index]


@pytest.mark.parametrize("told", ["schemas/person", "person.json"])
def test_a_missing_file_is_no_field(told: str) -> None:
    """A name that can only be a file's is not taken for a field's."""
    with pytest.raises(UsageError, match="there is no file"):
        read_schema(told)
