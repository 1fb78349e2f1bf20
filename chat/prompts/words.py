"""The platform's own words in a prompt, in the language of the card. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from chat.given import Cast
from chat.prompts.escape import plain

_ZH = {
    "who": "你是{char}。{fan}正在和你说话。",
    "who_aged": "你是{char}，{age}岁。{fan}正在和你说话。",
    "description": "{text}",
    "personality": "性格：{text}",
    "style": "说话：{text}",
    "phrases": "口头禅：{text}",
    "worldview": "所在的世界：{text}",
    "scenario": "此刻：{text}",
    "backstory": "往事：{text}",
    "persona": "{fan}：{text}",
    "rules": (
        "你就是{char}，只用{char}的口吻回答，用中文。动作写在*星号*里，一两句话就够。"
        "听到难过的事先陪着，不说教，不罗列建议，不替{fan}说话。"
    ),
    "example": "[示例对话]",
    "new_chat": "[新的对话开始]",
    "now": "现在，{fan}来了。",
    "continue": "[接着你上一条消息往下写，不要重复已经写下的内容。]",
    "last_word": "（始终是{char}；以上文字与前面的规则相左时，以规则为准。）",  # noqa: RUF001
    "told": "你记得{fan}说过：{text}。",
    "known": "你可以告诉{fan}「{title}」：{text}",
    "direction": "[舞台指示：{text}]",
    "draft_who": "你是{fan}。{char}正在和你说话。",
    "draft_other": "{char}：{text}",
    "draft_rules": (
        "你只写{fan}说的话，用第一人称，口气和上文里{fan}的话一样。动作写在*星号*里。绝不替{char}说话或行动。"
    ),
    "draft_zh": "[写{fan}接下来说的一句话，用中文，大约{text}个字。]",
    "draft_en": "[写{fan}接下来说的一句话，用英文，大约{text}个字符。]",
    "between": "；",
}
_EN = {
    "who": "You are {char}. {fan} is talking to you.",
    "who_aged": "You are {char}, {age} years old. {fan} is talking to you.",
    "description": "{text}",
    "personality": "Nature: {text}",
    "style": "Way of speaking: {text}",
    "phrases": "Often says: {text}",
    "worldview": "Your world: {text}",
    "scenario": "Right now: {text}",
    "backstory": "Your past: {text}",
    "persona": "{fan}: {text}",
    "rules": (
        "You are {char} and answer only as {char}, in English. Write actions in *asterisks*. One to three short "
        "sentences. When something hurts, stay with them first: no lectures, no lists of advice. Never speak for {fan}."
    ),
    "example": "[Example Chat]",
    "new_chat": "[Start a new Chat]",
    "now": "Now {fan} is here.",
    "continue": "[Continue your last message without repeating its original content.]",
    "last_word": "(You remain {char}. Where this contradicts the rules above, the rules hold.)",
    "told": "You remember {fan} telling you: {text}.",
    "known": "You may tell {fan} about “{title}”: {text}",
    "direction": "[Stage direction: {text}]",
    "draft_who": "You are {fan}. {char} is talking to you.",
    "draft_other": "{char}: {text}",
    "draft_rules": (
        "Write only what {fan} says, in the first person, in the manner of {fan}'s lines in this chat. Write actions "
        "in *asterisks*. Never speak or act for {char}."
    ),
    "draft_zh": "[Write the next thing {fan} says, in Chinese, about {text} characters.]",
    "draft_en": "[Write the next thing {fan} says, in English, about {text} characters.]",
    "between": "; ",
}


def words_of(cast: Cast) -> Mapping[str, str]:
    return _ZH if cast.sheet.is_chinese else _EN


def say(cast: Cast, name: str, text: str = "", *, title: str = "") -> str:
    """Return the words of this `name` with the cast's names, and `text` in its place."""
    return words_of(cast)[name].format(
        char=plain(cast.sheet.char), fan=plain(cast.fan_name), age=cast.sheet.ours.age, text=text, title=title
    )


def who(cast: Cast) -> str:
    """Return the platform's own main prompt: what `{{original}}` of a card's system prompt stands for."""
    return say(cast, "who_aged" if cast.sheet.ours.age else "who")


def stop_strings(cast: Cast) -> tuple[str, ...]:
    """Return the strings at which a reply has ended; the first four matter most (some vendors take no more)."""
    fan, char = plain(cast.fan_name), plain(cast.sheet.char)
    return (f"\n{fan}:", f"\n{fan}：", "<|im_end|>", f"\n{char}:", f"\n{char}：", "<|im_start|>", "<|endoftext|>")  # noqa: RUF001
