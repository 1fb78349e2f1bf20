"""Saying it plainly: while the words come, at any cutting, and never against the card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import lexicons
from chat.colloquial import Rewriter, rewritten, stiffness, voice_for
from chat.colloquial.table import variants

ZH, EN = lexicons.colloquial(is_chinese=True)[0], lexicons.colloquial(is_chinese=False)[0]


def streamed(text: str, table, cuts=(), **given) -> str:
    """Return what a reader gets to see when the text comes in these pieces."""
    rewriter = Rewriter(table, **given)
    edges = sorted({0, *(cut % (len(text) + 1) for cut in cuts), len(text)})
    shown = [rewriter.feed(text[a:b]) for a, b in zip(edges, edges[1:], strict=False)]
    return "".join(shown) + rewriter.finish()


@pytest.mark.parametrize(
    ("_case", "text", "plain"),
    [
        ("another word", "倘若你累了，就坐下。", "要是你累了，就坐下。"),
        ("a phrase", "总而言之，我在。", "我在。"),
        ("a clause at the beginning", "时间会治愈一切，你先睡。", "你先睡。"),
        ("a clause at the end takes its comma along", "我在，一切都会好起来的。", "我在。"),
        ("a clause in the middle", "我在，一切都会好起来的，你先睡。", "我在，你先睡。"),
        ("a question goes as a whole", "我在，请问有什么可以帮你？", "我在。"),
        ("a sentence", "我在。如果你有任何问题，请随时告诉我。", "我在。"),
        ("what would be left hanging", "我在。你要学会爱自己，别人才会爱你。", "我在。"),
        ("what was between", "当你回头的时候，我在。", "你回头的时候，我在。"),
        ("half-width marks", "首先,坐下.", "坐下."),
        ("no full stop", "嗯，希望对你有帮助", "嗯。"),
        ("a line of its own", "我在。\n总而言之，\n坐下。", "我在。\n坐下。"),
        ("inside a word", "原来如此，我懂了。", "原来如此，我懂了。"),
        ("an action", "*总而言之，他点头* 嗯。", "*总而言之，他点头* 嗯。"),
        ("an aside", "（总而言之，他点头）嗯。", "（总而言之，他点头）嗯。"),
        ("a quotation", "他说「总而言之，我走」，就走了。", "他说「总而言之，我走」，就走了。"),
        ("its own speech in quotation marks", "*点头* “因此，我在。”", "*点头* “所以我在。”"),
        ("nothing else was said", "希望对你有帮助。", "希望对你有帮助。"),
    ],
)
def test_chinese_is_said_as_people_say_it(_case, text, plain):
    assert rewritten(text, ZH) == plain


@pytest.mark.parametrize(
    ("_case", "text", "plain"),
    [
        ("another word", "You can utilize mine.", "You can use mine."),
        ("a capital", "However, I waited.", "But I waited."),
        ("a capital is due", "It is worth noting that the lamp is on.", "The lamp is on."),
        ("a clause at the end", "I'm here, everything happens for a reason.", "I'm here."),
        ("a sentence", "I'm here. Let me know if you need anything, okay?", "I'm here."),
        ("what would be left hanging", "Life is full of surprises, but sit down.", "Sit down."),
        ("typographic apostrophes", "It’s worth noting that I’m here.", "I’m here."),
        ("after an action", "*nods* In conclusion, stay.", "*nods* Stay."),
        ("an action", "*in conclusion, nods* Stay.", "*in conclusion, nods* Stay."),
        ("inside a word", "The prehenceforth utilizers.", "The prehenceforth utilizers."),
        ("a name", "The Assistance Office is shut.", "The Assistance Office is shut."),
        ("a quotation", 'He said "never give up" and left.', 'He said "never give up" and left.'),
        ("a dash", "I waited — it is worth noting that I waited long.", "I waited — I waited long."),
        ("paragraphs", "Sit.\n\nIn conclusion, stay.", "Sit.\n\nStay."),
        ("nothing else was said", "I hope this helps!", "I hope this helps!"),
    ],
)
def test_english_is_said_as_people_say_it(_case, text, plain):
    assert rewritten(text, EN) == plain


def phrases(table):
    """Return texts made of what rules look for, what people say, and every mark between them."""
    said = [next(variants(rule.say)).replace("…", "那" if table.is_chinese else "that") for rule in table.rules]
    words = ["我在", "坐吧", "雨停了", "Sam"] if table.is_chinese else ["the lamp", "I'm here", "Sit", "you"]
    marks = [*'，。！？,.!? \n*“”「」()"', "……", ". ", ", "]
    piece = st.sampled_from(said) | st.sampled_from(words) | st.sampled_from(marks)
    return st.lists(piece, max_size=14).map("".join)


CUTS = st.lists(st.integers(min_value=0, max_value=400), max_size=12)


@given(phrases(ZH), CUTS)
def test_any_cutting_shows_the_same_chinese(text, cuts):
    assert streamed(text, ZH, cuts) == streamed(text, ZH)


@given(phrases(EN), CUTS)
def test_any_cutting_shows_the_same_english(text, cuts):
    assert streamed(text, EN, cuts) == streamed(text, EN)


@pytest.mark.parametrize("table", [ZH, EN], ids=["zh", "en"])
def test_doing_it_twice_changes_nothing_more(table):
    @given(phrases(table))
    def holds(text):
        once = rewritten(text, table)

        assert rewritten(once, table) == once

    holds()


@pytest.mark.parametrize("table", [ZH, EN], ids=["zh", "en"])
def test_words_never_vanish_altogether_and_marks_stay_in_order(table):
    @given(phrases(table))
    def holds(text):
        once = rewritten(text, table)

        assert any(map(str.isalnum, once)) == any(map(str.isalnum, text))
        assert once.count("*") == text.count("*")
        for orphan in ("，，", "。，", ",,", "。。", "，。"):
            assert orphan in text or orphan not in once

    holds()


def test_text_that_waits_is_never_longer_than_its_rule_allows():
    rewriter = Rewriter(EN)

    shown = rewriter.feed("Let me know if you " + "go on and on " * 40)

    assert shown.startswith("Let me know if you go on")


def test_what_the_card_itself_says_is_never_touched():
    tables = lexicons.colloquial(is_chinese=True)
    voice = voice_for(tables, own=["毫无疑问，凶手就在船上。"])

    assert voice.rewritten("毫无疑问，是你。此外，门开着。", seed=0) == "毫无疑问，是你。还有，门开着。"


@pytest.mark.parametrize(
    ("_case", "given", "text"),
    [
        ("literary", {"formality": "literary"}, "倘若雪停，便来。"),
        ("formal", {"formality": "formal"}, "倘若雪停，便来。"),
        ("old times", {"era": "架空古代"}, "倘若雪停，便来。"),
        ("explaining", {"scene": "knowledge"}, "首先，水在零度结冰。"),
    ],
)
def test_who_may_speak_like_a_book(_case, given, text):
    tables = lexicons.colloquial(is_chinese=True)

    assert voice_for(tables, **given).rewritten(text, seed=0) == text
    assert voice_for(tables).rewritten(text, seed=0) != text


def test_nobody_lectures_whatever_the_register():
    voice = voice_for(lexicons.colloquial(is_chinese=True), formality="literary")

    assert voice.rewritten("我在。时间会治愈一切。", seed=0) == "我在。"


def test_what_stands_on_show_decides_how_a_continuation_begins():
    rewriter = Rewriter(EN, before="I waited, and")

    assert rewriter.feed(" therefore, I know.") + rewriter.finish() == " so I know."
    assert Rewriter(EN, before="*he nods and in ").feed("conclusion, smiles* Yes") == "conclusion, smiles* Yes"


def test_signs_add_up_to_how_stiff_a_text_sounds():
    voice = voice_for(lexicons.colloquial(is_chinese=False))

    assert stiffness("Sit down, the kettle's on.", voice) == 0.0
    assert stiffness("You should learn to manage your emotions.", voice) == 0.6588


def test_what_was_said_another_way_is_noted():
    rewriter = Rewriter(ZH)

    rewriter.feed("总而言之，我能够听见。")
    rewriter.finish()

    assert [(change.old, change.new) for change in rewriter.changes] == [("总而言之，", ""), ("能够", "能")]
