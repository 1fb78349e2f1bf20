"""What every chat model must do, told once and asked of each of them."""

import json
import os
import signal
import subprocess
import sys
import time

import httpx2
import pytest

from companion_site.core.ports import free_port
from companion_site.providers.base import ChatMessage, ModelError, Sampling
from companion_site.providers.embedded.catalogue import chat_model_file, is_verified
from companion_site.providers.embedded.chat import EmbeddedChatModel
from companion_site.providers.fake import FakeChatModel
from companion_site.providers.openai_compatible import OpenAICompatibleChatModel
from companion_site.providers.tests.scripted import DONE, completion, serving, stop, stream, token
from companion_site.tests.require import need

PROMPT = [ChatMessage("system", "你是雪山上的剑客，惜字如金。"), ChatMessage("user", "这么大的雪，能让我避一避吗？")]
SCHEMA = {
    "type": "object",
    "properties": {"mood": {"type": "string", "enum": ["sad", "calm"]}},
    "required": ["mood"],
    "additionalProperties": False,
}
SHORT = Sampling(max_tokens=24, temperature=0.0, seed=7)


@pytest.fixture
def fake():
    return FakeChatModel(reply="*点头* 进来吧。")


@pytest.fixture
def openai_compatible():
    script = stream(token("*点头*"), 0.05, token(" 进来"), 0.05, token("吧。"), 0.05, stop(), DONE)
    with serving(script) as server:
        yield OpenAICompatibleChatModel("scripted", base_url=server.url, dialect="llama")


@pytest.fixture(scope="module")
def model_server_url():
    need(is_verified(chat_model_file()), "the embedded model is not installed: run `manage.py fetch_models`")
    port = free_port("127.0.0.1", 18200)
    environ = {**os.environ, "MODEL_SERVER_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "manage.py", "serve_model"], env=environ, stderr=subprocess.PIPE)
    try:
        for _ in range(300):
            time.sleep(0.2)
            try:
                if httpx2.get(f"http://127.0.0.1:{port}/health", timeout=2).is_success:
                    break
            except httpx2.HTTPError:
                assert process.poll() is None, process.stderr.read()
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=15)
    assert process.returncode == 0, errors


@pytest.fixture
def embedded(model_server_url, settings):
    settings.MODEL_SERVER_URL = model_server_url
    return EmbeddedChatModel()


@pytest.fixture(params=["fake", "openai_compatible", pytest.param("embedded", marks=pytest.mark.embedded)])
async def model(request):
    chosen = request.getfixturevalue(request.param)
    yield chosen
    if isinstance(chosen, OpenAICompatibleChatModel):
        await chosen.aclose()


async def test_a_reply_streams_in_pieces_and_says_how_it_ended(model):
    chunks = [chunk async for chunk in model.stream(PROMPT, SHORT)]

    assert len(chunks) >= 3
    assert all(chunk.text and not chunk.finish_reason for chunk in chunks[:-1])
    assert (chunks[-1].text, chunks[-1].finish_reason) in {("", "stop"), ("", "length")}


async def test_the_prefill_is_never_repeated(model):
    prompt = [*PROMPT, ChatMessage("assistant", "*点头*")]

    text = "".join([chunk.text async for chunk in model.stream(prompt, SHORT)])

    assert not text.startswith("*点头*")


async def test_closing_the_iterator_ends_the_reply(model):
    reply = model.stream(PROMPT, SHORT)

    first = await anext(reply)
    await reply.aclose()

    assert first.text
    with pytest.raises(StopAsyncIteration):
        await anext(reply)


async def test_warming_never_raises(model):
    assert await model.warm(PROMPT) is None


async def test_the_name_says_who_answered(model):
    assert "/" in model.name


async def test_a_schema_is_obeyed_by_the_fake():
    text = (await FakeChatModel().complete(PROMPT, SHORT, json_schema=SCHEMA)).text

    assert json.loads(text) == {"mood": "sad"}


async def test_a_schema_is_sent_to_a_server():
    with serving(completion('{"mood": "calm"}')) as server:
        model = OpenAICompatibleChatModel("scripted", base_url=server.url)

        text = (await model.complete(PROMPT, SHORT, json_schema=SCHEMA)).text
        await model.aclose()

    assert json.loads(text) == {"mood": "calm"}
    assert server.requests[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "reply", "schema": SCHEMA},
    }


@pytest.mark.embedded
async def test_a_schema_is_obeyed_by_the_embedded_model(embedded):
    text = (await embedded.complete(PROMPT, SHORT, json_schema=SCHEMA)).text
    await embedded.aclose()

    assert json.loads(text)["mood"] in {"sad", "calm"}


@pytest.mark.embedded
async def test_the_embedded_model_answers_every_one_of_many_requests_in_a_row(embedded):
    finished = 0

    for number in range(40):
        prompt = [*PROMPT[:1], ChatMessage("user", f"你好 {number % 5}")]
        async for chunk in embedded.stream(prompt, Sampling(max_tokens=2)):
            finished += bool(chunk.finish_reason)
    await embedded.aclose()

    assert finished == 40


@pytest.mark.embedded
async def test_the_embedded_model_reads_a_warmed_prefix_from_its_cache(embedded):
    prompt = [ChatMessage("system", "你守着一间雪山上的小店。" * 40), ChatMessage("user", "有热茶吗？")]
    await embedded.warm(prompt)

    started = time.monotonic()
    first = await anext(reply := embedded.stream(prompt, SHORT))
    waited = time.monotonic() - started
    await reply.aclose()
    await embedded.aclose()

    assert first.text
    assert waited < 10.0


async def test_a_server_that_is_not_there_is_a_model_error():
    model = OpenAICompatibleChatModel("none", base_url=f"http://127.0.0.1:{free_port('127.0.0.1', 18300)}/v1")

    with pytest.raises(ModelError) as caught:
        await anext(model.stream(PROMPT, SHORT))
    await model.aclose()

    assert caught.value.kind == "connect"
