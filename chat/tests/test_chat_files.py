"""Chats from files: what is read of each kind, and where a file is refused."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.files import ChatUnreadable, read_chat
from chat.given import Note


def said(chat):
    return [(line.role, line.text) for line in chat.said]


def test_a_plain_list_in_any_words_for_the_roles():
    rows = [
        {"role": "assistant", "content": "Hello."},
        {"role": "User", "text": "Hi."},
        {"role": "system", "content": "aside"},
        {"role": "char", "text": "Well?"},
        {"role": "human", "content": ""},
        {"role": "fan", "text": "Fine."},
    ]

    for file in (rows, {"messages": rows}):
        chat = read_chat(json.dumps(file).encode())

        assert said(chat) == [("character", "Hello."), ("fan", "Hi."), ("character", "Well?"), ("fan", "Fine.")]
        assert chat.replies == (2,)
        assert chat.place_of(1) == 2


def test_our_export_is_read_along_the_branch_on_show():
    def row(name, parent, role, text, status="complete"):
        at = f"2026-11-23T10:0{name[-1]}:00+00:00"
        return {"id": name, "parent": parent, "role": role, "text": text, "status": status, "said_at": at}

    rows = [
        row("m0", None, "character", "Hello."),
        row("m1", "m0", "fan", "Hi."),
        row("m2", "m1", "character", "First."),
        row("m3", "m1", "character", "Second."),
        row("m4", "m3", "fan", "Go on."),
        row("m5", "m4", "character", "", "failed"),
    ]
    file = {"format": "cardia.conversation/1", "fan": "Li", "head": "m5", "messages": rows}

    chat = read_chat(json.dumps(file).encode())

    assert said(chat) == [("character", "Hello."), ("fan", "Hi."), ("character", "Second."), ("fan", "Go on.")]
    assert chat.user == "Li"
    assert chat.said[2].id == "m3"
    assert chat.said[2].at == datetime(2026, 11, 23, 10, 3, tzinfo=UTC)


def test_our_newer_export_is_read_with_its_stage_directions():
    rows = [
        {"id": "a", "parent": None, "role": "character", "text": "Hello."},
        {"id": "b", "parent": "a", "role": "director", "text": "It rains."},
    ]
    file = {"format": "cardia.conversation/2", "head": "b", "messages": rows}

    assert said(read_chat(json.dumps(file).encode())) == [("character", "Hello."), ("director", "It rains.")]


def test_a_branch_that_leads_into_itself_ends():
    rows = [
        {"id": "a", "parent": "b", "role": "fan", "text": "x"},
        {"id": "b", "parent": "a", "role": "fan", "text": "y"},
    ]
    file = {"format": "cardia.conversation/1", "head": "a", "messages": rows}

    assert said(read_chat(json.dumps(file).encode())) == [("fan", "y"), ("fan", "x")]


def test_sillytaverns_lines_with_note_and_variables():
    meta = {"note_prompt": "Be brief.", "note_depth": 2, "note_position": 1, "note_role": 1, "variables": {"hp": 3}}
    rows = [
        {"user_name": "Li", "character_name": "Mira", "chat_metadata": meta},
        {"name": "Mira", "is_user": False, "mes": "Hello.", "swipes": ["Hello.", "Hm."]},
        {"name": "Li", "is_user": True, "mes": "Hi.", "send_date": 1763892000000},
        {"name": "System", "is_user": False, "is_system": True, "mes": "hidden"},
        {"name": "Mira", "is_user": False, "mes": "Well?", "send_date": "2026-11-23T10:01:00Z"},
    ]

    chat = read_chat("\n".join(json.dumps(row) for row in rows).encode() + b"\n")

    assert said(chat) == [("character", "Hello."), ("fan", "Hi."), ("character", "Well?")]
    assert chat.user == "Li"
    assert chat.note == Note("Be brief.", "in_chat", 2, "user")
    assert chat.variables == {"hp": "3"}
    assert chat.said[1].at == datetime(2025, 11, 23, 10, 0, tzinfo=UTC)
    assert said(read_chat(json.dumps(rows).encode())) == said(chat)


@pytest.mark.parametrize(
    ("_case", "data", "path"),
    [
        ("no JSON", b"hello", "$[line 1, column 1]"),
        ("a broken line", b'{"user_name": "Li"}\n{"mes": ', "line 2[line 1, column 9]"),
        ("a number", b"3", "$"),
        ("no messages", b'{"format": "cardia.conversation/1"}', "$"),
        ("no object", b'[{"role": "fan", "text": "x"}, 3]', "[1]"),
        ("an unknown role", b'[{"role": "cat", "text": "x"}]', "[0].role"),
        ("no text", b'[{"role": "fan", "text": 3}]', "[0]"),
        ("mes is no text", b'[{"mes": {}}]', "[0].mes"),
        ("not UTF-8", b"\xff\xfe", "$[byte 0]"),
    ],
)
def test_what_is_no_chat_is_refused_with_its_place(_case, data, path):
    with pytest.raises(ChatUnreadable) as refused:
        read_chat(data)

    assert refused.value.path == path


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["format", "messages", "role", "text", "mes", "head", "id", "parent", "chat_metadata", "variables"]
            ),
            inner | st.sampled_from(["cardia.conversation/1", "fan", "user"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(_JSON)
def test_any_json_is_a_chat_or_refused(value):
    with suppress(ChatUnreadable):
        chat = read_chat(json.dumps(value).encode())

        assert all(line.role in {"fan", "character", "director"} and line.text for line in chat.said)
