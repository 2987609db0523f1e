# Two commands matter: `make run` and `make test`. Both may be run again at any time.

SHELL := /bin/bash
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

.PHONY: help setup run test check format simulate soak lighthouse bench lock

help: ## List these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 16

setup: ## Install what is missing
	@scripts/setup

run: ## Start the portal with its demo (PORT=8000)
	@scripts/setup
	@exec scripts/run

test: ## Run every test there is (ARGS="-k name" for some)
	@scripts/setup chromium
	@$(BIN)/pytest --numprocesses auto --dist worksteal $(ARGS)

check: ## Style, types, layers, templates, architecture
	@scripts/setup
	@scripts/check

format: ## Put code and templates into shape
	@scripts/setup
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format --quiet
	@$(BIN)/djlint --reformat --quiet portal/templates invoices/templates

simulate: ## Run scenario files and print what the customer would pay (FILE=…)
	@scripts/setup >&2
	@test -n "$(FILE)" || { echo 'Name a scenario file: make simulate FILE=scenario.json' >&2; exit 2; }
	@$(BIN)/flask --app wsgi simulate $(FILE)

lighthouse: ## Measure pages with Lighthouse (minutes; fetches it first)
	@scripts/setup chromium
	@$(BIN)/python scripts/lighthouse.py

soak: ## Serve under load for ten minutes, with a stop and a start (ARGS="--minutes 2")
	@scripts/setup
	@$(BIN)/python scripts/soak.py $(ARGS)

bench: ## Measure pages, lists, the close and documents, and write docs/performance.md
	@scripts/setup
	@$(BIN)/python -m bench

lock: ## Choose newer versions within pyproject.toml and package.json
	@scripts/setup
	@$(LOCK) --upgrade -o requirements/app.lock
	@$(LOCK) --upgrade --group tracing -c requirements/app.lock -o requirements/tracing.lock
	@$(LOCK) --upgrade --group dev -c requirements/app.lock -o requirements/dev.lock
	@$(LOCK:pyproject.toml=) --upgrade --group node -o requirements/node.lock
	@npm update --package-lock-only
