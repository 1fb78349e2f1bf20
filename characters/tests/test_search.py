"""Words find live characters, in Chinese and in English, and never what is hidden."""

from __future__ import annotations

import pytest

from characters import search, services
from characters.models import Character, SearchDocument
from characters.tests.factories import live, with_storyline
from characters.tokens import index_tokens, query_terms, stem


@pytest.fixture
def park(creator):
    mira = live(creator, "Mira", storyline=True)
    shen = services.create_character(
        creator,
        card=mira.draft.with_changes(
            name="沈孤鸿",
            description="雪夜孤庙的女剑客，在照雪庙里烤火，不爱说话。",
            scenario="大雪封山。",
            first_mes="坐。",
            creator_notes="",
            tags=["古风", "治愈"],
        ).with_cardia(language="zh-Hans", tagline={"zh-Hans": "一句话能省则省"}, worldview="朔国北境", scene="bedtime"),
    )
    services.publish(shen)
    return {"mira": mira, "shen": shen}


@pytest.mark.parametrize(
    ("_case", "query", "expected"),
    [
        ("two characters", "剑客", ["沈孤鸿"]),
        ("inside another word", "孤庙", ["沈孤鸿"]),
        ("across a word boundary", "雪庙", ["沈孤鸿"]),
        ("three characters", "照雪庙", ["沈孤鸿"]),
        ("name", "孤鸿", ["沈孤鸿"]),
        ("one character", "剑", ["沈孤鸿"]),
        ("phrase with a particle", "大雪的剑客", ["沈孤鸿"]),
        ("tag", "治愈", ["沈孤鸿"]),
        ("no such word", "机器", []),
        ("english", "lighthouse", ["Mira"]),
        ("prefix", "light", ["Mira"]),
        ("plural", "ship", ["Mira"]),
        ("stem", "knocking", ["Mira"]),
        ("case and accents", "MÍRA", ["Mira"]),
        ("every word must occur", "mira dragon", []),
        ("both languages", "灯塔 keeper", ["Mira"]),
        ("storyline teaser", "eleventh", ["Mira"]),
        ("nothing but signs", "!!! ()", []),
        ("an injected operator", '" OR 1=1 --', []),
        ("column filter", "rowid:mira", []),
    ],
)
def test_query_finds(fan, park, _case, query, expected):
    found = search.search(Character.objects.public_to(fan), query)

    assert sorted(character.name for character in found) == expected


def test_a_name_counts_more_than_a_mention(fan, creator, park):
    other = live(creator, "Tom")
    services.update_card(other, data={"description": "A friend of Mira the keeper, and of nobody else at all."})
    services.publish(other)

    found = search.find(Character.objects.public_to(fan), {"q": "mira"})

    assert [character.name for character in found] == ["Mira", "Tom"]


@pytest.mark.parametrize("word", ["drowned", "sister", "lantern", "climbs"])
def test_hidden_text_is_never_indexed(fan, park, word):
    documents = SearchDocument.objects.all()

    assert not search.search(Character.objects.all(), word).exists()
    assert not any(stem(word) in f"{d.names} {d.tags} {d.body}" for d in documents)


def test_draft_is_not_found_before_it_is_published(fan, park):
    services.update_card(park["mira"], data={"description": "Now she keeps dragons, twelve of them, all asleep."})

    assert not search.search(Character.objects.public_to(fan), "dragons").exists()
    services.publish(park["mira"])
    assert search.search(Character.objects.public_to(fan), "dragons").exists()


def test_taken_down_character_leaves_the_index_and_comes_back(fan, park):
    services.take_down(park["mira"])
    assert not SearchDocument.objects.filter(character=park["mira"]).exists()

    services.restore(park["mira"])
    assert search.search(Character.objects.public_to(fan), "lighthouse").exists()


def test_filters_narrow_and_orders_sort(fan, park):
    services.like(fan, park["mira"])
    live_ones = Character.objects.public_to(fan)

    def names(**wanted: str) -> list[str]:
        return [character.name for character in search.find(live_ones, wanted)]

    assert names() == ["Mira", "沈孤鸿"]
    assert names(order="newest") == ["沈孤鸿", "Mira"]
    assert names(tag="COZY") == ["Mira"]
    assert names(language="zh-Hans") == ["沈孤鸿"]
    assert names(scene="bedtime") == ["沈孤鸿"]
    assert names(scene="bedtime", tag="cozy") == []


def test_tags_follow_the_published_card(park):
    services.update_card(park["mira"], data={"tags": ["Sea"]})
    services.publish(park["mira"])

    assert sorted(park["mira"].tag_rows.values_list("folded", flat=True)) == ["sea"]


def test_locked_words_of_a_new_draft_storyline_stay_out(fan, creator, park):
    with_storyline(park["shen"], knowledge="丹青秘卷藏于井底", teaser="井")
    services.publish(park["shen"])

    assert not search.search(Character.objects.public_to(fan), "秘卷").exists()


def test_tokens_hold_words_and_pairs():
    assert index_tokens("雪夜孤庙 Stories").split() == ["雪夜", "孤庙", "夜孤", "story"]
    assert [term.tokens for term in query_terms("照雪庙")] == [("照雪", "雪庙")]
