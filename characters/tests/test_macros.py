"""Macros of card text: what each one says, exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from characters.macros import (
    CardTexts,
    ChatFacts,
    MacroContext,
    Variables,
    expand,
    fill,
    scanned,
    shown,
    unknown_macros,
)

NOW = datetime(2026, 11, 23, 15, 5, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
CARD = CardTexts(
    description="{{char}} likes {{scenario}}",
    personality="kind",
    scenario="rain, {{description}}",
    examples="<START>\n{{user}}: hi",
    first_message="Hello {{user}}",
    system="Be {{char}}",
    instruction="Stay brief",
    depth_prompt="deep",
    version="1.2",
)
CHAT = ChatFacts(
    last_message="bye {{char}}",
    last_user_message="hm",
    last_char_message="bye {{char}}",
    last_message_id=3,
    first_included_id=0,
    current_swipe=2,
    last_swipe=4,
    input="words",
    model="vendor/one",
    max_prompt=4096,
)


def context(**changes):
    given = {"char": "Mira", "user": "Li", "persona": "{{user}}, a sailor", "card": CARD, "chat": CHAT, "now": NOW}
    return MacroContext(**{**given, "turn_seed": 5, "chat_seed": 9, "outlets": {"sea": "waves"}, **changes})


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("names", "{{char}} and {{user}}", "Mira and Li"),
        ("any case, spaces, markers", "{{ CHAR }} <BOT> <user> <Char> <GROUP>", "Mira Mira Li Mira Mira"),
        ("unknown stays, filled inside", "{{nothing {{user}} ::x}}", "{{nothing Li ::x}}"),
        ("no macro", "{{}} {{user's}} {{ {{user}} }} }} {{char::x}}", "{{}} {{user's}} {{ Li }} }} {{char::x}}"),
        ("never closed", "{{ open {{user}}", "{{ open Li"),
        ("escaped", r"\{\{user\}\} {{{user}}}", "{{user}} {Li}"),
        ("texts of the card, one in another", "{{description}}", "Mira likes rain, "),
        ("persona", "{{persona}}", "Li, a sailor"),
        ("more texts", "{{mesExamples}}|{{greeting}}|{{greeting::1}}", "<START>\nLi: hi|Hello Li|"),
        (
            "prompts",
            "{{charPrompt}}|{{system}}|{{charJailbreak}}|{{charDepthPrompt}}",
            "Be Mira|Be Mira|Stay brief|deep",
        ),
        ("version, notes", "{{charVersion}}|{{char_version}}|{{creatorNotes}}", "1.2|1.2|"),
        ("messages are not filled", "{{lastMessage}}", "bye {{char}}"),
        ("ids", "{{lastMessageId}} {{firstIncludedMessageId}} {{currentSwipeId}} {{lastSwipeId}}", "3 0 2 4"),
        ("facts", "{{model}} {{input}} {{maxPrompt}} {{lastGenerationType}}", "vendor/one words 4096 normal"),
        ("alone", "{{group}} {{charIfNotGroup}} {{notChar}}", "Mira Mira Li"),
        ("original, once", "{{original}}|{{original}}", "ORIG|"),
        ("outlet", "{{outlet::sea}}{{outlet::sky}}", "waves"),
        ("comments", "a{{// {{user}} }}b{{comment: hm}}c{{hidden_key:k}}d{{/// old}}e", "abcde"),
        ("long comment", "a{{//}}x\n{{user}}{{///}}b", "ab"),
        ("reverse", "{{reverse:abc}} {{reverse}}xyz{{/reverse}}", "cba zyx"),
        ("trim", "a\n\n{{trim}}\r\nb", "ab"),
        ("noop holds line ends", "a\n{{noop}}{{trim}}\nb", "a\nb"),
        ("spaces", "a{{space::3}}b{{newline}}c{{newline::2}}d", "a   b\nc\n\nd"),
        ("banned", '{{banned "delve"}}x', "x"),
    ],
)
def test_a_macro_says_what_it_stands_for(_case, text, expected):
    assert fill(text, context(), original="ORIG") == expected


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("true, false", "{{if scenario}}a{{else}}b{{/if}}{{if !scenario}}a{{else}}b{{/if}}", "ab"),
        ("no else", "{{if lastSwipeId}}a{{/if}}{{if original}}b{{/if}}", "a"),
        ("values", "{{if 0}}a{{/if}}{{if off}}a{{/if}}{{if FALSE}}a{{/if}}{{if words}}b{{/if}}", "b"),
        ("nested", "{{if {{user}}}}{{if original}}x{{else}}y{{/if}}z{{else}}n{{/if}}", "yz"),
        ("variable", "{{setvar::hp::4}}{{if .hp}}a{{/if}}{{if .hp > 3}}b{{/if}}{{if !.mp}}c{{/if}}", "abc"),
        ("inline", "{{if original::a{{else}}b}}", "b"),
        ("only the branch taken runs", "{{if 0}}{{setvar::x::1}}{{else}}{{setvar::y::1}}{{/if}}{{.x}}{{.y}}", "1"),
        ("layout", "{{if user}}\n    one\n      two\n{{/if}}", "one\n  two"),
        ("layout kept", "{{#if user}}\n one\n{{/if}}", "\n one\n"),
        ("nothing to close", "{{/if}}{{else}}", "{{/if}}"),
    ],
)
def test_conditions(_case, text, expected):
    assert fill(text, context()) == expected


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("set, get", "{{setvar::a::b::c}}{{getvar::a}} {{getvar a}}", "b::c b::c"),
        ("add numbers", "{{setvar::n::1.5}}{{addvar::n::2.5}}{{.n}}", "4"),
        ("add words", "{{addvar::w::ab}}{{addvar::w::cd}}{{.w}}", "abcd"),
        ("count", "{{incvar::n}}{{incvar::n}}{{decvar::n}}", "121"),
        ("has, delete", "{{setvar::a::}}{{hasvar::a}}{{deletevar::a}}{{varexists::a}}", "truefalse"),
        ("shared", "{{setglobalvar::a::1}}{{getglobalvar::a}}{{getvar::a}}{{$a}}", "11"),
        ("shorthand", "{{.n = 3}}{{.n += 4}}{{.n -= 2}}{{.n}} {{.n++}} {{.n--}}", "5 6 5"),
        ("fallback", "{{.a ?? x}}{{.a ??= y}}{{.a}}{{.z = 0}}{{.z || q}}{{.z ?? q}}", "xyyq0"),
        (
            "compared",
            "{{.n = 3}}{{.n == 3}} {{.n != 3}} {{.n > 3}} {{.n >= 3}} {{.n < x}}",
            "true false false true false",
        ),
        ("a name made of names", "{{setvar::{{char}}_mood::glad}}{{getvar::Mira_mood}}", "glad"),
        ("block", "{{setvar tale}}\n  {{user}} went\n    home\n{{/setvar}}{{.tale}}", "Li went\n  home"),
        ("not a number", "{{.n = x}}{{.n -= y}}{{.n}}{{.n += 1}}{{.n}}", "xx1"),
    ],
)
def test_variables(_case, text, expected):
    assert fill(text, context()) == expected


@pytest.mark.parametrize(
    ("_case", "text", "english", "chinese"),
    [
        ("time", "{{time}}", "3:05 PM", "15:05"),
        ("date", "{{date}} {{weekday}}", "November 23, 2026 Monday", "2026年11月23日 星期一"),
        ("iso", "{{isodate}} {{isotime}}", "2026-11-23 15:05", "2026-11-23 15:05"),
        ("zones", "{{time_UTC-3}} {{time::UTC+2}}", "4:05 AM 9:05 AM", "04:05 09:05"),
        ("format", "{{datetimeformat ddd D MMM YY, HH:mm:ss [at] Z}}", "Mon 23 Nov 26, 15:05:09 at +08:00", None),
        ("ordinals", "{{datetimeformat::Do Mo MMMM Qo}}", "23rd 11th November 4th", "23日 11月 十一月 4"),
        ("half of the day", "{{datetimeformat::A h}}", "PM 3", "下午 3"),
        (
            "short names",
            "{{datetimeformat::dd dd ddd MMM Mo A a}}",
            "Mo Mo Mon Nov 11th PM pm",
            "一 一 周一 11月 11月 下午 下午",
        ),
        ("numbers", "{{datetimeformat::DDDo DDDD w W E e Q SSS ZZ}}", "327th 327 48 48 1 1 4 000 +0800", None),
        ("twelve hours", "{{datetimeformat::hh kk X z}}", "03 15 1795417509 CST", "03 15 1795417509 CST"),
        ("long", "{{datetimeformat::LLLL}}", "Monday, November 23, 2026 3:05 PM", "2026年11月23日星期一下午3点05分"),
        ("idle", "{{idle_duration}}", "3 hours", "3 小时"),
        ("apart", "{{timeDiff::2023-01-01 12:00::2023-01-03 12:00}}", "2 days ago", "2 天前"),
        ("ahead", "{{timeDiff::2023-03-01::2023-01-01}}", "in 2 months", "2 个月后"),
        ("no time", "{{timeDiff::soon::later}}", "", ""),
    ],
)
def test_time_is_worded_in_the_characters_language(_case, text, english, chinese):
    idle = timedelta(hours=3, minutes=10)

    assert fill(text, context(idle=idle)) == english
    if chinese is not None:
        assert fill(text, context(idle=idle, language="zh-Hans")) == chinese


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (44, "a few seconds"),
        (45, "a minute"),
        (60 * 44, "44 minutes"),
        (60 * 45, "an hour"),
        (3600 * 21, "21 hours"),
        (3600 * 23, "a day"),
        (86400 * 25, "25 days"),
        (86400 * 30, "a month"),
        (86400 * 319, "10 months"),
        (86400 * 345, "a year"),
        (86400 * 800, "2 years"),
    ],
)
def test_spans_are_rounded_as_moment_does(seconds, expected):
    assert fill("{{idleDuration}}", context(idle=timedelta(seconds=seconds))) == expected


def test_without_a_clock_dates_are_empty():
    nowhere = context(now=None)

    assert fill("{{time}}{{date}}{{time_UTC+1}}{{datetimeformat::LL}}|{{idle_duration}}", nowhere) == "|just now"
    assert fill("{{timeDiff::2023-01-01::2023-01-02T00:00Z}}", nowhere) == "a day ago"
    assert fill("{{isotime}}", context(now=datetime(2026, 1, 1, tzinfo=UTC))) == "00:00"


def test_who_reads_decides_what_is_hidden():
    text = "a {{comment: for {{user}}}}{{hidden_key:storm}}{{/// gale}}{{// note}}z"

    assert shown(text, context()) == "a for Liz"
    assert scanned(text, context()) == "a stormgalez"
    assert fill(text, context()) == "a z"


def test_others_in_the_room():
    assert fill("{{group}}; {{notChar}}", context(others=("Ada", "Bo"))) == "Mira, Ada, Bo; Ada, Bo, Li"


def test_names_are_never_filled_themselves():
    strange = context(char="{{user}}", user="{{char}} {{setvar::a::b}}")

    assert fill("{{char}}|{{user}}|{{description}}", strange) == (
        "{{user}}|{{char}} {{setvar::a::b}}|{{user}} likes rain, "
    )
    assert not strange.variables.changed


def test_names_alone_are_enough_for_plain_text():
    assert expand("<BOT>, {{user}}: {{original}}{{time}}", char="Mira", user="Li", original="x") == "Mira, Li: x"


def test_unknown_macros_are_named_once_in_order():
    text = "{{foo}} {{if a}}{{bar::{{baz}}}}{{/if}} {{user}} {{FOO::x}} {{setvar::x}} {not} {{}}"

    assert unknown_macros(text) == ("foo", "bar", "baz")


def test_variables_are_kept_as_a_message_keeps_them():
    mine = context(variables=Variables.of({"local": {"hp": "3", "bad": 4}, "global": {"day": "2"}, "more": 1}))

    text = fill("{{incvar::hp}} {{.bad}} {{$day}}", mine)

    assert text == "4  2"
    assert mine.variables.changed
    assert mine.variables.as_state() == {"local": {"hp": "4"}, "global": {"day": "2"}}
    assert Variables.of(["nothing"]).as_state() == {"local": {}, "global": {}}


def test_variables_of_a_scan_may_be_thrown_away():
    kept = context(variables=Variables({"hp": "3"}))
    tried = context(variables=kept.variables.copy())

    fill("{{incvar::hp}}{{setvar::x::y}}", tried)

    assert tried.variables.local == {"hp": "4", "x": "y"}
    assert kept.variables.local == {"hp": "3"}
    assert not kept.variables.changed


def test_recursion_reads_variables_and_writes_none():
    kept = context(variables=Variables({"hp": "3"}))

    assert scanned("{{incvar::hp}} {{.hp}}", kept) == "4 4"
    assert kept.variables.local == {"hp": "3"}
    assert not kept.variables.changed
