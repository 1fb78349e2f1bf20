from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import bubbles

# [case, text, lines]; a line is a flat row of kind and text. The browser reads the same file.
CASES = json.loads(Path(__file__).with_name("bubbles.json").read_text(encoding="utf-8"))


def flat(line: bubbles.Line) -> list[str]:
    return [part for span in line.spans for part in (span.kind, span.text)]


@pytest.mark.parametrize(("_case", "text", "lines"), CASES, ids=[case for case, *_ in CASES])
def test_text_becomes_lines(_case, text, lines):
    assert [flat(line) for line in bubbles.parse(text)] == lines


@pytest.mark.parametrize(
    ("_case", "text", "html"),
    [
        ("speech", "坐。", '<p class="bubble" dir="auto">坐。</p>'),
        ("narration", "*snow*", '<p class="narration" dir="auto"><em class="action">snow</em></p>'),
        (
            "both",
            "*nods* Sit.",
            '<p class="bubble" dir="auto"><em class="action">nods</em> Sit.</p>',
        ),
        ("strong", "**no**", '<p class="bubble" dir="auto"><strong>no</strong></p>'),
        (
            "escaped",
            "<script>alert('x')</script> & \"q\"",
            '<p class="bubble" dir="auto">&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;q&quot;</p>',
        ),
        ("escaped in an action", "*<b>*", '<p class="narration" dir="auto"><em class="action">&lt;b&gt;</em></p>'),
    ],
)
def test_lines_become_html(_case, text, html):
    assert bubbles.render(text) == html


def test_a_fan_s_gesture_stays_in_a_bubble():
    html = bubbles.render("*坐下*", narrates=False)

    assert html == '<p class="bubble" dir="auto"><em class="action">坐下</em></p>'


@given(st.text(alphabet="ab *\n<>&\"'坐。\\", max_size=60))
def test_no_text_brings_its_own_markup_or_loses_a_word(text):
    html = bubbles.render(text)

    ours = re.sub(r'</?(?:p|em|strong)(?: class="(?:bubble|narration|action)")?(?: dir="auto")?>', "", html)
    assert not set("<>\"'") & set(ours)
    assert ours.count("坐") == text.count("坐")


def test_a_very_long_reply_of_stars_is_read_at_once():
    text = "*a " * 20_000 + "\n" + "* " * 20_000

    assert bubbles.parse(text)
