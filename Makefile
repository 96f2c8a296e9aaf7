# A fresh machine needs Python 3.11 or newer with pip, and make: everything else comes with them.

VENV = .venv
BIN = $(VENV)/bin
PYTHON =
PYTHONS = python3 python3.14 python3.13 python3.12 python3.11
UV = uv
SERVE = 1
ARGS =

PIP_INSTALL = $(BIN)/python -m pip install -qq --require-hashes --no-compile \
	--no-input --disable-pip-version-check
UV_COMPILE = $(UV) pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --quiet

# What the environment was made from: a lock, and the Python's version. The note is written last,
# so that an interrupted installation is done again.
MADE_FROM = { cksum requirements.lock; $(BIN)/python -c "$(VERSION)"; } 2>/dev/null
MADE_FROM_DEV = cksum requirements-dev.lock
VERSION_OF = 'Python %d.%d' % sys.version_info[:2]
VERSION = import sys; print($(VERSION_OF))
FITS = import sys; sys.version_info >= (3, 11) or sys.exit($(VERSION_OF) + ' is too old'); \
	import ensurepip, venv

# Two makes at once: the second waits here, and then finds the work done.
ALONE = mkdir -p var && exec 9>var/environment.lock && \
	"$$python" -c "import fcntl; fcntl.flock(9, fcntl.LOCK_EX)"

.PHONY: help demo test browser up down lint types contracts migrations check lock dev clean environment

help: ## list what make can do
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: environment ## start everything with sample data, and serve it (SERVE=0: only load it)
	@case "$(SERVE)" in 0|no|false) set -- --no-serve ;; *) set -- ;; esac; \
	exec $(BIN)/python manage.py demo "$$@"

test: environment ## run the tests on a database and a broker of their own (ARGS="-k merge")
	$(BIN)/python -m pytest -n 2 $(ARGS)

browser: dev ## run the tests that drive Debian's chromium (ARGS="-k sign")
	$(BIN)/python -m pytest -m browser $(ARGS) tests/browser

up: environment ## start the demo's database and broker
	@$(BIN)/python -m mdm.embedded up

down: ## stop the demo's database and broker; their data is kept
	@for python in $(BIN)/python python3; do \
		if command -v $$python >/dev/null; then exec $$python -m mdm.embedded down; fi; \
	done

lint: dev ## look for likely mistakes, and for lines that are not formatted
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: dev ## check the types
	$(BIN)/python -m mypy .

contracts: dev ## check which package may import which
	$(BIN)/lint-imports

migrations: environment ## check that no model lacks a migration
	$(BIN)/python manage.py makemigrations --check --dry-run

check: lint types contracts migrations ## check all of these

lock: ## write both lock files from pyproject.toml (needs uv)
	@command -v $(UV) >/dev/null || { echo "Install uv first: https://docs.astral.sh/uv/"; exit 1; }
	$(UV_COMPILE) --extra test -o requirements.lock
	$(UV_COMPILE) --extra test --extra dev -c requirements.lock -o requirements-dev.lock

dev: environment ## add the tools that developers need to the environment
	@python=$(BIN)/python; $(ALONE); \
	[ "$$(cat $(VENV)/made-from-dev 2>/dev/null)" = "$$($(MADE_FROM_DEV))" ] && exit; \
	echo "Adding the developers' tools to $(VENV), about half a minute ..."; \
	$(PIP_INSTALL) -r requirements-dev.lock && $(MADE_FROM_DEV) >$(VENV)/made-from-dev

clean: down ## remove the environment and all caches; the data in var/ is kept
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Makes $(VENV), or does nothing where it fits the lock and, if one is named, the Python.
environment:
	@version_of() { "$$1" -c "$(VERSION)" 2>/dev/null; }; \
	is_ready() { \
		[ "$$(cat $(VENV)/made-from 2>/dev/null)" = "$$($(MADE_FROM))" ] && \
		{ [ -z "$(PYTHON)" ] || \
		[ "$$(version_of "$(PYTHON)")" = "$$(version_of $(BIN)/python)" ]; }; \
	}; \
	is_ready && exit; \
	if [ -n "$(PYTHON)" ]; then set -- "$(PYTHON)"; else set -- $(PYTHONS); fi; \
	for python in "$$@" ''; do \
		[ -n "$$python" ] && "$$python" -c "$(FITS)" 2>/dev/null && break; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Touchstone needs Python 3.11 or newer with venv and pip. Looked at:" >&2; \
		for python in "$$@"; do \
			echo "  $$python: $$("$$python" -c "$(FITS)" 2>&1 | tail -n 1)" >&2; \
		done; \
		echo "Install one (on Debian and Ubuntu: apt-get install python3 python3-venv)," >&2; \
		echo "or name one: make PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with $$(version_of "$$python"), about a minute ..."; \
	$(ALONE); is_ready && exit; \
	rm -rf $(VENV) && "$$python" -m venv $(VENV) && $(PIP_INSTALL) -r requirements.lock && \
	{ $(MADE_FROM); } >$(VENV)/made-from
