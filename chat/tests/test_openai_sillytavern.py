"""The requests SillyTavern's source "Custom (OpenAI-compatible)" sends, member by member."""

from __future__ import annotations

import pytest

from chat.models import Conversation, Message
from chat.tests.openai import chunks, client_of, streamed

MAIN = "Write Mira's next reply in a fictional chat between Mira and Ash."
START = "[Start a new Chat]"


@pytest.fixture
def tavern(fan, mira):
    return client_of(fan)


def body(*lines: tuple[str, str], model: str = "mira") -> dict:
    """Return what it posts: its own prompts around the chat, and all its sliders."""
    messages = [
        {"role": "system", "content": MAIN},
        {"role": "system", "content": "[Ash: a night-shift nurse.]"},
        {"role": "system", "name": "example_user", "content": "Hello there."},
        {"role": "system", "name": "example_assistant", "content": "You are dripping."},
        {"role": "system", "content": START},
        *({"role": role, "content": content} for role, content in lines),
    ]
    return {
        "messages": messages,
        "model": model,
        "temperature": 1,
        "max_tokens": 300,
        "stream": True,
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "top_p": 1,
        "top_k": 0,
        "stop": ["\nAsh:", "\nMira:", "\n***", "\n###", "<END>"],
        "logit_bias": {},
        "seed": -1,
        "n": 1,
        "logprobs": 0,
        "custom_of_a_later_release": {"x": [1]},
    }


def post(tavern, data):
    return tavern.post("/v1/chat/completions", data, content_type="application/json", headers={"accept": "*/*"})


def test_it_connects_by_listing_the_models(tavern):
    listed = tavern.get("/v1/models", headers={"content-type": "application/json"}).json()

    assert [row["id"] for row in listed["data"]] == ["mira"]


def test_an_evening_in_sillytavern_is_one_chat(tavern, model):
    fake = model(replies=["Sit down.", "Tea is on.", "Rum, then.", "Good night."])
    greeting = ("assistant", "*The door is ajar.* Who is there?")
    lines = [greeting, ("user", "Only me.")]

    first = chunks(post(tavern, body(*lines)))
    swiped = streamed(post(tavern, body(*lines)))
    lines += [("assistant", swiped), ("user", "No tea.")]
    third = streamed(post(tavern, body(*lines)))
    lines = [*lines[:-1], ("user", "Good night, Mira.")]  # the last line edited and sent again
    streamed(post(tavern, body(*lines)))

    assert first[0]["choices"][0]["delta"]["role"] == "assistant"
    assert first[-2]["choices"][0]["finish_reason"] == "stop"
    assert first[-1] == "[DONE]"
    assert (swiped, third) == ("Tea is on.", "Rum, then.")
    conversation = Conversation.objects.get()
    path = [m.text for m in Message.objects.path_to(conversation.head_id, limit=50)]
    assert path == [greeting[1], "Only me.", "Tea is on.", "Good night, Mira.", "Good night."]
    assert Message.objects.filter(text="Only me.").count() == 1
    assert Message.objects.filter(role="character", depth=2).count() == 2
    prompt = "\n".join(message.content for message in fake.calls[0].messages)
    assert MAIN in prompt
    assert "Keeper of the last lighthouse" in prompt  # the card is ours
    assert "\nAsh:" in fake.calls[0].sampling.stop


def test_its_continue_nudges_with_an_instruction(tavern, model):
    fake = model(replies=["Once upon", " a time."])
    streamed(post(tavern, body(("user", "Tell me."))))
    data = body(("user", "Tell me."), ("assistant", "Once upon"))
    data["messages"].append({"role": "system", "content": "[Continue your last message.]"})

    rest = streamed(post(tavern, data))

    assert rest == " a time."
    assert "[Continue your last message.]" in str(fake.calls[-1].messages)
    assert Message.objects.latest("pk").text == "Once upon a time."
