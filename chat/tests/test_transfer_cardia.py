"""Our own chat files: the whole tree there and back, version 1 still read, hostile ones refused. Pure."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.transfer import ChatRefused, ChatTree, Node, Reason, Report, cardia, limits, read

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def packed(value) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def row(name, parent=None, role="fan", text="Hi.", **more) -> dict:
    return {"id": name, "parent": parent, "role": role, "text": text, **more}


def file(*rows, **more) -> dict:
    return {"format": "cardia.conversation/2", "messages": list(rows), **more}


def told(tree: ChatTree) -> ChatTree:
    """Return a tree without what only its reading knows: its report, and where each message stood."""
    return replace(tree, nodes=[replace(node, place="") for node in tree.nodes], report=Report())


def test_version_1_is_still_read():
    rows = [
        row("m0", None, "character", "Hello.", status="complete", said_at=START.isoformat(), generated_by_ai=True),
        row("m1", "m0", "fan", "Hi.", status="complete", said_at=START.isoformat(), generated_by_ai=False),
        row("m2", "m1", "platform", "", status="complete"),
        row("m3", "m1", "character", "First.", status="complete"),
        row("m4", "m1", "character", "Sec", status="streaming"),
    ]
    old = {
        "format": "cardia.conversation/1",
        "character": "Mira",
        "version": 2,
        "fan": "Li",
        "started_at": START.isoformat(),
        "notice": "x",
        "author_note": {"text": "Be brief."},
        "books": ["Lamps"],
        "head": "m3",
        "messages": rows,
    }

    tree = read(packed(old))

    assert [(node.text, node.parent, node.position, node.status) for node in tree.nodes] == [
        ("Hello.", None, 0, "complete"),
        ("Hi.", 0, 0, "complete"),
        ("First.", 1, 0, "complete"),
        ("Sec", 1, 1, "interrupted"),
    ]
    assert (tree.head, tree.character, tree.fan, tree.books) == (2, "Mira", "Li", ["Lamps"])
    assert (tree.started_at, tree.nodes[0].said_at) == (START, START)
    assert tree.report.left_out == {"platform": 1}
    assert tree.report.unread == {}


def test_children_may_stand_before_their_parents():
    tree = read(packed(file(row("c", "b", text="c"), row("b", "a", text="b"), row("a", text="a"), head="c")))

    assert [node.text for node in tree.nodes] == ["a", "b", "c"]
    assert tree.path_to(tree.head) == [0, 1, 2]


def test_a_chat_of_fifty_thousand_messages_in_one_line_is_read_without_recursion():
    rows = [row(f"m{n}", f"m{n - 1}" if n else None) for n in range(limits.MESSAGES)]

    tree = read(packed(file(*reversed(rows), head="m49999")))

    assert tree.depths()[tree.head] == limits.MESSAGES - 1


def test_what_is_not_understood_is_counted():
    report = read(packed(file(row("a", mood={"emotion": "joy", "x": 1}, colour="red"), sound="on"))).report

    assert report.unread == {"colour": 1, "sound": 1}


@pytest.mark.parametrize(
    ("_case", "value", "reason", "path"),
    [
        ("another format", {"format": "cardia.card/1", "messages": []}, Reason.NOT_A_CHAT, "$"),
        ("a newer version", {"format": "cardia.conversation/9"}, Reason.UNKNOWN_VERSION, "format"),
        ("a list", [1], Reason.NOT_A_CHAT, "$"),
        ("no messages", {"format": "cardia.conversation/2"}, Reason.WRONG_TYPE, "messages"),
        ("no object", file(3), Reason.WRONG_TYPE, "messages[0]"),
        ("an unknown parent", file(row("a"), row("b", "x")), Reason.BAD_TREE, "messages[1].parent"),
        ("its own parent", file(row("a", "a")), Reason.BAD_TREE, "messages[0].parent"),
        ("a circle", file(row("a", "b"), row("b", "a")), Reason.BAD_TREE, "messages[0].parent"),
        ("one id twice", file(row("a"), row("a")), Reason.BAD_TREE, "messages[1].id"),
        ("no id", file(row("")), Reason.BAD_TREE, "messages[0].id"),
        ("an unknown role", file(row("a", role="cat")), Reason.WRONG_TYPE, "messages[0].role"),
        ("an unknown status", file(row("a", status="asleep")), Reason.WRONG_TYPE, "messages[0].status"),
        ("a number for words", file(row("a", text=3)), Reason.WRONG_TYPE, "messages[0].text"),
        ("a text for a place", file(row("a", position="1")), Reason.WRONG_TYPE, "messages[0].position"),
        ("a long message", file(row("a", text="a" * 4001)), Reason.TOO_LONG, "messages[0].text"),
        ("a long reply", file(row("a", role="character", text="a" * 16_385)), Reason.TOO_LONG, "messages[0].text"),
        ("a NUL", file(row("a", text="a\0")), Reason.BAD_TEXT, "messages[0].text"),
        ("a NUL in the title", file(title="\0"), Reason.BAD_TEXT, "title"),
        ("a great state", file(row("a", state={"lore": {"x": "a" * 70_000}})), Reason.REST_TOO_LARGE, "messages[0]"),
        ("a great note", file(author_note={"text": "a" * 70_000}), Reason.REST_TOO_LARGE, "author_note"),
        (
            "a place nowhere",
            file(checkpoints=[{"name": "x", "message": "y"}]),
            Reason.BAD_TREE,
            "checkpoints[0].message",
        ),
        ("too many swipes", file(*(row(f"m{n}") for n in range(501))), Reason.TOO_MANY_SWIPES, "messages[500]"),
        ("too many", file(*([1] * 50_001)), Reason.TOO_MANY_MESSAGES, "messages"),
    ],
)
def test_a_hostile_file_is_refused_with_its_place(_case, value, reason, path):
    with pytest.raises(ChatRefused) as refused:
        read(packed(value))

    assert (refused.value.reason, refused.value.path) == (reason, path)


@pytest.mark.parametrize(
    ("_case", "data", "path"),
    [
        ("cut off", b'{"format": "cardia.conversation/2", "messages": [', "$[column 50]"),
        ("laid out and broken", b'{\n "format": "cardia.conversation/2",\n "messages": }', "$[line 3, column 14]"),
        ("not UTF-8", b'{"format": "\xff"}', "$[byte 12]"),
    ],
)
def test_broken_json_is_refused_with_its_place(_case, data, path):
    with pytest.raises(ChatRefused) as refused:
        read(data)

    assert refused.value.path == path


_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@st.composite
def trees(draw):
    """Draw a tree: each message hangs on an earlier one or on nothing."""
    nodes: list[Node] = []
    taken: dict[tuple[int | None, str], int] = {}
    for place in range(draw(st.integers(0, 12))):
        parent = draw(st.none() | st.integers(0, place - 1)) if place else None
        role = draw(st.sampled_from(cardia.ROLES))
        position = taken.get((parent, role), -1) + draw(st.integers(1, 3))
        taken[parent, role] = position
        node = Node(role, draw(_WORDS), parent, position, id=f"id{place}")
        node.status = draw(st.sampled_from(["complete", "blocked", "failed"]))
        node.said_at = draw(st.none() | st.just(START + timedelta(minutes=place)))
        node.edited_at = draw(st.none() | st.just(START))
        node.is_removed, node.rating = draw(st.booleans()), draw(st.integers(-1, 1))
        node.mood = draw(st.just({}) | st.just({"emotion": "joy", "score": 0.5}))
        node.state = draw(st.just({}) | st.just({"greeting": 1, "variables": {"local": {"a": "b"}, "global": {}}}))
        node.kept = draw(st.dictionaries(st.sampled_from("ab"), _WORDS, max_size=2))
        nodes.append(node)
    last = len(nodes) - 1
    head = draw(st.integers(0, last)) if nodes else None
    points = draw(st.lists(st.integers(0, last), max_size=2)) if nodes else []
    return ChatTree(
        nodes,
        head,
        character="Mira",
        fan=draw(_WORDS),
        title=draw(_WORDS),
        scene="story",
        started_at=START,
        note=draw(st.just({}) | st.just({"text": "Be brief.", "depth": 4})),
        books=draw(st.lists(_WORDS, max_size=2)),
        checkpoints=[(f"place {n}", place) for n, place in enumerate(points)],
        kept=draw(st.dictionaries(st.sampled_from("ab"), _WORDS, max_size=2)),
    )


@settings(max_examples=150, deadline=None)
@given(trees(), st.booleans())
def test_any_tree_comes_back_as_it_was(tree, is_laid_out):
    written = json.dumps(cardia.write(tree), ensure_ascii=False, indent=1 if is_laid_out else None)

    assert told(read(written.encode())) == tree


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | _WORDS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["format", "messages", "role", "text", "mes", "head", "id", "parent", "state", "mood"]),
            inner | st.sampled_from(["cardia.conversation/2", "fan", "a"]),
            max_size=6,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(_JSON)
def test_any_json_is_a_chat_or_refused(value):
    with suppress(ChatRefused):
        tree = read(packed(value))

        assert all(node.parent is None or node.parent < place for place, node in enumerate(tree.nodes))
