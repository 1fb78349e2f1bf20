"""What a message feels like, and what it hides."""

from __future__ import annotations

import json

import pytest
from django.conf import settings

from chat import lexicons, scenes
from chat.detectors import echo, emotion, subtext
from chat.detectors.lexicon import EMOTIONS, parse, units
from companion_site.tests.require import need

EVALUATIONS = settings.BASE_DIR.parent / "shared" / "data" / "evals" / "permissive"


@pytest.fixture(scope="module")
def lexicon():
    return lexicons.emotions()


@pytest.mark.parametrize(
    ("_case", "text", "felt", "score"),
    [
        ("nothing", "你在做什么", "neutral", 0.0),
        ("no letters", "……", "neutral", 0.0),
        ("sadness", "我难过", "sadness", 0.7),
        ("emphasis", "我真的好难过", "sadness", 0.98),
        ("denied", "我一点也不开心，不难过", "sadness", 0.5),
        ("joy denied is sadness", "我不觉得快乐", "sadness", 0.496),
        ("somebody else's", "他很难过", "sadness", 0.425),
        ("a question about you", "are you sad?", "sadness", 0.35),
        ("what happened to me", "我今天被领导当众骂了", "sadness", 0.45),
        ("a harmless look-alike", "麻烦你了", "neutral", 0.0),
        ("anger", "I hate my boss", "anger", 0.8),
        ("fear", "外面打雷，我有点怕", "fear", 0.856),
        ("joy, loudly", "我成功了！！", "joy", 0.99),
        ("surprise", "怎么可能", "surprise", 0.85),
        ("disgust", "好恶心", "disgust", 0.85),
        ("not sad", "I'm not sad, just tired", "sadness", 0.105),
        ("two languages", "今天 so happy 啊", "joy", 0.8),
    ],
)
def test_feelings_are_heard(_case, text, felt, score, lexicon):
    found = emotion.detect(text, lexicon)

    assert (found.emotion, found.score) == (felt, score)


@pytest.mark.parametrize(
    ("_case", "context", "text", "hides"),
    [
        ("after bad news", ["我今天被辞退了"], "我没事", True),
        ("after nothing", ["今天吃什么"], "没事", False),
        ("bad news in the same breath", [], "我今天被当众骂了……没事，我就来坐坐。", True),
        ("in English", ["Rejected. Fifth one.", "Do you want to talk about it?"], "Whatever, I'm used to it.", True),
        ("hesitating", ["我们分手了"], "我很好……", True),
        (
            "a long explanation",
            ["他走了"],
            "没关系，其实我早就想好了，明天就搬去朋友家，工作也找到了，一切都会顺利。",
            False,
        ),
        ("no such phrase", ["我被辞退了"], "我去做饭", False),
    ],
)
def test_i_am_fine_is_heard_for_what_it_is(_case, context, text, hides, lexicon):
    assert (subtext.detect(text, context, lexicon) >= 0.5) is hides


def test_the_word_lists_are_large_enough():
    for language in ("zh", "en"):
        source = (settings.FIXTURES_DIR / "lexicons" / f"emotion_{language}.txt").read_text()
        entries = [entry for found in parse([source]).by_first.values() for entry in found]
        assert sum(entry.section in EMOTIONS for entry in entries) >= 500


def test_scripts_are_cut_into_units():
    assert units("I’m so 难过！") == ["i'm", "so", "难", "过", "!"]


def test_the_longest_word_wins():
    lexicon = parse(["[joy 0.6]\n开心\n[sadness 0.5]\n不开心"])

    assert [(hit.section, hit.start, hit.end) for hit in lexicon.scan(units("我不开心"))] == [("sadness", 1, 4)]


def test_defences_are_told_from_plain_words_on_the_labelled_rows(lexicon):
    need(EVALUATIONS.exists(), f"no labelled rows at {EVALUATIONS}")
    rows = [json.loads(line) for line in (EVALUATIONS / "subtext.jsonl").read_text().splitlines()]
    authored = [row for row in rows if row["type"].startswith("authored")]

    judged = [(subtext.detect(row["text"], row["context"], lexicon) >= 0.5, row["label"] == 1) for row in authored]

    hits = sum(said and true for said, true in judged)
    f1 = 2 * hits / (sum(said for said, _ in judged) + sum(true for _, true in judged))
    assert round(f1, 2) == 0.94


@pytest.mark.parametrize("name", ["story", "bedtime", "breakup", "study", "adhd", "elder", "knowledge"])
def test_every_scene_of_the_builder_has_a_preset(name):
    assert scenes.presets()[name].name == name


def test_an_unknown_scene_is_a_story():
    assert scenes.preset("moonwalk").name == "story"


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_feeling_has_a_way_to_be_met(language):
    strategies = scenes.preset("story").strategies

    assert all(strategies[name][language] for name in (*EMOTIONS, "defence", "crisis"))


@pytest.mark.parametrize(
    ("_case", "text", "said", "written", "share"),
    [
        ("new words", "*looks up* Stay a little longer.", ["The tide is late tonight."], [], 0.0),
        ("its last line", "The tide is late again tonight.", ["The tide is late again tonight."], [], 1.0),
        ("half of it", "今天的雪下得真大啊。坐近一点。", ["今天的雪下得真大啊。"], [], 0.692),
        ("a catchphrase", "Mind the step.", ["Mind the step."], [], 0.0),
        ("a short phrase", "坐。", ["坐。"], [], 0.0),
        (
            "its instructions",
            "只用沈孤鸿的口吻回答用中文动作写在星号里",
            [],
            ["只用沈孤鸿的口吻回答，用中文。动作写在*星号*里"],
            1.0,
        ),
        ("nothing", "……", ["……"], [], 0.0),
    ],
)
def test_echoes_are_heard(_case, text, said, written, share):
    assert echo.share(text, said=said, written=written, allowed=["Mind the step."]) == share
