# Everything a contributor or a newcomer types. Needs only python3 (3.11+), make and the package registries.
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
ARGS    ?=
BROWSER ?= find
PIP     := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DELETE_ON_ERROR:
.PHONY: help demo test check faults trust bench bench-models bench-baskets bench-prepare bench-decide docs format lock browser data screenshots clean sbom

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "salience needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 could not make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.made requirements.txt pyproject.toml
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.txt
	$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

demo: $(VENV)/.installed ## the whole loop on MovieLens 100K, then a page; ARGS=--once: a report that ends
	@$(BIN)/salience demo $(ARGS)

test: $(VENV)/.dev browser data ## set up everything and run all tests
	$(BIN)/python -m pytest -q -n 2 --dist worksteal $(ARGS)

check: $(VENV)/.dev ## lint, format, types, import directions, doctests, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python scripts/sbom.py --check
	$(BIN)/python -m pytest -q -n 0 tests/house
	$(BIN)/python -m pytest -q -n 0 src

faults: $(VENV)/.dev ## kills, full disks, broken clocks, floods: one line per mark; ARGS='R05 R07': those alone
	$(BIN)/python scripts/faults.py $(ARGS)

trust: $(VENV)/.dev ## privacy and security: one line per mark; ARGS='P06 P20': those alone; ARGS=--broken: planted bugs
	$(BIN)/python scripts/trust.py $(ARGS)

bench: $(VENV)/.dev ## ratios against plain SQLite and plain matrix products
	$(BIN)/python scripts/bench.py $(ARGS)
	$(BIN)/python scripts/bench_ingest.py
	$(BIN)/python scripts/bench_http.py

bench-models: $(VENV)/.dev ## ratios against other recommenders, installed in an environment of their own; ARGS=--growth=100000000
	$(BIN)/python scripts/bench_models.py $(ARGS)

bench-decide: $(VENV)/.dev ## deciding and proving: a figure and its target per check; ARGS="14 15": those alone, ARGS=--list
	$(BIN)/python scripts/bench_decide.py $(ARGS)

bench-baskets: $(VENV)/.dev ## ratios against other miners of itemsets, installed in an environment of their own
	$(BIN)/python scripts/bench_baskets.py $(ARGS)

bench-prepare: $(VENV)/.dev ## ten million raw events cleaned, cut into visits and added up: seconds and peak memory
	$(BIN)/python scripts/bench_prepare.py $(ARGS)

docs: $(VENV)/.dev ## write again the pages that are generated from the code
	$(BIN)/python scripts/reference.py

sbom: $(VENV)/.installed ## the bill of materials of the bare install, CycloneDX; ARGS='--out FILE'
	@$(BIN)/python scripts/sbom.py $(ARGS)

format: $(VENV)/.dev ## let ruff format the sources
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

browser: ## find a Chromium for the browser tests, or install one
	@if [ "$(BROWSER)" != none ]; then scripts/browser.sh; fi

data: $(VENV)/.installed
	@$(BIN)/python scripts/fetch_movielens.py

screenshots: $(VENV)/.dev browser data ## take the pictures of the documentation again
	$(BIN)/python scripts/screenshots.py

lock: ## renew the hash-locked requirement files (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command 'make lock' pyproject.toml --group build -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command 'make lock' pyproject.toml --group build --group dev -c requirements.txt -o requirements-dev.txt

clean: ## remove the environment and the tools' caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
