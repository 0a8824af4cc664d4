# Tocsin. Needs Python 3.11 or newer and make; everything else is pinned by hash: wheels, and one
# package of plain Python without a wheel (dkimpy).
#   make demo   a recorded newsroom through the real system
#   make run    the real thing, on feeds.yaml
#   make test   every check
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
BIN := $(VENV)/bin
# The newest of these that runs. 3.14 comes after 3.11 only because fewer wheels exist for it.
PYTHON ?= $(shell for p in python3.13 python3.12 "$$HOME"/.pyenv/versions/3.13.*/bin/python3 \
	"$$HOME"/.pyenv/versions/3.12.*/bin/python3 python3.11 python3 python3.14; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v "$$p"; break; }; done)

.PHONY: help
help: ## these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Tocsin needs Python 3.11 or newer with the venv module: install it (Debian: apt install python3-venv), or name it: make PYTHON=/path/to/python3" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-stamp: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev-stamp: requirements-dev.lock $(VENV)/.run-stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: setup
setup: $(VENV)/.run-stamp ## the environment that runs Tocsin, in .venv

.PHONY: demo
demo: $(VENV)/.run-stamp ## a recorded newsroom through the real system; shows the bell ringing
	@$(BIN)/tocsin demo $(ARGS)

.PHONY: run
run: $(VENV)/.run-stamp ## the real thing, on feeds.yaml, until Ctrl-C
	@$(BIN)/tocsin up $(ARGS)

.PHONY: test
test: lint types imports pytest ## every check

.PHONY: lint
lint: $(VENV)/.dev-stamp ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV)/.dev-stamp ## mypy --strict
	$(BIN)/mypy

.PHONY: imports
imports: $(VENV)/.dev-stamp ## the direction of imports
	$(BIN)/lint-imports

.PHONY: pytest
pytest: $(VENV)/.dev-stamp ## all tests
	$(BIN)/python -m pytest -n auto

.PHONY: bench-rest
bench-rest: $(VENV)/.dev-stamp ## what tocsin up uses at rest
	@$(BIN)/python -m bench.rest $(ARGS)

.PHONY: bench-poll
bench-poll: $(VENV)/.dev-stamp ## polling beside other pollers (needs nginx and ab)
	@$(BIN)/python -m bench.poll $(ARGS)

.PHONY: bench-schedule
bench-schedule: $(VENV)/.dev-stamp ## delays and requests of polling plans, simulated
	@$(BIN)/python -m bench.schedule $(ARGS)

.PHONY: bench-claim
bench-claim: $(VENV)/.dev-stamp ## claiming and rescheduling a million feeds
	@$(BIN)/python -m bench.claim $(ARGS)

.PHONY: bench-archive
bench-archive: $(VENV)/.dev-stamp ## how an archive of 10 million items answers, and its size (needs 54 GB): ARGS="--items 1000000"
	@$(BIN)/python -m bench.archive $(ARGS)

.PHONY: bench-tls
bench-tls: $(VENV)/.dev-stamp ## CPU a poll over TLS and plain HTTP beside httpx (needs nginx)
	@$(BIN)/python -m bench.tls $(ARGS)

.PHONY: bench-deliver
bench-deliver: $(VENV)/.dev-stamp ## how fast and how soon alerts arrive, beside plain httpx
	@$(BIN)/python -m bench.deliver $(ARGS)

.PHONY: bench-calls
bench-calls: $(VENV)/.dev-stamp ## what carrying a job costs Valkey and a worker
	@$(BIN)/python -m bench.calls $(ARGS)

.PHONY: bench-day
bench-day: $(VENV)/.dev-stamp ## 900,000 stories a day against 350,000 watches, through everything: ARGS="--minutes 15 --days 1.5"
	@$(BIN)/python -m bench.day $(ARGS)

.PHONY: kill-deliveries
kill-deliveries: $(VENV)/.dev-stamp ## whether every alert arrives while workers and servers are killed: ARGS="--seed 2"
	@$(BIN)/python -m bench.kill $(ARGS)

.PHONY: chaos
chaos: $(VENV)/.dev-stamp ## whether all arrives once while parts, servers, networks and clocks fail (15 minutes; as root all of it): ARGS="--seed 2"
	@$(BIN)/python -m bench.chaos $(ARGS)

.PHONY: chaos-machines
chaos-machines: $(VENV)/.dev-stamp ## two schedulers and three workers on machines of their own that fail and part (needs root and iproute2)
	@$(BIN)/python -m bench.chaos --machines $(ARGS)

.PHONY: soak
soak: $(VENV)/.dev-stamp ## an hour of steady load: memory, connections, files, keys and tables must not grow: ARGS="--minutes 10"
	@$(BIN)/python -m bench.soak $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.dev-stamp ## fuzz what reads strangers' bytes: ARGS="--minutes 10"; led by coverage where atheris is installed
	@$(BIN)/python -m bench.fuzz $(ARGS)

.PHONY: bench-stories
bench-stories: $(VENV)/.dev-stamp ## what it costs to give an article its story, among half a million
	@$(BIN)/python -m bench.stories $(ARGS)

