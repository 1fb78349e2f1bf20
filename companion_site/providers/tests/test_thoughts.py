"""What a reasoning model thinks before it speaks is not said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion_site.providers.base import ChatMessage, Sampling
from companion_site.providers.openai_compatible import OpenAICompatibleChatModel
from companion_site.providers.tests.scripted import DONE, completion, serving, stop, stream, token
from companion_site.providers.thoughts import ThoughtStripper


def said(text: str, size: int) -> str:
    stripper = ThoughtStripper()
    return "".join(stripper.feed(text[i : i + size]) for i in range(0, len(text), size)) + stripper.close()


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize(
    ("_case", "text", "left"),
    [
        ("no thoughts", "Sit. Mind the step.", "Sit. Mind the step."),
        ("thoughts first", "<think>They are sad. < think </thin</think>\n\nSit.", "Sit."),
        ("after white space", "\n <think>hm</think> Sit.", "Sit."),
        ("empty thoughts", "<think>\n\n</think>\n\nSit.", "Sit."),
        ("thoughts without end", "<think>They are sad and", ""),
        ("only thoughts", "<think>hm</think>", ""),
        ("a word that begins alike", "<thin ice>", "<thin ice>"),
        ("the beginning of the mark", "<thi", "<thi"),
        ("in the middle it is the character's own", "Sit. <think>no</think>", "Sit. <think>no</think>"),
        ("a second block", "<think>a</think>Sit. <think>b</think>", "Sit. <think>b</think>"),
        ("a space before the first word", " here", " here"),
    ],
)
def test_thoughts_are_dropped(_case, text, left, size):
    assert said(text, size) == left


@given(st.text(alphabet="<think>/ a", max_size=40), st.integers(1, 5))
def test_pieces_make_no_difference(text, size):
    assert said(text, size) == said(text, len(text) + 1)


def test_endless_thoughts_take_no_room():
    stripper = ThoughtStripper()

    for _ in range(10_000):
        stripper.feed("<think> and so on ")

    assert len(stripper._held) < 100


async def test_a_server_that_lets_thoughts_through_is_not_quoted():
    script = stream(
        token("<thi"), token("nk>They "), token("are sad."), token("</think>\n"), token("Sit."), stop(), DONE
    )
    with serving(script, completion("<think>hm</think>Sit.")) as server:
        model = OpenAICompatibleChatModel("m", base_url=server.url)
        prompt = [ChatMessage("user", "hello")]

        streamed = "".join([chunk.text async for chunk in model.stream(prompt, Sampling())])
        whole = await model.complete(prompt, Sampling())
        await model.aclose()

    assert (streamed, whole.text) == ("Sit.", "Sit.")
