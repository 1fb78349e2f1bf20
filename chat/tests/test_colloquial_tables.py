"""The tables of plain speech: well made, rich enough, and measured on labelled sentences."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from chat import lexicons
from chat.colloquial import Rewriter, TableError, parse, voice_for
from chat.colloquial.table import CATEGORIES, variants
from chat.colloquial.voice import heard
from companion_site.providers.fake import pieces
from moderation import guard

ROWS = [
    json.loads(line)
    for line in (Path(settings.FIXTURES_DIR) / "evaluations" / "colloquial.jsonl").read_text("utf-8").splitlines()
]
LANGUAGES = [("zh", True, 290), ("en", False, 250)]


def tables(lang: str):
    return lexicons.colloquial(is_chinese=lang == "zh")


def changed(row: dict) -> bool:
    voice = voice_for(tables(row["lang"]), formality=row.get("formality", ""))
    return voice.rewritten(row["text"], seed=1) != row["text"]


def share(rows: list[dict]) -> float:
    return sum(changed(row) for row in rows) / len(rows)


@pytest.mark.parametrize(("lang", "is_chinese", "at_least"), LANGUAGES)
def test_a_table_is_rich_in_every_category(lang, is_chinese, at_least):
    counts = Counter(rule.category for rule in tables(lang)[0].rules)

    assert set(counts) == set(CATEGORIES)
    assert sum(counts.values()) >= at_least
    assert min(counts.values()) >= 30


@pytest.mark.parametrize(("lang", "is_chinese", "at_least"), LANGUAGES)
def test_what_a_rule_says_instead_is_no_phrase_of_another_rule(lang, is_chinese, at_least):
    table = tables(lang)[0]

    assert {choice: rules for rule in table.rules for choice in rule.to if (rules := heard(choice, table))} == {}


@pytest.mark.parametrize(("lang", "is_chinese", "at_least"), LANGUAGES)
def test_every_rule_can_be_reached(lang, is_chinese, at_least):
    table = tables(lang)[0]
    between = "那个" if is_chinese else "that thing"
    reached = {
        rule.index
        for row in table.rules
        for phrase in variants(row.say)
        for rule in heard(phrase.replace("…", between), table)
    }

    silent = [rule.say for rule in table.rules if rule.index not in reached and rule.at != "after"]

    assert silent == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_bad_sentences_change_and_natural_ones_do_not(lang):
    bad = [row for row in ROWS if row["lang"] == lang and row["label"]]
    natural = [row for row in ROWS if row["lang"] == lang and not row["label"]]

    assert len(bad) >= 60
    assert len(natural) >= 60
    assert share(bad) >= 0.9
    assert share(natural) <= 0.03


@pytest.mark.parametrize("kind", ["bookish", "preachy", "translated", "assistant"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_kind_of_stiffness_is_forgotten(lang, kind):
    assert share([row for row in ROWS if row["lang"] == lang and row["type"] == kind]) >= 0.75


@pytest.mark.parametrize("row", [row for row in ROWS if row.get("formality")], ids=lambda row: row["id"])
def test_poets_and_people_of_old_times_keep_their_tongue(row):
    assert not changed(row)


def test_nothing_rewritten_is_empty_or_crosses_a_line():
    for row in ROWS:
        text = voice_for(tables(row["lang"])).rewritten(row["text"], seed=2)

        assert any(map(str.isalnum, text))
        assert text[-1] in '。！？!?….~"”」*'
        assert not guard.screen(text, side="character").is_blocked


def test_the_advice_to_see_somebody_who_can_help_stays():
    for text, lang in [
        ("请马上拨打 120，或者去最近的医院。", "zh"),
        ("我陪你一起给心理热线打个电话，好不好？", "zh"),
        ("Please call the helpline, or go to the nearest hospital.", "en"),
        ("Have you thought of talking to a therapist?", "en"),
    ]:
        kept = voice_for(tables(lang)).rewritten(text, seed=0)

        assert all(
            word in kept for word in ("120", "医院", "热线", "helpline", "hospital", "therapist") if word in text
        )


def test_a_token_is_held_back_only_for_a_moment():
    text = "今天的雨下得很轻，你先坐一会儿，我去把窗关上，再给你倒杯热的。" * 4
    rewriter = Rewriter(tables("zh")[0])

    waiting, shown = 0, 0
    for piece in pieces(text):
        shown += len(rewriter.feed(piece)) - len(piece)
        waiting = max(waiting, -shown)

    assert waiting <= 6


@pytest.mark.parametrize(
    ("_case", "row", "message"),
    [
        ("nothing to do", {"say": "一"}, "says one thing"),
        ("two things to do", {"say": "一", "to": "二", "drop": "phrase"}, "says one thing"),
        ("an unknown place", {"say": "一", "to": "二", "at": "noon"}, "unknown drop or place"),
        ("an open gap", {"say": "一…", "to": "二"}, "begins or ends with a gap"),
        ("a clause from its middle", {"say": "一", "drop": "clause", "at": "any"}, "from its beginning"),
        ("too many gaps", {"say": "一…二…三", "to": "四"}, "too many variants or gaps"),
    ],
)
def test_a_malformed_rule_is_named(_case, row, message):
    with pytest.raises(TableError, match=message):
        parse({"rules": {"bookish": [row]}}, is_chinese=True)


def test_a_category_nobody_knows_and_a_rule_said_twice_are_refused():
    with pytest.raises(TableError, match="no category"):
        parse({"rules": {"rude": [{"say": "一", "to": "二"}]}}, is_chinese=True)
    with pytest.raises(TableError, match="said twice: 一"):
        parse({"rules": {"bookish": [{"say": "一", "to": "二"}, {"say": "一", "to": "三"}]}}, is_chinese=True)
