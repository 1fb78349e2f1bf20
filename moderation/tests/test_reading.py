"""Hidden words are read as they are meant, and evidence stays what was really written."""

from __future__ import annotations

import pytest

from moderation import guard
from moderation.reading import fold, read


@pytest.mark.parametrize(
    ("_case", "side", "text", "marked"),
    [
        ("zero width", "fan", "我想自\u200b杀", "自\u200b杀"),
        ("soft hyphen", "fan", "I want to sui\u00adcide", "sui\u00adcide"),
        ("dot", "fan", "我想自.杀", "自.杀"),
        ("star", "fan", "我想自*杀", "自*杀"),
        ("spaces zh", "fan", "我想 自 杀", "自 杀"),
        ("full width en", "fan", "ｋｉｌｌ　ｍｙｓｅｌｆ", "ｋｉｌｌ　ｍｙｓｅｌｆ"),
        ("spaced letters", "fan", "i will k i l l m y s e l f", "k i l l m y s e l f"),
        ("cyrillic look-alikes", "fan", "kіll mуsеlf", "kіll mуsеlf"),
        ("leet", "fan", "I want to k1ll mys3lf", "k1ll mys3lf"),
        ("capitals", "fan", "KILL MYSELF", "KILL MYSELF"),
        ("traditional", "fan", "我想自殺", "自殺"),
        ("dotted letters", "character", "k.i.l.l. y.o.u.r.s.e.l.f", "k.i.l.l. y.o.u.r.s.e.l.f"),
        ("line of breaks", "character", "去—死—吧", "去—死—吧"),
    ],
)
def test_a_split_or_masked_word_is_found_where_it_stands(_case, side, text, marked):
    found = guard.inspect(text, side=side)

    assert marked in [text[slice(*f.span)] for f in found if f.category == "self_harm"]


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("sentence border", "他放弃了自。杀青那天我们喝了酒"),
        ("latin word inside", "skilled in mythology"),
        ("initials", "J. R. R. Tolkien and C. S. Lewis"),
        ("abbreviations", "the U.S.A. and the U.K."),
        ("a list of letters", "a b c d e f g"),
        ("number", "I walked 10000 steps at 5am"),
        ("empty", ""),
        ("only marks", "……！！！???"),
        ("broken surrogate", "\ud800 hello"),
        ("emoji with joiner", "👩\u200d🚀 good night"),
    ],
)
def test_harmless_text_stays_harmless(_case, text):
    assert guard.inspect(text, side="fan") == []


def test_folding_merges_width_case_and_look_alikes():
    assert fold("ＡBС’自殺") == "abc'自杀"


def test_every_view_knows_the_way_back():
    text = "ok \u200bｋ.ｉ.ｌ.ｌ it"

    views = read(text).views

    squeezed = views[-1]
    start = squeezed.text.index("kill")
    assert squeezed.is_squeezed
    assert text[slice(*squeezed.span(start, start + 4))] == "ｋ.ｉ.ｌ.ｌ"


def test_a_reading_is_read_once():
    reading = read("hello")

    assert read(reading) is reading
