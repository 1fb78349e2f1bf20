"""Generated cards, lorebooks and world info files: everything known at times, unknown keys at every level."""

from __future__ import annotations

import json

from hypothesis import strategies as st

# Whatever a database and a JSON file can hold: no NUL, no lone surrogate.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
NAME = st.text("abcxyzÄ中_", min_size=1, max_size=6)
NUMBER = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3),
    max_leaves=6,
)
UNKNOWN = st.dictionaries(NAME.map(lambda name: f"x_{name}"), JSON, max_size=2)
EXTENSIONS = st.dictionaries(NAME.map(lambda name: f"app/{name}"), JSON, max_size=2)
PATH = st.sampled_from(
    ("assets/icon/images/main.png", "assets/x.bin", "0", "module.risum", "图/笑.png", "a b/c.mp3", "d/" + "e" * 90)
)


def _with(known: st.SearchStrategy, unknown: st.SearchStrategy = UNKNOWN) -> st.SearchStrategy:
    return st.tuples(known, unknown).map(lambda both: {**both[0], **both[1]})


ENTRY = _with(
    st.fixed_dictionaries(
        {
            "keys": st.lists(TEXT, max_size=3),
            "content": TEXT | TEXT.map(lambda text: f"@@depth 2\n@@@role user\n{text}"),
            "extensions": EXTENSIONS,
            "enabled": st.booleans(),
            "insertion_order": st.integers(-9, 999) | st.floats(0, 9),
            "use_regex": st.booleans(),
        },
        optional={
            "case_sensitive": st.booleans(),
            "name": TEXT,
            "priority": st.integers(0, 9),
            "id": st.integers(0, 99) | TEXT,
            "comment": TEXT,
            "selective": st.booleans(),
            "secondary_keys": st.lists(TEXT, max_size=2),
            "constant": st.booleans(),
            "position": st.sampled_from(("before_char", "after_char")),
        },
    )
)
BOOK = _with(
    st.fixed_dictionaries(
        {"extensions": EXTENSIONS, "entries": st.lists(ENTRY, max_size=3)},
        optional={
            "name": TEXT,
            "description": TEXT,
            "scan_depth": st.integers(0, 9),
            "token_budget": st.integers(0, 999),
            "recursive_scanning": st.booleans(),
        },
    )
)
ADDRESS = (
    PATH.map(lambda path: f"embeded://{path}")
    | PATH.map(lambda path: f"embedded://{path}")
    | st.sampled_from(("ccdefault:", "https://a.test/b.png", "data:image/png;base64,iVBORw0KGgo=", "embeded://gone"))
)
ASSET = _with(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(("icon", "emotion", "background", "x_a", "Odd Type")),
            "uri": ADDRESS,
            "name": st.sampled_from(("main", "joy", "名")),
            "ext": st.sampled_from(("png", "mp3", "unknown")),
        }
    )
)
DATA = _with(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(("description", "personality", "scenario", "first_mes", "mes_example"), TEXT),
            **dict.fromkeys(("creator_notes", "system_prompt", "post_history_instructions", "creator"), TEXT),
            "name": TEXT.filter(str.strip),
            "character_version": TEXT,
            "alternate_greetings": st.lists(TEXT, max_size=2),
            "group_only_greetings": st.lists(TEXT, max_size=2),
            "tags": st.lists(TEXT, max_size=2),
            "extensions": EXTENSIONS,
        },
        optional={
            "nickname": TEXT,
            "creator_notes_multilingual": st.dictionaries(st.sampled_from(("en", "zh")), TEXT, max_size=2),
            "source": st.lists(TEXT, max_size=2),
            "creation_date": st.integers(0, 2**31),
            "modification_date": st.integers(0, 2**31),
            "assets": st.lists(ASSET, max_size=3),
            "character_book": BOOK,
        },
    )
)
CARD = _with(st.builds(lambda data: {"spec": "chara_card_v3", "spec_version": "3.0", "data": data}, DATA))
# An SVG is dropped on the way in, whatever it is called.
FILES = st.dictionaries(PATH, st.binary(max_size=20).filter(lambda raw: b"<svg" not in raw.lower()), max_size=4)

WORLDINFO_ENTRY = _with(
    st.fixed_dictionaries(
        {"uid": st.integers(0, 50), "key": st.lists(TEXT, max_size=2), "content": TEXT, "disable": st.booleans()},
        optional={
            "keysecondary": st.lists(TEXT, max_size=2),
            "comment": TEXT,
            "constant": st.booleans(),
            "selective": st.booleans(),
            "order": st.integers(0, 999),
            "position": st.integers(0, 7),
            "addMemo": st.booleans(),
            "depth": st.integers(0, 9),
            "probability": st.integers(0, 100),
            "selectiveLogic": st.integers(0, 3),
            "caseSensitive": st.none() | st.booleans(),
            "sticky": st.none() | st.integers(0, 9),
            "groupOverride": st.booleans(),
            "delayUntilRecursion": st.booleans() | st.integers(0, 3),
            "characterFilter": st.fixed_dictionaries({"isExclude": st.booleans(), "names": st.lists(TEXT, max_size=2)}),
            "triggers": st.lists(st.sampled_from(("normal", "continue")), max_size=2),
            "extensions": EXTENSIONS,
        },
    )
)
WORLDINFO = _with(
    st.builds(
        lambda entries, name: {"entries": entries, **name},
        st.dictionaries(st.integers(0, 50).map(str) | NAME, WORLDINFO_ENTRY, max_size=4),
        st.fixed_dictionaries({}, optional={"name": TEXT, "scanDepth": st.integers(0, 9), "originalData": JSON}),
    )
)


def exact(value: object) -> str:
    """Return a spelling in which 1, 1.0 and True differ and so does the order of keys."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def loose(value: object) -> str:
    """Return a spelling in which only the order of keys does not count."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
