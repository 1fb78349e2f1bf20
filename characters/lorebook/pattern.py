"""JavaScript regular expressions for RE2, a linear-time engine: translated, or refused with a reason.

Cards are written for JavaScript. What JavaScript itself rejects is `Broken` (SillyTavern then takes the key as plain
text); what RE2 cannot do in linear time (look-around, back references) or at all is `NotTaken`.
"""

from __future__ import annotations

import re

_SLASHED = re.compile(r"/([\w\W]+?)/([gimsuy]*)", re.ASCII)
_BARE_SLASH = re.compile(r"(^|[^\\])/")
_QUANTIFIER = re.compile(r"\{(\d+)(,?)(\d*)\}")
_GROUP_NAME = re.compile(r"\?<[A-Za-z_$][\w$]*>")
_INLINE_FLAGS = re.compile(r"\?[ims]*(-[ims]+)?:")
_PROPERTY = re.compile(r"\{(?:(?:sc|scx|Script|Script_Extensions|gc|General_Category)=)?(\w+)\}")
_CLASS_SPACE = r"\s\x0b\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_ANY = r"(?s:.)"
_NEVER = r"[^\x00-\x{10ffff}]"
_NOT_NEWLINE = r"[^\n\r\x{2028}\x{2029}]"
_SYNTAX = "^$\\.*+?()[]{}|/"
_REPEATS = 1000  # RE2 counts no further
# Counted repeats multiply: what a pattern comes to when they are written out may not pass this.
_SIZE = 2000
_SET_SIZE = 4


class Broken(ValueError):
    """Not a regular expression in JavaScript either."""


class NotTaken(ValueError):
    """A regular expression, but none this engine takes; the argument is the reason."""


def split(key: str) -> tuple[str, str] | None:
    """Return pattern and flags of a key written `/pattern/flags`, None for plain text."""
    match = _SLASHED.fullmatch(key)
    if match is None or _BARE_SLASH.search(match[1]) or len(set(match[2])) != len(match[2]):
        return None
    return match[1], match[2]


def translate(pattern: str, flags: str) -> tuple[str, int]:
    """Return the same pattern in RE2's syntax, and about how many steps it comes to. Raises `Broken` or `NotTaken`.

    `i`, `m`, `s` map to RE2's own, `u` to Unicode classes, `y` to an anchor at the start; `g` changes nothing where
    only a match is asked for.
    """
    translator = _Translator(pattern, "u" in flags, "s" in flags)
    body = translator.run()
    # Without `m` RE2's `^` and `$` mean the whole text, as in JavaScript.
    inline = "".join(flag for flag in "im" if flag in flags)
    start = r"\A(?:" if "y" in flags else "(?:"
    return (f"(?{inline})" if inline else "") + start + body + ")", translator.sizes[0]


