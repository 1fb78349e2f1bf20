import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion_site.providers.base import ModelError
from companion_site.providers.reply_stream import (
    _USUAL,
    MAX_BROKEN_EVENTS,
    EventParser,
    PrefillStripper,
    ReplyReader,
    clean,
)
from companion_site.providers.tests.scripted import DONE, event, stop, token


def kind_raised(action):
    with pytest.raises(ModelError) as caught:
        action()
    return caught.value.kind


@pytest.mark.parametrize(
    ("_case", "raw", "events"),
    [
        ("LF", b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        ("CRLF", b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        ("CR", b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        ("no space after the colon", b"data:a\n\n", [b"a"]),
        ("two data lines are one event", b"data: a\ndata: b\n\n", [b"a\nb"]),
        ("comments and other fields", b": ping\n\nevent: x\nid: 7\nretry: 3\ndata: a\n\n", [b"a"]),
        ("byte order mark", b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        ("blank lines alone", b"\n\n\n\n", []),
        ("unfinished", b"data: a\n", []),
    ],
)
def test_events_are_read_as_the_standard_says(_case, raw, events):
    whole = EventParser()
    bytewise = EventParser()

    at_once = whole.feed(raw) + whole.feed(b"x")
    one_by_one = [found for byte in [*raw, ord("x")] for found in bytewise.feed(bytes([byte]))]

    assert at_once == one_by_one == events


def test_the_last_event_needs_no_blank_line():
    parser = EventParser()

    assert parser.feed(b"data: [DONE]") == []

    assert parser.close() == [b"[DONE]"]


def test_an_endless_event_is_broken():
    parser = EventParser()

    kind = kind_raised(lambda: [parser.feed(b"data: " + b"x" * 1024) for _ in range(1024)])

    assert kind == "broken"


def test_many_data_lines_without_an_end_are_broken():
    parser = EventParser()

    kind = kind_raised(lambda: [parser.feed(b"data: " + b"x" * 1024 + b"\n") for _ in range(64)])

    assert kind == "broken"


@pytest.mark.parametrize(
    ("_case", "prefill", "pieces", "text"),
    [
        ("no prefill", "", ["*hugs* ", "you"], "*hugs* you"),
        ("repeated at once", "*hugs* ", ["*hugs* you"], "you"),
        ("repeated in pieces", "*hugs* ", ["*", "hug", "s* ", "you"], "you"),
        ("repeated without its last space", "*hugs* ", ["*hugs*", "you"], "you"),
        ("repeated and nothing more", "*hugs* ", ["*hugs* "], ""),
        ("not repeated", "*hugs* ", ["you"], "you"),
        ("begins alike and goes elsewhere", "*hugs* ", ["*hu", "ms*"], "*hums*"),
        ("begins alike and ends", "*hugs* ", ["*hu"], "*hu"),
        ("once only", "a", ["a", "a"], "a"),
    ],
)
def test_a_repeated_prefill_is_removed_once(_case, prefill, pieces, text):
    stripper = PrefillStripper(prefill)

    assert "".join(map(stripper.feed, pieces)) + stripper.close() == text


def test_a_character_split_between_two_packets_stays_whole():
    raw = token("雪") + stop() + DONE
    for cut in range(len(raw)):
        reader = ReplyReader()

        text = reader.feed(raw[:cut]) + reader.feed(raw[cut:]) + reader.close()

        assert (text, reader.finish_reason, reader.is_done) == ("雪", "stop", True)


def escaped(text: str) -> bytes:
    return b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % text.encode()


@pytest.mark.parametrize(
    ("_case", "tokens", "text"),
    [
        ("escaped Han", [r"\u96ea"], "雪"),
        ("a face in one token", [r"\ud83d\ude02 ha"], "😂 ha"),
        ("a face split between two tokens", [r"so \ud83d", r"\ude02", " ha"], "so 😂 ha"),
        ("half a face", [r"\ud83d", " ha"], "\ufffd ha"),
        ("the other half alone", [r"\ude02 ha"], "\ufffd ha"),
        ("half a face at the end", [r"ha \ud83d"], "ha "),
        ("NUL", [r"a\u0000b"], "ab"),
    ],
)
def test_escapes_become_text_that_can_be_stored(_case, tokens, text):
    reader = ReplyReader()

    found = "".join(map(reader.feed, map(escaped, tokens))) + reader.feed(stop() + DONE) + reader.close()

    assert found == text
    assert found.encode()


@pytest.mark.parametrize(
    ("_case", "raw", "text"),
    [
        ("no tokens", stop() + DONE, ""),
        ("no DONE", token("a") + stop(), "a"),
        ("no finish reason", token("a") + DONE, "a"),
        (
            "role first, content null",
            event({"choices": [{"delta": {"role": "assistant", "content": None}}]}) + stop(),
            "",
        ),
        ("broken JSON between", token("a") + b"data: {oops\n\n" + token("b") + stop(), "ab"),
        ("not an object", b"data: [1]\n\ndata: 7\n\n" + token("a") + stop(), "a"),
        ("no delta", event({"choices": [{"finish_reason": "stop"}]}), ""),
        ("choices are strings", event({"choices": ["x"]}) + token("a") + stop(), "a"),
        ("content is no string", event({"choices": [{"delta": {"content": ["x"]}}]}) + stop(), ""),
        ("wrong encoding", b'data: {"choices":[{"delta":{"content":"\xff"},"finish_reason":"stop"}]}\n\n', "\ufffd"),
        ("nothing after DONE counts", token("a") + DONE + token("b"), "a"),
        ("null usage", event({"choices": [], "usage": None}) + token("a") + stop(), "a"),
    ],
)
def test_odd_streams_still_give_their_text(_case, raw, text):
    reader = ReplyReader()

    assert reader.feed(raw) + reader.close() == text


@pytest.mark.parametrize(
    ("_case", "raw", "kind"),
    [
        ("nothing at all", b"", "broken"),
        ("cut off", token("a"), "broken"),
        ("only nonsense", b"data: {oops\n\n" * (MAX_BROKEN_EVENTS + 1), "broken"),
        ("an HTML page", b"<html>\n\n<body>", "broken"),
        ("an error event", event({"error": {"message": "out of memory", "code": 500}}), "server"),
        ("one event of 1 MiB", token("x" * 1024 * 1024) + stop(), "broken"),
        ("deeply nested", b"data: " + b"[" * 20_000 + b"\n\n", "broken"),
    ],
)
def test_broken_streams_are_model_errors(_case, raw, kind):
    reader = ReplyReader()

    assert kind_raised(lambda: (reader.feed(raw), reader.close())) == kind


def test_a_server_that_never_stops_is_broken():
    reader = ReplyReader()
    piece = token("x" * 30_000)

    kind = kind_raised(lambda: [reader.feed(piece) for _ in range(100)])

    assert kind == "broken"


@pytest.mark.parametrize(
    ("_case", "payload", "counts"),
    [
        ("OpenAI", {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 3}}, (12, 3)),
        ("llama.cpp", {"choices": [], "timings": {"cache_n": 9, "prompt_n": 1, "predicted_n": 4}}, (10, 4)),
        ("nonsense", {"choices": [], "usage": {"prompt_tokens": "many"}}, (0, 0)),
        ("less than nothing", {"choices": [], "usage": {"prompt_tokens": -1, "completion_tokens": 1 << 70}}, (0, 0)),
    ],
)
def test_token_counts_are_read_where_the_server_gives_them(_case, payload, counts):
    reader = ReplyReader()

    reader.feed(stop() + f"data: {json.dumps(payload)}\n\n".encode() + DONE)

    assert (reader.prompt_tokens, reader.completion_tokens) == counts


def usual(**changes):
    choice = {"index": 0, "delta": {"content": "雪 hi"}, "logprobs": None, "finish_reason": None}
    return {"id": "x", "object": "chunk", "created": 1, "model": "m", "choices": [choice | changes]}


@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":")])
@pytest.mark.parametrize(
    ("_case", "payload", "is_usual"),
    [
        ("OpenAI", usual() | {"usage": None, "service_tier": "default", "obfuscation": "a1"}, True),
        ("vLLM", usual(token_ids=None), True),
        ("Ollama", usual(delta={"role": "assistant", "content": "雪 hi"}), True),
        (
            "llama.cpp",
            {"choices": [{"finish_reason": None, "index": 0, "delta": {"content": "雪 hi"}}], "id": "x"},
            True,
        ),
        ("it ends", usual(finish_reason="stop"), False),
        ("with counts", usual() | {"usage": {"prompt_tokens": 7, "completion_tokens": 2}}, False),
        ("an escape", usual(delta={"content": '雪 "hi"\n'}), False),
        ("braces in the text", usual(delta={"content": "{雪} hi"}), True),
        ("thoughts beside it", usual(delta={"content": "雪 hi", "reasoning_content": "hm"}), False),
        ("two choices", usual() | {"choices": [usual()["choices"][0]] * 2}, False),
        ("a log of chances", usual(logprobs={"content": []}), False),
    ],
)
def test_a_token_is_read_the_same_the_short_way_and_the_long(_case, payload, is_usual, separators):
    raw = json.dumps(payload, ensure_ascii=False, separators=separators).encode()
    reader = ReplyReader()

    text = reader.feed(b"data: " + raw + b"\n\n")

    choice = payload["choices"][0]
    counts = payload.get("usage") or {}
    assert text == choice["delta"]["content"]
    assert (reader.finish_reason, reader.prompt_tokens) == (
        choice["finish_reason"] or "",
        counts.get("prompt_tokens", 0),
    )
    assert bool(_USUAL.fullmatch(raw)) is is_usual


@given(st.text(max_size=20))
def test_any_text_comes_through_as_json_would_read_it(text):
    for is_ascii in (True, False):
        reader = ReplyReader()
        raw = json.dumps(usual(delta={"content": text}), ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")

        found = reader.feed(b"data: " + raw + b"\n\n") + reader.feed(stop() + DONE) + reader.close()

        assert found == clean(text)
