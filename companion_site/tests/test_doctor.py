"""The doctor finds each fault and says what to do about it."""

import io
import json
import os
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from companion_site.core.ports import free_port
from companion_site.management import checkup, prepare
from companion_site.management.checkup import Level, Sign, look_over
from companion_site.management.running import Running, hold
from companion_site.providers.embedded import catalogue
from companion_site.providers.health import health, troubles
from companion_site.providers.tests.scripted import answer, serving


@pytest.fixture(autouse=True)
def healthy(settings, tmp_path, db):
    """An installation in which nothing is wrong."""
    settings.BASE_DIR = tmp_path
    (tmp_path / ".env").write_text("SECRET_KEY=x\n")
    (tmp_path / ".env").chmod(0o600)
    for locale in prepare.catalogues.LOCALES:
        po = prepare.catalogues.po_path(tmp_path, locale)
        po.parent.mkdir(parents=True)
        po.write_text("")
        po.with_suffix(".mo").write_text("")
    settings.SECRET_KEY = "".join(chr(97 + n % 26) for n in range(60))
    settings.VAR_DIR = tmp_path / "var"
    settings.STATIC_ROOT = tmp_path / "var" / "static"
    settings.MODEL_CACHE_DIR = tmp_path / "models"
    settings.STATIC_ROOT.mkdir(parents=True)
    (settings.STATIC_ROOT / "staticfiles.json").write_text("{}")
    prepare.static_stamp().write_text(prepare.static_digest())
    settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = settings.OLLAMA_URL = ""
    settings.MODEL_CACHE_DIR.mkdir()
    for file in catalogue.needed_files():
        file.path.parent.mkdir(exist_ok=True)
        with file.path.open("wb") as handle:
            handle.truncate(file.size)
        catalogue.stamp(file)


def problems():
    return {sign.subject: sign for sign in look_over() if sign.level is Level.PROBLEM}


def examine():
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("doctor", stdout=out, stderr=err, no_color=True)
    except SystemExit as exc:
        return exc.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_a_healthy_installation_is_well():
    status, out, err = examine()

    assert (status, err) == (0, "")
    assert out.endswith("All is well.\n")
    assert "✓ Chat model: the embedded model answers" in out


def test_one_fault_fails_the_examination(settings):
    settings.SECRET_KEY = "short"

    status, out, err = examine()

    assert (status, err) == (1, "1 problem.\n")
    assert "✗ SECRET_KEY: short or guessable\n    Remove the line SECRET_KEY from .env" in out


def open_env(settings):
    (Path(settings.BASE_DIR) / ".env").chmod(0o644)


def stale_static(settings):
    prepare.static_stamp().write_text("old")
    os.utime(prepare.manifest_path(), (1, 1))


def stale_messages(settings):
    prepare.catalogues.po_path(settings.BASE_DIR, "en").with_suffix(".mo").unlink()


def no_model(settings):
    catalogue.chat_model_file().path.unlink()


def dead_redis(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port('127.0.0.1', 18800)}/0"


def dead_server(settings):
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{free_port('127.0.0.1', 18800)}/v1"


def unwritable(settings):
    settings.MEDIA_ROOT = Path(settings.BASE_DIR) / ".env" / "media"


