"""Characters that look or mean the same: foreign look-alikes, traditional forms, leet. Pure data."""

from __future__ import annotations

_LOOKALIKES = {
    "а": "a", "в": "b", "е": "e", "ё": "e", "к": "k", "м": "m", "н": "h", "о": "o", "р": "p", "с": "c",
    "т": "t", "у": "y", "х": "x", "і": "i", "ї": "i", "ј": "j", "ѕ": "s", "ԁ": "d", "ԛ": "q", "ԝ": "w",
    "α": "a", "β": "b", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "σ": "o",
    "τ": "t", "υ": "u", "χ": "x", "ω": "w", "ı": "i", "ł": "l", "ø": "o",
    "’": "'", "‘": "'", "`": "'", "´": "'", "＇": "'", "“": '"', "”": '"',
}  # fmt: skip

# Traditional → simplified, and rare variants, for the characters that occur in the lexicons.
_VARIANT_PAIRS = (
    "殺杀愛爱裡里裏里這这個个們们說说話话為为嗎吗沒没麼么樣样時时間间過过還还開开關关門门見见覺觉"
    "離离開开難难過过對对錯错歲岁學学級级國国經经給给讓让與与無无誰谁請请問问幫帮務务謝谢"
    "體体內内係系統统詞词設设設设從从現现後后忽忽視视規规則则輸输許许權权制制"
    "藥药買卖賣卖買买錢钱賭赌場场網网號号碼码電电話话聯联絡络紅红單单帳账戶户匯汇"
    "槍枪彈弹藥药製制造造毒毒販贩殺杀傷伤跳跳樓楼橋桥繩绳燒烧炭炭輕轻結结束束遺遗書书"
    "處处歡欢體体腦脑灣湾語语義义務务臺台際际據据習习業业壓压實实點点氣气"
    "賤贱婦妇種种豬猪滾滚蠢蠢殘残廢废黃黄強强姦奸幼幼女女蘿萝莉莉親亲撫抚"
)

LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}

VARIANTS: dict[str, str] = _LOOKALIKES | {
    _VARIANT_PAIRS[i]: _VARIANT_PAIRS[i + 1]
    for i in range(0, len(_VARIANT_PAIRS), 2)
    if _VARIANT_PAIRS[i] != _VARIANT_PAIRS[i + 1]
}