class _Translator:
    """One pass over a pattern; `at` is where it reads."""

    def __init__(self, pattern: str, is_unicode: bool, is_dot_all: bool) -> None:
        self.pattern, self.is_unicode, self.is_dot_all = pattern, is_unicode, is_dot_all
        self.at, self.out = 0, list[str]()
        self.sizes, self.atom = [0], 0  # what each open group comes to so far, and the last atom
        self.has_atom = False  # whether a quantifier may follow
        self.groups = len(re.findall(r"(?<!\\)\((?!\?)|\(\?<[^=!]", pattern))

    def run(self) -> str:
        while self.at < len(self.pattern):
            self._step(self.pattern[self.at])
        if len(self.sizes) > 1:
            raise Broken("group")
        return "".join(self.out)

    def _step(self, char: str) -> None:
        if char == "\\":
            is_edge = self.pattern[self.at + 1 : self.at + 2] in ("b", "B")
            self._emit(self._escape(), atom=not is_edge)
        elif char == "[":
            began = self.at
            self._emit(self._class(), atom=True, size=_SET_SIZE + (self.at - began) // 2)
        elif char == "(":
            self._open()
        elif char == ")":
            if len(self.sizes) == 1:
                raise Broken("group")
            self._emit(")", atom=True, width=1, size=self.sizes.pop())
        elif char in "*+?" or char == "{":
            self._quantify(char)
        elif char == ".":
            self._emit(_ANY if self.is_dot_all else _NOT_NEWLINE, atom=True, width=1, size=_SET_SIZE)
        else:
            self._plain(char)

    def _plain(self, char: str) -> None:
        if char in "]}" and self.is_unicode:
            raise Broken("bracket")
        self._emit(re.escape(char) if char in "]}" else char, atom=char not in "^$|", width=1)

    def _emit(self, text: str, *, atom: bool, width: int = 0, size: int = 1) -> None:
        self.out.append(text)
        self.has_atom, self.atom = atom, size
        self.at += width
        self._grow(size)

    def _grow(self, size: int) -> None:
        self.sizes[-1] += size
        if self.sizes[-1] > _SIZE:
            raise NotTaken("too_large")

    def _open(self) -> None:
        rest = self.pattern[self.at + 1 :]
        if rest.startswith(("?=", "?!", "?<=", "?<!")):
            raise NotTaken("lookaround")
        head = "("
        if rest.startswith("?"):
            named, inline = _GROUP_NAME.match(rest), _INLINE_FLAGS.match(rest)
            if named is None and inline is None:
                raise Broken("group")
            said = (named or inline)[0]  # type: ignore[index]
            head, self.at = "(" + (said if inline else "?:"), self.at + len(said)
        self._emit(head, atom=False, width=1)
        self.sizes.append(0)

    def _quantify(self, char: str) -> None:
        width = 1
        if char == "{":
            counted = _QUANTIFIER.match(self.pattern, self.at)
            if counted is None:
                if self.is_unicode:
                    raise Broken("quantifier")
                self._emit(r"\{", atom=True, width=1)
                return
            self._grow(self.atom * self._most(counted))
            width = counted.end() - counted.start()
        if not self.has_atom:
            raise Broken("quantifier")
        if self.pattern[self.at + width : self.at + width + 1] == "?":
            width += 1
        self._emit(self.pattern[self.at : self.at + width], atom=False, width=width)

    def _most(self, counted: re.Match[str]) -> int:
        """Return how often a counted repeat repeats at most."""
        least, most = counted[1], counted[3] or counted[1]
        if max(len(least), len(most)) > len(str(_REPEATS)) or max(int(least), int(most)) > _REPEATS:
            raise NotTaken("too_large")
        if int(most) < int(least):
            raise Broken("quantifier")
        return int(most)

    def _class(self) -> str:
        end, out = self.at + 1, ["["]
        if self.pattern[end : end + 1] == "^":
            end, out = end + 1, ["[^"]
        if self.pattern[end : end + 1] == "]":
            self.at = end + 1
            return _ANY if out == ["[^"] else _NEVER
        self.at, previous = end, ""
        while True:
            if self.at >= len(self.pattern):
                raise Broken("class")
            char = self.pattern[self.at]
            if char == "]":
                self.at += 1
                return "".join(out) + "]"
            if char == "-" and self._is_range(previous):
                self.at += 1
                out.append("-" + self._upper(previous))
                previous = ""
            else:
                previous = self._member()
                out.append(previous)

    def _is_range(self, previous: str) -> bool:
        """Whether a `-` here joins two characters; beside a class or an edge it is itself."""
        after = self.pattern[self.at + 1 : self.at + 3]
        if not previous or after[:1] in ("", "]"):
            return False
        has_set = _is_set(previous) or bool(re.fullmatch(r"\\[dDsSwWpP]", after))
        if has_set and self.is_unicode:
            raise Broken("class")
        return not has_set

    def _upper(self, lower: str) -> str:
        upper = self._member()
        if _point(upper) < _point(lower):
            raise Broken("class")
        return upper

    def _member(self) -> str:
        char = self.pattern[self.at]
        if char == "\\":
            return self._escape(in_class=True)
        self.at += 1
        return "\\" + char if char in "[]^-&~|" else char

    def _escape(self, *, in_class: bool = False) -> str:
        char = self.pattern[self.at + 1 : self.at + 2]
        if not char:
            raise Broken("escape")
        self.at += 2
        if char in "dDwWsSbBfnrtv":
            if self.is_unicode and in_class and char == "B":
                raise Broken("escape")
            return _shorthand(char, in_class=in_class)
        if char.isdigit() or char == "k":
            return self._number(char, in_class=in_class)
        if char in "xuc":
            return self._code(char)
        if char in "pP" and self.is_unicode:
            return self._property(char)
        if self.is_unicode and char not in _SYNTAX and not (in_class and char == "-"):
            raise Broken("escape")
        return re.escape(char)  # JavaScript: a letter that means nothing stands for itself

    def _number(self, char: str, *, in_class: bool) -> str:
        if char == "k":
            if not self.is_unicode and not re.search(r"\(\?<[^=!]", self.pattern):
                return "k"
            named = re.match(r"<([A-Za-z_$][\w$]*)>", self.pattern[self.at :])
            raise NotTaken("backreference") if named and f"(?<{named[1]}>" in self.pattern else Broken("escape")
        digits = char + (re.match(r"\d?\d?", self.pattern[self.at :]) or [""])[0]
        if char != "0" and not in_class and int(digits[0]) <= self.groups:
            raise NotTaken("backreference")
        if self.is_unicode and (char != "0" or len(digits) > 1):
            raise Broken("escape")
        octal = re.match(r"[0-3]?[0-7]{1,2}", digits)
        if octal is None:
            return char
        self.at += len(octal[0]) - 1
        return f"\\x{{{int(octal[0], 8):x}}}"

    def _code(self, char: str) -> str:
        rest = self.pattern[self.at :]
        wanted = {"x": r"[0-9a-fA-F]{2}", "u": r"[0-9a-fA-F]{4}", "c": r"[A-Za-z]"}[char]
        found = re.match(wanted, rest)
        if char == "u" and self.is_unicode:
            found = re.match(r"\{([0-9a-fA-F]{1,6})\}", rest) or found
        if found is None:
            if self.is_unicode:
                raise Broken("escape")
            return char
        self.at += len(found[0])
        if char == "c":
            return f"\\x{{{ord(found[0]) % 32:x}}}"
        point = int(found[0].strip("{}"), 16)
        if 0xD800 <= point <= 0xDBFF:
            point = self._pair(point)
        if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
            raise NotTaken("unsupported")
        return f"\\x{{{point:x}}}"

    def _pair(self, high: int) -> int:
        """Join the two halves in which JavaScript writes a character beyond the basic plane."""
        low = re.match(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})", self.pattern[self.at :])
        if low is None:
            raise NotTaken("unsupported")
        self.at += len(low[0])
        return 0x10000 + ((high - 0xD800) << 10) + int(low[1], 16) - 0xDC00

    def _property(self, char: str) -> str:
        found = _PROPERTY.match(self.pattern, self.at)
        if found is None:
            raise Broken("escape")
        self.at += len(found[0])
        name = {"Letter": "L", "Number": "N", "Punctuation": "P", "Uppercase_Letter": "Lu"}.get(found[1], found[1])
        return f"\\{char}{{{name}}}"


def _shorthand(char: str, *, in_class: bool) -> str:
    if char == "s":
        return _CLASS_SPACE if in_class else f"[{_CLASS_SPACE}]"
    if char == "S" and not in_class:
        return f"[^{_CLASS_SPACE}]"
    if char in "bB" and in_class:
        return r"\x08" if char == "b" else char
    return "\\" + char


def _is_set(member: str) -> bool:
    return member in (r"\d", r"\D", r"\w", r"\W", r"\S", _CLASS_SPACE) or member.startswith((r"\p", r"\P"))


def _point(member: str) -> int:
    """Return the code point a class member stands for."""
    if member.startswith(r"\x"):
        return int(member[2:].strip("{}"), 16)
    named = {r"\f": 12, r"\n": 10, r"\r": 13, r"\t": 9, r"\v": 11}
    return named.get(member, ord(member[-1]))
