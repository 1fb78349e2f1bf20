"""Joins what is left when phrases are dropped: no orphaned comma, no empty sentence, a capital where due. Pure."""

from __future__ import annotations

from chat.colloquial.table import ENDS, SEPARATORS

_QUESTIONS = frozenset("?？")  # noqa: RUF001 - Chinese punctuation
_BLANKS = frozenset(" \t\n")
_WAITING = SEPARATORS | _BLANKS
# After a drop these belong to what was dropped.
_AFTER = _WAITING | ENDS | frozenset("—–")
_QUOTES = frozenset('"“「『')
_OPENERS = _QUOTES | {"*", "\n"}


class Seam:
    """Collects the text to show. Commas and blanks wait until something follows that they can part from."""

    def __init__(self, *, is_chinese: bool) -> None:
        self._is_chinese = is_chinese
        self._out: list[str] = []
        self._waiting = ""
        self._last = ""
        self._has_words = False
        self._reserve = ""
        self._is_reserving = False
        self._dropped = False
        self._was_start = False
        self._is_capital = False
        self._marks = ""

    @property
    def is_sentence_start(self) -> bool:
        """Whether a sentence begins with what comes next."""
        if self._dropped:
            return self._was_start or bool(ENDS & set(self._marks))
        return "\n" in self._waiting or not self._last or self._last in ENDS or self._last in _OPENERS

    @property
    def is_clause_start(self) -> bool:
        if self._last == "—" or self._last in SEPARATORS or self.is_sentence_start:
            return True
        return bool(SEPARATORS & set(self._waiting)) or (self._dropped and bool(SEPARATORS & set(self._marks)))

    @property
    def is_quoted(self) -> bool:
        """Whether what comes next is the first of a quotation: dropping it could leave nothing between the marks."""
        return self._last in _QUOTES and not self._dropped

    def set_out(self) -> None:
        """Begin after a text that is on show already."""
        self._out.clear()
        self._last = self._waiting.rstrip(" \t")[-1:] or self._last
        self._waiting = ""

    def take(self) -> str:
        """Return what may be shown since the last time."""
        text = "".join(self._out)
        self._out.clear()
        return text

    def extend(self, text: str, *, is_open: bool) -> None:
        """Add letters none of which waits, or a phrase that stands for another."""
        self.add(text[0], is_open=is_open)
        if len(text) > 1:
            self._out.append(text[1:])
            self._last = text[-1]
            self._has_words = self._has_words or is_open

    def add(self, letter: str, *, is_open: bool) -> None:
        """Add one letter of the reply."""
        if self._dropped and letter in _AFTER and is_open:
            self._marks += letter
            self._reserve += letter if self._is_reserving else ""
        elif letter in _WAITING and is_open:
            self._waiting += letter
        else:
            self._join(letter, is_open=is_open)

    def drop(self, text: str) -> None:
        """Leave out a phrase that would have come here."""
        if self._dropped:
            self._settle()
        self._was_start = self.is_sentence_start
        self._is_capital = (self._is_capital or text[0].isupper()) and self._was_start
        self._dropped, self._marks = True, ""
        self._is_reserving = not self._has_words and not self._reserve
        self._reserve = text if self._is_reserving else self._reserve

    def close(self) -> None:
        """End the reply: what was dropped last takes its comma along; a reply of nothing else keeps it."""
        if self._reserve and not self._has_words:
            self._out.append(self._waiting + self._reserve)
        elif not self._dropped:
            self._out.append(self._waiting)
        elif not self._was_start:
            self._out.append(self._ending() or self._full_stop(is_due=bool(SEPARATORS & set(self._waiting))))
        self._waiting, self._dropped = "", False

    def _join(self, letter: str, *, is_open: bool) -> None:
        if self._dropped:
            self._settle()
            self._dropped = False
        if self._is_capital and is_open and letter.isalnum():
            self._is_capital, letter = False, letter.upper() if letter.isascii() else letter
        self._out.append(self._waiting + letter)
        self._waiting, self._last = "", letter
        self._has_words = self._has_words or (is_open and letter.isalnum())

    def _settle(self) -> None:
        """Decide what stays of the marks around a drop, now that something follows."""
        blanks = "\n" if "\n" in self._marks else "".join(mark for mark in self._marks if mark in _BLANKS)[-1:]
        if self._was_start:
            if "\n" in blanks and "\n" not in self._waiting:
                self._waiting = "\n"
        elif ending := self._ending():
            self._out.append(ending)
            self._last, self._waiting, self._was_start = ending[-1], blanks, True
        elif not self._waiting or "\n" in blanks:
            self._waiting += blanks
        self._marks = ""

    def _ending(self) -> str:
        """Return the sentence's end that a dropped clause leaves to what stands before it; a question goes too."""
        marks = "".join(mark for mark in self._marks if mark in ENDS)
        return self._full_stop(is_due=True) if _QUESTIONS & set(marks) else marks

    def _full_stop(self, *, is_due: bool) -> str:
        return ("。" if self._is_chinese else ".") if is_due else ""
