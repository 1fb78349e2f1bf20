"""Turns the text of a message into safe HTML: speech in bubbles, actions soft, stage directions centred. Pure.

The same rules in `static/js/components/chat-bubbles.js` draw a reply while it is being spoken, so that a page
loaded again looks as it did live.
"""

from __future__ import annotations

from html import escape

from chat import markup, pacing
from chat.markup import Line, Span, parse
from chat.pacing import WHOLE, Bubble, Pace

__all__ = ["parse", "render", "said"]

_TAGS = {
    "action": ('<em class="action">', "</em>"),
    "strong": ("<strong>", "</strong>"),
    "strike": ("<s>", "</s>"),
    "code": ('<code class="inline-code">', "</code>"),
    "away": ('<span class="away">', "</span>"),
}


def said(text: str, pace: Pace = WHOLE, *, lead: str = "") -> list[Bubble]:
    """Return the bubbles of a message. `lead`, its reflex line, stands alone where the pace cuts at all."""
    if pace.bubbles_most > 1 and lead and text.startswith(lead):
        first = pacing.split(markup.parse(lead), pace)
        return first + pacing.split(markup.parse(text[len(lead) :]), pace, so_far=len(first))
    return pacing.split(markup.parse(text), pace)


def render(text: str, pace: Pace = WHOLE, *, lead: str = "", narrates: bool = True) -> str:
    """Return the message as HTML; nothing of `text` reaches it unescaped.

    Without `narrates` every line is a bubble: a fan's own gestures stay on the fan's side.
    """
    return "".join(_html(bubble, narrates=narrates) for bubble in said(text, pace, lead=lead))


def _html(bubble: Bubble, *, narrates: bool) -> str:
    first = bubble[0]
    inner = [_inner(line) for line in bubble]
    match first.block:
        case "rule":
            return '<hr class="breath">'
        case "code":
            return f'<pre class="bubble bubble--code" dir="ltr"><code>{escape(first.text)}</code></pre>'
        case "item" if first.mark:
            items = "".join(f'<li value="{line.mark}">{row}</li>' for line, row in zip(bubble, inner, strict=True))
            return f'<ol class="bubble bubble--list" dir="auto">{items}</ol>'
        case "item":
            items = "".join(f"<li>{row}</li>" for row in inner)
            return f'<ul class="bubble bubble--list" dir="auto">{items}</ul>'
        case "quote":
            rows = "\n".join(inner)
            return f'<blockquote class="bubble bubble--quote" dir="auto">{rows}</blockquote>'
        case _:
            name = "narration" if narrates and first.is_narration else "bubble"
            rows = "\n".join(inner)
            return f'<p class="{name}" dir="auto">{rows}</p>'


def _inner(line: Line) -> str:
    return "".join(map(_span, line.spans))


def _span(span: Span) -> str:
    before, after = _TAGS.get(span.kind, ("", ""))
    return f"{before}{escape(span.text)}{after}"
