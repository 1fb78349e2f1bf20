"""Tokens that carry the moment they were sent, as words that pass a character's pipeline untouched. Pure.

A word is two Han characters: the first says where in sixteen seconds, the second which millisecond. No two halves
are alike, so a listener finds the words again however the text was cut; none of the characters is in a word list
of the guard, so no draw of them is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

_ALPHABET = (
    "灯花钟剑修醋雪军樱座渡推旧响盏番茄柴页柜牌碗豆洛赶椅烂馆卷剩块屋缝圆朝扇星锤杯师晏梁蹲添庙粉嗒铺凳擦驴闸画桂罗袖市挪巾袍镇钥匙铜"
    "颗招街沈鸿封帽树瓣细粒矩团石但包晃眨铃嘎栋葱呔螺盒胶袋与屏炉皱冬劈粥齐连毯厢弯琴棉雁阵逢鞋碰坡箱叠咋攥补牛嗡镊瓷昨帘饼揭妇橘薄苗"
    "蒜盹李猬姚墩闪薯例屉夹歌称枚浅灶斤肯扶粮拦翘途晓井扳伴滑鼻扔催魏胎缠锥依形针匀眉柄粗檐灾辰槛挑穗谷拼沿堵澜蓝郑叶抄摘邱舜孙棵哎摇"
    "疏牢愿搁横湖拨隘尺蒲柳屯熄搭孟且端枕桶楚傅烊戳捂缩秦汤巡玳瑁丑咱概英各篮豌腊哟筷坛孔隧岔髯浆缺伙框幽倔撇脾惦储米搪漆泡掰释戒姜淋"
)
_HALF = len(_ALPHABET) // 2
SPAN = _HALF * _HALF
_HIGH, _LOW = _ALPHABET[:_HALF], _ALPHABET[_HALF:]
# High halves are negative: one look-up a character.
_VALUES = {**{char: -1 - at * _HALF for at, char in enumerate(_HIGH)}, **{char: at for at, char in enumerate(_LOW)}}


def word(number: int) -> str:
    """Return the word for a number; it is read back modulo `SPAN`."""
    high, low = divmod(number % SPAN, _HALF)
    return _HIGH[high] + _LOW[low]


class Reader:
    """Finds the numbers in a text that comes in pieces."""

    def __init__(self) -> None:
        self._high = 0

    def feed(self, text: str) -> Iterator[int]:
        """Yield the numbers that `text` completes; what is no half of a word is passed over."""
        for char in text:
            value = _VALUES.get(char)
            if value is None:
                continue
            if value < 0:
                self._high = value
            elif self._high:
                yield -1 - self._high + value
                self._high = 0
