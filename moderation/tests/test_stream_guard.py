"""However a reply is cut into pieces, nothing of what blocks it is ever shown."""

from __future__ import annotations

import pytest

from moderation import guard
from moderation.guard import StreamGuard

BLOCKED = [
    ("urge zh", "夜深了，你听我说。去死吧，没人在乎你。", "去死吧"),
    ("urge en", "Come closer. Just kill yourself. Nobody would mind.", "kill yourself"),
    ("phone", "想我就打给我：138 1234 5678，随时都在。", "138 1234 5678"),
    ("mail", "Write to me at mira@example.com, darling.", "mira@example.com"),
    ("messenger", "今晚加我微信 abc12345 吧，我等你。", "加我微信"),
    ("url", "All of it is on https://example.com/x right now.", "https://example.com/x"),
    # An age alone is no harm; together with the romance it is, and the romance is never shown.
    ("minor", "我今年15岁，做你女朋友好不好？", "做你女朋友"),
    ("at the very end", "*smiles* You should kill yourself", "kill yourself"),
    ("zero width", "你听我说，去​死​吧，没人在乎你。", "去​死​吧"),
    ("spaced letters", "Listen: k i l l y o u r s e l f tonight.", "k i l l y o u r s e l f"),
    ("full width", "电话１３８１２３４５６７８，别忘了。", "１３８１２３４５６７８"),
]
HARMLESS = [
    "剑未出鞘，你已经输了。……罢了，坐下喝茶。",
    "*pours tea* Sit. Mind the step. There were 17 ships today, 3 of them lost.",
    "笑死我了！你说得对，死了这条心吧。",
    "She was killing time, and k.d. lang sang on the radio.",
    "今晚7点，302室，灯亮着。",
    "I am 24. Call me when you are home?",
    "微信？我不用那个。我用鸽子。",
    "A" * 400,
    "\ud800 hm",
    "",
]


def stream(text: str, size: int) -> tuple[StreamGuard, str]:
    """Feed `text` in pieces of `size`; return the guard and everything it showed."""
    watch = StreamGuard()
    shown = "".join(watch.feed(text[at : at + size]) for at in range(0, len(text), size))
    return watch, shown + watch.finish()


@pytest.mark.parametrize(("_case", "text", "harm"), BLOCKED)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 1000])
def test_blocked_text_is_never_shown_at_any_size_of_piece(_case, text, harm, size):
    watch, shown = stream(text, size)

    assert watch.verdict.is_blocked
    assert text.startswith(shown)
    assert len(shown) <= text.index(harm)
    assert not guard.screen(shown, side="character").is_blocked


@pytest.mark.parametrize(("_case", "text", "harm"), BLOCKED)
def test_blocked_text_is_never_shown_split_at_any_character(_case, text, harm):
    for cut in range(len(text) + 1):
        watch = StreamGuard()

        shown = watch.feed(text[:cut]) + watch.feed(text[cut:]) + watch.finish()

        assert watch.verdict.is_blocked, cut
        assert len(shown) <= text.index(harm), cut


@pytest.mark.parametrize("text", HARMLESS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_harmless_reply_passes_whole_and_unchanged(text, size):
    watch, shown = stream(text, size)

    assert shown == text
    assert not watch.verdict.is_blocked


def test_after_a_block_nothing_more_is_said():
    watch, shown = stream("去死吧。", 1)

    assert (watch.feed("我在。"), watch.finish(), shown) == ("", "", "")
    assert watch.verdict.policy_code == "SELF-HARM-01"


def test_plain_words_are_not_held_back():
    watch = StreamGuard()

    assert watch.feed("今晚的风很轻，") == "今晚的风很轻，"
    assert watch.feed("坐到我旁边来。") == "坐到我旁边来。"


def test_an_age_is_remembered_until_the_romance_comes():
    watch = StreamGuard()

    shown = watch.feed("I am 15 years old. ") + watch.feed("The sea was calm for a long, long while. " * 8)
    shown += watch.feed("Will you be my girlfriend? Please, say yes to me now.") + watch.finish()

    assert watch.verdict.policy_code == "SEX-MINOR-01"
    assert "be my girlfriend" not in shown