.PHONY: look-mails
look-mails: $(VENV)/.dev-stamp ## pictures of every kind of mail in light and dark (needs Chromium): ARGS="--folder mails"
	@$(BIN)/python -m bench.look $(ARGS)

.PHONY: demo-picture
demo-picture: $(VENV)/.dev-stamp ## docs/demo.svg anew, from a run of the demonstration
	@$(BIN)/python -m bench.picture $(ARGS)

.PHONY: check-mail
check-mail: $(VENV)/.dev-stamp ## the email channel against a Postfix of its own (needs root and Debian's postfix)
	@$(BIN)/python -m bench.postfix $(ARGS)

.PHONY: check-feeds-out
check-feeds-out: $(VENV)/.dev-stamp ## a watch as a feed followed by newsboat (needs Debian's newsboat)
	@$(BIN)/python -m bench.followed $(ARGS)

.PHONY: check-deploy
check-deploy: $(VENV)/.dev-stamp ## deploy/ by what only a system brings: promtool, systemd-analyze, kubectl
	@for tool in promtool systemd-analyze kubectl; do command -v $$tool > /dev/null || { echo "check-deploy needs $$tool (Debian: prometheus, systemd, kubernetes-client)" >&2; exit 2; }; done
	$(BIN)/python -m pytest -q -n 0 tests/test_deploy_container.py tests/test_deploy_compose.py \
		tests/test_deploy_systemd.py tests/test_deploy_kubernetes.py tests/test_deploy_watching.py

.PHONY: quality
quality: quality-stories quality-confidence ## score stories and confidence; tagging and extraction too: make quality GOLD=folder-of-gold-sets
	@test -n "$(GOLD)" || echo "tagging and extraction left out: name a folder of gold sets, make quality GOLD=..." >&2
	@test -z "$(GOLD)" || $(BIN)/python -m bench.quality $(GOLD) $(ARGS)

.PHONY: quality-stories
quality-stories: $(VENV)/.dev-stamp ## score what is called one story, on our own pairs of reports: PAIRS=--errors
	@$(BIN)/python -m bench.pairs $(PAIRS)

.PHONY: quality-confidence
quality-confidence: $(VENV)/.dev-stamp ## score how sure mentions are, on our own labelled articles: CONFIDENCE=--errors
	@$(BIN)/python -m bench.confidence tests/quality/confidence $(CONFIDENCE)

.PHONY: bench-reading
bench-reading: $(VENV)/.dev-stamp ## how fast feed documents are read
	@$(BIN)/python -m bench.reading $(ARGS)

.PHONY: bench.tag
bench.tag: $(VENV)/.dev-stamp ## what tagging costs, beside plain spaCy
	@$(BIN)/python -m bench.tag $(ARGS)

.PHONY: bench-tag
bench-tag: $(VENV)/.dev-stamp ## what tagging costs, beside plain spaCy
	@$(BIN)/python -m bench.tag $(ARGS)

.PHONY: bench-match
bench-match: $(VENV)/.dev-stamp ## what matching costs, up to a million watches, beside Postgres and regular expressions
	@$(BIN)/python -m bench.match $(ARGS)

.PHONY: bench-extract
bench-extract: $(VENV)/.dev-stamp ## how fast articles are found in pages, beside trafilatura: ARGS="--pages folder"
	@$(BIN)/python -m bench.extract $(ARGS)

.PHONY: quality-feeds
quality-feeds: $(VENV)/.dev-stamp ## read feedparser's own test files: make quality-feeds TESTS=feedparser/tests
	@test -n "$(TESTS)" || { echo "name the folder of feedparser's tests: make quality-feeds TESTS=..." >&2; exit 2; }
	@$(BIN)/python -m bench.feedparser_own $(TESTS) $(ARGS)

.PHONY: quick
quick: $(VENV)/.dev-stamp ## the pure tests alone
	$(BIN)/python -m pytest -q -n 0 tests --ignore tests/integration --ignore tests/quality

.PHONY: format
format: $(VENV)/.dev-stamp ## lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: schemas
schemas: $(VENV)/.dev-stamp ## write what describes webhooks anew, from worker/alerts/payload/models.py
	$(BIN)/python -m worker.alerts.payload.generate

.PHONY: lock
lock: ## pin the requirements anew (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--python-version 3.11 --group build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--python-version 3.11 --group build --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

.PHONY: sbom
sbom: $(VENV)/.dev-stamp ## what Tocsin is made of, as CycloneDX
	@$(BIN)/python -m bench.supply sbom

.PHONY: audit
audit: $(VENV)/.dev-stamp ## known weaknesses of what is locked (asks an advisory service: needs a network, and pip-audit)
	@command -v pip-audit >/dev/null || { echo "pip-audit is not installed: pipx install pip-audit" >&2; exit 2; }
	pip-audit --require-hashes --disable-pip --requirement requirements.lock
	pip-audit --require-hashes --disable-pip --requirement requirements-dev.lock

.PHONY: release
release: $(VENV)/.dev-stamp ## wheel, SBOM and sums in dist, signed: make release KEY=private-ssh-key
	@$(BIN)/python -m bench.supply release --key "$(KEY)" $(ARGS)

.PHONY: clean
clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
