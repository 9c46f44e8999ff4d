# Every target does its own set-up: a machine needs Python 3.11 or later, make and a package registry.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SAMPLED := tests/crash tests/test_state_machine.py tests/cli/test_help_examples.py
.DEFAULT_GOAL := help

.PHONY: help demo test soak check fix real pins clean
help:  ## Show what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

# Two stamps, so that the demo does not wait for the tests' packages.
$(VENV)/run.stamp: requirements/run.txt requirements/build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Hallmoot needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Name another one: make demo PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: install your system's package for it (Debian, Ubuntu: python3-venv)."; exit 1; }
	@echo "Setting up in $(VENV) (a minute or two, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/run.stamp  ## Put a shipped conversation to the shipped policies and show the result
	@$(BIN)/hallmoot demo

test: $(VENV)/dev.stamp check  ## Run every check and every test; of the longest a sample, another one each day
	@$(BIN)/python -m pytest -n auto --dist worksteal

soak: $(VENV)/dev.stamp  ## Run whole what `make test` takes a sample of: some twenty minutes
	@SOAK=1 $(BIN)/python -m pytest -n auto --dist worksteal -o faulthandler_timeout=3600 $(SAMPLED)

check: $(VENV)/dev.stamp  ## Check style, types and layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(VENV)/dev.stamp  ## Mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

real: $(VENV)/dev.stamp  ## Run the tests that need a real server: make real OLLAMA_HOST=... MODEL=...
	@OLLAMA_HOST="$(OLLAMA_HOST)" HALLMOOT_MODEL="$(MODEL)" $(BIN)/python -m pytest -m real

pins:  ## Make the pinned requirements anew (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements/run.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -c requirements/run.txt requirements/build.in -o requirements/build.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml requirements/dev.in -o requirements/dev.txt

clean:  ## Remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
