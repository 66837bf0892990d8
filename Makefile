# The ways to run, test and check ceptoar-hub. `make help` lists them.
# Paths are relative on purpose: the folder's own path may hold blanks.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PORT ?= 8080
VENV := .venv
PY := $(VENV)/bin/python
# Tests run on this many processes, twice the cores of a small machine: many wait for a browser, another process or the
# clock. 0 runs them in one.
WORKERS ?= 4
# Random worlds for each part of `make leaks`.
WORLDS ?= 2
# Extra words for pytest, such as: make test ARGS="-k tlp -x"
ARGS ?=

# A stamp newer than its sources says that the step behind it is done.
MADE := $(VENV)/.made
RUNTIME := $(VENV)/.runtime
PROJECT := $(VENV)/.project
TESTING := $(VENV)/.testing
OTHERS := $(VENV)/others/.made

# An environment cannot move: made for another folder, or with a Python that is gone, it is made anew.
ifneq ($(wildcard $(MADE)),)
STALE := $(shell [ "$$(cat $(MADE))" = "$$(pwd)" ] && $(PY) -c '' >/dev/null 2>&1 || rm -rf $(VENV))
endif

# Looks for the first Python that is new enough; PYTHON=... overrules it.
FIND_PYTHON = \
	for candidate in $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3); do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
			python="$$candidate"; break; \
		fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "make: expected Python 3.11 or newer, found none$(if $(PYTHON), at PYTHON=$(PYTHON))." >&2; \
		echo "make: install one, or name it: make PYTHON=/path/to/python3.11" >&2; \
		exit 1; \
	fi

# Some systems ship Python without the part that puts pip into a new environment: then the outer pip works on it from outside.
PIP = if $(PY) -c 'import pip' >/dev/null 2>&1; then \
		pip() { $(PY) -m pip "$$@"; }; \
	else \
		$(FIND_PYTHON); pip() { "$$python" -m pip --python $(PY) "$$@"; }; \
	fi; pip

QUIET := -qq --disable-pip-version-check --no-input
# The files name every package, so nothing is left to resolve: without this, a newer release of a package that another one
# wants with an extra would be looked at, found unpinned, and refused.
LOCKED := --require-hashes --no-deps

# Where Python is told to keep no bytecode (PYTHONDONTWRITEBYTECODE, as many images do), each start would read all the
# sources anew, a third of its time. What has not changed is passed over.
COMPILE := $(PY) -m compileall -qq crypto models sharing feeds hub || true

.PHONY: help run test test-deps others check coverage bench fuzz leaks lock screenshots clean

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## "; print "Usage: make <target>\n" } \
		/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 } \
		END { print "\nPORT=8080 chooses the port of `run`; PYTHON=... the Python; ARGS=... adds words for pytest." }' Makefile

run: $(PROJECT) ## Start the demo hub at http://127.0.0.1:8080 (PORT=... changes the port)
	@$(COMPILE)
	@exec $(VENV)/bin/ceptoar-hub demo --port "$(PORT)"

test: $(TESTING) ## Run every test that this machine can run; as root, install what is missing first
	@$(PY) -m tests.harness.machine --install-if-root || true
	@$(COMPILE)
	@$(MAKE) --no-print-directory others || echo "make: the tests that need them will be skipped" >&2
	@$(PY) -m tests.harness.run -n "$(WORKERS)" --dist worksteal $(ARGS)

test-deps: $(MADE) ## Install PostgreSQL, Chromium and a Japanese font for the tests (apt-get, root or sudo)
	@$(PY) -m tests.harness.machine --install

others: $(OTHERS) ## Install servers and clients of others that some tests talk to, apart from all else

check: $(TESTING) ## Check format, lint, types, import contracts and pinned requirements
	@$(PY) -m tests.harness.check

fuzz: $(TESTING) ## Send a million malformed requests to the TAXII door on each database (FUZZ=... sets how many)
	@CEPTOAR_HUB_FUZZ="$(or $(FUZZ),1000000)" $(PY) -m pytest -q -rP -n 2 tests/hub/taxii/test_fuzz.py

leaks: $(TESTING) ## Run the non-interference tests: what is hidden changes no answer (WORLDS=... adds random worlds)
	@WORLDS="$(WORLDS)" $(PY) -m tests.harness.run -n "$(WORKERS)" --dist worksteal -m leaks $(ARGS)

coverage: $(TESTING) ## Run every test and show which lines none of them reached
	@$(PY) -m tests.harness.run -n "$(WORKERS)" --dist worksteal --cov --cov-report=term $(ARGS)

bench: $(TESTING) ## Measure speed beside the measuring stick
	@$(COMPILE)
	@if [ -f tests/bench/__main__.py ]; then exec $(PY) -m tests.bench $(ARGS); \
	else echo "make bench: this tree holds no benchmarks (tests/bench)." >&2; exit 1; fi

screenshots: $(TESTING) ## Take the pictures of docs/images with Chromium
	@if [ -f tests/screenshots/__main__.py ]; then exec $(PY) -m tests.screenshots $(ARGS); \
	else echo "make screenshots: this tree holds no pictures to take (tests/screenshots)." >&2; exit 1; fi

lock: ## Pin the newest versions of all requirements, with hashes (needs network)
	@$(FIND_PYTHON); set -e; \
	there=$$(mktemp -d); trap 'rm -rf "$$there"' EXIT; \
	"$$python" -m venv "$$there/venv"; \
	"$$there/venv/bin/python" -m pip install $(QUIET) uv; \
	cd requirements; \
	for name in build runtime test others; do \
		"$$there/venv/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-annotate --no-header --output-file "$$name.txt" "$$name.in"; \
		echo "requirements/$$name.txt"; \
	done

clean: ## Remove what building and testing left behind, the environment too
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis htmlcov .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment that works stays, whoever made it.
$(MADE):
	@if ! $(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
		$(FIND_PYTHON); \
		echo "Making $(VENV) with $$python"; \
		"$$python" -m venv --clear $(VENV) >/dev/null 2>&1 || "$$python" -m venv --clear --without-pip $(VENV); \
	fi
	@pwd > $@

$(RUNTIME): requirements/build.txt requirements/runtime.txt | $(MADE)
	@echo "Installing what the hub needs (once, about a minute)"
	@$(PIP) install $(QUIET) $(LOCKED) -r requirements/build.txt -r requirements/runtime.txt
	@touch $@

$(PROJECT): pyproject.toml $(RUNTIME)
	@$(PIP) install $(QUIET) --no-index --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	@touch $@

$(TESTING): requirements/test.txt $(PROJECT)
	@echo "Installing what the tests need (once)"
	@$(PIP) install $(QUIET) $(LOCKED) -r requirements/test.txt
	@touch $@

# What they need and what the hub needs contradict each other.
$(OTHERS): requirements/others.txt | $(MADE)
	@echo "Installing servers and clients of others for the tests (once)"
	@rm -rf $(VENV)/others
	@$(PY) -m venv --without-pip $(VENV)/others
	@$(PIP) --python $(VENV)/others/bin/python install $(QUIET) $(LOCKED) -r requirements/others.txt
	@touch $@
