"""The real `openai` package talks with a real server."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import httpx2
import openai
import pytest

from bench import upstream
from chat.tests.servers import Server, wait_until

pytestmark = pytest.mark.up

CHARACTER = "shen-guhong"
SLOW = upstream.Script(tokens=20, gap_seconds=0.05)
HELLO = [{"role": "user", "content": "今晚的雪好大"}]


def _run(story):
    """Run a coroutine in a thread of its own: a browser test before may have left this one a running loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with upstream.running(SLOW) as model_url:
        server = Server(tmp_path_factory.mktemp("openai"), model_url)
        server.room = server.furnish(1)[0]
        server.start()
        yield server
        server.end()


@pytest.fixture
def secret(server):
    """A key made as a person makes it: signed in, over the site's own API."""
    return make_key(server, ["chat", "read"])


def make_key(server, scopes):
    cookies = {"sessionid": server.room["session"], "csrftoken": server.room["csrf"]}
    made = httpx2.post(
        f"http://127.0.0.1:{server.port}/api/v1/me/keys/",
        json={"name": "openai", "scopes": scopes},
        cookies=cookies,
        headers={"X-CSRFToken": server.room["csrf"], "Referer": f"http://127.0.0.1:{server.port}/"},
    )
    assert made.status_code == 201, made.text
    return made.json()["secret"]


def client_of(server, secret, kind=openai.OpenAI, **options):
    return kind(base_url=f"http://127.0.0.1:{server.port}/v1", api_key=secret, **{"max_retries": 0, **options})


def test_the_package_lists_and_talks_in_one_piece_and_as_a_stream(server, secret):
    with client_of(server, secret) as client:
        listed = [model.id for model in client.models.list()]
        one = client.models.retrieve(CHARACTER)
        whole = client.chat.completions.create(model=CHARACTER, messages=HELLO)
        said = whole.choices[0].message.content
        more = [*HELLO, {"role": "assistant", "content": said}, {"role": "user", "content": "讲个故事"}]
        stream = client.chat.completions.create(
            model=CHARACTER, messages=more, stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)

    assert listed == [CHARACTER]
    assert (one.id, one.object) == (CHARACTER, "model")
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage.completion_tokens > 0
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.total_tokens > 0
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert [row[0] for row in server.replies()[:2]] == [text, said]
    assert sum(bool(chunk.choices and chunk.choices[0].delta.content) for chunk in chunks) > 3


def test_chats_at_once_each_get_their_own_answer_and_the_same_words_too(server, secret):
    async def story():
        async with client_of(server, secret, openai.AsyncOpenAI) as client:
            words = ["一", "二", "二"]
            asked = [client.chat.completions.create(model=CHARACTER, messages=_say(word)) for word in words]
            return await asyncio.gather(*asked)

    answers = _run(story())

    assert len({answer.id for answer in answers}) == 3
    assert all(answer.choices[0].message.content for answer in answers)


def test_who_leaves_in_mid_stream_finds_the_whole_reply(server, secret):
    with client_of(server, secret) as client:
        stream = client.chat.completions.create(model=CHARACTER, messages=_say("等等我"), stream=True)
        left = next(chunk.id for chunk in stream if chunk.choices[0].delta.content)
        stream.close()
    wait_until(lambda: server.reply()[1] == "complete", "the reply was not written to its end")
    with client_of(server, secret) as client:
        found = client.chat.completions.create(model=CHARACTER, messages=_say("等等我"))
        other = client.chat.completions.create(model=CHARACTER, messages=_say("等等我"))

    assert found.id == left
    assert found.choices[0].message.content
    assert other.id != left


def test_a_named_request_is_answered_once_however_often_it_is_sent_at_once(server, secret):
    async def story():
        async with client_of(server, secret, openai.AsyncOpenAI) as client:
            asked = [
                client.chat.completions.create(
                    model=CHARACTER, messages=_say("一次"), extra_headers={"Idempotency-Key": "once"}
                )
                for _ in range(4)
            ]
            return await asyncio.gather(*asked)

    answers = _run(story())

    assert len({answer.id for answer in answers}) == 1
    assert len({answer.choices[0].message.content for answer in answers}) == 1


def test_refusals_are_the_packages_own_exceptions(server, secret):
    picture = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.example/y.png"}}]}]
    ask = {"model": CHARACTER, "messages": HELLO}

    with client_of(server, "cardia_wrong") as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(**ask)
    with client_of(server, make_key(server, ["read"])) as client, pytest.raises(openai.PermissionDeniedError):
        client.chat.completions.create(**ask)
    with client_of(server, secret) as client:
        with pytest.raises(openai.NotFoundError) as missing:
            client.chat.completions.create(model="gpt-4", messages=HELLO)
        with pytest.raises(openai.BadRequestError) as bad:
            client.chat.completions.create(model=CHARACTER, messages=picture)
        with pytest.raises(openai.NotFoundError):
            client.embeddings.create(model=CHARACTER, input="x")
        assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
        assert bad.value.param == "messages[0].content"
        with sqlite3.connect(server.database, timeout=10) as connection:
            connection.execute("UPDATE accounts_apikey SET turns_per_minute = 1")
        with pytest.raises(openai.RateLimitError) as limited:
            client.chat.completions.create(**ask)
    assert int(limited.value.response.headers["Retry-After"]) <= 60


def _say(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]
