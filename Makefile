# Everything a developer or CI runs. `make` alone prints the list.
# Options: PYTHON=python3.12 for another interpreter; ARGS="..." is handed on; SEED= and STEPS= steer the simulation.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ARGS   ?=
SEED   ?=
STEPS  ?=

# What exists, so that every target works while a package is still to come.
CODE   := $(foreach one,schemas sync_protocol register village_node district_hub demo cli.py tests bench tools,\
            $(if $(wildcard $(one)/*.py $(filter %.py,$(one))),$(one)))
# Tests without processes of ours.  Those of the two contract packages are measured; the others need not pay for that.
MEASURED := $(wildcard tests/unit/schemas tests/unit/sync_protocol tests/property tests/contract \
              tests/unit/district_hub/test_dispatcher.py)
PURE   := $(wildcard tests/unit tests/mutants tests/test_*.py)
# Whole-system tests: many processes, spread over the cores.
WHOLE  := $(wildcard tests/simulation tests/e2e)
ON_POSTGRESQL := dispatcher receiver review side_by_side store

export PIP_DISABLE_PIP_VERSION_CHECK := 1
.DEFAULT_GOAL := help
.PHONY: help setup browser demo check format lint types contracts measured pure whole postgresql test test-slow sim mutants screens bench fix lock vectors clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with every pinned package and the console script in it

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; '$(PYTHON)' is older or missing. Try: make setup PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "This Python cannot make a virtual environment. On Debian: apt-get install python3-venv" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## The whole story: one hub, three villages, real files (ARGS="--json")
	@$(BIN)/kampung demo $(ARGS)

check: format lint types contracts measured pure ## Format, lint, types, import contracts, unit and property tests

format: $(READY)
	$(BIN)/ruff format --check --quiet .

lint: $(READY)
	$(BIN)/ruff check --quiet .

types: $(READY)
	$(BIN)/mypy $(CODE)

contracts: $(READY)
	$(BIN)/lint-imports --no-cache

# The two contract packages are small and pure, so every branch of them has a test.
measured: $(READY)
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -q -n 2 --dist loadfile $(MEASURED) $(ARGS)
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=100

pure: $(READY)
	$(BIN)/pytest -q -n 2 --dist loadfile $(PURE) $(addprefix --ignore=,$(MEASURED)) $(ARGS)

# Pages are tested in Debian's Chromium.  Without root and without it those tests say so and the rest runs.
browser: ## Install Chromium for the tests of the desk's pages, if it is missing
	@command -v chromium chromium-browser google-chrome >/dev/null || { test "$$(id -u)" = 0 && \
	  { apt-get install -yqq --no-install-recommends chromium >/dev/null || \
	    { apt-get update -qq && apt-get install -yqq --no-install-recommends chromium >/dev/null; }; }; } || \
	  echo "No Chromium and no way to install it here: on Debian, apt-get install chromium" >&2

whole: $(READY) browser
	$(if $(WHOLE),$(BIN)/pytest -q -n 2 --dist loadfile $(WHOLE) $(ARGS))

# A hub may keep its data in PostgreSQL: the tests of its store, its transactions and its decisions once more, there.
postgresql: $(READY) ## The tests of the hub's store once more, on a real PostgreSQL
	$(BIN)/pytest -q -n 2 --dist loadfile -p tests.postgresql $(addprefix tests/unit/district_hub/test_,$(ON_POSTGRESQL:=.py)) $(ARGS)

test: check whole postgresql ## check, then the quick simulation and real processes: what CI runs

test-slow: $(READY) ## The long runs: many histories, many kills
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -q -n 2 --dist loadfile --timeout 3000 -m slow $(ARGS) || test $$? -eq 5  # 5: none yet
	$(BIN)/pytest -q -n 2 --dist loadfile -p tests.postgresql tests/unit/district_hub $(ARGS)

# Sets of bytes must have the same order in every run of one seed.
sim: $(READY) ## Whole districts on real databases from one seed (SEED=7 STEPS=20000)
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.simulation.whole.history \
	  --seed $(or $(SEED),0) --steps $(or $(STEPS),2000) $(ARGS)

mutants: $(READY) ## Break each rule on purpose: every breakage must be noticed (ARGS="NAME ...")
	@$(BIN)/python -m tests.mutants.run $(ARGS)

screens: $(READY) browser ## Take pictures of every page of the desk into docs/screens
	@$(BIN)/python -m tests.e2e.browser.screens

bench: $(READY) ## Measure (ARGS="import --json")
	@$(BIN)/python -m bench $(ARGS)

fix: $(READY) ## Format and repair what can be repaired
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .

lock: ## Resolve dependencies anew into requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq 'pip>=26'
	$(BIN)/python tools/lock.py

vectors: $(READY) ## Write the protocol test vectors again
	$(BIN)/python tests/vectors/generate.py

clean: ## Remove everything that these targets made
	rm -rf $(VENV) .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
