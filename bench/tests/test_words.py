"""Tokens that carry their moment: what goes in comes out, whatever lies between."""

from __future__ import annotations

import random

import pytest

from bench.words import SPAN, Reader, word
from chat import lexicons
from chat.detectors import emotion
from moderation import guard
from moderation.guard import StreamGuard

NUMBERS = [0, 1, 127, 128, 12_345, SPAN - 1]


@pytest.mark.parametrize(
    ("_case", "pieces"),
    [
        ("in one piece", ["".join(map(word, NUMBERS))]),
        ("character by character", list("".join(map(word, NUMBERS)))),
        ("with marks between", ["，".join(map(word, NUMBERS)) + "。"]),
        ("after half a word", [word(7)[1], *map(word, NUMBERS)]),
        ("after a name", ["Mira: ", *map(word, NUMBERS)]),
    ],
)
def test_numbers_are_read_back(_case, pieces):
    reader = Reader()

    assert [number for piece in pieces for number in reader.feed(piece)] == NUMBERS


def test_a_number_is_read_modulo_the_span():
    assert list(Reader().feed(word(SPAN + 5) + word(-1))) == [5, SPAN - 1]


def test_no_draw_of_words_is_a_finding_or_a_feeling():
    chance = random.Random(7)
    for _ in range(20):
        text = "，".join(word(chance.randrange(SPAN)) for _ in range(300))

        assert guard.inspect(text, side="character") == []
        assert emotion.detect(text, lexicons.emotions()).score == 0.0


def test_the_guard_holds_no_word_back():
    stream = StreamGuard()

    shown = [stream.feed(word(number)) for number in range(0, SPAN, 97)]

    assert shown == [word(number) for number in range(0, SPAN, 97)]
