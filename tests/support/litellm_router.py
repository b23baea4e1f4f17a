"""Sends requests through LiteLLM's router with the documented model list; prints what became of each.

``python litellm_router.py CONFIG REQUESTS TOKENS``. In a process of its own: LiteLLM starts threads and reads
the environment when it is imported. Says ``first text from URL`` on stderr at the first text of each answer.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # no list of prices from the network

import openai
import yaml
from litellm import Router

_MESSAGES = [{"role": "user", "content": "hello"}]


async def _ask(router: Router, number: int, tokens: int) -> dict[str, object]:
    is_streamed = number % 4 != 3
    text, address, error = "", None, None
    try:
        answer = await router.acompletion(
            model="qwen", messages=_MESSAGES, max_tokens=tokens, stream=is_streamed
        )
        if is_streamed:
            address = answer._hidden_params.get("api_base")
            async for chunk in answer:
                if piece := chunk.choices[0].delta.content:
                    if not text:
                        print("first text from", address, file=sys.stderr, flush=True)
                    text += piece
        else:
            text = answer.choices[0].message.content
    except openai.OpenAIError as caught:
        error = type(caught).__name__
    return {"number": number, "text": text, "error": error, "address": address}


async def _all(config: str, requests: int, tokens: int) -> None:
    documented = yaml.safe_load(Path(config).read_text(encoding="utf-8"))
    router = Router(model_list=documented["model_list"], **documented["router_settings"])
    found = await asyncio.gather(*(_ask(router, number, tokens) for number in range(requests)))
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(_all(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
