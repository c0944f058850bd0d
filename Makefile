.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help run setup test check audit format openapi

help: ## Show the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/.installed ## Set everything up and run web server, worker and beat until Ctrl-C
	@exec $(BIN)/python manage.py run

setup: $(VENV)/.installed-dev ## Make the virtual environment with the development tools

# Tests that empty the tables come last in every process, which reordering would undo.
test: $(VENV)/.installed-dev ## Run the tests, on all processors
	@$(BIN)/pytest --numprocesses=auto --dist=loadgroup --no-loadscope-reorder

check: $(VENV)/.installed-dev ## Run every check: format, lint, imports, types, weak spots, migrations, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy .
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive .
	$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn | diff -u docs/openapi.yaml - \
		|| { echo "error: docs/openapi.yaml is out of date: make openapi" >&2; exit 1; }
	$(MAKE) test

openapi: $(VENV)/.installed-dev ## Print the API's description into docs/openapi.yaml
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

audit: $(VENV)/.installed-dev ## Ask for known holes in the installed packages (needs the internet)
	$(BIN)/pip-audit --local --strict

format: $(VENV)/.installed-dev ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or later is needed, $(PYTHON) is " + sys.version.split()[0])'
	@echo "Making the virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing what the dashboard needs"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.installed
