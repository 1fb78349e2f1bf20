"""A model that turns in circles is stopped; who laughs, weeps, pleads, counts or sings is not."""

from __future__ import annotations

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from chat.prompts.circles import Circles, said_once
from chat.prompts.reply import Trimmer, tidied

PARAGRAPH = (
    "She sets the lamp on the sill and watches the harbour for a while, as she has done every evening since the"
    " letters stopped, and tells you that the third shelf is where the sea begins. "
)
HAN_PARAGRAPH = (
    "他把灯放在窗台上，看着港口，像信断了以后的每个傍晚一样，慢慢告诉你，第三层架子就是海开始的地方，"  # noqa: RUF001
    "那里的书都是湿的，翻开就有盐落下来，落在你的手背上，像一场很小的雪。"  # noqa: RUF001
)
JUDE = "Na, na na nananana, nananana, hey Jude. "
BIRTHDAY = "Happy birthday to you, happy birthday to you, happy birthday dear Sam, happy birthday to you! "
ROW = "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily, life is but a dream. "
TIGERS = "两只老虎，两只老虎，跑得快，跑得快，一只没有耳朵，一只没有尾巴，真奇怪，真奇怪。"  # noqa: RUF001


def heard_after(text: str, *, size: int = 5) -> int | None:
    """Return after how many characters a circle was heard, None for never."""
    circles = Circles()
    return next((at + size for at in range(0, len(text), size) if circles.hears(text[at : at + size])), None)


@pytest.mark.parametrize("size", [1, 4, 23])
@pytest.mark.parametrize(
    ("_case", "text", "at_most"),
    [
        ("a sentence", "Well. " + "The lamp is lit. " * 40, 130),
        ("a short one", "I see. " * 100, 220),
        ("in Chinese", "灯亮着呢。" * 60, 60),
        ("a long paragraph twice", PARAGRAPH * 4, 2 * len(PARAGRAPH) + 60),
        ("a long Chinese paragraph twice", HAN_PARAGRAPH * 4, 2 * len(HAN_PARAGRAPH) + 60),
        ("its punctuation changes", "".join(f"The lamp is lit{'.!?~…'[n % 5]} " for n in range(40)), 130),
        ("its capitals change", "The lamp is lit. THE LAMP IS LIT. the lamp is lit. " * 9, 130),
        ("the numbers of a list", "".join(f"{n}. Breathe slowly in and out.\n" for n in range(1, 60)), 200),
        ("a Chinese list", "".join(f"第{n}，深呼吸，慢慢来。\n" for n in "一二三四五六七八九十" * 4), 90),  # noqa: RUF001
        ("two lines in turn", "Are you there? I am here. " * 30, 160),
        ("one letter", "a" * 2000, 200),
        ("one Han character", "的" * 2000, 100),
        ("dots", "Hm" + "." * 2000, 230),
        ("blank lines", "Hm.\n" + "\n" * 2000, 230),
        ("little faces", "Yes " + "😂" * 2000, 230),
        ("laughter without end", "哈哈哈哈" * 500, 100),
    ],
)
def test_a_circle_is_heard(_case, text, at_most, size):
    at = heard_after(text, size=size)

    assert at is not None
    assert at <= at_most + size


@pytest.mark.parametrize("size", [1, 4, 23])
@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("laughter", "哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈 你这个人！"),  # noqa: RUF001
        ("laughter in letters", "Hahahahahahahahahahahaha, stop it! Hehehehehe."),
        ("sobbing", "呜呜呜呜呜呜呜呜呜……我没有哭。"),
        ("a long silence", "…" * 60 + "I am here."),
        ("no, six times", "No, no, no, no, no, no. Not you."),
        ("pleading", "别走，别走，别走，别走，别走，别走……求你。"),  # noqa: RUF001
        ("sorry", "对不起，对不起，对不起，对不起，对不起，真的。"),  # noqa: RUF001
        ("I love you", "I love you. I love you! I love you… I love you, you fool."),
        ("我爱你", "我爱你，我爱你，我爱你，听见了吗？"),  # noqa: RUF001
        ("counting", ", ".join(str(n) for n in range(1, 61))),
        ("the refrain of a song", JUDE * 3),
        ("a birthday", BIRTHDAY * 3),
        ("a round", ROW * 3),
        ("两只老虎", TIGERS * 3),
        ("a chorus twice", "Let it be, let it be, let it be, let it be, whisper words of wisdom, let it be. " * 2),
        ("a list that says something", "1. Breathe in.\n2. Hold it.\n3. Breathe out.\n4. Look at me.\n5. Again."),
        ("steps", "Step. Step. Step. Step. The stairs end."),
        ("a paragraph", PARAGRAPH),
        ("a quoted line", PARAGRAPH + "“" + PARAGRAPH[:60] + "”, she says again, and laughs."),  # noqa: RUF001
    ],
)
def test_what_people_repeat_is_no_circle(_case, text, size):
    assert heard_after(text, size=size) is None


@pytest.mark.parametrize("path", sorted((settings.FIXTURES_DIR / "cards").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_whole_card_read_aloud_is_no_circle(path):
    text = path.read_text()

    assert len(text) > 2000
    assert heard_after(text) is None


@pytest.mark.parametrize(
    ("_case", "text", "kept"),
    [
        ("a sentence", "Well. " + "The lamp is lit. " * 8, "Well. The lamp is lit."),
        ("cut in a word", "Well. " + "The lamp is lit. " * 8 + "The la", "Well. The lamp is lit."),
        (
            "other marks each time",
            "Well. " + "The lamp is lit! The lamp is lit? " * 3 + "The la",
            "Well. The lamp is lit!",
        ),
        ("a list", "So:\n" + "".join(f"{n}. Breathe slowly.\n" for n in range(1, 9)), "So:\n1. Breathe slowly."),
        ("a paragraph", PARAGRAPH * 2, PARAGRAPH.strip()),
        ("Chinese", "嗯。" + "灯还亮着，你来吗？" * 6, "嗯。灯还亮着，你来吗？"),  # noqa: RUF001
        ("laughter", "好。" + "哈" * 300, "好。哈哈哈哈哈哈哈哈哈哈哈哈…"),
        ("dots", "Hm" + "." * 300, "Hm..."),
        ("nothing but dots", "." * 300, "..."),
        ("no circle", "The lamp is lit. Sit.", "The lamp is lit. Sit."),
    ],
)
def test_a_circle_is_said_once(_case, text, kept):
    assert tidied(text, finish_reason="loop", is_chinese=False) == kept


@given(st.text(alphabet="ab01一。 \n", max_size=80), st.integers(1, 9), st.text(alphabet="xyz哦，", max_size=30))
def test_saying_once_only_cuts_at_the_end(text, times, before):
    whole = before + text * times

    assert whole.startswith(said_once(whole))


def test_a_continued_reply_that_begins_again_is_heard():
    trimmer = Trimmer(name="Mira", prefill=PARAGRAPH)

    trimmer.feed("And so: ")
    trimmer.feed(PARAGRAPH)
    trimmer.feed(f"And so: {PARAGRAPH}")

    assert trimmer.reason == "loop"
