"""The messages of an OpenAI chat: text, and images in ``data:`` URLs."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

# Strict base64, so that what passes here can be decoded.
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
IMAGE_URL = rf"^data:image/(png|jpeg|jpg|webp|gif|bmp);base64,{_BASE64}$"
"""Images come in the request itself; axchat fetches nothing."""

Nothing = Annotated[list[Any], Field(max_length=0)] | None
"""A list that must be empty."""


class _Part(BaseModel):
    """Fields that a message or its parts carry besides are no instructions, and are left alone."""

    model_config = ConfigDict(strict=True, extra="ignore")


class TextPart(_Part):
    """Text; several parts are joined by line ends."""

    type: Literal["text"]
    text: str


class ImageUrl(_Part):
    """The image itself, as a ``data:`` URL."""

    url: Annotated[str, Field(pattern=IMAGE_URL)]


class ImagePart(_Part):
    """An image for a vision model."""

    type: Literal["image_url"]
    image_url: ImageUrl


TextParts = Annotated[list[TextPart], Field(min_length=1)]
UserParts = Annotated[
    list[Annotated[TextPart | ImagePart, Field(discriminator="type")]],
    Field(min_length=1),
]


class SystemMessage(_Part):
    """Instructions; ``developer`` is the newer word for ``system``."""

    role: Literal["system", "developer"]
    content: str | TextParts


class UserMessage(_Part):
    """What a user says or shows."""

    role: Literal["user"]
    content: str | UserParts


class AssistantMessage(_Part):
    """An earlier answer, as a client got it; its thought is not sent to the model again."""

    role: Literal["assistant"]
    content: str | TextParts | None = None
    tool_calls: Nothing = None
    function_call: None = None


ChatMessage = Annotated[SystemMessage | UserMessage | AssistantMessage, Field(discriminator="role")]
