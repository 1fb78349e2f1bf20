"""`manage.py cards`: one line a file, resumed where it stopped, and a card as a file again."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from characters import services
from characters.exceptions import TooManyBooks
from characters.models import Character, WorldBook
from characters.tests.conftest import picture, text_chunk, v2
from characters.tests.factories import SECRET, live


def run(*args, expect_failure: bool = False) -> tuple[list[dict], str]:
    """Return the JSON lines and what was said on standard error."""
    out, err = io.StringIO(), io.StringIO()
    if expect_failure:
        with pytest.raises(CommandError) as failed:
            call_command("cards", *args, stdout=out, stderr=err)
        assert failed.value.returncode == 1
    else:
        call_command("cards", *args, stdout=out, stderr=err)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "cards"
    (root / "deep").mkdir(parents=True)
    (root / "a.json").write_text(json.dumps(v2(name="Ada", x_mine=1)))
    (root / "b.png").write_bytes(picture(text_chunk(v2(name="Bea"))))
    (root / "deep" / "c.json").write_text('{"spec":"chara_card_v2","data":{"name":"C","x":"\\u0000"}}')
    (root / "readme.txt").write_text("not a card")
    (root / ".hidden.json").write_text("{")
    return root


def test_folder_comes_in_with_a_line_for_each_file(creator, folder):
    lines, said = run("import", str(folder), "--owner", "CREATOR@cardia.example", "--json", expect_failure=True)

    assert [(line["file"], line["ok"], line["slug"], line["spec"]) for line in lines] == [
        (f"{folder}/a.json", True, "ada", "chara_card_v2"),
        (f"{folder}/b.png", True, "bea", "chara_card_v2"),
        (f"{folder}/deep/c.json", False, None, None),
    ]
    assert lines[2]["error"] == {
        "code": "bad_text",
        "path": "data.x",
        "detail": "There is a character here that cannot be stored. Remove it and try again.",
    }
    assert {"path": "data.first_mes", "note": "missing", "message": "was missing; filled in empty"} in lines[0][
        "warnings"
    ]
    assert {warning["note"] for line in lines for warning in line["warnings"]} == {"missing"}
    assert said == "3 of 3, 1 refused\n"
    assert set(Character.objects.values_list("owner__email", "slug")) == {
        ("creator@cardia.example", "ada"),
        ("creator@cardia.example", "bea"),
    }


def test_second_run_skips_what_is_there_and_goes_on(creator, stranger, folder):
    run("import", str(folder / "a.json"), "--owner", creator.email, "--json")
    (folder / "deep" / "c.json").unlink()

    lines, _said = run("import", str(folder), "--owner", creator.email, "--json")
    others, _said = run("import", str(folder / "a.json"), "--owner", stranger.email, "--json")

    assert [(line["slug"], line["skipped"], line["ok"]) for line in lines] == [
        ("ada", True, True),
        ("bea", False, True),
    ]
    assert [line["skipped"] for line in others] == [False]
    assert Character.objects.count() == 3


def test_run_that_was_killed_leaves_whole_cards_only(creator, folder):
    (folder / "deep" / "c.json").write_text(json.dumps(v2(name="Cleo")))
    sources = [(name, 10, (folder / name).read_bytes) for name in ("a.json", "b.png", "deep/c.json")]
    run_ = services.import_many(creator, sources)
    next(run_)
    run_.close()

    outcomes = list(services.import_many(creator, sources))

    assert [(one.slug, one.is_skipped) for one in outcomes] == [("ada", True), ("bea", False), ("cleo", False)]
    assert Character.objects.count() == 3


def test_operator_is_not_bound_by_the_size_of_a_studio(creator, folder):
    for number in range(201):
        (folder / f"{number:03}.json").write_text(json.dumps(v2(name=f"N{number}")))
    (folder / "deep" / "c.json").unlink()

    lines, _said = run("import", str(folder), "--owner", creator.email, "--json")

    assert all(line["ok"] for line in lines)
    assert Character.objects.count() == 203


def test_file_that_is_not_there_is_a_line_too(creator, tmp_path):
    lines, _said = run("import", str(tmp_path / "no.png"), "--owner", creator.email, "--json", expect_failure=True)

    assert [(line["ok"], line["error"]["code"], line["error"]["path"]) for line in lines] == [
        (False, "unreadable_file", "")
    ]


def test_lines_for_people(creator, folder, capsys):
    out = io.StringIO()

    with pytest.raises(CommandError, match="1 of 3 files"):
        call_command("cards", "import", str(folder), "--owner", creator.email, stdout=out, stderr=io.StringIO())

    assert out.getvalue().splitlines()[0] == f"imported {folder}/a.json -> ada (chara_card_v2)"
    assert out.getvalue().splitlines()[2].startswith(f"refused  {folder}/deep/c.json: data.x: There is")


def test_unknown_account_is_refused_before_anything_is_read(db, folder):
    with pytest.raises(CommandError, match=r"There is no account nobody@cardia\.example"):
        call_command("cards", "import", str(folder), "--owner", "nobody@cardia.example")

    assert not Character.objects.exists()


@pytest.mark.parametrize(
    ("file_format", "start"),
    [("v2-png", b"\x89PNG"), ("v3-png", b"\x89PNG"), ("json", b"{"), ("charx", b"PK")],
)
def test_draft_is_exported_whole_and_comes_in_again(creator, stranger, folder, tmp_path, file_format, start):
    run("import", str(folder / "a.json"), "--owner", creator.email, "--json")
    target = tmp_path / "out.file"

    call_command("cards", "export", "ada", "--format", file_format, "--output", str(target), stderr=io.StringIO())
    run("import", str(target), "--owner", stranger.email, "--json")

    assert target.read_bytes().startswith(start)
    again = Character.objects.get(owner=stranger)
    assert (again.card["name"], again.card["x_mine"]) == ("Ada", 1)
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_published_card_is_exported_as_everybody_may_see_it(creator, fan, tmp_path):
    live(creator, storyline=True)

    def exported(*options: str) -> str:
        target = tmp_path / "mira.json"
        call_command(
            "cards", "export", "mira", "--format", "json", "--output", str(target), *options, stderr=io.StringIO()
        )
        return target.read_text()

    assert SECRET not in exported()
    assert SECRET not in exported("--as", fan.email)
    assert SECRET in exported("--as", creator.email)


def test_export_of_what_one_may_not_see_writes_nothing(creator, stranger, tmp_path):
    services.create_character(creator, name="Ada")

    with pytest.raises(CommandError, match="There is no character ada that"):
        call_command("cards", "export", "ada", "--output", str(tmp_path / "x"), "--as", stranger.email)

    assert list(tmp_path.iterdir()) == []


def test_lorebook_by_itself_becomes_a_book(creator, tmp_path):
    book = {"spec": "lorebook_v3", "data": {"name": "Coast", "x_own": 1, "entries": [], "extensions": {}}}
    (tmp_path / "coast.json").write_text(json.dumps(book))

    lines, _said = run("import", str(tmp_path), "--owner", creator.email, "--json")
    again, _said = run("import", str(tmp_path), "--owner", creator.email, "--json")

    made = WorldBook.objects.get()
    assert [(line["slug"], line["book"], line["spec"]) for line in lines] == [
        (None, str(made.public_id), "lorebook_v3")
    ]
    assert [(line["book"], line["skipped"]) for line in again] == [(str(made.public_id), True)]
    assert (made.owner, made.data["x_own"]) == (creator, 1)


def test_operator_is_not_bound_by_the_length_of_a_shelf(creator, tmp_path):
    WorldBook.objects.bulk_create(WorldBook(owner=creator, name=str(number)) for number in range(200))
    book = {"spec": "lorebook_v3", "data": {"name": "Coast", "entries": [], "extensions": {}}}
    (tmp_path / "coast.json").write_text(json.dumps(book))

    with pytest.raises(TooManyBooks):
        services.import_file(creator, "coast.json", json.dumps(book).encode())
    lines, _said = run("import", str(tmp_path), "--owner", creator.email, "--json")

    assert [line["ok"] for line in lines] == [True]
    assert WorldBook.objects.count() == 201
