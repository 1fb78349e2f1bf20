"""Macros that arrange text: conditions, comments, line ends, and what only some readers see. Pure."""

from __future__ import annotations

from characters.macros.nodes import Call, Macro, Mode

# Stand in the text until it is whole: here line ends are taken away; here none may be. From the private use
# area; whoever writes them by hand gets the same effect and nothing else.
TRIM = "\ue0f1"
HELD = "\ue0f2"
_FALSE = frozenset({"", "false", "off", "0"})
_LONGEST_SPACE = 100


def is_true(text: str) -> bool:
    """Whether a value counts as true: all but nothing, `false`, `off` and `0`."""
    return text.replace(HELD, "").strip().lower() not in _FALSE


def settled(text: str) -> str:
    """Return a whole text with the line ends around each `{{trim}}` taken away."""
    first, *others = text.split(TRIM)
    parts = [first]
    for part in others:
        parts[-1] = parts[-1].rstrip("\r\n")
        parts.append(part.lstrip("\r\n"))
    return "".join(parts).replace(HELD, "")


def laid_out(text: str) -> str:
    """Return a block's text without the space around it and without the indentation of its first line."""
    lines = text.strip("\r\n").split("\n")
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    if indent:
        lines = [line.removeprefix(indent) for line in lines]
    return "\n".join(lines).strip()


def _if(call: Call) -> str:
    tag = call.tag
    is_met = is_true(call.run.render(tag.args[0])) if tag.args else False
    return call.run.block((tag.content or ()) if is_met != tag.negated else tag.otherwise, tag)


def _comment(call: Call) -> str:
    return _seen_by(call, Mode.SHOWN)


def _hidden_key(call: Call) -> str:
    return _seen_by(call, Mode.SCANNED)


def _seen_by(call: Call, mode: Mode) -> str:
    if call.run.mode is not mode:
        return ""
    tag = call.tag
    if tag.content is not None:
        return call.run.block(tag.content, tag)
    return "::".join(call.run.render(nodes) for nodes in tag.args)


def _trim(call: Call) -> str:
    return call.args[0] if call.args else TRIM


def _repeated(what: str, call: Call) -> str:
    count = call.args[0].strip() if call.args else ""
    if not (count.isascii() and count.isdigit() and len(count) < 9):
        return what
    return what * min(int(count), _LONGEST_SPACE)


def _reverse(call: Call) -> str:
    return call.args[0][::-1]


MACROS = (
    Macro("if", _if, 1, 2, lazy=True),
    Macro("else", lambda call: ""),
    Macro("//", lambda call: "", 0, 1, lazy=True),
    Macro("comment", _comment, 1, 1, lazy=True),
    Macro("hidden_key", _hidden_key, 1, 1, lazy=True),
    Macro("trim", _trim, 0, 1),
    Macro("noop", lambda call: HELD),
    Macro("newline", lambda call: _repeated("\n", call), 0, 1),
    Macro("space", lambda call: _repeated(" ", call), 0, 1),
    Macro("reverse", _reverse, 1, 1),
    Macro("banned", lambda call: "", 1, 1),
)
