from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import bubbles
from chat.markup import Line, parse
from chat.pacing import Pace

# [case, text, lines]; a line is a flat row of kind and text, before which a block that is not said names itself
# (`item:2`: the second of a list). The browser reads the same file.
CASES = json.loads(Path(__file__).with_name("bubbles.json").read_text(encoding="utf-8"))


def flat(line: Line) -> list[str]:
    block = [] if line.block == "say" else [":".join(filter(None, (line.block, line.mark)))]
    return block + [part for span in line.spans for part in (span.kind, span.text)]


@pytest.mark.parametrize(("_case", "text", "lines"), CASES, ids=[case for case, *_ in CASES])
def test_text_becomes_lines(_case, text, lines):
    assert [flat(line) for line in parse(text)] == lines


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
        ("struck", "I am ~~not~~ fine", '<p class="bubble" dir="auto">I am <s>not</s> fine</p>'),
        ("code", "`a<b`", '<p class="bubble" dir="auto"><code class="inline-code">a&lt;b</code></p>'),
        ("a block of code", "```\n<b>\n```", '<pre class="bubble bubble--code" dir="ltr"><code>&lt;b&gt;</code></pre>'),
        ("a list", "- a\n- b", '<ul class="bubble bubble--list" dir="auto"><li>a</li><li>b</li></ul>'),
        (
            "numbers",
            "3. c\n7. d",
            '<ol class="bubble bubble--list" dir="auto"><li value="3">c</li><li value="7">d</li></ol>',
        ),
        ("a quote", "> a\n> b", '<blockquote class="bubble bubble--quote" dir="auto">a\nb</blockquote>'),
        ("a table", "| a | b |\n|--|--|\n| 1 | 2 |", '<p class="bubble" dir="auto">a · b\n1 · 2</p>'),
        ("a rule", "---", '<hr class="breath">'),
        (
            "a link",
            "[a](https://b.example/?q=1)",
            '<p class="bubble" dir="auto"><span class="away">a (b.example)</span></p>',
        ),
        (
            "a picture",
            "![a](https://b.example/?q=1)",
            '<p class="bubble" dir="auto"><span class="away">a</span></p>',
        ),
        ("escaped in an action", "*<b>*", '<p class="narration" dir="auto"><em class="action">&lt;b&gt;</em></p>'),
    ],
)
def test_lines_become_html(_case, text, html):
    assert bubbles.render(text) == html


def test_a_fan_s_gesture_stays_in_a_bubble():
    html = bubbles.render("*坐下*", narrates=False)

    assert html == '<p class="bubble" dir="auto"><em class="action">坐下</em></p>'


OURS = re.compile(
    r"</?(?:p|em|strong|s|code|span|pre|ul|ol|li|blockquote|hr)"
    r"(?: class=\"[a-z -]+\")?(?: value=\"\d{1,3}\")?(?: dir=\"(?:auto|ltr)\")?>"
)
MARKS = "ab *_~`\n<>&\"'坐。\\[]()!#>|-1.:/"


@given(st.text(alphabet=MARKS, max_size=80))
def test_no_text_brings_its_own_markup_or_loses_a_word(text):
    html = bubbles.render(text, Pace(bubble_least=1))

    assert not set("<>\"'") & set(OURS.sub("", html))
    if not re.search(r"[`\[|]", text):  # the language of a fence, an address and an empty cell are not shown
        assert html.count("坐") == text.count("坐")


@pytest.mark.parametrize(
    "text",
    [
        "![x](https://evil.example/?q=what+you+said)",
        "[![x](https://evil.example/a.svg)](javascript:alert(1))",
        "![x][e]\n\n[e]: https://evil.example/p.png",
        '<img src="https://evil.example/p.png"><link rel=prefetch href=//evil.example>',
        "[click](data:text/html;base64,PHNjcmlwdD4=) [or](vbscript:x) [or](JaVaScRiPt:x)",
        "&lt;img src=x&gt; &#60;script&#62;",
        "https://evil.example <https://evil.example> <mailto:a@evil.example>",
    ],
)
def test_nothing_a_model_writes_makes_a_browser_ask_anybody(text):
    html = bubbles.render(text)

    tags = {tag.lower() for tag in re.findall(r"<([a-zA-Z]+)", html)}
    assert tags <= {"p", "span", "em"}
    assert not re.search(r"<[^>]*\b(?:href|src|style|on\w+)\b", html)


TRAPS = [
    *(
        "*",
        "**",
        "*a ",
        "*a\n",
        "* a *\n",
        "_",
        "_a ",
        "__a",
        "~~a ",
        "`",
        "`a",
        "```\n",
        "\\",
        "!",
        "#",
        "# ",
        "<b>",
        "&",
    ),
    *("[", "[a](", "![", "[a](q", "[a]((", '[a](b "', "[a](y)q[b](", ">", "> ", ">\n> a\n", "|", "|a\n", "| | |\n"),
    *("- ", "1. ", "a. ", "。", "…a", '"', "“", "(", " "),
]


@pytest.mark.parametrize("trap", TRAPS)
def test_time_grows_with_the_text_and_not_with_its_square(trap):
    def seconds(size: int) -> float:
        text = (trap * size)[:size]
        tries = []
        for _ in range(3):
            began = time.process_time()
            bubbles.render(text, Pace())
            tries.append(time.process_time() - began)
        return min(tries)

    # Sixteen times the text: some 16 times the work if it is linear, 256 times if it is not.
    assert seconds(16_384) < 80 * max(seconds(1024), 0.0005)
