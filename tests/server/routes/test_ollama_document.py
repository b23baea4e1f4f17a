"""The OpenAPI document describes Ollama's endpoints as they are."""

from fastapi import APIRouter, FastAPI

from axchat.server.routes.ollama_document import document


def test_bodies_are_described_without_references() -> None:
    """A body is read by hand, so its schema stands in the document itself, messages included."""
    extra = document("chat")["openapi_extra"]
    schema = extra["requestBody"]["content"]["application/json"]["schema"]
    assert "$ref" not in str(schema)
    message = schema["properties"]["messages"]["anyOf"][0]["items"]
    assert message["properties"]["role"]["enum"] == ["system", "user", "assistant"]
    assert {"400", "404", "429", "503"} <= extra["responses"].keys()


def test_fastapi_takes_it() -> None:
    """The arguments are those of FastAPI, and the answers that it would add itself are replaced."""
    router = APIRouter()

    async def endpoint() -> None:
        """Nothing."""

    for name in ("root", "version", "tags", "ps", "show", "chat", "generate"):
        router.add_api_route(f"/{name}", endpoint, methods=["POST"], **document(name))
    app = FastAPI()
    app.include_router(router)
    paths = app.openapi()["paths"]
    assert paths["/root"]["post"]["responses"]["200"]["content"]["text/plain"] == {
        "schema": {"type": "string"}
    }
    answer = paths["/generate"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer["required"] == ["model", "created_at", "done", "response"]
    assert {paths[path]["post"]["operationId"] for path in paths} == {f"ollama_{path[1:]}" for path in paths}
