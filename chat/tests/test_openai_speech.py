"""What of a reply reaches a reader who cannot be shown another text in place of what they have."""

from __future__ import annotations

import pytest

from chat.openai.shapes import finish_of
from chat.openai.speech import Speech, events

START = ("start", {"text": ""})


def delta(text: str) -> tuple[str, dict]:
    return "delta", {"t": text}


def replaced(text: str) -> tuple[str, dict]:
    return "replaced", {"text": text}


def done(text: str, status: str = "complete") -> tuple[str, dict]:
    return "done", {"text": text, "status": status}


@pytest.mark.parametrize(
    ("_case", "before", "heard", "passed_on"),
    [
        ("word by word", "", [START, delta("Sit"), delta(" down."), done("Sit down.")], ["", "Sit", " down.", ""]),
        ("no word yet", "", [START, delta("*"), delta("nods*"), done("*nods*")], ["", "", "*nods*", ""]),
        (
            "drawn again before its first word",
            "",
            [START, delta("*"), replaced(""), delta("Sit."), done("Sit.")],
            ["", "", "", "Sit.", ""],
        ),
        ("an end that is added", "", [START, delta("*nods"), done("*nods*")], ["", "*nods", "*"]),
        (
            "taken back by the safety check",
            "",
            [START, delta("Take a"), replaced("I am here."), done("I am here.", "blocked")],
            ["", "Take a", "", ""],
        ),
        (
            "taken back, and said after all",
            "",
            [START, delta("Take"), replaced("Give"), replaced("Take it."), done("Take it.")],
            ["", "Take", "", " it.", ""],
        ),
        (
            "gone on with",
            "Once upon",
            [("start", {"text": "Once upon"}), delta(" a time."), done("Once upon a time.")],
            ["", " a time.", ""],
        ),
        ("read from the database", "", [("start", {"text": "Sit"}), ("start", {"text": "Sit down"})], ["Sit", " down"]),
        ("all at once", "", [done("Sit down.")], ["Sit down."]),
    ],
)
def test_nothing_is_said_that_would_have_to_be_taken_back(_case, before, heard, passed_on):
    speech = Speech(before=before)

    assert [speech.take(name, data) for name, data in heard] == passed_on
    assert speech.said == "".join(passed_on)


def test_a_reader_of_the_whole_gets_what_stands_in_the_end():
    speech = Speech(before="Once upon")
    for name, data in [delta("x"), replaced("Once upon a time."), done("Once upon a time.")]:
        speech.take(name, data)

    assert (speech.text, speech.status) == (" a time.", "complete")


def test_a_piece_of_the_log_is_read_event_by_event():
    chunk = (
        b'id: 1-1\nevent: delta\ndata: {"t":"a\\n\\nb"}\n\n: still here\n\nevent: done\ndata: {"status":"complete"}\n\n'
    )

    assert list(events(chunk)) == [("delta", {"t": "a\n\nb"}), ("done", {"status": "complete"})]


@pytest.mark.parametrize(
    ("status", "reason", "finish"),
    [
        ("complete", "stop", "stop"),
        ("complete", "length", "length"),
        ("complete", "loop", "stop"),
        ("stopped", "", "stop"),
        ("interrupted", "", "length"),
        ("blocked", "length", "content_filter"),
    ],
)
def test_why_a_reply_ended(status, reason, finish):
    assert finish_of(status, reason) == finish
