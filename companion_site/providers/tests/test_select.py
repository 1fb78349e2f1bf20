import time

import pytest
from django.template import Context, Template

from companion_site.core.ports import free_port
from companion_site.providers import select
from companion_site.providers.base import ChatMessage, ModelError, Sampling
from companion_site.providers.context import model as model_context
from companion_site.providers.ollama import ollama_model
from companion_site.providers.select import BestAvailableChatModel, describe
from companion_site.providers.tests.scripted import answer, completion, serving

HELLO = [ChatMessage("user", "hello")]
TAGS = {"models": [{"name": "nomic:latest", "details": {"family": "bert"}}, {"name": "llama3:8b", "details": {}}]}


@pytest.fixture(autouse=True)
def _nobody_else(settings):
    settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
    settings.OLLAMA_URL = f"http://127.0.0.1:{free_port('127.0.0.1', 18400)}"
    settings.OLLAMA_MODEL = ""


def wait_until(condition):
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_an_openai_address_wins(settings):
    settings.OPENAI_BASE_URL = "http://models.example:9000/v1"
    settings.OPENAI_MODEL = "big"

    model = BestAvailableChatModel()

    assert (model.name, model.label) == ("models.example/big", "big · models.example")


def test_a_key_alone_means_openai_itself(settings):
    settings.OPENAI_API_KEY = "sk-none"
    settings.OPENAI_MODEL = "gpt-4o-mini"

    assert BestAvailableChatModel().name == "OpenAI/gpt-4o-mini"


def test_the_embedded_model_answers_when_nobody_else_does():
    model = BestAvailableChatModel()

    assert model.name == "embedded/qwen2.5-coder-0.5b-instruct-q4_k_m"
    assert model.label == "Qwen2.5-Coder-0.5B-Instruct"
    assert wait_until(lambda: model._asked_at > 0)
    assert model.name == "embedded/qwen2.5-coder-0.5b-instruct-q4_k_m"


async def test_a_local_ollama_is_found_and_asked(settings):
    with serving(answer(TAGS), completion("from ollama")) as server:
        settings.OLLAMA_URL = server.url.removesuffix("/v1")
        model = BestAvailableChatModel()

        text = (await model.complete(HELLO, Sampling())).text
        await (await model.chosen()).aclose()

    assert (text, model.name) == ("from ollama", "127.0.0.1/llama3:8b")
    assert server.requests[1]["model"] == "llama3:8b"


async def test_a_lost_ollama_is_asked_for_again_at_once(settings):
    with serving(answer(TAGS)) as server:
        settings.OLLAMA_URL = server.url.removesuffix("/v1")
        model = BestAvailableChatModel()
        await model.chosen()

    with pytest.raises(ModelError) as caught:
        await model.complete(HELLO, Sampling())
    await (await model.chosen()).aclose()

    assert caught.value.kind == "connect"
    assert wait_until(lambda: model.name.startswith("embedded/"))


@pytest.mark.parametrize(
    ("_case", "wanted", "tags", "found"),
    [
        ("the first that can chat", "", TAGS, "llama3:8b"),
        ("the one that was asked for", "qwen", {"models": [{"name": "a"}, {"name": "qwen:latest"}]}, "qwen"),
        ("asked for and not there", "qwen", TAGS, ""),
        ("none pulled", "", {"models": []}, ""),
        ("something else listens there", "", {"hello": 1}, ""),
        ("something odd", "", {"models": 7}, ""),
    ],
)
def test_the_ollama_model_is_chosen(_case, wanted, tags, found, settings):
    settings.OLLAMA_MODEL = wanted
    with serving(answer(tags)) as server:
        settings.OLLAMA_URL = server.url.removesuffix("/v1")

        assert ollama_model() == found


def test_ollama_can_be_switched_off(settings):
    settings.OLLAMA_URL = ""

    assert ollama_model() == ""


def test_a_slow_neighbour_holds_up_nobody(settings):
    with serving([3.0]) as server:
        settings.OLLAMA_URL = server.url.removesuffix("/v1")
        model = BestAvailableChatModel()

        started = time.monotonic()
        label = model.label

    assert label == "Qwen2.5-Coder-0.5B-Instruct"
    assert time.monotonic() - started < 1.5


def test_every_page_knows_who_answers(rf, settings):
    settings.CHAT_MODELS = {"default": {"BACKEND": f"{select.__name__}.BestAvailableChatModel", "OPTIONS": {}}}

    shown = Template("{{ model_label }}").render(Context(model_context(rf.get("/"))))

    assert shown == describe() == "Qwen2.5-Coder-0.5B-Instruct"
