import math

import pytest

from companion_site.providers.base import ChatMessage, ModelError, Sampling
from companion_site.providers.embedded.embeddings import SentenceEncoder
from companion_site.providers.fake import REPLIES, FakeChatModel, FakeEmbedder, pieces


async def texts(model, *messages, **sampling):
    return [chunk.text async for chunk in model.stream(messages, Sampling(**sampling))]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("*nods* I'm here.", ["*nods*", " I'm", " here."]),
        ("*点头* 我在这里", ["*", "点头", "*", " 我在", "这里"]),
        ("a\n", ["a", "\n"]),
        ("", []),
    ],
)
def test_texts_are_cut_as_a_model_streams_them(text, cut):
    assert pieces(text) == cut


async def test_it_answers_in_the_language_of_the_last_words():
    model = FakeChatModel()

    english = "".join(await texts(model, ChatMessage("user", "你好"), ChatMessage("user", "I had a bad day")))
    chinese = "".join(await texts(model, ChatMessage("user", "hello"), ChatMessage("user", "今天好累")))

    assert (english, chinese) == (REPLIES["en"], REPLIES["zh-Hans"])


async def test_a_script_is_given_call_by_call_and_calls_are_recorded():
    model = FakeChatModel(replies=["one", "two"])

    given = ["".join(await texts(model, ChatMessage("user", "x"))) for _ in range(3)]

    assert given == ["one", "two", "two"]
    assert [call.messages for call in model.calls] == [(ChatMessage("user", "x"),)] * 3


@pytest.mark.parametrize("fail_after", [0, 2])
async def test_it_fails_when_told(fail_after):
    model = FakeChatModel(reply="a b c", fail_with="stalled", fail_after=fail_after)
    got = []

    async def listen():
        async for chunk in model.stream([], Sampling()):
            got.append(chunk.text)

    with pytest.raises(ModelError) as caught:
        await listen()

    assert (got, caught.value.kind) == (["a", " b"][:fail_after], "stalled")


async def test_stop_strings_and_limits_are_obeyed():
    stopped = await texts(FakeChatModel(reply="a b\nFan: c"), stop=("\nFan:",))
    limited = [c async for c in FakeChatModel(reply="a b c").stream([], Sampling(max_tokens=2))]

    assert stopped == ["a", " b", ""]
    assert (limited[-1].finish_reason, limited[-1].completion_tokens) == ("length", 2)


@pytest.fixture(params=[FakeEmbedder, pytest.param(SentenceEncoder, marks=pytest.mark.embedded)])
def embedder(request):
    return request.param()


def test_embedders_give_unit_vectors_in_order(embedder):
    rain, other, again = embedder.embed(["the rain was terrible", "雪山上的剑客", "the rain was terrible"])

    assert len(rain) == len(other) == embedder.dimensions
    assert math.hypot(*rain) == pytest.approx(1.0, abs=1e-3)
    assert rain == pytest.approx(again, abs=1e-5)
    assert sum(a * b for a, b in zip(rain, other, strict=True)) < 0.5


def test_embedders_take_nothing_and_the_empty_text(embedder):
    assert embedder.embed([]) == []
    assert math.hypot(*embedder.embed([""])[0]) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.embedded
def test_the_sentence_encoder_knows_what_chinese_and_english_share():
    encoder = SentenceEncoder()

    sad, traurig, cat = encoder.embed(["我今天很难过", "I am very sad today", "猫喜欢吃鱼"])

    def likeness(a, b):
        return sum(x * y for x, y in zip(a, b, strict=True))

    assert likeness(sad, traurig) > likeness(sad, cat) + 0.2
