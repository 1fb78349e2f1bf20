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
        self._dropped = False
        self._was_start = False
        self._is_capital = False
        self._marks = ""
        self._reserve_after = ""  # what waited before it
        self._is_soft = False  # the comma that waits was never the model's
        self._lead_at = -1  # where, in what waits, a connective begins: it goes with the clause it leads

    @property
    def is_sentence_start(self) -> bool:
        """Whether a sentence begins with what comes next."""
        if self._dropped:
            return self._was_start or bool(ENDS & set(self._marks))
        return "\n" in self._waiting or not self._last or self._last in ENDS or self._last in _OPENERS

    @property
    def is_clause_start(self) -> bool:
        if self._lead_at >= 0 or self._last == "—" or self._last in SEPARATORS or self.is_sentence_start:
            return True
        return bool(SEPARATORS & set(self._waiting)) or (self._dropped and bool(SEPARATORS & set(self._marks)))

    @property
    def is_left_hanging(self) -> bool:
        """Whether the sentence goes on of which a part was just dropped."""
        return self._dropped and not ENDS & set(self._marks)

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
            self._has_words = self._has_words or (is_open and any(map(str.isalnum, text)))

    def instead(self, text: str) -> None:
        """Add a phrase that stands for another; a comma at its end gives way to the mark that follows."""
        body = text.rstrip("，,")  # noqa: RUF001 - Chinese punctuation
        self.extend(body, is_open=True)
        self._waiting += text[len(body) :]
        self._is_soft = body != text

    def add(self, letter: str, *, is_open: bool) -> None:
        """Add one letter of the reply."""
        if self._is_soft and letter not in _BLANKS:
            self._soften(letter)
        if self._dropped and letter in _AFTER and is_open:
            self._marks += letter
            self._reserve += letter if not self._has_words else ""
        elif letter in _WAITING and is_open:
            self._waiting += letter
        else:
            self._join(letter, is_open=is_open)

    def lead(self, text: str, *, of: str) -> None:
        """Add a connective that stands for another one: it is shown when its clause is."""
        if self._dropped:
            self._settle()
            self._dropped = False
        self._keep(of)
        self._lead_at = len(self._waiting)
        self._waiting += text[0].upper() + text[1:] if self._is_capital else text
        self._is_capital, self._is_soft = False, text[-1] in SEPARATORS

    def drop(self, text: str) -> None:
        """Leave out a phrase that would have come here."""
        if self._dropped:
            self._settle()
        if self._lead_at >= 0:
            is_capital = self._waiting[self._lead_at].isupper()
            self._is_capital = self._is_capital or is_capital
            self._waiting, self._lead_at = self._waiting[: self._lead_at], -1
        self._is_soft = False
        self._was_start = self.is_sentence_start
        self._is_capital = (self._is_capital or text[0].isupper()) and self._was_start
        self._dropped, self._marks = True, ""
        self._keep(text)

    def _keep(self, text: str) -> None:
        """Keep what is left out for a reply that turns out to be nothing else."""
        if not self._has_words:
            self._reserve_after = self._reserve_after if self._reserve else self._waiting
            self._reserve += text

    def close(self) -> None:
        """End the reply: what was dropped last takes its comma along; a reply of nothing else keeps all."""
        if self._is_soft:
            self._soften("。")
        if self._reserve and not self._has_words:
            self._out.append(self._reserve_after + self._reserve)
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
        self._waiting, self._last, self._lead_at, self._reserve_after = "", letter, -1, ""
        self._has_words = self._has_words or (is_open and letter.isalnum())

    def _soften(self, letter: str) -> None:
        """Let our own comma go where the model has put a mark of its own."""
        if letter in SEPARATORS or letter in ENDS:
            self._waiting = self._waiting.rstrip(" ").rstrip("，,")  # noqa: RUF001
        self._is_soft = False

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