@pytest.mark.parametrize(
    ("fault", "subject", "advice"),
    [
        (open_env, ".env", "chmod 600"),
        (stale_static, "Static files", "make up"),
        (stale_messages, "Messages", "make up"),
        (no_model, "Qwen2.5-Coder-0.5B-Instruct", "fetch_models"),
        (dead_redis, "Redis", "REDIS_URL"),
        (dead_server, "Its server", "OPENAI_BASE_URL"),
        (unwritable, "MEDIA_ROOT", "set MEDIA_ROOT to another folder"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_each_fault_is_found_alone_and_says_what_to_do(fault, subject, advice, settings):
    fault(settings)

    found = problems()

    assert list(found) == [subject]
    assert advice in found[subject].advice


def test_static_files_collected_by_hand_are_well_too():
    prepare.static_stamp().unlink()

    assert problems() == {}


def test_several_web_processes_without_redis_are_a_fault(monkeypatch):
    monkeypatch.setenv("WEB_CONCURRENCY", "4")

    assert "several web processes share" in problems()["Redis"].advice


def test_an_open_park_is_asked_how_its_model_is(settings):
    with serving(answer({"status": "ok"})) as server, hold(settings.VAR_DIR) as tell:
        tell(Running(os.getpid(), "http://127.0.0.1:8000", server.url))

        signs = {sign.subject: sign for sign in checkup.model(checkup.running(settings.VAR_DIR))}

    assert signs["Model server"] == Sign(Level.OK, "Model server", "answers")


def test_a_server_of_the_user_is_named_in_place_of_the_embedded_model(settings):
    settings.CHAT_MODELS = {"default": {"BACKEND": "companion_site.providers.select.BestAvailableChatModel"}}
    with serving(answer({}, "404 Not Found")) as server:
        settings.OPENAI_BASE_URL = server.url
        settings.OPENAI_MODEL = "big"

        signs = {sign.subject: sign for sign in checkup.model(None)}

    assert signs["Chat model"].state == "big · 127.0.0.1 answers in place of the embedded one"
    assert signs["Its server"].level is Level.OK


def behind_aliases(settings, **urls):
    options = {alias: {"OPTIONS": {"model": "m", "base_url": url}} for alias, url in urls.items()}
    settings.CHAT_MODELS = {**settings.CHAT_MODELS, **options}
    return {sign.subject: sign for sign in checkup.aliases()}


def test_every_model_behind_an_alias_is_looked_at(settings):
    nobody = f"http://127.0.0.1:{free_port('127.0.0.1', 18700)}/v1"
    with serving(answer({}, "404 Not Found")) as server:
        signs = behind_aliases(settings, fast=server.url, judge=nobody)

    assert signs["Model fast"] == Sign(Level.OK, "Model fast", "127.0.0.1/m answers")
    assert (signs["Model judge"].level, signs["Model judge"].state) == (Level.PROBLEM, f"{nobody} cannot be reached")
    assert "CHAT_MODELS['judge']" in signs["Model judge"].advice


def test_a_model_that_a_web_process_leaves_in_peace_is_named(settings):
    with serving(answer({}, "404 Not Found")) as server:
        behind_aliases(settings, fast=server.url)
        for _ in range(5):
            health["fast"].fail(health["fast"].admit(time.monotonic()), time.monotonic(), "limit")
        health.publish()

        signs = {sign.subject: sign for sign in checkup.aliases()}

    assert signs["Model fast"].level is Level.PROBLEM
    assert signs["Model fast"].state == "127.0.0.1/m is left in peace after many failures (limit), 0 seconds ago"


def test_what_a_dead_process_left_behind_is_not_believed(settings):
    folder = Path(settings.VAR_DIR) / "models"
    folder.mkdir()
    row = {"default": {"state": "open", "reason": "connect", "since": 0}}
    (folder / "999999999.json").write_text(json.dumps(row))
    (folder / f"{os.getpid()}.json").write_text("nonsense")

    assert list(troubles()) == []
    assert [path.stem for path in folder.iterdir()] == [str(os.getpid())]


def test_a_route_that_leads_nowhere_is_a_fault(settings):
    settings.CHAT_ROUTES = {"reply": ["gone"]}

    assert problems()["Chat models"].state.startswith("CHAT_ROUTES ['reply'] names gone")


@pytest.mark.parametrize(
    ("_case", "models", "name"),
    [
        (
            "a server of the user's",
            {"default": {"OPTIONS": {"model": "big", "base_url": "http://gpu.example/v1"}}},
            "gpu.example/big",
        ),
        (
            "with the embedded model behind it",
            {
                "default": {"OPTIONS": {"model": "big", "base_url": "http://gpu.example/v1"}},
                "fallback": {"BACKEND": "companion_site.providers.embedded.chat.EmbeddedChatModel"},
            },
            "",
        ),
    ],
)
def test_the_embedded_model_is_made_ready_where_an_alias_names_it(settings, _case, models, name):
    settings.CHAT_MODELS = models

    assert prepare.other_model() == name
