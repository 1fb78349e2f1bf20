"""SillyTavern's lines: what is read of them, what is kept, and that the way back gives them again. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.transfer import ChatRefused, Reason, cardia, limits, read, tavern_writing
from chat.transfer.dates import moment, written

HEAD = {
    "user_name": "Li",
    "character_name": "Mira",
    "create_date": "2024-7-12@01h31m37s",
    "chat_metadata": {
        "note_prompt": "Be brief.",
        "note_interval": 1,
        "note_depth": 2,
        "note_position": 1,
        "note_role": 1,
        "variables": {"hp": 3},
        "integrity": "a-b-c",
    },
    "theirs": [1],
}
GREETING = {
    "name": "Mira",
    "is_user": False,
    "is_system": False,
    "send_date": "June 19, 2023 2:20pm",
    "mes": "Hm.",
    "swipes": ["Hello.", "Hm."],
    "swipe_id": 1,
    "swipe_info": [{"send_date": 1687184400000, "extra": {"api": "x"}}, {"send_date": "later", "extra": {}}],
    "extra": {"api": "y", "reasoning": "She thinks."},
    "gen_started": "2023-06-19T14:20:00.000Z",
}
SAID = {
    "name": "Li",
    "is_user": True,
    "is_system": False,
    "send_date": 1687184460000,
    "mes": "Hi.",
    "force_avatar": "p",
}
HIDDEN = {"name": "Mira", "is_user": False, "is_system": True, "mes": "secret", "extra": {"type": "comment"}}
RAIN = {"name": "System", "is_user": False, "is_system": False, "mes": "It rains.", "extra": {"type": "narrator"}}
WELL = {"name": "Mira", "is_user": False, "is_system": False, "send_date": "2023-06-19T14:22:00.000Z", "mes": "Well?"}
FILE = [HEAD, GREETING, SAID, HIDDEN, RAIN, WELL]


def packed(rows) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode() + b"\n"


def again(tree, head=None) -> list:
    return [json.loads(line) for line in tavern_writing.write(tree, head)]


def test_the_lines_become_a_tree_with_their_swipes():
    tree = read(packed(FILE))

    path = [tree.nodes[place] for place in tree.path_to(tree.head)]
    assert [(node.role, node.text) for node in path] == [
        ("character", "Hm."), ("fan", "Hi."), ("director", "It rains."), ("character", "Well?")
    ]  # fmt: skip
    assert [(node.text, node.position) for node in tree.nodes[:2]] == [("Hello.", 0), ("Hm.", 1)]
    assert tree.nodes[2].parent == 1
    assert path[0].said_at == datetime(2023, 6, 19, 14, 20, tzinfo=UTC)
    assert (tree.fan, tree.character) == ("Li", "Mira")
    assert tree.note == {"text": "Be brief.", "position": "in_chat", "depth": 2, "role": "user"}
    assert tree.started_at == datetime(2024, 7, 12, 1, 31, 37, tzinfo=UTC)
    assert path[-1].state == {"greeting": 0, "variables": {"local": {"hp": "3"}, "global": {}}}


def test_the_report_names_what_was_not_understood():
    report = read(packed(FILE)).report

    assert (report.format, report.messages, report.swipes) == ("sillytavern", 5, 1)
    assert report.left_out == {"hidden": 1}
    assert report.unread == {
        "theirs": 1, "chat_metadata.integrity": 1, "gen_started": 1, "extra.api": 1, "extra.reasoning": 1,
        "force_avatar": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "rows"),
    [
        ("all of it", FILE),
        ("without a head", FILE[1:]),
        ("hidden lines first", [HEAD, HIDDEN, HIDDEN, SAID]),
        ("swipes that lag behind an edit", [HEAD, {**GREETING, "mes": "Edited."}]),
        ("an empty list of swipes", [HEAD, {**WELL, "swipes": [], "swipe_id": 0}]),
        ("no list of swipes at all", [HEAD, {**WELL, "swipes": None, "swipe_id": None}]),
        ("an empty line", [HEAD, SAID, {**WELL, "mes": "", "swipes": [""], "swipe_id": 0}]),
        ("the head alone is odd", [{"chat_metadata": {}}, WELL]),
    ],
)
def test_the_way_back_gives_the_same_lines(_case, rows):
    tree = read(packed(rows))

    assert again(tree) == rows
    assert again(cardia.read(json.loads(json.dumps(cardia.write(tree))))) == rows


def test_another_swipe_on_show_takes_over_what_belongs_to_it():
    tree = read(packed([HEAD, GREETING]))

    row = again(tree, head=0)[1]

    assert (row["mes"], row["swipe_id"], row["swipes"]) == ("Hello.", 0, ["Hello.", "Hm."])
    assert (row["send_date"], row["extra"]) == (1687184400000, {"api": "x"})


def test_branches_are_files_of_their_own_and_swipes_of_one_end_are_one_file():
    tree = read(packed([HEAD, GREETING, SAID, {**WELL, "swipes": ["Well?", "Oh."], "swipe_id": 0}]))
    tree.nodes.append(cardia.Node("fan", "No.", parent=0))

    ends = tavern_writing.branches(tree)

    assert [tree.nodes[place].text for place in ends] == ["Well?", "No."]
    assert [row["mes"] for row in again(tree, ends[1])[1:]] == ["Hello.", "No."]


@pytest.mark.parametrize(
    ("_case", "value", "at"),
    [
        ("milliseconds", 1687184400000, "2023-06-19T14:20:00+00:00"),
        ("milliseconds as text", "1687184400000", "2023-06-19T14:20:00+00:00"),
        ("seconds", 1687184400, "2023-06-19T14:20:00+00:00"),
        ("spoken", "June 19, 2023 2:20pm", "2023-06-19T14:20:00+00:00"),
        ("spoken at midnight", "Jan 1, 2024 12:05am", "2024-01-01T00:05:00+00:00"),
        ("humanized", "2024-7-2@01h31m37s", "2024-07-02T01:31:37+00:00"),
        ("humanized, older", "2024-6-5 @14h 56m 50s 682ms", "2024-06-05T14:56:50.682000+00:00"),
        ("ISO", "2024-06-05T14:56:50.682Z", "2024-06-05T14:56:50.682000+00:00"),
        ("ISO of another zone", "2024-06-05T14:56:50+08:00", "2024-06-05T06:56:50+00:00"),
        ("no such day", "2024-13-45@01h31m37s", None),
        ("words", "a while ago", None),
        ("a year nobody has", 10**30, None),
        ("yes", True, None),
        ("nothing", None, None),
        ("negative", -5, None),
    ],
)
def test_dates_as_they_have_been_written(_case, value, at):
    found = moment(value)

    assert (found.isoformat() if found else None) == at
    assert moment(written(found)) == found


@pytest.mark.parametrize(
    ("_case", "data", "reason", "path"),
    [
        ("no JSON on line 7", packed([*FILE]) + b'{"mes": \n', Reason.BAD_JSON, "line 7[column 8]"),
        ("a NUL", packed([HEAD, {**SAID, "mes": "a\0b"}]), Reason.BAD_TEXT, "line 2.mes"),
        ("half a character", packed([HEAD]) + b'{"mes": "\\ud800"}', Reason.BAD_TEXT, "line 2.mes"),
        ("half a character unread", packed([HEAD]) + b'{"mes": "", "x": "\\ud800"}', Reason.BAD_TEXT, "line 2.x"),
        ("not UTF-8", packed([HEAD]) + b'{"mes": "\xff"}', Reason.BAD_TEXT, "line 2[byte 9]"),
        ("200 KB of words", packed([HEAD, {**SAID, "mes": "a" * 200_000}]), Reason.TOO_LONG, "line 2.mes"),
        ("a long swipe", packed([{**GREETING, "swipes": ["a" * 16_385, "Hm."]}]), Reason.TOO_LONG, "line 1.swipes[0]"),
        ("200 KB of rest", packed([{**SAID, "extra": {"x": "a" * 200_000}}]), Reason.REST_TOO_LARGE, "line 1"),
        ("a long line", packed([SAID, {**SAID, "x": "a" * 1_100_000}]), Reason.LINE_TOO_LARGE, "line 2"),
        ("no object", packed([HEAD, [SAID]]), Reason.WRONG_TYPE, "line 2"),
        ("a number for words", packed([HEAD, {**SAID, "mes": 3}]), Reason.WRONG_TYPE, "line 2.mes"),
        ("is_user is no flag", packed([{**SAID, "is_user": "yes"}]), Reason.WRONG_TYPE, "line 1.is_user"),
        ("a swipe is no text", packed([{**GREETING, "swipes": ["x", 3]}]), Reason.WRONG_TYPE, "line 1.swipes[1]"),
        ("swipes are no list", packed([{**GREETING, "swipes": "x"}]), Reason.WRONG_TYPE, "line 1.swipes"),
        ("no such swipe", packed([{**GREETING, "swipe_id": 9}]), Reason.WRONG_TYPE, "line 1.swipe_id"),
        ("swipe_id is a text", packed([{**GREETING, "swipe_id": "1"}]), Reason.WRONG_TYPE, "line 1.swipe_id"),
        ("swipe_info is no list", packed([{**GREETING, "swipe_info": {}}]), Reason.WRONG_TYPE, "line 1.swipe_info"),
        ("extra is a list", packed([{**SAID, "extra": []}]), Reason.WRONG_TYPE, "line 1.extra"),
        ("metadata is a text", packed([{"chat_metadata": "x"}, SAID]), Reason.WRONG_TYPE, "line 1.chat_metadata"),
        ("a second head", packed([HEAD, SAID, HEAD]), Reason.WRONG_TYPE, "line 3.mes"),
        ("very deep", packed([HEAD]) + b'{"mes": ' + b"[" * 5000, Reason.TOO_DEEP, "line 2"),
        ("deep", packed([{**SAID, "x": json.loads("[" * 80 + "]" * 80)}]), Reason.TOO_DEEP, None),
        ("a group by its cards", packed([{**WELL, "original_avatar": n} for n in "ab"]), Reason.GROUP_CHAT, "line 2"),
        ("a group by its voices", packed([{**WELL, "name": n} for n in "aba"]), Reason.GROUP_CHAT, "line 3"),
        ("a group by its mark", packed([{**HEAD, "is_group": True}, SAID]), Reason.GROUP_CHAT, "line 1"),
        ("a head alone", packed([HEAD]), Reason.EMPTY, "$"),
        ("nothing", b" \n\n", Reason.EMPTY, "$"),
        ("infinity", packed([HEAD]) + b'{"mes": "x", "y": Infinity}', Reason.BAD_NUMBER, "line 2"),
        ("a million lines", packed([HEAD]) + b'{"mes":""}\n' * 1_000_000, Reason.TOO_MANY_MESSAGES, "line 50002"),
        ("many swipes", packed([{**GREETING, "swipes": ["x"] * 501}]), Reason.TOO_MANY_SWIPES, "line 1.swipes"),
        ("too large", b" " * (limits.FILE_BYTES + 1), Reason.FILE_TOO_LARGE, "$"),
        ("a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, Reason.BAD_TEXT, "$[byte 0]"),
    ],
)
def test_a_hostile_file_is_refused_with_its_place(_case, data, reason, path):
    with pytest.raises(ChatRefused) as refused:
        read(data)

    assert refused.value.reason is reason
    assert path is None or refused.value.path == path


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)
_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@st.composite
def _message(draw):
    row = draw(st.dictionaries(st.sampled_from(["gen_started", "force_avatar", "zz"]), _JSON, max_size=3))
    row["is_user"] = draw(st.booleans())
    row["name"] = "Li" if row["is_user"] else "Mira"
    if draw(st.booleans()):
        row["is_system"] = draw(st.booleans())
    if draw(st.booleans()):
        row["send_date"] = draw(st.sampled_from(["June 19, 2023 2:20pm", 1687184400000, "?", None]))
    if draw(st.booleans()):
        row["extra"] = draw(
            st.dictionaries(st.sampled_from(["type", "api", "q"]), _WORDS | st.just("narrator"), max_size=3)
        )
    swipes = draw(st.lists(_WORDS, min_size=1, max_size=4))
    shown = draw(st.integers(0, len(swipes) - 1))
    row["mes"] = draw(st.just(swipes[shown]) | _WORDS)
    if draw(st.booleans()):
        row |= {"swipes": swipes, "swipe_id": shown}
        row["swipe_info"] = draw(st.lists(_JSON, max_size=4))
    return row


@settings(max_examples=120, deadline=None)
@given(st.lists(_message(), min_size=1, max_size=6), st.booleans(), st.dictionaries(st.sampled_from("xyz"), _JSON))
def test_any_chat_of_theirs_comes_back_as_it_was(rows, has_head, rest):
    lines = [{**HEAD, **rest}, *rows] if has_head else rows
    if all(row.get("is_system") and row.get("extra", {}).get("type") != "narrator" for row in rows):
        return

    tree = read(packed(lines))

    assert again(tree) == lines
    assert again(cardia.read(json.loads(json.dumps(cardia.write(tree))))) == lines
