# Everything a person or a machine needs to do here. `make` alone lists it.
# PORT=… moves the demo to another port, FLAVOUR=v4 makes its host an old one, WRITES=tables lets its
# journeys write by SQL, PREFIX=… names its tables otherwise; JOBS=… sets how many test processes
# run at once.

PYTHON ?= $(or $(shell command -v python3.11 || command -v python3),python3.11)
VENV := .venv
PY := $(VENV)/bin/python
JOBS ?= 2
LOCKS := requirements/lock.txt
DEV_LOCKS := $(LOCKS) requirements/lock-dev.txt
PACKAGE := setup.cfg pyproject.toml
PYTEST := $(PY) -m pytest --numprocesses=$(JOBS) --dist=worksteal

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo demo-full demo-reset test quick check bench proof docs screenshots services lock clean

help: ## List these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready-to-test ## Make the virtual environment with all tools

demo: $(VENV)/.ready-to-run ## Run the demo host on SQLite; Ctrl-C stops it (PORT=… moves it)
	@$(PY) -m demo

demo-full: $(VENV)/.ready-to-run ## The same on private MariaDB and Redis servers, with rq workers
	@$(PY) -m devtools.services mariadb redis
	@$(PY) -m demo --full

demo-reset: $(VENV)/.ready-to-run ## Start the demo afresh, without the data of earlier runs
	@$(PY) -m demo --reset

test: setup services check ## Run the checks and every test, on private servers
	$(PYTEST) -m "not bench and not proof"

quick: setup ## Run the tests that need no server and no browser (under a minute)
	$(PYTEST) -m "not services and not browser and not chaos and not bench and not proof and not thorough" --hypothesis-profile=quick

check: setup ## Check format, lint, types, layers and that the generated docs are fresh
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/journeys docs --check

bench: setup ## Measure the speed on a private MariaDB with durable settings
	@$(PY) -m devtools.services mariadb
	@$(PY) -m bench

proof: setup ## Run the long proofs on private servers and write docs/proofs.md
	@$(PY) -m devtools.services mariadb redis
	$(PY) -m pytest -m proof --numprocesses=0 -s tests/proofs

docs: setup ## Write the generated pages of docs/reference anew
	$(VENV)/bin/journeys docs

screenshots: setup ## Take the pictures that the documentation shows
	@$(PY) -m devtools.services chromium
	@$(PY) -m devtools.screenshots

services: ## Install the servers, browser and PHP that the tests need, where apt may
	@$(PYTHON) -m devtools.services

lock: setup ## Write requirements/ from what setup.cfg asks for and the environment holds
	@$(PY) -m devtools.lock

clean: ## Remove the environment and everything generated (not the demo's data)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/.ready-to-run: $(LOCKS) $(PACKAGE)
	@$(PYTHON) -m devtools.setup_venv $(VENV) $(LOCKS)
	@touch $@

$(VENV)/.ready-to-test: $(DEV_LOCKS) $(PACKAGE)
	@$(PYTHON) -m devtools.setup_venv $(VENV) $(DEV_LOCKS)
	@touch $(VENV)/.ready-to-run $@
