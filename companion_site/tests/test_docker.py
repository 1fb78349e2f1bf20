"""No engine runs here: the files are read as one would read them, and their commands are those of the Procfile."""

import json
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from django.conf import settings

from companion_site.management.processes import commands

ROOT = settings.BASE_DIR
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
# Run once and end; all others run for good.
ONCE = {"migrate", "seed", "model-files"}
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def shell_of(command):
    assert command[:2] == ["sh", "-c"]
    return command[2].replace("$$", "$")


def test_the_compose_file_obeys_its_schema():
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]

    done = subprocess.run([*checker, "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


def test_every_lasting_service_runs_a_line_of_the_procfile():
    lasting = {name: shell_of(s["command"]) for name, s in OURS.items() if name not in ONCE}

    assert lasting == commands(ROOT / "Procfile")


def test_services_that_run_once_run_a_command_that_exists():
    ran = {name: OURS[name]["command"] for name in ONCE}

    assert ran == {
        "migrate": ["python", "manage.py", "migrate", "--noinput"],
        "seed": ["python", "manage.py", "seed_demo"],
        "model-files": ["python", "manage.py", "fetch_models"],
    }


def test_the_image_serves_the_web_by_default():
    command = json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE).group(1))

    assert shell_of(command) == commands(ROOT / "Procfile")["web"]


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()

    assert set(re.findall(r"\$\{(\w*(?:SECRET|PASSWORD|KEY)\w*):-[^}]+\}", text)) == set()
    assert re.findall(r"^ENV.*(?:SECRET|PASSWORD)", DOCKERFILE, re.MULTILINE) == []


def test_only_the_web_is_published_and_only_to_this_machine():
    published = {name: s["ports"] for name, s in COMPOSE["services"].items() if "ports" in s}

    assert published == {"web": ["127.0.0.1:8000:8000"]}


def test_there_is_one_beat():
    assert "deploy" not in OURS["beat"]
    assert "scale" not in OURS["beat"]


def test_the_model_server_runs_only_when_asked_for():
    assert [name for name, service in OURS.items() if "model" in service.get("profiles", [])] == [
        "model-files",
        "model",
    ]
    assert all("model" not in service.get("depends_on", {}) for service in OURS.values())


def test_dependencies_wait_for_services_that_exist():
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])


def test_named_volumes_are_declared():
    used = {volume.split(":")[0] for service in COMPOSE["services"].values() for volume in service.get("volumes", [])}

    assert used == set(COMPOSE["volumes"])


def test_the_image_runs_as_nobody_special_and_installs_by_hash():
    assert re.search(r"^USER cardia$", DOCKERFILE, re.MULTILINE)
    assert "pip install --require-hashes -r requirements.txt" in DOCKERFILE


def test_what_must_not_enter_the_image_is_ignored():
    ignored = set((ROOT / ".dockerignore").read_text().split())

    assert {".env", ".git", ".venv", "var", "*.sqlite3*"} <= ignored


def test_the_compose_program_accepts_the_file_where_there_is_one():
    program = shutil.which("docker-compose")
    if program is None and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode != 0:
        pytest.skip("no docker compose here; the schema above was checked")
    command = [program] if program else ["docker", "compose"]

    done = subprocess.run(
        [*command, "--profile", "model", "config", "--quiet"],
        cwd=ROOT,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "SECRET_KEY": "x", "POSTGRES_PASSWORD": "x"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
