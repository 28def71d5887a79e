# `make` alone lists what can be done. The first target that needs it makes the environment in .venv:
# Python >= 3.11 and git are all that must be there before.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := $(or $(shell command -v uv),$(BIN)/uv)
LOCKS := requirements/bootstrap.txt requirements/dev.txt
PAGES := src/penstock/ui_dist/.stamp
# Folders too: their times tell of files that were deleted.
PAGE_SOURCES := $(shell find ui -mindepth 1 -name node_modules -prune -o -print 2>/dev/null)

# Every process that a test or the demo starts would compile everything again, and budgets of CPU time are measured.
unexport PYTHONDONTWRITEBYTECODE
# An environment that happens to be active must not be the one that is changed.
unexport VIRTUAL_ENV CONDA_PREFIX PYTHONHOME

# What to look for python under, best first; `make PYTHON=/path/to/python setup` says which.
PYTHON ?=
CANDIDATES := python3 python3.13 python3.12 python3.11 python
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ui ## make or update the environment in .venv from requirements/dev.txt, and the web UI

.PHONY: ui
ui: $(PAGES) ## build the web UI, where its sources have changed and Node.js is there

# Without Node.js there is no stamp, and whatever needs the pages says so each time.
$(PAGES): $(PAGE_SOURCES) hatch_build.py | $(READY)
	@$(BIN)/python hatch_build.py

$(READY): $(LOCKS) pyproject.toml | $(UV)
	@echo "Bringing the environment in $(VENV) up to date."
	@"$(UV)" pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@PENSTOCK_SKIP_UI=1 "$(UV)" pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# uv is not a part of the environment: where the machine has none, this one is fetched beside it.
$(UV): | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt

$(BIN)/python:
	@for python in $(or $(PYTHON),$(CANDIDATES)); do \
	    if "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null; then exec "$$python" -m venv $(VENV); fi; \
	done; \
	echo "Penstock needs Python 3.11 or later; looked for: $(or $(PYTHON),$(CANDIDATES))." >&2; \
	echo "Install it, or say where it is: make PYTHON=/path/to/python3 setup" >&2; \
	exit 1

.PHONY: demo
demo: setup ## start a server and a worker, run one flow with overrides at every level, explain each value (KEEP=1 keeps them)
	@$(BIN)/python examples/job_variables/demo.py $(if $(KEEP),--keep)

.PHONY: browser
browser: setup ## see that there is a Chromium for the tests of the web UI; install it with apt-get where there is none
	@$(BIN)/python -m tests.browser.chromium --install

.PHONY: screenshots
screenshots: browser ## take the pictures of the documentation, every page in both themes (docs/screenshots)
	@PENSTOCK_SHOTS=1 $(BIN)/python -m pytest -q -n 2 tests/browser/test_pages.py -k accessible

# One more than the two cores that there are at least: tests wait much of their time for what they have started.
BESIDE := -n 3 --dist worksteal

.PHONY: test
test: lint browser ## everything that is run before a commit: the checks, then all tests but the slow ones
	@$(BIN)/python hatch_build.py test
	@$(BIN)/python -m pytest $(BESIDE) -m "not slow"

.PHONY: test-slow
test-slow: setup ## the tests marked slow (faults, races), and the coverage of the domain
	@$(BIN)/python -m pytest -m slow
	@$(MAKE) coverage

.PHONY: test-lowest
test-lowest: | $(UV) ## the tests with the oldest versions that pyproject.toml allows, in an environment of their own
	@$(MAKE) VENV=.build/lowest setup
	@"$(UV)" pip install --quiet --python .build/lowest/bin/python --resolution lowest-direct --upgrade \
	    --all-extras --requirements pyproject.toml
	@.build/lowest/bin/python -m pytest $(BESIDE) -m "not slow"

.PHONY: test-compat
test-compat: setup ## the reference's own client, in an environment of its own, against our server
	@$(BIN)/python -c "from benchmarks.sides import prepare; prepare(with_peer=True)"
	@PENSTOCK_PEER=$(CURDIR)/.build/peer/bin $(BIN)/python -m pytest -q tests/compat

.PHONY: coverage
coverage: $(READY) ## the tests of the domain must reach every branch of it
	@$(BIN)/python -m pytest $(BESIDE) -q tests/domain --cov=penstock.domain --cov-fail-under=100

.PHONY: check
check: lint ## style, types, layers, and the budgets of the repository itself (tests/meta)
	@$(BIN)/python -m pytest -q tests/meta

.PHONY: lint
lint: $(READY)
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python hatch_build.py check

.PHONY: format
format: $(READY) ## let ruff mend and format what it can
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/ruff format --quiet

.PHONY: bench
bench: setup ## measure the bars of speed and size, and print them as a table
	@$(BIN)/python -m benchmarks

# The locks hold names, versions and hashes for all platforms, and no address: where packages come from is yours to say.
COMPILE = "$(UV)" pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(UPGRADE)

.PHONY: requirements
requirements: | $(UV) ## lock again what pyproject.toml asks for (UPGRADE=--upgrade takes the newest of everything)
	@$(COMPILE) --all-extras pyproject.toml --output-file requirements/runtime.txt
	@$(COMPILE) --group dev pyproject.toml --constraint requirements/runtime.txt --output-file requirements/dev.txt
	@echo uv | $(COMPILE) - --output-file requirements/bootstrap.txt

.PHONY: clean
clean: ## remove the environment, the built web UI and everything that tools left behind
	@rm -rf $(VENV) .build dist src/penstock/ui_dist ui/node_modules .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
