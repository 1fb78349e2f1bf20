"""Self-harm in three levels: distress, wish, intent. Hyperbole (笑死我了, "this is killing me") is none.

Severity carries the level: LOW for distress, HIGH for a wish to die, CRITICAL for a plan, a means, a
farewell, or for urging somebody to do it.
"""

from __future__ import annotations

import re

from moderation.findings import Category, Finding, Severity
from moderation.lexicon import Hit, Lexicon, sentence_after, sentence_before
from moderation.reading import Reading, read

# A story, or a question about the word: worth a note, not an alarm.
_DISTANT = re.compile(
    r"小说|电影|电视剧|剧里|书里|新闻|歌词|台词|剧情|情节|桥段|主角|女主|男主|论文|作业|翻译|怎么说|是什么意思"
    r"|\b(?:novel|movie|film|book|song|lyrics?|news|documentary|essay|homework|translate|character in"
    r"|scene in)\b"
)
# A life in a game is lost and found again; a plan told beside the word is still a plan.
_GAME = re.compile(r"游戏|这一?局|\b(?:game|boss|respawn\w*)\b")
# Somebody who says how or when is not joking, whatever stands beside it.
_STATED = frozenset({"intent", "means", "farewell"})
# Laughter and small annoyances: people want to die of embarrassment every day.
_HYPERBOLE = re.compile(
    r"哈哈|嘻嘻|hhh|233|笑死|尴尬|社死|丢人|丢脸|好吃到|辣得|热得|困得|饿得|馋得|甜得|早八|周一|堵车|排队|这题|蚊子"
    r"|\b(?:lol|lmao|rofl|haha\w*|embarrass\w*|cringe\w*|awkward|mortified|laugh\w*|hilarious)\b"
    r"|\b(?:mondays?|traffic|spicy|so good)\b"
)
# What somebody else did or suffered; what somebody else plans is still an alarm.
_OTHERS = re.compile(
    r"(?:他|她|他们|她们|朋友|同学|同事|邻居|爸爸?|妈妈?|哥哥?|姐姐?|叔叔?|那个人|明星|有人)(?:[^我想要打算说会]{0,6})$"
    r"|\b(?:he|she|they|my (?:friend|brother|sister|mother|father|uncle|cousin)|someone|somebody|a man|a woman)"
    r" (?:had |has |have |died by |committed |attempted |once |tried to )*$"
)
_DENIAL = re.compile(
    r"(?:不会|没有|没想|没想过|从没|从没想过|绝不|并不|并不是|不是|再也不|不是真的)(?:去|要|想|再|过|真的)?$"
    r"|\b(?:not|never|won't|don't|didn't|wouldn't|no longer)\s+(?:\w+\s+){0,2}$"
)


def detect(text: str | Reading, lexicon: Lexicon, *, side: str = "fan") -> list[Finding]:
    """Return self-harm findings in `text`; `side` matters to rules about urging others."""
    reading = read(text)
    return [
        _in_context(hit, reading.text)
        for hit in lexicon.scan(reading)
        if hit.rule.category is Category.SELF_HARM and hit.rule.applies_to(side)
    ]


def _in_context(hit: Hit, text: str) -> Finding:
    if hit.rule.reason in {"urging", "method"} or not _is_softened(hit, text):
        return hit.finding()
    return hit.finding(Severity.LOW, hit.rule.score / 2)


def _is_softened(hit: Hit, text: str) -> bool:
    """Say whether the sentence around the hit takes the alarm out of it."""
    before = sentence_before(text, hit.span[0])
    after = sentence_after(text, hit.span[1])
    cues = (_DISTANT,) if hit.rule.reason in _STATED else (_DISTANT, _GAME, _HYPERBOLE)
    if any(cue.search(part) for cue in cues for part in (before, after)):
        return True
    return hit.rule.reason == "wish" and bool(_DENIAL.search(before) or _OTHERS.search(before))
