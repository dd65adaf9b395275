# Everything a fresh machine with Python 3.11, git and make needs. Each target may be interrupted and called again.

PYTHON ?= python3
# Relative, so that a checkout in a folder with a space in its name works too.
BIN := .venv/bin
RUN := $(BIN)/python -m
JOBS ?= 2
# Side by side, OpenMP threads fight over the cores.
export OMP_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Images of containers often set it; every process of a run or a test would compile the project's modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install data demo sample-reports real test test-slow lint system benchmarks soak screenshots constraints clean
.DEFAULT_GOAL := help

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

# The stamp is written last, so an interrupted installation is taken up again.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Detour needs Python 3.11 or later; say make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

install: .venv/installed ## Make .venv with everything pinned by constraints.txt

data: install ## Write the bundled sample into data/ (where there is none) and put it into the DVC cache
	test -f data/README.md -a -d data/sites || $(RUN) pipeline.corpora.sample data
	$(RUN) dvc add --quiet data

demo: data ## Run the bundled sample study: 36 cells and the paper's table
	$(RUN) tui run --jobs $(JOBS) --table

sample-reports: data ## Run the bundled study and take its reports and dvc.lock into the working tree
	@mkdir -p .detour
	$(RUN) tui run --wait --jobs $(JOBS) --name sample-reports-$$(date +%Y%m%d-%H%M%S) --json > .detour/sample-reports.json
	git checkout $$($(BIN)/python -c 'import json; print(json.load(open(".detour/sample-reports.json"))["commit"])') -- reports dvc.lock ':!reports/real' ':!reports/benchmarks' ':!reports/run.json'

real: data ## Run the study over the public corpora of ../shared/data (an hour on 2 cores); CELLS=classification for a part, STUDY=size for another
	$(RUN) tests.real.run --jobs $(JOBS) $(if $(STUDY),--study $(STUDY)) $(CELLS)

lint: install ## ruff, mypy and the contracts between the rooms
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(BIN)/python -c 'from importlinter.cli import lint_imports_command as lint; lint()'

system: ## Debian packages that some tests need (as root)
	@{ command -v tmux && command -v chromium && command -v chromedriver && test -x /usr/sbin/sshd; } >/dev/null || \
	{ apt-get update -qq && apt-get install -y -qq --no-install-recommends tmux openssh-server chromium chromium-driver >/dev/null; }

test: install ## Lint and test; installs Debian packages first when root
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then $(MAKE) --no-print-directory system; \
	else echo "Not root: Debian packages are not installed; tests that need a missing one are listed as left out."; fi
	$(MAKE) --no-print-directory lint
	$(RUN) pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

test-slow: data ## Tests that take longer than a coffee; the result in reports/benchmarks/test-slow.json
	$(RUN) benchmarks.slow --out reports/benchmarks/test-slow.json

benchmarks: data ## All budgets, full size; results in reports/benchmarks/
	$(RUN) benchmarks.statistics --out reports/benchmarks/statistics.json
	$(RUN) benchmarks.evidence --out reports/benchmarks/evidence.json
	$(RUN) benchmarks.negative_controls --out reports/benchmarks/negative-controls.json
	$(RUN) benchmarks.demo --out reports/benchmarks/demo.json
	$(RUN) benchmarks.training --out reports/benchmarks/training-cpu.json
	$(RUN) benchmarks.training --equivalence --out reports/benchmarks/training-equivalence.json
	$(RUN) benchmarks.corpora --out reports/benchmarks/corpora.json
	$(RUN) benchmarks.start --out reports/benchmarks/start.json
	$(RUN) benchmarks.runs --out reports/benchmarks/runs.json
	$(RUN) benchmarks.page --out reports/benchmarks/page.json

soak: data ## A study of 36 cells under 100 kills (half an hour); result in reports/benchmarks/soak.json
	$(RUN) benchmarks.soak --out reports/benchmarks/soak.json

screenshots: data ## Draw the pictures of the README anew, from runs of the sample (two minutes)
	$(RUN) docs.pictures

docs/keys.md: tui/actions.py tui/screens/__init__.py | install ## Write the keys of the app from their registry
	$(RUN) docs.keys

constraints: install ## Pin what is installed now
	$(RUN) pip freeze --exclude-editable | sed -E 's/^torch==([0-9.]+).*/torch==\1/' > constraints.txt

clean: ## Remove what the stages made in the working tree; data/ and the DVC cache stay
	rm -rf corpora checkpoints predictions
