import pytest

from axchat.chat.answer_schema import schema_of_fields, schema_of_json
from axchat.errors import UsageError


@pytest.mark.parametrize(
    "text",
    ["name, age int, pay float, is_old bool: over 60", "name\n age int\n\npay float\nis_old bool: over 60\n"],
)
def test_fields_are_an_object(text: str) -> None:
    """Commas or lines part the fields; a type is str unless named; all are required, no others allowed."""
    assert schema_of_fields(text) == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "pay": {"type": "number"},
            "is_old": {"type": "boolean", "description": "over 60"},
        },
        "required": ["name", "age", "pay", "is_old"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name, age integr", "field 2 ('age integr') has no such type: integr; did you mean int?"),
        ("name, age xyz", "has no such type: xyz; there are str, int, float, bool"),
        ("name, : text", "field 2 (': text') has no name"),
        ("name, 3d", "field 2 ('3d') has no name"),
        ("name, the age int", "field 2 ('the age int') is more than a name and a type"),
        ("name, name int", "field 2 ('name int') is there twice"),
        (" , ", "names no field"),
    ],
)
def test_a_wrong_field_is_named(text: str, said: str) -> None:
    """The message has its number and its text."""
    with pytest.raises(UsageError) as caught:
        schema_of_fields(text)

    assert said in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type" "object"}', "s.json is no JSON: Expecting ':' delimiter at line 1, column 9"),
        ('{"type":\n "object"', "at line 2, column 10"),
        ("[]", "must be an object"),
        ('{"a": NaN}', "NaN is no value of JSON"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"type": "objekt"}', "s.json is no JSON schema: /type: no such type: objekt; did you mean object?"),
        ('{"properties": {"a": {"type": "int"}}}', "/properties/a/type: no such type: int"),
        ('{"properties": []}', "/properties must be an object"),
        ('{"items": 3}', "/items must be an object"),
        ('{"anyOf": [{}, {"type": ["string", 3]}]}', "/anyOf/1/type: no such type: 3"),
        ('{"anyOf": {}}', "/anyOf must be an array"),
        ('{"required": "a"}', "/required must be an array"),
        ('{"$defs": {"x": {"enum": 1}}}', "/$defs/x/enum must be an array"),
    ],
)
def test_a_wrong_schema_is_told_with_its_place(text: str, said: str) -> None:
    """Line and column of JSON that is none; the path to what is wrong in a schema."""
    with pytest.raises(UsageError) as caught:
        schema_of_json(text, "s.json")

    assert said in caught.value.message
    assert "\n" not in caught.value.message


def test_a_schema_is_passed_on_as_it_is() -> None:
    """What the check does not know is the engine's to judge."""
    text = (
        '{"type": ["object", "null"], "properties": {"a": true}, "x-mine": 1, "additionalProperties": false}'
    )

    assert schema_of_json(text, "s")["x-mine"] == 1
