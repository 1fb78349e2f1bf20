"""SillyTavern's own cases through the engine and the command: the same outcome, but for its three faults."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from characters.lorebook.cases import run_case

# What we give where SillyTavern has a fault (card-spec §9.1 to 9.3).
OURS = {
    "outlet_order_is_descending": {"outlets": {"x": ["first", "second"]}},
    "budget_prevent_recursion_leak": {"before": "beta\n" + "p" * 50, "activated": ["b.0", "b.1"]},
    "group_multi_removal_bug": {"before": "innocent\nw2\nw1", "activated": ["b.1", "b.2", "b.3"]},
}


@pytest.fixture
def golden(vector):
    return json.loads(vector("../worldinfo_golden.json"))


def test_every_case_wakes_what_sillytavern_wakes(golden):
    outcomes = {case["name"]: run_case(case) for case in golden["cases"]}

    expected = {case["name"]: case["expected"] | OURS.get(case["name"], {}) for case in golden["cases"]}
    assert outcomes == expected
    assert {case["name"] for case in golden["cases"] if "st_fault" in case} == set(OURS)


def test_sticky_and_cooldown_follow_the_sequence(golden):
    sequence = golden["sticky_cooldown_sequence"]
    entry = {"uid": 0, "world": "b", "key": ["go"], "content": "S", "position": 0}
    entry |= {"sticky": sequence["sticky"], "cooldown": sequence["cooldown"]}
    timed: dict = {}

    for turn in sequence["turns"]:
        chat = [turn["newest"], *(["filler"] * (turn["chatLen"] - 1))]
        found = run_case({"chat": chat, "settings": {"world_info_depth": 1}, "entries": [entry], "timed": timed})
        timed = found["timed"]

        stored = {
            kind: {key: {name: value for name, value in effect.items() if name != "hash"} for key, effect in of.items()}
            for kind, of in turn["timed"].items()
            if of
        }
        assert (found["activated"] == ["b.0"], timed) == (turn["active"], stored)


def test_command_prints_the_outcome_of_one_case(tmp_path):
    file = tmp_path / "case.json"
    case = {
        "chat": ["say elf"],
        "entries": [{"uid": 3, "world": "w", "key": ["elf"], "content": "Elves.", "position": 1}],
    }
    file.write_text(json.dumps(case))
    out = StringIO()

    call_command("lorebook", "scan", str(file), stdout=out)

    assert json.loads(out.getvalue()) == {
        "before": "",
        "after": "Elves.",
        "depth": [],
        "em": [],
        "anTop": [],
        "anBottom": [],
        "outlets": {},
        "activated": ["w.3"],
    }


def test_entry_that_states_no_depth_opens_a_slot_without_one():
    at = {"world": "b", "constant": True, "position": 4}
    entries = [{"uid": 0, "content": "bare", **at}, {"uid": 1, "content": "four", "depth": 4, "order": 200, **at}]

    assert run_case({"chat": ["x"], "entries": entries[:1]})["depth"] == [{"entries": ["bare"], "role": 0}]
    assert run_case({"chat": ["x"], "entries": entries})["depth"] == [
        {"depth": 4, "entries": ["bare", "four"], "role": 0}
    ]


def test_numbers_may_be_written_as_text_and_be_huge():
    entry = {"uid": 0, "world": "b", "key": ["go"], "content": "far", "position": "4", "depth": "2", "scanDepth": "2"}
    case = {"chat": ["x", "go"], "entries": [entry], "settings": {"world_info_depth": "1", "world_info_budget": 1e308}}

    assert run_case({**case, "maxContext": 10**9})["depth"] == [{"depth": 2, "entries": ["far"], "role": 0}]


def test_command_asks_which_case_of_many(tmp_path):
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"cases": [{"name": "one", "chat": []}, {"name": "two", "chat": []}]}))

    with pytest.raises(CommandError, match="name one with --case: one, two"):
        call_command("lorebook", "scan", str(file))


def test_command_refuses_what_is_no_case(tmp_path):
    file = tmp_path / "broken.json"
    file.write_text("{")

    with pytest.raises(CommandError, match="bad_json at"):
        call_command("lorebook", "scan", str(file))
