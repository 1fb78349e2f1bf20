# Two commands matter: `make up` and `make test`. Both may be interrupted at any point and run again.

VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys; sys.version_info < (3, 11) or print("$(p)")' 2>/dev/null)))
# Each stamp is named by a checksum of what was installed and written last: whatever was
# interrupted, or has changed since, is done again.
STAMP := $(VENV)/.installed-$(firstword $(shell cksum < requirements.txt))
DEV_STAMP := $(VENV)/.installed-dev-$(firstword $(shell cksum < requirements-dev.txt))
MANAGE := $(PY) manage.py
# Checks need no secret of this installation.
SECRET := SECRET_KEY=only-for-checks-0123456789-0123456789-0123456789-abcdefgh
CHECK := $(SECRET) $(MANAGE)

.DEFAULT_GOAL := help
.PHONY: help up test lint types check bench load doctor messages openapi

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

up: $(STAMP) ## install, fetch the models, seed the park, run everything
	@$(PY) -m companion_site.management.environment
	@exec $(MANAGE) up

test: $(DEV_STAMP) ## run the whole suite, browser tests included
	@sh .ci/browser
	@$(CHECK) fetch_models || echo "  The tests that need the embedded model will be left out."
	@$(CHECK) messages compile
	@$(PY) -m pytest -q -n 2 -m "not e2e and not embedded and not up"
	@$(PY) -m pytest -q -m "e2e or embedded or up"

lint: $(DEV_STAMP) ## ruff, templates, import contracts, spelling
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@git ls-files '*.html' | xargs $(VENV)/bin/djade --check --target-version 5.2
	@git ls-files '*.html' | xargs $(VENV)/bin/djlint --lint --quiet
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/typos

types: $(DEV_STAMP) ## mypy, strict
	@$(SECRET) $(VENV)/bin/mypy .

check: $(DEV_STAMP) ## migrations, deployment settings, OpenAPI, translations
	@sh .ci/check

bench: $(DEV_STAMP) ## measure, and write bench/results.json
	@$(PY) -m companion_site.management.environment
	@$(PY) -m bench.run

load: $(DEV_STAMP) ## put 200 chats on a site of their own and print what they notice
	@$(PY) -m companion_site.management.environment
	@$(PY) -m bench.load --crowd

doctor: $(STAMP) ## check this installation and say what to do
	@$(PY) -m companion_site.management.environment
	@$(MANAGE) doctor

messages: $(STAMP) ## collect and compile the translations
	@$(CHECK) messages update
	@$(CHECK) messages compile

openapi: $(STAMP) ## write docs/openapi.yaml
	@$(CHECK) spectacular --validate --fail-on-warn --file docs/openapi.yaml

$(STAMP):
	@sh .ci/venv "$(PYTHON)" requirements.txt $(STAMP)

$(DEV_STAMP): $(STAMP)
	@sh .ci/venv "$(PYTHON)" requirements-dev.txt $(DEV_STAMP)
