import asyncio
import time
from dataclasses import replace

import pytest

from companion_site.providers.base import Answer, ChatMessage, Chunk, ModelError, Sampling
from companion_site.providers.openai_compatible import OpenAICompatibleChatModel, Patience
from companion_site.providers.tests.scripted import (
    DONE,
    answer,
    completion,
    cut_stream,
    event,
    serving,
    stop,
    stream,
    token,
)

HELLO = [ChatMessage("user", "hello")]
# Long where nothing waits: a busy machine must not turn one failure into another.
CALM = Patience(connect=10.0, first_token=20.0, idle=20.0, complete=20.0, tail=0.1)
HASTY = replace(CALM, first_token=0.3, complete=0.3)
IDLE = replace(CALM, idle=0.3)


async def reply_of(*script, prompt=HELLO, patience=CALM, **options):
    """Return chunks, the kind of the error, and the server that said it."""
    chunks, kind = [], ""
    with serving(script) as server:
        model = OpenAICompatibleChatModel("m", base_url=server.url, patience=patience, **options)
        try:
            async for chunk in model.stream(prompt, Sampling(stop=("\n",), seed=3)):
                chunks.append(chunk)
        except ModelError as exc:
            kind = exc.kind
        await model.aclose()
    return chunks, kind, server


async def test_the_last_chunk_carries_finish_reason_and_counts():
    usage = event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}})

    chunks, kind, _ = await reply_of(*stream(token("Hi"), 0.05, token(" you"), stop(), usage, DONE))

    assert chunks == [Chunk("Hi"), Chunk(" you"), Chunk("", "stop", 9, 2)]
    assert kind == ""


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", "auth"),
        ("403 Forbidden", "auth"),
        ("429 Too Many Requests", "limit"),
        ("500 Internal Server Error", "server"),
        ("503 Service Unavailable", "server"),
        ("404 Not Found", "missing"),
        ("400 Bad Request", "refused"),
        ("413 Content Too Large", "refused"),
        ("422 Unprocessable Content", "refused"),
        ("409 Conflict", "server"),
        ("302 Found", "broken"),
    ],
)
async def test_a_refusal_is_named_and_not_tried_again(status, kind):
    chunks, raised, server = await reply_of(*answer({"error": {"message": "no"}}, status))

    assert (chunks, raised) == ([], kind)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("_case", "patience", "script", "text", "kind"),
    [
        ("nothing comes", HASTY, stream(9.0), "", "timeout"),
        ("only heartbeats come", HASTY, stream(*[b": ping\n\n", 0.1] * 90), "", "timeout"),
        ("it falls silent", IDLE, stream(token("Hi"), 9.0), "Hi", "stalled"),
        ("heartbeats are no words", IDLE, stream(token("Hi"), *[b": ping\n\n", 0.1] * 90), "Hi", "stalled"),
        ("the line breaks", CALM, cut_stream(token("Hi")), "Hi", "broken"),
        ("it hangs up in mid-reply", CALM, stream(token("Hi")), "Hi", "broken"),
        ("an error event", CALM, stream(token("Hi"), event({"error": {"message": "x"}})), "Hi", "server"),
    ],
)
async def test_what_came_is_given_before_the_error(_case, patience, script, text, kind):
    chunks, raised, _ = await reply_of(*script, patience=patience)

    assert ("".join(chunk.text for chunk in chunks), raised) == (text, kind)


@pytest.mark.parametrize(
    ("_case", "script"),
    [
        ("the connection stays open after the finish reason", stream(token("Hi"), stop(), 9.0)),
        ("heartbeats go on for ever", stream(token("Hi"), stop(), *[b": ping\n\n", 0.05] * 200)),
        ("it breaks after the finish reason", cut_stream(token("Hi"), stop())),
        ("no DONE", stream(token("Hi"), stop())),
        ("no finish reason", stream(token("Hi"), DONE)),
    ],
)
async def test_a_finished_reply_stays_finished(_case, script):
    started = time.monotonic()

    chunks, kind, _ = await reply_of(*script)

    assert (chunks, kind) == ([Chunk("Hi"), Chunk("", "stop")], "")
    assert time.monotonic() - started < 8.0


async def test_an_echoed_prefill_is_removed():
    prompt = [*HELLO, ChatMessage("assistant", "*hugs* ")]

    chunks, _, _ = await reply_of(*stream(token("*hug"), token("s* "), token("there"), stop(), DONE), prompt=prompt)

    assert chunks == [Chunk("there"), Chunk("", "stop")]


async def test_only_llama_servers_get_its_sampling_fields():
    _, _, plain = await reply_of(*stream(token("a"), stop()))
    _, _, llama = await reply_of(*stream(token("a"), stop()), dialect="llama")

    common = {"model", "messages", "temperature", "top_p", "max_tokens", "stream", "stream_options", "stop", "seed"}
    assert set(plain.requests[0]) == common
    assert set(llama.requests[0]) - common == {"repeat_penalty", "dry_multiplier", "cache_prompt"}


