"""Turns a text into nodes in one pass: linear in its length, whatever the text. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from characters.macros.nodes import Nodes, Tag, split, stripped
from characters.macros.registry import MACROS

DEEPEST = 10
_CACHED = 8_000

# `\{` and `\}` are plain braces. Of `{{{` the last two open; a brace in front of them is text.
# The two names, most of all macros there are, are read at once.
_TOKEN = re.compile(
    r"\{\{(?:char|user)\}\}|\{\{(?!\{)|\}\}|\\\{(?!\{)|\\\}(?!\})|<(?:user|bot|char|group|charifnotgroup)>",
    re.IGNORECASE,
)
# Possessive throughout: nothing here is tried twice.
_HEAD = re.compile(
    r"\s*+([!?~#>]*+)\s*+(?:(/)(?!/)\s*+)?(//++|time_utc(?=[+-]\d)|[a-z][\w-]*+)", re.IGNORECASE | re.ASCII
)
_VARIABLE = re.compile(
    r"\s*+([.$])\s*+((?>[a-z](?:[\w-]*\w)?))\s*+(\+\+|--|\|\|=|\?\?=|\|\||\?\?|\+=|-=|==|!=|>=|<=|>|<|=|$)",
    re.IGNORECASE | re.ASCII,
)
_OPEN = "{{"
_MARKERS = {
    "{{char}}": "char",
    "{{user}}": "user",
    "<user>": "user",
    "<bot>": "char",
    "<char>": "char",
    "<group>": "group",
    "<charifnotgroup>": "group",
}


@dataclass(slots=True)
class _Frame:
    """An open `{{` and what has come since. `openers` are tags that a closing tag may still find, by name."""

    start: int = 0
    too_deep: int = 0
    nodes: list[str | Tag] = field(default_factory=list)
    openers: dict[str, list[tuple[int, Tag]]] = field(default_factory=dict)


def parse(text: str) -> Nodes:
    """Return the nodes of `text`. Never raises; what is no macro is text."""
    if "{{" not in text and "<" not in text and "\\" not in text:
        return (text,) if text else ()
    return _kept(text) if len(text) <= _CACHED else _parsed(text)


def _parsed(text: str) -> Nodes:
    frames = [_Frame()]
    at = 0
    for match in _TOKEN.finditer(text):
        sign, start = match[0], match.start()
        if start > at:
            frames[-1].nodes.append(text[at:start])
        at = match.end()
        if len(sign) > 2:
            name = _MARKERS[sign.lower()]
            frames[-1].nodes.append(Tag(name, (sign,), start, MACROS[name], height=0))
        elif sign == _OPEN:
            _open(frames, start)
        elif sign == "}}":
            _close(frames)
        else:
            frames[-1].nodes.append(sign[1])
    if at < len(text):
        frames[-1].nodes.append(text[at:])
    while len(frames) > 1:
        unclosed = frames.pop()
        frames[-1].nodes += [_OPEN, *unclosed.nodes]
    return tuple(frames[0].nodes)


def _open(frames: list[_Frame], start: int) -> None:
    if len(frames) <= DEEPEST:
        frames.append(_Frame(start))
        return
    # Too deep to be a macro; its closing braces are text then too.
    frames[-1].too_deep += 1
    frames[-1].nodes.append(_OPEN)


def _close(frames: list[_Frame]) -> None:
    frame = frames[-1]
    if frame.too_deep or len(frames) == 1:
        frame.too_deep = max(0, frame.too_deep - 1)
        frame.nodes.append("}}")
        return
    frames.pop()
    _put(frames[-1], _tag(tuple(frame.nodes), frame.start))


_kept = lru_cache(maxsize=4096)(_parsed)


def _put(frame: _Frame, tag: Tag) -> None:
    """Add a tag to its level; a closing tag takes what stands since its opener as the opener's content."""
    if tag.closes:
        waiting = frame.openers.get(tag.closes, [])
        while waiting:
            index, opener = waiting.pop()
            # An opener inside a block that has been closed since is no longer there.
            if index < len(frame.nodes) and frame.nodes[index] is opener:
                if _enclose(opener, tuple(frame.nodes[index + 1 :])):
                    del frame.nodes[index + 1 :]
                    return
                # Whatever still waits stands around this one, so it would be deeper yet.
                frame.openers.clear()
                break
    elif tag.macro is not None and len(tag.args) < tag.macro.most:
        frame.openers.setdefault(tag.name, []).append((len(frame.nodes), tag))
    frame.nodes.append(tag)


