"""Words a memory for the fan and for the prompt: when it was told, and what. Pure."""

from __future__ import annotations

from datetime import date, datetime

from chat.given import Fragment

_ZH_DAYS = {0: "今天", 1: "昨天", 2: "前天"}
_EN_DAYS = {0: "Today", 1: "Yesterday"}
_ZH_DUE = {-2: "后天", -1: "明天", 0: "今天", 1: "昨天", 2: "前天"}
_EN_DUE = {-1: "tomorrow", 0: "today", 1: "yesterday"}


def hint(fragment: Fragment, *, now: datetime) -> str:
    """Return the small line over a reply: 昨天你说胃疼 / Yesterday you said: stomach hurts."""
    if _is_sentence(fragment):
        return f"还记得：{fragment.text}" if is_chinese(fragment) else f"Still remembers: {fragment.text}"
    days = (now.date() - fragment.told_at.date()).days
    if is_chinese(fragment):
        return f"{_ZH_DAYS.get(days, f'{days}天前')}你说{_due(fragment, now)}{fragment.text}"
    return f"{_EN_DAYS.get(days, f'{days} days ago')} you said: {fragment.text}{_due(fragment, now)}"


def note(fragment: Fragment, *, now: datetime) -> str:
    """Return the same for the prompt, short: 昨天说胃疼."""
    if _is_sentence(fragment):
        return fragment.text
    days = (now.date() - fragment.told_at.date()).days
    if is_chinese(fragment):
        return f"{_ZH_DAYS.get(days, f'{days}天前')}说{_due(fragment, now)}{fragment.text}"
    return f"{_EN_DAYS.get(days, f'{days} days ago').lower()}, {fragment.text}{_due(fragment, now)}"


def _is_sentence(fragment: Fragment) -> bool:
    """Whether the memory was written as a whole sentence, by a person or a model, and needs no words around it."""
    return fragment.text.endswith(("。", ".", "！", "!"))  # noqa: RUF001 - both exclamation marks


def is_chinese(fragment: Fragment) -> bool:
    return fragment.language.lower().startswith("zh")


def _due(fragment: Fragment, now: datetime) -> str:
    """Return when a plan falls due, seen from today: yesterday's 明天 is today's 今天."""
    if fragment.kind != "plan" or fragment.due_on is None:
        return ""
    gap = (now.date() - fragment.due_on).days
    if is_chinese(fragment):
        return _ZH_DUE.get(gap, _month_day(fragment.due_on, zh=True)) + "要"
    return " " + _EN_DUE.get(gap, "on " + _month_day(fragment.due_on, zh=False))


def _month_day(day: date, *, zh: bool) -> str:
    return f"{day.month}月{day.day}日" if zh else f"{day:%B} {day.day}"