@pytest.mark.parametrize(
    ("_case", "prompt", "own"),
    [
        ("a prefill stays open", [*HELLO, ChatMessage("assistant", "*hugs* ")], (True, False)),
        ("no prefill", HELLO, (None, None)),
    ],
)
async def test_vllm_goes_on_from_a_prefill(_case, prompt, own):
    _, _, server = await reply_of(*stream(token("a"), stop()), prompt=prompt, dialect="vllm")

    sent = server.requests[0]
    assert (sent.get("continue_final_message"), sent.get("add_generation_prompt")) == own
    assert sent["repetition_penalty"] == 1.08


@pytest.mark.parametrize(
    ("_case", "adapters", "adapter", "name"),
    [
        ("its own voice", True, "mira-lora", "mira-lora"),
        ("no voice of its own", True, "", "m"),
        ("a server without adapters", False, "mira-lora", "m"),
    ],
)
async def test_an_adapter_is_asked_for_by_its_name(_case, adapters, adapter, name):
    with serving(stream(token("a"), stop())) as server:
        model = OpenAICompatibleChatModel("m", base_url=server.url, adapters=adapters)

        await anext(model.stream(HELLO, Sampling(adapter=adapter)))
        await model.aclose()

    assert server.requests[0]["model"] == name


async def test_a_400_that_names_the_model_is_a_missing_model():
    refusal = answer({"error": {"message": "The model `mira-lora` does not exist."}}, "400 Bad Request")

    _, kind, _ = await reply_of(*refusal)

    assert kind == "missing"


async def test_options_may_be_plain_json():
    with serving(completion("ok")) as server:
        options = {"patience": {"first_token": 60}, "extra": {"chat_template_kwargs": {"enable_thinking": False}}}
        model = OpenAICompatibleChatModel("m", base_url=server.url, **options)

        await model.complete(HELLO, Sampling())
        await model.aclose()

    assert model.patience == Patience(first_token=60)
    assert server.requests[0]["chat_template_kwargs"] == {"enable_thinking": False}


async def test_a_whole_reply_is_counted():
    whole = {"choices": [{"message": {"content": "ok"}}], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}
    with serving(answer(whole)) as server:
        model = OpenAICompatibleChatModel("m", base_url=server.url)

        found = await model.complete(HELLO, Sampling())
        await model.aclose()

    assert found == Answer("ok", 9, 2)


async def test_extra_fields_pass_through():
    with serving(completion("ok")) as server:
        model = OpenAICompatibleChatModel("m", base_url=server.url, api_key="k")

        found = await model.complete(HELLO, Sampling(extra={"top_k": 20}))
        await model.aclose()

    assert found.text == "ok"
    assert server.requests[0]["top_k"] == 20
    assert "authorization: bearer k" in server.headers[0].lower()


@pytest.mark.parametrize(
    ("_case", "patience", "script", "kind"),
    [
        ("slow", HASTY, [9.0], "timeout"),
        ("not JSON", CALM, [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"], "broken"),
        ("no choices", CALM, answer({"choices": []}), "broken"),
        ("not the schema's JSON", CALM, completion("sure!"), "refused"),
        ("JSON of another kind", CALM, completion("7"), "refused"),
        ("no text", CALM, answer({"choices": [{"message": {"content": ["x"]}}]}), "broken"),
    ],
)
async def test_a_whole_reply_fails_by_name(_case, patience, script, kind):
    with serving(script) as server:
        model = OpenAICompatibleChatModel("m", base_url=server.url, patience=patience)

        with pytest.raises(ModelError) as caught:
            await model.complete(HELLO, Sampling(), json_schema={"type": "object"})
        await model.aclose()

    assert caught.value.kind == kind


async def test_json_is_found_between_other_words():
    with serving(completion('Sure!\n```json\n{"mood": "calm"}\n```')) as server:
        model = OpenAICompatibleChatModel("m", base_url=server.url)

        found = await model.complete(HELLO, Sampling(), json_schema={"type": "object"})
        await model.aclose()

    assert found.text == '{"mood": "calm"}'


async def test_closing_hangs_up_on_the_server():
    script = stream(*[token("word "), 0.01] * 400)
    with serving(script) as server:
        model = OpenAICompatibleChatModel("m", base_url=server.url)

        reply = model.stream(HELLO, Sampling())
        await anext(reply)
        await reply.aclose()
        hung_up = await asyncio.to_thread(server.hung_up.wait, 5.0)
        await model.aclose()

    assert hung_up


async def test_warming_a_cloud_would_cost_money_and_is_left_out():
    with serving(completion("ok")) as server:
        model = OpenAICompatibleChatModel("m", base_url=server.url)

        await model.warm(HELLO)
        await model.aclose()

    assert server.requests == []


async def test_warming_a_dead_server_is_silent():
    with serving(answer({"error": {}}, "503 Service Unavailable")) as server:
        model = OpenAICompatibleChatModel("m", base_url=server.url, dialect="llama")

        await model.warm(HELLO)
        await model.aclose()

    assert server.requests[0]["max_tokens"] == 1


def test_one_model_serves_several_event_loops():
    with serving(completion("ok")) as server:
        model = OpenAICompatibleChatModel("m", base_url=server.url)

        async def ask():
            try:
                return (await model.complete(HELLO, Sampling())).text
            finally:
                await model.aclose()

        answers = [asyncio.run(ask()), asyncio.run(ask())]

    assert answers == ["ok", "ok"]