def _enclose(opener: Tag, content: Nodes) -> bool:
    """Give `opener` its block; False, and it stays as text, when that stands too deep."""
    height = max(opener.height, 1 + _height(content))
    if height > DEEPEST:
        opener.macro = None
        return False
    opener.height, opener.content = height, content
    if opener.name == "if":
        opener.content, opener.otherwise = _halves(content)
    return True


def _halves(content: Nodes) -> tuple[Nodes, Nodes]:
    for index, node in enumerate(content):
        if isinstance(node, Tag) and node.name == "else" and node.macro is not None:
            return content[:index], content[index + 1 :]
    return content, ()


def _height(nodes: Nodes) -> int:
    return max((node.height for node in nodes if isinstance(node, Tag)), default=0)


def _tag(body: Nodes, start: int) -> Tag:
    """Return the tag of what stands between two pairs of braces; one that stays as it is where that is no macro."""
    tag = Tag("", body, start, height=1 + _height(body))
    head = body[0] if body and isinstance(body[0], str) else ""
    if tag.height > DEEPEST:
        return tag
    if variable := _VARIABLE.match(head):
        return _variable(tag, variable, body)
    match = _HEAD.match(head)
    if match is None:
        return tag
    name, rest = match[3].lower(), (head[match.end() :], *body[1:])
    if name.startswith("//"):
        return _comment(tag, name, rest)
    if match[2]:
        tag.closes = name if not stripped(rest) else ""
        return tag
    return _named(tag, name, rest, keeps_space="#" in match[1])


def _named(tag: Tag, name: str, rest: Nodes, *, keeps_space: bool) -> Tag:
    # After a name come space, a colon or the end; `{{user's}}` is no macro.
    follows = str(rest[0])[:1]
    is_offset = name == "time_utc" and follows in {"+", "-"}
    if not (is_offset or follows == ":" or follows.isspace() or (not follows and len(rest) == 1)):
        return tag
    tag.name, tag.keeps_space = name, keeps_space
    tag.args = (stripped(rest),) if is_offset else _arguments(rest)
    macro = MACROS.get(name)
    if macro is not None and (macro.most or not tag.args):
        tag.macro = macro
    if name == "if" and tag.args:
        _condition(tag)
    return tag


def _variable(tag: Tag, match: re.Match[str], body: Nodes) -> Tag:
    """Read `.name`, `$name` and what is done with it: `{{.name += 2}}`."""
    value = stripped((match.string[match.end() :], *body[1:]))
    if match[3] in {"", "++", "--"} and value:
        return tag
    tag.name, tag.macro = match[1], MACROS[match[1]]
    tag.args = ((match[2],), (match[3],), value)
    return tag


def _comment(tag: Tag, name: str, rest: Nodes) -> Tag:
    """`{{// words}}`; `{{//}}` begins and `{{///}}` ends a long one; `{{/// words}}` is an old hidden key."""
    words = stripped(rest)
    if name == "///" and not words:
        tag.closes = "//"
        return tag
    tag.name = "hidden_key" if name == "///" else "//"
    tag.macro = MACROS[tag.name]
    tag.args = (words,) if words else ()
    return tag


def _condition(tag: Tag) -> None:
    """Read a condition that is a bare name: of a variable (`.mood`), or of a macro (`description`)."""
    first = tag.args[0]
    words = first[0] if first and isinstance(first[0], str) else ""
    if words.startswith("!"):
        tag.negated = True
        words = words[1:].lstrip()
        first = (words, *first[1:]) if words else first[1:]
    if len(first) == 1 and words:
        named = _VARIABLE.match(words)
        macro = MACROS.get(words.lower())
        if named is not None:
            first = (_variable(Tag("", first, tag.start), named, first),)
        elif macro is not None and not macro.least:
            first = (Tag(words.lower(), first, tag.start, macro),)
    tag.args = (first, *tag.args[1:])
    if len(tag.args) == 2:
        tag.content, tag.otherwise = _halves(tag.args[1])


def _arguments(rest: Nodes) -> tuple[Nodes, ...]:
    """Split at `::`, after the `::`, `:` or space that follows the name; space around an argument is not its own."""
    lead = str(rest[0]).lstrip()
    begun = lead.startswith(":")
    lead = lead.removeprefix("::") if lead.startswith("::") else lead.removeprefix(":")
    rest = (lead, *rest[1:])
    if not begun and not stripped(rest):
        return ()
    return tuple(stripped(part) for part in split(rest, "::"))
