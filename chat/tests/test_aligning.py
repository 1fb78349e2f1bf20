"""A program's copy of a chat, laid over the stored tree."""

from __future__ import annotations

import time

import pytest

from chat.aligning import Node, Said, align, key_of


def said(*texts: str) -> list[Said]:
    """Return lines: `f:` the fan's, `c:` the character's."""
    roles = {"f": "fan", "c": "character"}
    return [Said(roles[text[0]], text[2:], place) for place, text in enumerate(texts)]


def tree(*rows: tuple[int, int | None, str]) -> list[Node]:
    roles = {"f": "fan", "c": "character", "d": "director", "p": "platform"}
    return [Node(id_, parent, 1 if id_ < 100 else 2, roles[text[0]], text[2:]) for id_, parent, text in rows]


# Two swipes of the first reply, a branch after each; and another chat that began with the same words.
PARK = tree(
    (1, None, "c:Come in."),
    (2, 1, "f:Hello"),
    (3, 2, "c:Sit."),
    (4, 2, "c:Tea?"),
    (5, 3, "f:I am cold"),
    (6, 5, "c:Here, a blanket."),
    (7, 4, "f:Yes"),
    (8, 7, "c:Two sugars."),
    (9, 8, "f:Thank you"),
    (10, 9, "c:Mind the step."),
    (101, None, "f:Hello"),
    (102, 101, "c:You again."),
)


@pytest.mark.parametrize(
    ("_case", "lines", "found"),
    [
        ("the next message", said("c:Come in.", "f:Hello", "c:Sit.", "f:Thanks"), (1, 2, 3)),
        ("after the other swipe", said("c:Come in.", "f:Hello", "c:Tea?", "f:No"), (1, 2, 4)),
        ("the same again", said("c:Come in.", "f:Hello", "c:Sit.", "f:I am cold"), (1, 2, 3, 5)),
        ("edited in the middle", said("c:Come in.", "f:Hello", "c:Coffee?", "f:Yes"), (1, 2)),
        ("the reply as the last line", said("c:Come in.", "f:Hello", "c:Tea?"), (1, 2, 4)),
        ("without the greeting: the other chat", said("f:Hello", "c:You again.", "f:Yes"), (101, 102)),
        ("one word, said first", said("f:Hello"), (101,)),
        ("one word, said later", said("f:Thank you"), ()),
        ("a greeting is no chat yet", said("c:Come in.", "f:Good evening"), ()),
        (
            "cut off at the front",
            said("f:Yes", "c:Two sugars.", "f:Thank you", "c:Mind the step.", "f:Bye"),
            (7, 8, 9, 10),
        ),
        ("cut off, and too short to be sure", said("f:Thank you", "c:Mind the step.", "f:Bye"), ()),
        ("other spaces, another composition", said("c:Come  in.\n", "f:Hello ", "c:Tea?", "f:No"), (1, 2, 4)),
        ("nothing known", said("f:Who are you?"), ()),
        ("nothing said", [], ()),
        ("roles count", said("c:Come in.", "c:Hello", "c:Sit.", "f:Well"), ()),
    ],
)
def test_a_chat_is_found_where_it_stands(_case, lines, found):
    assert tuple(node.id for node in align(lines, PARK)) == found


def test_of_equals_the_newest_counts():
    twice = tree((1, None, "f:Hi"), (2, 1, "c:Ho"), (3, 1, "c:Ho"), (101, None, "f:Hi"), (102, 101, "c:Hey"))

    assert [node.id for node in align(said("f:Hi", "c:Ho", "f:So"), twice)] == [1, 3]
    assert [node.id for node in align(said("f:Hi"), twice)] == [101]


def test_what_the_program_was_not_told_of_is_passed_over():
    directed = tree((1, None, "f:Hi"), (2, 1, "p:card"), (3, 1, "c:Ho"), (4, 3, "d:It rains"), (5, 4, "c:Wet, is it?"))

    assert [node.id for node in align(said("f:Hi", "c:Ho", "c:Wet, is it?", "f:Very"), directed)] == [1, 3, 5]


def test_what_lies_above_what_was_read_is_not_a_beginning():
    window = tree((50, 49, "f:Hi"), (51, 50, "c:Ho"))

    assert align(said("f:Hi", "c:Ho", "f:So"), window) == ()


def test_the_worst_chat_takes_no_time():
    nodes = [Node(i, i - 1 or None, 1, "fan" if i % 2 else "character", "la") for i in range(1, 2001)]
    lines = [Said("character" if i % 2 else "fan", "la", i) for i in range(200)]

    began = time.process_time()
    found = align(lines, nodes)

    assert time.process_time() - began < 2
    assert len(found) == 200


def test_a_key_ignores_spaces_and_composition_and_nothing_else():
    assert key_of(" Cafe\u0301  au\nlait ") == "Café au lait"
    assert key_of("Tea?") != key_of("tea")
